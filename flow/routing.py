"""A case goes to the best fitting person with room: for paths of escalation, and for cases that nobody owns.

Whoever gives cases out locks the people first and counts then, so that nobody gets more than they take, however many
give out at the same time. A person may take or hand over any case, whatever stands here.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from flow.hops import owner_changed
from flow.named import RefusedError
from flow.teamwork import By, record
from models import ActorKind, CaseState, Event, EventKind
from policy.loading import Policy
from policy.skill_rules import MOST_CAPACITY, SkillRules
from store.accounts import User
from store.callouts import Call
from store.cases import StoredCase
from store.store import Store, Transaction
from triage.findings import likeliest_category
from triage.skills import Able, Asking, Choice, asked_for, best

AT_ONCE = 200
GIVEN_OUT_TO = ("agent", "lead")
REASON = "routed"
PROGRAM = "Earshot"


@dataclass(frozen=True, slots=True)
class Given:
    case_id: int
    to: str


class Routing:
    """In one transaction, whose cases are locked already."""

    def __init__(self, transaction: Transaction, policy: Policy, *, now: datetime) -> None:
        self._transaction = transaction
        self._rules = policy.skills
        self._now = now
        self._choices: dict[str, Choice] = {}
        self._able: dict[str, Able] | None = None
        self._ids: dict[str, int] = {}

    @property
    def is_on(self) -> bool:
        return self._rules.is_on

    def people(self) -> dict[str, Able]:
        """Everybody who may get a case, locked, as they stand."""
        if self._able is None:
            users = [user for user in self._transaction.accounts.all() if is_here(user)]
            self._ids = {user.name: user.id for user in users}
            self._transaction.rooms.lock(self._ids.values(), now=self._now)
            self._able = able(self._transaction, users, self._rules.capacity)
        return self._able

    def choose(self, case: StoredCase, names: Collection[str]) -> str | None:
        """Of these people; None where nobody who fits has room."""
        people = self.people()
        asked = asked_for(self._rules, asking_of(self._transaction, case))
        choice = best([people[name] for name in sorted(names) if name in people], asked)
        if choice is None:
            return None
        self._choices[choice.name] = choice
        return choice.name

    def stand_in(self, case: StoredCase, names: Collection[str]) -> str | None:
        """Where nobody who fits has room: the least loaded of these with room, whatever they can do."""
        people = self.people()
        choice = best([people[name] for name in sorted(names) if name in people], ())
        if choice is None:
            return None
        self._choices[choice.name] = replace(choice, is_stand_in=True)
        return choice.name

    def with_room(self, names: Collection[str]) -> list[str]:
        people = self.people()
        return [name for name in names if name in people and people[name].has_room]

    def gave(self, case: StoredCase, to: str, *, key: str, by: By | None = None) -> None:
        """Note who got it and why; who is chosen next in this transaction is chosen with it. `key`: of the act."""
        choice = self._choices.pop(to, None)
        if choice is None or self._able is None:
            return
        before = self._able[to]
        self._able[to] = Able(
            to, before.skills, before.open_cases + (case.owner != to), before.capacity, before.is_away, self._now
        )
        self._transaction.rooms.gave(self._ids[to], now=self._now)
        facts: dict[str, object] = {"to": to, "because": self._said(choice), "open_cases": choice.open_cases}
        facts |= {"capacity": choice.capacity, "policy": self._rules.title}
        kind, who = (ActorKind.PERSON, by.person) if by is not None else (ActorKind.RULE, self._rules.title)
        event = Event(f"routed:{key}", EventKind.ROUTED, self._now, kind, who, case.id, facts=facts)
        self._transaction.events.record([event], now=self._now)

    def _said(self, choice: Choice) -> str:
        if choice.is_stand_in:
            return "nobody who fits has room"
        return fits_in_words(self._rules, choice) or "the least loaded"


def who_fits(transaction: Transaction, policy: Policy, case: StoredCase) -> Choice | None:
    """Of the people with room, who has most of what the case asks for; None where nobody has any of it.

    Only told: nobody is locked and nothing is given, also where cases are not given out by skills.
    """
    asked = asked_for(policy.skills, asking_of(transaction, case))
    if not asked:
        return None
    users = [user for user in transaction.accounts.all() if is_here(user) and user.role in GIVEN_OUT_TO]
    choice = best(able(transaction, users, policy.skills.capacity).values(), asked)
    return choice if choice is not None and choice.fits else None


def fits_in_words(rules: SkillRules, choice: Choice) -> str:
    """Of the policy."""
    return ", ".join(rules.by_code[code].name for code in choice.fits)


def is_here(user: User) -> bool:
    return user.disabled_at is None and user.password_hash is not None and user.role != "auditor"


def able(transaction: Transaction, users: Collection[User], capacity: int) -> dict[str, Able]:
    skills, rooms = transaction.rooms.skills(), transaction.rooms.all()
    loads = transaction.rooms.loads([user.name for user in users])
    found = {}
    for user in users:
        room = rooms.get(user.id)
        most = room.capacity if room is not None and room.capacity is not None else capacity
        found[user.name] = Able(
            name=user.name,
            skills=skills.get(user.id, frozenset()),
            open_cases=loads.get(user.name, 0),
            capacity=most,
            is_away=room is not None and room.is_away,
            given_at=room.given_at if room is not None else None,
        )
    return found


def asking_of(transaction: Transaction, case: StoredCase) -> Asking:
    newest = transaction.mentions.newest_of_case(case.id, limit=1)
    ids = [item.mention.id for item in newest]
    verdict = next(iter(transaction.verdicts.latest(ids).values()), None)
    return Asking(
        lang=newest[0].mention.lang if newest else None,
        category=likeliest_category(verdict) if verdict is not None else "",
        tags=frozenset(case.decision.tags),
        is_complaint=case.decision.is_complaint,
        tier=case.decision.tier,
    )


# cases that nobody owns


def give_waiting(store: Store, policy: Policy, *, now: datetime) -> int:
    """By themselves, where the policy says so; gives how many found an owner."""
    if not (policy.skills.is_on and policy.skills.is_automatic):
        return 0
    with store.reading() as transaction:
        if not transaction.rooms.waiting(limit=1) or not anybody_has_room(transaction, policy):
            return 0
    with store.writing() as transaction:
        return len(_give(transaction, policy, most=AT_ONCE, now=now, by=None))


def give_next(transaction: Transaction, policy: Policy, by: By) -> Given | None:
    """At a person's word the first of the queue that somebody fits. None where this form was carried out already.

    Raises: RefusedError where nothing waits or nobody fits.
    """
    if not policy.skills.is_on:
        raise RefusedError("cases are not given out by skills: policy/skills/skills.toml has it off")
    if transaction.events.is_recorded(f"routed:form:{by.form_key}"):
        return None
    given = _give(transaction, policy, most=1, now=by.at, by=by)
    if not given:
        raise RefusedError("no case waits that anybody with room fits: enter skills or room, or take one yourself")
    return given[0]


def _give(transaction: Transaction, policy: Policy, *, most: int, now: datetime, by: By | None) -> list[Given]:
    transaction.register.lock()  # as triage does, so that neither waits for the other's cases
    ids = transaction.rooms.waiting(limit=AT_ONCE)
    transaction.merges.lock(ids)
    routing, given = Routing(transaction, policy, now=now), list[Given]()
    names = [user.name for user in transaction.accounts.all() if is_here(user) and user.role in GIVEN_OUT_TO]
    found = {case.id: case for case in transaction.cases.several(ids)}
    for case in (found[each] for each in ids):
        if len(given) == most:
            break
        if case.owner is not None or case.state is not CaseState.OPEN:
            continue  # somebody took it while we waited for it
        to = routing.choose(case, names)
        if to is not None:
            _hand(transaction, routing, case, to, now=now, by=by)
            given.append(Given(case.id, to))
        elif not routing.with_room(names):
            break
    return given


def _hand(
    transaction: Transaction, routing: Routing, case: StoredCase, to: str, *, now: datetime, by: By | None
) -> None:
    key = f"form:{by.form_key}" if by is not None else f"{case.id}:{case.version}"
    who = by.person if by is not None else PROGRAM
    transaction.cases.assign(case.id, to, version=case.version, now=now)
    routing.gave(case, to, key=key, by=by)
    owner_changed(transaction, case.id, case.owner, to, key=f"routed:{key}", reason=REASON, by=who, at=now)
    user = transaction.accounts.by_name(to)
    if user is not None and user.name != who:
        transaction.callouts.add(f"routed:{key}", [user.id], case.id, Call.HANDED_OVER, by=who, now=now)


def anybody_has_room(transaction: Transaction, policy: Policy) -> bool:
    users = [user for user in transaction.accounts.all() if is_here(user)]
    return any(one.has_room for one in able(transaction, users, policy.skills.capacity).values())


# what people can do and take


def change_skill(transaction: Transaction, policy: Policy, user: User, skill: str, *, has: bool, by: By) -> None:
    """Raises: RefusedError."""
    if skill not in policy.skills.by_code:
        known = ", ".join(policy.skills.by_code)
        raise RefusedError(f"skill {skill[:40]!r} is unknown; known skills: {known}")
    _check(user)
    rooms = transaction.rooms
    changed = rooms.give_skill(user.id, skill, by=by.person, now=by.at) if has else rooms.take_skill(user.id, skill)
    if changed:
        facts: dict[str, object] = {"to": user.name, "skill": skill, "kind": "given" if has else "taken"}
        record(transaction, EventKind.SKILL_CHANGED, f"skill_changed:{user.id}:{skill}:{by.form_key}", by, facts)


def change_room(transaction: Transaction, user: User, *, capacity: int | None, is_away: bool, by: By) -> None:
    """`capacity`: None for that of the policy. Raises: RefusedError."""
    _check(user)
    if capacity is not None and not 0 <= capacity <= MOST_CAPACITY:
        raise RefusedError(f"a person takes 0 to {MOST_CAPACITY:,} open cases, not {capacity}")
    transaction.rooms.put(user.id, capacity=capacity, is_away=is_away, by=by.person, now=by.at)
    facts: dict[str, object] = {"to": user.name, "capacity": capacity, "away": is_away}
    record(transaction, EventKind.ROOM_CHANGED, f"room_changed:{user.id}:{by.form_key}", by, facts)


def _check(user: User) -> None:
    if not is_here(user):
        raise RefusedError(f"{user.name} cannot take a case: the account is closed, not taken up, or an auditor's")
