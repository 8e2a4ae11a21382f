"""Which path fits and why; which step is due, in working time, once each, and never after somebody answered."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import ActorKind, Event, EventKind
from models.case import Priority, Tier
from policy.loading import load_policy
from policy.paths import Does, Level, Step, load_paths
from policy.service_hours import Counted, Span
from triage.paths import PathFacts, answer_since, automatic, due_after, fits, upwards, walk
from triage.working_time import working_time_of

SYDNEY = ZoneInfo("Australia/Sydney")
TIME = working_time_of(load_policy(pack="asic-rg271", house="house", place="AU-NSW"))
PATHS = load_paths()
FRIDAY = datetime(2026, 6, 5, 16, 0, tzinfo=SYDNEY).astimezone(UTC)
"""A Friday before the long weekend of the King's Birthday, Monday 8 June."""


def facts(**changed: object) -> PathFacts:
    given: dict[str, object] = {
        "category": None,
        "tags": frozenset(),
        "tier": Tier.PERSONAL_REPLY,
        "priority": Priority.MEDIUM,
        "is_complaint": True,
    }
    return PathFacts(**(given | changed))  # type: ignore[arg-type]


def step(after: Span | None = None, team: str = "care") -> Step:
    return Step(team, Level.MEMBER, Does.ASSIGN, after)


def steps_of(*spans: Span) -> list[Step]:
    return [step(), *(step(span) for span in spans)]


def hours(number: float, counted: Counted = Counted.WORKING) -> Span:
    return Span(timedelta(hours=number), counted)


def test_the_first_path_that_fits_is_suggested_with_what_made_it_fit() -> None:
    found = fits(PATHS, facts(tags=frozenset({"safety", "charge"}), category="billing_payment"))
    assert [fit.path.key for fit in found][:2] == ["emergency", "billing"]
    assert found[0].because == (("tags", ("safety",)),)
    assert found[-1].path.key == "line"
    assert found[-1].because == ()


def test_within_one_table_every_condition_must_be_met_and_one_table_is_enough() -> None:
    assert "legal" not in [fit.path.key for fit in fits(PATHS, facts(tags=frozenset({"legal_threat"})))]
    tier3 = facts(tags=frozenset({"legal_threat"}), tier=Tier.HIGH_PRIORITY)
    assert fits(PATHS, tier3)[0].because == (("tags", ("legal_threat",)), ("tiers", ("3",)))
    asked = facts(triggers=frozenset({"threatens_regulator"}))
    assert fits(PATHS, asked)[0].because == (("triggers", ("threatens_regulator",)),)


def test_a_rule_sends_a_case_only_along_a_path_that_says_so() -> None:
    fit = automatic(PATHS, facts(tags=frozenset({"safety"})))
    assert fit is not None and fit.path.key == "emergency"
    assert automatic(PATHS, facts(category="billing_payment", tags=frozenset({"charge"}))) is None


def test_who_is_not_sure_always_gets_up_the_line() -> None:
    assert upwards(PATHS, facts(tags=frozenset({"safety"}))).key == "line"


def test_working_hours_pass_over_the_night_the_weekend_and_a_public_holiday() -> None:
    due = due_after(steps_of(hours(2)), 0, FRIDAY, TIME)
    assert due is not None
    assert due.astimezone(SYDNEY) == datetime(2026, 6, 9, 10, 0, tzinfo=SYDNEY)
    assert due_after(steps_of(hours(2, Counted.CALENDAR)), 0, FRIDAY, TIME) == FRIDAY + timedelta(hours=2)
    assert due_after(steps_of(), 0, FRIDAY, TIME) is None


def test_a_step_is_due_at_its_instant_and_not_before() -> None:
    steps = steps_of(hours(2))
    due = due_after(steps, 0, FRIDAY, TIME)
    assert due is not None
    assert walk(steps, 0, due, now=due - timedelta(seconds=1), time=TIME) is None
    found = walk(steps, 0, due, now=due, time=TIME)
    assert found is not None and (found.place, found.passed_over) == (1, ())


