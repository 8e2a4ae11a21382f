"""Tables of channels and desks: what is pushed to us, what becomes of messages, limits, gaps, standings, keys."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.columns import Instant, Json, Serial
from store.tables import metadata

pushes = Table(
    "pushes",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("receiver", String(40), nullable=False),
    Column("delivery_id", String(200), nullable=False, comment="The platform's own, else the digest of the body"),
    Column("received_at", Instant, nullable=False),
    Column("body", LargeBinary, comment="As it came; none once it is read"),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("fault", Text),
    Column("next_at", Instant, comment="When it may be asked about again; none: at once"),
    UniqueConstraint("receiver", "delivery_id"),
    Index(
        "ix_pushes_waiting",
        "receiver",
        "id",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    Index("ix_pushes_received", "received_at"),
    Index(
        "ix_pushes_failed",
        "id",
        sqlite_where=text("state = 'failed'"),
        postgresql_where=text("state = 'failed'"),
    ),
    sqlite_autoincrement=True,
)

bystanders = Table(
    "bystanders",
    metadata,
    Column("id", String(40), primary_key=True, comment="As a mention's id"),
    Column("channel", String(40), nullable=False),
    Column("account", Text, nullable=False),
    Column("native_id", Text, nullable=False),
    Column("conversation_key", Text, nullable=False),
    Column("in_reply_to", Text),
    Column("is_ours", Boolean, nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("captured_at", Instant, nullable=False),
    Column("url", Text),
    Column("author", Json, comment="Facts as known when it was read"),
    Index("ix_bystanders_conversation", "conversation_key", "created_at"),
)

mention_versions = Table(
    "mention_versions",
    metadata,
    Column("mention_id", ForeignKey("mentions.id"), primary_key=True),
    Column("version", String(200), primary_key=True, comment="The platform's own name of the wording"),
    Column("text", Text, nullable=False),
    Column("edited_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("verdict", Json, comment="What was said of this wording, once another took its place"),
)

early_deletions = Table(
    "early_deletions",
    metadata,
    Column("mention_id", String(40), primary_key=True, comment="Of a message that has not come yet"),
    Column("at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
)

reposts = Table(
    "reposts",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("native_id", Text, primary_key=True, comment="Of the message shown again"),
    Column("author_key", String(40), primary_key=True),
    Column("at", Instant, nullable=False),
)

account_states = Table(
    "account_states",
    metadata,
    Column("author_key", String(40), primary_key=True),
    Column("state", String(20), nullable=False),
    Column("at", Instant, nullable=False),
)

rechecks = Table(
    "rechecks",
    metadata,
    Column("mention_id", ForeignKey("mentions.id"), primary_key=True),
    Column("checked_at", Instant, nullable=False),
    Column("presence", String(20), nullable=False),
    Column("shares", BigInteger, comment="Reposts and quotes when they were last told"),
)

rate_limits = Table(
    "rate_limits",
    metadata,
    Column("credential", String(120), primary_key=True),
    Column("endpoint", String(120), primary_key=True),
    Column("remaining", Float, nullable=False),
    Column("resets_at", Instant, nullable=False),
    Column("told_at", Instant, nullable=False),
)

spending = Table(
    "spending",
    metadata,
    Column("credential", String(120), primary_key=True),
    Column("endpoint", String(120), primary_key=True),
    Column("day", String(10), primary_key=True, comment="UTC"),
    Column("calls", Integer, nullable=False),
    Column("millionths", BigInteger, nullable=False, comment="Of the currency of the prices"),
)

credentials = Table(
    "credentials",
    metadata,
    Column("name", String(40), primary_key=True, comment="Of the connector"),
    Column("account", Text, nullable=False),
    Column("valid_until", Instant),
    Column("scopes", Json, nullable=False),
    Column("missing", Json, nullable=False),
    Column("shown_in_week", Integer, comment="Messages of seven days by the platform's count"),
    Column("held_of_week", Integer, comment="By ours, at the same time"),
    Column("probed_at", Instant, nullable=False),
    Column("connected_since", Instant, nullable=False),
)

channel_gaps = Table(
    "channel_gaps",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("source", String(40), nullable=False),
    Column("began_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("cause", Text, nullable=False),
    Column("outcome", String(20), nullable=False, comment="open, back-filled or lost"),
    Index("ix_channel_gaps_source", "source", "began_at"),
    sqlite_autoincrement=True,
)

silences = Table(
    "silences",
    metadata,
    Column("channel", String(40), primary_key=True),
    Column("checked_at", Instant, nullable=False),
    Column("since", Instant, comment="The last message"),
    Column("expected", Float, comment="Messages that should have come since; none: too little is known"),
    Column("probability", Float),
    Column("is_alarm", Boolean, nullable=False),
    Column("alarm_at", Instant, comment="When it will be one, if nothing comes"),
)

ticket_standings = Table(
    "ticket_standings",
    metadata,
    Column("sink", String(40), primary_key=True),
    Column("reference", String(200), primary_key=True),
    Column("external_id", Text),
    Column("status", String(20), nullable=False),
    Column("status_name", Text, nullable=False),
    Column("assignee", Text),
    Column("changed_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Index("ix_ticket_standings_external", "external_id"),
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False),
    Column("digest", String(64), nullable=False, unique=True, comment="SHA-256; the key itself is shown once"),
    Column("scopes", Json, nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("revoked_at", Instant),
    Column("last_used_at", Instant),
    Column("expires_at", Instant, comment="None: until it is revoked"),
    sqlite_autoincrement=True,
)

local_changes = Table(
    "local_changes",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("external_id", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("changed_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)
