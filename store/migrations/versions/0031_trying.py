"""Wrong tries that all processes count together, and forms of accounts that were carried out."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "wrong_tries",
        sa.Column("digest", sa.String(64), nullable=False, comment="Keyed, of what was tried and from which network"),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False, comment="Then the count begins anew"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_wrong_tries")),
    )
    op.create_index("ix_wrong_tries_ends", "wrong_tries", ["ends_at"])
    op.create_table(
        "sent_forms",
        sa.Column(
            "digest", sa.String(64), nullable=False, comment="Of a person's id and the key of a form of their account"
        ),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sent_forms")),
    )
    op.create_index("ix_sent_forms_expires", "sent_forms", ["expires_at"])


def downgrade() -> None:
    op.drop_table("sent_forms")
    op.drop_table("wrong_tries")
