"""Targets of the house: first answer, update, resolution."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "targets",
        sa.Column("case_id", Serial, autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False, comment="first_answer, update or resolution"),
        sa.Column("priority", sa.String(length=10), nullable=False, comment="That it was worked out for"),
        sa.Column("started_at", Instant(), nullable=False, comment="What it counts from"),
        sa.Column("due_at", Instant(), nullable=False),
        sa.Column("warn_at", Instant(), nullable=False, comment="From when it counts as due soon"),
        sa.Column("met_at", Instant(), nullable=True),
        sa.Column("warned_at", Instant(), nullable=True, comment="When it was said that it is due soon"),
        sa.Column("acted_at", Instant(), nullable=True, comment="When an update was queued by itself"),
        sa.Column("missed_at", Instant(), nullable=True, comment="When it ran out, once that was said"),
        sa.Column(
            "look_at",
            Instant(),
            nullable=True,
            comment="When the clock has to look at it next; none where nothing can come any more",
        ),
        sa.Column("policy", sa.String(length=60), nullable=False),
        sa.Column("steps", Json, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_targets_case_id")),
        sa.PrimaryKeyConstraint("case_id", "key", name=op.f("pk_targets")),
    )
    for name, column in (("look", ["look_at"]), ("open", ["due_at", "case_id"])):
        wanted = sa.text("look_at IS NOT NULL" if name == "look" else "met_at IS NULL")
        op.create_index(
            f"ix_targets_{name}", "targets", column, unique=False, sqlite_where=wanted, postgresql_where=wanted
        )
    op.create_table(
        "targets_to_come",
        sa.Column(
            "up_to", Serial, autoincrement=False, nullable=False, comment="Cases up to this number have none yet"
        ),
        sa.PrimaryKeyConstraint("up_to", name=op.f("pk_targets_to_come")),
    )
    op.execute("INSERT INTO targets_to_come (up_to) SELECT max(id) FROM cases HAVING max(id) IS NOT NULL")


def downgrade() -> None:
    for name in ("targets_to_come", "targets"):
        op.drop_table(name)
