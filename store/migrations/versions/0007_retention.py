"""Retention: legal holds, proposals that two people carry, deletions on platforms."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Serial

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "legal_holds",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column(
            "scope", sa.String(length=20), nullable=False, comment="Of complaints, holds are entries of the register"
        ),
        sa.Column(
            "subject",
            sa.String(length=40),
            nullable=False,
            comment="Case number or author key; empty for everything",
        ),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Text(), nullable=False),
        sa.Column("placed_at", Instant(), nullable=False),
        sa.Column("lifted_by", sa.Text(), nullable=True),
        sa.Column("lifted_at", Instant(), nullable=True),
        sa.Column("lifted_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_legal_holds_lifted", "legal_holds", ["lifted_at"], unique=False)
    op.create_table(
        "retention_proposals",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("policy", sa.Text(), nullable=False, comment="Name and version of the retention pack"),
        sa.Column("proposed_by_id", Serial, nullable=False),
        sa.Column("proposed_by", sa.Text(), nullable=False, comment="Their name at that time"),
        sa.Column("proposed_at", Instant(), nullable=False),
        sa.Column("agreed_by_id", Serial, nullable=True),
        sa.Column("agreed_by", sa.Text(), nullable=True),
        sa.Column("agreed_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["proposed_by_id"], ["users.id"], name=op.f("fk_retention_proposals_proposed_by_id")),
        sa.ForeignKeyConstraint(["agreed_by_id"], ["users.id"], name=op.f("fk_retention_proposals_agreed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_proposals")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "retention_items",
        sa.Column("proposal_id", Serial, nullable=False),
        sa.Column("record_class", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("counted_from", Instant(), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=True, comment="Null until the proposal is carried out"),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["proposal_id"], ["retention_proposals.id"], name=op.f("fk_retention_items_proposal_id")
        ),
        sa.PrimaryKeyConstraint("proposal_id", "record_class", "subject", name=op.f("pk_retention_items")),
    )
    op.create_index("ix_retention_items_subject", "retention_items", ["record_class", "subject"], unique=False)
    op.create_table(
        "platform_deletions",
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=False),
        sa.Column("noticed_at", Instant(), nullable=False),
        sa.Column("redact_by", Instant(), nullable=True, comment="Null where the platform's terms ask for nothing"),
        sa.Column("redacted_at", Instant(), nullable=True),
        sa.Column("waits_for", sa.Text(), nullable=True, comment="Why our copies are still there"),
        sa.Column("kept_in", Serial, nullable=True, comment="Number of the register's entry that keeps the words"),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_platform_deletions_mention_id")),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_platform_deletions")),
    )
    op.create_index("ix_platform_deletions_waiting", "platform_deletions", ["redacted_at", "redact_by"], unique=False)


def downgrade() -> None:
    for name in ("platform_deletions", "retention_items", "retention_proposals", "legal_holds"):
        op.drop_table(name)
