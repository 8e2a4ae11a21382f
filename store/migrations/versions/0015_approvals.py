"""Replies that wait for approval, and people in training."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trainees",
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("marked_by", sa.Text(), nullable=False),
        sa.Column("marked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_trainees_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_trainees")),
    )
    op.create_table(
        "approvals",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column(
            "form_key", sa.String(length=32), nullable=False, comment="Of the composer's form; of the reply, too"
        ),
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("mention_id", sa.String(length=40), nullable=False, comment="What is answered"),
        sa.Column("author_id", Serial, nullable=False, comment="Who wrote it"),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="As its author wrote it"),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("saved_reply", sa.String(length=60), nullable=True, comment="That was put in"),
        sa.Column("checks", Json, nullable=False, comment="Answers to the composer's checklist"),
        sa.Column(
            "override_reason", sa.Text(), nullable=False, comment="Why advice of the public reply guard is passed over"
        ),
        sa.Column("reasons", Json, nullable=False, comment="Code and words of each rule that asks for approval"),
        sa.Column("question", sa.Text(), nullable=False, comment="The author's words to who decides"),
        sa.Column("case_version", sa.BigInteger(), nullable=False, comment="Of the case when it was written"),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="waiting, approved, sent_back or withdrawn"),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_at", Instant(), nullable=True),
        sa.Column("decision_key", sa.String(length=32), nullable=True, comment="Of the form that decided"),
        sa.Column("sent_text", sa.Text(), nullable=True, comment="As it was approved, where it was"),
        sa.Column("words", sa.Text(), nullable=True, comment="To the author, where it was sent back"),
        sa.Column("outbox_id", Serial, nullable=True),
        sa.ForeignKeyConstraint(["author_id"], ["users.id"], name=op.f("fk_approvals_author_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_approvals_case_id")),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_approvals_mention_id")),
        sa.ForeignKeyConstraint(["outbox_id"], ["outbox.id"], name=op.f("fk_approvals_outbox_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("form_key", name=op.f("uq_approvals_form_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_approvals_case", "approvals", ["case_id"], unique=False)
    op.create_index(
        "ix_approvals_waiting",
        "approvals",
        ["asked_at"],
        unique=False,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    for name in ("trainees", "approvals"):
        op.drop_table(name)
