"""A short register to look at and to break."""

from datetime import UTC, datetime, timedelta

from models import Entry, EntryKind
from models.entry import GENESIS
from register.entries import make_entry

START = datetime(2026, 6, 30, 13, 59, tzinfo=UTC)
"""23:59 on the last day of the half-year in Sydney."""


def opening(number: int, **facts: object) -> dict[str, object]:
    received_at = START + timedelta(minutes=number)
    return {
        "received_at": received_at.isoformat(),
        "received_on": (received_at + timedelta(hours=10)).date().isoformat(),
        "channel": "x",
        "tags": ["billing", "double_charge"],
        "tier": 3,
    } | facts


def chain(*said: tuple[EntryKind, str, dict[str, object]]) -> list[Entry]:
    entries: list[Entry] = []
    for seq, (kind, complaint_id, facts) in enumerate(said, 1):
        entries.append(
            make_entry(
                kind,
                seq=seq,
                complaint_id=complaint_id,
                recorded_at=START + timedelta(hours=seq),
                facts=facts,
                personal={"complainant": f"person{seq}", "text": "charged twice"} if kind is EntryKind.OPENED else {},
                salt=f"salt{seq}",
                previous=entries[-1].digest if entries else GENESIS,
            )
        )
    return entries


def three_complaints() -> list[Entry]:
    return chain(
        (EntryKind.OPENED, "C-0000001", opening(0)),
        (EntryKind.OPENED, "C-0000002", opening(1)),
        (EntryKind.ACKNOWLEDGED, "C-0000001", {"acknowledged_at": (START + timedelta(hours=2)).isoformat()}),
        (EntryKind.OPENED, "C-0000003", opening(2)),
        (EntryKind.RULED_OUT, "C-0000002", {"basis": "a joke", "decided_by": "person:agnes"}),
    )
