"""The promise register: a promise to a customer is made, kept, withdrawn or moved, and is broken by itself.

Each act is one transaction of the caller's, with its event, and is carried out once for one form. What happens does not
depend on when the clock is looked at: a promise is broken when its instant has passed, however late that is noticed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flow.named import RefusedError, given_reason
from flow.teamwork import By, record
from models import ActorKind, Event, EventKind
from models.promise import Promise, PromiseKind, PromiseState
from policy.loading import Policy
from policy.promise_rules import PromiseRules, load_promise_rules
from store.callouts import Call
from store.cases import StoredCase
from store.promises import Made
from store.store import Store, Transaction
from triage.promises import remind_at
from triage.working_time import WorkingTime, working_time_of

LONGEST_WORDS = 500
MOST_AT_ONCE = 1_000
PROGRAM = "earshot"


@dataclass(frozen=True, slots=True)
class House:
    """By what promises are reminded of: rules, and when people are at work."""

    rules: PromiseRules
    working: WorkingTime

    @property
    def zone(self) -> ZoneInfo:
        return self.working.zone


def house_of(policy: Policy, rules: PromiseRules | None = None) -> House:
    """Raises: SetupError where the rules cannot be read."""
    return House(rules or load_promise_rules(), working_time_of(policy))


@dataclass(frozen=True, slots=True)
class Wanted:
    """A promise as a person gives it."""

    kind: PromiseKind
    words: str
    due_at: datetime
    basis: str
    mention_id: str | None = None
    """None where it answers no message: then it is about the newest of the case."""


def key_of(form_key: str) -> str:
    """Of the promise that a form made; a reply's own key, whether it goes at once or is approved."""
    return f"promise:{form_key}"


def fault_of(wanted: Wanted, house: House, *, now: datetime) -> str | None:
    """Why nobody can promise this, in words that say what to do."""
    if not wanted.words.strip() or len(wanted.words) > LONGEST_WORDS:
        return f"say what is promised, in 1 to {LONGEST_WORDS} characters"
    if wanted.due_at <= now:
        return "that time has passed: promise a later one"
    if wanted.due_at > now + house.rules.longest:
        return f"a promise reaches {house.rules.longest.days} days at most: choose an earlier date"
    return None


def make(
    transaction: Transaction,
    case: StoredCase,
    wanted: Wanted,
    house: House,
    by: By,
    *,
    outbox_id: int | None = None,
    waits: bool = False,
    replaces: int | None = None,
) -> int | None:
    """Its number, or None where this form made it already. `waits`: its reply waits for approval; nothing is promised
    until that goes out.

    Raises: RefusedError in words.
    """
    if transaction.promises.of_key(key_of(by.form_key)) is not None:
        return None
    fault = fault_of(wanted, house, now=by.at)
    mention_id = wanted.mention_id or transaction.promises.newest_message(case.id)
    if fault is not None or mention_id is None:
        raise RefusedError(fault or f"case {case.id} has no message, so nobody was promised anything in it")
    made = Made(
        key=key_of(by.form_key),
        case_id=case.id,
        mention_id=mention_id,
        kind=wanted.kind,
        words=wanted.words.strip(),
        basis=wanted.basis,
        made_by=by.person,
        due_at=wanted.due_at,
        remind_at=remind_at(by.at, wanted.due_at, house.rules.remind_before, house.working),
        state=PromiseState.WAITING if waits else PromiseState.OPEN,
        outbox_id=outbox_id,
        replaces=replaces,
    )
    number = transaction.promises.add(made, now=by.at)
    if number is not None and not waits and replaces is None:
        facts = {"kind": made.kind.value, "due_at": _local(made.due_at, house.zone), "promise": number}
        record(transaction, EventKind.PROMISE_MADE, f"promise_made:{number}", by, facts, case_id=case.id)
    return number


