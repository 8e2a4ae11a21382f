"""Systemic issues: candidates, their complaints, and every look."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "systemic_candidates",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("found_at", Instant(), nullable=False),
        sa.Column("seen_at", Instant(), nullable=False, comment="Last look that found it"),
        sa.Column("name", sa.Text(), nullable=False, comment="Most frequent product and category"),
        sa.Column("words", Json, nullable=False),
        sa.Column("examples", Json, nullable=False, comment="Complaint ids, the most typical first"),
        sa.Column("size", sa.Integer(), nullable=False, comment="Complaints that ever belonged to it"),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("weeks", Json, nullable=False, comment="People a week up to the last look, oldest first"),
        sa.Column("level", sa.String(length=10), nullable=False, comment="steady or warning"),
        sa.Column("chance", sa.Float(), nullable=False, comment="Of so full a last week if nothing had changed"),
        sa.Column("owner", sa.Text()),
        sa.Column("decision", sa.String(length=20)),
        sa.Column("decided_by", sa.Text()),
        sa.Column("decided_at", Instant()),
        sa.Column("reason", sa.Text()),
        sa.Column("escalated_to", sa.Text()),
        sa.Column("escalated_by", sa.Text()),
        sa.Column("escalated_at", Instant()),
        sa.Column("outcome", sa.Text()),
        sa.Column("outcome_by", sa.Text()),
        sa.Column("outcome_at", Instant()),
        sa.Column("version", sa.Integer(), nullable=False, comment="Raised by every act of a person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_systemic_candidates")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "systemic_members",
        sa.Column("complaint_id", sa.String(length=40), nullable=False, comment="In one candidate at most"),
        sa.Column("candidate_id", Serial, nullable=False),
        sa.Column("joined_at", Instant(), nullable=False),
        sa.Column("linked_at", Instant(), comment="When the register was told"),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["systemic_candidates.id"], name=op.f("fk_systemic_members_candidate_id")
        ),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_systemic_members")),
    )
    op.create_index("ix_systemic_members_candidate", "systemic_members", ["candidate_id"], unique=False)
    op.create_table(
        "systemic_looks",
        sa.Column("looked_at", Instant(), nullable=False),
        sa.Column("complaints", sa.Integer(), nullable=False),
        sa.Column("clusters", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False, comment="New candidates"),
        sa.Column("warned", sa.Integer(), nullable=False, comment="Candidates whose warning went on"),
        sa.PrimaryKeyConstraint("looked_at", name=op.f("pk_systemic_looks")),
    )
