"""Noise review: weekly samples of what was judged no complaint, with verdicts."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_weeks",
        sa.Column(
            "week", sa.String(length=8), nullable=False, comment="ISO week, e.g. 2026-W23; the seed of its sample"
        ),
        sa.Column("since", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("drawn_at", Instant(), nullable=False),
        sa.Column("strata", Json, nullable=False, comment="Label, channel, messages there, messages drawn"),
        sa.PrimaryKeyConstraint("week", name=op.f("pk_review_weeks")),
    )
    op.create_table(
        "review_items",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("mention_id", sa.String(length=40), nullable=False),
        sa.Column("label", sa.String(length=20), nullable=False, comment="As judged when it was drawn"),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column(
            "place",
            sa.Integer(),
            nullable=False,
            comment="Order of the draw: reviewing in it keeps every part a sample",
        ),
        sa.Column("verdict", sa.String(length=20), comment="A label, from the reviewer; null until then"),
        sa.Column("person", sa.Text()),
        sa.Column("given_at", Instant()),
        sa.ForeignKeyConstraint(["mention_id"], ["mentions.id"], name=op.f("fk_review_items_mention_id")),
        sa.ForeignKeyConstraint(["week"], ["review_weeks.week"], name=op.f("fk_review_items_week")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_review_items")),
        sa.UniqueConstraint("week", "mention_id", name=op.f("uq_review_items_week_mention_id")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_review_items_mention", "review_items", ["mention_id"], unique=False)
