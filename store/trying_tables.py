"""Tables that bound what is tried and what is sent: counts of wrong tries, forms that were carried out.

Rows of both are forgotten by time, so neither grows with what is tried.
"""

from sqlalchemy import Column, Index, Integer, String, Table

from store.columns import Instant
from store.tables import metadata

wrong_tries = Table(
    "wrong_tries",
    metadata,
    Column("digest", String(64), primary_key=True, comment="Keyed, of what was tried and from which network"),
    Column("tries", Integer, nullable=False),
    Column("ends_at", Instant, nullable=False, comment="Then the count begins anew"),
    Index("ix_wrong_tries_ends", "ends_at"),
)

sent_forms = Table(
    "sent_forms",
    metadata,
    Column("digest", String(64), primary_key=True, comment="Of a person's id and the key of a form of their account"),
    Column("expires_at", Instant, nullable=False),
    Index("ix_sent_forms_expires", "expires_at"),
)
