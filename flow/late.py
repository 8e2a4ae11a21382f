"""Who is called when a clock of the law or a target of the house is missed, a clock soon will be, or an answer never
went out: the case's owner; where it has none, who leads. A case that nobody answers must reach somebody who did not
look for it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from models import Priority
from store.accounts import User
from store.callouts import Call, NewCall
from store.store import Transaction
from store.targets import CaseNow

LEADS = ("lead", "admin")
"""The first of them that there is anybody of."""
PROGRAM = "Earshot"
PRESSING = frozenset({Priority.URGENT, Priority.HIGH})


@dataclass(frozen=True, slots=True)
class Late:
    """`key`: of the event, so that each calls a person once."""

    key: str
    case: CaseNow
    call: Call
    is_owner_told: bool = False
    """Its owner was called for the same thing already."""
    writer: str = ""
    """Who wrote the answer that never went out, or has the escalation: called beside the owner."""
    are_leads_told: bool = False
    """Beside them: those who had it did not answer."""


def leads_of(people: Iterable[User]) -> list[User]:
    """Who is called where nobody else is: of those who may log in, the leads; the admins where there are none."""
    here = [user for user in people if user.disabled_at is None]
    return next((found for role in LEADS if (found := [user for user in here if user.role == role])), [])


class CallsOfTheLate:
    def __init__(self, transaction: Transaction, *, now: datetime) -> None:
        self._transaction = transaction
        self._now = now

    def add(self, found: Iterable[Late]) -> None:
        """Of a target that was missed nobody but the owner is called, unless the case is pressing: of the many that
        wait for a free hand the board tells. A clock of the law always calls somebody."""
        self._transaction.callouts.add_all(
            [NewCall(one.key, user.id, one.case.id, one.call) for one in found for user in self._who(one)],
            by=PROGRAM,
            now=self._now,
        )

    def add_of_case(self, case_id: int, key: str, call: Call, *, writer: str, are_leads_told: bool = False) -> None:
        cases = self._transaction.targets.cases([case_id])
        self.add(Late(key, case, call, writer=writer, are_leads_told=are_leads_told) for case in cases)

    def _who(self, late: Late) -> list[User]:
        names = dict.fromkeys(name for name in (late.case.owner, late.writer) if name)
        found = [self._people[name] for name in names if name in self._people]
        if late.are_leads_told:
            return list({user.id: user for user in (*found, *self._leads)}.values())
        if found:
            return [] if late.is_owner_told else found
        is_told = late.call is not Call.TARGET_MISSED or late.case.priority in PRESSING
        return self._leads if is_told else []

    @cached_property
    def _people(self) -> dict[str, User]:
        return {user.name: user for user in self._transaction.accounts.all() if user.disabled_at is None}

    @cached_property
    def _leads(self) -> list[User]:
        return leads_of(self._people.values())
