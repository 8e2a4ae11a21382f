"""The figures of a period: the event log folded into cases, and what surveys, promises, samples and scores add."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from flow.review import rates
from measure.control_chart import Charted, Counted, control_chart
from measure.csat import csat
from measure.handling import UNKNOWN, Asked, Working, tally
from measure.handling_definitions import Unit
from measure.handling_effort import efforts, tally_minutes
from measure.handling_facts import ESCALATED_WITHIN, CaseFacts, Happened, Receipt
from measure.handling_sheet import Figure, Place, Sheet
from measure.periods import Period
from measure.shares import share
from models.promise import PromiseState
from store.handling import Begun, LoggedCase
from store.store import Transaction

WEEKS_CHARTED = 26
WEEKS_BEFORE = 26
"""Weeks before those that are shown, for the limits of the first."""
CHARTED_BY = ("channel", "issue", "product")
CHARTS_DRAWN = 4
"""Of each group, those with most cases."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A period and a filter; empty where all are wanted."""

    period: Period
    channel: str = ""
    team: str = ""
    product: str = ""

    @property
    def is_filtered(self) -> bool:
        return bool(self.channel or self.team or self.product)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the firm set."""

    zone: ZoneInfo
    working: Working
    cap: timedelta
    """Most that one act counts for."""
    rate: Decimal
    """Cost of an hour; 0 where none is set."""


def figures_of(
    transaction: Transaction, choice: Choice, rules: Rules, *, now: datetime, behind: Place | None = None
) -> tuple[list[Figure], list[tuple[int, float]]]:
    """All figures, as known now; and the cases behind the one asked for."""
    asked = _asked(choice, rules.zone, now)
    sheet = Sheet(behind=behind)
    tally(_facts(transaction, asked), asked, rules.working, sheet)
    _tally_minutes(transaction, asked, rules, sheet)
    _tally_scores(transaction, asked, sheet)
    _tally_promises(transaction, asked, sheet)
    found = sheet.figures()
    if not choice.is_filtered:
        found += [*_surveys(transaction, asked), *_of_classifier(transaction, choice.period, asked)]
    return found, sheet.cases


def _asked(choice: Choice, zone: ZoneInfo, now: datetime) -> Asked:
    since, until = bounds(choice.period, zone)
    return Asked(since, until, zone, now, choice.channel, choice.team, choice.product)


def bounds(period: Period, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The midnight it begins with, and the one it ends before."""
    return _midnight(period.start, zone), _midnight(period.end + timedelta(days=1), zone)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)


def _facts(transaction: Transaction, asked: Asked) -> Iterator[CaseFacts]:
    for case in transaction.handling.cases(asked.since, asked.until):
        yield _case(case)


def _case(case: LoggedCase) -> CaseFacts:
    return CaseFacts(
        id=case.id,
        channel=case.channel,
        team=case.team,
        tier=case.tier,
        priority=case.priority,
        issue=case.issue,
        product=case.product,
        is_complaint=case.is_complaint,
        happened=tuple(
            Happened(
                one.kind,
                one.at,
                one.person,
                one.is_public,
                one.is_quiet,
                one.is_escalation,
                one.owner,
                one.reason,
            )
            for one in case.happened
        ),
        receipts=tuple(Receipt(one.received_at, one.acknowledged_at, one.is_out) for one in case.complaints),
    )


def _tally_minutes(transaction: Transaction, asked: Asked, rules: Rules, sheet: Sheet) -> None:
    spent: defaultdict[int, timedelta] = defaultdict(timedelta)
    acts = transaction.handling.acts(asked.since - rules.cap, asked.until)
    for act, took in efforts(acts, since=asked.since, cap=rules.cap):
        spent[act.case_id] += took
    cases = transaction.handling.complaint_cases(spent)
    chosen = _matching(transaction, asked, cases)
    tally_minutes(spent, chosen, sheet, rate=float(rules.rate))


def _matching(transaction: Transaction, asked: Asked, cases: set[int]) -> set[int]:
    if not (asked.channel or asked.team or asked.product):
        return cases
    return transaction.handling.matching(cases, channel=asked.channel, team=asked.team, product=asked.product)


def _tally_scores(transaction: Transaction, asked: Asked, sheet: Sheet) -> None:
    scores = transaction.quality.given(asked.since, asked.until)
    chosen = _matching(transaction, asked, {one.case_id for one in scores})
    for one in scores:
        if one.case_id in chosen:
            sheet.span("quality", one.case_id, one.points, {"team": one.team})


def _tally_promises(transaction: Transaction, asked: Asked, sheet: Sheet) -> None:
    due = transaction.promises.due_between(asked.since, asked.until)
    chosen = _matching(transaction, asked, {one.case_id for one in due})
    for one in due:
        if one.case_id not in chosen:
            continue
        if one.state in (PromiseState.KEPT, PromiseState.BROKEN):
            is_kept = one.state is PromiseState.KEPT
            sheet.share("promises", one.case_id, is_hit=is_kept, groups={"kind": one.kind.value})
        else:
            sheet.leave_out("promises", "withdrawn" if one.state is PromiseState.WITHDRAWN else "open")


