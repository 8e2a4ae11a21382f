"""Hours, and hours of the week on a firm's own clocks."""

from collections.abc import Collection
from datetime import UTC, date, datetime, timedelta, tzinfo

import numpy as np
import numpy.typing as npt

Cells = npt.NDArray[np.int64]


def cells(start: datetime, hours: int, zone: tzinfo, quiet_days: Collection[date] = ()) -> Cells:
    """Hour of the week of each hour from `start` on, Monday first, on the clocks of `zone`; a quiet day is a Sunday."""
    quiet = frozenset(quiet_days)
    places = []
    for number in range(hours):
        middle = (start + timedelta(hours=number, minutes=30)).astimezone(zone)
        places.append((6 if middle.date() in quiet else middle.weekday()) * 24 + middle.hour)
    return np.array(places, dtype=np.int64)


def hour_of(at: datetime) -> datetime:
    """When the hour of UTC began."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
