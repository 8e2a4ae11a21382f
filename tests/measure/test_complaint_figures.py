"""A year of complaints through the clock: every figure equals a recount from what happened, written another way."""

import math
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from measure.complaint_facts import ComplaintFacts, facts_of
from measure.complaint_figures import Figures, figures, spread
from measure.periods import Period, between, named
from models import EntryKind
from register.life import fold
from tests.measure.stories import UTC_YEAR, Story, dues_of, entries_of, local, tell_a_year
from tests.triage.build import NSW

AS_OF = datetime(2027, 6, 1, tzinfo=UTC)
PERIODS = (named("2026"), named("2026H1"), named("2026H2"), named("2026Q2"), named("2027Q1"), named("2026-06"))


def told(story: Story) -> ComplaintFacts:
    entries = entries_of(story)
    return facts_of(fold(entries), entries, zone=NSW.zone)


@pytest.fixture(scope="module")
def year() -> list[Story]:
    return tell_a_year(1500, seed=7, policy=NSW, first=UTC_YEAR)


@pytest.fixture(scope="module")
def counted(year: list[Story]) -> dict[str, Figures]:
    found = figures(map(told, year), PERIODS, as_of=AS_OF)
    return {one.period.name: one for one in found}


class Recount:
    """Reads the acts themselves, never the entries or the facts."""

    def __init__(self, story: Story) -> None:
        kinds = [kind for kind, _, _ in story.acts]
        self.story, self.opening = story, story.acts[0][2]
        self.received = local(story.received_at, NSW)
        self.dropped = ""
        if EntryKind.RULED_OUT in kinds and EntryKind.REOPENED not in kinds:
            self.dropped = "ruled out"
        if kinds[-1] is EntryKind.MERGED_AWAY:
            self.dropped = "merged away"
        self.turns = [(self.received, "open", {})]
        for kind, at, facts in story.acts:
            day = local(at, NSW)
            is_open = self.turns[-1][1] == "open"
            if kind in (EntryKind.CLOSED, EntryKind.WITHDRAWN) and is_open:
                self.turns.append((day, "closed", {"basis": "withdrawn"} | facts))
            elif kind is EntryKind.CLOSED:
                self.turns[-1] = (self.turns[-1][0], "closed", facts)
            elif kind is EntryKind.REOPENED and not is_open:
                self.turns.append((day, "open", {}))

    def days(self, kind: EntryKind) -> list[date]:
        return [local(at, NSW) for one, at, _ in self.story.acts if one is kind]

    def open_at(self, day: date) -> bool:
        last = [state for on, state, _ in self.turns if on <= day]
        return bool(last) and last[-1] == "open"

    def answered(self) -> date | None:
        found = [on for on, _, facts in self.turns if str(facts.get("basis")).startswith("5bd")]
        for kind, at, facts in self.story.acts:
            if kind is EntryKind.RESPONDED and facts["missing"] == []:
                found.append(local(at, NSW))
        return min(found) if found else None

    def dues(self) -> dict[str, str]:
        return dues_of(NSW, self.story.received_at)["dues"]

    def due_day(self, key: str) -> date:
        return datetime.fromisoformat(self.dues()[key]).date()

    def has_notice(self) -> bool:
        return any(
            facts["is_valid"] and local(at, NSW) <= self.due_day("respond")
            for kind, at, facts in self.story.acts
            if kind is EntryKind.DELAY_NOTIFIED
        )


