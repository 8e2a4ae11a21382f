"""What changes with accounts: roles, second factors, sessions, and whom single sign-on opens which account for.

Each is one transaction of the caller's, with its event.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flow.configuration import person
from flow.teamwork import By, record
from models import ActorKind, Event, EventKind
from models.account import PERSON_NAME
from store.accounts import User
from store.store import Transaction

PROVIDER = "single sign-on"
STRONG = "mfa"
"""Authentication method reference of RFC 8176: more than one factor was seen."""
MOST_GROUPS = 1_000


class Refusal(StrEnum):
    NO_GROUP = "no_group"
    DISABLED = "disabled"
    NAME_TAKEN = "name_taken"
    NO_NAME = "no_name"


@dataclass(frozen=True, slots=True)
class Vouched:
    """Whom the provider vouches for."""

    issuer: str
    subject: str
    names: tuple[str, ...]
    """What they may be called here, the best first."""
    email: str | None
    """Only where the provider says that it verified it."""
    groups: tuple[str, ...]
    is_strong: bool

    @property
    def shown(self) -> str:
        return self.email or (self.names[0] if self.names else self.subject[:60])


@dataclass(frozen=True, slots=True)
class Rules:
    """By which groups become roles, and accounts are found."""

    groups_claim: str
    roles: Sequence[tuple[str, str]]
    others: str | None
    """Role of who is in no named group; None: they do not come in."""
    links_by_email: bool

    def role_of(self, groups: Sequence[str]) -> str | None:
        return next((role for group, role in self.roles if group in groups), self.others)


def read_claims(claims: Mapping[str, Any], rules: Rules) -> Vouched:
    email = claims.get("email")
    is_verified = isinstance(email, str) and claims.get("email_verified") is True
    methods = claims.get("amr")
    offered = (claims.get("name"), claims.get("preferred_username"), email if is_verified else None)
    return Vouched(
        issuer=str(claims["iss"]),
        subject=str(claims["sub"]),
        names=tuple(name for one in offered if (name := _name(one))),
        email=str(email) if is_verified else None,
        groups=_groups(claims, rules.groups_claim),
        is_strong=isinstance(methods, list) and STRONG in methods,
    )


def _name(given: object) -> str | None:
    found = " ".join(re.sub(r"[^\w .@'’-]", " ", given if isinstance(given, str) else "").split())[:60].strip()
    return found if PERSON_NAME.fullmatch(found) else None


def _groups(claims: Mapping[str, Any], path: str) -> tuple[str, ...]:
    """A claim of that very name, or, by its dots, one inside of objects."""
    found: object = claims.get(path)
    if found is None:
        found = claims
        for part in path.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    several = found if isinstance(found, list) else [found]
    return tuple(one for one in several[:MOST_GROUPS] if isinstance(one, str))


def account_of(transaction: Transaction, vouched: Vouched, rules: Rules, by: By) -> User | Refusal:
    """Whose account it opens, made where it is new, with the role that the groups give; or why none.

    Accounts that were here before are opened only where they were linked, by hand or by a verified address.
    """
    known = transaction.identities.find(vouched.issuer, vouched.subject)
    user = transaction.accounts.by_id(known.user_id) if known is not None else None
    if user is None and rules.links_by_email and vouched.email is not None:
        user = transaction.accounts.by_name(vouched.email)
    if user is not None and user.disabled_at is not None:
        return Refusal.DISABLED
    role = rules.role_of(vouched.groups)
    if user is not None and not rules.roles:
        role = user.role
    if role is None:
        if user is not None and known is not None:
            transaction.accounts.end_sessions(user.id)
        return Refusal.NO_GROUP
    if user is None:
        return _new_account(transaction, vouched, role, by)
    if known is None:
        link(transaction, user, vouched, by)
    transaction.identities.used(vouched.issuer, vouched.subject, vouched.shown, now=by.at)
    change_role(transaction, user, role, by, kind=ActorKind.RULE)
    return transaction.accounts.by_id(user.id) or Refusal.DISABLED


def _new_account(transaction: Transaction, vouched: Vouched, role: str, by: By) -> User | Refusal:
    """Under the first name that is free. One that a person without single sign-on has may be their own: refused."""
    if not vouched.names:
        return Refusal.NO_NAME
    for name in vouched.names:
        other = transaction.accounts.by_name(name)
        if other is not None and transaction.identities.of_user(other.id):
            continue
        if other is not None:
            return Refusal.NAME_TAKEN
        user_id = transaction.accounts.add(name, role, now=by.at)
        transaction.configuration.note(person(name, role), by=PROVIDER, now=by.at)
        user = transaction.accounts.by_id(user_id)
        if user is not None:
            link(transaction, user, vouched, by)
            transaction.identities.used(vouched.issuer, vouched.subject, vouched.shown, now=by.at)
            return user
    return Refusal.NAME_TAKEN


def link(transaction: Transaction, user: User, vouched: Vouched, by: By) -> bool:
    """False where this identity opens an account already."""
    if not transaction.identities.link(vouched.issuer, vouched.subject, user.id, vouched.shown, now=by.at):
        return False
    record(transaction, EventKind.SIGN_ON_LINKED, _key(EventKind.SIGN_ON_LINKED, user, by), by, {"person": user.name})
    return True


def unlink(transaction: Transaction, user: User, by: By) -> bool:
    """No identity opens this account any more; its sessions end."""
    if not transaction.identities.unlink(user.id):
        return False
    kind = EventKind.SIGN_ON_UNLINKED
    record(transaction, kind, _key(kind, user, by), by, {"person": user.name})
    return True


def change_role(transaction: Transaction, user: User, role: str, by: By, *, kind: ActorKind = ActorKind.PERSON) -> bool:
    """False where it is the same, or was changed meanwhile. Open sessions have the new role at the next request."""
    if user.role == role or not transaction.accounts.set_role(user.id, role, was=user.role):
        return False
    transaction.configuration.note(person(user.name, role), by=by.person, now=by.at)
    facts = {"person": user.name, "from": user.role, "to": role}
    event = Event(
        _key(EventKind.ROLE_CHANGED, user, by), EventKind.ROLE_CHANGED, by.at, kind, by.person, None, None, facts
    )
    transaction.events.record([event], now=by.at)
    return True


def end_sessions(transaction: Transaction, user: User, by: By, *, but: str = "") -> int:
    """All of this person but the one with this digest; gives how many."""
    ended = transaction.accounts.end_sessions(user.id, but=but)
    if ended:
        kind = EventKind.SESSIONS_ENDED
        record(transaction, kind, _key(kind, user, by), by, {"person": user.name, "sessions": ended})
    return ended


def remove_second_factor(transaction: Transaction, user: User, by: By) -> bool:
    """Also the recovery codes. Whoever's role demands one has to set it up again."""
    factor = transaction.second_factors.get(user.id)
    if not transaction.second_factors.remove(user.id) or factor is None or factor.confirmed_at is None:
        return False
    kind = EventKind.SECOND_FACTOR_REMOVED
    record(transaction, kind, _key(kind, user, by), by, {"person": user.name})
    return True


def tell(transaction: Transaction, kind: EventKind, user: User, by: By) -> None:
    """That this happened to the account, and no more."""
    record(transaction, kind, _key(kind, user, by), by, {"person": user.name})


def _key(kind: EventKind, user: User, by: By) -> str:
    return f"{kind.value}:{user.id}:{by.form_key}"
