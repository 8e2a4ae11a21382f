"""Each figure counts what its definition says; each definition stands in docs/figures.md."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from measure.handling import Asked, tally
from measure.handling_definitions import DEFINITIONS, LEFT_OUT
from measure.handling_effort import efforts
from measure.handling_export import COLUMNS, rows, safe
from measure.handling_facts import CaseFacts, Happened, story
from measure.handling_sheet import Figure, Sheet
from measure.periods import between, named, week_of
from models import EventKind
from models.errors import RecordError, SetupError
from policy.quality_rubric import Mark, load_rubric
from store.handling import ActOfPerson

SYDNEY = ZoneInfo("Australia/Sydney")
MONDAY = datetime(2026, 10, 5, tzinfo=SYDNEY)
DOCUMENT = Path(__file__).parents[2] / "docs" / "figures.md"


def at(hours: float) -> datetime:
    return (MONDAY + timedelta(hours=hours)).astimezone(UTC)


def said(hours: float, **more: object) -> Happened:
    return Happened(EventKind.RECEIVED, at(hours), is_public=True, **more)  # type: ignore[arg-type]


def answered(hours: float, by: str = "agnes", *, is_public: bool = True) -> Happened:
    return Happened(EventKind.REPLIED, at(hours), person=by, is_public=is_public)


def did(kind: EventKind, hours: float, by: str = "agnes", **more: object) -> Happened:
    return Happened(kind, at(hours), person=by, **more)  # type: ignore[arg-type]


def case(*happened: Happened, tier: int = 2) -> CaseFacts:
    about = {"channel": "x", "team": "cards", "tier": tier, "priority": "high", "issue": "fees", "product": ""}
    return CaseFacts(id=1, is_complaint=False, happened=happened, **about)  # type: ignore[arg-type]


def figures(*cases: CaseFacts, as_of: float = 1000, days: int = 7) -> dict[str, Figure]:
    sheet = Sheet()
    asked = Asked(MONDAY, MONDAY + timedelta(days=days), SYDNEY, at(as_of))
    tally(cases, asked, lambda start, end: max(end - start, timedelta()) / 3, sheet)
    return {one.key: one for one in sheet.figures() if not one.group}


def test_every_definition_and_every_reason_stands_in_the_document() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    told = {key: f"(`{key}`) | {one.unit.value} | {one.meaning} |" for key, one in DEFINITIONS.items()}
    assert [key for key, line in told.items() if line not in text] == []
    assert [words for words in LEFT_OUT.values() if f"- {words}\n" not in text] == []


def test_an_answer_before_midnight_is_of_the_same_day_and_one_after_it_is_not() -> None:
    found = figures(case(said(23.5), answered(23.99)), case(said(23.5), answered(24.01)))
    assert (found["same_day"].count, found["same_day"].value) == (2, 0.5)


def test_a_day_that_is_not_over_is_not_counted_against_us() -> None:
    found = figures(case(said(10)), as_of=15)
    assert (found["same_day"].count, found["same_day"].left_out) == (0, (("day_not_over", 1),))
    assert figures(case(said(10)), as_of=25)["same_day"].value == 0


def test_several_messages_in_a_row_are_one_time_of_waiting() -> None:
    found = figures(case(said(9), said(10), answered(12), said(13), answered(15)))
    assert (found["wait"].count, found["wait"].median) == (2, (3 + 2) / 2 * 3600 / 3)


def test_an_answer_by_a_program_is_no_answer() -> None:
    found = figures(case(said(9), answered(10, by="")))
    assert "first_answer" not in found or found["first_answer"].left_out == (("not_answered", 1),)


def test_the_reply_begins_when_the_person_became_the_owner() -> None:
    owned = did(EventKind.ASSIGNED, 11, owner="agnes")
    found = figures(case(said(9), owned, answered(12)), case(said(9), answered(12, by="bert")))
    assert (found["reply"].count, found["reply"].median) == (1, 3600 / 3)
    assert found["reply"].left_out == (("not_owner", 1),)


def test_a_closing_that_was_opened_again_is_no_resolution() -> None:
    closed, again = did(EventKind.CLOSED, 20), did(EventKind.CLOSED, 40)
    found = figures(case(said(9), answered(12), closed, said(30), again))
    assert (found["resolution"].count, found["resolution"].median) == (1, 31 * 3600)
    assert found["resolution"].left_out == (("not_standing", 1),)
    assert found["first_contact"].value == 0


def test_noise_after_a_closing_opens_nothing() -> None:
    found = figures(case(said(9), answered(12), did(EventKind.CLOSED, 20), said(30, is_quiet=True)))
    assert (found["resolution"].count, found["first_contact"].value) == (1, 1)


def test_first_contact_waits_for_its_seven_days_and_leaves_out_what_was_never_answered() -> None:
    closed = did(EventKind.CLOSED, 20)
    early = figures(case(said(9), answered(12), closed), as_of=100)
    assert early["first_contact"].left_out == (("seven_days", 1),)
    assert figures(case(said(9), closed))["first_contact"].left_out == (("no_answer", 1),)
    twice = figures(case(said(9), answered(12), answered(13), closed))
    assert twice["first_contact"].value == 0


def test_an_escalation_is_acknowledged_by_the_next_act_of_a_person() -> None:
    flagged = Happened(EventKind.TRIAGED, at(9.1), is_escalation=True)
    by_person = did(EventKind.ESCALATED, 10, is_escalation=True, reason="no_authority")
    found = figures(case(said(9), flagged, by_person, did(EventKind.NOTED, 11, by="bert")))
    assert found["acknowledge_escalation"].median == pytest.approx(1.9 * 3600)
    assert found["detection_lag"].median == pytest.approx(0.1 * 3600)
    assert found["escalated"].value == 1 and found["escalation_reasons"].count == 1


def test_who_escalates_late_is_in_no_week_s_rate() -> None:
    late = did(EventKind.ESCALATED, 24 * 7 + 10, is_escalation=True)
    assert figures(case(said(9), late))["escalated"].value == 0


def test_noise_is_in_no_figure_unless_somebody_escalated_it() -> None:
    assert figures(case(said(9), tier=0))["escalated"].left_out == (("noise", 1),)
    assert figures(case(said(9), did(EventKind.ESCALATED, 10, is_escalation=True), tier=0))["escalated"].count == 1


def test_changes_of_owner_count_named_people_alone() -> None:
    owners = ("agnes", "nobody", "bert", "agnes", "agnes")
    moves = [did(EventKind.ASSIGNED, 10 + place, owner=name) for place, name in enumerate(owners)]
    told = story([said(9), *moves])
    assert told.moves == 1


def test_the_day_with_25_hours_is_one_day() -> None:
    april = ZoneInfo("Australia/Sydney")
    sheet = Sheet()
    start = datetime(2026, 4, 5, tzinfo=april)
    asked = Asked(start, datetime(2026, 4, 6, tzinfo=april), april, start + timedelta(days=9))
    asked_at, told_at = (datetime(2026, 4, 5, hour, 30, tzinfo=april).astimezone(UTC) for hour in (0, 23))
    one = case(
        Happened(EventKind.RECEIVED, asked_at), Happened(EventKind.REPLIED, told_at, person="agnes", is_public=True)
    )
    tally([one], asked, lambda begin, end: end - begin, sheet)
    [first] = [found for found in sheet.figures() if (found.key, found.group) == ("first_answer", "")]
    [same] = [found for found in sheet.figures() if (found.key, found.group) == ("same_day", "")]
    assert first.median == 24 * 3600 and same.value == 1


def test_an_act_counts_with_the_time_since_the_same_person_s_act_before_it() -> None:
    cap = timedelta(minutes=15)
    times = [("agnes", 8.9, 1), ("agnes", 9.1, 2), ("agnes", 15, 1), ("bert", 9, 1)]
    acts = [ActOfPerson(person, at(hours), case_id) for person, hours, case_id in times]
    found = [(act.case_id, took.total_seconds() / 60) for act, took in efforts(acts, since=at(9), cap=cap)]
    assert found == [(2, pytest.approx(12)), (1, 15), (1, 15)]


def test_a_file_has_every_column_and_no_formula() -> None:
    found = figures(case(said(9), answered(12)))
    lines = list(rows(list(found.values()), {}, week_of(MONDAY.date()), known_at=at(500)))
    assert all(set(line) == set(COLUMNS) for line in lines)
    assert [safe(name) for name in ("=1", "+1", "-1", "@x", "cards", "")] == ["'=1", "'+1", "'-1", "'@x", "cards", ""]


def test_weeks_are_periods_with_weeks_before_them() -> None:
    week = named("2026-W53")
    assert (week.start.isoformat(), week.end.isoformat()) == ("2026-12-28", "2027-01-03")
    assert named("2027-W01").before() == week
    assert between(week.start, week.end).before().end.isoformat() == "2026-12-27"
    for wrong in ("2025-W53", "2026-W54", "2026-W00"):
        with pytest.raises(SetupError):
            named(wrong)


def test_the_rubric_gives_points_of_a_hundred_and_leaves_out_what_does_not_apply() -> None:
    rubric = load_rubric()
    marks = {one.key: Mark.YES for one in rubric.questions}
    assert rubric.points(marks) == 100
    assert rubric.points(marks | {"tone": Mark.PARTLY}) == pytest.approx(92.5)
    assert rubric.points(marks | {"tone": Mark.NOT_APPLICABLE}) == 100
    with pytest.raises(RecordError, match="tone"):
        rubric.points({one: mark for one, mark in marks.items() if one != "tone"})
    with pytest.raises(RecordError, match="no question"):
        rubric.points(dict.fromkeys(marks, Mark.NOT_APPLICABLE))
