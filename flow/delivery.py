"""An effect is carried out, once: the attempt was written first, and the sink is looked up before a second try."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from connectors.base import Desk
from connectors.world import World
from flow import follow_up
from flow.acknowledgement import acknowledge
from flow.automation import UPDATE_SINCE, OvertakenError, why_no_update, why_silent
from flow.away import is_away_answer, why_back
from flow.crisis import automatic_answers_frozen, paused
from flow.follow_up import CalledOffError, NotYetError, Outgoing
from flow.hiding import set_hidden
from flow.late import CallsOfTheLate
from models import ActorKind, AuthoredBy, CaseState, Comment, Event, EventKind, Receipt, Reply, Ticket, TicketUpdate
from models.errors import AccessError, BudgetError, EarshotError, PermanentError, RetryableError, UnknownOutcomeError
from store.callouts import Call
from store.encoding import decode
from store.outbox import VISIBILITY, Effect, OutboxRow, OutboxState
from store.store import Store, Transaction
from tracing import spans

MOST_DELIVERIES = 12
PATIENCE = timedelta(days=7)
"""A desk that does not answer is tried again for so long, however often that is: a ticket may be late, never forgotten.
An answer to a customer is not, for after hours it may be wrong: a person decides."""
LONGEST_PAUSE = timedelta(minutes=15)
ACCESS_PAUSE = timedelta(minutes=10)
DELIVERED = {
    Effect.CREATE_TICKET: EventKind.TICKET_PUSHED,
    Effect.ADD_COMMENT: EventKind.TICKET_NOTED,
    Effect.UPDATE_TICKET: EventKind.TICKET_UPDATED,
    Effect.NOTIFY: EventKind.TOLD,
    Effect.SEND_REPLY: EventKind.REPLIED,
    Effect.HIDE: EventKind.HIDDEN_ON_PLATFORM,
    Effect.SHOW: EventKind.SHOWN_ON_PLATFORM,
}

AT_THE_DESK = frozenset({Effect.CREATE_TICKET, Effect.ADD_COMMENT, Effect.UPDATE_TICKET, Effect.NOTIFY})
"""Looked up there before they are tried again, so that trying for days does nothing twice."""


def carry_out(row: OutboxRow, world: World, outgoing: Outgoing, *, last_check: Callable[[], None]) -> Receipt:
    """`world` opens a sink by its name; `outgoing` completes a reply; `last_check` is called when nothing is left to be
    done but the effect itself, and raises where it is not ours any more.

    Raises: whatever the sink raises; RetryableError for a note or a change whose ticket is not there yet.
    """
    with spans.span("deliver", {"earshot.outbox": row.id, "earshot.sink": row.sink}):
        if row.effect is Effect.SEND_REPLY:
            return _send_reply(row, world, outgoing, last_check)
        if row.effect in VISIBILITY:
            return set_hidden(row, outgoing.store, world.channel, last_check)
        return _at_desk(row, outgoing.store, world.desk_at(row.sink), last_check)


def _at_desk(row: OutboxRow, store: Store, desk: Desk, last_check: Callable[[], None]) -> Receipt:
    again = row.attempts > 1
    if row.effect in (Effect.CREATE_TICKET, Effect.NOTIFY):
        ticket = decode(Ticket, row.payload)
        found = desk.find_ticket(ticket.external_id) if again else None
        if found is not None:
            return found
        last_check()
        return desk.create_ticket(ticket)
    with store.reading() as transaction:
        siblings = transaction.outbox.of_case(row.case_id)
    if not any(other.effect is Effect.CREATE_TICKET and other.state is OutboxState.SENT for other in siblings):
        message = f"outbox {row.id}: its ticket is not at the desk yet; tried again soon"
        raise RetryableError(message, retry_after_seconds=2)
    if row.effect is Effect.UPDATE_TICKET:
        last_check()
        return desk.update_ticket(decode(TicketUpdate, row.payload))
    comment = decode(Comment, row.payload)
    noted = desk.find_comment(comment) if again else None
    if noted is not None:
        return noted
    last_check()
    return desk.add_comment(comment)


def _send_reply(row: OutboxRow, world: World, outgoing: Outgoing, last_check: Callable[[], None]) -> Receipt:
    person, text = _person_of(row), outgoing.words(row)
    with outgoing.store.reading() as transaction:
        mention = transaction.mentions.get([row.mention_id or ""])[0].mention
        silent = why_silent(transaction, row.case_id) if not person else None
        overtaken = _why_no_update(transaction, row, now=outgoing.now)
        is_in_doubt = transaction.outbox.is_in_doubt(row)
    if silent is not None:
        raise PermanentError(f"outbox {row.id}: this automatic answer is not sent: {silent}")
    if overtaken is not None:
        raise OvertakenError(f"outbox {row.id}: this automatic answer is not sent: {overtaken}")
    channel = world.channel(mention.channel)
    authored_by = AuthoredBy.PERSON if person else AuthoredBy.AUTOMATION
    reply = Reply(row.key, text, row.payload["is_private"], authored_by, perhaps_sent=is_in_doubt)
    allowed = channel.may_reply(mention, authored_by=authored_by, is_private=reply.is_private)
    if not allowed.allowed:
        raise PermanentError(f"outbox {row.id}: {channel.name} does not take this answer: {allowed.reason}")
    last_check()
    return channel.reply(mention, reply)


def _why_no_update(transaction: Transaction, row: OutboxRow, *, now: datetime) -> str | None:
    """Asked again at the moment of sending: since it was queued, somebody may have done something, or be back."""
    since, is_over = row.payload.get(UPDATE_SINCE), why_back(row, now=now)
    if is_over is not None:
        return is_over
    return why_no_update(transaction, row.case_id, since=datetime.fromisoformat(since)) if since else None


def _call_owner_of_crisis(transaction: Transaction, row: OutboxRow, *, now: datetime) -> bool:
    """What no program says in a crisis, a person has to. Gives whether its owner is called."""
    crisis = automatic_answers_frozen(transaction, row.case_id) if _is_automatic(row) else None
    if crisis is not None:
        paused(transaction, row.case_id, crisis, str(row.id), now=now)
    return crisis is not None


def _is_automatic(row: OutboxRow) -> bool:
    return row.effect is Effect.SEND_REPLY and not _person_of(row)


def _person_of(row: OutboxRow) -> str:
    """Empty where a program wrote the words."""
    return str(row.payload.get("person") or "")


def after_error(row: OutboxRow, error: Exception, *, now: datetime) -> tuple[OutboxState, timedelta]:
    """What becomes of a row whose try failed, and how long it waits."""
    if isinstance(error, BudgetError):
        return OutboxState.PENDING, max(error.until - now, ACCESS_PAUSE)
    if isinstance(error, CalledOffError | OvertakenError):
        return OutboxState.GIVEN_UP, timedelta(0)
    if isinstance(error, NotYetError):
        return OutboxState.PENDING, error.until - now
    if _is_over(row, error, now=now):
        return OutboxState.FAILED, timedelta(0)
    if isinstance(error, AccessError):
        return OutboxState.PENDING, ACCESS_PAUSE
    if isinstance(error, RetryableError):
        is_unknown = isinstance(error, UnknownOutcomeError)
        return (OutboxState.UNKNOWN if is_unknown else OutboxState.PENDING), _pause(row, error)
    return OutboxState.FAILED, timedelta(0)


def _is_over(row: OutboxRow, error: Exception, *, now: datetime) -> bool:
    if row.effect in AT_THE_DESK and isinstance(error, RetryableError | AccessError):
        return now - row.created_at > PATIENCE
    return row.attempts >= MOST_DELIVERIES


def _pause(row: OutboxRow, error: RetryableError) -> timedelta:
    """What the sink asked for, else twice as long each time, up to a quarter of an hour; a part of it by chance."""
    if error.retry_after_seconds is not None:
        return min(timedelta(seconds=error.retry_after_seconds), LONGEST_PAUSE)
    longest = min(timedelta(seconds=2 ** min(row.attempts, MOST_DELIVERIES)), LONGEST_PAUSE)
    return longest * (0.5 + secrets.randbelow(500) / 1000)


def put_back(transaction: Transaction, row: OutboxRow, error: Exception, *, now: datetime) -> OutboxState:
    """Note the failed try and when the next is due. What nobody raised on purpose may have come after the sending."""
    state, pause = after_error(row, error, now=now)
    if state in (OutboxState.FAILED, OutboxState.GIVEN_UP) and follow_up.asks(row):
        state = OutboxState.GIVEN_UP  # nobody has to decide anything about a question that cannot be asked
        follow_up.called_off(transaction, row, error)
    if state is OutboxState.FAILED and is_away_answer(row):
        state = OutboxState.GIVEN_UP  # nor about a word of automation that the channel does not take
    is_unknown = isinstance(error, UnknownOutcomeError) or not isinstance(error, EarshotError)
    transaction.outbox.put_back(row, state, error=str(error), next_at=now + pause, now=now, is_unknown=is_unknown)
    if not isinstance(error, CalledOffError | NotYetError | OvertakenError):
        transaction.connections.failed(row.sink, str(error), now=now)
    is_final = state is OutboxState.FAILED or isinstance(error, OvertakenError)
    is_called = is_final and _call_owner_of_crisis(transaction, row, now=now)
    if state is OutboxState.FAILED:
        facts = {"effect": row.effect.value, "sink": row.sink, "error": str(error)}
        failed = _event(EventKind.DELIVERY_FAILED, f"{row.id}:{row.attempts}", row.case_id, facts, now=now)
        transaction.events.record([failed], now=now)
        if not is_called:
            _call_about_answer(transaction, row, now=now)
    return state


def _call_about_answer(transaction: Transaction, row: OutboxRow, *, now: datetime) -> None:
    """Whoever wrote it takes the customer for answered, and so does the case's path: nothing else would tell them."""
    if row.effect is Effect.SEND_REPLY:
        key, calls = f"not_sent:{row.id}:{row.attempts}", CallsOfTheLate(transaction, now=now)
        calls.add_of_case(row.case_id, key, Call.NOT_SENT, writer=_person_of(row))


