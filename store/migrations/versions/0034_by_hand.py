"""A case knows what a person set of it by hand."""

import sqlalchemy as sa
from alembic import op

from store.columns import Json

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    said = "What a person set in place of what rules worked out"
    op.add_column("cases", sa.Column("by_hand", Json, comment=said))


def downgrade() -> None:
    op.drop_column("cases", "by_hand")
