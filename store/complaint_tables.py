"""Complaints as they stand now: worked out from the register's entries, in the transaction that writes each."""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table, Text

from store.columns import Instant, Json, Serial
from store.tables import metadata

complaints = Table(
    "complaints",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("case_id", ForeignKey("cases.id")),
    Column("status", String(20), nullable=False),
    Column("complaint_type", String(40), nullable=False),
    Column("types", Json, nullable=False, comment="All of them; the shortest limit counts"),
    Column("received_at", Instant, nullable=False, comment="Complaints merged into it counted in"),
    Column("received_on", Date, nullable=False, comment="Local date: day 0"),
    Column("acknowledge_due_at", Instant),
    Column("acknowledged_at", Instant),
    Column("respond_due_on", Date),
    Column("responded_at", Instant, comment="Of the latest complete IDR response"),
    Column("delay_notified_at", Instant),
    Column("closed_at", Instant),
    Column("basis", String(20)),
    Column("outcome", String(20)),
    Column("merged_into", String(40)),
    Column("afca_reference", Text),
    Column("has_representative", Boolean, nullable=False),
    Column("has_support_need", Boolean, nullable=False),
    Column("needs_safe_contact", Boolean, nullable=False),
    Column("may_write_automatically", Boolean, nullable=False),
    Column("on_hold", Boolean, nullable=False),
    Column("product", Text),
    Column("issues", Json, nullable=False),
    Column("brand", Text),
    Column("category", String(40)),
    Column("channel", String(40), nullable=False),
    Column("account", Text, nullable=False),
    Column("language", String(20)),
    Column("tier", Integer),
    Column("priority", String(10)),
    Column("systemic", Json, nullable=False, comment="Ids of the candidates it is linked to"),
    Column("last_seq", Serial, nullable=False, comment="Of the last entry folded in"),
    Index("ix_complaints_status", "status", "respond_due_on"),
    Index("ix_complaints_received", "received_on"),
    Index("ix_complaints_closed", "closed_at"),
    Index("ix_complaints_case", "case_id"),
    Index("ix_complaints_merged", "merged_into"),
)
