"""Tables of cases that were merged into others, and of cases that were split off."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, text

from store.columns import Instant, Serial
from store.tables import metadata

case_merges = Table(
    "case_merges",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("away_id", ForeignKey("cases.id"), nullable=False, comment="The case that was merged into the other"),
    Column("kept_id", ForeignKey("cases.id"), nullable=False),
    Column("merged_by", Text, nullable=False),
    Column("merged_at", Instant, nullable=False),
    Column("away_state", String(20), nullable=False, comment="Of the case that went, to be put back"),
    Column("held", String(64), nullable=False, comment="Digest of the messages it held, and what was decided on them"),
    Column("owner_before", Text, comment="Of the case that is kept"),
    Column("owner_after", Text),
    Column("merged_complaints", Boolean, nullable=False, comment="Whether their complaints were merged with it"),
    Column("undone_by", Text),
    Column("undone_at", Instant),
    Index(
        "ix_case_merges_standing",
        "away_id",
        unique=True,
        sqlite_where=text("undone_at IS NULL"),
        postgresql_where=text("undone_at IS NULL"),
    ),
    Index("ix_case_merges_kept", "kept_id"),
    sqlite_autoincrement=True,
)

case_splits = Table(
    "case_splits",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True, autoincrement=False, comment="The new case"),
    Column("from_id", ForeignKey("cases.id"), nullable=False),
    Column("split_by", Text, nullable=False),
    Column("split_at", Instant, nullable=False),
    Index("ix_case_splits_from", "from_id"),
)

split_messages = Table(
    "split_messages",
    metadata,
    Column("case_id", ForeignKey("case_splits.case_id"), primary_key=True, comment="The case they were split into"),
    Column("mention_id", ForeignKey("mentions.id"), primary_key=True),
    Index("ix_split_messages_mention", "mention_id"),
)