def delivered(transaction: Transaction, row: OutboxRow, receipt: Receipt, *, now: datetime) -> list[int]:
    """Keep the receipt, and what follows from it for the case. Gives the case where it was an answer: only that changes
    what an early warning is worked out from."""
    if row.effect is Effect.SEND_REPLY:
        transaction.register.lock()
        row = replace(row, case_id=transaction.outbox.get(row.id).case_id)  # cases are merged meanwhile, too
        person = _person_of(row)
        if person:  # what a program wrote leaves the case as open as it was
            transaction.cases.set_state(row.case_id, CaseState.ANSWERED, now=now)
        if receipt.reached_author and not follow_up.asks(row):
            text = str(row.payload["text"])
            acknowledge(transaction, row.case_id, person=person, text=text, at=now, now=now)
    transaction.outbox.sent(row, receipt, now=now)
    transaction.connections.worked(row.sink, now=now)
    facts = {"sink": row.sink, "reference": receipt.reference, "url": receipt.url, "found": receipt.found}
    events = [_event(DELIVERED[row.effect], str(row.id), row.case_id, facts, now=now)]
    if row.effect is Effect.SEND_REPLY:
        more = follow_up.sent(transaction, row, now=now)
        events = more if follow_up.asks(row) else [*events, *more]  # a question is no answer to anybody
    transaction.events.record(events, now=now)
    return [row.case_id] if row.effect is Effect.SEND_REPLY else []


def _event(kind: EventKind, key: str, case_id: int, facts: Mapping[str, object], *, now: datetime) -> Event:
    return Event(f"{kind.value}:{key}", kind, now, ActorKind.RULE, "earshot", case_id, facts=facts)
