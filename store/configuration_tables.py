"""What the program was set to, and since when: added to, never changed."""

from sqlalchemy import Column, Index, Integer, String, Table, Text, text

from store.columns import Instant, Serial
from store.tables import events, metadata

CHANGES_BY_PEOPLE = (
    "kind IN ('saved_reply_changed', 'macro_changed', 'classifier_promoted', 'classifier_rolled_back', "
    "'classifier_shadowed')"
)
"""Events that say what a person set; word for word in the index, or SQLite does not use it."""

configuration_log = Table(
    "configuration_log",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("part", String(40), nullable=False),
    Column("name", String(200), nullable=False),
    Column("number", Integer, nullable=False, comment="Counts the changes of this one thing"),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False, comment="A person, or what was started with it"),
    Column("before", Text),
    Column("after", Text, comment="A secret is only said to be set, with a keyed hash"),
    # Two processes that find the same difference at the same moment write one row.
    Index("ux_configuration_log_number", "part", "name", "number", unique=True),
    Index("ix_configuration_log_at", "at"),
    sqlite_autoincrement=True,
)

Index(
    "ix_events_configuration",
    events.c.at,
    sqlite_where=text(CHANGES_BY_PEOPLE),
    postgresql_where=text(CHANGES_BY_PEOPLE),
)
