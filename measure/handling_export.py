"""Figures as rows for files: one line a figure, each with its definition."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from measure.control_chart import Charted
from measure.handling_definitions import DEFINITIONS, GROUPS, LEFT_OUT
from measure.handling_sheet import Figure
from measure.periods import Period
from models.cells import cell

COLUMNS = (
    *("period", "from", "to", "known_at", "figure", "name", "group", "of", "unit", "count", "value", "median", "p90"),
    *("low", "high", "signal", "not_counted", "definition"),
)
Row = dict[str, str | int | float | None]
Charts = Mapping[tuple[str, str], Sequence[Charted]]


def rows(figures: Sequence[Figure], charts: Charts, period: Period, *, known_at: datetime) -> Iterator[Row]:
    about: Row = {"period": period.name, "from": period.start.isoformat(), "to": period.end.isoformat()}
    about["known_at"] = known_at.isoformat(timespec="seconds")
    for one in figures:
        definition = DEFINITIONS[one.key]
        numbers: Row = {"count": one.count, "value": _short(one.value), "median": _short(one.median)}
        numbers |= {"p90": _short(one.p90), "low": _short(one.low), "high": _short(one.high), "signal": ""}
        named: Row = {"figure": one.key, "name": definition.name, "group": GROUPS[one.group], "of": safe(one.name)}
        said = "; ".join(f"{number} {LEFT_OUT[why]}" for why, number in one.left_out if number)
        yield (
            about
            | named
            | {"unit": one.unit.value}
            | numbers
            | {
                "not_counted": said,
                "definition": definition.meaning,
            }
        )
    for (group, name), weeks in charts.items():
        for week in weeks:
            yield about | _week(group, name, week)


def _week(group: str, name: str, one: Charted) -> Row:
    definition = DEFINITIONS["escalated"]
    of = f"{name} {one.week.monday.isoformat()}".strip()
    return {
        "figure": "escalated_week",
        "name": f"{definition.name}, week from Monday",
        "group": GROUPS[group],
        "of": safe(of),
        "unit": definition.unit.value,
        "count": one.week.total,
        "value": _short(one.week.share),
        "median": _short(one.centre),
        "p90": None,
        "low": _short(one.low),
        "high": _short(one.high),
        "signal": one.signal.value,
        "not_counted": "",
        "definition": definition.meaning + " Median: the centre; low and high: the limits of the control chart.",
    }


def safe(text: str) -> str:
    """A name that a spreadsheet would take for a formula gets an apostrophe before it."""
    return cell(text)


def _short(number: float | None) -> float | None:
    return None if number is None else round(number, 4)
