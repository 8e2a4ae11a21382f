"""Tables of how people prove who they are: second factors, single sign-on, browsers that are known."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, text

from models.account import ACCOUNT_EVENTS
from store.columns import Instant
from store.tables import events, metadata

second_factors = Table(
    "second_factors",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("sealed", LargeBinary, nullable=False, comment="The shared secret, sealed by the vault"),
    Column("made_at", Instant, nullable=False),
    Column("confirmed_at", Instant, comment="None until a first code was right: it protects nothing before"),
    Column("last_step", BigInteger, nullable=False, server_default="0", comment="A code is good once: the newest used"),
    Column("failed", Integer, nullable=False, server_default="0"),
    Column("locked_until", Instant),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("digest", String(64), primary_key=True, comment="SHA-256; the codes themselves are shown once"),
    Column("used_at", Instant),
)

identities = Table(
    "identities",
    metadata,
    Column("issuer", String(300), primary_key=True),
    Column("subject", String(255), primary_key=True, comment="The provider's own, never given to another person"),
    Column("user_id", ForeignKey("users.id"), nullable=False),
    Column("shown", Text, nullable=False, comment="Address or name there, for people to tell them apart"),
    Column("linked_at", Instant, nullable=False),
    Column("last_used_at", Instant),
    Index("ix_identities_user", "user_id"),
)

used_sign_ons = Table(
    "used_sign_ons",
    metadata,
    Column("digest", String(64), primary_key=True, comment="Of the nonce: the same answer is taken once"),
    Column("expires_at", Instant, nullable=False),
)

known_browsers = Table(
    "known_browsers",
    metadata,
    Column("digest", String(64), primary_key=True, comment="SHA-256 of the cookie of a browser that logged in before"),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("failed", Integer, nullable=False, server_default="0"),
    Column("expires_at", Instant, nullable=False),
    Index("ix_known_browsers_user", "user_id"),
)

OF_ACCOUNTS = f"kind IN ({', '.join(repr(kind.value) for kind in ACCOUNT_EVENTS)})"
"""Word for word in the index, or SQLite does not use it."""

Index("ix_events_accounts", events.c.at, sqlite_where=text(OF_ACCOUNTS), postgresql_where=text(OF_ACCOUNTS))
