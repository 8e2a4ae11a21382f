"""Tables of weekly reports that were sent, and of the scores that leads gave to handled cases."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from store.columns import Instant, Json, Serial
from store.tables import metadata

sent_reports = Table(
    "sent_reports",
    metadata,
    Column("report", String(40), primary_key=True),
    Column("week", String(8), primary_key=True, comment="ISO week that it reports on, e.g. 2026-W23"),
    Column("recipient", String(64), primary_key=True, comment="SHA-256 of the address"),
    Column("state", String(10), nullable=False, comment="sending, sent, failed, refused"),
    Column("began_at", Instant, nullable=False, comment="Written before it is tried"),
    Column("ended_at", Instant),
    Column("tries", Integer, nullable=False),
    Column("error", Text),
)

quality_scores = Table(
    "quality_scores",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("scored_by", Text, nullable=False),
    Column("scored_at", Instant, nullable=False),
    Column("rubric", String(80), nullable=False, comment="Name and version"),
    Column("marks", Json, nullable=False, comment="Question → yes, partly, no or not_applicable"),
    Column("points", Float, nullable=False, comment="Of 100"),
    Column("team", String(40), nullable=False, comment="Of the case when it was scored"),
    UniqueConstraint("case_id", "scored_by"),
    Index("ix_quality_scores_at", "scored_at"),
    sqlite_autoincrement=True,
)
