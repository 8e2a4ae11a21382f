"""What people do with many cases at once: each run, and what became of each of its cases."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from store.columns import Instant, Serial
from store.tables import metadata

bulk_runs = Table(
    "bulk_runs",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("form_key", String(32), nullable=False, unique=True, comment="The same form sent twice is one run"),
    Column("person", Text, nullable=False),
    Column("act", String(20), nullable=False),
    Column("target", Text, comment="The new owner or label; null for nobody and for done"),
    Column("chosen", Text, nullable=False, comment="Which cases, in words"),
    Column("total", Integer, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("undo_by", Text),
    Column("undo_asked_at", Instant),
    Column("undone_at", Instant),
    sqlite_autoincrement=True,
)

bulk_items = Table(
    "bulk_items",
    metadata,
    Column("bulk_id", ForeignKey("bulk_runs.id"), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("version", Integer, nullable=False, comment="Of the case, when it was chosen"),
    Column("state", String(10), nullable=False),
    Column("reason", String(20), comment="Why it was refused, or not put back"),
    Column("before", Text, comment="Owner, state or label that it had"),
    Column("mention_id", String(40), comment="The message that was labelled"),
    Column("done_at", Instant),
    Index("ix_bulk_items_state", "bulk_id", "state"),
)
