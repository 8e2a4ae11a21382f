"""What the health pages count stands in indexes: no message and no delivery is read for that."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

IS_REPEAT = "duplicate_of IS NOT NULL"


def upgrade() -> None:
    op.create_index("ix_mentions_state", "mentions", ["state", "arrival"])
    op.create_index(
        "ix_mentions_duplicate",
        "mentions",
        ["duplicate_of"],
        sqlite_where=sa.text(IS_REPEAT),
        postgresql_where=sa.text(IS_REPEAT),
    )
    op.create_index("ix_outbox_state", "outbox", ["state", "effect"])


def downgrade() -> None:
    op.drop_index("ix_outbox_state", "outbox")
    op.drop_index("ix_mentions_duplicate", "mentions")
    op.drop_index("ix_mentions_state", "mentions")
