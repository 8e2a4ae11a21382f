"""A person asked that what is kept of them goes. What may go goes; the register stays lawful, and its chain whole.

One person asks, somebody else agrees, and it is carried out at once. What a legal hold, an open complaint or a delivery
keeps is looked at again every day. Words of a complaint stay in the register until its period ends, and nowhere else.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flow.chain import append
from flow.holds import Held, held
from flow.named import RefusedError, given_reason, named_person
from flow.platform_deletion import keep_words
from flow.retention import Ended, ended_complaints
from models import ActorKind, EntryKind, Event, EventKind, MentionState
from models.erasure import STAYS, Erasure, ErasureState, Fate, Part, Person
from models.retention import REDACTED, RecordClass
from policy.retention import Retention
from store.store import Store, Transaction

AGAIN = timedelta(days=1)
MOST_AT_ONCE = 100
EARSHOT = "earshot"
WHY_KEPT = "the complainant asked that their data be erased; its words are kept here alone"


@dataclass(frozen=True, slots=True)
class Preview:
    """What would become of what is kept of a person. Changes nothing."""

    person: Person
    parts: tuple[Part, ...]
    request: int | None
    """The request that stands already."""

    def count(self, *fates: Fate) -> int:
        return sum(len(part.messages) for part in self.parts if part.fate in fates)


def people(transaction: Transaction, channel: str, handle: str) -> list[Person]:
    """Raises: RefusedError where nobody is known by that name there."""
    found = transaction.erasing.people(channel.strip(), handle)
    if not found:
        raise RefusedError("nobody is known here by that name on that channel; look at the spelling, and at both")
    return found


def person_of_case(transaction: Transaction, case_id: int) -> Person:
    """Raises: RefusedError."""
    case = transaction.cases.get(case_id)
    person = transaction.erasing.person(case.author_key) if case is not None and case.author_key else None
    if person is None:
        raise RefusedError(f"case {case_id} has no author that is known here")
    return person


def preview(transaction: Transaction, retention: Retention, person: Person, *, now: datetime) -> Preview:
    parts = _parts(transaction, retention, person.author_key, until=now, now=now)
    return Preview(person, tuple(parts), transaction.erasures.waiting_for(person.author_key))


def ask(
    transaction: Transaction, retention: Retention, author_key: str, *, by: str, reason: str, now: datetime
) -> Erasure:
    """Raises: RefusedError."""
    who = named_person(transaction, by, retention.may_decide, "ask for an erasure")
    words = given_reason(reason, "ask for an erasure")
    person = transaction.erasing.person(author_key)
    if person is None:
        raise RefusedError("nothing is kept of this person any more")
    if any(name.casefold() in words.casefold() for name in (person.handle, person.native_id) if name):
        raise RefusedError("the reason names the person, and it stays: give the number of the request instead")
    standing = transaction.erasures.waiting_for(author_key)
    if standing is not None:
        raise RefusedError(f"request {standing} for this person waits already for somebody to agree")
    number = transaction.erasures.ask(
        author_key, reason=words, policy=retention.title, person=who.name, person_id=who.id, now=now
    )
    _log(transaction, EventKind.ERASURE_ASKED, number, who.name, {"reason": words}, now)
    return erasure_of(transaction, number)


def agree(transaction: Transaction, retention: Retention, number: int, *, by: str, now: datetime) -> Erasure:
    """The second pair of eyes; then it is carried out, in the same transaction. Raises: RefusedError."""
    who = named_person(transaction, by, retention.may_decide, "agree to an erasure")
    request = _waiting(transaction, number)
    transaction.register.lock()
    if not transaction.erasures.agree(number, person=who.name, person_id=who.id, now=now):
        raise RefusedError(f"request {number} is by {request.asked_by}: somebody else has to agree")
    _carry_out(transaction, retention, number, person=who.name, now=now)
    done = erasure_of(transaction, number)
    facts = {"messages": done.messages, "left": sum(done.left_over.values())}
    _log(transaction, EventKind.ERASURE_CARRIED_OUT, number, who.name, facts, now)
    return done


def turn_down(
    transaction: Transaction, retention: Retention, number: int, *, by: str, reason: str, now: datetime
) -> Erasure:
    """Raises: RefusedError."""
    who = named_person(transaction, by, retention.may_decide, "turn an erasure down")
    words = given_reason(reason, "turn an erasure down")
    _waiting(transaction, number)
    transaction.erasures.turn_down(number, person=who.name, now=now)
    _log(transaction, EventKind.ERASURE_TURNED_DOWN, number, who.name, {"reason": words}, now)
    return erasure_of(transaction, number)


def erasure_of(transaction: Transaction, number: int) -> Erasure:
    """Raises: RefusedError."""
    found = transaction.erasures.get(number)
    if found is None:
        raise RefusedError(f"there is no request {number} for an erasure")
    return found


def go_on(store: Store, retention: Retention, *, now: datetime) -> int:
    """Look again at what had to stay; by the clock. Gives how many messages went."""
    with store.reading() as transaction:
        due = transaction.erasures.due(now=now, limit=MOST_AT_ONCE)
    went = 0
    for number in due:
        with store.writing() as transaction:
            transaction.register.lock()
            if number in transaction.erasures.due(now=now, limit=MOST_AT_ONCE):
                went += _carry_out(transaction, retention, number, person=EARSHOT, now=now)
    return went


# what may go


def _parts(
    transaction: Transaction, retention: Retention, author_key: str, *, until: datetime, now: datetime
) -> list[Part]:
    by_case: dict[int | None, list[str]] = defaultdict(list)
    for mention_id, case_id in transaction.erasing.messages(author_key, until=until):
        by_case[case_id].append(mention_id)
    holds, ended = held(transaction), {one.complaint_id: one for one in ended_complaints(transaction)}
    return [
        _part(transaction, retention, author_key, case_id, ids, holds, ended, now=now)
        for case_id, ids in by_case.items()
    ]


def _part(
    transaction: Transaction,
    retention: Retention,
    author_key: str,
    case_id: int | None,
    ids: Sequence[str],
    holds: Held,
    ended: Mapping[str, Ended],
    *,
    now: datetime,
) -> Part:
    family = transaction.merges.family(case_id) if case_id is not None else []
    cases = [case for each in family if (case := transaction.cases.get(each)) is not None]
    complaints = [case.complaint_id for case in cases if case.complaint_id is not None]
    complaint_id = complaints[0] if complaints else None
    held_by = [holds.of(complaint_id=one.complaint_id, case_id=one.id, author_key=author_key) for one in cases]
    keep = retention.keep[RecordClass.REGISTER]
    ends = [keep.ends_at(ended[one].ended_at) for one in complaints if one in ended]
    until = max(ends, default=None)
    alone = transaction.erasing.is_alone(family, author_key) if family else True
    if any(held_by) or holds.of(author_key=author_key):
        fate = Fate.HELD
    elif any(one not in ended for one in complaints):
        fate = Fate.OPEN_COMPLAINT
    elif any(
        item.state in (MentionState.RECEIVED, MentionState.CLASSIFIED) for item in transaction.mentions.get(list(ids))
    ):
        fate = Fate.NOT_JUDGED
    elif any(transaction.redaction.is_waiting(each) for each in family):
        fate = Fate.BEING_SENT
    else:
        fate = Fate.KEPT_IN_REGISTER if until is not None and until > now else Fate.GOES
    return Part(case_id, tuple(ids), fate, complaint_id, until, alone)


# carrying out


def _carry_out(transaction: Transaction, retention: Retention, number: int, *, person: str, now: datetime) -> int:
    """All that may go now; under the register's lock. Gives how many messages lost their words."""
    request = erasure_of(transaction, number)
    if request.author_key is None or request.agreed_at is None:
        return 0
    parts = _parts(transaction, retention, request.author_key, until=request.agreed_at, now=now)
    gone = [part for part in parts if part.fate not in STAYS]
    carrying = _Carrying(transaction, retention, request, request.author_key, person, now)
    who = transaction.erasing.person(request.author_key)
    natives = [
        item.mention.native_id
        for part in gone
        for item in transaction.mentions.get(list(part.messages))
        if not item.mention.native_id.startswith("redacted:")
    ]
    for part in gone:
        carrying.part(part)
    if who is not None:
        around = transaction.erasing.around(who)
        transaction.erasures.keep_away(number, around, now=now)
        transaction.erasing.facts(who)
        transaction.erasing.looked_for(who)
        transaction.erasing.raw(who, natives)
    left = Counter[str]()
    for part in parts:
        if part.fate in STAYS:
            left[part.fate.value] += len(part.messages)
    messages = sum(len(part.messages) for part in gone)
    look_at = now + AGAIN if left else None
    transaction.erasures.carried_out(number, messages=messages, left=left, look_at=look_at, now=now)
    return messages


