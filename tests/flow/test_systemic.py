"""Systemic issues on both databases: found by the clock, decided on by people, told to the register."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import pytest

from flow import systemic_look
from flow.systemic import decide, escalate, own, report_outcome
from flow.systemic_look import look
from measure.systemic import Cluster, ComplaintText
from models import EntryKind, EventKind
from models.errors import RecordError
from store.cases import StaleCaseError
from store.store import Store, Transaction
from store.systemic import Systemic
from tests.flow.bench import NOW, Bench, message
from tests.triage.build import NSW

FEE = "charged twice the annual card fee"
LOGIN = "third time no login code by sms"


def said(bench: Bench, text: str, count: int, *, first: int, at: datetime) -> None:
    bench.read(
        *(
            message(
                f"{text} {'!' * (number % 3)}", id=str(number), author={"id": f"u{number}"}, created_at=at.isoformat()
            )
            for number in range(first, first + count)
        )
    )
    bench.drain()


def bench_with(store: Store, *, fee: int = 6, login: int = 3) -> Bench:
    bench = Bench(store)
    said(bench, FEE, fee, first=0, at=NOW - timedelta(hours=2))
    said(bench, LOGIN, login, first=100, at=NOW - timedelta(hours=2))
    return bench


def look_at(store: Store, now: datetime = NOW) -> int:
    return look(store, zone=NSW.zone, now=now)


def kinds(store: Store) -> list[str]:
    with store.reading() as transaction:
        return [entry.kind for entry in transaction.register.entries() if entry.kind == EntryKind.SYSTEMIC_LINKED]


def acted(store: Store, act: Callable[[Transaction], None]) -> None:
    with store.writing() as transaction:
        act(transaction)


def test_the_clock_finds_candidates_and_warns_of_one_that_grows_from_nothing(store: Store) -> None:
    bench_with(store)
    assert look_at(store) == 3
    with store.reading() as transaction:
        fee, login = transaction.systemic.all()
        assert transaction.events.is_recorded(f"systemic_found:{fee.id}")
    assert (fee.size, fee.people, fee.level, fee.weeks[-1]) == (6, 6, "warning", 6)
    assert (login.size, login.level) == (3, "steady")
    assert {"annual", "fee", "charged"} <= set(fee.words) and "login" in login.words
    assert len(fee.examples) > 0 and fee.decision is None


def test_it_is_looked_at_once_a_day_and_every_look_is_on_record(store: Store) -> None:
    bench = bench_with(store)
    looks = [look_at(store, NOW + timedelta(hours=hours)) for hours in (0, 1, 23, 24)]
    assert looks == [3, 0, 0, 0]
    with store.reading() as transaction:
        assert transaction.systemic.last_look() == NOW + timedelta(hours=24)
    assert bench.flow.look_back() == bench.flow.tick() == 0


def test_what_comes_later_joins_the_candidate_and_the_warning_goes_off_when_it_calms(store: Store) -> None:
    bench = bench_with(store, login=0)
    look_at(store)
    bench.time = NOW + timedelta(days=3)
    said(bench, FEE, 2, first=50, at=bench.time)
    look_at(store, bench.time)
    with store.reading() as transaction:
        [fee] = transaction.systemic.all()
    assert (fee.size, fee.level, fee.seen_at) == (8, "warning", bench.time)
    assert look_at(store, NOW + timedelta(days=15)) == 1
    with store.reading() as transaction:
        [fee] = transaction.systemic.all()
    assert fee.level == "steady" and fee.weeks[-3:] == (6, 2, 0)


def test_a_candidate_outlives_the_window_and_is_not_found_anew(store: Store) -> None:
    bench = bench_with(store, login=0)
    look_at(store)
    bench.time = NOW + timedelta(days=70)
    said(bench, FEE, 3, first=50, at=bench.time)
    look_at(store, bench.time)
    with store.reading() as transaction:
        assert [one.size for one in transaction.systemic.all()] == [9]


def test_people_own_decide_escalate_and_report_and_the_register_is_told_once(store: Store) -> None:
    bench = bench_with(store, login=0)
    look_at(store)
    at, now = NOW + timedelta(hours=1), NOW + timedelta(hours=2)
    acted(store, lambda tx: own(tx, 1, "eva", by="agnes", now=now))
    assert kinds(store) == []
    acted(store, lambda tx: decide(tx, 1, "possible", by="eva", reason="all cards of one batch", at=at, now=now))
    acted(store, lambda tx: escalate(tx, 1, "head of cards", by="eva", at=at, now=now))
    acted(store, lambda tx: decide(tx, 1, "confirmed", by="eva", reason="found in the fee table", at=now, now=now))
    acted(store, lambda tx: report_outcome(tx, 1, "all refunded", by="eva", at=now, now=now))
    assert len(kinds(store)) == 6
    with store.reading() as transaction:
        [fee] = transaction.systemic.all()
        entries = transaction.register.of_complaint(fee.examples[0])
        complaint = transaction.complaints.get(fee.examples[0])
    assert (fee.owner, fee.decision, fee.escalated_to, fee.outcome) == (
        "eva",
        "confirmed",
        "head of cards",
        "all refunded",
    )
    assert (fee.decided_at, fee.escalated_at, fee.outcome_at, fee.version) == (now, at, now, 6)
    assert f'"candidate_id":"{fee.id}"' in entries[-1].facts and '"by":"eva"' in entries[-1].facts
    assert complaint is not None and complaint.systemic == ("1",)
    bench.time = NOW + timedelta(days=2)
    said(bench, FEE, 1, first=60, at=bench.time)
    look_at(store, bench.time)
    assert len(kinds(store)) == 7


def test_a_dismissed_candidate_tells_the_register_nothing_and_is_not_escalated(store: Store) -> None:
    bench_with(store, login=0)
    look_at(store)
    acted(store, lambda tx: decide(tx, 1, "dismissed", by="eva", reason="one shop's error", at=NOW, now=NOW))
    assert kinds(store) == []
    with pytest.raises(RecordError, match="dismissed"):
        acted(store, lambda tx: escalate(tx, 1, "board", by="eva", at=NOW, now=NOW))


def test_what_is_escalated_undecided_is_a_possible_issue(store: Store) -> None:
    bench_with(store, login=0)
    look_at(store)
    acted(store, lambda tx: escalate(tx, 1, "board", by="eva", at=NOW, now=NOW))
    with store.reading() as transaction:
        assert transaction.systemic.all()[0].decision == "possible"
    assert len(kinds(store)) == 6


def test_what_was_ruled_out_meanwhile_belongs_to_no_issue(store: Store) -> None:
    bench = bench_with(store, login=0)
    look_at(store)
    bench.relabel("0", "enquiry")
    acted(store, lambda tx: decide(tx, 1, "possible", by="eva", reason="why", at=NOW, now=NOW + timedelta(hours=1)))
    assert len(kinds(store)) == 5
    look_at(store, NOW + timedelta(days=1))
    with store.reading() as transaction:
        assert transaction.systemic.all()[0].size == 5


@pytest.mark.parametrize(
    ("act", "says"),
    [
        (lambda tx: own(tx, 9, "eva", by="agnes", now=NOW), "number 9"),
        (lambda tx: own(tx, 1, " ", by="agnes", now=NOW), "an owner"),
        (lambda tx: own(tx, 1, "eva", by="", now=NOW), "name"),
        (lambda tx: decide(tx, 1, "maybe", by="eva", reason="why", at=NOW, now=NOW), "no decision"),
        (lambda tx: decide(tx, 1, "possible", by="eva", reason="", at=NOW, now=NOW), "a reason"),
        (lambda tx: decide(tx, 1, "possible", by="e", reason="w", at=NOW + timedelta(1), now=NOW), "future"),
        (lambda tx: decide(tx, 1, "possible", by="e", reason="w", at=NOW.replace(tzinfo=None), now=NOW), "time zone"),
        (lambda tx: escalate(tx, 1, "", by="eva", at=NOW, now=NOW), "to whom"),
        (lambda tx: report_outcome(tx, 1, "done", by="eva", at=NOW, now=NOW), "undecided"),
    ],
)
def test_an_act_that_lacks_something_is_refused_and_changes_nothing(
    store: Store, act: Callable[[Transaction], None], says: str
) -> None:
    bench_with(store, login=0)
    look_at(store)
    with pytest.raises(RecordError, match=says):
        acted(store, act)
    with store.reading() as transaction:
        assert transaction.systemic.all()[0].version == 1


def test_a_stale_form_is_refused(store: Store) -> None:
    bench_with(store, login=0)
    look_at(store)
    acted(store, lambda tx: own(tx, 1, "eva", by="agnes", now=NOW, version=1))
    with pytest.raises(StaleCaseError):
        acted(store, lambda tx: own(tx, 1, "zoe", by="agnes", now=NOW, version=1))


def test_every_act_is_an_event(store: Store) -> None:
    bench_with(store, login=0)
    look_at(store)
    acted(store, lambda tx: own(tx, 1, "eva", by="agnes", now=NOW))
    acted(store, lambda tx: decide(tx, 1, "possible", by="eva", reason="why", at=NOW, now=NOW))
    with store.reading() as transaction:
        assert transaction.events.is_recorded(f"{EventKind.SYSTEMIC_OWNED.value}:1:1")
        assert transaction.events.is_recorded(f"{EventKind.SYSTEMIC_DECIDED.value}:1:2")


def test_two_processes_that_look_at_once_find_a_candidate_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bench_with(store)
    found = systemic_look.clusters

    def another_is_faster(said: Sequence[ComplaintText]) -> list[Cluster]:
        monkeypatch.setattr(systemic_look, "clusters", found)
        assert look_at(store) == 3
        return found(said)

    monkeypatch.setattr(systemic_look, "clusters", another_is_faster)
    assert look_at(store) == 0
    with store.reading() as transaction:
        assert len(transaction.systemic.all()) == 2


def test_a_look_that_dies_on_the_way_is_repeated_by_the_next(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    bench_with(store)
    with monkeypatch.context() as broken:
        broken.setattr(Systemic, "note_look", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            look_at(store)
    assert look_at(store) == 3
