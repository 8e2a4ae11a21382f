"""Tables of what people can do, how many cases they take, and whether they are away."""

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, Text

from store.columns import Instant
from store.tables import metadata

person_skills = Table(
    "person_skills",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("skill", String(40), primary_key=True),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
)

person_rooms = Table(
    "person_rooms",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True, comment="Locked by whoever gives cases to people"),
    Column("capacity", Integer, comment="Open cases at a time; None: as the policy says"),
    Column("is_away", Boolean, nullable=False),
    Column("given_at", Instant, comment="When a rule last gave them a case"),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
