"""Lodged files of reporting periods."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Serial

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "lodgements",
        sa.Column("period", sa.String(length=6), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column(
            "sha256", sa.String(length=64), nullable=True, comment="Null for a nil submission, as are the two after it"
        ),
        sa.Column("profile", sa.Text(), nullable=True),
        sa.Column("profile_digest", sa.String(length=64), nullable=True),
        sa.Column("head_seq", Serial, nullable=False),
        sa.Column("head_digest", sa.String(length=64), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("period", "number", name=op.f("pk_lodgements")),
    )
