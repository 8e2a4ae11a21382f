"""Complaints for the tests of the clocks: local times of Sydney unless an offset is given."""

from datetime import datetime
from zoneinfo import ZoneInfo

from tests.triage.build import NSW
from triage.clock_facts import ClockFact
from triage.clocks import Clocks, clocks_of, due_dates

SYDNEY = ZoneInfo("Australia/Sydney")
V1 = "2026-06-05T23:50:00+10:00"


def instant(text: str | datetime) -> datetime:
    """A day alone is noon in Sydney."""
    if isinstance(text, datetime):
        return text
    found = datetime.fromisoformat(text if "T" in text else f"{text}T12:00:00")
    return found if found.tzinfo else found.replace(tzinfo=SYDNEY)


def event(kind: str, at: str | datetime, **facts: object) -> ClockFact:
    return ClockFact(kind, instant(at), facts)


def clocks(received, *events, types="standard", policy=NSW, now=None) -> Clocks:
    return clocks_of(
        policy,
        types=[types] if isinstance(types, str) else types,
        received_at=instant(received),
        events=events,
        now=instant(now) if now else None,
    )


def days(received, *events, **options) -> dict[str, str]:
    """Key → last day in time."""
    return {due.key: due.on.isoformat() for due in clocks(received, *events, **options).dues}


def day(key, received, *events, **options) -> str | None:
    return days(received, *events, **options).get(key)


def standings(received, *events, **options) -> dict[str, str]:
    """Key → how it stands; `breach` where it is one."""
    states = clocks(received, *events, **options).states
    return {state.due.key: "breach" if state.is_breach else state.standing.value for state in states}


def dues(received, policy=NSW, complaint_type="standard", **options):
    found = due_dates(policy, complaint_type=complaint_type, received_at=instant(received), **options)
    return {due.key: due for due in found}
