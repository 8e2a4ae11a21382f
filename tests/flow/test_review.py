"""The weekly sample on both databases: drawn once, reviewed by people; a missed complaint is opened as it was said."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flow.review import draw, give_verdict, log_rows, rates, waiting
from measure.sampling import rank
from models import EventKind
from models.errors import RecordError
from models.identity import mention_id
from store.store import Store
from tests.flow.bench import NOW, Bench, message

ZONE = ZoneInfo("Australia/Sydney")
WEEK = "2026-W23"
"""Of `NOW`, Saturday 6 June 2026 in Sydney."""
MONDAY = datetime(2026, 6, 8, 6, 0, tzinfo=ZONE)
"""When that week is drawn."""
MISSED = "you took my money and nobody answers"
"""The keyword classifier knows no word of it."""


def bench_with(store: Store, *, spam: int = 12, praise: int = 3, other: int = 0, complaints: int = 2) -> Bench:
    bench = Bench(store)
    texts = ["free crypto"] * spam + ["thank you"] * praise + [MISSED] * other + ["charged twice"] * complaints
    bench.read(
        *(message(f"{text} {number}", id=str(number), author={"id": f"u{number}"}) for number, text in enumerate(texts))
    )
    bench.drain()
    return bench


def draw_it(store: Store, at: datetime = MONDAY, size: int = 10) -> int:
    return draw(store, zone=ZONE, now=at, size=size)


def give(store: Store, item: int, label: str, person: str = "eva", at: datetime = MONDAY) -> str | None:
    with store.writing() as transaction:
        return give_verdict(transaction, item, label, person=person, now=at)


def test_a_week_is_drawn_once_when_it_is_over_however_often_the_clock_looks(store: Store) -> None:
    bench_with(store)
    just_before = MONDAY - timedelta(seconds=1)
    assert [draw_it(store, at) for at in (NOW, just_before, MONDAY, MONDAY, MONDAY + timedelta(days=3))] == [
        0,
        0,
        1,
        0,
        0,
    ]
    with store.reading() as transaction:
        items, week = transaction.review.items(WEEK), transaction.review.newest_week()
        assert len(items) == 10 and len({item.mention_id for item in items}) == 10
        assert transaction.events.is_recorded(f"review:{WEEK}")
    assert week is not None
    assert [dict(one) for one in week.strata] == [
        {"label": "praise", "channel": "x", "population": 3, "drawn": 3},
        {"label": "spam", "channel": "x", "population": 12, "drawn": 7},
    ]


def test_the_same_messages_are_drawn_from_the_same_week(store: Store) -> None:
    bench_with(store)
    draw_it(store)
    with store.reading() as transaction:
        first = [item.mention_id for item in transaction.review.items(WEEK)]
        populations = transaction.review.populations(since=NOW - timedelta(days=9), until=NOW + timedelta(days=9))
    assert populations == {("praise", "x"): 3, ("spam", "x"): 12}
    assert first == sorted(first, key=lambda one: rank(WEEK, one))


def test_weeks_in_which_nothing_ran_are_drawn_afterwards_and_none_before_the_first_message(store: Store) -> None:
    bench_with(store)
    assert draw_it(store, MONDAY + timedelta(weeks=2)) == 3
    with store.reading() as transaction:
        assert [week.week for week in transaction.review.weeks()] == [WEEK, "2026-W24", "2026-W25"]
        assert transaction.review.items("2026-W25") == []


def test_what_a_person_decided_is_not_drawn(store: Store) -> None:
    bench = bench_with(store, spam=1, praise=1, complaints=1)
    bench.relabel("2", "praise")
    draw_it(store)
    with store.reading() as transaction:
        drawn = {item.mention_id for item in transaction.review.items(WEEK)}
    assert drawn == {mention_id("x", "acme", "0"), mention_id("x", "acme", "1")}


def test_a_verdict_that_agrees_changes_nothing_but_is_kept(store: Store) -> None:
    bench = bench_with(store)
    draw_it(store)
    with store.reading() as transaction:
        first = waiting(transaction, WEEK)[0]
    assert give(store, first.item.id, first.item.label) is None
    with store.reading() as transaction:
        assert first.item.id not in {one.item.id for one in waiting(transaction, WEEK)}
        kept = next(one for one in transaction.review.items(WEEK) if one.id == first.item.id)
        assert (kept.verdict, kept.person, kept.given_at) == (first.item.label, "eva", MONDAY)
        assert transaction.mentions.labels([first.item.mention_id]) == {}
    assert bench.drain() == 0


def test_a_missed_complaint_is_opened_with_its_true_receipt(store: Store) -> None:
    bench = bench_with(store, spam=2, praise=0, other=1, complaints=0)
    draw_it(store)
    with store.reading() as transaction:
        missed = next(one for one in waiting(transaction, WEEK) if MISSED in one.message.mention.text)
    bench.time = NOW + timedelta(days=20)
    assert give(store, missed.item.id, "complaint", at=bench.time) == missed.item.mention_id
    bench.flow.triage_mentions([missed.item.mention_id])
    with store.reading() as transaction:
        [opened] = list(transaction.register.entries())
        assert f'"received_at":"{missed.message.mention.created_at.isoformat()}"' in opened.facts
        assert '"decided_by":"person:eva"' in opened.facts
        case = transaction.cases.get(missed.message.case_id)
        kinds = [event.kind for event in transaction.events.of_case(case.id)]
        assert {EventKind.REVIEWED, EventKind.RELABELLED, EventKind.REGISTERED} <= set(kinds)
        found = rates(transaction)
    assert (found.overall.missed, found.overall.reviewed, found.overall.population) == (1, 1, 3)


def test_a_second_verdict_replaces_the_first_and_both_are_in_the_log(store: Store) -> None:
    bench = bench_with(store, spam=1, praise=0, complaints=0)
    draw_it(store)
    give(store, 1, "complaint")
    bench.recover()
    assert give(store, 1, "spam", at=MONDAY + timedelta(days=1)) is not None
    with store.reading() as transaction:
        found, events = rates(transaction), transaction.events.of_case(1)
    assert found.overall.missed == 0
    assert sum(event.kind is EventKind.REVIEWED for event in events) == 2


@pytest.mark.parametrize(
    ("item", "label", "person", "says"),
    [(99, "spam", "eva", "number 99"), (1, "nonsense", "eva", "no label"), (1, "spam", " ", "name")],
)
def test_a_verdict_on_nothing_or_of_nobody_is_refused(
    store: Store, item: int, label: str, person: str, says: str
) -> None:
    bench_with(store)
    draw_it(store)
    with pytest.raises(RecordError, match=says):
        give(store, item, label, person)


def test_a_message_that_is_being_judged_anew_takes_no_verdict(store: Store) -> None:
    bench_with(store, spam=1, praise=0, complaints=0)
    draw_it(store)
    with store.writing() as transaction:
        [item] = transaction.review.items(WEEK)
        transaction.mentions.park(item.mention_id, fault="looked at")
    with pytest.raises(RecordError, match="judged anew"):
        give(store, item.id, "complaint")


def test_rates_are_those_of_the_weeks_that_begin_in_the_time_asked_for(store: Store) -> None:
    bench_with(store)
    draw_it(store)
    with store.reading() as transaction:
        assert rates(transaction, since=date(2026, 6, 1), until=date(2026, 6, 1)).overall.population == 15
        assert rates(transaction, since=date(2026, 6, 2)).overall.population == 0
        assert rates(transaction, until=date(2026, 5, 31)).overall.population == 0


def test_the_log_names_all_that_was_judged_or_ruled_no_complaint_by_whom_and_why(store: Store) -> None:
    bench = bench_with(store, spam=1, praise=0, complaints=2)
    bench.relabel("2", "enquiry")
    with store.reading() as transaction:
        rows = list(log_rows(transaction.review.no_complaints()))
        later = list(transaction.review.no_complaints(since=NOW + timedelta(days=1)))
        earlier = list(transaction.review.no_complaints(until=NOW - timedelta(days=1)))
    assert (later, earlier) == ([], [])
    assert [(row["label"], row["decided_by"], row["complaint_id"]) for row in rows] == [
        ("spam", "classifier:keywords", None),
        ("enquiry", "person:agnes", "C-0000002"),
    ]
    assert all(row["basis"] and row["limbs"] and row["decided_at"] for row in rows)
    assert not any("crypto" in str(value) for row in rows for value in row.values())
