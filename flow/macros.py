"""Running a macro on a case: every act of it, each with its event, or none at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from flow.crisis import saved_replies_frozen
from flow.hops import owner_changed
from flow.named import RefusedError
from flow.ticket_state import change_state
from models import ActorKind, CaseState, Event, EventKind
from models.saved_reply import ME, Macro, MacroAct, MacroActKind
from register.transitions import LIVE
from store.cases import StaleCaseError, StoredCase
from store.store import Transaction


@dataclass(frozen=True, slots=True)
class Run:
    """Who runs a macro, when, and by which form: the same form twice runs it once."""

    person: str
    key: str
    today: date
    """Where the firm is."""
    now: datetime


def refusals(transaction: Transaction, case: StoredCase, macro: Macro, run: Run) -> list[str]:
    """Why it cannot be run on this case now, a sentence for each act that is refused."""
    found = [] if macro.retired_at is None else ["The macro was retired."]
    return found + [why for act in macro.acts if (why := _refusal(transaction, case, act, run)) is not None]


def _refusal(transaction: Transaction, case: StoredCase, act: MacroAct, run: Run) -> str | None:
    if act.kind is MacroActKind.ASSIGN and act.value not in ("", ME):
        user = transaction.accounts.by_name(act.value)
        return f"{act.value} is nobody who works here." if user is None or user.disabled_at is not None else None
    if act.kind is MacroActKind.SAVED_REPLY:
        crisis = saved_replies_frozen(transaction, case)
        if crisis is not None:
            return f"The crisis “{crisis.name}” runs: saved replies are frozen. Use its holding statement."
        reply = transaction.saved_replies.get(act.value)
        is_offered = reply is not None and reply.is_offered(run.today)
        return None if is_offered else f"The saved reply “{reply.title if reply else act.value}” is not in use."
    if act.kind is MacroActKind.DONE:
        return _why_not_done(transaction, case)
    return None


def _why_not_done(transaction: Transaction, case: StoredCase) -> str | None:
    if case.state is CaseState.CLOSED:
        return "The case is done already."
    complaint = transaction.complaints.of_case(case.id)
    is_live = complaint.status in LIVE if complaint is not None else case.decision.is_complaint
    if is_live:
        return "The case is a complaint: it is closed on its own page."
    is_promised = bool(transaction.promises.with_open([case.id]))
    return "A promise is open: close the case on its page, and say what becomes of it." if is_promised else None


def run(transaction: Transaction, case: StoredCase, macro: Macro, by: Run, *, version: int) -> None:
    """Raises: StaleCaseError, RefusedError naming every act that is refused; then nothing is done."""
    ran = f"{EventKind.MACRO_RAN.value}:{case.id}:{by.key}"
    if transaction.events.is_recorded(ran):
        return
    if case.version != version:
        raise StaleCaseError(f"case {case.id} was changed meanwhile; nothing was done: look at it again")
    refused = refusals(transaction, case, macro, by)
    if refused:
        raise RefusedError(f"Nothing was done by “{macro.name}”: {' '.join(refused)}")
    events = [Event(ran, EventKind.MACRO_RAN, by.now, ActorKind.PERSON, by.person, case.id, facts=_facts(macro))]
    for act in macro.acts:
        events += _carry_out(transaction, case, act, by)
    transaction.events.record(events, now=by.now)
    transaction.saved_replies.count_run(macro.key)


def _facts(macro: Macro) -> Mapping[str, object]:
    return {"macro": macro.name, "version": macro.version, "acts": [act.kind.value for act in macro.acts]}


def _carry_out(transaction: Transaction, case: StoredCase, act: MacroAct, by: Run) -> list[Event]:
    """Not the saved reply: it goes into the composer, where a person reads and sends it."""

    def event(kind: EventKind, facts: Mapping[str, object]) -> Event:
        key = f"{kind.value}:{case.id}:{by.key}"
        return Event(key, kind, by.now, ActorKind.PERSON, by.person, case.id, facts=facts)

    if act.kind is MacroActKind.ASSIGN:
        owner = (by.person if act.value == ME else act.value) or None
        if owner == case.owner:
            return []
        transaction.cases.assign(case.id, owner, version=case.version, now=by.now)
        key = f"{EventKind.ASSIGNED.value}:{case.id}:{by.key}"
        owner_changed(transaction, case.id, case.owner, owner, key=key, reason="assigned", by=by.person, at=by.now)
        return [event(EventKind.ASSIGNED, {"from": case.owner or "nobody", "to": owner or "nobody"})]
    if act.kind is MacroActKind.NOTE:
        return [event(EventKind.NOTED, {"text": act.value})]
    if act.kind is MacroActKind.DONE:
        change_state(transaction, case, CaseState.CLOSED, now=by.now)
        return [event(EventKind.CLOSED, {})]
    return []
