"""Legal holds: what nobody may redact or delete, whatever the periods say, until somebody lifts the hold.

Holds on a complaint are entries of the register and nowhere else; those on a case, an author or everything are rows.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from flow.complaint_people import PeopleActs
from flow.complaint_writing import because
from flow.named import RefusedError, given_reason, named_person
from models import ActorKind, Entry, EntryKind, Event, EventKind
from models.complaint import Life
from models.retention import DueRecord, Hold, HoldScope
from policy.loading import Policy
from policy.retention import Retention
from register.transitions import Act
from store.store import Transaction

PLACED, LIFTED = "placed", "lifted"
EVERYTHING = ""


class ComplaintHolds(PeopleActs):
    """Holds on one complaint."""

    def lift(self, complaint_id: str, number: int, *, person: str, reason: str) -> Life:
        """`number`: of the entry that placed it."""
        doing = because(Act.HOLD, EntryKind.HOLD, person, self._now, reason, "")
        life = self._begin(complaint_id, doing)
        in_force = dict(standing(self._transaction.register.of_complaint(complaint_id)))
        if life is None or number not in in_force:
            raise RefusedError(f"{complaint_id}: no hold {number} is in force; `earshot retention holds` lists them")
        return self._write(life, doing, {"action": LIFTED, "ends": number})


@dataclass(frozen=True, slots=True)
class Held:
    """All that the holds in force cover, each thing with a hold that keeps it."""

    everything: tuple[Hold, ...]
    complaints: Mapping[str, Hold]
    cases: Mapping[int, Hold]
    authors: Mapping[str, Hold]

    def over(self, record: DueRecord) -> Hold | None:
        """The hold that keeps it, if any."""
        return self.of(complaint_id=record.complaint_id, case_id=record.case_id, author_key=record.author_key)

    def of(
        self, *, complaint_id: str | None = None, case_id: int | None = None, author_key: str | None = None
    ) -> Hold | None:
        if self.everything:
            return self.everything[0]
        return (
            self.complaints.get(complaint_id or "")
            or (self.cases.get(case_id) if case_id is not None else None)
            or self.authors.get(author_key or "")
        )


def place_hold(
    transaction: Transaction,
    policy: Policy,
    retention: Retention,
    scope: HoldScope,
    subject: str,
    *,
    by: str,
    reason: str,
    now: datetime,
) -> Hold:
    """From now on nothing that it covers goes. No redaction runs beside this: both take the register's lock.

    Raises: RefusedError, RecordError.
    """
    transaction.register.lock()
    person = named_person(transaction, by, retention.may_hold, "place a legal hold").name
    words = given_reason(reason, "place a legal hold")
    if scope is HoldScope.COMPLAINT:
        life = PeopleActs(transaction, policy, now=now).place_hold(subject, person=person, at=now, reason=words)
        return Hold(f"{subject}:{life.last_seq}", scope, subject, words, person, now)
    _check_subject(transaction, scope, subject)
    number = transaction.retention.place_hold(scope, subject, reason=words, person=person, now=now)
    hold = Hold(str(number), scope, subject, words, person, now)
    _log(transaction, EventKind.HOLD_PLACED, hold, person, words, now=now)
    return hold


def lift_hold(
    transaction: Transaction,
    policy: Policy,
    retention: Retention,
    number: str,
    *,
    by: str,
    reason: str,
    now: datetime,
) -> Hold:
    """Gives the hold that was lifted; others on the same thing stay.

    Raises: RefusedError, RecordError.
    """
    transaction.register.lock()
    person = named_person(transaction, by, retention.may_hold, "lift a legal hold").name
    words = given_reason(reason, "lift a legal hold")
    hold = next((one for one in holds(transaction) if one.number == number), None)
    if hold is None:
        raise RefusedError(f"no hold {number!r} is in force; `earshot retention holds` lists them")
    if hold.scope is HoldScope.COMPLAINT:
        seq = int(number.rpartition(":")[2])
        ComplaintHolds(transaction, policy, now=now).lift(hold.subject, seq, person=person, reason=words)
        return hold
    transaction.retention.lift_hold(int(number), reason=words, person=person, now=now)
    _log(transaction, EventKind.HOLD_LIFTED, hold, person, words, now=now)
    return hold


def holds(transaction: Transaction) -> list[Hold]:
    """In force, by when they were placed."""
    entries = transaction.retention.hold_entries()
    found = [
        _of_entry(complaint_id, facts, seq)
        for complaint_id, group in groupby(entries, key=lambda entry: entry.complaint_id)
        for seq, facts in standing(group)
    ]
    return sorted([*transaction.retention.holds(), *found], key=lambda hold: (hold.placed_at, hold.number))


def standing(entries: Iterable[Entry]) -> list[tuple[int, Mapping[str, str]]]:
    """(number, facts) of the placing entries still in force; a lifting that names none ends the oldest."""
    placed: dict[int, Mapping[str, str]] = {}
    for entry in entries:
        if entry.kind != EntryKind.HOLD:
            continue
        facts = json.loads(entry.facts)
        if facts.get("action") != LIFTED:
            placed[entry.seq] = facts
        elif placed:
            ended = facts.get("ends")
            placed.pop(ended if ended in placed else next(iter(placed)))
    return list(placed.items())


def held(transaction: Transaction) -> Held:
    """What the holds in force cover, worked out once.

    A hold on a complaint covers the complaints merged with it, their cases, and those who wrote there; one on an author
    every case in which they wrote.
    """
    standing_holds = holds(transaction)
    if not standing_holds:
        return Held((), {}, {}, {})
    everything = tuple(one for one in standing_holds if one.scope is HoldScope.EVERYTHING)
    authors = {one.subject: one for one in standing_holds if one.scope is HoldScope.AUTHOR}
    cases = {int(one.subject): one for one in standing_holds if one.scope is HoldScope.CASE}
    for key, hold in authors.items():
        cases |= {case_id: hold for case_id in transaction.due.cases_of([key]) if case_id not in cases}
    complaints = {one.subject: one for one in standing_holds if one.scope is HoldScope.COMPLAINT}
    for complaint_id, case_id in transaction.due.complaints_of(list(cases)).items():
        complaints.setdefault(complaint_id, cases[case_id])
    complaints = _with_merged(complaints, transaction.due.merged())
    for complaint_id, hold in complaints.items():
        for case_id in transaction.due.case_of_complaint([complaint_id]):
            cases.setdefault(case_id, hold)
    for case_id, hold in list(cases.items()):
        cases.setdefault(transaction.merges.living(case_id), hold)
    for case_id, hold in cases.items():
        for key in transaction.due.authors_of([case_id]):
            authors.setdefault(key, hold)
    return Held(everything, complaints, cases, authors)


def _with_merged(complaints: Mapping[str, Hold], merged: Mapping[str, str]) -> dict[str, Hold]:
    """Complaints that were merged are one: a hold on any of them covers all."""
    by_root: dict[str, Hold] = {}
    for complaint_id, hold in complaints.items():
        by_root.setdefault(root_of(complaint_id, merged), hold)
    same = {one: by_root[root] for one in merged if (root := root_of(one, merged)) in by_root}
    return by_root | same | dict(complaints)


def root_of(complaint_id: str, merged: Mapping[str, str]) -> str:
    """The complaint under which it is kept; merges form no circle, and one that did would end where it began."""
    seen = {complaint_id}
    while (into := merged.get(complaint_id)) is not None and into not in seen:
        seen.add(into)
        complaint_id = into
    return complaint_id


def _of_entry(complaint_id: str, facts: Mapping[str, str], seq: int) -> Hold:
    at = datetime.fromisoformat(facts["at"])
    return Hold(f"{complaint_id}:{seq}", HoldScope.COMPLAINT, complaint_id, facts["reason"], facts["by"], at)


def _check_subject(transaction: Transaction, scope: HoldScope, subject: str) -> None:
    """Raises: RefusedError: a hold that covers nothing would comfort without reason."""
    if scope is HoldScope.EVERYTHING and subject != EVERYTHING:
        raise RefusedError(f"a hold on everything has no subject, not {subject!r}")
    if scope is HoldScope.CASE and not (subject.isdecimal() and transaction.due.case_exists(int(subject))):
        raise RefusedError(f"no case has the number {subject!r}")
    if scope is HoldScope.AUTHOR and not transaction.due.author_exists(subject):
        raise RefusedError(f"no author has the key {subject!r}; keys look like a_ and 24 hex digits")


def _log(transaction: Transaction, kind: EventKind, hold: Hold, person: str, reason: str, *, now: datetime) -> None:
    facts = {"hold": hold.number, "scope": hold.scope.value, "subject": hold.subject, "reason": reason}
    case_id = int(hold.subject) if hold.scope is HoldScope.CASE else None
    event = Event(f"{kind.value}:{hold.number}", kind, now, ActorKind.PERSON, person, case_id, facts=facts)
    transaction.events.record([event], now=now)
