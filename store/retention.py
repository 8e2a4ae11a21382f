"""Legal holds, proposals with their items, and deletions on platforms, as rows."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, or_, select, update

from models import Entry, EntryKind
from models.retention import (
    DueRecord,
    Hold,
    HoldScope,
    ItemOutcome,
    PlatformDeletion,
    Proposal,
    ProposalState,
    RecordClass,
)
from store.register_log import FIELDS
from store.retention_tables import legal_holds, platform_deletions, retention_items, retention_proposals
from store.statements import insert_new
from store.tables import outbox, register_entries

CHUNK = 500
UNDER_WAY = (ProposalState.PROPOSED.value, ProposalState.AGREED.value)


@dataclass(frozen=True, slots=True)
class Item:
    record_class: RecordClass
    subject: str
    counted_from: datetime
    outcome: ItemOutcome | None


class Retention:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # holds

    def place_hold(self, scope: HoldScope, subject: str, *, reason: str, person: str, now: datetime) -> int:
        """Not for complaints: theirs are entries of the register."""
        values = {"scope": scope.value, "subject": subject, "reason": reason, "placed_by": person, "placed_at": now}
        number: int = self._connection.execute(
            legal_holds.insert().values(values).returning(legal_holds.c.id)
        ).scalar_one()
        return number

    def lift_hold(self, number: int, *, reason: str, person: str, now: datetime) -> bool:
        """False where it is not in force."""
        standing = (legal_holds.c.id == number, legal_holds.c.lifted_at.is_(None))
        lifted = {"lifted_by": person, "lifted_at": now, "lifted_reason": reason}
        return self._connection.execute(update(legal_holds).where(*standing).values(lifted)).rowcount == 1

    def holds(self) -> list[Hold]:
        """In force, the oldest first; without those of complaints."""
        rows = self._connection.execute(
            select(legal_holds).where(legal_holds.c.lifted_at.is_(None)).order_by(legal_holds.c.id)
        )
        return [
            Hold(str(row.id), HoldScope(row.scope), row.subject, row.reason, row.placed_by, row.placed_at)
            for row in rows
        ]

    def hold_entries(self) -> list[Entry]:
        """The register's entries about holds, in order."""
        table = register_entries.c
        rows = self._connection.execute(
            select(*FIELDS).where(table.kind == EntryKind.HOLD.value).order_by(table.complaint_id, table.seq)
        )
        return [Entry(**row._mapping) for row in rows]

    # proposals

    def propose(
        self, items: Sequence[DueRecord], *, reason: str, policy: str, person: str, person_id: int, now: datetime
    ) -> int:
        values = {
            "state": ProposalState.PROPOSED.value,
            "reason": reason,
            "policy": policy,
            "proposed_by_id": person_id,
            "proposed_by": person,
            "proposed_at": now,
        }
        table = retention_proposals
        number: int = self._connection.execute(table.insert().values(values).returning(table.c.id)).scalar_one()
        rows = [
            {
                "proposal_id": number,
                "record_class": item.record_class.value,
                "subject": item.subject,
                "counted_from": item.counted_from,
            }
            for item in items
        ]
        insert_new(self._connection, retention_items, rows)
        return number

    def agree(self, number: int, *, person: str, person_id: int, now: datetime) -> bool:
        """Compare-and-set: False where it is not waiting for this, or the same person proposed it."""
        table = retention_proposals.c
        wanted = (
            table.id == number,
            table.state == ProposalState.PROPOSED.value,
            table.proposed_by_id != person_id,
        )
        values = {
            "state": ProposalState.AGREED.value,
            "agreed_by_id": person_id,
            "agreed_by": person,
            "agreed_at": now,
        }
        return self._connection.execute(update(retention_proposals).where(*wanted).values(values)).rowcount == 1

    def end(
        self,
        number: int,
        state: ProposalState,
        *,
        was: Collection[ProposalState],
        person: str,
        now: datetime,
        reason: str | None = None,
    ) -> bool:
        """Compare-and-set."""
        table = retention_proposals.c
        wanted = (table.id == number, table.state.in_([each.value for each in was]))
        values = {"state": state.value, "ended_by": person, "ended_at": now, "ended_reason": reason}
        return self._connection.execute(update(retention_proposals).where(*wanted).values(values)).rowcount == 1

    def proposer_id(self, number: int) -> int | None:
        table = retention_proposals.c
        return self._connection.scalar(select(table.proposed_by_id).where(table.id == number))

    def proposal(self, number: int) -> Proposal | None:
        found = self._proposals(retention_proposals.c.id == number)
        return found[0] if found else None

    def proposals(self, *, under_way: bool = False, limit: int = 200) -> list[Proposal]:
        """Newest first."""
        wanted = [retention_proposals.c.state.in_(UNDER_WAY)] if under_way else []
        return self._proposals(*wanted, limit=limit)

    def _proposals(self, *wanted: Any, limit: int | None = None) -> list[Proposal]:
        table = retention_proposals
        rows = self._connection.execute(select(table).where(*wanted).order_by(table.c.id.desc()).limit(limit)).all()
        counts: defaultdict[int, dict[RecordClass, int]] = defaultdict(dict)
        item = retention_items.c
        counted = select(item.proposal_id, item.record_class, func.count()).where(
            item.proposal_id.in_([row.id for row in rows])
        )
        for number, name, count in self._connection.execute(
            counted.group_by(item.proposal_id, item.record_class).order_by(item.record_class)
        ):
            counts[number][RecordClass(name)] = count
        return [_proposal(row, counts[row.id]) for row in rows]

    def items(self, number: int) -> list[Item]:
        item = retention_items.c
        rows = self._connection.execute(
            select(retention_items)
            .where(item.proposal_id == number)
            .order_by(item.record_class, item.counted_from, item.subject)
        )
        return [
            Item(
                RecordClass(row.record_class),
                row.subject,
                row.counted_from,
                ItemOutcome(row.outcome) if row.outcome else None,
            )
            for row in rows
        ]

    def ended(self, number: int, item: Item, outcome: ItemOutcome, *, now: datetime) -> None:
        table = retention_items.c
        same = (
            table.proposal_id == number,
            table.record_class == item.record_class.value,
            table.subject == item.subject,
        )
        self._connection.execute(update(retention_items).where(*same).values(outcome=outcome.value, ended_at=now))

    def settled(self, record_class: RecordClass) -> dict[str, datetime | None]:
        """Subject → when it was done; None while a proposal that holds it is under way."""
        item, proposal = retention_items.c, retention_proposals.c
        rows = self._connection.execute(
            select(item.subject, item.outcome, item.ended_at)
            .join(retention_proposals, proposal.id == item.proposal_id)
            .where(
                item.record_class == record_class.value,
                or_(item.outcome == ItemOutcome.DONE.value, proposal.state.in_(UNDER_WAY)),
            )
            .order_by(item.proposal_id)
        )
        return {row.subject: row.ended_at if row.outcome else None for row in rows}

    # deletions on platforms

    def note_deletion(self, deletion: PlatformDeletion) -> bool:
        """False where it is known already."""
        values = {name: getattr(deletion, name) for name in PlatformDeletion.__dataclass_fields__}
        if self.deletions([deletion.mention_id]):
            return False
        self._connection.execute(platform_deletions.insert().values(values))
        return True

    def change_deletion(
        self, mention_id: str, *, redacted_at: datetime | None, waits_for: str | None, kept_in: int | None
    ) -> None:
        values = {"redacted_at": redacted_at, "waits_for": waits_for, "kept_in": kept_in}
        same = platform_deletions.c.mention_id == mention_id
        self._connection.execute(update(platform_deletions).where(same).values(values))

    def deletions(self, mention_ids: Sequence[str]) -> dict[str, PlatformDeletion]:
        found: dict[str, PlatformDeletion] = {}
        for start in range(0, len(mention_ids), CHUNK):
            chunk = mention_ids[start : start + CHUNK]
            rows = self._connection.execute(
                select(platform_deletions).where(platform_deletions.c.mention_id.in_(chunk))
            )
            found |= {row.mention_id: PlatformDeletion(**row._mapping) for row in rows}
        return found

    def repeating_deleted(self, keys: Sequence[str]) -> set[str]:
        """Which of these effects were made from a message that was deleted."""
        found: set[str] = set()
        for start in range(0, len(keys), CHUNK):
            rows = self._connection.scalars(
                select(outbox.c.key)
                .join_from(outbox, platform_deletions, platform_deletions.c.mention_id == outbox.c.mention_id)
                .where(outbox.c.key.in_(keys[start : start + CHUNK]))
            )
            found |= set(rows)
        return found

    def waiting_deletions(self, *, limit: int = 1000) -> list[PlatformDeletion]:
        """Whose copies the platform wants gone and that are still here, the most urgent first."""
        table = platform_deletions.c
        rows = self._connection.execute(
            select(platform_deletions)
            .where(table.redacted_at.is_(None), table.redact_by.is_not(None))
            .order_by(table.redact_by, table.mention_id)
            .limit(limit)
        )
        return [PlatformDeletion(**row._mapping) for row in rows]


def _proposal(row: Row[Any], items: dict[RecordClass, int]) -> Proposal:
    return Proposal(
        id=row.id,
        state=ProposalState(row.state),
        reason=row.reason,
        proposed_by=row.proposed_by,
        proposed_at=row.proposed_at,
        agreed_by=row.agreed_by,
        agreed_at=row.agreed_at,
        ended_by=row.ended_by,
        ended_at=row.ended_at,
        items=items,
    )
