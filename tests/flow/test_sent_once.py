"""No answer is sent twice where the platform cannot be asked: what the outbox knows of earlier tries decides."""

from collections.abc import Callable

import pytest

from flow.delivery import MOST_DELIVERIES
from models import Mention, Page, Receipt, Reply
from models.errors import AccessError, PermanentError, RetryableError, UnknownOutcomeError
from store.outbox import Effect, OutboxRow
from store.store import Store
from tests.connectors.meta.worlds import WhatsAppWorld
from tests.connectors.telegram.world import TelegramChannelWorld
from tests.flow.bench import Bench, ChannelInMemory, message


class Died(BaseException):
    """The worker was killed."""


class BlindChannel(ChannelInMemory):
    """Cannot be asked what was sent. The next sends end with `ends`, after they took effect where the outcome is not
    known."""

    def __init__(self, *ends: BaseException) -> None:
        super().__init__()
        self.ends = list(ends)
        self.said: list[str] = []
        self.doubts: list[bool] = []

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        self.doubts.append(reply.perhaps_sent)
        if reply.perhaps_sent:
            raise PermanentError("it may have been sent")
        end = self.ends.pop(0) if self.ends else None
        if end is None or isinstance(end, UnknownOutcomeError | ValueError | Died):
            self.said.append(reply.text)
        if end is not None:
            raise end
        return Receipt("1")


@pytest.fixture
def bench(store: Store) -> Bench:
    bench = Bench(store)
    bench.read(message("charged twice", id="1"))
    bench.drain()
    return bench


def outbox_row(bench: Bench, number: int) -> OutboxRow:
    with bench.store.reading() as transaction:
        return transaction.outbox.get(number)


def queued(bench: Bench, mention: Mention) -> int:
    """An answer to a message of a real channel; gives its outbox row."""
    bench.keep(Page([mention], ""))
    payload = {"text": "Sorry!", "is_private": mention.is_private, "person": "agnes"}
    with bench.store.writing() as transaction:
        row = transaction.outbox.add(
            Effect.SEND_REPLY,
            sink=mention.channel,
            key="reply:1",
            case_id=1,
            mention_id=mention.id,
            payload=payload,
            now=bench.time,
        )
    assert row is not None
    return row


def retry(bench: Bench, number: int) -> None:
    """A person's word."""
    with bench.store.writing() as transaction:
        assert transaction.outbox.retry(number, now=bench.time)


def test_one_without_an_answer_is_not_sent_again_but_left_to_a_person(bench: Bench) -> None:
    bench.channel = channel = BlindChannel(UnknownOutcomeError("no answer came"))
    row = bench.answer(1, to="1")

    assert bench.flow.deliver(row) == "unknown"
    bench.recover()

    assert outbox_row(bench, row).state == "failed"
    assert channel.doubts == [False, True]
    assert len(channel.said) == 1


def test_one_whose_worker_died_is_not_sent_again_but_left_to_a_person(bench: Bench) -> None:
    bench.channel = channel = BlindChannel(Died())
    row = bench.answer(1, to="1")
    with pytest.raises(Died):
        bench.flow.deliver(row)

    bench.flow = bench.new_flow()
    bench.recover()

    assert outbox_row(bench, row).state == "failed"
    assert len(channel.said) == 1


@pytest.mark.parametrize(
    "error", [RetryableError("busy"), AccessError("the token is refused")], ids=["busy", "refused"]
)
def test_one_that_was_certainly_not_sent_is_sent_later(bench: Bench, error: Exception) -> None:
    bench.channel = channel = BlindChannel(error, error)
    row = bench.answer(1, to="1")

    assert bench.flow.deliver(row) == "pending"
    bench.recover()

    assert outbox_row(bench, row).state == "sent"
    assert channel.doubts == [False, False, False]
    assert len(channel.said) == 1


def test_what_was_refused_for_good_is_sent_at_a_persons_word(bench: Bench) -> None:
    bench.channel = channel = BlindChannel(PermanentError("too long"))
    row = bench.answer(1, to="1")
    assert bench.flow.deliver(row) == "failed"

    retry(bench, row)

    assert bench.flow.deliver(row) == "sent"
    assert len(channel.said) == 1


def test_a_fault_that_nobody_foresaw_may_have_come_after_the_sending(bench: Bench) -> None:
    bench.channel = channel = BlindChannel(ValueError("an answer that nobody expects"))
    row = bench.answer(1, to="1")
    assert bench.flow.deliver(row) == "failed"

    retry(bench, row)

    assert bench.flow.deliver(row) == "failed"
    assert channel.doubts == [False, True]
    assert outbox_row(bench, row).error == "it may have been sent"
    assert len(channel.said) == 1


def test_a_doubt_stays_however_often_it_is_tried_again(bench: Bench) -> None:
    bench.channel = channel = BlindChannel(RetryableError("busy"), UnknownOutcomeError("no answer came"))
    row = bench.answer(1, to="1")
    bench.flow.deliver(row)
    bench.recover()

    for _ in range(3):
        retry(bench, row)
        assert bench.flow.deliver(row) == "failed"

    assert len(channel.said) == 1


def test_a_doubt_of_the_very_last_try_stays_too(bench: Bench) -> None:
    busy = [RetryableError("busy") for _ in range(MOST_DELIVERIES - 1)]
    bench.channel = channel = BlindChannel(*busy, UnknownOutcomeError("no answer came"))
    row = bench.answer(1, to="1")
    bench.flow.deliver(row)
    bench.recover()
    assert (outbox_row(bench, row).attempts, outbox_row(bench, row).state) == (MOST_DELIVERIES, "failed")

    retry(bench, row)

    assert bench.flow.deliver(row) == "failed"
    assert channel.doubts[-1]
    assert len(channel.said) == 1


@pytest.mark.parametrize("make", [TelegramChannelWorld, WhatsAppWorld], ids=["telegram", "whatsapp"])
def test_an_answer_that_is_lost_shows_once_and_says_where_to_look(
    bench: Bench, make: Callable[[], TelegramChannelWorld | WhatsAppWorld]
) -> None:
    world = make()
    row = queued(bench, world.mention())
    bench.channel = world.channel()
    world.lose_next_answer()
    assert bench.flow.deliver(row) == "unknown"

    bench.channel = world.channel()
    bench.flow = bench.new_flow()
    bench.recover()

    found = outbox_row(bench, row)
    assert found.state == "failed"
    assert found.error is not None and "may have been sent already" in found.error
    assert len(world.sent()) == 1
