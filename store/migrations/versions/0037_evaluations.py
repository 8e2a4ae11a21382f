"""What `earshot evaluate` found is kept for each version of the classifier."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "classifier_evaluations",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("version", sa.String(40), nullable=False, comment="As its manifest calls it"),
        sa.Column("digest", sa.String(64), nullable=False, comment="SHA-256 of its manifest"),
        sa.Column("against", sa.String(40), nullable=False, comment="The version it was compared with"),
        sa.Column("against_digest", sa.String(64), nullable=False),
        sa.Column("rows_digest", sa.String(64), nullable=False, comment="SHA-256 of the file of labelled rows"),
        sa.Column("row_count", sa.Integer(), nullable=False, comment="How many labelled rows"),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("figures", Json, nullable=False, comment="Numbers by name; no text of a row"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classifier_evaluations")),
        sa.UniqueConstraint(
            "digest",
            "against_digest",
            "rows_digest",
            name=op.f("uq_classifier_evaluations_digest_against_digest_rows_digest"),
        ),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_classifier_evaluations_version", "classifier_evaluations", ["version", "at"])


def downgrade() -> None:
    op.drop_table("classifier_evaluations")
