"""Candidates for systemic issues, the complaints in each, and every look at the complaints."""

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table, Text

from store.columns import Instant, Json, Serial
from store.tables import metadata

systemic_candidates = Table(
    "systemic_candidates",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("found_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False, comment="Last look that found it"),
    Column("name", Text, nullable=False, comment="Most frequent product and category"),
    Column("words", Json, nullable=False),
    Column("examples", Json, nullable=False, comment="Complaint ids, the most typical first"),
    Column("size", Integer, nullable=False, comment="Complaints that ever belonged to it"),
    Column("people", Integer, nullable=False),
    Column("weeks", Json, nullable=False, comment="People a week up to the last look, oldest first"),
    Column("level", String(10), nullable=False, comment="steady or warning"),
    Column("chance", Float, nullable=False, comment="Of so full a last week if nothing had changed"),
    Column("owner", Text),
    Column("decision", String(20)),
    Column("decided_by", Text),
    Column("decided_at", Instant),
    Column("reason", Text),
    Column("escalated_to", Text),
    Column("escalated_by", Text),
    Column("escalated_at", Instant),
    Column("outcome", Text),
    Column("outcome_by", Text),
    Column("outcome_at", Instant),
    Column("version", Integer, nullable=False, comment="Raised by every act of a person"),
    sqlite_autoincrement=True,
)

systemic_members = Table(
    "systemic_members",
    metadata,
    Column("complaint_id", String(40), primary_key=True, comment="In one candidate at most"),
    Column("candidate_id", ForeignKey("systemic_candidates.id"), nullable=False),
    Column("joined_at", Instant, nullable=False),
    Column("linked_at", Instant, comment="When the register was told"),
    Index("ix_systemic_members_candidate", "candidate_id"),
)

systemic_looks = Table(
    "systemic_looks",
    metadata,
    Column("looked_at", Instant, primary_key=True),
    Column("complaints", Integer, nullable=False),
    Column("clusters", Integer, nullable=False),
    Column("found", Integer, nullable=False, comment="New candidates"),
    Column("warned", Integer, nullable=False, comment="Candidates whose warning went on"),
)
