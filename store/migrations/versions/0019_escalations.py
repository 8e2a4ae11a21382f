"""Escalated cases, their owners, steps and hops."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

OPEN, LOOKED, ALARMED = "state = 'open'", "looked_at IS NULL", "alarm IS NOT NULL"


def upgrade() -> None:
    op.create_table(
        "escalations",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(120), nullable=False, comment="Of the form, or of the rule and what it saw"),
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("path", sa.String(60), nullable=False),
        sa.Column("path_name", sa.Text(), nullable=False),
        sa.Column("path_version", sa.String(80), nullable=False, comment="Of the file that the steps are from"),
        sa.Column("kind", sa.String(12), nullable=False, comment="functional or hierarchical"),
        sa.Column("steps", Json, nullable=False, comment="As they stood when it began"),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False, comment="What the next owner needs to know"),
        sa.Column("by", sa.Text(), nullable=False, comment="A person, or the rule"),
        sa.Column("is_by_rule", sa.Boolean(), nullable=False),
        sa.Column("opened_at", Instant(), nullable=False),
        sa.Column("team", sa.String(60), nullable=False),
        sa.Column("owner", sa.Text(), comment="Null is an alarm"),
        sa.Column("place", sa.Integer(), nullable=False, comment="Of the step that was taken last, from 0"),
        sa.Column("step_at", Instant(), nullable=False, comment="When it was taken"),
        sa.Column("step_due_at", Instant(), comment="When the next is due; null: none is left, or somebody answered"),
        sa.Column("stopped_at", Instant(), comment="When somebody answered"),
        sa.Column("stopped_by", sa.Text()),
        sa.Column("state", sa.String(10), nullable=False, comment="open, returned or settled"),
        sa.Column("ended_at", Instant()),
        sa.Column("ended_by", sa.Text()),
        sa.Column("ended_why", sa.String(20), comment="settled, returned, closed or further"),
        sa.Column("ended_words", sa.Text(), comment="The advice, or what came of it"),
        sa.Column("ended_key", sa.String(120), comment="Of the form that ended it"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_escalations_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
        sa.UniqueConstraint("key", name=op.f("uq_escalations_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_escalations_case", "escalations", ["case_id"])
    _where("ix_escalations_one_open", "escalations", "case_id", OPEN, unique=True)
    _where("ix_escalations_due", "escalations", "step_due_at", OPEN)
    _where("ix_escalations_owner", "escalations", "owner", OPEN)
    op.create_index("ix_escalations_opened", "escalations", ["opened_at"])
    op.create_table(
        "case_hops",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("key", sa.Text(), nullable=False, comment="Of the event that it belongs to"),
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("from_owner", sa.Text()),
        sa.Column("to_owner", sa.Text()),
        sa.Column("from_team", sa.String(60)),
        sa.Column("to_team", sa.String(60)),
        sa.Column("reason", sa.String(40), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("looked_at", Instant(), comment="When it was asked whether it is one too many"),
        sa.Column("alarm", sa.String(12), comment="ping_pong or too_many"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_hops_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_hops")),
        sa.UniqueConstraint("key", name=op.f("uq_case_hops_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_case_hops_case", "case_hops", ["case_id", "id"])
    _where("ix_case_hops_new", "case_hops", "id", LOOKED)
    _where("ix_case_hops_alarm", "case_hops", "case_id", ALARMED)
    op.create_table(
        "team_people",
        sa.Column("team", sa.String(60), nullable=False),
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("is_lead", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_team_people_user_id")),
        sa.PrimaryKeyConstraint("team", "user_id", name=op.f("pk_team_people")),
    )


def _where(name: str, table: str, column: str, condition: str, *, unique: bool = False) -> None:
    where = sa.text(condition)
    op.create_index(name, table, [column], unique=unique, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in ("team_people", "case_hops", "escalations"):
        op.drop_table(name)
