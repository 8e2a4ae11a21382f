"""Tables of replies that wait for approval, and of people whose replies always do."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, String, Table, Text, text

from store.columns import Instant, Json, Serial
from store.tables import metadata

approvals = Table(
    "approvals",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("form_key", String(32), nullable=False, unique=True, comment="Of the composer's form; of the reply, too"),
    Column("case_id", ForeignKey("cases.id"), nullable=False),
    Column("mention_id", ForeignKey("mentions.id"), nullable=False, comment="What is answered"),
    Column("author_id", ForeignKey("users.id"), nullable=False, comment="Who wrote it"),
    Column("author", Text, nullable=False),
    Column("text", Text, nullable=False, comment="As its author wrote it"),
    Column("is_private", Boolean, nullable=False),
    Column("saved_reply", String(60), comment="That was put in"),
    Column("checks", Json, nullable=False, comment="Answers to the composer's checklist"),
    Column("override_reason", Text, nullable=False, comment="Why advice of the public reply guard is passed over"),
    Column("reasons", Json, nullable=False, comment="Code and words of each rule that asks for approval"),
    Column("question", Text, nullable=False, comment="The author's words to who decides"),
    Column("case_version", BigInteger, nullable=False, comment="Of the case when it was written"),
    Column("asked_at", Instant, nullable=False),
    Column("state", String(12), nullable=False, comment="waiting, approved, sent_back or withdrawn"),
    Column("decided_by", Text),
    Column("decided_at", Instant),
    Column("decision_key", String(32), comment="Of the form that decided"),
    Column("sent_text", Text, comment="As it was approved, where it was"),
    Column("words", Text, comment="To the author, where it was sent back"),
    Column("outbox_id", ForeignKey("outbox.id")),
    Index("ix_approvals_case", "case_id"),
    Index(
        "ix_approvals_waiting",
        "asked_at",
        sqlite_where=text("state = 'waiting'"),
        postgresql_where=text("state = 'waiting'"),
    ),
    sqlite_autoincrement=True,
)

trainees = Table(
    "trainees",
    metadata,
    Column("user_id", ForeignKey("users.id"), primary_key=True),
    Column("marked_by", Text, nullable=False),
    Column("marked_at", Instant, nullable=False),
)
