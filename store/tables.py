"""The one schema, on SQLite and on PostgreSQL. Migrations live in `store/migrations`."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from store.columns import Instant, Json, Serial


def _where(condition: str) -> dict[str, Any]:
    """Of an index that holds only the rows that fulfil it."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

authors = Table(
    "authors",
    metadata,
    Column("id", String(40), primary_key=True, comment="Derived from channel and native id"),
    Column("channel", String(40), nullable=False),
    Column("native_id", Text, nullable=False),
    Column("handle", Text),
    UniqueConstraint("channel", "native_id"),
)

author_snapshots = Table(
    "author_snapshots",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("author_id", ForeignKey("authors.id"), nullable=False),
    Column("captured_at", Instant, nullable=False),
    Column("digest", String(64), nullable=False, comment="Of the facts: the same facts are kept once"),
    Column("facts", Json, nullable=False),
    UniqueConstraint("author_id", "digest"),
    sqlite_autoincrement=True,
)

author_histories = Table(
    "author_histories",
    metadata,
    Column("author_id", ForeignKey("authors.id"), primary_key=True),
    Column("captured_at", Instant, nullable=False),
    Column("posts", Json, nullable=False, comment="Seven days, as the platform showed them; oldest first"),
)

WORKED_BY = (
    *("state", "score", "tier", "label", "owner", "is_complaint", "needs_person", "next_due_at", "channel"),
    *("priority", "team", "audience", "last_message_at", "updated_at"),
)
"""Everything that the queue counts and filters by, so that no case itself is read for that."""

cases = Table(
    "cases",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("conversation_key", Text, nullable=False, unique=True),
    Column("channel", String(40), nullable=False),
    Column("account", Text, nullable=False),
    Column("author_id", ForeignKey("authors.id")),
    Column("state", String(20), nullable=False),
    Column("received_at", Instant, nullable=False, comment="When the earliest message was said"),
    Column("last_message_at", Instant, nullable=False),
    Column("mention_count", Integer, nullable=False, default=0),
    Column("label", String(20), nullable=False),
    Column("tier", Integer, nullable=False),
    Column("priority", String(10), nullable=False),
    Column("priority_rank", Integer, nullable=False),
    Column("team", String(40), nullable=False),
    Column("owner", Text),
    Column("score", Float, nullable=False),
    Column("needs_person", Boolean, nullable=False),
    Column("is_complaint", Boolean, nullable=False),
    Column("complaint_id", String(40), unique=True),
    Column("complaint_received_at", Instant),
    Column("next_due_at", Instant),
    Column("decision", Json, nullable=False),
    Column("by_hand", Json, comment="What a person set in place of what rules worked out"),
    Column("custom_fields", Json, comment="Key to value, as the house pack names them"),
    Column("audience", String(10), nullable=False, default="public", comment="private where one of its messages is"),
    Column("reach", Float, nullable=False, default=-1.0, comment="Highest of its messages; -1 where none was told"),
    Column("version", Integer, nullable=False, default=1, comment="Raised by every change: a stale form is refused"),
    Column("updated_at", Instant, nullable=False),
    Index("ix_cases_work", *WORKED_BY),
    Index("ix_cases_tier", "tier", "score", "last_message_at", "next_due_at"),
    Index("ix_cases_score", "score"),
    Index("ix_cases_last", "last_message_at"),
    Index("ix_cases_due", "next_due_at"),
    Index("ix_cases_reach", "reach"),
    Index("ix_cases_author", "author_id"),
    sqlite_autoincrement=True,
)

