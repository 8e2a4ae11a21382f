"""The firm's list of customers, what its CRM says, and what people can do and take."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Serial

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _vips()
    op.create_table(
        "crm_answers",
        sa.Column("author_id", sa.String(length=40), nullable=False),
        sa.Column(
            "band", sa.String(length=20), nullable=True, comment="None: the author is not known there, or not worth one"
        ),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("good_until", Instant(), nullable=False, comment="Asked again after it"),
        sa.Column("fault", sa.String(length=60), nullable=True, comment="Sort of error, where it did not answer"),
        sa.ForeignKeyConstraint(["author_id"], ["authors.id"], name=op.f("fk_crm_answers_author_id")),
        sa.PrimaryKeyConstraint("author_id", name=op.f("pk_crm_answers")),
    )
    op.create_index("ix_crm_answers_until", "crm_answers", ["good_until"])
    op.create_table(
        "person_skills",
        sa.Column("user_id", Serial, nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_person_skills_user_id")),
        sa.PrimaryKeyConstraint("user_id", "skill", name=op.f("pk_person_skills")),
    )
    op.create_table(
        "person_rooms",
        sa.Column("user_id", Serial, nullable=False, comment="Locked by whoever gives cases to people"),
        sa.Column("capacity", sa.Integer(), nullable=True, comment="Open cases at a time; None: as the policy says"),
        sa.Column("is_away", sa.Boolean(), nullable=False),
        sa.Column("given_at", Instant(), nullable=True, comment="When a rule last gave them a case"),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_person_rooms_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_person_rooms")),
    )


def _vips() -> None:
    op.create_table(
        "vips",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column(
            "form_key",
            sa.String(length=80),
            nullable=False,
            comment="The same form, or line of a file, counts once",
        ),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("handle", sa.Text(), nullable=False, comment="In small letters, without @; or the platform's own id"),
        sa.Column(
            "reference", sa.Text(), nullable=False, comment="Number of the customer at the firm, where it is given"
        ),
        sa.Column("band", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("policy", sa.String(length=80), nullable=False, comment="Name and version that the band is of"),
        sa.Column("added_by", sa.Text(), nullable=False),
        sa.Column("added_at", Instant(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vips")),
        sa.UniqueConstraint("form_key", name=op.f("uq_vips_form_key")),
        sqlite_autoincrement=True,
    )
    stands = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_vips_one", "vips", ["channel", "handle"], unique=True, sqlite_where=stands, postgresql_where=stands
    )
    op.create_index("ix_vips_until", "vips", ["until"], sqlite_where=stands, postgresql_where=stands)


def downgrade() -> None:
    for table in ("person_rooms", "person_skills", "crm_answers", "vips"):
        op.drop_table(table)
