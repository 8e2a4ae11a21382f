"""Learning at the firm: versions of the classifier, the shadow, drift."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "classifier_changes",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("version", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False, comment="SHA-256 of its manifest"),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classifier_changes")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "shadow_verdicts",
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("classifier", sa.String(length=40), nullable=False),
        sa.Column("judged_at", Instant(), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False),
        sa.Column(
            "decision",
            sa.String(length=20),
            nullable=False,
            comment="Or `failed`: it gave no answer and is not asked again",
        ),
        sa.Column("complaint_score", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_shadow_verdicts_mention_id")),
        sa.PrimaryKeyConstraint("mention_id", "classifier", name=op.f("pk_shadow_verdicts")),
    )
    op.create_index("ix_shadow_verdicts_classifier", "shadow_verdicts", ["classifier", "judged_at"], unique=False)
    op.create_table(
        "shadow_runs",
        sa.Column("change_id", Serial, autoincrement=False, nullable=False),
        sa.Column(
            "loads_begun", sa.Integer(), nullable=False, comment="Raised before loading, which may kill a worker"
        ),
        sa.Column("loads_ended", sa.Integer(), nullable=False),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["change_id"], ["classifier_changes.id"], name=op.f("fk_shadow_runs_change_id")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_shadow_runs")),
    )
    op.create_table(
        "drift_looks",
        sa.Column("classifier", sa.String(length=40), nullable=False),
        sa.Column("looked_at", Instant(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("report", Json, nullable=False),
        sa.PrimaryKeyConstraint("classifier", name=op.f("pk_drift_looks")),
    )
    op.create_index("ix_verdicts_classifier", "verdicts", ["classifier", "judged_at"], unique=False)
