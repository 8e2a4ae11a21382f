"""What has outlived its period goes, once one person proposed it and another one agreed, unless a hold keeps it.

Nothing here runs by the clock. `carry_out` works in one transaction with the register's lock, so that no hold is placed
and no complaint moves beside it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from flow.chain import append
from flow.holds import Held, held, root_of
from flow.named import RefusedError, given_reason, named_person
from models import ActorKind, EntryKind, Event, EventKind
from models.complaint import Status
from models.retention import (
    DueRecord,
    Hold,
    ItemOutcome,
    PlatformDeletion,
    Proposal,
    ProposalState,
    RecordClass,
)
from policy.retention import Keep, Retention
from store.store import Transaction

OVER = frozenset({Status.CLOSED.value, Status.WITHDRAWN.value, Status.RULED_OUT.value})
"""A complaint at AFCA is not over, whenever it was closed."""
MOST_AT_ONCE = 5_000
OF_A_CASE = frozenset(
    {
        RecordClass.COMPLAINT_WORDS,
        RecordClass.OTHER_WORDS,
        RecordClass.NOISE_WORDS,
        RecordClass.NOTES,
        RecordClass.EVENTS,
        RecordClass.OUTBOX,
    }
)
NEEDS_THE_WORDS = OF_A_CASE - {RecordClass.NOTES, RecordClass.EVENTS}
IN_ORDER = (
    RecordClass.REGISTER,
    RecordClass.OUTBOX,
    RecordClass.NOTES,
    RecordClass.EVENTS,
    RecordClass.COMPLAINT_WORDS,
    RecordClass.OTHER_WORDS,
    RecordClass.NOISE_WORDS,
    RecordClass.UNREAD_WORDS,
    RecordClass.AUTHOR_HISTORY,
    RecordClass.AUTHOR_SNAPSHOT,
    RecordClass.UNREADABLE,
    RecordClass.STAFF_SESSIONS,
    RecordClass.ACCESS_LOG,
)
"""Rows that point at others come before those they point at."""


@dataclass(frozen=True, slots=True)
class ClassLook:
    """One class of record: how many may go, are held, or are proposed already. No record is counted twice."""

    keep: Keep
    due: int
    held: int
    proposed: int
    oldest_from: datetime | None
    """Of those that may go: the instant their period is counted from."""


@dataclass(frozen=True, slots=True)
class Look:
    classes: tuple[ClassLook, ...]
    held: tuple[tuple[DueRecord, Hold], ...]
    deletions: tuple[PlatformDeletion, ...]
    """Copies that a platform wants gone and that are still here, each with what it waits for."""


@dataclass(frozen=True, slots=True)
class Done:
    proposal: Proposal
    outcomes: Mapping[ItemOutcome, int]
    register_entries: int
    """How many entries lost their personal data."""


def look(transaction: Transaction, retention: Retention, *, now: datetime) -> Look:
    """A dry run: changes nothing."""
    held_by = held(transaction)
    classes: list[ClassLook] = []
    kept: list[tuple[DueRecord, Hold]] = []
    for record_class in IN_ORDER:
        keep = retention.keep[record_class]
        free, with_hold, proposed = _sorted_out(transaction, keep, held_by, now=now)
        kept += with_hold
        oldest = min((record.counted_from for record in free), default=None)
        classes.append(ClassLook(keep, len(free), len(with_hold), proposed, oldest))
    return Look(tuple(classes), tuple(kept), tuple(transaction.retention.waiting_deletions()))


def propose(
    transaction: Transaction,
    retention: Retention,
    *,
    by: str,
    reason: str,
    now: datetime,
    classes: Collection[RecordClass] = (),
    limit: int = MOST_AT_ONCE,
) -> Proposal:
    """A batch of what is due and neither held nor proposed already, of all classes where none is named.

    Raises: RefusedError.
    """
    person = named_person(transaction, by, retention.may_decide, "propose what goes")
    words = given_reason(reason, "propose what goes")
    held_by, batch = held(transaction), list[DueRecord]()
    for record_class in IN_ORDER:
        if record_class in (classes or RecordClass):
            free, _, _ = _sorted_out(transaction, retention.keep[record_class], held_by, now=now)
            batch += free[: limit - len(batch)]
    if not batch:
        raise RefusedError("nothing is due that is neither held nor proposed already; see `earshot retention look`")
    number = transaction.retention.propose(
        batch, reason=words, policy=retention.title, person=person.name, person_id=person.id, now=now
    )
    _log(transaction, EventKind.RETENTION_PROPOSED, number, person.name, {"reason": words, "items": len(batch)}, now)
    return proposal_of(transaction, number)


def agree(transaction: Transaction, retention: Retention, number: int, *, by: str, now: datetime) -> Proposal:
    """The second pair of eyes: somebody else than who proposed it.

    Raises: RefusedError.
    """
    person = named_person(transaction, by, retention.may_decide, "agree to what goes")
    proposal = _waiting(transaction, number, ProposalState.PROPOSED, "agree")
    if not transaction.retention.agree(number, person=person.name, person_id=person.id, now=now):
        raise RefusedError(f"proposal {number} is by {proposal.proposed_by}: somebody else has to agree")
    _log(transaction, EventKind.RETENTION_AGREED, number, person.name, {}, now)
    return proposal_of(transaction, number)


def turn_down(
    transaction: Transaction, retention: Retention, number: int, *, by: str, reason: str, now: datetime
) -> Proposal:
    """Nothing goes; what it held may be proposed again. Also for who proposed it.

    Raises: RefusedError.
    """
    person = named_person(transaction, by, retention.may_decide, "turn a proposal down").name
    words = given_reason(reason, "turn a proposal down")
    was = (ProposalState.PROPOSED, ProposalState.AGREED)
    if not transaction.retention.end(number, ProposalState.TURNED_DOWN, was=was, person=person, now=now, reason=words):
        raise _not_now(transaction, number, "turn down")
    _log(transaction, EventKind.RETENTION_TURNED_DOWN, number, person, {"reason": words}, now)
    return proposal_of(transaction, number)


def carry_out(transaction: Transaction, retention: Retention, number: int, *, by: str, now: datetime) -> Done:
    """All of an agreed batch that is still due and that no hold keeps; the rest is left, and said.

    Raises: RefusedError.
    """
    transaction.register.lock()
    person = named_person(transaction, by, retention.may_decide, "carry a proposal out").name
    proposal = _waiting(transaction, number, ProposalState.AGREED, "carry out")
    transaction.retention.end(number, ProposalState.CARRIED_OUT, was=(ProposalState.AGREED,), person=person, now=now)
    carrying = _Carrying(transaction, retention, proposal, person, now)
    outcomes = dict.fromkeys(ItemOutcome, 0)
    for outcome in carrying.all():
        outcomes[outcome] += 1
    facts = {outcome.value: count for outcome, count in outcomes.items()} | {"entries": carrying.emptied}
    _log(transaction, EventKind.RETENTION_CARRIED_OUT, number, person, facts, now)
    return Done(proposal_of(transaction, number), outcomes, carrying.emptied)


def proposal_of(transaction: Transaction, number: int) -> Proposal:
    """Raises: RefusedError."""
    proposal = transaction.retention.proposal(number)
    if proposal is None:
        raise RefusedError(f"there is no proposal {number}; `earshot retention look` lists those under way")
    return proposal


# what is due


def candidates(transaction: Transaction, keep: Keep, *, now: datetime) -> Iterator[DueRecord]:
    """Whose period has ended, held or not."""
    return (
        record for record in _found(transaction, keep.record_class, now) if keep.ends_at(record.counted_from) <= now
    )


def _found(transaction: Transaction, record_class: RecordClass, now: datetime) -> Iterable[DueRecord]:
    due = transaction.due
    match record_class:
        case RecordClass.REGISTER:
            return _of_complaints(transaction, record_class, lambda ended: ended.complaint_id)
        case RecordClass.COMPLAINT_WORDS:
            return _of_complaints(transaction, record_class, lambda ended: str(ended.case_id))
        case RecordClass.OTHER_WORDS | RecordClass.NOISE_WORDS:
            return _silent(transaction, record_class, now, is_noise=record_class is RecordClass.NOISE_WORDS)
        case RecordClass.NOTES | RecordClass.EVENTS | RecordClass.OUTBOX:
            return _done_cases(transaction, record_class, now)
        case RecordClass.UNREAD_WORDS:
            return due.unread(before=now)
        case RecordClass.UNREADABLE:
            return due.unreadable(before=now)
        case RecordClass.AUTHOR_SNAPSHOT:
            return due.snapshots(before=now)
        case RecordClass.AUTHOR_HISTORY:
            return due.histories(before=now)
        case RecordClass.STAFF_SESSIONS | RecordClass.ACCESS_LOG:
            return _of_staff(transaction, record_class, now)


def _of_staff(transaction: Transaction, record_class: RecordClass, now: datetime) -> Iterable[DueRecord]:
    if record_class is RecordClass.STAFF_SESSIONS:
        return transaction.due.run_out(before=now)
    return (DueRecord(record_class, month, ended) for month, ended in transaction.access.months(before=now))


@dataclass(frozen=True, slots=True)
class Ended:
    complaint_id: str
    case_id: int | None
    ended_at: datetime


def ended_complaints(transaction: Transaction) -> Iterator[Ended]:
    """Complaints that are over; one that was merged is over when the one that it became is."""
    rows = {row.id: row for row in transaction.due.complaints_in(OVER | {Status.MERGED_AWAY.value})}
    merged = {row.id: row.merged_into for row in rows.values() if row.merged_into is not None}
    for row in rows.values():
        root = rows.get(root_of(row.id, merged))
        if root is not None and root.status in OVER:
            yield Ended(row.id, row.case_id, max(row.ended_at, root.ended_at))


def _of_complaints(
    transaction: Transaction, record_class: RecordClass, subject: Callable[[Ended], str]
) -> Iterator[DueRecord]:
    for ended in ended_complaints(transaction):
        if ended.case_id is not None or record_class is RecordClass.REGISTER:
            yield DueRecord(record_class, subject(ended), ended.ended_at, ended.complaint_id, ended.case_id)


def _silent(
    transaction: Transaction, record_class: RecordClass, now: datetime, *, is_noise: bool | None
) -> Iterator[DueRecord]:
    for case_id, last_message_at in transaction.due.silent_cases(before=now, is_noise=is_noise):
        yield DueRecord(record_class, str(case_id), last_message_at, case_id=case_id)


def _done_cases(transaction: Transaction, record_class: RecordClass, now: datetime) -> Iterator[DueRecord]:
    yield from _of_complaints(transaction, record_class, lambda ended: str(ended.case_id))
    yield from _silent(transaction, record_class, now, is_noise=None)


def _sorted_out(
    transaction: Transaction, keep: Keep, held_by: Held, *, now: datetime
) -> tuple[list[DueRecord], list[tuple[DueRecord, Hold]], int]:
    """Those that may go, oldest first; those that are held, each with its hold; how many are proposed already."""
    settled = transaction.retention.settled(keep.record_class)
    free, with_hold, proposed = list[DueRecord](), list[tuple[DueRecord, Hold]](), 0
    for record in candidates(transaction, keep, now=now):
        if record.subject in settled:
            done_at = settled[record.subject]
            proposed += done_at is None
            if done_at is None or done_at > record.counted_from:
                continue
        hold = held_by.over(record)
        if hold is None:
            free.append(record)
        else:
            with_hold.append((record, hold))
    return sorted(free, key=lambda record: (record.counted_from, record.subject)), with_hold, proposed


# carrying out


class _Carrying:
    """One agreed batch, in one transaction."""

    def __init__(
        self, transaction: Transaction, retention: Retention, proposal: Proposal, person: str, now: datetime
    ) -> None:
        self._transaction = transaction
        self._retention = retention
        self._proposal = proposal
        self._person = person
        self._now = now
        self._held = held(transaction)
        self.emptied = 0

    def all(self) -> Iterator[ItemOutcome]:
        items = self._transaction.retention.items(self._proposal.id)
        for record_class in IN_ORDER:
            wanted = [item for item in items if item.record_class is record_class]
            if not wanted:
                continue
            found = candidates(self._transaction, self._retention.keep[record_class], now=self._now)
            still_due = {record.subject: record for record in found}
            for item in wanted:
                outcome = self._one(still_due.get(item.subject))
                self._transaction.retention.ended(self._proposal.id, item, outcome, now=self._now)
                yield outcome

    def _one(self, record: DueRecord | None) -> ItemOutcome:
        if record is None:
            return ItemOutcome.NOT_DUE
        if self._held.over(record) is not None:
            return ItemOutcome.HELD
        if record.record_class in OF_A_CASE and record.case_id is not None:
            return self._of_case(record.record_class, record.case_id)
        return ItemOutcome.DONE if self._single(record) else ItemOutcome.NOT_DUE

    def _of_case(self, record_class: RecordClass, case_id: int) -> ItemOutcome:
        redaction, ids = self._transaction.redaction, self._transaction.merges.family(case_id)
        if record_class in NEEDS_THE_WORDS and any(redaction.is_waiting(each) for each in ids):
            return ItemOutcome.NOT_DUE  # an effect is still to be carried out, and would carry the marker out
        if record_class is RecordClass.OUTBOX:
            rows = sum(redaction.sent(each) for each in ids)
        elif record_class in (RecordClass.NOTES, RecordClass.EVENTS):
            rows = sum(redaction.log(each, notes=record_class is RecordClass.NOTES) for each in ids)
        else:
            rows = sum(redaction.words(each) for each in ids)
        self._note(record_class, case_id, {"rows": rows})
        return ItemOutcome.DONE

    def _single(self, record: DueRecord) -> bool:
        redaction = self._transaction.redaction
        match record.record_class:
            case RecordClass.REGISTER:
                self._empty_register(record.subject, record.case_id)
                return True
            case RecordClass.UNREAD_WORDS:
                redaction.unread(record.subject)
                return True
            case RecordClass.UNREADABLE:
                return redaction.delete_unreadable(int(record.subject))
            case RecordClass.AUTHOR_HISTORY:
                return redaction.delete_history(record.subject)
            case RecordClass.AUTHOR_SNAPSHOT:
                return redaction.delete_snapshot(int(record.subject))
            case RecordClass.ACCESS_LOG:
                return self._transaction.access.delete_month(record.subject)
            case _:
                return redaction.delete_session(record.subject)

    def _empty_register(self, complaint_id: str, case_id: int | None) -> None:
        """Personal data and salt go; who decided, who agreed and which entries is an entry itself."""
        emptied = self._transaction.redaction.register(complaint_id)
        if not emptied:
            return
        facts = {
            "at": self._now.isoformat(),
            "by": self._proposal.proposed_by,
            "agreed_by": self._proposal.agreed_by,
            "carried_out_by": self._person,
            "reason": self._proposal.reason,
            "policy": self._retention.title,
            "entries": emptied,
        }
        append(self._transaction, EntryKind.REDACTED, complaint_id, facts, {}, now=self._now)
        self.emptied += len(emptied)
        self._note(RecordClass.REGISTER, case_id, {"complaint_id": complaint_id, "rows": len(emptied)})

    def _note(self, record_class: RecordClass, case_id: int | None, facts: Mapping[str, object]) -> None:
        name = facts.get("complaint_id", case_id)
        key = f"redacted:{self._proposal.id}:{record_class.value}:{name}"
        said = {"proposal": self._proposal.id, "record_class": record_class.value, **facts}
        event = Event(key, EventKind.REDACTED, self._now, ActorKind.PERSON, self._person, case_id, facts=said)
        self._transaction.events.record([event], now=self._now)


def _waiting(transaction: Transaction, number: int, state: ProposalState, act: str) -> Proposal:
    proposal = proposal_of(transaction, number)
    if proposal.state is not state:
        raise _not_now(transaction, number, act)
    return proposal


def _not_now(transaction: Transaction, number: int, act: str) -> RefusedError:
    state = proposal_of(transaction, number).state
    words = {
        ProposalState.PROPOSED: "somebody else than who proposed it has to agree first",
        ProposalState.AGREED: "somebody agreed to it already; carry it out, or turn it down",
        ProposalState.TURNED_DOWN: "it was turned down; propose it anew",
        ProposalState.CARRIED_OUT: "it was carried out already",
    }
    return RefusedError(f"cannot {act} proposal {number}: {words[state]}")


def _log(
    transaction: Transaction, kind: EventKind, number: int, person: str, facts: Mapping[str, object], now: datetime
) -> None:
    said = {"proposal": number, **facts}
    event = Event(f"{kind.value}:{number}", kind, now, ActorKind.PERSON, person, facts=said)
    transaction.events.record([event], now=now)
