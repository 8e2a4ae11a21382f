"""What the health pages count, and deliveries of one message, stand in indexes; a push knows when it is asked again."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

IS_REPEAT = "duplicate_of IS NOT NULL"
OF_FIRST_STEPS = (
    "actor_kind = 'person' AND kind IN ('verdict_confirmed', 'verdict_unsure', 'relabelled', 'reply_queued', "
    "'handed_over', 'advised', 'complaint_act', 'register_exported')"
)


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
    op.create_index("ix_outbox_mention", "outbox", ["mention_id"])
    op.add_column("pushes", sa.Column("next_at", Instant(), comment="When it may be asked about again; none: at once"))
    op.drop_index("ix_events_steps", "events")
    _first_steps(["actor", "kind"])


def downgrade() -> None:
    op.drop_index("ix_events_steps", "events")
    _first_steps(["actor"])
    op.drop_column("pushes", "next_at")
    op.drop_index("ix_outbox_mention", "outbox")
    op.drop_index("ix_outbox_state", "outbox")
    op.drop_index("ix_mentions_duplicate", "mentions")
    op.drop_index("ix_mentions_state", "mentions")


def _first_steps(columns: list[str]) -> None:
    where = sa.text(OF_FIRST_STEPS)
    op.create_index("ix_events_steps", "events", columns, sqlite_where=where, postgresql_where=where)
