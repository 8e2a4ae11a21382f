"""Weekly reports that were sent, and scores of handled cases."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "sent_reports",
        sa.Column("report", sa.String(length=40), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False, comment="ISO week that it reports on, e.g. 2026-W23"),
        sa.Column("recipient", sa.String(length=64), nullable=False, comment="SHA-256 of the address"),
        sa.Column("state", sa.String(length=10), nullable=False, comment="sending, sent, failed, refused"),
        sa.Column("began_at", Instant(), nullable=False, comment="Written before it is tried"),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("report", "week", "recipient", name=op.f("pk_sent_reports")),
    )
    op.create_table(
        "quality_scores",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("scored_by", sa.Text(), nullable=False),
        sa.Column("scored_at", Instant(), nullable=False),
        sa.Column("rubric", sa.String(length=80), nullable=False, comment="Name and version"),
        sa.Column("marks", Json, nullable=False, comment="Question → yes, partly, no or not_applicable"),
        sa.Column("points", sa.Float(), nullable=False, comment="Of 100"),
        sa.Column("team", sa.String(length=40), nullable=False, comment="Of the case when it was scored"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_quality_scores_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality_scores")),
        sa.UniqueConstraint("case_id", "scored_by", name=op.f("uq_quality_scores_case_id_scored_by")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_quality_scores_at", "quality_scores", ["scored_at"], unique=False)


def downgrade() -> None:
    op.drop_table("quality_scores")
    op.drop_table("sent_reports")
