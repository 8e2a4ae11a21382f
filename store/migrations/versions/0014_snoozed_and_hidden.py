"""Cases put off, and posts hidden, muted or reported."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Serial

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "snoozes",
        sa.Column("case_id", Serial, autoincrement=False, nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_snoozes_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_snoozes")),
    )
    op.create_table(
        "message_marks",
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("mark", sa.String(length=10), nullable=False, comment="hidden or reported"),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_message_marks_mention_id")),
        sa.PrimaryKeyConstraint("mention_id", "mark", name=op.f("pk_message_marks")),
    )
    op.create_table(
        "author_mutes",
        sa.Column("author_id", sa.String(length=40), nullable=False),
        sa.Column("ground", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_author_mutes_author_id")),
        sa.PrimaryKeyConstraint("author_id", name=op.f("pk_author_mutes")),
    )


def downgrade() -> None:
    for name in ("author_mutes", "message_marks", "snoozes"):
        op.drop_table(name)
