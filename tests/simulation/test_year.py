"""A year of a contact centre in minutes: what the program says of it is counted again, by other means."""

import logging
import os
import shutil
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Row, Table, select

from measure.periods import between
from models import EventKind, Priority
from models.clock import DUE_SOON
from policy.targets import OverWhen
from register.verify import verify
from store import escalation_tables, promise_tables, tables, target_tables, together_tables
from store.store import Store
from tests.flow.test_figures import check_figures
from tests.simulation.centre import BETWEEN_TICKS, MINUTE, START, Centre, key_of
from triage.score import DUE_SOON as DUE_SOON_PART

logger = logging.getLogger(__name__)
pytestmark = pytest.mark.slow

LOOKS = BETWEEN_TICKS * MINUTE
WEEKS_DAYS = 28
DAYS = int(os.environ.get("SIMULATED_DAYS", "120"))
"""`make year` lives through 365."""


@pytest.fixture(scope="module")
def year(empty_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    path = tmp_path_factory.mktemp("year") / "earshot.db"
    shutil.copyfile(empty_sqlite, path)
    store = Store(f"sqlite:///{path}")
    centre = Centre(store, seed=20260105, per_day=4)
    centre.run(DAYS)
    logger.info("%d messages, %d looks at the clock, %s", len(centre.told.said), centre.told.ticks, centre.told.acts)
    logger.info("outages %s; %s", Counter(what for what, *_ in centre.told.outages), centre.bench.counts())
    yield centre
    store.close()


def rows_of(centre: Centre, table: Table) -> list[Row[Any]]:
    with centre.bench.store.engine.connect() as connection:
        return list(connection.execute(select(table)))


def events_of(centre: Centre, *kinds: EventKind) -> list[Row[Any]]:
    wanted = {kind.value for kind in kinds}
    return [row for row in rows_of(centre, tables.events) if row.kind in wanted]


def clock_of(event: Row[Any]) -> tuple[int, str]:
    return event.case_id, event.facts["clock"]


def test_every_message_that_was_said_is_stored_once_and_judged(year: Centre) -> None:
    stored = rows_of(year, tables.mentions)
    assert Counter(row.id for row in stored) == Counter(key_of(each) for each in year.told.said)
    assert {row.state for row in stored} == {"triaged"}


def test_every_ticket_was_made_once_although_the_desk_was_down_for_days(year: Centre) -> None:
    assert any(what == "desk" for what, *_ in year.told.outages)
    made = Counter(held.ticket.external_id for held in year.desk.tickets)
    assert made == Counter(row.key for row in rows_of(year, tables.outbox) if row.effect == "create_ticket")
    assert len(made) > DAYS


def test_every_answer_was_sent_once(year: Centre) -> None:
    assert set(year.bench.channel.sent) == set(year.told.answered)


def test_every_clock_that_ran_out_was_said_once_and_no_other(year: Centre) -> None:
    said = Counter(clock_of(event) for event in events_of(year, EventKind.CLOCK_MISSED))
    clocks = {(row.case_id, row.key): row for row in rows_of(year, tables.clocks)}
    for key, clock in clocks.items():
        ended = clock.met_at or year.now
        if clock.due_at < ended:
            # Met before anybody looked: whether it is said depends on when the clock was looked at.
            assert said[key] == 1 or ended - clock.due_at <= LOOKS or is_down_at(year, clock.due_at), clock
        else:
            assert said[key] == 0, clock
    assert set(said.values()) == {1}
    assert len(said) > DAYS // 6, "the year was too easy: hardly a clock ran out"


def test_a_clock_that_ran_out_was_warned_of_unless_nobody_could(year: Centre) -> None:
    warned = {clock_of(event): event.at for event in events_of(year, EventKind.CLOCK_DUE_SOON)}
    for event in events_of(year, EventKind.CLOCK_MISSED):
        due = datetime.fromisoformat(event.facts["due_at"])
        if not was_down(year, due - DUE_SOON, due):
            assert due - DUE_SOON <= warned[clock_of(event)] <= due, event


def was_down(centre: Centre, since: datetime, until: datetime) -> bool:
    workers = [(began, ended) for what, began, ended in centre.told.outages if what == "workers"]
    return any(began <= until and ended >= since for began, ended in workers)


def is_down_at(centre: Centre, at: datetime) -> bool:
    return was_down(centre, at, at + LOOKS)


def test_the_register_stands_as_it_was_written(year: Centre) -> None:
    with year.bench.store.reading() as transaction:
        found = verify(transaction.register.entries(), head=transaction.register.head())
    assert found.fault is None
    assert found.entries > 500


def test_each_case_that_is_a_complaint_was_opened_in_the_register_once(year: Centre) -> None:
    opened = Counter(row.complaint_id for row in rows_of(year, tables.register_entries) if row.kind == "opened")
    assert opened == Counter(row.complaint_id for row in rows_of(year, tables.cases) if row.complaint_id)


def test_every_escalated_case_has_an_owner_or_an_alarm(year: Centre) -> None:
    alarmed = {event.key for event in events_of(year, EventKind.UNOWNED_ESCALATION)}
    for one in rows_of(year, escalation_tables.escalations):
        if one.state == "open" and one.owner is None:
            assert any(key.startswith(f"unowned:{one.id}:") for key in alarmed), one
    assert len(rows_of(year, escalation_tables.escalations)) > 50


def test_the_steps_of_a_path_are_taken_in_order_each_once_and_none_is_left_out(year: Centre) -> None:
    taken = defaultdict(list)
    for event in events_of(year, EventKind.ESCALATION_STEP, EventKind.ESCALATION_PASSED_OVER):
        _, number, place = event.key.split(":")
        taken[int(number)].append(int(place))
    for one in rows_of(year, escalation_tables.escalations):
        assert sorted(taken[one.id]) == list(range(1, one.place + 1)), one
    assert sum(map(len, taken.values())) > 20, "hardly a case was left lying"


def test_no_step_was_taken_before_its_time_or_left_lying_after_it(year: Centre) -> None:
    for event in events_of(year, EventKind.ESCALATION_STEP):
        due = datetime.fromisoformat(event.facts["due_at"])
        assert due <= event.at, event
        assert event.at - due <= LOOKS or was_down(year, due, event.at), event
    for one in rows_of(year, escalation_tables.escalations):
        if one.state == "open" and one.stopped_at is None and one.step_due_at is not None:
            assert one.step_due_at >= year.now - LOOKS, one


def test_no_step_is_taken_once_a_person_answered_until_the_customer_writes_again(year: Centre) -> None:
    """Counted from what the centre itself knows: who answered when, and who wrote when."""
    answered, wrote = defaultdict(list), defaultdict(list)
    for row in rows_of(year, tables.outbox):
        if row.key in year.told.answered:
            answered[row.case_id].append(year.told.answered[row.key])
    said = {key_of(native): at for native, at in year.told.said.items()}
    for row in rows_of(year, tables.mentions):
        wrote[row.case_id].append(said[row.id])
    opened, looked_at = {str(row.id): row.opened_at for row in rows_of(year, escalation_tables.escalations)}, 0
    for event in events_of(year, EventKind.ESCALATION_STEP):
        last_word = max(at for at in wrote[event.case_id] if at <= event.at)
        due = datetime.fromisoformat(event.facts["due_at"])
        began = opened[event.key.split(":")[1]]
        assert not [at for at in answered[event.case_id] if max(began, last_word) < at < due], event
        looked_at += bool(answered[event.case_id])
    assert looked_at > 5, "hardly a case was both escalated and answered"


def test_every_promise_that_was_not_kept_in_time_is_known_to_be_broken_once(year: Centre) -> None:
    broken = Counter(event.facts["promise"] for event in events_of(year, EventKind.PROMISE_BROKEN))
    for one in rows_of(year, promise_tables.promises):
        ended = one.settled_at if one.state in ("kept", "withdrawn") else year.now
        is_late = one.due_at < ended - LOOKS and not was_down(year, one.due_at, one.due_at + LOOKS)
        assert broken[one.id] <= 1
        assert broken[one.id] == 1 or not is_late, one
        assert broken[one.id] == 0 or one.due_at < ended, one
    assert len(broken) > 5


def test_every_target_that_ran_out_is_said_once_and_no_other(year: Centre) -> None:
    said = Counter((event.case_id, event.key) for event in events_of(year, EventKind.TARGET_MISSED))
    assert set(said.values()) == {1}
    late, rows = 0, {row.priority: row for row in year.bench.flow.policy.targets.rows if not row.channels}
    for one in rows_of(year, target_tables.targets):
        # Where an answer is the end for now, one that came in time is none any more once its author writes again.
        was_perhaps_over = one.key == "resolution" and rows[Priority(one.priority)].over_when is OverWhen.ANSWERED
        key = f"target_missed:{one.case_id}:{one.key}:{one.due_at.isoformat()}"
        ended = one.met_at or year.bench.time  # of the last look, which is a little after the end
        if one.due_at >= ended:
            assert said[one.case_id, key] == 0, one
        elif ended - one.due_at > LOOKS and not was_down(year, one.due_at, ended) and not was_perhaps_over:
            assert said[one.case_id, key] == 1, one
            late += 1
    assert late > DAYS // 6, "the year was too easy: hardly a target was missed"


def test_whatever_the_law_says_is_late_reached_somebody(year: Centre) -> None:
    """No case is past its limit without a person who was told, its owner or who leads."""
    called = Counter(row.key for row in rows_of(year, together_tables.callouts))
    for event in events_of(year, EventKind.CLOCK_MISSED, EventKind.CLOCK_DUE_SOON):
        assert called[event.key] >= 1, event


def test_what_the_house_is_late_with_stands_higher_in_the_queue(year: Centre) -> None:
    most = year.bench.flow.policy.house.weights.due_soon
    late = {row.case_id for row in rows_of(year, target_tables.targets) if row.missed_at and row.met_at is None}
    warned = {row.case_id for row in rows_of(year, target_tables.targets) if row.warned_at and row.met_at is None}
    seen = Counter[str]()
    for case in rows_of(year, tables.cases):
        points = {part["name"]: part["points"] for part in case.decision["score_parts"]}.get(DUE_SOON_PART)
        if points is None or case.state not in ("open", "answered"):
            continue
        if case.id in late:
            assert points == most, case.id
        elif case.complaint_id is None and case.id not in warned:
            assert points == 0.0, case.id
        seen["late" if case.id in late else "in time"] += 1
    assert min(seen["late"], seen["in time"]) > 3, seen


def test_the_figures_equal_a_recount_of_the_log(year: Centre) -> None:
    first, last = START.date(), year.now.date()
    check_figures(year.bench.store, between(first, last), year.now)


def test_what_people_meant_to_do_was_mostly_done(year: Centre) -> None:
    refused = sum(count for name, count in year.told.acts.items() if name.startswith("refused"))
    assert refused < sum(year.told.acts.values()) / 10


@pytest.mark.postgres
def test_the_same_seed_gives_the_same_weeks_on_both_databases(sqlite_url: str, postgres_url: str) -> None:
    told = []
    for url in (sqlite_url, postgres_url):
        store = Store(url)
        centre = Centre(store, seed=3, per_day=4)
        centre.run(WEEKS_DAYS)
        told.append(sorted(row.key for row in rows_of(centre, tables.events)))
        store.close()
    assert told[0] == told[1]
    assert len(told[0]) > 500
