"""What was promised to customers."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Serial

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "promises",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False, comment="Of the form that made it"),
        sa.Column("case_id", Serial, nullable=False, comment="Where its message lies now"),
        sa.Column("mention_id", sa.String(length=40), nullable=False, comment="The message that it is about"),
        sa.Column("outbox_id", Serial, nullable=True, comment="The reply in which it was made"),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("words", sa.Text(), nullable=False, comment="What was promised"),
        sa.Column("basis", sa.Text(), nullable=False, comment="How the date was worked out"),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("made_by", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column(
            "remind_at",
            Instant(),
            nullable=True,
            comment="In working hours; none where nobody is at work until it is due",
        ),
        sa.Column("reminded_at", Instant(), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False, comment="waiting, open, kept, broken or withdrawn"),
        sa.Column("settled_at", Instant(), nullable=True),
        sa.Column("settled_by", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("late_at", Instant(), nullable=True, comment="When a broken one was kept after all"),
        sa.Column("replaces", Serial, nullable=True, comment="The one whose date it changed"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_promises_case_id")),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_promises_mention_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_promises_outbox_id")),
        sa.ForeignKeyConstraint(["replaces"], ["promises.id"], name=op.f("fk_promises_replaces")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promises")),
        sa.UniqueConstraint("key", name=op.f("uq_promises_key")),
        sa.UniqueConstraint("replaces", name=op.f("uq_promises_replaces")),
        sqlite_autoincrement=True,
    )
    is_open = sa.text("state = 'open'")
    for name, columns in (
        ("ix_promises_case", ["case_id"]),
        ("ix_promises_mention", ["mention_id"]),
        ("ix_promises_state", ["state", "due_at"]),
    ):
        op.create_index(name, "promises", columns, unique=False)
    for name, columns in (("ix_promises_due", ["due_at"]), ("ix_promises_remind", ["remind_at"])):
        op.create_index(name, "promises", columns, unique=False, sqlite_where=is_open, postgresql_where=is_open)


def downgrade() -> None:
    op.drop_table("promises")
