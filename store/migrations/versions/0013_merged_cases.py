"""Cases that were merged or split."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Serial

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_merges",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("away_id", Serial, nullable=False, comment="The case that was merged into the other"),
        sa.Column("kept_id", Serial, nullable=False),
        sa.Column("merged_by", sa.Text(), nullable=False),
        sa.Column("merged_at", Instant(), nullable=False),
        sa.Column("away_state", sa.String(length=20), nullable=False, comment="Of the case that went, to be put back"),
        sa.Column(
            "held",
            sa.String(length=64),
            nullable=False,
            comment="Digest of the messages it held, and what was decided on them",
        ),
        sa.Column("owner_before", sa.Text(), nullable=True, comment="Of the case that is kept"),
        sa.Column("owner_after", sa.Text(), nullable=True),
        sa.Column(
            "merged_complaints",
            sa.Boolean(),
            nullable=False,
            comment="Whether their complaints were merged with it",
        ),
        sa.Column("undone_by", sa.Text(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["away_id"], ["cases.id"], name=op.f("fk_case_merges_away_id")),
        sa.ForeignKeyConstraint(["kept_id"], ["cases.id"], name=op.f("fk_case_merges_kept_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_merges")),
        sqlite_autoincrement=True,
    )
    standing = sa.text("undone_at IS NULL")
    op.create_index(
        "ix_case_merges_standing",
        "case_merges",
        ["away_id"],
        unique=True,
        sqlite_where=standing,
        postgresql_where=standing,
    )
    op.create_index("ix_case_merges_kept", "case_merges", ["kept_id"])
    op.create_table(
        "case_splits",
        sa.Column("case_id", Serial, autoincrement=False, nullable=False, comment="The new case"),
        sa.Column("from_id", Serial, nullable=False),
        sa.Column("split_by", sa.Text(), nullable=False),
        sa.Column("split_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_splits_case_id")),
        sa.ForeignKeyConstraint(["from_id"], ["cases.id"], name=op.f("fk_case_splits_from_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_splits")),
    )
    op.create_index("ix_case_splits_from", "case_splits", ["from_id"])
    op.create_table(
        "split_messages",
        sa.Column("case_id", Serial, autoincrement=False, nullable=False, comment="The case they were split into"),
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_splits.case_id"], name=op.f("fk_split_messages_case_id")),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_split_messages_mention_id")),
        sa.PrimaryKeyConstraint("case_id", "mention_id", name=op.f("pk_split_messages")),
    )
    op.create_index("ix_split_messages_mention", "split_messages", ["mention_id"])


def downgrade() -> None:
    for name in ("split_messages", "case_splits", "case_merges"):
        op.drop_table(name)
