"""One more entry at the end of the register."""

import secrets
from collections.abc import Mapping
from datetime import datetime

from models import EntryKind
from register.entries import make_entry
from store.store import Transaction


def append(
    transaction: Transaction,
    kind: EntryKind,
    complaint_id: str,
    facts: Mapping[str, object],
    personal: Mapping[str, object],
    *,
    now: datetime,
) -> None:
    """The caller holds the register's lock."""
    seq, previous = transaction.register.head()
    entry = make_entry(
        kind,
        seq=seq + 1,
        complaint_id=complaint_id,
        recorded_at=now,
        facts=facts,
        personal=personal,
        salt=secrets.token_hex(16),
        previous=previous,
    )
    transaction.register.append(entry)
