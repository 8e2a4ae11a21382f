"""A case holds fields of the firm's own."""

import sqlalchemy as sa
from alembic import op

from store.columns import Json

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("custom_fields", Json, comment="Key to value, as the house pack names them"))


def downgrade() -> None:
    op.drop_column("cases", "custom_fields")
