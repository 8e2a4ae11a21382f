"""Tables of surveys after a solution, their ratings, and links to a customer's own page."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, text

from store.columns import Instant, Serial
from store.tables import metadata

surveys = Table(
    "surveys",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True, autoincrement=False),
    Column("state", String(12), nullable=False, comment="waiting, queued, asked or not_asked"),
    Column("solved_at", Instant, nullable=False),
    Column("look_at", Instant, comment="When it is looked at next; null: never again"),
    Column("why_not", String(40), comment="Why nobody was asked"),
    Column("policy", String(60), comment="Rules it was decided under"),
    Column("author_id", String(40), comment="Who is asked"),
    Column("channel", String(40)),
    Column("handled_by", Text, comment="Whose answer was the last; else the owner"),
    Column("scale", Integer),
    Column("target", Integer),
    Column("queued_at", Instant),
    Column("asked_at", Instant, comment="When it was sent"),
    Column("score", Integer),
    Column("via", String(10), comment="link or message"),
    Column("rated_at", Instant, comment="First"),
    Column("changed_at", Instant, comment="Last"),
    Column("changes", Integer, nullable=False, server_default=text("0")),
    Column("rating_key", String(80), comment="Of the form or message that rated last"),
    Column("comment_id", ForeignKey("mentions.id"), comment="The message that holds the comment"),
    Column("reviewed_by", Text, comment="Who looked at a low score"),
    Column("reviewed_at", Instant),
    Column("review_note", Text),
    Index(
        "ix_surveys_due",
        "look_at",
        sqlite_where=text("look_at IS NOT NULL"),
        postgresql_where=text("look_at IS NOT NULL"),
    ),
    Index("ix_surveys_asked", "asked_at"),
    Index("ix_surveys_author", "author_id", "asked_at"),
)

public_links = Table(
    "public_links",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("public_id", String(16), nullable=False, unique=True, comment="By chance; its signature is kept nowhere"),
    Column("key", String(120), nullable=False, unique=True, comment="Of the effect that carries it"),
    Column("purpose", String(10), nullable=False, comment="rate or status"),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("hour_since", Instant, comment="Since when answers are counted"),
    Column("answers", Integer, nullable=False, server_default=text("0"), comment="In that hour"),
    Index("ix_public_links_case", "case_id"),
    sqlite_autoincrement=True,
)
