"""Hiding, muting and reporting: the last word counts, the law comes first, and everything can be taken back."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import pytest

from flow import moderation
from flow.moderation import Said
from flow.named import RefusedError
from flow.teamwork import By
from models import CaseState, Event, EventKind, Mention, Presence, Receipt, Recheck, Tier
from models.errors import AccessError, EarshotError, PermanentError, RetryableError, UnknownOutcomeError
from models.identity import mention_id
from store.cases import StoredCase
from store.mentions import StoredMention
from store.moderation import Mark
from store.outbox import OutboxRow, OutboxState
from store.store import Store, Transaction
from tests.flow.bench import Bench, ChannelInMemory, message

RUDE = Said("abuse", "")
WORDS = "scam scam scam, free crypto for all"


class HidingChannel(ChannelInMemory):
    """Keeps what is hidden; `faults` are met first, those in doubt after it took effect."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: set[str] = set()
        self.calls: list[bool] = []
        self.faults: list[EarshotError] = []

    def hide(self, mention: Mention, *, hidden: bool) -> Receipt:
        self.calls.append(hidden)
        fault = self.faults.pop(0) if self.faults else None
        if fault is None or isinstance(fault, UnknownOutcomeError):
            (self.hidden.add if hidden else self.hidden.discard)(mention.native_id)
        if fault is not None:
            raise fault
        return Receipt(mention.native_id)


@pytest.fixture
def channel() -> HidingChannel:
    return HidingChannel()


@pytest.fixture
def bench(store: Store, channel: HidingChannel) -> Bench:
    bench = Bench(store)
    bench.channel = channel
    return bench


def say(bench: Bench, text: str = WORDS, *, id: str = "1", **more: object) -> None:
    bench.read(message(text, id=id, **more))
    bench.drain()


Act = Callable[[Transaction, StoredCase, StoredMention, By], object]


def do(bench: Bench, act: Act, *, id: str = "1", key: str = "k1", person: str = "agnes") -> object:
    with bench.store.writing() as transaction:
        [item] = transaction.mentions.get([mention_id("x", "acme", id)])
        case = transaction.cases.get(item.case_id or 0)
        assert case is not None
        return act(transaction, case, item, By(person, bench.time, key))


def hide(bench: Bench, *, key: str = "k1", role: str = "agent", said: Said = RUDE, is_override: bool = False) -> object:
    def act(transaction: Transaction, case: StoredCase, item: StoredMention, by: By) -> object:
        return moderation.hide(transaction, case, item, said, by, role=role, is_override=is_override)

    return do(bench, act, key=key)


def show(bench: Bench, *, key: str = "k2") -> object:
    return do(bench, moderation.show, key=key)


def mute(bench: Bench, *, id: str = "1") -> None:
    do(bench, lambda transaction, _, item, by: moderation.mute(transaction, item, RUDE, by), id=id)


def rows(bench: Bench) -> list[OutboxRow]:
    with bench.store.reading() as transaction:
        return transaction.outbox.of_message(mention_id("x", "acme", "1"))


def events(bench: Bench, *kinds: EventKind) -> list[Event]:
    with bench.store.reading() as transaction:
        return [event for event in transaction.events.of_case(1) if event.kind in kinds]


def case_of(bench: Bench, id: str) -> StoredCase:
    with bench.store.reading() as transaction:
        [item] = transaction.mentions.get([mention_id("x", "acme", id)])
        case = transaction.cases.get(item.case_id or 0)
    assert case is not None
    return case


# hiding


def test_a_message_is_hidden_on_its_platform_and_shown_again(bench: Bench, channel: HidingChannel) -> None:
    say(bench)
    hide(bench)
    bench.recover()
    assert channel.hidden == {"1"}
    show(bench)
    bench.recover()
    assert channel.hidden == set()
    told = events(
        bench,
        EventKind.HIDE_ASKED,
        EventKind.HIDDEN_ON_PLATFORM,
        EventKind.SHOW_ASKED,
        EventKind.SHOWN_ON_PLATFORM,
    )
    assert [(event.kind.value, event.actor) for event in told] == [
        ("hide_asked", "agnes"),
        ("hidden_on_platform", "earshot"),
        ("show_asked", "agnes"),
        ("shown_on_platform", "earshot"),
    ]
    assert told[0].facts["ground"] == "abuse"


