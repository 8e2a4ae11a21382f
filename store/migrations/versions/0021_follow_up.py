"""Surveys after a solution, and signed status links."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Serial

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "surveys",
        sa.Column("case_id", Serial, autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False, comment="waiting, queued, asked or not_asked"),
        sa.Column("solved_at", Instant(), nullable=False),
        sa.Column("look_at", Instant(), nullable=True, comment="When it is looked at next; null: never again"),
        sa.Column("why_not", sa.String(length=40), nullable=True, comment="Why nobody was asked"),
        sa.Column("policy", sa.String(length=60), nullable=True, comment="Rules it was decided under"),
        sa.Column("author_id", sa.String(length=40), nullable=True, comment="Who is asked"),
        sa.Column("channel", sa.String(length=40), nullable=True),
        sa.Column("handled_by", sa.Text(), nullable=True, comment="Whose answer was the last; else the owner"),
        sa.Column("scale", sa.Integer(), nullable=True),
        sa.Column("target", sa.Integer(), nullable=True),
        sa.Column("queued_at", Instant(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=True, comment="When it was sent"),
        sa.Column("score", sa.Integer(), nullable=True),
        sa.Column("via", sa.String(length=10), nullable=True, comment="link or message"),
        sa.Column("rated_at", Instant(), nullable=True, comment="First"),
        sa.Column("changed_at", Instant(), nullable=True, comment="Last"),
        sa.Column("changes", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("rating_key", sa.String(length=80), nullable=True, comment="Of the form or message that rated last"),
        sa.Column("comment_id", sa.String(length=40), nullable=True, comment="The message that holds the comment"),
        sa.Column("reviewed_by", sa.Text(), nullable=True, comment="Who looked at a low score"),
        sa.Column("reviewed_at", Instant(), nullable=True),
        sa.Column("review_note", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_surveys_case_id")),
        sa.ForeignKeyConstraint(["comment_id"], ["mentions.id"], name=op.f("fk_surveys_comment_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_surveys")),
    )
    due = sa.text("look_at IS NOT NULL")
    op.create_index("ix_surveys_due", "surveys", ["look_at"], sqlite_where=due, postgresql_where=due)
    op.create_index("ix_surveys_asked", "surveys", ["asked_at"])
    op.create_index("ix_surveys_author", "surveys", ["author_id", "asked_at"])
    op.create_table(
        "public_links",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column(
            "public_id", sa.String(length=16), nullable=False, comment="By chance; its signature is kept nowhere"
        ),
        sa.Column("key", sa.String(length=120), nullable=False, comment="Of the effect that carries it"),
        sa.Column("purpose", sa.String(length=10), nullable=False, comment="rate or status"),
        sa.Column("case_id", Serial, nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("hour_since", Instant(), nullable=True, comment="Since when answers are counted"),
        sa.Column("answers", sa.Integer(), server_default=sa.text("0"), nullable=False, comment="In that hour"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_public_links_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_links")),
        sa.UniqueConstraint("public_id", name=op.f("uq_public_links_public_id")),
        sa.UniqueConstraint("key", name=op.f("uq_public_links_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_public_links_case", "public_links", ["case_id"])


def downgrade() -> None:
    for name in ("public_links", "surveys"):
        op.drop_table(name)
