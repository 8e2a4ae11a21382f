"""Tables of what people put aside: cases for a time, messages from sight, authors from the open list."""

from sqlalchemy import Column, ForeignKey, String, Table, Text

from store.columns import Instant
from store.tables import metadata

snoozes = Table(
    "snoozes",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True, autoincrement=False),
    Column("until", Instant, nullable=False),
    Column("since", Instant, nullable=False),
    Column("by", Text, nullable=False),
)

message_marks = Table(
    "message_marks",
    metadata,
    Column("mention_id", ForeignKey("mentions.id"), primary_key=True),
    Column("mark", String(10), primary_key=True, comment="hidden or reported"),
    Column("ground", String(20), nullable=False),
    Column("words", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

author_mutes = Table(
    "author_mutes",
    metadata,
    Column("author_id", ForeignKey("authors.id"), primary_key=True),
    Column("ground", String(20), nullable=False),
    Column("words", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
