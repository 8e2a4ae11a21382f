"""The queue is filtered by private messages and sorted by reach; views are shared, and so are drafts."""

import sqlalchemy as sa
from alembic import op

from store.columns import Json

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_BEFORE = ("state", "score", "tier", "label", "owner", "is_complaint", "needs_person", "next_due_at", "channel") + (
    "priority",
    "team",
)
_AFTER = ("last_message_at", "updated_at")


def upgrade() -> None:
    said = "private where one of its messages is"
    op.add_column("cases", sa.Column("audience", sa.String(10), nullable=False, server_default="public", comment=said))
    said = "Highest of its messages; -1 where none was told"
    op.add_column("cases", sa.Column("reach", sa.Float, nullable=False, server_default="-1", comment=said))
    for table in ("saved_views", "drafts"):
        shared = sa.Column("is_shared", sa.Boolean, nullable=False, server_default=sa.false())
        op.add_column(table, shared)
    _fill()
    op.create_index("ix_cases_reach", "cases", ["reach"])
    op.create_index("ix_saved_views_shared", "saved_views", ["is_shared"])
    _make_anew("audience")


def _fill() -> None:
    cases = sa.table("cases", sa.column("id"), sa.column("audience"), sa.column("reach"), sa.column("decision", Json))
    mentions = sa.table("mentions", sa.column("case_id"), sa.column("kind"))
    has_private = sa.exists().where(mentions.c.case_id == cases.c.id, mentions.c.kind == "dm")
    op.execute(cases.update().where(has_private).values(audience="private"))
    score = cases.c.decision["reach"]["score"].as_float()
    op.execute(cases.update().values(reach=sa.func.coalesce(score, -1.0)))


def downgrade() -> None:
    _make_anew()
    op.drop_index("ix_saved_views_shared", "saved_views")
    op.drop_index("ix_cases_reach", "cases")
    for table, column in (
        ("drafts", "is_shared"),
        ("saved_views", "is_shared"),
        ("cases", "reach"),
        ("cases", "audience"),
    ):
        op.drop_column(table, column)


def _make_anew(*more: str) -> None:
    op.drop_index("ix_cases_work", "cases")
    op.create_index("ix_cases_work", "cases", [*_BEFORE, *more, *_AFTER])
