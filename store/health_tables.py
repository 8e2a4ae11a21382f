"""What is known of the health of the whole: the backups that were made."""

from sqlalchemy import Column, String, Table

from store.columns import Instant, Serial
from store.tables import metadata

backups = Table(
    "backups",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("made_at", Instant, nullable=False),
    Column("register_entries", Serial, nullable=False),
    Column("register_digest", String(64), nullable=False),
    Column("sha256", String(64), nullable=False, comment="Of the archive"),
    sqlite_autoincrement=True,
)
