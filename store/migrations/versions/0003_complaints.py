"""Complaints as they stand now, one row each, worked out from the register's entries so far."""

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STATUS_AFTER = {"ruled_out": "ruled_out", "reopened": "reopened"}
DATES = ("received_on", "respond_due_on")
INSTANTS = ("received_at", "acknowledge_due_at")
TEXTS = ("channel", "account", "language", "category", "tier", "priority", "case_id", "product", "brand")


def upgrade() -> None:
    table = op.create_table(
        "complaints",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("case_id", Serial, nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("complaint_type", sa.String(length=40), nullable=False),
        sa.Column("types", Json, nullable=False, comment="All of them; the shortest limit counts"),
        sa.Column("received_at", Instant(), nullable=False, comment="Complaints merged into it counted in"),
        sa.Column("received_on", sa.Date(), nullable=False, comment="Local date: day 0"),
        sa.Column("acknowledge_due_at", Instant(), nullable=True),
        sa.Column("acknowledged_at", Instant(), nullable=True),
        sa.Column("respond_due_on", sa.Date(), nullable=True),
        sa.Column("responded_at", Instant(), nullable=True, comment="Of the latest complete IDR response"),
        sa.Column("delay_notified_at", Instant(), nullable=True),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("basis", sa.String(length=20), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("merged_into", sa.String(length=40), nullable=True),
        sa.Column("afca_reference", sa.Text(), nullable=True),
        sa.Column("has_representative", sa.Boolean(), nullable=False),
        sa.Column("has_support_need", sa.Boolean(), nullable=False),
        sa.Column("needs_safe_contact", sa.Boolean(), nullable=False),
        sa.Column("may_write_automatically", sa.Boolean(), nullable=False),
        sa.Column("on_hold", sa.Boolean(), nullable=False),
        sa.Column("product", sa.Text(), nullable=True),
        sa.Column("issues", Json, nullable=False),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("category", sa.String(length=40), nullable=True),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=20), nullable=True),
        sa.Column("tier", sa.Integer(), nullable=True),
        sa.Column("priority", sa.String(length=10), nullable=True),
        sa.Column("systemic", Json, nullable=False, comment="Ids of the candidates it is linked to"),
        sa.Column("last_seq", Serial, nullable=False, comment="Of the last entry folded in"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_complaints_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaints")),
    )
    op.create_index("ix_complaints_status", "complaints", ["status", "respond_due_on"], unique=False)
    op.create_index("ix_complaints_received", "complaints", ["received_on"], unique=False)
    op.create_index("ix_complaints_closed", "complaints", ["closed_at"], unique=False)
    op.create_index("ix_complaints_case", "complaints", ["case_id"], unique=False)
    op.create_index("ix_complaints_merged", "complaints", ["merged_into"], unique=False)
    connection = op.get_bind()
    found = "SELECT seq, complaint_id, kind, recorded_at, facts FROM register_entries ORDER BY complaint_id, seq"
    entries = connection.execute(sa.text(found).execution_options(yield_per=1000))
    cases = set(connection.scalars(sa.text("SELECT id FROM cases")))
    for batch in _batches(_rows(entries, cases)):
        connection.execute(table.insert(), batch)


def _rows(entries: Iterable[Any], cases: set[int]) -> Iterator[dict[str, Any]]:
    """Of the kinds of entry that were ever written before this migration."""
    for complaint_id, group in groupby(entries, key=lambda entry: entry.complaint_id):
        row = _empty(complaint_id)
        for entry in group:
            facts = json.loads(entry.facts)
            row |= {name: facts[name] for name in TEXTS if name in facts}
            row |= {name: _read(facts[name], datetime) for name in INSTANTS if name in facts}
            row |= {name: _read(facts[name], date) for name in DATES if name in facts}
            row |= {"status": STATUS_AFTER.get(entry.kind, row["status"]), "last_seq": entry.seq}
            if entry.kind == "acknowledged":
                row |= _acknowledged(row, facts, entry.recorded_at)
        row["case_id"] = row["case_id"] if row["case_id"] in cases else None
        yield row


def _acknowledged(row: dict[str, Any], facts: dict[str, Any], recorded_at: str) -> dict[str, Any]:
    status = "acknowledged" if row["status"] in ("open", "reopened") else row["status"]
    at = row["acknowledged_at"] or datetime.fromisoformat(facts.get("acknowledged_at") or recorded_at)
    return {"status": status, "acknowledged_at": at}


def _read(value: str | None, kind: Any) -> Any:
    return kind.fromisoformat(value) if value else None


def _empty(complaint_id: str) -> dict[str, Any]:
    nothing = dict.fromkeys(
        (*TEXTS, *INSTANTS, *DATES, "acknowledged_at", "responded_at", "delay_notified_at", "closed_at", "basis")
    )
    no = dict.fromkeys(("has_representative", "has_support_need", "needs_safe_contact", "on_hold"), False)
    lists: dict[str, Any] = {"types": ["standard"], "issues": [], "systemic": []}
    rest = {"outcome": None, "merged_into": None, "afca_reference": None, "may_write_automatically": True}
    known = {"id": complaint_id, "status": "open", "complaint_type": "standard", "channel": "", "account": ""}
    return {**nothing, **no, **lists, **rest, **known}


def _batches(rows: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    batch: list[dict[str, Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == 500:
            yield batch
            batch = []
    if batch:
        yield batch
