"""A register on SQLite, filled with made-up complaints that went the usual way."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from models import Entry, EntryKind
from models.entry import GENESIS
from register.entries import make_entry
from store.migrate import upgrade
from store.store import Store

BEGINNING = datetime(2026, 1, 1, 1, tzinfo=UTC)
ENTRIES_EACH = 6
BATCH = 6_000
TEXT = "I was charged twice for the same transfer, I called three times & nobody answers. Жалба, şikâyet — fix it!"


def fill(path: Path, *, complaints: int, first: int = 1, previous: str = GENESIS) -> str:
    """Append the entries of so many complaints; gives the last digest."""
    store = Store(f"sqlite:///{path}")
    upgrade(store.engine)
    entries = _entries(first, complaints, previous)
    while batch := list(islice(entries, BATCH)):
        previous = batch[-1].digest
        with store.writing() as transaction:
            transaction.register.lock()
            transaction.register.append_all(batch)
    store.close()
    return previous


def _entries(first: int, complaints: int, previous: str) -> Iterator[Entry]:
    seq = (first - 1) * ENTRIES_EACH
    for number in range(first, first + complaints):
        received_at = BEGINNING + timedelta(minutes=2 * number)
        for kind, hours, facts, personal in _life(number, received_at):
            seq += 1
            entry = make_entry(
                kind,
                seq=seq,
                complaint_id=f"C-{number:07d}",
                recorded_at=received_at + timedelta(hours=hours),
                facts={"at": (received_at + timedelta(hours=hours)).isoformat(), "by": "agnes"} | facts,
                personal=personal,
                salt=f"{number:032x}",
                previous=previous,
            )
            previous = entry.digest
            yield entry


def _life(number: int, received_at: datetime) -> Iterator[tuple[EntryKind, int, dict[str, Any], dict[str, Any]]]:
    received_on = received_at.date()
    yield EntryKind.OPENED, 0, _opening(number, received_at, received_on), _personal(number)
    yield (
        EntryKind.ACKNOWLEDGED,
        2,
        {
            "acknowledged_at": (received_at + timedelta(hours=2)).isoformat(),
            "acknowledged_on_channel": "mastodon",
            "acknowledged_by": "agnes",
        },
        {},
    )
    yield EntryKind.CORRECTED, 3, {"product": "credit_card", "issues": ["charges"], "reason": "asked"}, {}
    yield EntryKind.INVESTIGATING, 4, {}, {}
    yield EntryKind.RESPONDED, 240, {"channel": "email", "outcome": "upheld", "missing": []}, {}
    closing = {
        "basis": "response",
        "outcome": "upheld",
        "remedies": ["apology", "fee_refund"],
        "compensation_amount": f"{number % 500}.50",
        "compensation_currency": "AUD",
    }
    yield EntryKind.CLOSED, 241, closing, {}


def _opening(number: int, received_at: datetime, received_on: date) -> dict[str, Any]:
    due = received_at + timedelta(days=30)
    return {
        "received_at": received_at.isoformat(),
        "received_on": received_on.isoformat(),
        "time_zone": "Australia/Sydney",
        "channel": "mastodon",
        "account": "larkbank",
        "kind": "mention",
        "message_id": f"m_{number:016x}",
        "language": "en",
        "complaint_type": "standard",
        "category": "billing_payment",
        "classifier": "2026.2",
        "complaint_score": 0.9712,
        "tier": number % 4,
        "priority": "high",
        "tags": ["billing", "double_charge"],
        "basis": "an expression of dissatisfaction about our products that expects an answer, on our own channel",
        "limbs": ["dissatisfaction: yes", "about_us: yes", "answer_expected: yes", "identifiable: yes"],
        "decided_by": "classifier:2026.2",
        "policy": "asic-rg271 2021-09, house 2026-11",
        "acknowledge_due_at": (received_at + timedelta(days=1)).isoformat(),
        "respond_due_on": due.date().isoformat(),
        "dues": {"acknowledge_24h": (received_at + timedelta(days=1)).isoformat(), "respond": due.isoformat()},
    }


def _personal(number: int) -> dict[str, Any]:
    return {
        "complainant": f"person{number}",
        "complainant_name": None,
        "text": TEXT,
        "text_sha256": f"{number:064x}",
        "url": f"https://social.example/@person{number}/{number}",
        "native_id": str(number),
    }
