"""The firm's own targets: what they count from, when they are met, and what does not move them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.case import CaseState, Priority
from policy.loading import load_policy
from policy.service_hours import FILE, Counted, Span, load_service_hours
from policy.targets import OverWhen, TargetKey
from triage.targets import TO_WRITE, Facts, Moment, Target, What, facts_of, said, targeting_of, work_out

POLICY = load_policy(pack="asic-rg271", house="house", place="AU-NSW")
TARGETING = targeting_of(POLICY)
SYDNEY = ZoneInfo("Australia/Sydney")
HOUR = timedelta(hours=1)
FIRST, UPDATE, RESOLUTION = TargetKey.FIRST_ANSWER, TargetKey.UPDATE, TargetKey.RESOLUTION


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SYDNEY)


WEDNESDAY = local("2026-11-18T10:00")


def facts(
    *moments: tuple[datetime, What],
    priority: Priority = Priority.HIGH,
    at: datetime = WEDNESDAY,
    state: CaseState = CaseState.OPEN,
) -> Facts:
    listed = [Moment(when, what) for when, what in moments]
    return facts_of(listed, priority=priority, channel="x", received_at=at, state=state)


def targets(found: Facts, *, earlier: list[Target] | None = None, now: datetime | None = None, by=TARGETING):
    worked_out = work_out(found, by, earlier=earlier or [], now=now or found.started_at)
    return {target.key: target for target in worked_out}


def test_a_new_case_has_a_first_answer_and_a_resolution_to_come_and_no_update() -> None:
    found = targets(facts())
    assert set(found) == {FIRST, RESOLUTION}
    assert found[FIRST].due_at == local("2026-11-18T14:00")
    assert found[RESOLUTION].due_at == local("2026-11-23T10:00"), "three days of work"
    assert found[FIRST].met_at is None


def test_the_arithmetic_is_told_step_by_step() -> None:
    steps = targets(facts())[FIRST].steps
    assert steps == (
        "counts from Wed 2026-11-18 10:00 AEDT: when its author wrote, or the case was last opened again",
        "high priority: first answer within 4 working hours (targets 2026-11)",
        "nights, days off and public holidays do not count (service 2026-11)",
        "due Wed 2026-11-18 14:00 AEDT",
    )


def test_the_first_answer_by_a_person_meets_it_and_starts_the_update_cadence() -> None:
    answered = WEDNESDAY + HOUR
    found = targets(facts((answered, What.ANSWERED), state=CaseState.ANSWERED))
    assert found[FIRST].met_at == answered
    assert (found[UPDATE].started_at, found[UPDATE].due_at) == (answered, answered + 24 * HOUR)
    assert found[RESOLUTION].met_at is None, "a case of high priority is over when it is closed"


def test_an_update_by_a_program_is_no_first_answer_and_does_not_overrule_it() -> None:
    before = targets(facts())[FIRST]
    found = targets(facts((WEDNESDAY + HOUR, What.UPDATED)))
    assert found[FIRST] == before
    assert found[UPDATE].due_at == WEDNESDAY + 25 * HOUR


def test_where_an_answer_is_the_end_it_is_over_until_its_author_writes_again() -> None:
    answered = WEDNESDAY + HOUR
    over = targets(facts((answered, What.ANSWERED), priority=Priority.LOW, state=CaseState.ANSWERED))
    assert UPDATE not in over
    assert over[RESOLUTION].met_at == answered
    again = targets(facts((answered, What.ANSWERED), priority=Priority.LOW, state=CaseState.OPEN))
    assert again[RESOLUTION].met_at is None
    assert again[RESOLUTION].due_at == over[RESOLUTION].due_at, "it was not solved: no new time begins"
    assert again[UPDATE].started_at == answered


def test_a_case_that_was_opened_again_and_closed_again_counts_from_when_it_was_opened() -> None:
    """It was late for nothing in the days when it was closed; found by the simulated year."""
    closed, opened, answered, ended = (WEDNESDAY + hours * HOUR for hours in (20, 120, 121, 122))
    first = (WEDNESDAY + HOUR, What.ANSWERED), (closed, What.CLOSED)
    found = targets(
        facts(*first, (opened, What.OPENED), (answered, What.ANSWERED), (ended, What.CLOSED), state=CaseState.CLOSED)
    )
    assert {key: (target.started_at, target.met_at) for key, target in found.items()} == {
        FIRST: (opened, answered),
        RESOLUTION: (opened, ended),
    }
    assert found[RESOLUTION].due_at > ended
    unnoted = targets(facts(*first, (opened, What.OPENED), state=CaseState.CLOSED))
    assert unnoted[RESOLUTION].met_at == closed, "where nobody noted who closed it again, as if it had stayed closed"


def test_a_closed_case_has_nothing_left_to_do() -> None:
    closed = WEDNESDAY + 2 * HOUR
    found = targets(facts((closed, What.CLOSED), state=CaseState.CLOSED))
    assert set(found) == {RESOLUTION}, "what was closed unanswered needs no answer"
    assert found[RESOLUTION].met_at == closed


def test_a_case_opened_again_gets_new_targets_from_then_and_not_from_its_beginning() -> None:
    closed, opened = WEDNESDAY + HOUR, local("2026-11-25T09:00")
    found = targets(facts((WEDNESDAY + HOUR / 2, What.ANSWERED), (closed, What.CLOSED), (opened, What.OPENED)))
    assert set(found) == {FIRST, RESOLUTION}
    assert found[FIRST].started_at == found[RESOLUTION].started_at == opened
    assert found[FIRST].met_at is None, "the answer of before was to something else"
    assert found[FIRST].due_at == local("2026-11-25T13:00")


def test_a_message_said_before_the_closing_and_heard_after_it_opens_the_case_at_the_closing() -> None:
    closed = WEDNESDAY + HOUR
    found = targets(facts((closed, What.CLOSED), (WEDNESDAY + HOUR / 2, What.OPENED)))
    assert found[FIRST].started_at == closed


def test_no_reminder_of_working_time_falls_outside_working_hours() -> None:
    late = local("2026-11-20T16:55")  # a Friday; 75 % of one hour is on Monday
    target = targets(facts(priority=Priority.URGENT, at=late))[FIRST]
    assert target.due_at == local("2026-11-23T09:55")
    assert target.warn_at == local("2026-11-23T09:40")


@pytest.mark.parametrize(
    ("answered", "due", "reminded"),
    [
        ("2026-11-18T09:30", "2026-11-18T17:30", "2026-11-18T15:30"),  # while people are there
        ("2026-11-18T14:00", "2026-11-18T22:00", "2026-11-18T16:00"),  # before they leave
        ("2026-11-19T05:00", "2026-11-19T13:00", "2026-11-19T11:00"),
        ("2026-11-19T02:00", "2026-11-19T10:00", "2026-11-19T09:00"),  # 75 % is at 8: when they come
        (
            "2026-11-20T16:30",
            "2026-11-21T00:30",
            "2026-11-20T22:30",
        ),  # nobody is there in between but in its first minutes
    ],
)
def test_an_update_of_calendar_hours_is_reminded_of_before_people_leave(answered, due, reminded) -> None:
    moments = [(local(answered), What.ANSWERED)]
    update = targets(facts(*moments, priority=Priority.URGENT, at=local(answered) - HOUR))[UPDATE]
    assert (update.due_at, update.warn_at) == (local(due), local(reminded))


@given(
    minutes=st.integers(0, 60 * 24 * 400),
    priority=st.sampled_from(list(Priority)),
    answered=st.integers(0, 60 * 24 * 30),
)
def test_a_target_of_working_time_is_due_and_reminded_of_while_people_work(
    minutes: int, priority: Priority, answered: int
) -> None:
    at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    moments = [(at + timedelta(minutes=answered), What.ANSWERED)] if answered else []
    row = TARGETING.rules.row(priority, "x")
    for target in targets(facts(*moments, priority=priority, at=at)).values():
        assert target.started_at < target.warn_at <= target.due_at
        if row.spans[target.key].counted is Counted.WORKING:
            assert TARGETING.time.is_open(target.warn_at)
            assert TARGETING.time.between(target.started_at, target.due_at) == row.spans[target.key].amount
        elif TARGETING.time.between(target.started_at, target.due_at) > TO_WRITE:
            assert TARGETING.time.is_open(target.warn_at), "somebody is there who can still write"


def test_a_holiday_declared_later_moves_no_due_instant_that_was_told() -> None:
    told = targets(facts())
    day_off = replace(POLICY, extra_holidays=frozenset({date(2026, 11, 18), date(2026, 11, 19)}))
    later = targeting_of(day_off)
    assert targets(facts(), earlier=list(told.values()), by=later) == told
    assert targets(facts(), by=later)[FIRST].due_at > told[FIRST].due_at, "a new case is counted anew"


def test_a_new_policy_moves_no_due_instant_of_before_and_counts_for_what_begins_after() -> None:
    told = targets(facts())
    rows = tuple(
        replace(row, spans={key: Span(span.amount * 10, span.counted) for key, span in row.spans.items()})
        for row in TARGETING.rules.rows
    )
    longer = replace(TARGETING, rules=replace(TARGETING.rules, version="2027-01", rows=rows))
    same = targets(facts(), earlier=list(told.values()), by=longer)
    assert same == told
    answered = targets(facts((WEDNESDAY + HOUR, What.ANSWERED)), earlier=list(told.values()), by=longer)
    assert answered[FIRST].policy == "targets 2026-11"
    assert answered[UPDATE].policy == "targets 2027-01"
    assert answered[UPDATE].due_at == WEDNESDAY + HOUR + 240 * HOUR


def test_a_case_that_becomes_urgent_counts_from_then_and_nobody_is_late_for_the_time_before() -> None:
    told = targets(facts(priority=Priority.LOW))
    raised = local("2026-11-19T09:30")
    found = targets(facts(priority=Priority.URGENT), earlier=list(told.values()), now=raised)
    assert found[FIRST].due_at == raised + HOUR
    assert found[FIRST].started_at == WEDNESDAY
    assert "it was of low priority until Thu 2026-11-19 09:30 AEDT" in found[FIRST].steps[3]
    again = targets(facts(priority=Priority.URGENT), earlier=list(found.values()), now=raised + HOUR)
    assert again == found, "it counts from when it was raised, however often one looks"


def test_becoming_urgent_makes_no_target_later() -> None:
    told = targets(facts(priority=Priority.LOW))
    just_before = told[FIRST].due_at - timedelta(minutes=5)
    found = targets(facts(priority=Priority.URGENT), earlier=list(told.values()), now=just_before)
    assert found[FIRST].due_at == told[FIRST].due_at


def test_an_answer_that_was_in_time_stays_so_when_the_case_becomes_urgent_afterwards() -> None:
    told = targets(facts(priority=Priority.LOW))
    answered = WEDNESDAY + 6 * HOUR
    low = targets(facts((answered, What.ANSWERED), priority=Priority.LOW), earlier=list(told.values()))
    urgent = targets(
        facts((answered, What.ANSWERED), priority=Priority.URGENT), earlier=list(low.values()), now=answered + HOUR
    )
    assert urgent[FIRST].due_at == told[FIRST].due_at
    assert urgent[FIRST].met_at == answered


acts = st.lists(st.tuples(st.integers(1, 2_000), st.sampled_from(list(What))), max_size=12)


@given(acts=acts, priority=st.sampled_from(list(Priority)), state=st.sampled_from(list(CaseState)[:3]))
def test_whatever_happens_targets_are_the_same_each_time_and_never_before_what_they_count_from(
    acts: list[tuple[int, What]], priority: Priority, state: CaseState
) -> None:
    at, moments = WEDNESDAY, []
    for minutes, what in acts:
        at += timedelta(minutes=minutes)
        moments.append((at, what))
    found = targets(facts(*moments, priority=priority, state=state))
    assert targets(facts(*moments, priority=priority, state=state), earlier=list(found.values()), now=at) == found
    is_over = state is CaseState.CLOSED
    over_when = TARGETING.rules.row(priority, "x").over_when
    for target in found.values():
        assert target.due_at > target.started_at >= WEDNESDAY
        assert target.met_at is None or target.met_at >= target.started_at
    if UPDATE in found:
        words = [when for when, what in moments if what in (What.ANSWERED, What.UPDATED)]
        assert found[UPDATE].started_at == max(words)
        assert not (
            state is CaseState.ANSWERED
            and over_when is OverWhen.ANSWERED
            and FIRST in found
            and found[FIRST].met_at is not None
        )
    assert not (is_over and any(what is What.CLOSED for _, what in moments) and UPDATE in found)


@pytest.mark.parametrize(
    ("amount", "counted", "words"),
    [
        (timedelta(minutes=30), Counted.WORKING, "30 working minutes"),
        (timedelta(hours=1), Counted.WORKING, "1 working hour"),
        (timedelta(hours=24), Counted.WORKING, "24 working hours"),
        (timedelta(hours=24), Counted.CALENDAR, "1 calendar day"),
        (timedelta(hours=36), Counted.CALENDAR, "36 calendar hours"),
    ],
)
def test_an_amount_of_time_is_said_as_the_policy_writes_it(amount: timedelta, counted: Counted, words: str) -> None:
    assert said(Span(amount, counted)) == words


def test_a_channel_that_others_look_after_counts_in_their_hours_and_the_steps_say_so(tmp_path) -> None:
    rows = '\n[[calendars]]\nname = "evening desk"\nchannels = ["x"]\nhours = { wednesday = ["12:00", "20:00"] }\n'
    path = tmp_path / "service.toml"
    path.write_text(FILE.read_text(encoding="utf-8") + rows, encoding="utf-8")
    evening = targeting_of(replace(POLICY, service=load_service_hours(path)))
    found = targets(facts(), by=evening)[FIRST]
    assert found.due_at == local("2026-11-18T16:00")
    assert "nights, days off and public holidays do not count (service, evening desk 2026-11)" in found.steps
    elsewhere = targets(replace(facts(), channel="email"), by=evening)[FIRST]
    assert elsewhere.due_at == targets(facts())[FIRST].due_at
