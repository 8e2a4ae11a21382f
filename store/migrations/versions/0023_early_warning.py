"""What warned early of a case."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

SHOWN = sa.text("level > 0 AND aside_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "case_warnings",
        sa.Column("case_id", Serial, autoincrement=False, nullable=False),
        sa.Column("level", sa.Integer(), nullable=False, comment="0 none, 1 watch, 2 act; as it stands now"),
        sa.Column("score", sa.Float(), nullable=False),
        sa.Column("signs", Json, nullable=False, comment="Each with its points, and where it stands; no words"),
        sa.Column(
            "policy", sa.String(length=80), nullable=False, comment="Name and version of the rules it was worked out by"
        ),
        sa.Column("since", Instant(), nullable=False, comment="When it came to this level"),
        sa.Column("looked_at", Instant(), nullable=False),
        sa.Column("look_again_at", Instant(), comment="When time alone makes it more"),
        sa.Column("round", sa.Integer(), nullable=False, comment="Raised when it comes back after it was put aside"),
        sa.Column("told", sa.Integer(), nullable=False, comment="The highest level of this round that was told of"),
        sa.Column(
            "sent", Json, nullable=False, comment="Path of escalation → the newest words for which it was asked for"
        ),
        sa.Column("seen_at", Instant()),
        sa.Column("seen_by", sa.Text()),
        sa.Column("aside_at", Instant(), comment="When a person put it aside; null where it counts"),
        sa.Column("aside_by", sa.Text()),
        sa.Column("aside_reason", sa.Text()),
        sa.Column("aside_signs", Json, comment="What stood when it was put aside: another sign brings it back"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_warnings_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_warnings")),
    )
    op.create_index("ix_case_warnings_shown", "case_warnings", ["level"], sqlite_where=SHOWN, postgresql_where=SHOWN)
    op.create_index("ix_case_warnings_look_again", "case_warnings", ["look_again_at"])


def downgrade() -> None:
    op.drop_table("case_warnings")
