"""The table of what was promised to customers."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text, text

from store.columns import Instant, Serial
from store.tables import metadata

OPEN = text("state = 'open'")

promises = Table(
    "promises",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", String(80), nullable=False, unique=True, comment="Of the form that made it"),
    Column("case_id", ForeignKey("cases.id"), nullable=False, comment="Where its message lies now"),
    Column("mention_id", ForeignKey("mentions.id"), nullable=False, comment="The message that it is about"),
    Column("outbox_id", ForeignKey("outbox.id"), comment="The reply in which it was made"),
    Column("kind", String(12), nullable=False),
    Column("words", Text, nullable=False, comment="What was promised"),
    Column("basis", Text, nullable=False, comment="How the date was worked out"),
    Column("made_at", Instant, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("remind_at", Instant, comment="In working hours; none where nobody is at work until it is due"),
    Column("reminded_at", Instant),
    Column("state", String(12), nullable=False, comment="waiting, open, kept, broken or withdrawn"),
    Column("settled_at", Instant),
    Column("settled_by", Text),
    Column("reason", Text, nullable=False, server_default=""),
    Column("late_at", Instant, comment="When a broken one was kept after all"),
    Column("replaces", ForeignKey("promises.id"), unique=True, comment="The one whose date it changed"),
    Index("ix_promises_case", "case_id"),
    Index("ix_promises_mention", "mention_id"),
    Index("ix_promises_state", "state", "due_at"),
    Index("ix_promises_due", "due_at", sqlite_where=OPEN, postgresql_where=OPEN),
    Index("ix_promises_remind", "remind_at", sqlite_where=OPEN, postgresql_where=OPEN),
    sqlite_autoincrement=True,
)
