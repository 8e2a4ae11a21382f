"""A message knows how often it was shared: when it was fetched, and when it was asked for again."""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    fetched = "Reposts and quotes when it was fetched; empty where unknown"
    op.add_column("mentions", sa.Column("shares", sa.BigInteger, comment=fetched))
    op.add_column("rechecks", sa.Column("shares", sa.BigInteger, comment="Reposts and quotes when they were last told"))


def downgrade() -> None:
    op.drop_column("rechecks", "shares")
    op.drop_column("mentions", "shares")
