"""Saved replies with every wording they had, and macros."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_replies",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("labels", Json, nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("texts", Json, nullable=False, comment="Language, text"),
        sa.Column("audience", sa.String(length=10), nullable=False, comment="either, public or private"),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_until", sa.Date(), nullable=True, comment="The last day on which it is offered"),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False, comment="Raised by every change of a person"),
        sa.Column("uses", sa.Integer(), nullable=False, comment="Replies that were sent with it"),
        sa.Column("used_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_saved_replies")),
    )
    op.create_table(
        "saved_reply_versions",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False, comment="added, edited, retired or restored"),
        sa.Column("content", Json, nullable=False, comment="As it stood after the act"),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["saved_replies.key"], name=op.f("fk_saved_reply_versions_key_saved_replies")),
        sa.PrimaryKeyConstraint("key", "version", name=op.f("pk_saved_reply_versions")),
    )
    op.create_table(
        "macros",
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("acts", Json, nullable=False, comment="Kind and value of each, in order"),
        sa.Column("retired_at", Instant(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("runs", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_macros")),
    )


def downgrade() -> None:
    op.drop_table("macros")
    op.drop_table("saved_reply_versions")
    op.drop_table("saved_replies")
