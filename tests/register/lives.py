"""Complaints with a whole life, told in local days of Sydney; entries come complaint by complaint."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from models import Entry, EntryKind
from models.entry import GENESIS
from register.entries import make_entry

SYDNEY = ZoneInfo("Australia/Sydney")

Step = tuple[EntryKind, str, dict[str, Any], dict[str, Any]]


def at(text: str) -> str:
    """`2026-06-30T23:59` in Sydney, as the register writes it."""
    return datetime.fromisoformat(text).replace(tzinfo=SYDNEY).astimezone(UTC).isoformat()


def opened(when: str, **more: Any) -> Step:
    instant = datetime.fromisoformat(at(when))
    facts: dict[str, Any] = {
        "received_at": at(when),
        "received_on": when[:10],
        "time_zone": "Australia/Sydney",
        "channel": "mastodon",
        "account": "larkbank",
        "kind": "mention",
        "message_id": "m_1",
        "language": "en",
        "complaint_type": "standard",
        "category": "billing_payment",
        "product": "credit_card",
        "issues": ["charges"],
        "tier": 2,
        "priority": "high",
        "tags": ["billing"],
        "policy": "asic-rg271 2021-09",
        "respond_due_on": (instant.astimezone(SYDNEY).date() + timedelta(days=30)).isoformat(),
        "dues": {
            "acknowledge_24h": (instant + timedelta(days=1)).isoformat(),
            "acknowledge_1bd": (instant + timedelta(days=2)).isoformat(),
        },
    }
    return EntryKind.OPENED, when, facts | more, {"complainant": "mira", "text": "charged twice", "text_sha256": "ab"}


def step(kind_: EntryKind, when: str, /, *, personal: dict[str, Any] | None = None, **facts: Any) -> Step:
    """At `when`, recorded at once unless `recorded` says when."""
    return kind_, facts.pop("recorded", when), {"at": at(when), "by": "agnes"} | facts, personal or {}


def acknowledged(when: str) -> Step:
    told = {"acknowledged_at": at(when), "acknowledged_on_channel": "mastodon", "acknowledged_by": "agnes"}
    return EntryKind.ACKNOWLEDGED, when, told, {}


def closed(when: str, **more: Any) -> Step:
    return step(
        EntryKind.CLOSED,
        when,
        **({"basis": "other", "outcome": "upheld", "remedies": ["apology"]} | more),
    )


def register(**lives: Iterable[Step]) -> list[Entry]:
    """One keyword a complaint; entries follow each other in the order they were recorded, and come by complaint."""
    said = [(name, *one) for name, life in lives.items() for one in life]
    said.sort(key=lambda one: at(one[2]))
    return sorted(chained(said), key=lambda entry: (entry.complaint_id, entry.seq))


def chained(said: Iterable[tuple[str, EntryKind, str, dict[str, Any], dict[str, Any]]]) -> list[Entry]:
    entries: list[Entry] = []
    for seq, (name, kind, recorded, facts, personal) in enumerate(said, 1):
        entries.append(
            make_entry(
                kind,
                seq=seq,
                complaint_id=name.replace("_", "-"),
                recorded_at=datetime.fromisoformat(at(recorded)),
                facts=facts,
                personal=personal,
                salt=f"salt{seq}",
                previous=entries[-1].digest if entries else GENESIS,
            )
        )
    return entries
