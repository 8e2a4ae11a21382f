"""Weekly random samples of what was judged no complaint, and what people said of each message in them."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from store.columns import Instant, Json, Serial
from store.tables import metadata

review_weeks = Table(
    "review_weeks",
    metadata,
    Column("week", String(8), primary_key=True, comment="ISO week, e.g. 2026-W23; the seed of its sample"),
    Column("since", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("drawn_at", Instant, nullable=False),
    Column("strata", Json, nullable=False, comment="Label, channel, messages there, messages drawn"),
)

review_items = Table(
    "review_items",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("week", ForeignKey("review_weeks.week"), nullable=False),
    Column("mention_id", ForeignKey("mentions.id"), nullable=False),
    Column("label", String(20), nullable=False, comment="As judged when it was drawn"),
    Column("channel", String(40), nullable=False),
    Column("place", Integer, nullable=False, comment="Order of the draw: reviewing in it keeps every part a sample"),
    Column("verdict", String(20), comment="A label, from the reviewer; null until then"),
    Column("person", Text),
    Column("given_at", Instant),
    UniqueConstraint("week", "mention_id"),
    Index("ix_review_items_mention", "mention_id"),
    sqlite_autoincrement=True,
)
