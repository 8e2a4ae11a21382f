"""A case that is put off comes back by itself, once, and before any clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from flow.named import RefusedError
from flow.snoozing import LONGEST, end, presets, put_off, wake_due
from flow.teamwork import By
from models import CaseState, EventKind
from models.clock import DUE_SOON
from store.cases import StaleCaseError
from store.selection import Selection
from store.store import Store
from tests.flow.bench import Bench, message

SYDNEY = ZoneInfo("Australia/Sydney")
DAY = timedelta(days=1)


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


def say(bench: Bench, text: str, *, id: str = "1", **more: object) -> None:
    bench.read(message(text, id=id, **more))
    bench.drain()


def snooze(bench: Bench, length: timedelta, *, case_id: int = 1, key: str = "k1", note: str = "") -> None:
    with bench.store.writing() as transaction:
        case = transaction.cases.get(case_id)
        assert case is not None
        by = By("agnes", bench.time, key)
        put_off(transaction, case, bench.time + length, note, by, version=case.version)


def view(bench: Bench, name: str) -> list[int]:
    with bench.store.reading() as transaction:
        count = transaction.worklist.count(Selection(name), person="agnes", now=bench.time)
        found = transaction.cases.ids_of_view(name, person="agnes", now=bench.time, limit=50)
    assert count == len(found)
    return found


def woken(bench: Bench, case_id: int = 1) -> list[object]:
    with bench.store.reading() as transaction:
        events = transaction.events.of_case(case_id)
    return [event.facts["because"] for event in events if event.kind is EventKind.WOKEN]


def clocks(bench: Bench) -> list[tuple[str, datetime, datetime | None]]:
    with bench.store.reading() as transaction:
        return [(clock.key, clock.due_at, clock.met_at) for clock in transaction.cases.clocks_of(1)]


def test_a_case_put_off_leaves_the_open_list_and_comes_back_at_its_time_once(bench: Bench) -> None:
    say(bench, "how do i log in?")
    snooze(bench, DAY, note="she is on leave")
    assert (view(bench, "all"), view(bench, "snoozed"), view(bench, "every")) == ([], [1], [1])
    bench.time += DAY - timedelta(minutes=1)
    bench.flow.tick()
    assert view(bench, "snoozed") == [1]
    bench.time += timedelta(minutes=1)
    assert view(bench, "all") == [1], "also before a worker comes to it"
    for _ in range(3):
        bench.flow.tick()
    assert (view(bench, "all"), view(bench, "snoozed"), woken(bench)) == ([1], [], ["its time came"])
    with bench.store.reading() as transaction:
        notes = [event.facts for event in transaction.events.of_case(1) if event.kind is EventKind.NOTED]
    assert notes == [{"text": "she is on leave"}]


def test_after_a_week_of_standstill_all_that_were_due_come_back_exactly_once(bench: Bench) -> None:
    for number in range(1, 6):
        say(bench, f"how do i log in, number {number}?", id=str(number), author={"id": f"u{number}"})
        snooze(bench, timedelta(hours=number), case_id=number, key=f"k{number}")
    bench.time += 7 * DAY
    assert wake_due(bench.store, now=bench.time) == 5
    assert wake_due(bench.store, now=bench.time) == 0
    assert all(woken(bench, number) == ["its time came"] for number in range(1, 6))


def test_a_case_comes_back_at_once_when_somebody_writes_in_it(bench: Bench) -> None:
    say(bench, "how do i log in?", conversation_id="t")
    snooze(bench, DAY)
    later = (bench.time + timedelta(minutes=5)).isoformat()
    say(bench, "hello, anybody?", id="2", conversation_id="t", in_reply_to="1", created_at=later)
    assert (view(bench, "snoozed"), woken(bench)) == ([], ["somebody wrote in it"])
    assert 1 in view(bench, "every")


def test_putting_a_complaint_off_moves_no_clock_and_it_is_back_while_there_is_time(bench: Bench) -> None:
    say(bench, "I was charged twice, give me a refund")
    before = clocks(bench)
    due = min(at for _, at, met in before if met is None)
    snooze(bench, 10 * DAY)
    assert clocks(bench) == before
    assert view(bench, "complaints") == []
    bench.time = due - DUE_SOON - timedelta(minutes=1)
    bench.flow.tick()
    assert view(bench, "snoozed") == [1]
    bench.time = due - DUE_SOON
    assert view(bench, "complaints") == [1], "the list asks the clocks, not the worker"
    bench.flow.tick()
    assert woken(bench) == ["a clock ends soon"]
    assert clocks(bench) == before


def test_a_case_whose_clock_ends_soon_or_has_ended_is_not_put_off(bench: Bench) -> None:
    say(bench, "I was charged twice, give me a refund")
    due = min(at for _, at, met in clocks(bench) if met is None)
    for at in (due - DUE_SOON, due - timedelta(minutes=5), due + DAY):
        bench.time = at
        with pytest.raises(RefusedError, match="ends within four hours"):
            snooze(bench, timedelta(hours=1))
    assert view(bench, "snoozed") == []


def test_a_case_that_becomes_a_complaint_while_it_is_put_off_is_back_at_once(bench: Bench) -> None:
    say(bench, "how do i log in?")
    snooze(bench, 3 * DAY)
    bench.relabel("1", "complaint")
    assert (view(bench, "snoozed"), woken(bench)) == ([], ["it turned out more serious"])


def test_an_answered_case_is_put_off_too_and_comes_back_open(bench: Bench) -> None:
    say(bench, "how do i log in?")
    with bench.store.writing() as transaction:
        transaction.cases.set_state(1, CaseState.ANSWERED, now=bench.time)
    snooze(bench, DAY)
    assert (view(bench, "waiting"), view(bench, "snoozed")) == ([], [1])
    bench.time += DAY
    bench.flow.tick()
    assert view(bench, "all") == [1]


def test_what_is_closed_is_put_off_no_longer_and_cannot_be(bench: Bench) -> None:
    say(bench, "how do i log in?")
    snooze(bench, DAY)
    with bench.store.writing() as transaction:
        transaction.cases.set_state(1, CaseState.CLOSED, now=bench.time)
        transaction.cases.set_state(1, CaseState.OPEN, now=bench.time)
    assert (view(bench, "all"), view(bench, "snoozed")) == ([1], [])
    with bench.store.writing() as transaction:
        transaction.cases.set_state(1, CaseState.CLOSED, now=bench.time)
    with pytest.raises(RefusedError, match="open it again first"):
        snooze(bench, DAY, key="k2")


def test_ending_it_undoes_it_and_the_same_form_sent_twice_is_carried_out_once(bench: Bench) -> None:
    say(bench, "how do i log in?")
    snooze(bench, DAY)
    with bench.store.writing() as transaction:
        case = transaction.cases.get(1)
        assert case is not None
        assert end(transaction, case, By("agnes", bench.time, "k2"))
        assert not end(transaction, case, By("agnes", bench.time, "k3"))
    snooze(bench, DAY, key="k1")
    assert (view(bench, "all"), woken(bench)) == ([1], ["ended by hand"])


def test_an_old_page_and_a_time_that_makes_no_sense_are_refused(bench: Bench) -> None:
    say(bench, "how do i log in?")
    for length in (timedelta(0), -DAY, LONGEST + timedelta(minutes=1)):
        with pytest.raises(RefusedError):
            snooze(bench, length)
    with bench.store.writing() as transaction, pytest.raises(StaleCaseError):
        case = transaction.cases.get(1)
        assert case is not None
        by = By("agnes", bench.time, "k1")
        put_off(transaction, case, bench.time + DAY, "", by, version=case.version - 1)
    assert view(bench, "snoozed") == []


@pytest.mark.parametrize(
    ("now", "offered"),
    [
        (
            "2026-11-20T10:00",
            {"hour": "20 11:00", "later": "20 16:00", "tomorrow": "21 09:00", "monday": "23 09:00"},
        ),
        ("2026-11-20T15:30", {"hour": "20 16:30", "tomorrow": "21 09:00", "monday": "23 09:00"}),
        ("2026-11-22T10:00", {"hour": "22 11:00", "later": "22 16:00", "tomorrow": "23 09:00"}),
        (
            "2026-11-23T08:00",
            {"hour": "23 09:00", "later": "23 16:00", "tomorrow": "24 09:00", "monday": "30 09:00"},
        ),
    ],
)
def test_presets_are_times_of_the_firms_zone(now: str, offered: dict[str, str]) -> None:
    at = datetime.fromisoformat(now).replace(tzinfo=SYDNEY).astimezone(UTC)
    found = {one.key: f"{one.until.astimezone(SYDNEY):%d %H:%M}" for one in presets(at, SYDNEY)}
    assert found == offered


def test_tomorrow_at_nine_is_at_nine_also_after_the_clocks_changed() -> None:
    """Sydney's clocks go forward on 4 October 2026."""
    at = datetime(2026, 10, 3, 12, 0, tzinfo=SYDNEY)
    [tomorrow] = [one.until for one in presets(at, SYDNEY) if one.key == "tomorrow"]
    assert f"{tomorrow.astimezone(UTC):%d %H:%M}" == "03 22:00"
