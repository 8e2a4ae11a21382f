"""Standings of a desk that lists its tickets by when they last changed, to the second. Walks; knows no vendor.

A list by time is no log: two tickets can share a second, one can be committed after a later one was read, and one that
changes while it is read moves to the end. So every walk looks back behind what it has read, what was handed out there
is remembered, and the next page is asked for by time wherever time moves on: a ticket can come twice, and never not.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from models import StandingPage, TicketStanding

LOOK_BACK = timedelta(minutes=2)
WHEN_LOST = timedelta(days=30)
"""How far back a cursor that cannot be read is made up for."""
MOST_PAGES = 20
"""Of one call, beyond what was read before; the next call goes on from there."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    reference: str
    changed_at: datetime
    standing: TicketStanding | None
    """None: not one of ours."""


MOST_CALLS = 10 * MOST_PAGES
"""However much is read again, against a desk that gives one page for ever."""

List = Callable[[datetime, int], Sequence[Listed]]
"""Tickets changed at or after an instant, oldest change first; the second argument counts pages from 1."""


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    since: AwareDatetime
    seen: tuple[str, ...] = ()


def _read(cursor: str | None, *, now: datetime) -> _Form:
    if cursor is None:
        return _Form(since=now)
    try:
        return _Form.model_validate_json(cursor)
    except ValidationError:
        return _Form(since=now - WHEN_LOST)


def standings_since(listed: List, cursor: str | None, *, now: datetime, page_size: int) -> StandingPage:
    """What changed since `cursor`, one call's worth of it. `now` aware, by the desk's clock where it is known."""
    read = _read(cursor, now=now)
    found: dict[str, Listed] = {}
    start, page, beyond = read.since - LOOK_BACK, 1, 0
    for _ in range(MOST_CALLS):
        lines = listed(start, page)
        found |= {_digest(line): line for line in lines}
        if len(lines) < page_size or beyond >= MOST_PAGES:
            break
        # A second back, since the list may leave out the instant it is asked from.
        newest = max(line.changed_at for line in lines) - timedelta(seconds=1)
        start, page = (newest, 1) if newest > start else (start, page + 1)
        beyond += newest >= read.since
    reached = max([read.since, *(line.changed_at for line in found.values())])
    kept = [key for key, line in found.items() if line.changed_at >= reached - LOOK_BACK]
    new = sorted((line for key, line in found.items() if key not in read.seen), key=lambda line: line.changed_at)
    standings = [line.standing for line in new if line.standing is not None]
    after = _Form(since=reached, seen=tuple(sorted(kept)))
    return StandingPage(standings, after.model_dump_json())


def _digest(line: Listed) -> str:
    standing = line.standing
    said = (standing.status_name, standing.assignee) if standing else ()
    return sha256(repr((line.reference, line.changed_at, said)).encode(errors="replace")).hexdigest()[:12]