def reply_goes(transaction: Transaction, form_key: str, outbox_id: int, author: str, *, now: datetime) -> None:
    """A reply was approved: what its author promised in it is promised now."""
    found = transaction.promises.of_key(key_of(form_key))
    if found is None or not transaction.promises.begin(found.id, outbox_id=outbox_id, made_at=now):
        return
    facts = {"kind": found.kind.value, "due_at": found.due_at.isoformat(), "promise": found.id}
    by = By(author, now, form_key)
    record(transaction, EventKind.PROMISE_MADE, f"promise_made:{found.id}", by, facts, case_id=found.case_id)


def reply_stays(transaction: Transaction, form_key: str) -> None:
    """A reply was sent back or taken back: nobody was promised anything."""
    transaction.promises.drop(key_of(form_key))


def keep(transaction: Transaction, promise: Promise, by: By, *, in_time: str = "") -> bool:
    """False where this form said so already. After its time it was kept late, and stays broken; unless it was kept in
    time and only said late: `in_time` says why.

    Raises: RefusedError where it is settled otherwise.
    """
    key = _key(EventKind.PROMISE_KEPT, promise, by)
    if transaction.events.is_recorded(key):
        return False
    now, promises = _as_of(transaction, promise, by.at), transaction.promises
    facts: dict[str, object] = {"promise": promise.id, "kind": promise.kind.value}
    if now.state is PromiseState.OPEN:
        is_done = promises.settle(promise.id, PromiseState.KEPT, by=by.person, at=by.at)
    elif now.is_overdue and in_time.strip():
        why = given_reason(in_time, "say that it was kept in time")
        was, state = PromiseState.BROKEN, PromiseState.KEPT
        is_done = promises.settle(promise.id, state, was=was, by=by.person, at=by.at, reason=why)
        facts |= {"said late": True, "reason": why}
    else:
        is_done = now.is_overdue and promises.kept_late(promise.id, by=by.person, at=by.at)
        facts |= {"late": True}
    if not is_done:
        raise _settled(transaction, promise)
    record(transaction, EventKind.PROMISE_KEPT, key, by, facts, case_id=now.case_id)
    return True


def withdraw(transaction: Transaction, promise: Promise, reason: str, by: By) -> bool:
    """With a reason. One that is broken stays so, and nobody waits for it any more. False where this form did it.

    Raises: RefusedError.
    """
    why = given_reason(reason, "withdraw a promise")
    key = _key(EventKind.PROMISE_WITHDRAWN, promise, by)
    if transaction.events.is_recorded(key):
        return False
    now = _as_of(transaction, promise, by.at)
    if now.is_overdue:
        broken = PromiseState.BROKEN
        is_done = transaction.promises.settle(promise.id, broken, was=broken, by=by.person, at=by.at, reason=why)
    else:
        is_done = transaction.promises.settle(promise.id, PromiseState.WITHDRAWN, by=by.person, at=by.at, reason=why)
    if not is_done:
        raise _settled(transaction, promise)
    facts = {"promise": promise.id, "kind": promise.kind.value, "reason": why}
    record(transaction, EventKind.PROMISE_WITHDRAWN, key, by, facts, case_id=now.case_id)
    return True


def change_date(
    transaction: Transaction, promise: Promise, due_at: datetime, basis: str, reason: str, house: House, by: By
) -> int | None:
    """The number of the promise that takes its place; None where this form made it already. The old one is withdrawn,
    or stays broken where its time had passed.

    Raises: RefusedError.
    """
    if transaction.promises.of_key(key_of(by.form_key)) is not None:
        return None
    why = given_reason(reason, "promise another date")
    now, case = _as_of(transaction, promise, by.at), transaction.cases.get(promise.case_id)
    is_open, by_person = now.state is PromiseState.OPEN, by.person
    is_free = now.is_overdue or (
        is_open and transaction.promises.settle(promise.id, PromiseState.WITHDRAWN, by=by_person, at=by.at, reason=why)
    )
    if case is None or not is_free:
        raise _settled(transaction, promise)
    wanted = Wanted(promise.kind, promise.words, due_at, basis, promise.mention_id)
    number = make(transaction, case, wanted, house, by, replaces=promise.id)
    if number is None:
        raise _settled(transaction, promise)
    facts = {
        "promise": promise.id,
        "from": _local(promise.due_at, house.zone),
        "to": _local(due_at, house.zone),
        "reason": why,
    }
    key = _key(EventKind.PROMISE_DATE_CHANGED, promise, by)
    record(transaction, EventKind.PROMISE_DATE_CHANGED, key, by, facts, case_id=case.id)
    return number


