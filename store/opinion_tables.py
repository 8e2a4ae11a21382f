"""What people said of the classifier's labels, and which proposals of saved replies they waved away."""

from sqlalchemy import Column, ForeignKey, Index, String, Table, Text

from store.columns import Instant, Serial
from store.tables import metadata

opinions = Table(
    "opinions",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column(
        "key", String(120), nullable=False, unique=True, comment="Of the event: the same form sent twice counts once"
    ),
    Column("mention_id", ForeignKey("mentions.id"), nullable=False),
    Column("opinion", String(10), nullable=False, comment="right, wrong or unsure"),
    Column("said", String(20), nullable=False, comment="By the classifier"),
    Column("given", String(20), comment="By the person; null for unsure"),
    Column("classifier", String(40), nullable=False),
    Column("person", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("taken_back_at", Instant),
    Index("ix_opinions_mention", "mention_id", "id"),
    Index("ix_opinions_at", "at"),
    sqlite_autoincrement=True,
)

dismissed_proposals = Table(
    "dismissed_proposals",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the proposed words"),
    Column("person", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
