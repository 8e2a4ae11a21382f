"""What people do with many cases at once, and what they prefer."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bulk_runs",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("form_key", sa.String(length=32), nullable=False, comment="The same form sent twice is one run"),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("target", sa.Text(), nullable=True, comment="The new owner or label; null for nobody and for done"),
        sa.Column("chosen", sa.Text(), nullable=False, comment="Which cases, in words"),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("undo_by", sa.Text(), nullable=True),
        sa.Column("undo_asked_at", Instant(), nullable=True),
        sa.Column("undone_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_runs")),
        sa.UniqueConstraint("form_key", name=op.f("uq_bulk_runs_form_key")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "bulk_items",
        sa.Column("bulk_id", Serial, nullable=False),
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="Of the case, when it was chosen"),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=True, comment="Why it was refused, or not put back"),
        sa.Column("before", sa.Text(), nullable=True, comment="Owner, state or label that it had"),
        sa.Column("mention_id", sa.String(length=40), nullable=True, comment="The message that was labelled"),
        sa.Column("done_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["bulk_id"], ["bulk_runs.id"], name=op.f("fk_bulk_items_bulk_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_bulk_items_case_id")),
        sa.PrimaryKeyConstraint("bulk_id", "case_id", name=op.f("pk_bulk_items")),
    )
    op.create_index("ix_bulk_items_state", "bulk_items", ["bulk_id", "state"], unique=False)
    op.create_table(
        "preferences",
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_preferences_user_id")),
        sa.PrimaryKeyConstraint("user_id", "name", name=op.f("pk_preferences")),
    )


def downgrade() -> None:
    for name in ("preferences", "bulk_items", "bulk_runs"):
        op.drop_table(name)
