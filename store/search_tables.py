"""What the queue is searched and filtered by. The first two tables are kept by triggers of the database alone.

So no code can forget them: when words are redacted or deleted, they leave the index in the same transaction.
"""

from sqlalchemy import Boolean, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import TSVECTOR

from store.columns import Instant, Serial
from store.tables import metadata

INDEX_OF_WORDS = "message_words_fts"
"""SQLite's full-text table beside `message_words`; PostgreSQL has a GIN index instead."""
MADE_BY_MIGRATION = "message_words_"
"""How names of tables and indexes begin that only one of the two databases has: no part of the one schema."""

message_words = Table(
    "message_words",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("mention_id", String(40), nullable=False, unique=True),
    Column("case_id", Serial, nullable=False),
    Column("words", Text().with_variant(TSVECTOR(), "postgresql"), nullable=False),
    sqlite_autoincrement=True,
)

case_facets = Table(
    "case_facets",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("kind", String(10), primary_key=True, comment="tag, or lang of one of its messages"),
    Column("value", Text, primary_key=True),
    Index("ix_case_facets_value", "kind", "value", "case_id"),
)

saved_views = Table(
    "saved_views",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("name", String(40), nullable=False),
    Column("query", Text, nullable=False, comment="View, filters, words and order, as in the address of the queue"),
    Column("created_at", Instant, nullable=False),
    Column("is_shared", Boolean, nullable=False, default=False),
    UniqueConstraint("user_id", "name"),
    Index("ix_saved_views_shared", "is_shared"),
    sqlite_autoincrement=True,
)


def is_of_schema(name: str | None, _type: str, _parents: object) -> bool:
    """For Alembic's comparison of a database with the tables of the code."""
    return name is None or not name.startswith(MADE_BY_MIGRATION)