# the clock


def look(store: Store, working: WorkingTime, *, now: datetime) -> int:
    """What ran out is broken, once, also after a standstill; whose promise is due soon is told, once, and only while
    people are at work. Gives how many were said.
    """
    total = _each(store, lambda transaction: transaction.promises.run_out(now=now, limit=MOST_AT_ONCE), _break, now)
    if working.is_open(now):
        total += _each(
            store, lambda transaction: transaction.promises.to_remind(now=now, limit=MOST_AT_ONCE), _remind, now
        )
    return total


def _each(
    store: Store,
    find: Callable[[Transaction], list[Promise]],
    act: Callable[[Transaction, Promise, datetime], bool],
    now: datetime,
) -> int:
    """Until nothing is left; each part is one transaction."""
    total = 0
    while True:
        with store.reading() as transaction:
            if not find(transaction):
                return total
        with store.writing() as transaction:
            total += sum(act(transaction, each, now) for each in find(transaction))


def _break(transaction: Transaction, promise: Promise, now: datetime) -> bool:
    """Broken when it was due. False where it was settled meanwhile."""
    if not transaction.promises.settle(promise.id, PromiseState.BROKEN, by=PROGRAM, at=promise.due_at):
        return False
    _tell(transaction, promise, EventKind.PROMISE_BROKEN, Call.PROMISE_BROKEN, promise.due_at, now)
    transaction.warnings.look_soon(promise.case_id, now=now)
    return True


def _remind(transaction: Transaction, promise: Promise, now: datetime) -> bool:
    if not transaction.promises.reminded(promise.id, now=now):
        return False
    _tell(transaction, promise, EventKind.PROMISE_DUE_SOON, Call.PROMISE_DUE, now, now)
    return True


def _tell(transaction: Transaction, promise: Promise, kind: EventKind, call: Call, at: datetime, now: datetime) -> None:
    """The owner of the case; whoever promised where it has none, or where that one has left."""
    key = f"{kind.value}:{promise.id}"
    facts = {"promise": promise.id, "kind": promise.kind.value, "due_at": promise.due_at.isoformat()}
    event = Event(key, kind, at, ActorKind.RULE, PROGRAM, promise.case_id, promise.mention_id, facts)
    transaction.events.record([event], now=now)
    case = transaction.cases.get(promise.case_id)
    for name in (case.owner if case is not None else None, promise.made_by):
        user = transaction.accounts.by_name(name) if name is not None else None
        if user is not None and user.disabled_at is None:
            transaction.callouts.add(key, [user.id], promise.case_id, call, by="Earshot", now=now)
            return


# shared


def _as_of(transaction: Transaction, promise: Promise, now: datetime) -> Promise:
    """As it stands at this instant: one whose time has passed is broken first, whether or not the clock was there."""
    if promise.state is PromiseState.OPEN and promise.due_at < now:
        _break(transaction, promise, now)
    return transaction.promises.get(promise.id) or promise


def _settled(transaction: Transaction, promise: Promise) -> RefusedError:
    now = transaction.promises.get(promise.id) or promise
    by = f" by {now.settled_by}" if now.settled_by else ""
    return RefusedError(f"this promise is settled already: {now.state.value}{by}; look at the case again")


def _key(kind: EventKind, promise: Promise, by: By) -> str:
    return f"{kind.value}:{promise.id}:{by.form_key}"


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(sep=" ", timespec="minutes")
