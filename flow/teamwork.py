"""What people do with a case together: notes that call others, hand-over, taking over, advice, links between cases.

Each act is one transaction of the caller's, with its event. The same form sent twice is carried out once.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from flow.hops import owner_changed
from models import ActorKind, Event, EventKind
from store.accounts import User
from store.callouts import Call
from store.cases import StoredCase
from store.store import Transaction


@dataclass(frozen=True, slots=True)
class By:
    """Who acts, when, and with which form."""

    person: str
    at: datetime
    form_key: str


def write_note(
    transaction: Transaction, case: StoredCase, text: str, by: By, *, call: tuple[str, Call] | None = None
) -> None:
    """An internal note; whoever it names as @Name is called. `call`: somebody to be called besides, and why."""
    key = f"noted:{case.id}:{by.form_key}" + (f":{call[1].value}" if call is not None else "")
    if transaction.events.is_recorded(key):
        return
    here = [user for user in transaction.accounts.all() if user.disabled_at is None and user.name != by.person]
    record(transaction, EventKind.NOTED, key, by, {"text": text}, case_id=case.id)
    if call is not None:
        ids = {user.id for user in here if user.name == call[0]}
        transaction.callouts.add(key, ids, case.id, call[1], by=by.person, now=by.at)
    ids = {user.id for user in named_in(text, here)}
    transaction.callouts.add(key, ids, case.id, Call.NAMED, by=by.person, now=by.at)


def named_in(text: str, people: Iterable[User]) -> list[User]:
    """Whom @Name means: a whole name in any case of letters, or a first name that only one of them has."""
    people = list(people)
    first = [_first(user.name) for user in people]
    found, left = [], text
    for user in sorted(people, key=lambda user: -len(user.name)):
        left, times = _pattern(user.name).subn(" ", left)
        if times:
            found.append(user)
    for user in people:
        if user not in found and first.count(_first(user.name)) == 1 and _pattern(_first(user.name)).search(left):
            found.append(user)
    return found


def _first(name: str) -> str:
    return (name.split() or [name])[0].casefold()


def _pattern(name: str) -> re.Pattern[str]:
    """Not inside an address (`joss@priti.example`), and not the beginning of a longer name or of a domain."""
    return re.compile(rf"(?<![\w@.])@{re.escape(name)}(?![\w@-]|\.\w)", re.IGNORECASE)


def hand_over(transaction: Transaction, case: StoredCase, to: str, note: str, by: By, *, version: int) -> None:
    """Raises: StaleCaseError where the case is not at `version` any more."""
    key = f"handed_over:{case.id}:{by.form_key}"
    if transaction.events.is_recorded(key):
        return
    transaction.cases.assign(case.id, to, version=version, now=by.at)
    record(transaction, EventKind.HANDED_OVER, key, by, {"from": case.owner or "nobody", "to": to}, case_id=case.id)
    owner_changed(transaction, case.id, case.owner, to, key=key, reason="handed_over", by=by.person, at=by.at)
    write_note(transaction, case, note, by, call=(to, Call.HANDED_OVER))


def take_over(transaction: Transaction, case: StoredCase, by: By, *, version: int) -> None:
    """The former owner is told. Raises: StaleCaseError where the case is not at `version` any more."""
    key = f"taken_over:{case.id}:{by.form_key}"
    if transaction.events.is_recorded(key):
        return
    transaction.cases.assign(case.id, by.person, version=version, now=by.at)
    record(
        transaction, EventKind.TAKEN_OVER, key, by, {"from": case.owner or "nobody", "to": by.person}, case_id=case.id
    )
    owner_changed(transaction, case.id, case.owner, by.person, key=key, reason="taken_over", by=by.person, at=by.at)
    former = transaction.accounts.by_name(case.owner) if case.owner not in (None, by.person) else None
    if former is not None and former.disabled_at is None:
        transaction.callouts.add(key, [former.id], case.id, Call.TAKEN_OVER, by=by.person, now=by.at)


def advise(transaction: Transaction, case: StoredCase, owner: str, note: str, by: By) -> None:
    """A note for the owner, who stays the owner."""
    record(transaction, EventKind.ADVISED, f"advised:{case.id}:{by.form_key}", by, {"to": owner}, case_id=case.id)
    write_note(transaction, case, note, by, call=(owner, Call.ADVISED))


def link(transaction: Transaction, case: StoredCase, other: StoredCase, by: By) -> None:
    """Both cases are of one person. Each says so in its log."""
    if transaction.links.add(case.id, other.id, by=by.person, now=by.at):
        _record_link(transaction, EventKind.LINKED, case.id, other.id, by)


def unlink(transaction: Transaction, case: StoredCase, other: StoredCase, by: By) -> None:
    if transaction.links.remove(case.id, other.id):
        _record_link(transaction, EventKind.UNLINKED, case.id, other.id, by)


def _record_link(transaction: Transaction, kind: EventKind, one: int, other: int, by: By) -> None:
    for here, there in ((one, other), (other, one)):
        record(transaction, kind, f"{kind.value}:{here}:{there}:{by.form_key}", by, {"case": there}, case_id=here)


def record(
    transaction: Transaction,
    kind: EventKind,
    key: str,
    by: By,
    facts: Mapping[str, object],
    *,
    case_id: int | None = None,
    mention_id: str | None = None,
) -> None:
    """What a person did, as an event; the same key twice is one event."""
    event = Event(key, kind, by.at, ActorKind.PERSON, by.person, case_id, mention_id, facts)
    transaction.events.record([event], now=by.at)
