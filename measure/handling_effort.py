"""An estimate of the minutes that people spend on a case: from how their acts follow each other."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from measure.handling_sheet import Sheet


class Act(Protocol):
    """What a person did on a case."""

    @property
    def person(self) -> str: ...
    @property
    def at(self) -> datetime: ...
    @property
    def case_id(self) -> int: ...


def efforts(acts: Iterable[Act], *, since: datetime, cap: timedelta) -> Iterator[tuple[Act, timedelta]]:
    """Each act since, with the time since the same person's act before it; the first of a pause counts as `cap`.

    `acts`: person by person, by time; begin them `cap` before `since`, so that the first one is measured, too.
    """
    last: Act | None = None
    for act in acts:
        is_same = last is not None and last.person == act.person
        took = min(act.at - last.at, cap) if last is not None and is_same else cap
        last = act
        if act.at >= since:
            yield act, took


def tally_minutes(minutes: Mapping[int, timedelta], complaints: Iterable[int], sheet: Sheet, *, rate: float) -> None:
    """`minutes`: of each case; `rate`: for an hour, 0 where none is set."""
    for case_id in sorted(complaints):
        spent = minutes[case_id].total_seconds() / 60
        sheet.span("minutes_complaint", case_id, spent, {})
        if rate:
            sheet.span("cost_complaint", case_id, spent / 60 * rate, {})