def test_asked_for_twice_it_is_hidden_once(bench: Bench, channel: HidingChannel) -> None:
    say(bench)
    assert hide(bench) is not None
    assert hide(bench, key="other") is None
    bench.recover()
    assert channel.calls == [True]


def test_after_an_answer_that_was_lost_it_is_set_again_which_does_no_harm(bench: Bench, channel: HidingChannel) -> None:
    say(bench)
    hide(bench)
    channel.faults = [UnknownOutcomeError("lost"), RetryableError("busy")]
    for _ in range(4):
        bench.recover()
    assert (channel.hidden, channel.calls) == ({"1"}, [True, True, True])
    assert [row.state for row in rows(bench)] == [OutboxState.SENT]


def test_shown_again_before_it_was_hidden_it_ends_as_shown(bench: Bench, channel: HidingChannel) -> None:
    say(bench)
    hide(bench)
    channel.faults = [UnknownOutcomeError("lost")]
    bench.flow.deliver(rows(bench)[0].id)
    assert channel.hidden == {"1"}
    show(bench)
    bench.recover()
    assert channel.hidden == set()
    assert [row.state for row in rows(bench)] == [OutboxState.GIVEN_UP, OutboxState.SENT]


def test_what_is_under_way_is_waited_for(bench: Bench, channel: HidingChannel) -> None:
    say(bench)
    hide(bench)
    [first] = rows(bench)
    with bench.store.writing() as transaction:
        transaction.outbox.claim(first.id, worker="slow", now=bench.time, lease_seconds=600)
    show(bench)
    later = rows(bench)[1]
    assert bench.flow.deliver(later.id) == OutboxState.PENDING
    assert channel.calls == []
    with bench.store.writing() as transaction:
        transaction.outbox.release("slow", now=bench.time)
    bench.recover()
    assert channel.hidden == set()
    assert channel.calls[-1] is False


def test_an_old_delivery_that_is_tried_again_by_hand_does_not_undo_what_came_after(
    bench: Bench, channel: HidingChannel
) -> None:
    say(bench)
    hide(bench)
    show(bench)
    bench.recover()
    with bench.store.writing() as transaction:
        assert transaction.outbox.retry(rows(bench)[0].id, now=bench.time)
    bench.recover()
    assert channel.hidden == set()
    assert rows(bench)[0].state is OutboxState.FAILED


def test_where_our_credentials_are_refused_it_waits_and_says_so(bench: Bench, channel: HidingChannel) -> None:
    say(bench)
    hide(bench)
    channel.faults = [AccessError("x: the token lacks a permission")]
    bench.flow.deliver(rows(bench)[0].id)
    [row] = rows(bench)
    assert (row.state, row.error) == (OutboxState.PENDING, "x: the token lacks a permission")


def test_a_channel_that_hides_nothing_leaves_the_delivery_to_a_person(bench: Bench) -> None:
    bench.channel = ChannelInMemory()
    say(bench)
    hide(bench)
    bench.recover()
    [row] = rows(bench)
    assert row.state is OutboxState.FAILED
    assert "hides nothing" in (row.error or "")


