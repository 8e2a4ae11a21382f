"""The projection of the register: one row a complaint, to list, filter and count by. Entries are the truth."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, delete, func, select

from models.complaint import Basis, Life, Status
from store.complaint_tables import complaints
from store.statements import insert
from store.tables import cases


@dataclass(frozen=True, slots=True)
class StoredComplaint:
    """A row; field names are those of the table."""

    id: str
    case_id: int | None
    status: Status
    complaint_type: str
    types: tuple[str, ...]
    received_at: datetime
    received_on: date
    acknowledge_due_at: datetime | None
    acknowledged_at: datetime | None
    respond_due_on: date | None
    responded_at: datetime | None
    delay_notified_at: datetime | None
    closed_at: datetime | None
    basis: Basis | None
    outcome: str | None
    merged_into: str | None
    afca_reference: str | None
    has_representative: bool
    has_support_need: bool
    needs_safe_contact: bool
    may_write_automatically: bool
    on_hold: bool
    product: str | None
    issues: tuple[str, ...]
    brand: str | None
    category: str | None
    channel: str
    account: str
    language: str | None
    tier: int | None
    priority: str | None
    systemic: tuple[str, ...]
    last_seq: int


def row_of(life: Life) -> StoredComplaint:
    response = life.response if life.response is not None and life.response.is_complete else None
    outcome = (life.closing.outcome if life.closing else "") or (life.response.outcome if life.response else "")
    return StoredComplaint(
        id=life.complaint_id,
        case_id=life.case_id,
        status=life.status,
        complaint_type=life.complaint_type,
        types=life.types,
        received_at=life.received_at,
        received_on=life.received_on,
        acknowledge_due_at=life.acknowledge_due_at,
        acknowledged_at=life.first_acknowledged_at,
        respond_due_on=life.respond_due_on,
        responded_at=response.at if response else None,
        delay_notified_at=life.delay_notices[-1].at if life.delay_notices else None,
        closed_at=life.closed_at,
        basis=life.basis,
        outcome=outcome or None,
        merged_into=life.merged_into,
        afca_reference=life.afca_reference,
        has_representative=life.has_representative,
        has_support_need=bool(life.needs),
        needs_safe_contact=life.needs_safe_contact,
        may_write_automatically=life.may_write_automatically,
        on_hold=life.on_hold,
        product=life.product,
        issues=life.issues,
        brand=life.brand,
        category=life.category,
        channel=life.channel,
        account=life.account,
        language=life.language,
        tier=life.tier,
        priority=life.priority,
        systemic=life.systemic,
        last_seq=life.last_seq,
    )


class Complaints:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def put(self, life: Life) -> None:
        """Write down how a complaint stands now."""
        values = _values(row_of(life))
        statement = insert(self._connection, complaints).values(values)
        changed = {key: value for key, value in values.items() if key != "id"}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=changed))

    def empty(self) -> None:
        """Before all rows are worked out anew."""
        self._connection.execute(delete(complaints))

    def get(self, complaint_id: str) -> StoredComplaint | None:
        row = self._connection.execute(select(complaints).where(complaints.c.id == complaint_id)).one_or_none()
        return _stored(row) if row is not None else None

    def of_case(self, case_id: int) -> StoredComplaint | None:
        row = self._connection.execute(select(complaints).where(complaints.c.case_id == case_id)).one_or_none()
        return _stored(row) if row is not None else None

    def merged_into(self, complaint_id: str) -> list[StoredComplaint]:
        found = select(complaints).where(complaints.c.merged_into == complaint_id).order_by(complaints.c.id)
        return [_stored(row) for row in self._connection.execute(found)]

    def with_status(
        self, statuses: Collection[Status], *, limit: int, offset: int = 0, newest_first: bool = False
    ) -> list[StoredComplaint]:
        """By last day for the response, or newest receipt first; the order is total."""
        due = (complaints.c.respond_due_on.is_(None), complaints.c.respond_due_on, complaints.c.id)
        newest = (complaints.c.received_at.desc(), complaints.c.id.desc())
        wanted = complaints.c.status.in_([status.value for status in statuses])
        found = select(complaints).where(wanted).order_by(*(newest if newest_first else due))
        return [_stored(row) for row in self._connection.execute(found.limit(limit).offset(offset))]

    def listed(self, statuses: Collection[Status], *, order: str, limit: int, offset: int = 0) -> list[StoredComplaint]:
        """In one of five orders; next due is the first running clock of its case. The order is total."""
        due = (cases.c.next_due_at.is_(None), cases.c.next_due_at)
        orders: dict[str, tuple[Any, ...]] = {
            "due": due,
            "received": (complaints.c.received_at.desc(),),
            "type": (complaints.c.complaint_type, *due),
            "status": (complaints.c.status, *due),
            "id": (),
        }
        found = (
            select(complaints)
            .outerjoin(cases, cases.c.id == complaints.c.case_id)
            .where(complaints.c.status.in_([status.value for status in statuses]))
            .order_by(*orders[order], complaints.c.id)
        )
        return [_stored(row) for row in self._connection.execute(found.limit(limit).offset(offset))]

    def first_received_at(self) -> datetime | None:
        """Of the earliest one; None where there is none."""
        found: datetime | None = self._connection.scalar(select(func.min(complaints.c.received_at)))
        return found

    def counts(self) -> dict[str, int]:
        """Status → number of complaints."""
        status = complaints.c.status
        return {row[0]: row[1] for row in self._connection.execute(select(status, func.count()).group_by(status))}

    def all(self) -> Iterator[StoredComplaint]:
        """Streamed, by id."""
        found = select(complaints).order_by(complaints.c.id).execution_options(yield_per=1000)
        return (_stored(row) for row in self._connection.execute(found))


def _values(row: StoredComplaint) -> dict[str, Any]:
    values = {name: getattr(row, name) for name in StoredComplaint.__dataclass_fields__}
    lists = {name: list(values[name]) for name in ("types", "issues", "systemic")}
    return values | lists | {"status": row.status.value, "basis": row.basis.value if row.basis else None}


def _stored(row: Any) -> StoredComplaint:
    values = dict(row._mapping)
    lists = {name: tuple(values[name]) for name in ("types", "issues", "systemic")}
    basis = Basis(values["basis"]) if values["basis"] else None
    return StoredComplaint(**values | lists | {"status": Status(values["status"]), "basis": basis})
