"""Edited rules that were tried against history, and what would have been otherwise; kept for some days."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from store.columns import Instant, Json, Serial
from store.tables import metadata

dry_runs = Table(
    "dry_runs",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("form_key", String(64), nullable=False, unique=True, comment="The same form sent twice is one run"),
    Column("person", Text, nullable=False),
    Column("kind", String(20), nullable=False, comment="Which file of rules it is"),
    Column("title", Text, nullable=False, comment="Name and version that the rules give themselves"),
    Column("rules", Text, nullable=False, comment="The edited file"),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("finished_at", Instant),
    Column("fault", Text, comment="Why it ended without an answer"),
    Column("looked_up_to", Serial, nullable=False, server_default="0", comment="Number of the last case looked at"),
    Column("total", Integer, nullable=False, comment="Cases to look at, when it was asked for"),
    Column("tally", Json, nullable=False),
    Column("sector", Text, comment="Another sector's pack, by its name"),
    Column("classifier", Text, comment="Another version, whose verdicts count"),
    Index(
        "ix_dry_runs_waiting",
        "id",
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
    Index("ix_dry_runs_asked", "asked_at"),
    sqlite_autoincrement=True,
)

dry_run_cases = Table(
    "dry_run_cases",
    metadata,
    Column("run_id", ForeignKey("dry_runs.id"), primary_key=True),
    Column("case_id", Serial, primary_key=True, autoincrement=False),
    Column("change", Json, nullable=False, comment="Codes, names of rules and instants; no words of anybody"),
)