def test_a_complaint_is_hidden_by_no_agent_and_by_a_lead_with_a_reason_alone(bench: Bench) -> None:
    say(bench, "I was charged twice, give me a refund")
    said = Said("private_data", "shows her card number")
    with bench.store.reading() as transaction:
        before = (transaction.register.of_complaint("C-0000001"), transaction.cases.clocks_of(1))
    for role, words, is_override in (("agent", said, True), ("lead", said, False), ("lead", RUDE, True)):
        with pytest.raises(RefusedError, match="silencing"):
            hide(bench, role=role, said=words, is_override=is_override)
    assert rows(bench) == []
    assert hide(bench, role="lead", said=said, is_override=True) is not None
    [event] = events(bench, EventKind.HIDE_ASKED)
    assert event.facts["complaint"] is True
    with bench.store.reading() as transaction:
        assert (transaction.register.of_complaint("C-0000001"), transaction.cases.clocks_of(1)) == before


def test_what_we_hid_is_not_taken_for_deleted(
    bench: Bench, channel: HidingChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(bench.flow.world), "channels", property(lambda self: ["x"]))
    say(bench)
    hide(bench)
    bench.recover()
    channel.rechecks = {mention_id("x", "acme", "1"): Recheck(Presence.GONE)}
    bench.time += timedelta(hours=25)
    bench.flow.recheck_messages()
    with bench.store.reading() as transaction:
        assert transaction.retention.deletions([mention_id("x", "acme", "1")]) == {}
    show(bench)
    bench.recover()
    bench.time += timedelta(hours=25)
    bench.flow.recheck_messages()
    with bench.store.reading() as transaction:
        assert transaction.retention.deletions([mention_id("x", "acme", "1")]) != {}


