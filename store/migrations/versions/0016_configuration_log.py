"""What the program was set to and since when; what people said of labels; proposals that were waved away."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Serial

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

CHANGES_BY_PEOPLE = (
    "kind IN ('saved_reply_changed', 'macro_changed', 'classifier_promoted', 'classifier_rolled_back', "
    "'classifier_shadowed')"
)
OF_FIRST_STEPS = (
    "actor_kind = 'person' AND kind IN ('verdict_confirmed', 'verdict_unsure', 'relabelled', 'reply_queued', "
    "'handed_over', 'advised', 'complaint_act', 'register_exported')"
)


def upgrade() -> None:
    op.create_table(
        "configuration_log",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False, comment="Counts the changes of this one thing"),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False, comment="A person, or what was started with it"),
        sa.Column("before", sa.Text(), nullable=True),
        sa.Column("after", sa.Text(), nullable=True, comment="A secret is only said to be set, with a keyed hash"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_configuration_log")),
        sqlite_autoincrement=True,
    )
    op.create_index("ux_configuration_log_number", "configuration_log", ["part", "name", "number"], unique=True)
    op.create_index("ix_configuration_log_at", "configuration_log", ["at"], unique=False)
    op.create_index(
        "ix_events_configuration",
        "events",
        ["at"],
        unique=False,
        sqlite_where=sa.text(CHANGES_BY_PEOPLE),
        postgresql_where=sa.text(CHANGES_BY_PEOPLE),
    )
    op.create_index(
        "ix_events_steps",
        "events",
        ["actor"],
        unique=False,
        sqlite_where=sa.text(OF_FIRST_STEPS),
        postgresql_where=sa.text(OF_FIRST_STEPS),
    )
    op.create_table(
        "opinions",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column(
            "key",
            sa.String(length=120),
            nullable=False,
            comment="Of the event: the same form sent twice counts once",
        ),
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("opinion", sa.String(length=10), nullable=False, comment="right, wrong or unsure"),
        sa.Column("said", sa.String(length=20), nullable=False, comment="By the classifier"),
        sa.Column("given", sa.String(length=20), nullable=True, comment="By the person; null for unsure"),
        sa.Column("classifier", sa.String(length=40), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("taken_back_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_opinions_mention_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opinions")),
        sa.UniqueConstraint("key", name=op.f("uq_opinions_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_opinions_mention", "opinions", ["mention_id", "id"], unique=False)
    op.create_index("ix_opinions_at", "opinions", ["at"], unique=False)
    op.create_table(
        "dismissed_proposals",
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of the proposed words"),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_dismissed_proposals")),
    )


def downgrade() -> None:
    op.drop_table("dismissed_proposals")
    op.drop_table("opinions")
    op.drop_index("ix_events_steps", table_name="events")
    op.drop_index("ix_events_configuration", table_name="events")
    op.drop_table("configuration_log")
