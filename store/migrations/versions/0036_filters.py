"""The queue is filtered by priority and team, too: they stand in the index that it counts from."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_BEFORE = ("state", "score", "tier", "label", "owner", "is_complaint", "needs_person", "next_due_at", "channel")
_AFTER = ("last_message_at", "updated_at")


def upgrade() -> None:
    _make_anew("priority", "team")


def downgrade() -> None:
    _make_anew()


def _make_anew(*more: str) -> None:
    op.drop_index("ix_cases_work", "cases")
    op.create_index("ix_cases_work", "cases", [*_BEFORE, *more, *_AFTER])