@pytest.fixture
def asked(bench: Bench, channel: HidingChannel, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """A bench whose channel is asked after its messages and shows none of those that are hidden."""
    monkeypatch.setattr(type(bench.flow.world), "channels", property(lambda self: ["x"]))
    channel.rechecks = {mention_id("x", "acme", "1"): Recheck(Presence.GONE)}
    say(bench)
    return bench


def is_deleted(bench: Bench) -> bool:
    """A day later, when it was asked for again."""
    bench.time += timedelta(hours=25)
    bench.flow.recheck_messages()
    with bench.store.reading() as transaction:
        return bool(transaction.retention.deletions([mention_id("x", "acme", "1")]))


def test_shown_again_it_is_not_taken_for_deleted_before_the_platform_shows_it(asked: Bench) -> None:
    hide(asked)
    asked.recover()
    show(asked)
    assert not is_deleted(asked)
    asked.recover()
    assert is_deleted(asked)


def test_one_that_could_not_be_shown_again_is_not_taken_for_deleted(asked: Bench, channel: HidingChannel) -> None:
    hide(asked)
    asked.recover()
    channel.faults = [PermanentError("the platform refuses")]
    show(asked)
    asked.recover()
    assert rows(asked)[-1].state is OutboxState.FAILED
    assert not is_deleted(asked)
    with asked.store.writing() as transaction:
        assert transaction.outbox.give_up(rows(asked)[-1].id, attempts=1, now=asked.time)
    assert not is_deleted(asked)


def test_one_that_was_perhaps_hidden_is_not_taken_for_deleted(asked: Bench, channel: HidingChannel) -> None:
    hide(asked)
    channel.faults = [UnknownOutcomeError("lost"), PermanentError("the platform refuses")]
    asked.recover()
    asked.recover()
    assert rows(asked)[-1].state is OutboxState.FAILED
    assert not is_deleted(asked)


def test_one_that_could_not_be_hidden_is_asked_after_as_ever(asked: Bench, channel: HidingChannel) -> None:
    hide(asked)
    channel.faults = [PermanentError("the platform refuses")]
    asked.recover()
    assert is_deleted(asked)


def test_one_that_was_only_reported_is_asked_after_as_ever(asked: Bench) -> None:
    do(asked, lambda transaction, _, item, by: moderation.report(transaction, item, RUDE, by))
    assert is_deleted(asked)


def test_hidden_while_it_is_asked_after_it_is_not_taken_for_deleted(
    asked: Bench, channel: HidingChannel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def recheck(mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        hide(asked)
        asked.flow.deliver(rows(asked)[0].id)
        return channel.rechecks

    monkeypatch.setattr(channel, "recheck", recheck)
    assert not is_deleted(asked)
    assert channel.hidden == {"1"}


# reporting


def test_a_report_is_kept_with_its_reason_and_can_be_taken_back(bench: Bench) -> None:
    say(bench)
    key = mention_id("x", "acme", "1")
    do(bench, lambda transaction, _, item, by: moderation.report(transaction, item, Said("spam", "again"), by))
    with bench.store.reading() as transaction:
        found = transaction.moderation.marks([key])[key, Mark.REPORTED]
    assert (found.ground, found.words, found.by) == ("spam", "again", "agnes")
    for again in ("k2", "k3"):
        do(bench, lambda transaction, _, item, by: moderation.withdraw_report(transaction, item, by), key=again)
    told = events(bench, EventKind.REPORTED, EventKind.REPORT_WITHDRAWN)
    assert [event.kind.value for event in told] == ["reported", "report_withdrawn"]


@pytest.mark.parametrize(("ground", "words"), [("", ""), ("bad mood", ""), ("other", " "), ("spam", "x" * 2001)])
def test_a_reason_is_of_the_list_and_something_else_needs_words(ground: str, words: str) -> None:
    with pytest.raises(RefusedError):
        moderation.read_reason(ground, words)


# muting


def test_noise_of_a_muted_author_stays_noise_until_they_are_unmuted(bench: Bench) -> None:
    say(bench)
    mute(bench)
    say(bench, "you idiots", id="2")
    before = case_of(bench, "2")
    assert (before.decision.tier, "muted_author" in before.decision.rules) == (Tier.NOISE, True)
    [folded] = [
        do(bench, lambda transaction, _, item, by: moderation.unmute(transaction, item, by), key="k9"),
    ]
    assert mention_id("x", "acme", "2") in folded  # type: ignore[operator]
    bench.recover()
    assert "muted_author" not in case_of(bench, "2").decision.rules


@pytest.mark.parametrize(
    ("text", "is_complaint"),
    [("I was charged twice, give me a refund", True), ("how do i log in?", False)],
)
def test_complaints_and_questions_of_a_muted_author_are_heard_as_ever(
    bench: Bench, text: str, is_complaint: bool
) -> None:
    say(bench)
    mute(bench)
    say(bench, text, id="2")
    muted = case_of(bench, "2")
    assert muted.decision.is_complaint is is_complaint
    assert muted.decision.tier > Tier.NOISE
    assert "muted_author" not in muted.decision.rules
    with bench.store.reading() as transaction:
        assert bool(transaction.cases.clocks_of(muted.id)) is is_complaint


def test_a_muted_author_who_adds_noise_to_their_complaint_is_heard(bench: Bench) -> None:
    say(bench, "I was charged twice, give me a refund", conversation_id="t")
    mute(bench)
    with bench.store.writing() as transaction:
        transaction.cases.set_state(1, CaseState.ANSWERED, now=bench.time)
    say(bench, "you idiots", id="2", conversation_id="t", in_reply_to="1")
    case = case_of(bench, "1")
    assert (case.state, case.decision.is_complaint) == (CaseState.OPEN, True)


def test_a_muted_author_opens_no_answered_case_again_and_wakes_none(bench: Bench) -> None:
    say(bench, conversation_id="t")
    mute(bench)
    with bench.store.writing() as transaction:
        transaction.cases.set_state(1, CaseState.ANSWERED, now=bench.time)
    say(bench, "you idiots", id="2", conversation_id="t", in_reply_to="1")
    assert case_of(bench, "1").state is CaseState.ANSWERED


def test_a_persons_label_counts_more_than_a_mute(bench: Bench) -> None:
    say(bench)
    mute(bench)
    say(bench, "you idiots", id="2")
    bench.relabel("2", "enquiry")
    assert "muted_author" not in case_of(bench, "2").decision.rules
    bench.relabel("2", "complaint")
    assert case_of(bench, "2").decision.is_complaint
