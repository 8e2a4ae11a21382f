"""Tables of trust: who looked at whose data, and who asked that theirs be erased."""

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text

from store.columns import Instant, Json, Serial
from store.tables import metadata

REFUSE_CHANGES = "rows of access_log are added and never changed"

access_log = Table(
    "access_log",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", String(64), nullable=False, unique=True, comment="Digest of who, what and which hour"),
    Column("at", Instant, nullable=False, comment="The first time within the hour"),
    Column("person", Text, nullable=False, comment="Name at that time; on the command line that of the system's user"),
    Column("role", String(20), nullable=False),
    Column("act", String(20), nullable=False),
    Column("thing", String(40), nullable=False),
    Column("subject", String(80), nullable=False, comment="Number or id; empty for lists and exports"),
    Column("facts", Json, nullable=False, comment="Filter, rows, digest of what was searched for; no words of anybody"),
    Index("ix_access_log_at", "at"),
    Index("ix_access_log_subject", "thing", "subject", "at"),
    Index("ix_access_log_person", "person", "at"),
    sqlite_autoincrement=True,
)

erasures = Table(
    "erasures",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("state", String(20), nullable=False),
    Column("reason", Text, nullable=False, comment="Number of the request; no name of the person"),
    Column("policy", Text, nullable=False, comment="Name and version of the retention pack"),
    Column("author_key", String(40), comment="Whose; none once nothing of theirs is left to look at"),
    Column("salt", String(32), nullable=False),
    Column("person_digest", String(64), nullable=False, comment="Of the author's key with the salt"),
    Column("asked_by_id", ForeignKey("users.id"), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("agreed_by", Text),
    Column("agreed_at", Instant),
    Column("ended_by", Text),
    Column("ended_at", Instant),
    Column("messages", Integer, nullable=False, server_default="0", comment="How many lost their words so far"),
    Column("left_over", Json, comment="Why how many messages are still there"),
    Column("look_at", Instant, comment="When what is left is looked at again"),
    Index("ix_erasures_look", "look_at"),
    sqlite_autoincrement=True,
)

erased_messages = Table(
    "erased_messages",
    metadata,
    Column("mention_id", String(40), primary_key=True, comment="As a mention's id; it may come again"),
    Column("erasure_id", ForeignKey("erasures.id"), nullable=False),
    Column("erased_at", Instant, nullable=False),
)
