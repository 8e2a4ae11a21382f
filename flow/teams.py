"""Who is in a team, and which of its people a case goes to."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from flow.named import RefusedError
from flow.routing import Routing
from flow.teamwork import By, record
from models import EventKind
from policy.paths import EscalationPaths, Level, Team
from store.accounts import User
from store.cases import StoredCase
from store.store import Transaction


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    is_lead: bool
    is_stand_in: bool
    """By their role, while nobody is entered for the team."""


class Teams:
    """As they stand in one transaction."""

    def __init__(self, transaction: Transaction, paths: EscalationPaths, routing: Routing | None = None) -> None:
        """`routing`: by what people can do and take, where the policy has that on."""
        self._transaction = transaction
        self._routing = routing if routing is not None and routing.is_on else None
        self._paths = paths
        self._entered = transaction.teams.all()
        self._busy: dict[str, int] | None = None
        self._users = [user for user in transaction.accounts.all() if _is_here(user)]

    def people(self, team: Team) -> list[Person]:
        """Those who are entered; else those of the role that stands in."""
        entered = [Person(one.name, one.is_lead, is_stand_in=False) for one in self._entered if one.team == team.key]
        if entered or team.stand_in is None:
            return entered
        return [Person(user.name, is_lead=True, is_stand_in=True) for user in self._users if user.role == team.stand_in]

    def is_in(self, name: str | None, key: str) -> bool:
        return any(one.name == name for one in self.people(self._paths.teams[key]))

    def choose(
        self, key: str, level: Level, *, but: Collection[str | None] = (), case: StoredCase | None = None
    ) -> str | None:
        """Who has the fewest escalated cases of those at this level; where the team has none, of those that answer for
        it, one team after the other. None where nobody is there at all.

        Where cases go by skills, the best fitting of `case` with room; where nobody fits, a lead with room.
        """
        if self._routing is not None and case is not None:
            return self._best(self._routing, key, level, but, case)
        for place, team in enumerate(self._paths.chain(key)):
            here = [one for one in self.people(team) if one.name not in but]
            leads = [one for one in here if one.is_lead]
            members = [one for one in here if not one.is_lead]
            wanted = leads if level is Level.LEAD or place else members or leads
            if wanted or (place and here):
                return self._least_busy(wanted or here)
        return None

    def _best(
        self, routing: Routing, key: str, level: Level, but: Collection[str | None], case: StoredCase
    ) -> str | None:
        for place, team in enumerate(self._paths.chain(key)):
            here = [one for one in self.people(team) if one.name not in but]
            leads = [one.name for one in here if one.is_lead]
            members = [one.name for one in here if not one.is_lead]
            wanted = leads if level is Level.LEAD or place else members or leads
            chosen = routing.choose(case, wanted)
            if chosen is not None:
                return chosen
            stand_in = routing.stand_in(case, leads)
            if stand_in is not None:
                return stand_in
        return None

    def _least_busy(self, people: Sequence[Person]) -> str:
        if self._busy is None:
            self._busy = self._transaction.escalations.loads([user.name for user in self._users])
        busy = self._busy
        return min((busy.get(one.name, 0), one.name) for one in people)[1]

    def took(self, name: str) -> None:
        """One more is theirs; who is chosen next in this transaction is chosen with it."""
        if self._busy is not None:
            self._busy[name] = self._busy.get(name, 0) + 1


def _is_here(user: User) -> bool:
    return user.disabled_at is None and user.password_hash is not None


def change_team(transaction: Transaction, paths: EscalationPaths, team: str, user: User, *, place: str, by: By) -> None:
    """`place`: member, lead or none. Raises: RefusedError."""
    if team not in paths.teams:
        raise RefusedError(f"team {team!r} is unknown; known teams: {', '.join(sorted(paths.teams))}")
    if place not in (*Level, "none"):
        raise RefusedError(f"{place!r} is no place in a team: use member, lead or none")
    if place != "none" and (not _is_here(user) or user.role == "auditor"):
        raise RefusedError(f"{user.name} cannot take a case: the account is closed, not taken up, or an auditor's")
    if place == "none":
        has_changed = transaction.teams.remove(team, user.id)
    else:
        is_lead = place == Level.LEAD
        has_changed = transaction.teams.put(team, user.id, is_lead=is_lead, by=by.person, now=by.at)
    if has_changed:
        facts = {"team": team, "to": user.name, "kind": place}
        record(transaction, EventKind.TEAM_CHANGED, f"team_changed:{team}:{user.id}:{by.form_key}", by, facts)
