"""What people do about a candidate for a systemic issue: own, decide, escalate, report what came of it.

Each act is an event; the register says of every complaint of an issue that was not dismissed that it belongs to it.
Source: RG 271.117 to .121, .182 (possible systemic issues).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from flow.chain import append
from models import ActorKind, EntryKind, Event, EventKind
from models.errors import RecordError
from store.cases import StaleCaseError
from store.store import Transaction
from store.systemic import Candidate

LINKED_BY_RULE = "rule:earshot"
STEADY, WARNING = "steady", "warning"
"""Levels of a candidate: whether it grows faster than its own past."""


class Decision(StrEnum):
    POSSIBLE = "possible"
    """To be looked into: reported as a possible systemic issue."""
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


HELD = frozenset({Decision.POSSIBLE.value, Decision.CONFIRMED.value})


def own(
    transaction: Transaction,
    candidate_id: int,
    owner: str,
    *,
    by: str,
    now: datetime,
    version: int | None = None,
    reason: str = "",
) -> None:
    """Raises: RecordError for an unknown candidate or nobody; StaleCaseError where it is not at `version` any more."""
    candidate = _candidate(transaction, candidate_id, by=by, version=version)
    _needed(owner, "an owner")
    transaction.systemic.act(candidate_id, {"owner": owner})
    facts = {"from": candidate.owner or "nobody", "to": owner, **_why(reason)}
    _record(transaction, EventKind.SYSTEMIC_OWNED, candidate, by, now, facts, now=now)


def decide(
    transaction: Transaction,
    candidate_id: int,
    decision: str,
    *,
    by: str,
    reason: str,
    at: datetime,
    now: datetime,
    version: int | None = None,
) -> None:
    """Possible and confirmed ones are told to the register, complaint by complaint. Takes the register's lock.

    Raises: as `own`; RecordError also for an unknown decision, no reason, or an instant still to come.
    """
    transaction.register.lock()
    candidate = _candidate(transaction, candidate_id, by=by, version=version)
    if decision not in set(Decision):
        raise RecordError(f"{decision[:40]!r} is no decision; use one of {', '.join(Decision)}")
    _needed(reason, "a reason")
    _past(at, now)
    values = {"decision": decision, "decided_by": by, "decided_at": at, "reason": reason}
    transaction.systemic.act(candidate_id, values)
    facts = {"from": candidate.decision or "undecided", "to": decision, "reason": reason}
    _record(transaction, EventKind.SYSTEMIC_DECIDED, candidate, by, at, facts, now=now)
    _link_now(transaction, candidate_id, by=by, at=at, now=now)


def escalate(
    transaction: Transaction,
    candidate_id: int,
    to: str,
    *,
    by: str,
    at: datetime,
    now: datetime,
    version: int | None = None,
    reason: str = "",
) -> None:
    """To whom it was brought, and when. One that was dismissed has to be decided anew first. Takes the register's lock.

    Raises: as `decide`.
    """
    transaction.register.lock()
    candidate = _candidate(transaction, candidate_id, by=by, version=version)
    if candidate.decision == Decision.DISMISSED:
        raise RecordError(f"candidate {candidate_id} was dismissed; decide on it again before it is escalated")
    _needed(to, "to whom it was escalated")
    _past(at, now)
    values: dict[str, object] = {"escalated_to": to, "escalated_by": by, "escalated_at": at}
    if candidate.decision is None:
        why = reason.strip() or "escalated"
        values |= {"decision": Decision.POSSIBLE.value, "decided_by": by, "decided_at": at, "reason": why}
    transaction.systemic.act(candidate_id, values)
    _record(transaction, EventKind.SYSTEMIC_ESCALATED, candidate, by, at, {"to": to, **_why(reason)}, now=now)
    _link_now(transaction, candidate_id, by=by, at=at, now=now)


def report_outcome(
    transaction: Transaction,
    candidate_id: int,
    outcome: str,
    *,
    by: str,
    at: datetime,
    now: datetime,
    version: int | None = None,
    reason: str = "",
) -> None:
    """What came of it, as it was reported inside the firm (RG 271.120). Takes the register's lock.

    Raises: as `decide`; RecordError also where nothing was decided yet.
    """
    transaction.register.lock()
    candidate = _candidate(transaction, candidate_id, by=by, version=version)
    if candidate.decision is None:
        raise RecordError(f"candidate {candidate_id} is undecided; decide on it before its outcome is reported")
    _needed(outcome, "an outcome")
    _past(at, now)
    transaction.systemic.act(candidate_id, {"outcome": outcome, "outcome_by": by, "outcome_at": at})
    facts = {"outcome": outcome, **_why(reason)}
    _record(transaction, EventKind.SYSTEMIC_REPORTED, candidate, by, at, facts, now=now)
    _link_now(transaction, candidate_id, by=by, at=at, now=now)


def link(transaction: Transaction, candidate: Candidate, *, by: str, at: datetime, now: datetime) -> int:
    """Tell the register of members it does not know of, where the issue is held. The caller holds its lock."""
    if candidate.decision not in HELD:
        return 0
    unlinked = transaction.systemic.unlinked(candidate.id)
    for complaint_id in unlinked:
        facts = {"at": at.isoformat(), "by": by, "candidate_id": str(candidate.id)}
        append(transaction, EntryKind.SYSTEMIC_LINKED, complaint_id, facts, {}, now=now)
    transaction.systemic.linked(unlinked, now=now)
    return len(unlinked)


def _link_now(transaction: Transaction, candidate_id: int, *, by: str, at: datetime, now: datetime) -> None:
    candidate = transaction.systemic.get(candidate_id)
    if candidate is not None:
        link(transaction, candidate, by=by, at=at, now=now)


def _candidate(transaction: Transaction, candidate_id: int, *, by: str, version: int | None) -> Candidate:
    _needed(by, "the name of who does it")
    candidate = transaction.systemic.get(candidate_id)
    if candidate is None:
        raise RecordError(f"no systemic candidate has the number {candidate_id}; the list shows those there are")
    if version is not None and version != candidate.version:
        raise StaleCaseError(f"candidate {candidate_id} was changed meanwhile; nothing was done: look at it again")
    return candidate


def _needed(text: str, what: str) -> None:
    if not text.strip():
        raise RecordError(f"this act needs {what}")


def _why(reason: str) -> dict[str, str]:
    return {"reason": reason.strip()} if reason.strip() else {}


def _past(at: datetime, now: datetime) -> None:
    if at.utcoffset() is None:
        raise RecordError(f"{at.isoformat()} has no time zone; add one, such as +10:00 or Z")
    if at > now:
        raise RecordError(f"{at.isoformat()} lies in the future of {now.isoformat()}; say when it happened")


def _record(
    transaction: Transaction,
    kind: EventKind,
    candidate: Candidate,
    by: str,
    at: datetime,
    facts: Mapping[str, object],
    *,
    now: datetime,
) -> None:
    key = f"{kind.value}:{candidate.id}:{candidate.version}"
    told = {"candidate": candidate.id, **facts}
    transaction.events.record([Event(key, kind, at, ActorKind.PERSON, by, facts=told)], now=now)
