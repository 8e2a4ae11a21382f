"""Working together: who is at a case, drafts, who was called, links between cases."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Serial

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TABLES = ("presences", "drafts", "callouts", "case_links")


def upgrade() -> None:
    op.create_table(
        "presences",
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False, comment="One opened page; a person may have several"),
        sa.Column("came_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False),
        sa.Column("wrote_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_presences_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_presences_user_id")),
        sa.PrimaryKeyConstraint("case_id", "user_id", "page", name=op.f("pk_presences")),
    )
    op.create_table(
        "drafts",
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("mention_id", sa.String(length=40), nullable=False, comment="What is answered; empty for a note"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("form_key", sa.String(length=32), nullable=False, comment="Of the form it is typed into"),
        sa.Column(
            "step",
            sa.BigInteger(),
            nullable=False,
            comment="Grows in one form: an older text never replaces a newer one",
        ),
        sa.Column("saved_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_drafts_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_drafts_user_id")),
        sa.PrimaryKeyConstraint("user_id", "case_id", "kind", "mention_id", name=op.f("pk_drafts")),
    )
    op.create_index("ix_drafts_saved", "drafts", ["saved_at"], unique=False)
    op.create_table(
        "callouts",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False, comment="Of the event that called"),
        sa.Column("user_id", Serial, nullable=False, comment="Who is called"),
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("by", sa.String(length=80), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_callouts_case_id")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_callouts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callouts")),
        sa.UniqueConstraint("key", "user_id", name=op.f("uq_callouts_key_user_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_callouts_waiting",
        "callouts",
        ["user_id", "case_id"],
        unique=False,
        sqlite_where=sa.text("opened_at IS NULL"),
        postgresql_where=sa.text("opened_at IS NULL"),
    )
    op.create_table(
        "case_links",
        sa.Column("low_id", Serial, nullable=False, comment="The smaller number of the two"),
        sa.Column("high_id", Serial, nullable=False),
        sa.Column("linked_by", sa.String(length=80), nullable=False),
        sa.Column("linked_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["high_id"], ["cases.id"], name=op.f("fk_case_links_high_id")),
        sa.ForeignKeyConstraint(["low_id"], ["cases.id"], name=op.f("fk_case_links_low_id")),
        sa.PrimaryKeyConstraint("low_id", "high_id", name=op.f("pk_case_links")),
    )
    op.create_index("ix_case_links_high", "case_links", ["high_id"], unique=False)


def downgrade() -> None:
    for name in reversed(TABLES):
        op.drop_table(name)
