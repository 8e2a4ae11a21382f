"""Tables of people who work on one case: who is there, drafts, who was called, which cases belong together."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table, Text, UniqueConstraint, text

from store.columns import Instant, Serial
from store.tables import metadata

presences = Table(
    "presences",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("page", String(32), primary_key=True, comment="One opened page; a person may have several"),
    Column("came_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("wrote_at", Instant),
)

drafts = Table(
    "drafts",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("mention_id", String(40), primary_key=True, comment="What is answered; empty for a note"),
    Column("text", Text, nullable=False),
    Column("is_private", Boolean, nullable=False),
    Column("form_key", String(32), nullable=False, comment="Of the form it is typed into"),
    Column("step", BigInteger, nullable=False, comment="Grows in one form: an older text never replaces a newer one"),
    Column("saved_at", Instant, nullable=False),
    Column("is_shared", Boolean, nullable=False, default=False),
    Index("ix_drafts_saved", "saved_at"),
)

callouts = Table(
    "callouts",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", String(120), nullable=False, comment="Of the event that called"),
    Column("user_id", ForeignKey("users.id"), nullable=False, comment="Who is called"),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("by", String(80), nullable=False),
    Column("at", Instant, nullable=False),
    Column("opened_at", Instant),
    UniqueConstraint("key", "user_id"),
    Index(
        "ix_callouts_waiting",
        "user_id",
        "case_id",
        sqlite_where=text("opened_at IS NULL"),
        postgresql_where=text("opened_at IS NULL"),
    ),
    sqlite_autoincrement=True,
)

case_links = Table(
    "case_links",
    metadata,
    Column("low_id", ForeignKey("cases.id"), primary_key=True, comment="The smaller number of the two"),
    Column("high_id", ForeignKey("cases.id"), primary_key=True),
    Column("linked_by", String(80), nullable=False),
    Column("linked_at", Instant, nullable=False),
    Index("ix_case_links_high", "high_id"),
)