def closings(year: list[Story], period: Period) -> list[tuple[Recount, date, dict[str, object]]]:
    live = [one for one in map(Recount, year) if not one.dropped]
    return [
        (one, on, facts)
        for one in live
        for on, state, facts in one.turns
        if state == "closed" and period.start <= on <= period.end
    ]


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.name)
def test_what_is_open_is_what_was_open_and_came_and_did_not_go(
    year: list[Story], counted: dict[str, Figures], period: Period
) -> None:
    found = counted[period.name]
    everything = [Recount(story) for story in year]
    live = [one for one in everything if not one.dropped]
    movement = found.movement
    assert movement.open_start == sum(one.open_at(period.start - timedelta(days=1)) for one in live)
    assert movement.open_end == sum(one.open_at(period.end) for one in live)
    assert movement.received == sum(period.start <= one.received <= period.end for one in live)
    assert movement.reopened == sum(
        state == "open" and period.start <= on <= period.end for one in live for on, state, _ in one.turns[1:]
    )
    assert movement.closed == len(closings(year, period))
    assert movement.open_start + movement.received + movement.reopened - movement.closed == movement.open_end
    dropped = Counter(one.dropped for one in everything if period.start <= one.received <= period.end)
    assert (found.ruled_out, found.merged_away) == (dropped["ruled out"], dropped["merged away"])


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.name)
def test_nature_and_acknowledgement_equal_a_recount(
    year: list[Story], counted: dict[str, Figures], period: Period
) -> None:
    found = counted[period.name]
    came = [one for one in map(Recount, year) if not one.dropped and period.start <= one.received <= period.end]
    assert found.by_category == Counter(one.opening["category"] or "not recorded" for one in came)
    assert found.by_product == Counter(one.opening["product"] or "not recorded" for one in came)
    assert found.by_channel == Counter(one.opening["channel"] for one in came)
    assert found.by_issue == Counter(issue for one in came for issue in one.opening["issues"] or ["not recorded"])
    late, hours = 0, []
    for one in came:
        target = max(datetime.fromisoformat(one.dues()[key]) for key in ("acknowledge_24h", "acknowledge_1bd"))
        done = [facts["acknowledged_at"] for kind, _, facts in one.story.acts if kind is EntryKind.ACKNOWLEDGED]
        late += not done or datetime.fromisoformat(done[0]).replace(microsecond=0) > target
        if done:
            hours.append((datetime.fromisoformat(done[0]) - one.story.received_at) / timedelta(hours=1))
    acknowledgement = found.acknowledgement
    assert (acknowledgement.late, acknowledgement.waiting, acknowledgement.no_target) == (late, 0, 0)
    assert acknowledgement.in_time == len(came) - late
    if hours:
        assert acknowledgement.hours.median == pytest.approx(percentile(hours, 50))
        assert acknowledgement.hours.ninetieth == pytest.approx(sorted(hours)[math.ceil(0.9 * len(hours)) - 1])


def percentile(values: list[float], percent: int) -> float:
    ordered = sorted(values)
    low, high = ordered[(len(ordered) - 1) // 2], ordered[len(ordered) // 2]
    return low + (high - low) * percent / 100


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.name)
def test_closings_outcomes_and_amounts_equal_a_recount(
    year: list[Story], counted: dict[str, Figures], period: Period
) -> None:
    found, went = counted[period.name], closings(year, period)
    bases = Counter(facts["basis"] for _, _, facts in went)
    assert found.by_basis == bases
    assert found.by_outcome == Counter(facts.get("outcome") or "not recorded" for _, _, facts in went)
    assert found.remedies == Counter(code for *_, facts in went for code in facts.get("remedies") or ["not recorded"])
    assert found.withdrawn == bases["withdrawn"]
    assert found.resolved == bases["5bd_satisfied"] + bases["5bd_explained"] + bases["response"]
    assert found.resolved + found.unresolved + found.withdrawn == len(went)
    days = [(on - one.received).days for one, on, facts in went if facts["basis"] != "withdrawn"]
    assert found.days_to_resolve.count == len(days) == sum(one.count for one in found.days_by_type.values())
    if days:
        assert found.days_to_resolve.median == percentile(days, 50)
        assert found.days_to_resolve.ninetieth == sorted(days)[math.ceil(0.9 * len(days)) - 1]
    for currency in ("AUD", "NZD"):
        sums = [facts for _, _, facts in went if facts.get("compensation_currency") == currency]
        total = sum(Decimal(facts["compensation_amount"]) for facts in sums)
        held = found.paid.get(currency)
        assert (held.total if held else 0) == total
        assert (held.complaints if held else 0) == len(sums)


