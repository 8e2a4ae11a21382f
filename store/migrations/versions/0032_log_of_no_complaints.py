"""Indexes by which the log of what is no complaint reads a page, and not all messages and events."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

TRIAGED = sa.text("kind = 'triaged'")


def upgrade() -> None:
    op.create_index("ix_mentions_created", "mentions", ["created_at", "id"])
    op.create_index("ix_events_triaged", "events", ["mention_id", "at"], sqlite_where=TRIAGED, postgresql_where=TRIAGED)


def downgrade() -> None:
    op.drop_index("ix_events_triaged", "events")
    op.drop_index("ix_mentions_created", "mentions")
