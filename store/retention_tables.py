"""Tables of retention: legal holds, what is proposed to go and who agreed, what was deleted on a platform."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from store.columns import Instant, Serial
from store.tables import metadata

legal_holds = Table(
    "legal_holds",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("scope", String(20), nullable=False, comment="Of complaints, holds are entries of the register"),
    Column("subject", String(40), nullable=False, comment="Case number or author key; empty for everything"),
    Column("reason", Text, nullable=False),
    Column("placed_by", Text, nullable=False),
    Column("placed_at", Instant, nullable=False),
    Column("lifted_by", Text),
    Column("lifted_at", Instant),
    Column("lifted_reason", Text),
    Index("ix_legal_holds_lifted", "lifted_at"),
    sqlite_autoincrement=True,
)

retention_proposals = Table(
    "retention_proposals",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("policy", Text, nullable=False, comment="Name and version of the retention pack"),
    Column("proposed_by_id", ForeignKey("users.id"), nullable=False),
    Column("proposed_by", Text, nullable=False, comment="Their name at that time"),
    Column("proposed_at", Instant, nullable=False),
    Column("agreed_by_id", ForeignKey("users.id")),
    Column("agreed_by", Text),
    Column("agreed_at", Instant),
    Column("ended_by", Text),
    Column("ended_at", Instant),
    Column("ended_reason", Text),
    sqlite_autoincrement=True,
)

retention_items = Table(
    "retention_items",
    metadata,
    Column("proposal_id", ForeignKey("retention_proposals.id"), primary_key=True),
    Column("record_class", String(20), primary_key=True),
    Column("subject", String(80), primary_key=True),
    Column("counted_from", Instant, nullable=False),
    Column("outcome", String(20), comment="Null until the proposal is carried out"),
    Column("ended_at", Instant),
    Index("ix_retention_items_subject", "record_class", "subject"),
)

platform_deletions = Table(
    "platform_deletions",
    metadata,
    Column("mention_id", ForeignKey("mentions.id"), primary_key=True),
    Column("deleted_at", Instant, nullable=False),
    Column("noticed_at", Instant, nullable=False),
    Column("redact_by", Instant, comment="Null where the platform's terms ask for nothing"),
    Column("redacted_at", Instant),
    Column("waits_for", Text, comment="Why our copies are still there"),
    Column("kept_in", Serial, comment="Number of the register's entry that keeps the words"),
    Index("ix_platform_deletions_waiting", "redacted_at", "redact_by"),
)