@pytest.mark.parametrize("period", PERIODS, ids=lambda period: period.name)
def test_timeliness_equals_a_recount(year: list[Story], counted: dict[str, Figures], period: Period) -> None:
    found = counted[period.name]
    live = [one for one in map(Recount, year) if not one.dropped]
    parts: Counter[str] = Counter()
    for one in live:
        answered, due, rolled = one.answered(), one.due_day("respond"), one.due_day("respond_s36")
        if answered is not None and period.start <= answered <= period.end:
            late = "notice" if one.has_notice() else "rolled" if answered <= rolled else "breach"
            parts["in time" if answered <= due else late] += 1
        if one.open_at(period.end) and due <= period.end and not (answered and answered <= period.end):
            parts["overdue after notice" if one.has_notice() else "overdue"] += 1
    timeliness = found.timeliness
    assert timeliness.answered == sum(parts[name] for name in ("in time", "notice", "rolled", "breach"))
    assert (timeliness.in_time, timeliness.after_valid_notice) == (parts["in time"], parts["notice"])
    assert (timeliness.rolled, timeliness.breach) == (parts["rolled"], parts["breach"])
    assert (timeliness.overdue, timeliness.overdue_after_notice) == (parts["overdue"], parts["overdue after notice"])
    given = [
        facts["is_valid"]
        for one in live
        for kind, at, facts in one.story.acts
        if kind is EntryKind.DELAY_NOTIFIED and period.start <= local(at, NSW) <= period.end
    ]
    assert (found.delay_notices.count, found.delay_notices.total) == (sum(given), len(given))
    for kind, held in ((EntryKind.AT_AFCA, found.at_afca), (EntryKind.SYSTEMIC_LINKED, found.possibly_systemic)):
        assert held == sum(any(period.start <= on <= period.end for on in one.days(kind)) for one in live)


def test_the_year_holds_something_of_everything(counted: dict[str, Figures]) -> None:
    whole = counted["2026"]
    timeliness = whole.timeliness
    numbers = (whole.ruled_out, whole.merged_away, whole.withdrawn, whole.unresolved, whole.at_afca)
    numbers += (timeliness.after_valid_notice, timeliness.rolled, timeliness.breach, timeliness.overdue)
    numbers += (whole.possibly_systemic, whole.movement.reopened, whole.first_contact.count)
    assert min(numbers) > 0


def test_halves_add_up_to_the_year(counted: dict[str, Figures]) -> None:
    first, second, whole = (counted[name] for name in ("2026H1", "2026H2", "2026"))
    assert first.movement.open_end == second.movement.open_start
    for name in ("received", "closed", "reopened"):
        parts = getattr(first.movement, name) + getattr(second.movement, name)
        assert parts == getattr(whole.movement, name)


def one_story(*acts: tuple[EntryKind, datetime, dict[str, object]], received_at: datetime) -> Story:
    opening = {"received_at": received_at.isoformat(), "received_on": local(received_at, NSW).isoformat()}
    return Story("C-1", received_at, [(EntryKind.OPENED, received_at, opening | dues_of(NSW, received_at)), *acts])


def act(kind: EntryKind, at: datetime, **facts: object) -> tuple[EntryKind, datetime, dict[str, object]]:
    return kind, at, {"at": at.isoformat()} | facts


def figures_of(story: Story, period: Period, **more: object) -> Figures:
    [found] = figures([told(story)], [period], as_of=AS_OF, **more)
    return found


def test_edge_56_opened_and_closed_on_the_same_day_is_received_and_closed_and_never_open_at_an_end() -> None:
    at = datetime(2026, 6, 30, 1, tzinfo=UTC)
    story = one_story(act(EntryKind.CLOSED, at + timedelta(hours=2), basis="5bd_satisfied"), received_at=at)
    movement = figures_of(story, named("2026-06")).movement
    assert (movement.received, movement.closed, movement.open_end) == (1, 1, 0)
    assert figures_of(story, named("2026-06")).days_to_resolve.median == 0


