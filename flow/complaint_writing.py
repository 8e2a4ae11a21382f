"""One act of a person on a complaint is written down: entry, row, clocks, case and event, in one transaction."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from flow.chain import append, preview
from flow.complaint_clocks import dues_of, keep_clocks
from flow.places import lateness
from flow.ticket_state import change_state
from models import ActorKind, CaseState, Decision, Due, EntryKind, Event, EventKind, Priority, Tier
from models.complaint import Life, Status
from models.errors import RecordError
from policy.loading import Policy
from register.facts import due_facts
from register.life import fold
from register.transitions import Act, check, owes_response
from store.store import Transaction
from triage.score import with_clocks

ENDED = frozenset({Status.CLOSED, Status.WITHDRAWN, Status.AT_AFCA, Status.MERGED_AWAY})
CLOCKS_AHEAD = timedelta(minutes=2)
"""How far another machine's clock may be ahead before an instant counts as in the future."""
SAFE_CONTACT_TAG = "safe_contact"
LONGEST_REASON_CHARACTERS = 2_000
EVENTS = {
    EntryKind.ACKNOWLEDGED: EventKind.ACKNOWLEDGED,
    EntryKind.CLOSED: EventKind.CLOSED,
    EntryKind.REOPENED: EventKind.REOPENED,
}
"""All other acts are a `COMPLAINT_ACT`."""


@dataclass(frozen=True, slots=True)
class Doing:
    """Who does what, and when it happened in the world."""

    act: Act
    kind: EntryKind
    person: str
    at: datetime
    reason: str = ""
    key: str = ""
    """Of the form: sent twice, it acts once. Empty acts every time."""

    @property
    def facts(self) -> dict[str, object]:
        why: dict[str, object] = {"reason": self.reason} if self.reason else {}
        return {"by": self.person, "at": self.at.isoformat()} | why

    def event_key(self, complaint_id: str, seq: int) -> str:
        return f"complaint:{complaint_id}:{self.key or seq}:{self.kind}"


def because(act: Act, kind: EntryKind, person: str, at: datetime, reason: str, key: str) -> Doing:
    """An act that needs its reason."""
    return Doing(act, kind, person, at, checked_reason(reason, needed=True), key)


def checked_reason(reason: str, *, needed: bool) -> str:
    """Raises: RecordError."""
    words = reason.strip()
    if (needed and not words) or len(words) > LONGEST_REASON_CHARACTERS:
        raise RecordError(f"a reason has 1 to {LONGEST_REASON_CHARACTERS:,} characters; say why")
    return words


