"""Every clock of a complaint, worked out anew from its life, and written where the ticking is done."""

from collections.abc import Iterator
from datetime import datetime

from models import Due, EntryKind
from models.complaint import Life, Need, Status, WrittenResponse
from models.errors import RecordError
from policy.loading import Policy
from register.transitions import owes_response
from store.store import Transaction
from triage.clock_facts import ClockFact
from triage.clocks import Clocks, clocks_of

NO_CLOCKS = frozenset({Status.RULED_OUT, Status.MERGED_AWAY})


def clocks_of_life(life: Life, policy: Policy, *, now: datetime | None = None) -> Clocks:
    """Every clock after all that happened to the complaint, complaints merged into it counted in.

    Args:
        now: the instant to look from; without it, that of the last event.

    Raises: RecordError where the pack does not cover the day of receipt, or an event cannot come so early.
    """
    types = [name for name in life.types if name in policy.regulation.types] or [policy.house.complaint_type]
    return clocks_of(policy, types=types, received_at=life.received_at, events=clock_facts(life, policy), now=now)


def clock_facts(life: Life, policy: Policy) -> list[ClockFact]:
    """The log as the clocks read it; what another pack called an event is left out."""
    known = policy.regulation.known_events
    return [fact for fact in _facts(life, policy) if fact.kind in known]


def _facts(life: Life, policy: Policy) -> Iterator[ClockFact]:
    for act in life.events:
        yield ClockFact(act.event, act.at, dict(act.facts))
    for other in life.merged:
        if other.acknowledged_at is not None:
            yield ClockFact("acknowledged", other.acknowledged_at)
        for code in other.written_response:
            yield ClockFact(event_with_code(policy, WrittenResponse(code)), other.at)
    for need in life.support_needs:
        if need.need is Need.HARDSHIP:
            yield ClockFact(event_with_code(policy, WrittenResponse.HARDSHIP), need.at)


def event_with_code(policy: Policy, code: WrittenResponse) -> str:
    """The pack's event for one of the grounds of RG 271.75; empty where it has none."""
    return next((event.name for event in policy.regulation.events.values() if event.code == code), "")


def dues_of(life: Life, policy: Policy) -> tuple[Due, ...]:
    """Earliest first; none where the pack does not cover the day of receipt: a date is never guessed."""
    clocks = _clocks_or_none(life, policy)
    return clocks.dues if clocks is not None else ()


def _clocks_or_none(life: Life, policy: Policy) -> Clocks | None:
    try:
        return clocks_of_life(life, policy)
    except RecordError:
        return None


def is_running(key: str, policy: Policy) -> bool:
    """Whether the firm has to keep it; the others say what may be done until when, or only count a lateness."""
    if key.endswith("_s36") or key.startswith("close"):
        return False
    return not any(row.is_window for row in policy.regulation.clocks if row.key == key)


def keep_clocks(transaction: Transaction, life: Life, policy: Policy) -> None:
    """Write down the running clocks of its case as the life has them; met ones may run again after a reopening."""
    if life.case_id is None:
        return
    if life.status in NO_CLOCKS:
        transaction.cases.drop_clocks(life.case_id)
        return
    clocks = _clocks_or_none(life, policy)
    states = clocks.states if clocks is not None else ()
    running = [(state.due, state.met_at or _at_afca(life)) for state in states if is_running(state.due.key, policy)]
    transaction.cases.keep_clocks(life.case_id, running)


def _at_afca(life: Life) -> datetime | None:
    """What AFCA has and did not give back, nobody here has to keep."""
    if life.status is not Status.AT_AFCA or owes_response(life):
        return None
    return next((step.at for step in reversed(life.history) if step.kind == EntryKind.AT_AFCA), None)
