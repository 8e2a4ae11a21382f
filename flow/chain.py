"""One more entry at the end of the register, and the complaint's row beside it, in one transaction."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from itertools import groupby

from models import EntryKind
from models.complaint import Life
from register.entries import make_entry
from register.life import fold
from store.store import Transaction


def append(
    transaction: Transaction,
    kind: EntryKind,
    complaint_id: str,
    facts: Mapping[str, object],
    personal: Mapping[str, object],
    *,
    now: datetime,
) -> Life:
    """The caller holds the register's lock. Gives the complaint's life after it."""
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
    life = fold([entry] if kind is EntryKind.OPENED else transaction.register.of_complaint(complaint_id))
    transaction.complaints.put(life)
    return life


def preview(
    transaction: Transaction, kind: EntryKind, complaint_id: str, facts: Mapping[str, object], *, now: datetime
) -> Life:
    """The life as it would be with one more entry; nothing is written."""
    seq, previous = transaction.register.head()
    entry = make_entry(
        kind,
        seq=seq + 1,
        complaint_id=complaint_id,
        recorded_at=now,
        facts=facts,
        personal={},
        salt="",
        previous=previous,
    )
    return fold([*transaction.register.of_complaint(complaint_id), entry])


def rebuild(transaction: Transaction) -> int:
    """Work out every complaint's row from the entries; gives how many there are. Holds the register's lock."""
    transaction.register.lock()
    transaction.complaints.empty()
    count = 0
    entries = transaction.register.entries(by_complaint=True)
    for _, group in groupby(entries, key=lambda entry: entry.complaint_id):
        transaction.complaints.put(fold(group))
        count += 1
    return count
