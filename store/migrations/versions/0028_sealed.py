"""Who looked at whose data, and who asked that theirs be erased."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Json, Serial

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TRIGGER = "access_log_stays"
FUNCTION = "access_log_refuse"
SAID = "rows of access_log are added and never changed"


def upgrade() -> None:
    op.create_table(
        "access_log",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False, comment="Digest of who, what and which hour"),
        sa.Column("at", Instant(), nullable=False, comment="The first time within the hour"),
        sa.Column(
            "person",
            sa.Text(),
            nullable=False,
            comment="Name at that time; on the command line that of the system's user",
        ),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("act", sa.String(length=20), nullable=False),
        sa.Column("thing", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False, comment="Number or id; empty for lists and exports"),
        sa.Column(
            "facts",
            Json,
            nullable=False,
            comment="Filter, rows, digest of what was searched for; no words of anybody",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_log")),
        sa.UniqueConstraint("key", name=op.f("uq_access_log_key")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_access_log_at", "access_log", ["at"])
    op.create_index("ix_access_log_subject", "access_log", ["thing", "subject", "at"])
    op.create_index("ix_access_log_person", "access_log", ["person", "at"])
    op.create_table(
        "erasures",
        sa.Column("id", Serial, autoincrement=True, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, comment="Number of the request; no name of the person"),
        sa.Column("policy", sa.Text(), nullable=False, comment="Name and version of the retention pack"),
        sa.Column(
            "author_key",
            sa.String(length=40),
            nullable=True,
            comment="Whose; none once nothing of theirs is left to look at",
        ),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("person_digest", sa.String(length=64), nullable=False, comment="Of the author's key with the salt"),
        sa.Column("asked_by_id", Serial, nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", Instant(), nullable=False),
        sa.Column("agreed_by", sa.Text(), nullable=True),
        sa.Column("agreed_at", Instant(), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column(
            "messages", sa.Integer(), nullable=False, server_default="0", comment="How many lost their words so far"
        ),
        sa.Column("left_over", Json, nullable=True, comment="Why how many messages are still there"),
        sa.Column("look_at", Instant(), nullable=True, comment="When what is left is looked at again"),
        sa.ForeignKeyConstraint(["asked_by_id"], ["users.id"], name=op.f("fk_erasures_asked_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_erasures_look", "erasures", ["look_at"])
    op.create_table(
        "erased_messages",
        sa.Column("mention_id", sa.String(length=40), nullable=False, comment="As a mention's id; it may come again"),
        sa.Column("erasure_id", Serial, nullable=False),
        sa.Column("erased_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasures.id"], name=op.f("fk_erased_messages_erasure_id_erasures")),
        sa.PrimaryKeyConstraint("mention_id", name=op.f("pk_erased_messages")),
    )
    _refuse_changes()


def _refuse_changes() -> None:
    """Whatever the program does; rows may go when their period of retention has ended."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"CREATE TRIGGER {TRIGGER} BEFORE UPDATE ON access_log BEGIN SELECT RAISE(ABORT, '{SAID}'); END")
        return
    op.execute(
        f"CREATE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION '{SAID}'; END $$"
    )
    op.execute(f"CREATE TRIGGER {TRIGGER} BEFORE UPDATE ON access_log FOR EACH ROW EXECUTE FUNCTION {FUNCTION}()")


def downgrade() -> None:
    op.drop_table("erased_messages")
    op.drop_table("erasures")
    op.drop_table("access_log")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(f"DROP FUNCTION {FUNCTION}()")
