"""Effects of a back-fill wait in a lane of their own, and messages that stand still are found lane by lane."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

STANDING = sa.text("state IN ('received', 'classified')")
WAITING = sa.text("state IN ('pending', 'sending', 'unknown')")


def upgrade() -> None:
    op.add_column(
        "outbox",
        sa.Column(
            "lane", sa.String(length=20), nullable=False, server_default="push", comment="Which lane it goes out in"
        ),
    )
    op.create_index("ix_outbox_lane", "outbox", ["lane", "next_at"], sqlite_where=WAITING, postgresql_where=WAITING)
    columns = ["lane", "state", "arrival"]
    op.create_index("ix_mentions_lane", "mentions", columns, sqlite_where=STANDING, postgresql_where=STANDING)


def downgrade() -> None:
    op.drop_index("ix_mentions_lane", "mentions")
    op.drop_index("ix_outbox_lane", "outbox")
    op.drop_column("outbox", "lane")
