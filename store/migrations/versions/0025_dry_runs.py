"""Edited rules that were tried against history."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dry_runs",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("form_key", sa.String(length=64), nullable=False, comment="The same form sent twice is one run"),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False, comment="Which file of rules it is"),
        sa.Column("title", sa.Text(), nullable=False, comment="Name and version that the rules give themselves"),
        sa.Column("rules", sa.Text(), nullable=False, comment="The edited file"),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True, comment="Why it ended without an answer"),
        sa.Column(
            "looked_up_to", Serial, nullable=False, server_default="0", comment="Number of the last case looked at"
        ),
        sa.Column("total", sa.Integer(), nullable=False, comment="Cases to look at, when it was asked for"),
        sa.Column("tally", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dry_runs")),
        sa.UniqueConstraint("form_key", name=op.f("uq_dry_runs_form_key")),
        sqlite_autoincrement=True,
    )
    waiting = sa.text("finished_at IS NULL")
    op.create_index("ix_dry_runs_waiting", "dry_runs", ["id"], sqlite_where=waiting, postgresql_where=waiting)
    op.create_index("ix_dry_runs_asked", "dry_runs", ["asked_at"])
    op.create_table(
        "dry_run_cases",
        sa.Column("run_id", Serial, nullable=False),
        sa.Column("case_id", Serial, autoincrement=False, nullable=False),
        sa.Column("change", Json, nullable=False, comment="Codes, names of rules and instants; no words of anybody"),
        sa.ForeignKeyConstraint(["run_id"], ["dry_runs.id"], name=op.f("fk_dry_run_cases_run_id")),
        sa.PrimaryKeyConstraint("run_id", "case_id", name=op.f("pk_dry_run_cases")),
    )


def downgrade() -> None:
    op.drop_table("dry_run_cases")
    op.drop_table("dry_runs")
