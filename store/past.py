"""The past of cases, read in bulk: what was known of each message at each moment it was decided on. Writes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from models import ActorKind, EventKind, Kind, Verdict
from store.channel_tables import mention_versions
from store.encoding import decode
from store.merging_tables import case_merges, case_splits
from store.tables import cases, events, labels, mentions, verdicts

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Triaged:
    """Triage decided on a message."""

    order: int
    mention_id: str
    case_id: int | None
    at: datetime
    is_first: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A message of an author of the cases, in whatever case."""

    id: str
    native_id: str
    text: str
    created_at: datetime
    arrival: int
    """Microseconds of the epoch when it was stored, and a place among those stored together."""
    is_repeat: bool
    is_private: bool
    case_id: int | None


@dataclass(frozen=True, slots=True)
class OldWording:
    """A wording of an edited message."""

    text: str
    edited_at: datetime
    seen_at: datetime
    is_first: bool
    verdict: Verdict | None
    """What was said of it before another took its place."""


class Past:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def cases_between(self, since: datetime, until: datetime, *, after: int, limit: int) -> list[int]:
        """Cases with a message said from `since` to before `until`, by number, from after `after` on."""
        table = mentions.c
        wanted = (table.case_id > after, table.created_at >= since, table.created_at < until)
        found = select(table.case_id).where(*wanted).group_by(table.case_id).order_by(table.case_id).limit(limit)
        return [number for number in self._connection.scalars(found) if number is not None]

    def count_between(self, since: datetime, until: datetime) -> int:
        """How many cases `cases_between` gives in all."""
        table = mentions.c
        wanted = (table.case_id.is_not(None), table.created_at >= since, table.created_at < until)
        return len(self._connection.execute(select(table.case_id).where(*wanted).distinct()).all())

    def messages(self, case_ids: Collection[int]) -> dict[str, tuple[int, int]]:
        """Message → (case, arrival)."""
        table, found = mentions.c, dict[str, tuple[int, int]]()
        for chunk in _chunks(sorted(case_ids)):
            rows = self._connection.execute(
                select(table.id, table.case_id, table.arrival).where(table.case_id.in_(chunk)).order_by(table.arrival)
            )
            found |= {row.id: (row.case_id, row.arrival) for row in rows}
        return found

    def triaged(self, case_ids: Collection[int]) -> list[Triaged]:
        """Every decision of triage in these cases, in the order they were made."""
        table, found = events.c, list[Triaged]()
        for chunk in _chunks(sorted(case_ids)):
            wanted = (table.case_id.in_(chunk), table.kind == EventKind.TRIAGED.value)
            found += [_triaged(row) for row in self._connection.execute(select(events).where(*wanted))]
        return sorted(found, key=lambda one: one.order)

    def first_triaged(self, mention_ids: Collection[str]) -> list[Triaged]:
        """The first decision on each of these messages."""
        found: list[Triaged] = []
        for chunk in _chunks(sorted(mention_ids)):
            keys = [f"triaged:{key}" for key in chunk]
            rows = self._connection.execute(select(events).where(events.c.key.in_(keys)))
            found += [_triaged(row) for row in rows]
        return sorted(found, key=lambda one: one.order)

    def touched(self, case_ids: Collection[int]) -> set[int]:
        """Cases in which a person did something, or that were merged or split."""
        found: set[int] = set()
        for chunk in _chunks(sorted(case_ids)):
            by_person = (events.c.case_id.in_(chunk), events.c.actor_kind == ActorKind.PERSON.value)
            found |= set(self._connection.scalars(select(events.c.case_id).where(*by_person).distinct()))
            for column in (case_merges.c.away_id, case_merges.c.kept_id, case_splits.c.case_id, case_splits.c.from_id):
                found |= set(self._connection.scalars(select(column).where(column.in_(chunk)).distinct()))
        return found

    def complaints(self, case_ids: Collection[int]) -> dict[int, str]:
        """Case → its complaint, for those that have one."""
        found: dict[int, str] = {}
        for chunk in _chunks(sorted(case_ids)):
            wanted = (cases.c.id.in_(chunk), cases.c.complaint_id.is_not(None))
            rows = self._connection.execute(select(cases.c.id, cases.c.complaint_id).where(*wanted))
            found |= {row.id: row.complaint_id for row in rows}
        return found

    def verdicts(self, mention_ids: Collection[str]) -> dict[str, list[tuple[datetime, Verdict]]]:
        """Message → (when, verdict), oldest first."""
        table, found = verdicts.c, defaultdict[str, list[tuple[datetime, Verdict]]](list)
        for chunk in _chunks(sorted(mention_ids)):
            ordered = select(verdicts).where(table.mention_id.in_(chunk)).order_by(table.judged_at, table.classifier)
            for row in self._connection.execute(ordered):
                found[row.mention_id].append((row.judged_at, decode(Verdict, row.verdict)))
        return found

    def labels(self, mention_ids: Collection[str]) -> dict[str, list[tuple[datetime, str, str]]]:
        """Message → (when, label, who) of every correction that stands, oldest first."""
        found = defaultdict[str, list[tuple[datetime, str, str]]](list)
        for chunk in _chunks(sorted(mention_ids)):
            rows = select(labels).where(labels.c.mention_id.in_(chunk)).order_by(labels.c.id)
            for row in self._connection.execute(rows):
                found[row.mention_id].append((row.given_at, row.label, row.person))
        return found

    def wordings(self, mention_ids: Collection[str]) -> dict[str, list[OldWording]]:
        """Message → its wordings, oldest first, for those that were ever edited."""
        table, found = mention_versions.c, defaultdict[str, list[OldWording]](list)
        for chunk in _chunks(sorted(mention_ids)):
            rows = select(mention_versions).where(table.mention_id.in_(chunk)).order_by(table.edited_at, table.version)
            for row in self._connection.execute(rows):
                verdict = decode(Verdict, row.verdict) if row.verdict is not None else None
                is_first = not found[row.mention_id]
                found[row.mention_id].append(OldWording(row.text, row.edited_at, row.seen_at, is_first, verdict))
        return found

    def said_by(self, keys: Collection[str], *, since: datetime, until: datetime) -> dict[str, list[Said]]:
        """Author → what they said in that time, and every private message of theirs; oldest first."""
        table, found = mentions.c, defaultdict[str, list[Said]](list)
        names = ("id", "author_id", "native_id", "text", "created_at", "arrival", "duplicate_of", "kind", "case_id")
        columns = [table[name] for name in names]
        for chunk in _chunks(sorted(keys)):
            in_time = table.created_at.between(since, until) | (table.kind == Kind.DM.value)
            ordered = select(*columns).where(table.author_id.in_(chunk), in_time).order_by(table.created_at, table.id)
            for row in self._connection.execute(ordered):
                is_private = row.kind == Kind.DM.value
                place = (row.id, row.native_id, row.text, row.created_at, row.arrival)
                found[row.author_id].append(Said(*place, row.duplicate_of is not None, is_private, row.case_id))
        return found


def _triaged(row: Any) -> Triaged:
    is_first = row.key == f"triaged:{row.mention_id}"
    return Triaged(row.id, row.mention_id, row.case_id, row.at, is_first)


def _chunks(ids: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))
