"""Messages that are pushed without their words: asked for, waited for, never lost."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from flow.words import MOST_ASKED
from models import Bystander, Mention, Page, Surroundings, Wordless
from models.errors import AccessError, EarshotError, RetryableError
from store.store import Store
from tests.flow.bench import NOW, Bench, ChannelInMemory, mention


class Asked(ChannelInMemory):
    """Gives the words it has; `fault` is raised instead for as long as it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.words: dict[str, str] = {}
        self.gone: dict[str, str] = {}
        self.ours: set[str] = set()
        self.fault: EarshotError | None = None
        self.calls = 0

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        wordless = [one for one in mentions if not one.text]
        self.calls += len(wordless)
        if wordless and self.fault is not None:
            raise self.fault
        known = [replace(one, text=self.words[one.id]) for one in wordless if one.id in self.words]
        return Surroundings(
            bystanders=[Bystander(one, is_ours=True) for one in known if one.id in self.ours],
            read={one.id: one for one in known if one.id not in self.ours},
            unreadable={one.id: self.gone[one.id] for one in wordless if one.id in self.gone},
        )


@pytest.fixture
def channel() -> Asked:
    return Asked()


@pytest.fixture
def bench(store: Store, channel: Asked) -> Bench:
    bench = Bench(store)
    bench.channel = channel
    bench.flow = bench.new_flow()
    return bench


NAMED = replace(mention("words", id="18"), text="")


def push(bench: Bench, *more: Mention, named: Sequence[Mention] = (NAMED,)) -> None:
    wordless = [Wordless(one, alone(bench, one)) for one in named]
    bench.receiver.push(Page(more, "", wordless=wordless))
    bench.flow.receive("x")


def alone(bench: Bench, one: Mention) -> bytes:
    """A push that tells of this one only."""
    body = one.id.encode()
    bench.receiver.pages[body] = Page((), "", wordless=[Wordless(one, body)])
    return body


def held(bench: Bench) -> list[str]:
    bench.drain()
    with bench.store.reading() as transaction:
        return [one.mention.text for one in transaction.mentions.get([NAMED.id])]


def set_aside(bench: Bench) -> list[str]:
    with bench.store.reading() as transaction:
        return [one.fault for one in transaction.pushes.parked(limit=10)]


def waiting(bench: Bench) -> int:
    with bench.store.reading() as transaction:
        return sum(transaction.pushes.receivers_waiting().values())


def later(bench: Bench, **span: float) -> None:
    bench.time += timedelta(**span)
    bench.flow.sweep()
    bench.drain()


def test_words_that_can_be_had_are_judged_like_any_message(bench: Bench, channel: Asked) -> None:
    channel.words = {NAMED.id: "I was charged twice, give me a refund"}

    push(bench)

    assert held(bench) == ["I was charged twice, give me a refund"]
    assert bench.counts()["register_entries"] == 1
    assert (set_aside(bench), waiting(bench)) == ([], 0)


def test_our_own_words_open_no_case_and_wait_for_nobody(bench: Bench, channel: Asked) -> None:
    channel.words, channel.ours = {NAMED.id: "our own campaign"}, {NAMED.id}

    push(bench)

    assert held(bench) == []
    assert (set_aside(bench), waiting(bench)) == ([], 0)


def test_words_that_are_gone_are_set_aside_with_the_reason_and_the_rest_goes_on(bench: Bench, channel: Asked) -> None:
    channel.gone = {NAMED.id: "it was deleted"}
    whole = mention("my refund is late", id="19")

    push(bench, whole)

    assert held(bench) == []
    assert set_aside(bench) == ["it was deleted"]
    with bench.store.reading() as transaction:
        assert transaction.mentions.get([whole.id])


def test_set_aside_they_are_had_by_a_retry(bench: Bench, channel: Asked) -> None:
    channel.fault = AccessError("the token is refused")
    push(bench)
    assert set_aside(bench) == ["the token is refused"]
    channel.fault, channel.words = None, {NAMED.id: "charged twice"}

    bench.flow.retry()

    assert held(bench) == ["charged twice"]
    assert (set_aside(bench), waiting(bench)) == ([], 0)


