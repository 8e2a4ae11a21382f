"""Which case stands for which: cases that were merged into others, and cases that were split off.

Where a message belongs is worked out, never remembered: its home is the case it was split into last, else the case of
its conversation; it lies in the case that stands for its home now. So each merge can be taken back, in any order.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, or_, select, update

from models import CaseState, Kind
from models.digests import canonical, digest
from store.approval_tables import approvals
from store.aside_tables import snoozes
from store.merging_tables import case_merges, case_splits, split_messages
from store.outbox import Effect
from store.promises import Promises
from store.tables import cases, mentions, outbox
from store.together_tables import drafts

CHUNK = 500
SPLIT_KEY = "split:"
"""How the conversation key of a case begins that was split off; those of conversations begin with a bracket."""
ANOTHER_CASE = -1
"""In place of the version of a case that a reply was written for: the case where it waits now has none like it."""


def living(connection: Connection, case_id: int) -> int:
    """The case that stands for it now: itself, or where it was merged into, however often. Merges form no circle."""
    wanted = select(case_merges.c.kept_id).where(case_merges.c.undone_at.is_(None))
    while (into := connection.scalar(wanted.where(case_merges.c.away_id == case_id))) is not None:
        case_id = into
    return case_id


@dataclass(frozen=True, slots=True)
class Merge:
    id: int
    away_id: int
    kept_id: int
    merged_by: str
    merged_at: datetime
    away_state: CaseState
    held: str
    owner_before: str | None
    owner_after: str | None
    merged_complaints: bool


@dataclass(frozen=True, slots=True)
class Split:
    case_id: int
    from_id: int
    split_by: str
    split_at: datetime


class Merges:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def lock(self, case_ids: Collection[int]) -> None:
        """In the order of their numbers, so that two people never wait for each other."""
        ids = sorted(set(case_ids))
        self._connection.execute(select(cases.c.id).where(cases.c.id.in_(ids)).order_by(cases.c.id).with_for_update())

    def living(self, case_id: int) -> int:
        return living(self._connection, case_id)

    def living_of(self, case_ids: Collection[int]) -> dict[int, int]:
        """Case → the one that stands for it now."""
        table, found = case_merges.c, {case_id: case_id for case_id in case_ids}
        while found:
            wanted = (table.away_id.in_(set(found.values())), table.undone_at.is_(None))
            into = {
                row.away_id: row.kept_id
                for row in self._connection.execute(select(table.away_id, table.kept_id).where(*wanted))
            }
            if not into:
                break
            found = {case_id: into.get(here, here) for case_id, here in found.items()}
        return found

    def families(self, case_ids: Collection[int]) -> dict[int, list[int]]:
        """Case → itself, and every case that it stands for."""
        table, families = case_merges.c, {case_id: [case_id] for case_id in case_ids}
        root, newest = {case_id: case_id for case_id in case_ids}, set(case_ids)
        while newest:
            wanted = (table.kept_id.in_(newest), table.undone_at.is_(None))
            ordered = select(table.away_id, table.kept_id).where(*wanted).order_by(table.id)
            rows = self._connection.execute(ordered).all()
            for row in rows:
                root[row.away_id] = root[row.kept_id]
                families[root[row.kept_id]].append(row.away_id)
            newest = {row.away_id for row in rows}
        return families

    def standing(self, away_id: int) -> Merge | None:
        """The merge by which this case is away, if it is."""
        table = case_merges.c
        wanted = select(case_merges).where(table.away_id == away_id, table.undone_at.is_(None))
        row = self._connection.execute(wanted).one_or_none()
        return _merge(row) if row is not None else None

    def into(self, kept_id: int) -> list[Merge]:
        """Those that were merged into it directly, the earliest first."""
        table = case_merges.c
        wanted = select(case_merges).where(table.kept_id == kept_id, table.undone_at.is_(None)).order_by(table.id)
        return [_merge(row) for row in self._connection.execute(wanted)]

    def family(self, case_id: int) -> list[int]:
        """The case, and every case that it stands for."""
        found, at = [case_id], 0
        while at < len(found):
            found += [merge.away_id for merge in self.into(found[at])]
            at += 1
        return found

    def add(self, merge: Merge) -> int:
        """Its number; that of `merge` itself is not looked at."""
        values = {
            "away_id": merge.away_id,
            "kept_id": merge.kept_id,
            "merged_by": merge.merged_by,
            "merged_at": merge.merged_at,
            "away_state": merge.away_state.value,
            "held": merge.held,
            "owner_before": merge.owner_before,
            "owner_after": merge.owner_after,
            "merged_complaints": merge.merged_complaints,
        }
        added = self._connection.scalar(case_merges.insert().values(values).returning(case_merges.c.id))
        self._connection.execute(snoozes.delete().where(snoozes.c.case_id == merge.away_id))
        return int(added or 0)

    def undo(self, merge_id: int, *, by: str, now: datetime) -> None:
        self._connection.execute(
            update(case_merges).where(case_merges.c.id == merge_id).values(undone_by=by, undone_at=now)
        )

    # splits

    def add_split(self, split: Split, mention_ids: Sequence[str]) -> None:
        """From now on these messages are at home in the new case; they still have to be moved there."""
        values = {"case_id": split.case_id, "from_id": split.from_id, "split_by": split.split_by}
        self._connection.execute(case_splits.insert().values(values | {"split_at": split.split_at}))
        rows = [{"case_id": split.case_id, "mention_id": mention_id} for mention_id in mention_ids]
        self._connection.execute(split_messages.insert(), rows)

    def split_of(self, case_id: int) -> Split | None:
        """How the case was split off, if it was."""
        row = self._connection.execute(select(case_splits).where(case_splits.c.case_id == case_id)).one_or_none()
        return Split(row.case_id, row.from_id, row.split_by, row.split_at) if row is not None else None

    def split_from(self, case_ids: Collection[int]) -> list[Split]:
        """Those that were split off one of these cases, the earliest first."""
        wanted = select(case_splits).where(case_splits.c.from_id.in_(case_ids)).order_by(case_splits.c.case_id)
        rows = self._connection.execute(wanted)
        return [Split(row.case_id, row.from_id, row.split_by, row.split_at) for row in rows]

    # where messages lie

    def belonging(self, case_id: int) -> list[str]:
        """Messages whose home is this case, or one that it stands for, wherever they lie now."""
        family = self.family(case_id)
        into = (
            select(split_messages.c.mention_id, func.max(split_messages.c.case_id).label("case_id"))
            .group_by(split_messages.c.mention_id)
            .subquery()
        )
        home = cases.alias("home")
        joined = mentions.outerjoin(into, into.c.mention_id == mentions.c.id).join(
            home, home.c.conversation_key == mentions.c.conversation_key, isouter=True
        )
        by_split = into.c.case_id.in_(family)
        by_conversation = and_(into.c.case_id.is_(None), home.c.id.in_(family))
        # First what can be asked of an index; then what of it has another home.
        near = select(split_messages.c.mention_id).where(split_messages.c.case_id.in_(family))
        keys = select(cases.c.conversation_key).where(cases.c.id.in_(family))
        candidates = or_(mentions.c.id.in_(near), mentions.c.conversation_key.in_(keys))
        wanted = select(mentions.c.id).select_from(joined).where(candidates, or_(by_split, by_conversation))
        return list(self._connection.scalars(wanted.where(mentions.c.case_id.is_not(None)).order_by(mentions.c.id)))

    def move(self, mention_ids: Sequence[str], to: int) -> None:
        """Messages, our answers to them, those that wait for approval, and what people have begun to write as one."""
        for start in range(0, len(mention_ids), CHUNK):
            some = mention_ids[start : start + CHUNK]
            self._connection.execute(update(mentions).where(mentions.c.id.in_(some)).values(case_id=to))
            answers = (outbox.c.effect == Effect.SEND_REPLY.value, outbox.c.mention_id.in_(some))
            self._connection.execute(update(outbox).where(*answers).values(case_id=to))
            asked = update(approvals).where(approvals.c.mention_id.in_(some), approvals.c.case_id != to)
            self._connection.execute(asked.values(case_id=to, case_version=ANOTHER_CASE))
            Promises(self._connection).move(some, to)
            self._move_drafts(drafts.c.mention_id.in_(some), to)

    def move_notes(self, away_id: int, to: int) -> None:
        """Notes that people have begun; where somebody has begun one at both cases, each stays where it is."""
        self._move_drafts(and_(drafts.c.case_id == away_id, drafts.c.mention_id == ""), to)

    def _move_drafts(self, which: Any, to: int) -> None:
        there = drafts.alias("there")
        same = [there.c[name] == drafts.c[name] for name in ("user_id", "kind", "mention_id")]
        is_taken = select(there.c.user_id).where(there.c.case_id == to, *same).exists()
        self._connection.execute(
            delete(drafts).where(which, drafts.c.case_id != to, drafts.c.text == "", drafts.c.mention_id == "")
        )
        self._connection.execute(update(drafts).where(which, drafts.c.case_id != to, ~is_taken).values(case_id=to))

    def recount(self, case_id: int) -> None:
        """How many messages it holds, from when, and whether one is private; an empty case keeps its instants."""
        table = mentions.c
        private = func.count().filter(table.kind == Kind.DM.value)
        wanted = select(func.count(), func.min(table.created_at), func.max(table.created_at), private)
        count, first, last, private_count = self._connection.execute(wanted.where(table.case_id == case_id)).one()
        values = {"mention_count": count, "audience": "private" if private_count else "public"}
        values |= {"received_at": first, "last_message_at": last} if count else {}
        self._connection.execute(update(cases).where(cases.c.id == case_id).values(values))

    def held_by(self, case_id: int) -> str:
        """A digest of its messages and of what was decided on each."""
        wanted = select(mentions.c.id, mentions.c.decision).where(mentions.c.case_id == case_id).order_by(mentions.c.id)
        return digest(canonical([[row.id, row.decision] for row in self._connection.execute(wanted)]))

    # tickets

    def ticket_case(self, case_id: int) -> int:
        """The case of its family whose ticket it uses: its own, else that of the first that was merged into it."""
        family = self.family(case_id)
        if len(family) == 1:
            return case_id
        wanted = select(outbox.c.case_id).where(
            outbox.c.case_id.in_(family), outbox.c.effect == Effect.CREATE_TICKET.value
        )
        with_ticket = set(self._connection.scalars(wanted))
        return next((one for one in family if one in with_ticket), case_id)


def _merge(row: Row[Any]) -> Merge:
    return Merge(
        row.id,
        row.away_id,
        row.kept_id,
        row.merged_by,
        row.merged_at,
        CaseState(row.away_state),
        row.held,
        row.owner_before,
        row.owner_after,
        row.merged_complaints,
    )
