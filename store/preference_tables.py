"""What a person prefers, by name: nothing else depends on it."""

from sqlalchemy import Column, ForeignKey, String, Table

from store.columns import Instant, Json
from store.tables import metadata

preferences = Table(
    "preferences",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("value", Json, nullable=False),
    Column("set_at", Instant, nullable=False),
)