def _surveys(transaction: Transaction, asked: Asked) -> Iterator[Figure]:
    told = csat([one.survey for one in transaction.follow_ups.asked_between(asked.since, asked.until)])
    if told.asked:
        one, left_out = told.satisfied, (("not_rated", told.asked - told.rated),)
        value = one.value if one.total else None
        yield Figure("csat", "", "", Unit.SHARE, one.total, value, low=one.low, high=one.high, left_out=left_out)


def _of_classifier(transaction: Transaction, period: Period, asked: Asked) -> Iterator[Figure]:
    missed = rates(transaction, since=period.start, until=period.end)
    for group, name, one in (
        ("", "", missed.overall),
        *(("label", one.name, one) for one in missed.by_label),
        *(("channel", one.name, one) for one in missed.by_channel),
    ):
        if one.reviewed:
            yield Figure("miss_rate", group, name, Unit.SHARE, one.reviewed, one.value, low=one.low, high=one.high)
    said = transaction.opinions.agreed(since=asked.since, until=asked.until)
    unsure = sum(one.unsure for one in said)
    total = share(sum(one.right for one in said), sum(one.total for one in said))
    if total.total or unsure:
        value, left_out = total.value if total.total else None, (("unsure", unsure),)
        yield Figure(
            "agreement", "", "", Unit.SHARE, total.total, value, low=total.low, high=total.high, left_out=left_out
        )
    for each in said:
        if each.total:
            part = share(each.right, each.total)
            place = ("agreement", "label", each.label)
            yield Figure(*place, Unit.SHARE, part.total, part.value, low=part.low, high=part.high)


# the control chart


Charts = dict[tuple[str, str], list[Charted]]
"""By (group, name); ("", "") is all cases."""


def escalation_chart(
    transaction: Transaction, choice: Choice, zone: ZoneInfo, *, now: datetime, weeks: int = WEEKS_CHARTED
) -> Charts:
    """Weeks up to the end of the period (or now), each against those before it."""
    last = min(choice.period.end, now.astimezone(zone).date())
    last_monday = last - timedelta(days=last.weekday())
    first_monday = last_monday - timedelta(weeks=weeks + WEEKS_BEFORE - 1)
    begun = transaction.handling.begun(_midnight(first_monday, zone))
    groups = _weeks(begun, choice, zone, until=last_monday)
    charted = {}
    for key, counts in groups.items():
        charted[key] = control_chart(_counted(counts, first_monday, last_monday, zone, now))[-weeks:]
    return charted


def drawn(charts: Charts) -> list[tuple[tuple[str, str], list[Charted]]]:
    """Of those with a name: all cases, then the largest of each group."""
    found, counted = [], Counter[str]()
    for (group, name), weeks in sorted(charts.items(), key=lambda item: (item[0][0], -_cases(item[1]))):
        if counted[group] < CHARTS_DRAWN and _cases(weeks) and name != UNKNOWN:
            counted[group] += 1
            found.append(((group, name), weeks))
    return found


def _cases(weeks: Sequence[Charted]) -> int:
    return sum(one.week.total for one in weeks)


def name_of(one: Begun, group: str) -> str:
    """In one of the groups that there are charts by."""
    return str(getattr(one, group) or UNKNOWN)


Counts = Mapping[date, Sequence[int]]


def _weeks(begun: Sequence[Begun], choice: Choice, zone: ZoneInfo, *, until: date) -> dict[tuple[str, str], Counts]:
    """(group, name) → Monday → (escalated, begun)."""
    found: defaultdict[tuple[str, str], defaultdict[date, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    found["", ""]  # there is a chart of all even where nothing began
    for one in begun:
        if not _wants(choice, one):
            continue
        day = one.first_at.astimezone(zone).date()
        monday = day - timedelta(days=day.weekday())
        is_hit = one.flagged_at is not None and one.flagged_at <= one.first_at + ESCALATED_WITHIN
        for key in [("", ""), *((group, name_of(one, group)) for group in CHARTED_BY)]:
            if monday <= until:
                found[key][monday][0] += is_hit
                found[key][monday][1] += 1
    return dict(found)


def _wants(choice: Choice, one: Begun) -> bool:
    return choice.channel in ("", one.channel) and choice.team in ("", one.team) and choice.product in ("", one.product)


def _counted(counts: Counts, first: date, last: date, zone: ZoneInfo, now: datetime) -> list[Counted]:
    """Week by week; before the first with a case there is none."""
    began = min(counts, default=last)
    monday, found = max(first, began), []
    while monday <= last:
        hits, total = counts.get(monday, (0, 0))
        settled = _midnight(monday + timedelta(days=7), zone) + ESCALATED_WITHIN
        found.append(Counted(monday, hits, total, is_young=now < settled))
        monday += timedelta(days=7)
    return found
