"""The first answer that reached the author acknowledges the complaint (RG 271.51, .52)."""

from datetime import datetime

from flow.chain import append
from models import ActorKind, EntryKind, Event, EventKind
from register.facts import acknowledged_facts
from store.outbox import Effect, OutboxState
from store.store import Transaction

ACKNOWLEDGE_CLOCKS = ("acknowledge_24h", "acknowledge_1bd")


def acknowledge(transaction: Transaction, case_id: int, *, person: str, text: str, at: datetime, now: datetime) -> None:
    """Note it in the register and stop the clocks, once; nothing where the case is no complaint. Holds the lock."""
    case = transaction.cases.get(case_id)
    if case is None or case.complaint_id is None:
        return
    if any(entry.kind == EntryKind.ACKNOWLEDGED for entry in transaction.register.of_complaint(case.complaint_id)):
        return
    facts = acknowledged_facts(at=at, channel=case.channel, by=person, text=text)
    append(transaction, EntryKind.ACKNOWLEDGED, case.complaint_id, facts, {}, now=now)
    transaction.cases.meet_clocks(case.id, ACKNOWLEDGE_CLOCKS, at=at)
    event = Event(f"acknowledged:{case.id}", EventKind.ACKNOWLEDGED, at, ActorKind.PERSON, person, case.id)
    transaction.events.record([event], now=now)


def acknowledge_by_earlier_answer(transaction: Transaction, case_id: int, *, now: datetime) -> None:
    """A case that was answered before it was found to be a complaint was acknowledged by that answer."""
    for row in transaction.outbox.of_case(case_id):
        if row.effect is Effect.SEND_REPLY and row.state is OutboxState.SENT and row.reached_author_at is not None:
            person, text = str(row.payload.get("person", "")), str(row.payload["text"])
            acknowledge(transaction, case_id, person=person, text=text, at=row.reached_author_at, now=now)
            return
