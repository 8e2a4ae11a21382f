"""The first answer that reached the author acknowledges the complaint (RG 271.51, .52)."""

from datetime import datetime

from flow.chain import append
from models import ActorKind, EntryKind, Event, EventKind
from models.clock import ACKNOWLEDGE
from models.complaint import Life
from models.follow_up import SURVEY
from register.facts import acknowledged_facts
from register.life import fold
from register.transitions import Act, why_not
from store.outbox import Effect, OutboxState
from store.store import Transaction

AUTOMATION = "automation"


def acknowledge(transaction: Transaction, case_id: int, *, person: str, text: str, at: datetime, now: datetime) -> None:
    """Note it in the register and stop the clocks, once; nothing where the case is no complaint. Holds the lock.

    `person` is empty where a program wrote the answer.

    An answer in the conversation of a complaint that was merged away acknowledges the one it is kept under.
    """
    case = transaction.cases.get(case_id)
    if case is None or case.complaint_id is None:
        return
    life = _kept(transaction, case.complaint_id)
    if why_not(life, Act.ACKNOWLEDGE) is not None or life.first_acknowledged_at is not None:
        return
    facts = acknowledged_facts(at=at, channel=case.channel, by=person or AUTOMATION, text=text)
    append(transaction, EntryKind.ACKNOWLEDGED, life.complaint_id, facts, {}, now=now)
    kept_case = life.case_id if life.case_id is not None else case.id
    keys = [key for key, _ in life.dues if key.startswith(ACKNOWLEDGE)]
    transaction.cases.meet_clocks(kept_case, keys, at=at)
    actor = (ActorKind.PERSON, person) if person else (ActorKind.RULE, AUTOMATION)
    event = Event(f"acknowledged:{kept_case}", EventKind.ACKNOWLEDGED, at, *actor, kept_case)
    transaction.events.record([event], now=now)


def _kept(transaction: Transaction, complaint_id: str) -> Life:
    life = fold(transaction.register.of_complaint(complaint_id))
    return life if life.merged_into is None else fold(transaction.register.of_complaint(life.merged_into))


def acknowledge_by_earlier_answer(transaction: Transaction, case_id: int, *, now: datetime) -> None:
    """A case that was answered before it was found to be a complaint was acknowledged by that answer."""
    for row in transaction.outbox.of_case(case_id):
        is_answer = row.effect is Effect.SEND_REPLY and not row.payload.get(SURVEY)
        if is_answer and row.state is OutboxState.SENT and row.reached_author_at is not None:
            person, text = str(row.payload.get("person") or ""), str(row.payload["text"])
            acknowledge(transaction, case_id, person=person, text=text, at=row.reached_author_at, now=now)
            return