class Acts:
    """What all acts on a complaint do."""

    def __init__(self, transaction: Transaction, policy: Policy, *, now: datetime) -> None:
        self._transaction = transaction
        self._policy = policy
        self._now = now

    def life(self, complaint_id: str) -> Life:
        """Raises: RecordError where no complaint has this id."""
        entries = self._transaction.register.of_complaint(complaint_id)
        if not entries:
            raise RecordError(f"complaint {complaint_id!r} is not in the register; ids look like C-0000001")
        return fold(entries)

    def _act(
        self,
        complaint_id: str,
        doing: Doing,
        facts: Mapping[str, object] | None = None,
        personal: Mapping[str, object] | None = None,
    ) -> Life:
        life = self._begin(complaint_id, doing)
        return self._write(life, doing, facts, personal) if life is not None else self.life(complaint_id)

    def _begin(self, complaint_id: str, doing: Doing) -> Life | None:
        """The life so far, with the register's lock held; None where this very form acted already.

        Raises: RefusedActError, RecordError.
        """
        self._transaction.register.lock()
        life = self.life(complaint_id)
        if self._is_repeat(complaint_id, doing):
            return None
        check(life, doing.act)
        self._check_who_and_when(life, doing)
        return life

    def _is_repeat(self, complaint_id: str, doing: Doing) -> bool:
        return bool(doing.key) and self._transaction.events.is_recorded(doing.event_key(complaint_id, 0))

    def _check_who_and_when(self, life: Life, doing: Doing) -> None:
        """Raises: RecordError."""
        name = f"{life.complaint_id}: {doing.act}"
        if not doing.person.strip():
            raise RecordError(f"{name} names no person; say who did it")
        check_instant(doing.at, f"{name}: at", now=self._now)
        if doing.at < life.received_at and doing.act is not Act.CORRECT:
            received = life.received_at.isoformat(timespec="seconds")
            raise RecordError(
                f"{name}: at {doing.at.isoformat(timespec='seconds')} lies before the receipt at {received}; correct"
                " one of the two"
            )

    def _write(
        self,
        life: Life,
        doing: Doing,
        facts: Mapping[str, object] | None = None,
        personal: Mapping[str, object] | None = None,
    ) -> Life:
        """Append the entry, with the due dates where they move, and do all that follows from it."""
        said = doing.facts | dict(facts or {})
        dues = dues_of(self._preview(life, doing, said), self._policy)
        if dues and tuple(sorted((due.key, due.at) for due in dues)) != life.dues:
            said |= due_facts(dues)
        after = append(self._transaction, doing.kind, life.complaint_id, said, personal or {}, now=self._now)
        self._follow(life, after, dues, doing)
        return after

    def _preview(self, life: Life, doing: Doing, facts: Mapping[str, object]) -> Life:
        """The life as it would be after the act; nothing is written."""
        said = doing.facts | dict(facts)
        return preview(self._transaction, doing.kind, life.complaint_id, said, now=self._now)

    def _follow(self, before: Life, after: Life, dues: tuple[Due, ...], doing: Doing) -> None:
        keep_clocks(self._transaction, after, self._policy)
        if after.case_id is not None:
            self._keep_case(before, after, dues)
        event = Event(
            doing.event_key(after.complaint_id, after.last_seq),
            EVENTS.get(doing.kind, EventKind.COMPLAINT_ACT),
            doing.at,
            ActorKind.PERSON,
            doing.person,
            after.case_id,
            facts={
                "complaint_id": after.complaint_id,
                "act": doing.act.value,
                "entry": after.last_seq,
                "status": after.status.value,
            },
        )
        self._transaction.events.record([event], now=self._now)

    def _keep_case(self, before: Life, after: Life, dues: tuple[Due, ...]) -> None:
        cases, case_id = self._transaction.cases, after.case_id or 0
        case = cases.get(case_id)
        if case is None:
            return
        weights = self._policy.house.weights
        late = lateness(self._transaction.targets.of([case_id])).get(case_id, 0.0)
        standing = decided(case.decision, after, dues)
        decision = with_clocks(standing, case.next_due_at, weights, lateness=late, now=self._now)
        if decision != case.decision:
            cases.decide(case_id, decision, now=self._now)
        if case.complaint_received_at != after.own_received_at:
            cases.register(case_id, after.complaint_id, received_at=after.own_received_at, now=self._now)
        state = case_state(before, after)
        if state is not None and state is not case.state:
            change_state(self._transaction, case, state, now=self._now)


def check_instant(at: datetime, name: str, *, now: datetime) -> None:
    """Raises: RecordError for an instant without zone, or still to come."""
    if at.utcoffset() is None:
        raise RecordError(f"{name} {at.isoformat()} has no time zone; add one, such as +10:00 or Z")
    if at > now + CLOCKS_AHEAD:
        raise RecordError(f"{name} {at.isoformat(timespec='seconds')} lies in the future; say when it happened")


def case_state(before: Life, after: Life) -> CaseState | None:
    """What the act makes of the conversation's case; None where nothing."""
    if after.status in ENDED:
        owed_anew = before.status is after.status and owes_response(after) and not owes_response(before)
        given_back = after.status is Status.AT_AFCA and after.refer_back_due_on is not None
        if owed_anew or given_back:
            return CaseState.OPEN
        return CaseState.CLOSED if before.status is not after.status else None
    if before.status in ENDED:
        return CaseState.OPEN
    newly_responded = after.response is not None and after.response != before.response
    return CaseState.ANSWERED if newly_responded else None


def decided(decision: Decision, life: Life, dues: tuple[Due, ...]) -> Decision:
    """The case's decision with what the complaint's life makes of it: its clocks, and the safe-contact path."""
    changed = replace(decision, dues=dues or decision.dues)
    if not life.needs_safe_contact:
        tags = tuple(tag for tag in changed.tags if tag != SAFE_CONTACT_TAG)
        return replace(changed, tags=tags)
    tags = tuple(sorted({*changed.tags, SAFE_CONTACT_TAG}))
    return replace(changed, tier=Tier.HIGH_PRIORITY, priority=Priority.URGENT, tags=tags)