def test_edge_55_one_that_stays_open_is_carried_over_three_periods() -> None:
    story = one_story(received_at=datetime(2025, 3, 1, tzinfo=UTC))
    for name in ("2025H2", "2026H1", "2026H2"):
        movement = figures_of(story, named(name)).movement
        assert (movement.open_start, movement.received, movement.open_end) == (1, 0, 1)


def test_edge_57_a_nil_period_has_figures_and_no_shares() -> None:
    [found] = figures([], [named("2026H1")], as_of=AS_OF)
    assert found.movement.received == found.timeliness.answered == 0
    assert found.timeliness.share_in_time.value is None and found.days_to_resolve.median is None


def test_edge_62_the_last_minute_of_june_in_sydney_is_june() -> None:
    late = one_story(received_at=datetime(2026, 6, 30, 13, 59, tzinfo=UTC))
    later = one_story(received_at=datetime(2026, 6, 30, 14, 0, tzinfo=UTC))
    assert [figures_of(one, named("2026H1")).movement.received for one in (late, later)] == [1, 0]


def test_edge_63_closed_after_the_period_was_open_at_its_end() -> None:
    closed = act(EntryKind.CLOSED, datetime(2026, 7, 10, tzinfo=UTC), basis="other")
    story = one_story(closed, received_at=datetime(2026, 6, 1, tzinfo=UTC))
    assert figures_of(story, named("2026H1")).movement.open_end == 1


def test_a_closing_that_is_put_right_keeps_its_day() -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    closed = act(EntryKind.CLOSED, at, basis="response", compensation_amount="10", compensation_currency="AUD")
    right = act(EntryKind.CORRECTED, at + timedelta(days=90), compensation_amount="100", reason="a digit was lost")
    found = figures_of(one_story(closed, right, received_at=at), named("2026H1"))
    assert found.paid["AUD"].total == 100 and found.by_basis == {"response": 1}


def test_an_act_dated_before_the_one_ahead_of_it_counts_on_that_ones_day() -> None:
    at = datetime(2026, 6, 20, tzinfo=UTC)
    story = one_story(
        act(EntryKind.CLOSED, at, basis="response"),
        act(EntryKind.REOPENED, at - timedelta(days=40)),
        received_at=at - timedelta(days=5),
    )
    movement = figures_of(story, named("2026-06")).movement
    assert (movement.received, movement.reopened, movement.closed, movement.open_end) == (1, 1, 1, 1)


@pytest.mark.parametrize(("answers", "first_contact"), [(0, 1), (1, 1), (2, 0)])
def test_resolved_at_first_contact_means_one_answer_at_most(answers: int, first_contact: int) -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    story = one_story(act(EntryKind.CLOSED, at + timedelta(days=1), basis="5bd_satisfied"), received_at=at)
    facts = told(story)
    facts = type(facts)(
        **{name: getattr(facts, name) for name in facts.__slots__} | {"answers_on": (date(2026, 6, 1),) * answers}
    )
    [found] = figures([facts], [named("2026H1")], as_of=AS_OF)
    assert (found.first_contact.count, found.first_contact.total) == (first_contact, 1)


def test_one_that_waits_for_its_acknowledgement_is_not_late_yet() -> None:
    at = datetime(2026, 6, 1, tzinfo=UTC)
    [found] = figures([told(one_story(received_at=at))], [named("2026H1")], as_of=at + timedelta(hours=3))
    assert (found.acknowledgement.waiting, found.acknowledgement.late) == (1, 0)


def test_the_ninetieth_percentile_is_a_value_that_occurred() -> None:
    assert spread([5, 1, 4, 2, 3]).median == 3
    assert spread([5, 1, 4, 2, 3]).ninetieth == 5
    assert spread(list(range(1, 101))).ninetieth == 90
    assert spread(list(range(1, 11))).ninetieth == 9


def test_a_span_without_a_name_is_followed_back_by_days() -> None:
    assert between(date(2026, 3, 1), date(2026, 3, 10)).before() == between(date(2026, 2, 19), date(2026, 2, 28))
