"""Tables of escalated cases, of how cases change hands, and of who is in which team."""

from sqlalchemy import Boolean, Column, ForeignKey, Index, Integer, String, Table, Text, text

from store.columns import Instant, Json, Serial
from store.tables import metadata

OPEN = "state = 'open'"

escalations = Table(
    "escalations",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", String(120), nullable=False, unique=True, comment="Of the form, or of the rule and what it saw"),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("path", String(60), nullable=False),
    Column("path_name", Text, nullable=False),
    Column("path_version", String(80), nullable=False, comment="Of the file that the steps are from"),
    Column("kind", String(12), nullable=False, comment="functional or hierarchical"),
    Column("steps", Json, nullable=False, comment="As they stood when it began"),
    Column("reason", String(40), nullable=False),
    Column("note", Text, nullable=False, comment="What the next owner needs to know"),
    Column("by", Text, nullable=False, comment="A person, or the rule"),
    Column("is_by_rule", Boolean, nullable=False),
    Column("opened_at", Instant, nullable=False),
    Column("team", String(60), nullable=False),
    Column("owner", Text, comment="Null is an alarm"),
    Column("place", Integer, nullable=False, comment="Of the step that was taken last, from 0"),
    Column("step_at", Instant, nullable=False, comment="When it was taken"),
    Column("step_due_at", Instant, comment="When the next is due; null: none is left, or somebody answered"),
    Column("stopped_at", Instant, comment="When somebody answered"),
    Column("stopped_by", Text),
    Column("state", String(10), nullable=False, comment="open, returned or settled"),
    Column("ended_at", Instant),
    Column("ended_by", Text),
    Column("ended_why", String(20), comment="settled, returned, closed or further"),
    Column("ended_words", Text, comment="The advice, or what came of it"),
    Column("ended_key", String(120), comment="Of the form that ended it"),
    Index("ix_escalations_case", "case_id"),
    Index("ix_escalations_one_open", "case_id", unique=True, sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    Index("ix_escalations_due", "step_due_at", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    Index("ix_escalations_owner", "owner", sqlite_where=text(OPEN), postgresql_where=text(OPEN)),
    Index("ix_escalations_opened", "opened_at"),
    sqlite_autoincrement=True,
)

LOOKED = "looked_at IS NULL"
ALARMED = "alarm IS NOT NULL"
hops = Table(
    "case_hops",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("key", Text, nullable=False, unique=True, comment="Of the event that it belongs to"),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("from_owner", Text),
    Column("to_owner", Text),
    Column("from_team", String(60)),
    Column("to_team", String(60)),
    Column("reason", String(40), nullable=False),
    Column("by", Text, nullable=False),
    Column("looked_at", Instant, comment="When it was asked whether it is one too many"),
    Column("alarm", String(12), comment="ping_pong or too_many"),
    Index("ix_case_hops_case", "case_id", "id"),
    Index("ix_case_hops_new", "id", sqlite_where=text(LOOKED), postgresql_where=text(LOOKED)),
    Index("ix_case_hops_alarm", "case_id", sqlite_where=text(ALARMED), postgresql_where=text(ALARMED)),
    sqlite_autoincrement=True,
)

team_people = Table(
    "team_people",
    metadata,
    Column("team", String(60), primary_key=True),
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("is_lead", Boolean, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", Instant, nullable=False),
)
