"""What came in by hour and topic, spikes in it, and crises with their log."""

from sqlalchemy import BigInteger, Column, Float, ForeignKey, Index, Integer, String, Table, Text, text

from store.columns import Instant, Json, Serial
from store.tables import metadata

RUNS = "state = 'running'"
IS_OPEN = "ended_at IS NULL"

topic_hours = Table(
    "topic_hours",
    metadata,
    Column("hour", Instant, primary_key=True, comment="Its beginning; in it the messages were written"),
    Column("topic", String(80), primary_key=True),
    Column("channel", String(40), primary_key=True),
    Column("people", Integer, nullable=False, comment="Each author once an hour"),
    Column("weight", Float, nullable=False, comment="The same people, by reach"),
)

topic_posts = Table(
    "topic_posts",
    metadata,
    Column("mention_id", ForeignKey("mentions.id"), primary_key=True),
    Column("topic", String(80), primary_key=True),
    Column("channel", String(40), nullable=False),
    Column("hour", Instant, nullable=False),
    Column("author_id", String(40)),
    Column("weight", Float, nullable=False),
    Index("ix_topic_posts_hour", "hour", "topic", "channel"),
)

spike_looks = Table(
    "spike_looks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("looked_at", Instant, nullable=False),
    Column("last_event", BigInteger, nullable=False, comment="Up to which messages were counted"),
)

spikes = Table(
    "spikes",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("topic", String(80), nullable=False),
    Column("channel", String(40), nullable=False, comment="Or * for all of them"),
    Column("found_at", Instant, nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("numbers", Json, nullable=False, comment="When it was found: people, usual, chance, threshold, policy"),
    Column("examples", Json, nullable=False, comment="Message ids"),
    Column("quiet_since", Instant),
    Column("ended_at", Instant),
    Index(
        "ix_spikes_open",
        "topic",
        "channel",
        unique=True,
        sqlite_where=text(IS_OPEN),
        postgresql_where=text(IS_OPEN),
    ),
    Index("ix_spikes_found", "found_at"),
    sqlite_autoincrement=True,
)

spike_posts = Table(
    "spike_posts",
    metadata,
    Column("spike_id", ForeignKey("spikes.id"), primary_key=True),
    Column("mention_id", ForeignKey("mentions.id"), primary_key=True),
)

crises = Table(
    "crises",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("form_key", String(32), nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("topics", Json, nullable=False, comment="Empty: all"),
    Column("channels", Json, nullable=False),
    Column("languages", Json, nullable=False),
    Column("scope", String(64), nullable=False, comment="Digest: one scope is in one crisis at a time"),
    Column("spike_id", ForeignKey("spikes.id")),
    Column("owner_id", ForeignKey("users.id"), nullable=False),
    Column("owner", Text, nullable=False),
    Column("declared_by", Text, nullable=False),
    Column("declared_at", Instant, nullable=False),
    Column("policy", String(60), nullable=False),
    Column("statement", Json, nullable=False, comment="Language to text"),
    Column("statement_by_id", ForeignKey("users.id")),
    Column("statement_by", Text),
    Column("statement_at", Instant),
    Column("approved_by", Text),
    Column("approved_at", Instant),
    Column("state", String(10), nullable=False, comment="running or lifted"),
    Column("lifted_by", Text),
    Column("lifted_at", Instant),
    Column("lessons", Text),
    Column("version", Integer, nullable=False),
    Index(
        "ix_crises_running",
        "scope",
        unique=True,
        sqlite_where=text(RUNS),
        postgresql_where=text(RUNS),
    ),
    sqlite_autoincrement=True,
)

crisis_notes = Table(
    "crisis_notes",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("crisis_id", ForeignKey("crises.id"), nullable=False),
    Column("key", String(120), nullable=False, unique=True),
    Column("at", Instant, nullable=False),
    Column("by", Text, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("text", Text, nullable=False),
    Column("case_id", ForeignKey("cases.id")),
    Index("ix_crisis_notes_crisis", "crisis_id", "at"),
    sqlite_autoincrement=True,
)