def test_a_channel_that_knows_of_no_words_says_where_to_look(bench: Bench) -> None:
    push(bench)

    (fault,) = set_aside(bench)
    assert "earshot channels" in fault


def test_a_fault_of_the_network_holds_nothing_up_and_the_words_come_by_the_clock(bench: Bench, channel: Asked) -> None:
    channel.fault = RetryableError("no connection")
    whole = mention("my refund is late", id="19")
    push(bench, whole)
    with bench.store.reading() as transaction:
        assert transaction.mentions.get([whole.id]), "what has words does not wait"
    assert (set_aside(bench), waiting(bench), channel.calls) == ([], 1, 1)

    later(bench, minutes=1)
    assert channel.calls == 1, "not before its time"
    later(bench, minutes=1)
    assert channel.calls == 2
    channel.fault, channel.words = None, {NAMED.id: "charged twice"}
    later(bench, minutes=3)
    assert held(bench) == []
    later(bench, minutes=1)

    assert held(bench) == ["charged twice"]
    assert (set_aside(bench), waiting(bench)) == ([], 0)


def test_a_fault_that_lasts_for_days_is_a_persons_and_still_not_lost(bench: Bench, channel: Asked) -> None:
    channel.fault = RetryableError("no connection")
    push(bench)

    for _ in range(2 * MOST_ASKED):
        later(bench, hours=6)

    assert set_aside(bench) == ["no connection"]
    assert channel.calls == MOST_ASKED
    assert bench.time - NOW > timedelta(days=2)
    channel.fault, channel.words = None, {NAMED.id: "charged twice"}
    bench.flow.retry()
    assert held(bench) == ["charged twice"]


def test_an_old_push_that_is_retried_waits_between_its_questions(bench: Bench, channel: Asked) -> None:
    channel.fault = AccessError("the token is refused")
    push(bench)
    bench.time += timedelta(days=30)
    channel.fault, channel.calls = RetryableError("no connection"), 0

    bench.flow.retry()
    bench.drain()
    for _ in range(5):
        later(bench, seconds=10)

    assert channel.calls == 1
    later(bench, minutes=2)
    assert channel.calls == 2


def test_they_are_not_asked_for_sooner_than_the_platform_said(bench: Bench, channel: Asked) -> None:
    channel.fault = RetryableError("too many calls", retry_after_seconds=3600)
    push(bench)

    later(bench, minutes=59)
    assert channel.calls == 1
    later(bench, minutes=1)
    assert channel.calls == 2


def test_a_fault_of_the_platform_is_met_once_a_round_and_then_all_are_asked_for(bench: Bench, channel: Asked) -> None:
    named = [replace(mention("words", id=str(number)), text="") for number in range(20, 25)]
    channel.fault = RetryableError("no connection")
    for one in named:
        bench.receiver.push(Page((), "", wordless=[Wordless(one, alone(bench, one))]))
    bench.flow.receive("x")
    assert (channel.calls, waiting(bench)) == (1, 5)

    later(bench, minutes=2)
    assert (channel.calls, waiting(bench)) == (2, 5)
    channel.fault, channel.words = None, {one.id: "hello" for one in named}
    later(bench, minutes=4)

    assert waiting(bench) == 0
    assert bench.counts()["messages"]["triaged"] == 5


def test_one_that_has_no_words_does_not_keep_those_of_another(bench: Bench, channel: Asked) -> None:
    other = replace(mention("words", id="20"), text="")
    channel.words, channel.gone = {other.id: "hello"}, {NAMED.id: "it was deleted"}

    push(bench, named=[NAMED, other])

    bench.drain()
    with bench.store.reading() as transaction:
        assert [one.mention.text for one in transaction.mentions.get([other.id])] == ["hello"]
    assert set_aside(bench) == ["it was deleted"]


def test_the_same_push_again_asks_again_and_makes_one_message(bench: Bench, channel: Asked) -> None:
    channel.fault = RetryableError("no connection")
    push(bench)
    push(bench)
    assert waiting(bench) == 1
    channel.fault, channel.words = None, {NAMED.id: "charged twice"}

    push(bench)
    later(bench, minutes=5)

    assert held(bench) == ["charged twice"]
    assert waiting(bench) == 0
    assert bench.counts()["messages"]["triaged"] == 1
