"""Which messages of a week are looked at again: a stratified random sample that anybody can draw anew."""

from collections.abc import Hashable, Mapping
from datetime import date, timedelta
from typing import TypeVar

from models.digests import digest

LEAST = 5
"""Of each stratum, so that none goes unseen; all of a smaller one."""
Key = TypeVar("Key", bound=Hashable)


def allocate(populations: Mapping[Key, int], size: int) -> dict[Key, int]:
    """How many of each stratum: the least of each, the rest by population (largest remainders), never more than it has.

    The sum is `size`, or more where the least of each is more, or less where there are not so many messages.
    """
    shares = {key: min(count, LEAST) for key, count in populations.items()}
    while (rest := size - sum(shares.values())) > 0:
        room = {key: populations[key] - share for key, share in shares.items() if populations[key] > share}
        if not room:
            break
        exact = {key: rest * left / sum(room.values()) for key, left in room.items()}
        given = {key: min(room[key], int(exact[key])) for key in room}
        spare = rest - sum(given.values())
        for key in sorted(room, key=lambda key: (given[key] - exact[key], str(key)))[:spare]:
            given[key] += given[key] < room[key]
        shares = {key: share + given.get(key, 0) for key, share in shares.items()}
    return shares


def rank(week: str, mention_id: str) -> str:
    """Those with the smallest are drawn: as good as chance, and the same on every machine."""
    return digest(f"{week}:{mention_id}")


def week_of(day: date) -> str:
    """ISO week, e.g. `2026-W23`."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def monday_in(week: str) -> date:
    """Of an ISO week as `week_of` writes it."""
    return date.fromisocalendar(int(week[:4]), int(week[6:]), 1)
