"""Second factors, single sign-on, sessions that can be listed and ended, keys of programs that expire."""

import sqlalchemy as sa
from alembic import op

from store.columns import Instant, Serial

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

OF_ACCOUNTS = (
    "kind IN ('password_changed', 'second_factor_set_up', 'second_factor_removed', 'recovery_code_used', "
    "'recovery_codes_renewed', 'sessions_ended', 'role_changed', 'break_glass_used', 'sign_on_linked', "
    "'sign_on_unlinked')"
)


def upgrade() -> None:
    op.add_column(
        "sessions",
        sa.Column(
            "seen_at",
            Instant(),
            nullable=True,
            comment="Within five minutes; what pages ask for by themselves does not count",
        ),
    )
    op.add_column(
        "sessions",
        sa.Column("browser", sa.String(60), nullable=False, server_default="", comment="Family and system; no address"),
    )
    op.add_column("sessions", sa.Column("stage", sa.String(10), nullable=False, server_default="open"))
    op.add_column("sessions", sa.Column("way", sa.String(24), nullable=False, server_default="password"))
    op.add_column("api_keys", sa.Column("expires_at", Instant(), nullable=True, comment="None: until it is revoked"))
    op.create_table(
        "second_factors",
        sa.Column("user_id", Serial, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False, comment="The shared secret, sealed by the vault"),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column(
            "confirmed_at",
            Instant(),
            nullable=True,
            comment="None until a first code was right: it protects nothing before",
        ),
        sa.Column(
            "last_step",
            sa.BigInteger(),
            nullable=False,
            server_default="0",
            comment="A code is good once: the newest used",
        ),
        sa.Column("failed", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("locked_until", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_second_factors_user_id")),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", Serial, autoincrement=False, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, comment="SHA-256; the codes themselves are shown once"),
        sa.Column("used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("user_id", "digest", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "identities",
        sa.Column("issuer", sa.String(300), nullable=False),
        sa.Column(
            "subject", sa.String(255), nullable=False, comment="The provider's own, never given to another person"
        ),
        sa.Column("user_id", Serial, autoincrement=False, nullable=False),
        sa.Column("shown", sa.Text(), nullable=False, comment="Address or name there, for people to tell them apart"),
        sa.Column("linked_at", Instant(), nullable=False),
        sa.Column("last_used_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_identities_user_id")),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_identities")),
    )
    op.create_index("ix_identities_user", "identities", ["user_id"])
    op.create_table(
        "used_sign_ons",
        sa.Column("digest", sa.String(64), nullable=False, comment="Of the nonce: the same answer is taken once"),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_sign_ons")),
    )
    op.create_table(
        "known_browsers",
        sa.Column(
            "digest", sa.String(64), nullable=False, comment="SHA-256 of the cookie of a browser that logged in before"
        ),
        sa.Column("user_id", Serial, autoincrement=False, nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_known_browsers_user_id")),
        sa.PrimaryKeyConstraint("digest", "user_id", name=op.f("pk_known_browsers")),
    )
    op.create_index("ix_known_browsers_user", "known_browsers", ["user_id"])
    of_accounts = sa.text(OF_ACCOUNTS)
    op.create_index("ix_events_accounts", "events", ["at"], sqlite_where=of_accounts, postgresql_where=of_accounts)


def downgrade() -> None:
    op.drop_index("ix_events_accounts", table_name="events")
    for name in ("known_browsers", "used_sign_ons", "identities", "recovery_codes", "second_factors"):
        op.drop_table(name)
    op.drop_column("api_keys", "expires_at")
    for name in ("way", "stage", "browser", "seen_at"):
        op.drop_column("sessions", name)
