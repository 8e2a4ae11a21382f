"""What warned early of a case, as it stands."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, Text, text

from store.columns import Instant, Json
from store.tables import metadata

case_warnings = Table(
    "case_warnings",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True, autoincrement=False),
    Column("level", Integer, nullable=False, comment="0 none, 1 watch, 2 act; as it stands now"),
    Column("score", Float, nullable=False),
    Column("signs", Json, nullable=False, comment="Each with its points, and where it stands; no words"),
    Column("policy", String(80), nullable=False, comment="Name and version of the rules it was worked out by"),
    Column("since", Instant, nullable=False, comment="When it came to this level"),
    Column("looked_at", Instant, nullable=False),
    Column("look_again_at", Instant, comment="When time alone makes it more"),
    Column("round", Integer, nullable=False, comment="Raised when it comes back after it was put aside"),
    Column("told", Integer, nullable=False, comment="The highest level of this round that was told of"),
    Column("sent", Json, nullable=False, comment="Path of escalation → the newest words for which it was asked for"),
    Column("seen_at", Instant),
    Column("seen_by", Text),
    Column("aside_at", Instant, comment="When a person put it aside; null where it counts"),
    Column("aside_by", Text),
    Column("aside_reason", Text),
    Column("aside_signs", Json, comment="What stood when it was put aside: another sign brings it back"),
    Index(
        "ix_case_warnings_shown",
        "level",
        sqlite_where=text("level > 0 AND aside_at IS NULL"),
        postgresql_where=text("level > 0 AND aside_at IS NULL"),
    ),
    Index("ix_case_warnings_look_again", "look_again_at"),
)
