"""Channels and desks: pushes, wordings, bystanders, limits and spending, gaps, standings of tickets, API keys."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = (
    "account_states",
    "api_keys",
    "bystanders",
    "channel_gaps",
    "credentials",
    "early_deletions",
    "local_changes",
    "pushes",
    "rate_limits",
    "reposts",
    "silences",
    "spending",
    "ticket_standings",
    "mention_versions",
    "rechecks",
)


def upgrade() -> None:
    op.create_table(
        "account_states",
        sa.Column("author_key", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("author_key", name=op.f("pk_account_states")),
    )
    op.create_table(
        "api_keys",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256; the key itself is shown once"),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("digest", name=op.f("uq_api_keys_digest")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "bystanders",
        sa.Column("id", sa.String(length=40), nullable=False, comment="As a mention's id"),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False),
        sa.Column("conversation_key", sa.Text(), nullable=False),
        sa.Column("in_reply_to", sa.Text(), nullable=True),
        sa.Column("is_ours", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("captured_at", Instant(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("author", Json, nullable=True, comment="Facts as known when it was read"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bystanders")),
    )
    op.create_index("ix_bystanders_conversation", "bystanders", ["conversation_key", "created_at"], unique=False)
    op.create_table(
        "channel_gaps",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("cause", sa.Text(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False, comment="open, back-filled or lost"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_gaps")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_channel_gaps_source", "channel_gaps", ["source", "began_at"], unique=False)
    op.create_table(
        "credentials",
        sa.Column("name", sa.String(length=40), nullable=False, comment="Of the connector"),
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("valid_until", Instant(), nullable=True),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("missing", Json, nullable=False),
        sa.Column(
            "shown_in_week", sa.Integer(), nullable=True, comment="Messages of seven days by the platform's count"
        ),
        sa.Column("held_of_week", sa.Integer(), nullable=True, comment="By ours, at the same time"),
        sa.Column("probed_at", Instant(), nullable=False),
        sa.Column("connected_since", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_credentials")),
    )
    op.create_table(
        "early_deletions",
        sa.Column("mention_id", sa.String(length=40), nullable=False, comment="Of a message that has not come yet"),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_early_deletions")),
    )
    op.create_table(
        "local_changes",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_local_changes")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pushes",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("receiver", sa.String(length=40), nullable=False),
        sa.Column(
            "delivery_id",
            sa.String(length=200),
            nullable=False,
            comment="The platform's own, else the digest of the body",
        ),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True, comment="As it came; none once it is read"),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pushes")),
        sa.UniqueConstraint("receiver", "delivery_id", name=op.f("uq_pushes_receiver_delivery_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pushes_received", "pushes", ["received_at"], unique=False)
    op.create_index(
        "ix_pushes_waiting",
        "pushes",
        ["receiver", "id"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "rate_limits",
        sa.Column("credential", sa.String(length=120), nullable=False),
        sa.Column("endpoint", sa.String(length=120), nullable=False),
        sa.Column("remaining", sa.Float(), nullable=False),
        sa.Column("resets_at", Instant(), nullable=False),
        sa.Column("told_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("credential", "endpoint", name=op.f("pk_rate_limits")),
    )
    op.create_table(
        "reposts",
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("native_id", sa.Text(), nullable=False, comment="Of the message shown again"),
        sa.Column("author_key", sa.String(length=40), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "native_id", "author_key", name=op.f("pk_reposts")),
    )
    op.create_table(
        "silences",
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("checked_at", Instant(), nullable=False),
        sa.Column("since", Instant(), nullable=True, comment="The last message"),
        sa.Column(
            "expected",
            sa.Float(),
            nullable=True,
            comment="Messages that should have come since; none: too little is known",
        ),
        sa.Column("probability", sa.Float(), nullable=True),
        sa.Column("is_alarm", sa.Boolean(), nullable=False),
        sa.Column("alarm_at", Instant(), nullable=True, comment="When it will be one, if nothing comes"),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_silences")),
    )
    op.create_table(
        "spending",
        sa.Column("credential", sa.String(length=120), nullable=False),
        sa.Column("endpoint", sa.String(length=120), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False, comment="UTC"),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("millionths", sa.BigInteger(), nullable=False, comment="Of the currency of the prices"),
        sa.PrimaryKeyConstraint("credential", "endpoint", "day", name=op.f("pk_spending")),
    )
    op.create_table(
        "ticket_standings",
        sa.Column("sink", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.String(length=200), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("status_name", sa.Text(), nullable=False),
        sa.Column("assignee", sa.Text(), nullable=True),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("sink", "reference", name=op.f("pk_ticket_standings")),
    )
    op.create_index("ix_ticket_standings_external", "ticket_standings", ["external_id"], unique=False)
    op.create_table(
        "mention_versions",
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.String(length=200), nullable=False, comment="The platform's own name of the wording"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("edited_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("verdict", Json, nullable=True, comment="What was said of this wording, once another took its place"),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_mention_versions_mention_id")),
        sa.PrimaryKeyConstraint("mention_id", "version", name=op.f("pk_mention_versions")),
    )
    op.create_table(
        "rechecks",
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("checked_at", Instant(), nullable=False),
        sa.Column("presence", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_rechecks_mention_id")),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_rechecks")),
    )
    op.add_column("local_tickets", sa.Column("status", sa.String(length=20), server_default="new", nullable=False))


def downgrade() -> None:
    op.drop_column("local_tickets", "status")
    for name in reversed(TABLES):
        op.drop_table(name)
