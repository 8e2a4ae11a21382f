"""The firm's own targets of each case, beside the clocks of the regulator and never among them."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, text

from store.columns import Instant, Json, Serial
from store.tables import metadata

targets = Table(
    "targets",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("key", String(20), primary_key=True, comment="first_answer, update or resolution"),
    Column("priority", String(10), nullable=False, comment="That it was worked out for"),
    Column("started_at", Instant, nullable=False, comment="What it counts from"),
    Column("due_at", Instant, nullable=False),
    Column("warn_at", Instant, nullable=False, comment="From when it counts as due soon"),
    Column("met_at", Instant),
    Column("warned_at", Instant, comment="When it was said that it is due soon"),
    Column("acted_at", Instant, comment="When an update was queued by itself"),
    Column("missed_at", Instant, comment="When it ran out, once that was said"),
    Column("look_at", Instant, comment="When the clock has to look at it next; none where nothing can come any more"),
    Column("policy", String(60), nullable=False),
    Column("steps", Json, nullable=False),
    Index(
        "ix_targets_look",
        "look_at",
        sqlite_where=text("look_at IS NOT NULL"),
        postgresql_where=text("look_at IS NOT NULL"),
    ),
    Index(
        "ix_targets_open",
        "due_at",
        "case_id",
        sqlite_where=text("met_at IS NULL"),
        postgresql_where=text("met_at IS NULL"),
    ),
)

targets_to_come = Table(
    "targets_to_come",
    metadata,
    Column("up_to", Serial, primary_key=True, autoincrement=False, comment="Cases up to this number have none yet"),
)
"""One row while cases from before there were targets are worked off, from the newest back; else none."""
