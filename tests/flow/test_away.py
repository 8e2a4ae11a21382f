"""Who writes in private while nobody is at work is told so, once until people are back; and never over a person."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from flow.collision import earlier_answer
from flow.teamwork import By, take_over
from models import CaseState, EventKind
from models.identity import mention_id
from policy.away import AwayRules
from policy.service_hours import FILE, load_service_hours
from store.callouts import Call
from store.outbox import Effect, OutboxRow, OutboxState
from store.store import Store
from tests.flow.bench import AUTHOR, NOW, Bench, ChannelInMemory, message
from tests.flow.test_merging import case

CHARGED = "you charged me twice, give me a refund"
ASKED = "how do i log in?"
OPENS = datetime(2026, 6, 8, 23, 0, tzinfo=UTC)
"""`NOW` is the night to Saturday in Sydney, and the Monday after it is a public holiday there."""


class Reaching(ChannelInMemory):
    """Says that what was sent reached its author, as platforms do."""

    def reply(self, mention, reply):
        return replace(super().reply(mention, reply), reached_author=True)


def with_rules(bench: Bench, **changes: object) -> AwayRules:
    policy = bench.flow.policy
    rules = replace(policy.service.away, **{"is_on": True, **changes})
    bench.flow.__dict__["policy"] = replace(policy, service=replace(policy.service, away=rules))
    return rules


@pytest.fixture
def bench(store: Store) -> Bench:
    """Where such answers are switched on."""
    bench = Bench(store)
    bench.channel = Reaching()
    with_rules(bench)
    return bench


def write(bench: Bench, text: str, *, id: str = "1", kind: str = "dm", **more: object) -> None:
    """And nothing of it goes out yet."""
    at = more.pop("at", bench.time)
    assert isinstance(at, datetime)
    bench.read(message(text, id=id, kind=kind, created_at=at.isoformat(), **more))
    while (job := bench.queues.take()) is not None:
        if not job[0].startswith("deliver"):
            getattr(bench.flow, job[0])(*job[1])


def told(bench: Bench, case_id: int = 1) -> list[OutboxRow]:
    with bench.store.reading() as transaction:
        rows = transaction.outbox.of_case(case_id)
    return [row for row in rows if row.effect is Effect.SEND_REPLY]


def send(bench: Bench) -> OutboxRow:
    [row] = told(bench)
    bench.flow.deliver(row.id)
    [row] = told(bench)
    return row


def test_nothing_is_said_by_itself_as_shipped(store: Store) -> None:
    bench = Bench(store)
    write(bench, CHARGED)
    assert told(bench) == []


def test_it_says_when_people_are_back_over_the_weekend_and_the_holiday(bench: Bench) -> None:
    write(bench, CHARGED)
    row = send(bench)
    assert row.state is OutboxState.SENT
    assert row.payload["is_private"]
    assert "from Tuesday 9 June 2026, 09:00 on" in row.payload["text"]
    assert "automatically" in row.payload["text"]


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("tr", "zaman: Salı 9 Haziran 2026, 09:00."),
        ("bg", "отговаряме от вторник 9 юни 2026, 09:00."),
        ("pt", "from Tuesday 9 June 2026, 09:00 on"),
    ],
)
def test_it_is_said_in_the_language_of_who_wrote_or_in_english(
    lang: str, words: str, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = bench.classifier.judge
    monkeypatch.setattr(bench.classifier, "judge", lambda *given: [replace(each, lang=lang) for each in judged(*given)])
    write(bench, CHARGED)
    assert words in send(bench).payload["text"]


def test_it_acknowledges_a_complaint_and_leaves_the_case_and_its_targets_open(bench: Bench) -> None:
    write(bench, CHARGED)
    assert case(bench, 1).next_due_at is not None
    send(bench)
    with bench.store.reading() as transaction:
        entries = transaction.register.of_complaint("C-0000001")
        first = next(each for each in transaction.targets.of([1]) if each.key == "first_answer")
        kinds = [event.kind for event in transaction.events.of_case(1)]
    assert [entry.kind for entry in entries] == ["opened", "acknowledged"]
    assert '"acknowledged_by":"automation"' in entries[1].facts
    assert first.met_at is None
    assert EventKind.REPLIED in kinds
    assert case(bench, 1).state is CaseState.OPEN


def test_it_is_said_once_until_people_are_back_and_again_the_night_after(bench: Bench) -> None:
    write(bench, ASKED)
    bench.time += timedelta(hours=20)
    write(bench, "hello? how do i log in?", id="2", conversation_id="1", in_reply_to="1")
    assert case(bench, 1).mention_count == 2
    assert len(told(bench)) == 1
    bench.time = OPENS + timedelta(hours=2)
    write(bench, "and how do i log out?", id="3", conversation_id="1", in_reply_to="1")
    assert len(told(bench)) == 1
    bench.time = OPENS + timedelta(hours=12)
    write(bench, "still waiting, how do i log in?", id="4", conversation_id="1", in_reply_to="1")
    assert len(told(bench)) == 2


@pytest.mark.parametrize(
    ("text", "more"),
    [
        pytest.param(ASKED, {"kind": "post"}, id="in public"),
        pytest.param("follow me for free crypto", {}, id="spam"),
        pytest.param(ASKED, {"at": NOW - timedelta(hours=2)}, id="said long ago"),
    ],
)
def test_these_are_told_nothing(text: str, more: dict[str, object], bench: Bench) -> None:
    write(bench, text, **more)
    assert told(bench) == []


@pytest.mark.parametrize(
    ("changes", "is_told"),
    [
        ({}, True),
        ({"never_tags": frozenset({"charge"})}, False),
        ({"never_tags": frozenset({"press"})}, True),
        ({"labels": frozenset({"enquiry"})}, False),
    ],
)
def test_what_only_a_person_should_answer_is_left_to_one(
    changes: dict[str, object], is_told: bool, bench: Bench
) -> None:
    with_rules(bench, **changes)
    write(bench, CHARGED)
    assert "charge" in case(bench, 1).decision.tags
    assert case(bench, 1).decision.label == "complaint"
    assert bool(told(bench)) is is_told


def test_people_at_work_answer_themselves(bench: Bench) -> None:
    bench.time = OPENS + timedelta(minutes=1)
    write(bench, CHARGED)
    assert told(bench) == []


def test_a_channel_that_others_look_after_has_their_hours(bench: Bench, tmp_path) -> None:
    text = FILE.read_text(encoding="utf-8")
    file = tmp_path / "service.toml"
    hours = "friday = ['00:00', '23:59'], saturday = ['00:00', '23:59']"
    file.write_text(
        f'{text}\n[[calendars]]\nname = "night desk"\nchannels = ["x"]\nzone = "UTC"\nhours = {{ {hours} }}\n'
    )
    service = load_service_hours(file)
    policy = bench.flow.policy
    bench.flow.__dict__["policy"] = replace(policy, service=replace(service, away=policy.service.away))
    write(bench, CHARGED)
    assert told(bench) == [], "somebody is there"


def test_it_is_not_sent_once_people_are_back_or_somebody_did_something(bench: Bench) -> None:
    write(bench, CHARGED)
    write(bench, ASKED, id="2", author={**AUTHOR, "id": "u2"})
    second, by = case(bench, 2), By("agnes", bench.time + timedelta(minutes=1), "1" * 32)
    with bench.store.writing() as transaction:
        take_over(transaction, second, by, version=second.version)
    bench.flow.deliver(told(bench, 2)[0].id)
    [touched] = told(bench, 2)
    assert (touched.state, "did something on the case" in (touched.error or "")) == (OutboxState.GIVEN_UP, True)
    bench.time = OPENS
    row = send(bench)
    assert (row.state, "people are at work again" in (row.error or "")) == (OutboxState.GIVEN_UP, True)


def test_what_the_channel_refuses_calls_nobody_at_night(bench: Bench) -> None:
    with bench.store.writing() as transaction:
        lead = transaction.accounts.add("lena", "lead", now=bench.time)
    write(bench, f"{CHARGED}, no answer")
    assert send(bench).state is OutboxState.GIVEN_UP
    with bench.store.reading() as transaction:
        assert Call.NOT_SENT not in [one.kind for one in transaction.callouts.of(lead, limit=9)]


def test_it_is_no_answer_that_a_persons_answer_would_collide_with(bench: Bench) -> None:
    write(bench, CHARGED)
    send(bench)
    with bench.store.writing() as transaction:
        found = earlier_answer(
            transaction,
            transaction.cases.get(1),
            mention_id=mention_id("x", "acme", "1"),
            key="reply:1",
            person="agnes",
            is_private=True,
        )
    assert found is None


def test_it_is_sent_once_however_often_its_message_is_triaged(bench: Bench) -> None:
    write(bench, CHARGED)
    bench.relabel("1", "enquiry")
    bench.drain()
    assert len(told(bench)) == 1
    send(bench)
    bench.flow.deliver(told(bench)[0].id)
    assert isinstance(bench.channel, Reaching)
    assert list(bench.channel.sent) == [f"away:1:{OPENS.isoformat()}"]