class _Carrying:
    """One request, in one transaction."""

    def __init__(
        self,
        transaction: Transaction,
        retention: Retention,
        request: Erasure,
        author_key: str,
        person: str,
        now: datetime,
    ) -> None:
        self._transaction = transaction
        self._retention = retention
        self._request = request
        self._author_key = author_key
        self._person = person
        self._now = now

    def part(self, part: Part) -> None:
        self._transaction.erasures.keep_away(self._request.id, part.messages, now=self._now)
        if part.case_id is None:
            for each in part.messages:
                self._transaction.redaction.unread(each)
        elif part.fate is Fate.GOES and part.is_alone:
            self._whole_case(part.case_id, part.complaint_id)
        else:
            self._messages(part.case_id, part)
        if part.case_id is not None:
            facts = {"erasure": self._request.id, "rows": len(part.messages), "fate": part.fate.value}
            key = f"erased:{self._request.id}:{part.case_id}:{self._now.isoformat()}"
            kind = ActorKind.RULE if self._person == EARSHOT else ActorKind.PERSON
            event = Event(key, EventKind.REDACTED, self._now, kind, self._person, part.case_id, facts=facts)
            self._transaction.events.record([event], now=self._now)

    def _whole_case(self, case_id: int, complaint_id: str | None) -> None:
        redaction = self._transaction.redaction
        for each in self._transaction.merges.family(case_id):
            for item in self._transaction.mentions.of_case(each):
                redaction.quotes(item.mention.id)
            redaction.sent(each)
            redaction.log(each, notes=False)
            redaction.log(each, notes=True)
            redaction.words(each)
        if complaint_id is not None:
            self._empty_register(complaint_id)

    def _messages(self, case_id: int, part: Part) -> None:
        """Theirs alone; what people wrote about a complaint stays as its record until its own period ends."""
        transaction, redaction = self._transaction, self._transaction.redaction
        for item in transaction.mentions.get(list(part.messages)):
            name = item.mention.id
            if part.fate is Fate.KEPT_IN_REGISTER:
                keep_words(transaction, self._retention, item, why=WHY_KEPT, now=self._now)
            redaction.quotes(name)
            redaction.message(name, REDACTED)
            redaction.sent(case_id, mention_id=name)
            redaction.forget_place(name, f"redacted:{name}")
        transaction.erasing.aside(part.messages)
        redaction.decision_of_case(case_id)
        for each in transaction.merges.family(case_id):
            transaction.erasing.forget_case(each, self._author_key)

    def _empty_register(self, complaint_id: str) -> None:
        """Its period has ended: personal data and salt go, and an entry says so. The chain stays whole."""
        emptied = self._transaction.redaction.register(complaint_id)
        if not emptied:
            return
        facts = {
            "at": self._now.isoformat(),
            "by": self._request.asked_by,
            "agreed_by": self._request.agreed_by,
            "carried_out_by": self._person,
            "reason": f"erasure, request {self._request.id}",
            "policy": self._retention.title,
            "entries": emptied,
        }
        append(self._transaction, EntryKind.REDACTED, complaint_id, facts, {}, now=self._now)


def _waiting(transaction: Transaction, number: int) -> Erasure:
    found = erasure_of(transaction, number)
    if found.state is not ErasureState.ASKED:
        was = {ErasureState.DONE: "carried out", ErasureState.TURNED_DOWN: "turned down"}[found.state]
        raise RefusedError(f"request {number} was {was} already; ask anew")
    return found


def _log(
    transaction: Transaction, kind: EventKind, number: int, person: str, facts: Mapping[str, object], now: datetime
) -> None:
    said = {"erasure": number, **facts}
    event = Event(f"{kind.value}:{number}", kind, now, ActorKind.PERSON, person, facts=said)
    transaction.events.record([event], now=now)
