"""Tables of the firm's list of customers, and of what its CRM said of an author."""

from sqlalchemy import Column, Float, ForeignKey, Index, String, Table, Text, text

from store.columns import Instant, Serial
from store.tables import metadata

STANDS = "ended_at IS NULL"

vips = Table(
    "vips",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column(
        "form_key", String(80), nullable=False, unique=True, comment="The same form, or line of a file, counts once"
    ),
    Column("channel", String(40), nullable=False),
    Column("handle", Text, nullable=False, comment="In small letters, without @; or the platform's own id"),
    Column("reference", Text, nullable=False, comment="Number of the customer at the firm, where it is given"),
    Column("band", String(20), nullable=False),
    Column("reason", Text, nullable=False),
    Column("policy", String(80), nullable=False, comment="Name and version that the band is of"),
    Column("added_by", Text, nullable=False),
    Column("added_at", Instant, nullable=False),
    Column("until", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Text),
    Index("ix_vips_one", "channel", "handle", unique=True, sqlite_where=text(STANDS), postgresql_where=text(STANDS)),
    Index("ix_vips_until", "until", sqlite_where=text(STANDS), postgresql_where=text(STANDS)),
    sqlite_autoincrement=True,
)

crm_answers = Table(
    "crm_answers",
    metadata,
    Column("author_id", ForeignKey("authors.id"), primary_key=True),
    Column("band", String(20), comment="None: the author is not known there, or not worth one"),
    Column("value", Float),
    Column("asked_at", Instant, nullable=False),
    Column("good_until", Instant, nullable=False, comment="Asked again after it"),
    Column("fault", String(60), comment="Sort of error, where it did not answer"),
    Index("ix_crm_answers_until", "good_until"),
)
