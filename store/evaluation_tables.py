"""What `earshot evaluate` found, for each version of the classifier; figures only, no texts."""

from sqlalchemy import Column, Index, Integer, String, Table, UniqueConstraint

from store.columns import Instant, Json, Serial
from store.tables import metadata

classifier_evaluations = Table(
    "classifier_evaluations",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("version", String(40), nullable=False, comment="As its manifest calls it"),
    Column("digest", String(64), nullable=False, comment="SHA-256 of its manifest"),
    Column("against", String(40), nullable=False, comment="The version it was compared with"),
    Column("against_digest", String(64), nullable=False),
    Column("rows_digest", String(64), nullable=False, comment="SHA-256 of the file of labelled rows"),
    Column("row_count", Integer, nullable=False, comment="How many labelled rows"),
    Column("at", Instant, nullable=False),
    Column("figures", Json, nullable=False, comment="Numbers by name; no text of a row"),
    UniqueConstraint("digest", "against_digest", "rows_digest"),
    Index("ix_classifier_evaluations_version", "version", "at"),
    sqlite_autoincrement=True,
)
