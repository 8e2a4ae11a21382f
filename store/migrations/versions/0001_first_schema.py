"""The first schema."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "authors",
        sa.Column("id", sa.String(length=40), nullable=False, comment="Derived from channel and native id"),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("handle", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_authors")),
        sa.UniqueConstraint("channel", "native_id", name=op.f("uq_authors_channel_native_id")),
    )
    op.create_table(
        "connections",
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column(
            "cursor",
            sa.Text(),
            nullable=True,
            comment="Opaque, owned by the source; saved with the mentions it stands for",
        ),
        sa.Column("last_success_at", Instant(), nullable=True),
        sa.Column("last_message_at", Instant(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", Instant(), nullable=True),
        sa.Column(
            "paused_until", Instant(), nullable=True, comment="Set when access is refused: nothing is tried before"
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_connections")),
    )
    op.create_table(
        "local_comments",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_comments")),
        sa.UniqueConstraint("key", name=op.f("uq_local_comments_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "local_tickets",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_tickets")),
        sa.UniqueConstraint("external_id", name=op.f("uq_local_tickets_external_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "quarantine",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("parked_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quarantine")),
        sa.UniqueConstraint("source", "digest", name=op.f("uq_quarantine_source_digest")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "register_entries",
        sa.Column("seq", Serial, autoincrement=False, nullable=False),
        sa.Column("complaint_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("recorded_at", sa.Text(), nullable=False, comment="ISO 8601, UTC, exactly as hashed"),
        sa.Column("facts", sa.Text(), nullable=False, comment="Canonical JSON, exactly as hashed"),
        sa.Column(
            "personal", sa.Text(), nullable=True, comment="Canonical JSON, exactly as hashed; null once redacted"
        ),
        sa.Column("salt", sa.String(length=64), nullable=True),
        sa.Column("personal_digest", sa.String(length=64), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_register_entries")),
        sa.UniqueConstraint("digest", name=op.f("uq_register_entries_digest")),
    )
    op.create_index("ix_register_entries_complaint", "register_entries", ["complaint_id", "seq"], unique=False)
    op.create_table(
        "register_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", Serial, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("complaints", Serial, nullable=False, comment="Complaint ids given out so far; never goes back"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_register_head")),
    )
    op.create_table(
        "users",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True, comment="argon2; null until the person has chosen one"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("disabled_at", Instant(), nullable=True),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("locked_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("name", name=op.f("uq_users_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "author_histories",
        sa.Column("author_id", sa.String(length=40), nullable=False),
        sa.Column("captured_at", Instant(), nullable=False),
        sa.Column("posts", Json, nullable=False, comment="Seven days, as the platform showed them; oldest first"),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_author_histories_author_id")),
        sa.PrimaryKeyConstraint("author_id", name=op.f("pk_author_histories")),
    )
    op.create_table(
        "author_snapshots",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("author_id", sa.String(length=40), nullable=False),
        sa.Column("captured_at", Instant(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="Of the facts: the same facts are kept once"),
        sa.Column("facts", Json, nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_author_snapshots_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author_snapshots")),
        sa.UniqueConstraint("author_id", "digest", name=op.f("uq_author_snapshots_author_id_digest")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "cases",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("conversation_key", sa.Text(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("author_id", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("received_at", Instant(), nullable=False, comment="When the earliest message was said"),
        sa.Column("last_message_at", Instant(), nullable=False),
        sa.Column("mention_count", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("tier", sa.Integer(), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("priority_rank", sa.Integer(), nullable=False),
        sa.Column("team", sa.String(length=40), nullable=False),
        sa.Column("owner", sa.Text(), nullable=True),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("needs_person", sa.Boolean(), nullable=False),
        sa.Column("is_complaint", sa.Boolean(), nullable=False),
        sa.Column("complaint_id", sa.String(length=40), nullable=True),
        sa.Column("complaint_received_at", Instant(), nullable=True),
        sa.Column("next_due_at", Instant(), nullable=True),
        sa.Column("decision", Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="Raised by every change: a stale form is refused"),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_cases_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("complaint_id", name=op.f("uq_cases_complaint_id")),
        sa.UniqueConstraint("conversation_key", name=op.f("uq_cases_conversation_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_cases_author", "cases", ["author_id"], unique=False)
    op.create_index("ix_cases_due", "cases", ["next_due_at"], unique=False)
    op.create_index("ix_cases_queue", "cases", ["state", "tier", "score"], unique=False)
    op.create_table(
        "invitations",
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the one-time token"),
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_invitations_user_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_invitations")),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the cookie's token"),
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("form_token", sa.String(length=64), nullable=False, comment="Against cross-site request forgery"),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sessions_user_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    op.create_table(
        "clocks",
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("force", sa.String(length=20), nullable=False),
        sa.Column("paragraph", sa.Text(), nullable=False),
        sa.Column("met_at", Instant(), nullable=True),
        sa.Column("warned_at", Instant(), nullable=True, comment="When tick said it is due soon"),
        sa.Column("missed_at", Instant(), nullable=True, comment="When tick said it was missed"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_clocks_case_id")),
        sa.PrimaryKeyConstraint("case_id", "key", name=op.f("pk_clocks")),
    )
    op.create_index(
        "ix_clocks_running",
        "clocks",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("met_at IS NULL AND missed_at IS NULL"),
        postgresql_where=sa.text("met_at IS NULL AND missed_at IS NULL"),
    )
    op.create_table(
        "mentions",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("lang", sa.String(length=20), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("created_at_assumed", sa.Boolean(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("on_owned_channel", sa.Boolean(), nullable=True),
        sa.Column("conversation_id", sa.Text(), nullable=False),
        sa.Column("conversation_key", sa.Text(), nullable=False),
        sa.Column("in_reply_to", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("author_id", sa.String(length=40), nullable=True),
        sa.Column("snapshot_id", Serial, nullable=True, comment="Author facts as known when it arrived"),
        sa.Column("words_digest", sa.String(length=64), nullable=False),
        sa.Column("duplicate_of", sa.String(length=40), nullable=True),
        sa.Column("raw", Json, nullable=False),
        sa.Column("arrival", Serial, nullable=False, comment="Order of arrival"),
        sa.Column("lane", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False, comment="Raised before the work of the present state"),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("leased_by", sa.String(length=80), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True, comment="Why it is quarantined"),
        sa.Column("case_id", Serial, nullable=True),
        sa.Column("decision", Json, nullable=True, comment="What triage said about this one message"),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_mentions_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_mentions_case_id")),
        sa.ForeignKeyConstraint(["snapshot_id"], ["author_snapshots.id"], name=op.f("fk_mentions_snapshot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mentions")),
        sa.UniqueConstraint("channel", "account", "native_id", name=op.f("uq_mentions_channel_account_native_id")),
    )
    op.create_index("ix_mentions_author", "mentions", ["author_id", "created_at"], unique=False)
    op.create_index("ix_mentions_case", "mentions", ["case_id", "created_at"], unique=False)
    op.create_index("ix_mentions_conversation", "mentions", ["conversation_key"], unique=False)
    op.create_index(
        "ix_mentions_waiting",
        "mentions",
        ["state", "arrival"],
        unique=False,
        sqlite_where=sa.text("state IN ('received', 'classified')"),
        postgresql_where=sa.text("state IN ('received', 'classified')"),
    )
    op.create_table(
        "events",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("recorded_at", Instant(), nullable=False),
        sa.Column("actor_kind", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("case_id", Serial, nullable=True),
        sa.Column("mention_id", sa.String(length=40), nullable=True),
        sa.Column("facts", Json, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_events_case_id")),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_events_mention_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sa.UniqueConstraint("key", name=op.f("uq_events_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_events_case", "events", ["case_id", "at"], unique=False)
    op.create_table(
        "labels",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("given_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_labels_mention_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_labels")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_labels_mention", "labels", ["mention_id", "id"], unique=False)
    op.create_table(
        "local_replies",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_local_replies_mention_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_replies")),
        sa.UniqueConstraint("key", name=op.f("uq_local_replies_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "outbox",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("effect", sa.String(length=20), nullable=False),
        sa.Column("sink", sa.String(length=40), nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="Idempotency key, the same on every try"),
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("mention_id", sa.String(length=40), nullable=True),
        sa.Column("payload", Json, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=False),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("leased_by", sa.String(length=80), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_outbox_case_id")),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_outbox_mention_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("sink", "key", name=op.f("uq_outbox_sink_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_case", "outbox", ["case_id"], unique=False)
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["next_at"],
        unique=False,
        sqlite_where=sa.text("state IN ('pending', 'sending', 'unknown')"),
        postgresql_where=sa.text("state IN ('pending', 'sending', 'unknown')"),
    )
    op.create_table(
        "verdicts",
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("classifier", sa.String(length=40), nullable=False),
        sa.Column("judged_at", Instant(), nullable=False),
        sa.Column("verdict", Json, nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_verdicts_mention_id")),
        sa.PrimaryKeyConstraint("mention_id", "classifier", name=op.f("pk_verdicts")),
    )
    op.create_table(
        "attempts",
        sa.Column("outbox_id", Serial, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("outcome", sa.String(length=20), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("worker", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_attempts_outbox_id")),
        sa.PrimaryKeyConstraint("outbox_id", "number", name=op.f("pk_attempts")),
    )
    op.create_table(
        "receipts",
        sa.Column("outbox_id", Serial, nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column(
            "found",
            sa.Boolean(),
            nullable=False,
            comment="An earlier try had taken effect and was found by looking it up",
        ),
        sa.Column(
            "reached_author", sa.Boolean(), nullable=False, comment="False where an answer was only recorded here"
        ),
        sa.Column("received_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_receipts_outbox_id")),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_receipts")),
    )