def test_after_the_last_step_the_path_is_used_up_when_as_long_has_passed_as_it_was_waited_for() -> None:
    steps = steps_of(hours(1), hours(3, Counted.CALENDAR))
    due = due_after(steps, 2, FRIDAY, TIME)
    assert due == FRIDAY + timedelta(hours=3)
    assert walk(steps, 2, due, now=FRIDAY + timedelta(days=9), time=TIME) is None


def test_after_a_standstill_only_the_last_step_that_ran_out_is_carried_out_and_the_others_are_noted() -> None:
    steps = steps_of(hours(1), hours(1), hours(1), hours(100))
    due = due_after(steps, 0, FRIDAY, TIME)
    found = walk(steps, 0, due, now=FRIDAY + timedelta(days=7), time=TIME)
    assert found is not None and (found.passed_over, found.place) == ((1, 2), 3)


def event(kind: EventKind, at: datetime, actor: ActorKind = ActorKind.PERSON, **said: object) -> Event:
    return Event(f"{kind.value}:{at}", kind, at, actor, "Priti", 1, facts=said)


@pytest.mark.parametrize(
    "kind",
    [
        EventKind.REPLY_QUEUED,
        EventKind.TAKEN_OVER,
        EventKind.CLOSED,
        EventKind.REOPENED,
        EventKind.ESCALATION_RETURNED,
    ],
)
def test_an_answer_of_a_person_after_the_step_counts_and_one_before_it_does_not(kind: EventKind) -> None:
    assert answer_since([event(kind, FRIDAY + timedelta(minutes=1))], FRIDAY) is not None
    assert answer_since([event(kind, FRIDAY - timedelta(minutes=1))], FRIDAY) is None
    assert answer_since([event(kind, FRIDAY + timedelta(minutes=1), ActorKind.RULE)], FRIDAY) is None


def test_a_note_and_a_hand_over_leave_the_customer_waiting() -> None:
    later = FRIDAY + timedelta(minutes=1)
    idle = [event(kind, later) for kind in (EventKind.NOTED, EventKind.HANDED_OVER, EventKind.SNOOZED)]
    assert answer_since(idle, FRIDAY) is None
    assert answer_since([event(EventKind.COMPLAINT_ACT, later, act="retype")], FRIDAY) is None
    assert answer_since([event(EventKind.COMPLAINT_ACT, later, act="respond")], FRIDAY) is not None


SPANS = st.builds(
    Span,
    st.integers(min_value=1, max_value=60 * 24).map(lambda minutes: timedelta(minutes=minutes)),
    st.sampled_from(Counted),
)


@given(
    spans=st.lists(SPANS, min_size=0, max_size=6),
    looks=st.lists(st.integers(min_value=0, max_value=60 * 24 * 30), min_size=1, max_size=30),
)
def test_however_often_and_late_one_looks_each_step_is_taken_or_noted_once_in_order(
    spans: list[Span], looks: list[int]
) -> None:
    """None twice, none left out, never two carried out at one look, and never one before its time."""
    steps, place, taken_at = steps_of(*spans), 0, FRIDAY
    due = due_after(steps, 0, FRIDAY, TIME)
    seen = [0]
    for now in sorted(FRIDAY + timedelta(minutes=minutes) for minutes in looks):
        found = walk(steps, place, due, now=now, time=TIME)
        if found is None:
            assert due is None or due > now or place + 1 == len(steps)
            continue
        assert found.due_at <= now
        assert found.due_at > taken_at
        seen += [*found.passed_over, found.place]
        place, taken_at = found.place, now
        due = due_after(steps, place, now, TIME)
        assert walk(steps, place, due, now=now, time=TIME) is None
    assert seen == list(range(len(seen)))
    assert len(seen) <= len(steps)
    late = FRIDAY + timedelta(days=3650)
    last = walk(steps, place, due, now=late, time=TIME)
    assert (last.place if last else place) == len(steps) - 1


def test_hours_of_service_are_those_the_policy_says() -> None:
    assert TIME.hours.by_day[0] == (time(9), time(17))
