"""Which complaints are wanted: a period by day of receipt or of closing, and values of some columns."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date

from models.errors import SetupError

BY = {"received": "received_on", "closed": "closed_on"}
FILTERS = {
    "status": "status",
    "channel": "channel",
    "type": "complaint_type",
    "category": "category",
    "tier": "tier",
}
"""Name of a filter → column."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Both days included; local days of the licensee."""

    start: date | None = None
    end: date | None = None
    by: str = "received"
    wanted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Name of a filter → values; one of them is enough."""

    def takes(self, row: Mapping[str, object]) -> bool:
        return self._is_in_period(row[BY[self.by]]) and all(
            values & _values(row[FILTERS[name]]) for name, values in self.wanted.items()
        )

    def _is_in_period(self, day: object) -> bool:
        if day is None:
            return False
        on = date.fromisoformat(str(day))
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)

    def as_json(self) -> dict[str, object]:
        """For the manifest."""
        return {
            "period": {
                "from": self.start.isoformat() if self.start else None,
                "to": self.end.isoformat() if self.end else None,
                "by": self.by,
            },
            "filter": {name: sorted(values) for name, values in sorted(self.wanted.items())},
        }


EVERYTHING = Selection()


def select(
    *, start: date | None, end: date | None, by: str = "received", wanted: Mapping[str, Collection[str]]
) -> Selection:
    """Filters without a value are left out.

    Raises: SetupError for a period that ends before it starts, or is counted by something unknown.
    """
    if start is not None and end is not None and end < start:
        raise SetupError(f"the period from {start} to {end} ends before it starts; swap the two dates")
    if by not in BY:
        raise SetupError(f"--by {by!r} is not known; use one of {', '.join(BY)}")
    unknown = sorted(set(wanted) - set(FILTERS))
    if unknown:
        raise SetupError(f"filter {unknown[0]!r} is not known; use one of {', '.join(FILTERS)}")
    chosen = {name: frozenset(values) for name, values in wanted.items() if values}
    return Selection(start, end, by, chosen)


def _values(value: object) -> frozenset[str]:
    """A complaint of several types is found by each."""
    return frozenset(str(value).split(", ")) if value is not None else frozenset()