mentions = Table(
    "mentions",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("channel", String(40), nullable=False),
    Column("account", Text, nullable=False),
    Column("native_id", Text, nullable=False),
    Column("kind", String(20), nullable=False),
    Column("text", Text, nullable=False),
    Column("lang", String(20)),
    Column("created_at", Instant, nullable=False),
    Column("created_at_assumed", Boolean, nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("on_owned_channel", Boolean),
    Column("conversation_id", Text, nullable=False),
    Column("conversation_key", Text, nullable=False),
    Column("in_reply_to", Text),
    Column("url", Text),
    Column("author_id", ForeignKey("authors.id")),
    Column("snapshot_id", ForeignKey("author_snapshots.id"), comment="Author facts as known when it arrived"),
    Column("words_digest", String(64), nullable=False),
    Column("duplicate_of", String(40)),
    Column("raw", Json, nullable=False),
    Column("shares", BigInteger, comment="Reposts and quotes when it was fetched; empty where unknown"),
    Column("arrival", Serial, nullable=False, comment="Order of arrival"),
    Column("lane", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0, comment="Raised before the work of the present state"),
    Column("lease_until", Instant),
    Column("leased_by", String(80)),
    Column("fault", Text, comment="Why it is quarantined"),
    Column("case_id", ForeignKey("cases.id")),
    Column("decision", Json, comment="What triage said about this one message"),
    UniqueConstraint("channel", "account", "native_id"),
    Index("ix_mentions_waiting", "state", "arrival", **_where("state IN ('received', 'classified')")),
    Index("ix_mentions_lane", "lane", "state", "arrival", **_where("state IN ('received', 'classified')")),
    Index("ix_mentions_case", "case_id", "created_at"),
    Index("ix_mentions_author", "author_id", "created_at"),
    Index("ix_mentions_conversation", "conversation_key"),
    Index("ix_mentions_state", "state", "arrival"),
    Index("ix_mentions_created", "created_at", "id"),
    Index(
        "ix_mentions_duplicate",
        "duplicate_of",
        sqlite_where=text("duplicate_of IS NOT NULL"),
        postgresql_where=text("duplicate_of IS NOT NULL"),
    ),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("mention_id", ForeignKey("mentions.id"), primary_key=True),
    Column("classifier", String(40), primary_key=True),
    Column("judged_at", Instant, nullable=False),
    Column("verdict", Json, nullable=False),
    Index("ix_verdicts_classifier", "classifier", "judged_at"),
)

classifier_changes = Table(
    "classifier_changes",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("kind", String(20), nullable=False),
    Column("version", String(40), nullable=False),
    Column("digest", String(64), nullable=False, comment="SHA-256 of its manifest"),
    Column("person", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

shadow_verdicts = Table(
    "shadow_verdicts",
    metadata,
    Column("mention_id", ForeignKey("mentions.id"), primary_key=True),
    Column("classifier", String(40), primary_key=True),
    Column("judged_at", Instant, nullable=False),
    Column("label", String(20), nullable=False),
    Column("decision", String(20), nullable=False, comment="Or `failed`: it gave no answer and is not asked again"),
    Column("complaint_score", Float, nullable=False),
    Index("ix_shadow_verdicts_classifier", "classifier", "judged_at"),
)

shadow_runs = Table(
    "shadow_runs",
    metadata,
    Column("change_id", ForeignKey("classifier_changes.id"), primary_key=True, autoincrement=False),
    Column("loads_begun", Integer, nullable=False, default=0, comment="Raised before loading, which may kill a worker"),
    Column("loads_ended", Integer, nullable=False, default=0),
    Column("last_error", Text),
    Column("last_error_at", Instant),
)

drift_looks = Table(
    "drift_looks",
    metadata,
    Column("classifier", String(40), primary_key=True),
    Column("looked_at", Instant, nullable=False),
    Column("level", String(10), nullable=False),
    Column("report", Json, nullable=False),
)

labels = Table(
    "labels",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("mention_id", ForeignKey("mentions.id"), nullable=False),
    Column("label", String(20), nullable=False),
    Column("person", Text, nullable=False),
    Column("given_at", Instant, nullable=False),
    Index("ix_labels_mention", "mention_id", "id"),
    sqlite_autoincrement=True,
)

events = Table(
    "events",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("kind", String(40), nullable=False),
    Column("at", Instant, nullable=False),
    Column("recorded_at", Instant, nullable=False),
    Column("actor_kind", String(20), nullable=False),
    Column("actor", Text, nullable=False),
    Column("case_id", ForeignKey("cases.id")),
    Column("mention_id", ForeignKey("mentions.id")),
    Column("facts", Json, nullable=False),
    Index("ix_events_case", "case_id", "at"),
    Index("ix_events_triaged", "mention_id", "at", **_where("kind = 'triaged'")),
    sqlite_autoincrement=True,
)

clocks = Table(
    "clocks",
    metadata,
    Column("case_id", ForeignKey("cases.id"), primary_key=True),
    Column("key", String(40), primary_key=True),
    Column("due_at", Instant, nullable=False),
    Column("force", String(20), nullable=False),
    Column("paragraph", Text, nullable=False),
    Column("met_at", Instant),
    Column("warned_at", Instant, comment="When tick said it is due soon"),
    Column("missed_at", Instant, comment="When tick said it was missed"),
    Index(
        "ix_clocks_running",
        "due_at",
        sqlite_where=text("met_at IS NULL AND missed_at IS NULL"),
        postgresql_where=text("met_at IS NULL AND missed_at IS NULL"),
    ),
)

register_entries = Table(
    "register_entries",
    metadata,
    Column("seq", Serial, primary_key=True, autoincrement=False),
    Column("complaint_id", String(40), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("recorded_at", Text, nullable=False, comment="ISO 8601, UTC, exactly as hashed"),
    Column("facts", Text, nullable=False, comment="Canonical JSON, exactly as hashed"),
    Column("personal", Text, comment="Canonical JSON, exactly as hashed; null once redacted"),
    Column("salt", String(64)),
    Column("personal_digest", String(64), nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False, unique=True),
    Index("ix_register_entries_complaint", "complaint_id", "seq"),
)

register_head = Table(
    "register_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seq", Serial, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("complaints", Serial, nullable=False, comment="Complaint ids given out so far; never goes back"),
)

outbox = Table(
    "outbox",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("effect", String(20), nullable=False),
    Column("sink", String(40), nullable=False),
    Column("key", Text, nullable=False, comment="Idempotency key, the same on every try"),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("mention_id", ForeignKey("mentions.id")),
    Column("payload", Json, nullable=False),
    Column("state", String(20), nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_at", Instant, nullable=False),
    Column("lease_until", Instant),
    Column("leased_by", String(80)),
    Column("created_at", Instant, nullable=False),
    Column("updated_at", Instant, nullable=False),
    Column("error", Text),
    Column("lane", String(20), nullable=False, server_default="push", comment="Which lane it goes out in"),
    UniqueConstraint("sink", "key"),
    Index("ix_outbox_waiting", "next_at", **_where("state IN ('pending', 'sending', 'unknown')")),
    Index("ix_outbox_lane", "lane", "next_at", **_where("state IN ('pending', 'sending', 'unknown')")),
    Index("ix_outbox_case", "case_id"),
    Index("ix_outbox_mention", "mention_id"),
    Index("ix_outbox_state", "state", "effect"),
    sqlite_autoincrement=True,
)

attempts = Table(
    "attempts",
    metadata,
    Column("outbox_id", ForeignKey("outbox.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("started_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("outcome", String(20)),
    Column("error", Text),
    Column("worker", String(80), nullable=False),
)

receipts = Table(
    "receipts",
    metadata,
    Column("outbox_id", ForeignKey("outbox.id"), primary_key=True),
    Column("reference", Text, nullable=False),
    Column("url", Text),
    Column("found", Boolean, nullable=False, comment="An earlier try had taken effect and was found by looking it up"),
    Column("reached_author", Boolean, nullable=False, comment="False where an answer was only recorded here"),
    Column("received_at", Instant, nullable=False),
)

connections = Table(
    "connections",
    metadata,
    Column("name", String(120), primary_key=True),
    Column("cursor", Text, comment="Opaque, owned by the source; saved with the mentions it stands for"),
    Column("last_success_at", Instant),
    Column("last_message_at", Instant),
    Column("last_error", Text),
    Column("last_error_at", Instant),
    Column("paused_until", Instant, comment="Set when access is refused: nothing is tried before"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("source", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("digest", String(64), nullable=False),
    Column("parked_at", Instant, nullable=False),
    UniqueConstraint("source", "digest"),
    sqlite_autoincrement=True,
)

local_tickets = Table(
    "local_tickets",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("external_id", Text, nullable=False, unique=True),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("priority", String(10), nullable=False),
    Column("team", String(40), nullable=False),
    Column("tags", Json, nullable=False),
    Column("status", String(20), nullable=False, server_default="new"),
    Column("due_at", Instant),
    Column("created_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

local_comments = Table(
    "local_comments",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("external_id", Text, nullable=False),
    Column("key", Text, nullable=False, unique=True),
    Column("body", Text, nullable=False),
    Column("created_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

local_replies = Table(
    "local_replies",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True),
    Column("mention_id", ForeignKey("mentions.id"), nullable=False),
    Column("text", Text, nullable=False),
    Column("is_private", Boolean, nullable=False),
    Column("created_at", Instant, nullable=False),
    sqlite_autoincrement=True,
)

users = Table(
    "users",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("name", String(80), nullable=False, unique=True),
    Column("role", String(20), nullable=False),
    Column("password_hash", Text, comment="argon2; null until the person has chosen one"),
    Column("created_at", Instant, nullable=False),
    Column("disabled_at", Instant),
    Column("failed_logins", Integer, nullable=False, default=0),
    Column("locked_until", Instant),
    sqlite_autoincrement=True,
)

invitations = Table(
    "invitations",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the one-time token"),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("expires_at", Instant, nullable=False),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the cookie's token"),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("form_token", String(64), nullable=False, comment="Against cross-site request forgery"),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("seen_at", Instant, comment="Within five minutes; what pages ask for by themselves does not count"),
    Column("browser", String(60), nullable=False, server_default="", comment="Family and system; no address"),
    Column("stage", String(10), nullable=False, server_default="open"),
    Column("way", String(24), nullable=False, server_default="password"),
)
