"""The index of the first steps knows an escalation too."""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

BEFORE = (
    "actor_kind = 'person' AND kind IN ('verdict_confirmed', 'verdict_unsure', 'relabelled', 'reply_queued', "
    "'handed_over', 'advised', 'complaint_act', 'register_exported')"
)
AFTER = (
    "actor_kind = 'person' AND kind IN ('verdict_confirmed', 'verdict_unsure', 'relabelled', 'reply_queued', "
    "'handed_over', 'advised', 'complaint_act', 'register_exported', 'escalated')"
)


def upgrade() -> None:
    _index_again(AFTER)


def downgrade() -> None:
    _index_again(BEFORE)


def _index_again(condition: str) -> None:
    where = sa.text(condition)
    op.drop_index("ix_events_steps", "events")
    op.create_index("ix_events_steps", "events", ["actor", "kind"], sqlite_where=where, postgresql_where=where)
