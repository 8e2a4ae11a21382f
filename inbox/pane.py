"""The list beside an open case: the one it was opened from, so that moving on needs no way back."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from inbox import wording
from inbox.languages import _
from inbox.lists import list_of, list_query, read_list
from inbox.visit import Visit
from models import Tier
from models.retention import DELETED
from store.selection import VIEWS, Selection
from store.store import Transaction
from store.worklist import Brief

PART = 40
MARGIN = 10
"""Lines shown before and after a part: a case is still found when others came or went meanwhile."""
PAGE_ROWS = 50
EXCERPT_CHARACTERS = 110
MOST_PLACES = 500_000


@dataclass(frozen=True, slots=True)
class PaneLine:
    id: int
    at: int
    """Its place in the list, from 0."""
    is_current: bool
    is_gone: bool
    """It is the open case, and no longer in the list."""
    channel: str
    handle: str
    text: str
    lang: str | None
    tier: int
    tier_words: str
    label: str
    owner: str | None
    due: tuple[str, str] | None
    last_message_at: datetime


@dataclass(frozen=True, slots=True)
class Pane:
    title: str
    query: dict[str, str]
    page: int
    lines: list[PaneLine]
    previous: PaneLine | None
    next: PaneLine | None


def pane_for(visit: Visit, transaction: Transaction, case_id: int) -> Pane:
    """A list that is unknown by now is the one of all open cases."""
    given = list_of(visit.request)
    wanted = read_list(given if given.get("view") in VIEWS else {})
    place = given.get("at", "")
    at = min(int(place), MOST_PLACES) if place.isascii() and place.isdigit() and len(place) < 8 else None
    start = max((at or 0) // PART * PART - MARGIN, 0)
    rows = _rows(visit, transaction, wanted, limit=PART + 2 * MARGIN, offset=start)
    gone = None
    if at is not None and all(row.id != case_id for row in rows):
        now_there = min(max(at - start, 0), len(rows))
        gone = _rows(visit, transaction, wanted, limit=1, case_id=case_id)[:1]
        rows = [*rows[:now_there], *gone, *rows[now_there:]]
    deleted = transaction.retention.deletions([row.mention_id for row in rows if row.mention_id])
    lines = _lines(rows, case_id, start, is_gone=bool(gone), deleted=deleted, now=visit.now)
    here = next((number for number, line in enumerate(lines) if line.is_current), None)
    following = 0 if here is None else here + 1
    return Pane(
        title=_title(wanted),
        query=list_query(wanted),
        page=(start + (here or 0)) // PAGE_ROWS + 1,
        lines=lines,
        previous=lines[here - 1] if here else None,
        next=lines[following] if following < len(lines) else None,
    )


def _rows(
    visit: Visit,
    transaction: Transaction,
    wanted: Selection,
    *,
    limit: int,
    offset: int = 0,
    case_id: int | None = None,
) -> list[Brief]:
    return transaction.worklist.briefs(
        wanted, person=visit.person, now=visit.now, limit=limit, offset=offset, case_id=case_id
    )


def _lines(
    rows: list[Brief], case_id: int, start: int, *, is_gone: bool, deleted: Collection[str], now: datetime
) -> list[PaneLine]:
    """What stands after a case that is gone keeps the place it has in the list as it is now."""
    lines, at = [], start
    for row in rows:
        is_current = row.id == case_id
        lines.append(_line(row, at, is_current=is_current, is_gone=is_current and is_gone, deleted=deleted, now=now))
        at += 0 if is_current and is_gone else 1
    return lines


def _line(row: Brief, at: int, *, is_current: bool, is_gone: bool, deleted: Collection[str], now: datetime) -> PaneLine:
    text = DELETED if row.mention_id in deleted else " ".join(row.text.split())
    return PaneLine(
        id=row.id,
        at=at,
        is_current=is_current,
        is_gone=is_gone,
        channel=wording.channel(row.channel),
        handle=str(row.handle or _("unknown author")),
        text=text if len(text) <= EXCERPT_CHARACTERS else text[:EXCERPT_CHARACTERS].rstrip() + " …",
        lang=row.lang,
        tier=row.tier,
        tier_words=wording.tier(Tier(row.tier)),
        label=wording.sentence(row.label),
        owner=row.owner,
        due=wording.due(row.next_due_at, now) if row.next_due_at else None,
        last_message_at=row.last_message_at,
    )


def _title(wanted: Selection) -> str:
    name = wording.VIEWS[wanted.view]
    return _("%(view)s, filtered", view=name) if wanted.is_narrowed else name
