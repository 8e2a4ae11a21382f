"""A case is put off until a time, and comes back: then, or before, when something happens that cannot wait.

No clock moves: a complaint comes back while there is still time to act on its next clock (`models.clock.DUE_SOON`).
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from flow.named import RefusedError
from flow.teamwork import By, write_note
from models import ActorKind, CaseState, Event, EventKind
from models.clock import DUE_SOON
from store.callouts import Call
from store.cases import StoredCase
from store.snoozes import Snooze
from store.store import Store, Transaction

LONGEST = timedelta(days=90)
SHORTEST = timedelta(minutes=1)
MORNING = time(9)
LATER_TODAY = time(16)
FEWEST_HOURS = timedelta(hours=1)
"""`later today` is offered where so long is left until then."""
MONDAY = 0
MOST_AT_ONCE = 500
PROGRAM = "earshot"


class Why(StrEnum):
    """Why a case is back."""

    TIME = "its time came"
    CLOCK = "a clock ends soon"
    WROTE = "somebody wrote in it"
    SERIOUS = "it turned out more serious"
    PERSON = "ended by hand"


@dataclass(frozen=True, slots=True)
class Preset:
    key: str
    name: str
    until: datetime


def presets(now: datetime, zone: ZoneInfo) -> list[Preset]:
    """What is offered at this instant, the soonest first; times of day are those of the firm's zone."""
    local = now.astimezone(zone)
    found = [Preset("hour", "in 1 hour", (now + timedelta(hours=1)).astimezone(zone))]
    later = datetime.combine(local.date(), LATER_TODAY, zone)
    if later >= now + FEWEST_HOURS:
        found.append(Preset("later", "later today", later))
    found.append(Preset("tomorrow", "tomorrow", _morning(local, 1)))
    days = (MONDAY - local.weekday()) % 7 or 7
    if days > 1:
        found.append(Preset("monday", "next Monday", _morning(local, days)))
    return found


def _morning(local: datetime, days: int) -> datetime:
    return datetime.combine(local.date() + timedelta(days=days), MORNING, local.tzinfo)


def back_at_latest(case: StoredCase) -> datetime | None:
    """When a clock brings the case back, whatever was asked for; None where none runs."""
    return case.next_due_at - DUE_SOON if case.next_due_at is not None else None


def why_not(case: StoredCase, *, now: datetime) -> str | None:
    """Why this case is not put off at all, in words that say what to do."""
    if case.state is CaseState.CLOSED:
        return f"case {case.id} is done already: open it again first"
    latest = back_at_latest(case)
    if latest is not None and latest <= now:
        return f"the next clock of case {case.id} has ended or ends within four hours: answer, or hand it over"
    return None


def put_off(transaction: Transaction, case: StoredCase, until: datetime, note: str, by: By, *, version: int) -> None:
    """Raises: RefusedError in words; StaleCaseError where the case is not at `version` any more."""
    key = f"snoozed:{case.id}:{by.form_key}"
    if transaction.events.is_recorded(key):
        return
    check_time(until, now=by.at)
    refusal = why_not(case, now=by.at)
    if refusal is not None:
        raise RefusedError(refusal)
    transaction.snoozes.put_off(case.id, until, version=version, by=by.person, now=by.at)
    facts: dict[str, object] = {"until": until.isoformat(sep=" ", timespec="minutes")}
    _record(transaction, EventKind.SNOOZED, key, case.id, facts, person=by.person, now=by.at)
    if note:
        write_note(transaction, case, note, by)


def check_time(until: datetime, *, now: datetime) -> None:
    """Raises: RefusedError."""
    if until < now + SHORTEST:
        raise RefusedError("that time has passed: choose a later one")
    if until > now + LONGEST:
        raise RefusedError(f"a case is put off for {LONGEST.days} days at most: choose an earlier time")


def end(transaction: Transaction, case: StoredCase, by: By) -> bool:
    """At a person's word; the case is as it was before. False where it is not put off."""
    return wake(transaction, case.id, Why.PERSON, now=by.at, person=by.person) is not None


def wake(
    transaction: Transaction, case_id: int, why: Why, *, now: datetime, person: str | None = None
) -> Snooze | None:
    """Whoever put it off is told, unless a person ended it. None where it is not put off."""
    snooze = transaction.snoozes.end(case_id, now=now)
    if snooze is None:
        return None
    key = f"woken:{case_id}:{snooze.since.isoformat()}"
    _record(transaction, EventKind.WOKEN, key, case_id, {"because": why.value}, person=person, now=now)
    if person is None:
        user = transaction.accounts.by_name(snooze.by)
        if user is not None and user.disabled_at is None:
            transaction.callouts.add(key, [user.id], case_id, Call.WOKEN, by="Earshot", now=now)
    return snooze


def wake_due(store: Store, *, now: datetime) -> int:
    """All whose time has come, however long ago that was; gives how many. Each comes back once."""
    total = 0
    while True:
        with store.reading() as transaction:
            due = transaction.snoozes.due(now=now, limit=MOST_AT_ONCE)
        if not due:
            return total
        with store.writing() as transaction:
            total += sum(_bring_back(transaction, snooze.case_id, now=now) for snooze, _ in due)


def _bring_back(transaction: Transaction, case_id: int, *, now: datetime) -> bool:
    """Into the open list, also where the case was answered before it was put off."""
    case, snooze = transaction.cases.get(case_id), transaction.snoozes.get(case_id)
    if case is None or snooze is None:
        return False
    why = Why.TIME if snooze.until <= now else Why.CLOCK
    latest = back_at_latest(case)
    if why is Why.CLOCK and (latest is None or latest > now):
        return False  # put off anew, or its clock moved, since it was looked for
    if wake(transaction, case_id, why, now=now) is None:
        return False
    if case.state is CaseState.ANSWERED:
        transaction.cases.set_state(case_id, CaseState.OPEN, now=now)
    return True


def _record(
    transaction: Transaction,
    kind: EventKind,
    key: str,
    case_id: int,
    facts: dict[str, object],
    *,
    person: str | None,
    now: datetime,
) -> None:
    actor_kind = ActorKind.PERSON if person is not None else ActorKind.RULE
    event = Event(key, kind, now, actor_kind, person or PROGRAM, case_id, None, facts)
    transaction.events.record([event], now=now)
