"""Spikes, and crises that were declared."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

RUNS = sa.text("state = 'running'")
IS_OPEN = sa.text("ended_at IS NULL")


def upgrade() -> None:
    _counts()
    _spikes()
    _crises()
    _notes()


def _counts() -> None:
    op.create_table(
        "topic_hours",
        sa.Column("hour", Instant(), nullable=False, comment="Its beginning; in it the messages were written"),
        sa.Column("topic", sa.String(80), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False, comment="Each author once an hour"),
        sa.Column("weight", sa.Float(), nullable=False, comment="The same people, by reach"),
        sa.PrimaryKeyConstraint("hour", "topic", "channel", name="pk_topic_hours"),
    )
    op.create_table(
        "topic_posts",
        sa.Column(
            "mention_id", sa.String(40), sa.ForeignKey("mentions.id", name="fk_topic_posts_mention_id"), nullable=False
        ),
        sa.Column("topic", sa.String(80), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False),
        sa.Column("hour", Instant(), nullable=False),
        sa.Column("author_id", sa.String(40)),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("mention_id", "topic", name="pk_topic_posts"),
    )
    op.create_index("ix_topic_posts_hour", "topic_posts", ["hour", "topic", "channel"])
    op.create_table(
        "spike_looks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("looked_at", Instant(), nullable=False),
        sa.Column("last_event", sa.BigInteger(), nullable=False, comment="Up to which messages were counted"),
        sa.PrimaryKeyConstraint("id", name="pk_spike_looks"),
    )


def _spikes() -> None:
    told = "When it was found: people, usual, chance, threshold, policy"
    op.create_table(
        "spikes",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("topic", sa.String(80), nullable=False),
        sa.Column("channel", sa.String(40), nullable=False, comment="Or * for all of them"),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("began_at", Instant(), nullable=False),
        sa.Column("numbers", Json, nullable=False, comment=told),
        sa.Column("examples", Json, nullable=False, comment="Message ids"),
        sa.Column("quiet_since", Instant()),
        sa.Column("ended_at", Instant()),
        sa.PrimaryKeyConstraint("id", name="pk_spikes"),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_spikes_open", "spikes", ["topic", "channel"], unique=True, sqlite_where=IS_OPEN, postgresql_where=IS_OPEN
    )
    op.create_index("ix_spikes_found", "spikes", ["found_at"])
    op.create_table(
        "spike_posts",
        sa.Column("spike_id", Serial, sa.ForeignKey("spikes.id", name="fk_spike_posts_spike_id"), nullable=False),
        sa.Column(
            "mention_id", sa.String(40), sa.ForeignKey("mentions.id", name="fk_spike_posts_mention_id"), nullable=False
        ),
        sa.PrimaryKeyConstraint("spike_id", "mention_id", name="pk_spike_posts"),
    )


def _crises() -> None:
    op.create_table(
        "crises",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("form_key", sa.String(32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("topics", Json, nullable=False, comment="Empty: all"),
        sa.Column("channels", Json, nullable=False),
        sa.Column("languages", Json, nullable=False),
        sa.Column("scope", sa.String(64), nullable=False, comment="Digest: one scope is in one crisis at a time"),
        sa.Column("spike_id", Serial, sa.ForeignKey("spikes.id", name="fk_crises_spike_id")),
        sa.Column("owner_id", Serial, sa.ForeignKey("users.id", name="fk_crises_owner_id"), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("declared_by", sa.Text(), nullable=False),
        sa.Column("declared_at", Instant(), nullable=False),
        sa.Column("policy", sa.String(60), nullable=False),
        sa.Column("statement", Json, nullable=False, comment="Language to text"),
        sa.Column("statement_by_id", Serial, sa.ForeignKey("users.id", name="fk_crises_statement_by_id")),
        sa.Column("statement_by", sa.Text()),
        sa.Column("statement_at", Instant()),
        sa.Column("approved_by", sa.Text()),
        sa.Column("approved_at", Instant()),
        sa.Column("state", sa.String(10), nullable=False, comment="running or lifted"),
        sa.Column("lifted_by", sa.Text()),
        sa.Column("lifted_at", Instant()),
        sa.Column("lessons", sa.Text()),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_crises"),
        sa.UniqueConstraint("form_key", name="uq_crises_form_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_crises_running", "crises", ["scope"], unique=True, sqlite_where=RUNS, postgresql_where=RUNS)


def _notes() -> None:
    op.create_table(
        "crisis_notes",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("crisis_id", Serial, sa.ForeignKey("crises.id", name="fk_crisis_notes_crisis_id"), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("case_id", Serial, sa.ForeignKey("cases.id", name="fk_crisis_notes_case_id")),
        sa.PrimaryKeyConstraint("id", name="pk_crisis_notes"),
        sa.UniqueConstraint("key", name="uq_crisis_notes_key"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_crisis_notes_crisis", "crisis_notes", ["crisis_id", "at"])


def downgrade() -> None:
    for table in (
        "crisis_notes",
        "crises",
        "spike_posts",
        "spikes",
        "spike_looks",
        "topic_posts",
        "topic_hours",
    ):
        op.drop_table(table)
