"""Candidates for systemic issues, and the words of complaints they are found in."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from models.complaint import Status
from store.complaint_tables import complaints
from store.statements import insert_new
from store.systemic_tables import systemic_candidates, systemic_looks, systemic_members
from store.tables import cases, mentions

NO_COMPLAINTS = (Status.RULED_OUT.value, Status.MERGED_AWAY.value)
CHUNK = 500


@dataclass(frozen=True, slots=True)
class SaidInComplaint:
    """The first words of a complaint, and by whom; personal, to be compared and forgotten."""

    complaint_id: str
    author: str | None
    received_on: date
    product: str | None
    category: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Candidate:
    id: int
    found_at: datetime
    seen_at: datetime
    name: str
    words: tuple[str, ...]
    examples: tuple[str, ...]
    size: int
    people: int
    weeks: tuple[int, ...]
    level: str
    chance: float
    owner: str | None
    decision: str | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None
    escalated_to: str | None
    escalated_by: str | None
    escalated_at: datetime | None
    outcome: str | None
    outcome_by: str | None
    outcome_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True)
class Member:
    complaint_id: str
    received_on: date
    author: str | None


class Systemic:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def said_since(self, day: date) -> Iterator[SaidInComplaint]:
        """Complaints received from that day on, streamed by id; the first message that made each one a complaint."""
        table = complaints.c
        rows = self._connection.execute(
            select(
                *(table.id, table.received_on, table.product, table.category),
                mentions.c.text,
                mentions.c.author_id,
            )
            .join_from(complaints, cases, cases.c.id == table.case_id)
            .join(mentions, mentions.c.case_id == cases.c.id)
            .where(
                table.received_on >= day,
                table.status.not_in(NO_COMPLAINTS),
                mentions.c.duplicate_of.is_(None),
                mentions.c.decision[("definition", "is_complaint")].as_boolean(),
            )
            .order_by(table.id, mentions.c.created_at, mentions.c.id)
            .execution_options(yield_per=1_000)
        )
        last = None
        for row in rows:
            if row.id != last:
                last = row.id
                yield SaidInComplaint(row.id, row.author_id, row.received_on, row.product, row.category, row.text)

    # looks

    def last_look(self) -> datetime | None:
        found: datetime | None = self._connection.scalar(select(func.max(systemic_looks.c.looked_at)))
        return found

    def note_look(self, *, complaints: int, clusters: int, found: int, warned: int, now: datetime) -> None:
        """The regular analysis of complaint data is itself on record (RG 271.120)."""
        row = {"looked_at": now, "complaints": complaints, "clusters": clusters, "found": found, "warned": warned}
        self._connection.execute(systemic_looks.insert().values(row))

    # candidates

    def get(self, candidate_id: int) -> Candidate | None:
        """Locked for this transaction."""
        found = select(systemic_candidates).where(systemic_candidates.c.id == candidate_id).with_for_update()
        row = self._connection.execute(found).one_or_none()
        return _candidate(row) if row is not None else None

    def all(self) -> list[Candidate]:
        """Those that grow first, then the largest."""
        table = systemic_candidates.c
        order = (table.level.desc(), table.size.desc(), table.id)
        return [_candidate(row) for row in self._connection.execute(select(systemic_candidates).order_by(*order))]

    def open(self, values: Mapping[str, object], *, now: datetime) -> int:
        row = {"found_at": now, "seen_at": now, "version": 1, **values}
        opened = systemic_candidates.insert().values(row).returning(systemic_candidates.c.id)
        candidate_id: int = self._connection.execute(opened).scalar_one()
        return candidate_id

    def change(self, candidate_id: int, values: Mapping[str, object]) -> None:
        found = update(systemic_candidates).where(systemic_candidates.c.id == candidate_id)
        self._connection.execute(found.values(dict(values)))

    def act(self, candidate_id: int, values: Mapping[str, object]) -> None:
        """As `change`, by a person: a form that was shown before it is stale."""
        self.change(candidate_id, {"version": systemic_candidates.c.version + 1, **values})

    # members

    def candidates_of(self, complaint_ids: Sequence[str]) -> dict[str, int]:
        """Complaint id → the candidate it belongs to."""
        table, found = systemic_members.c, dict[str, int]()
        for start in range(0, len(complaint_ids), CHUNK):
            wanted = table.complaint_id.in_(complaint_ids[start : start + CHUNK])
            rows = self._connection.execute(select(table.complaint_id, table.candidate_id).where(wanted))
            found |= {row.complaint_id: row.candidate_id for row in rows}
        return found

    def join(self, candidate_id: int, complaint_ids: Collection[str], *, now: datetime) -> None:
        rows = [{"complaint_id": one, "candidate_id": candidate_id, "joined_at": now} for one in complaint_ids]
        insert_new(self._connection, systemic_members, rows)

    def members(self, candidate_id: int) -> list[Member]:
        """By day of receipt; those that are no complaint any more are left out."""
        rows = self._connection.execute(
            select(complaints.c.id, complaints.c.received_on, cases.c.author_id)
            .join_from(systemic_members, complaints, complaints.c.id == systemic_members.c.complaint_id)
            .outerjoin(cases, cases.c.id == complaints.c.case_id)
            .where(systemic_members.c.candidate_id == candidate_id, complaints.c.status.not_in(NO_COMPLAINTS))
            .order_by(complaints.c.received_on, complaints.c.id)
        )
        return [Member(row.id, row.received_on, row.author_id) for row in rows]

    def unlinked(self, candidate_id: int) -> list[str]:
        """Members of which the register does not say so yet."""
        table = systemic_members.c
        rows = self._connection.scalars(
            select(table.complaint_id)
            .join_from(systemic_members, complaints, complaints.c.id == table.complaint_id)
            .where(
                table.candidate_id == candidate_id, table.linked_at.is_(None), complaints.c.status.not_in(NO_COMPLAINTS)
            )
            .order_by(table.complaint_id)
        )
        return list(rows)

    def linked(self, complaint_ids: Sequence[str], *, now: datetime) -> None:
        for start in range(0, len(complaint_ids), CHUNK):
            wanted = systemic_members.c.complaint_id.in_(complaint_ids[start : start + CHUNK])
            self._connection.execute(update(systemic_members).where(wanted).values(linked_at=now))


def _candidate(row: Row[Any]) -> Candidate:
    values = dict(row._mapping)
    return Candidate(**values | {name: tuple(values[name]) for name in ("words", "examples", "weeks")})
