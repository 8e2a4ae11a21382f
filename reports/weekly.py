"""The weekly report of how cases were handled: numbers beside those of the week before, and the control chart.

No name of a customer or of a colleague, and no words of anybody.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from measure.control_chart import ALARMS, Charted, Signal
from measure.handling_definitions import DEFINITIONS, GROUPS, LEFT_OUT, Unit
from measure.handling_sheet import Figure
from measure.periods import Period
from reports import charts
from reports.content import Chart, Number, Report, Section, Table

TABLES = (
    ("same_day", "channel"),
    ("resolution", "priority"),
    ("wait", "team"),
    ("escalated", "issue"),
    ("escalation_reasons", "team_reason"),
)
PARTS = (
    ("Answers", ("same_day", "first_answer", "first_answer_working", "public_reply", "first_contact")),
    ("Escalations", ("escalated", "detection_lag", "acknowledge_escalation", "resolution", "hops")),
    ("Complaints", ("acknowledge_complaint", "minutes_complaint", "cost_complaint")),
    ("Customers and quality", ("promises", "csat", "quality", "miss_rate", "agreement")),
)
MOST_ROWS = 12


@dataclass(frozen=True, slots=True)
class Weekly:
    firm: str
    zone: str
    period: Period
    made_at: datetime
    """In the firm's zone."""
    figures: Sequence[Figure]
    before: Sequence[Figure]
    weeks: Sequence[Charted]
    currency: str


def weekly_report(week: Weekly) -> Report:
    before = week.period.before()
    return Report(
        title="How cases were handled: weekly report",
        firm=week.firm,
        made_at=week.made_at,
        period=f"{week.period.name}: {week.period.start.isoformat()} to {week.period.end.isoformat()}",
        before=before.name,
        about=(
            ("Made", f"{week.made_at:%-d %B %Y %H:%M} ({week.zone})"),
            ("From", "the event log, as known at that moment; days are local"),
            ("Holds", "no name and no words of anybody"),
        ),
        headline=_headline(week),
        sections=(*(_section(title, keys, week) for title, keys in PARTS), _chart(week.weeks), _tables(week)),
    )


def as_text(report: Report) -> str:
    """The same as plain text, for a mail program that shows nothing else."""
    lines = [report.title, f"{report.firm}, {report.period}", ""]
    lines += [f"- {sentence}" for sentence in report.headline]
    for section in report.sections:
        if section.numbers:
            lines += ["", section.title.upper()]
        for one in section.numbers:
            lines.append(f"{one.name}: {one.value} (week before: {one.before or 'none'})")
    lines += ["", "What each number means, the charts and the tables are in the attached PDF."]
    return "\n".join(lines) + "\n"


def _headline(week: Weekly) -> tuple[str, ...]:
    said = []
    for key in ("same_day", "first_answer_working", "escalated"):
        one = _all(week.figures, key)
        if one is not None and one.count:
            said.append(f"{DEFINITIONS[key].name}: {_told(one, week.currency)}.")
    last = next((one for one in reversed(week.weeks) if one.week.monday == week.period.start), None)
    if last is not None and last.signal in ALARMS:
        side = "higher" if last.signal is Signal.HIGH else "lower"
        said.append(f"The escalation rate is {side} than the weeks before explain.")
    return tuple(said) or ("Nothing to count in this week.",)


def _section(title: str, keys: Sequence[str], week: Weekly) -> Section:
    numbers = []
    for key in keys:
        now, before = _all(week.figures, key), _all(week.before, key)
        if now is None:
            continue
        left_out = "; ".join(f"{number} {LEFT_OUT[why]}" for why, number in now.left_out if number)
        meaning = DEFINITIONS[key].meaning + (f" Not counted: {left_out}." if left_out else "")
        earlier = _told(before, week.currency) if before is not None else ""
        number = Number(DEFINITIONS[key].name, _told(now, week.currency), earlier, meaning, "house")
        numbers.append(number)
    return Section(title, "" if numbers else "Nothing to count in this week.", tuple(numbers))


def _chart(weeks: Sequence[Charted]) -> Section:
    shown = weeks[-13:]
    names = [f"{one.week.monday:%-d %b}" for one in shown]
    drawn = charts.line(names, [one.week.share for one in shown], title="Escalation rate by week")
    rows = tuple(
        (
            one.week.monday.isoformat(),
            f"{one.week.hits} of {one.week.total}",
            f"{one.low:.1%} to {one.high:.1%}" if one.low is not None and one.high is not None else "",
            one.signal.value.replace("_", " "),
        )
        for one in shown
    )
    table = Table("Escalated by week, with the limits of the control chart", ("Week", "Escalated", "Limits", ""), rows)
    chart = (Chart("Escalated, by week", drawn),) if shown else ()
    return Section("Escalation rate over time", DEFINITIONS["escalated"].meaning, charts=chart, tables=(table,))


def _tables(week: Weekly) -> Section:
    tables = []
    for key, group in TABLES:
        found = [one for one in week.figures if (one.key, one.group) == (key, group)]
        found.sort(key=lambda one: (-one.count, one.name))
        rows = tuple((_words(one.name), _told(one, week.currency)) for one in found[:MOST_ROWS])
        if rows:
            tables.append(Table(f"{DEFINITIONS[key].name}, {GROUPS[group]}", ("", "This week"), rows))
    return Section("In parts", "The largest of each.", tables=tuple(tables))


def _all(figures: Sequence[Figure], key: str) -> Figure | None:
    return next((one for one in figures if one.key == key and not one.group), None)


def _told(one: Figure, currency: str) -> str:
    if not one.count or one.value is None:
        return "none"
    if one.unit is Unit.SHARE:
        return f"{one.value:.1%} of {one.count:,} ({one.low or 0:.1%} to {one.high or 0:.1%})"
    if one.key == "escalation_reasons":
        return f"{one.count:,}"
    median, p90 = (_amount(one.unit, number or 0.0, currency) for number in (one.median, one.p90))
    return f"median {median}, nine of ten within {p90}; {one.count:,} counted"


def _amount(unit: Unit, number: float, currency: str) -> str:
    if unit is Unit.SECONDS:
        return f"{number / 3600:.1f} h" if number >= 3600 else f"{number / 60:.0f} min"
    if unit is Unit.MINUTES:
        return f"{number:.0f} min"
    return f"{currency} {number:,.2f}" if unit is Unit.MONEY else f"{number:,.1f}"


def _words(name: str) -> str:
    return name.replace("_", " ")
