"""Lodged files: nothing here is ever changed."""

from sqlalchemy import Column, Integer, String, Table, Text

from store.columns import Instant, Serial
from store.tables import metadata

lodgements = Table(
    "lodgements",
    metadata,
    Column("period", String(6), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("rows", Integer, nullable=False),
    Column("sha256", String(64), comment="Null for a nil submission, as are the two after it"),
    Column("profile", Text),
    Column("profile_digest", String(64)),
    Column("head_seq", Serial, nullable=False),
    Column("head_digest", String(64), nullable=False),
    Column("person", Text, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", Text, nullable=False),
)
