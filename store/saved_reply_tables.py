"""Saved replies with every wording they had, and macros."""

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table, Text

from store.columns import Instant, Json
from store.tables import metadata

saved_replies = Table(
    "saved_replies",
    metadata,
    Column("key", String(60), primary_key=True),
    Column("title", Text, nullable=False),
    Column("labels", Json, nullable=False),
    Column("tags", Json, nullable=False),
    Column("texts", Json, nullable=False, comment="Language, text"),
    Column("audience", String(10), nullable=False, comment="either, public or private"),
    Column("valid_from", Date),
    Column("valid_until", Date, comment="The last day on which it is offered"),
    Column("retired_at", Instant),
    Column("version", Integer, nullable=False, comment="Raised by every change of a person"),
    Column("uses", Integer, nullable=False, comment="Replies that were sent with it"),
    Column("used_at", Instant),
)

saved_reply_versions = Table(
    "saved_reply_versions",
    metadata,
    Column("key", ForeignKey("saved_replies.key"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("act", String(20), nullable=False, comment="added, edited, retired or restored"),
    Column("content", Json, nullable=False, comment="As it stood after the act"),
    Column("person", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

macros = Table(
    "macros",
    metadata,
    Column("key", String(60), primary_key=True),
    Column("name", Text, nullable=False),
    Column("acts", Json, nullable=False, comment="Kind and value of each, in order"),
    Column("retired_at", Instant),
    Column("version", Integer, nullable=False),
    Column("runs", Integer, nullable=False),
)
