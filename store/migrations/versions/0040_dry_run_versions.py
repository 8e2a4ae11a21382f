"""A dry run may ask for another sector or another version of the classifier."""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("dry_runs", sa.Column("sector", sa.Text, comment="Another sector's pack, by its name"))
    op.add_column("dry_runs", sa.Column("classifier", sa.Text, comment="Another version, whose verdicts count"))


def downgrade() -> None:
    op.drop_column("dry_runs", "classifier")
    op.drop_column("dry_runs", "sector")
