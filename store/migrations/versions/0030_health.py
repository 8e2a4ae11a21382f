"""Backups that were made, and an index of the pushes that were set aside."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Serial

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "backups",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("register_entries", Serial, nullable=False),
        sa.Column("register_digest", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="Of the archive"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backups")),
        sqlite_autoincrement=True,
    )
    failed = sa.text("state = 'failed'")
    op.create_index("ix_pushes_failed", "pushes", ["id"], sqlite_where=failed, postgresql_where=failed)


def downgrade() -> None:
    op.drop_index("ix_pushes_failed", "pushes")
    op.drop_table("backups")
