"""How often a case changed hands, and who is in which team."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Row, delete, func, select, update

from models import CaseState
from store.escalation_tables import hops, team_people
from store.statements import insert
from store.tables import cases, users

OVER = (CaseState.CLOSED.value, CaseState.MERGED.value)


class HopAlarm(StrEnum):
    PING_PONG = "ping_pong"
    """The case came back to somebody who had it before."""
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class Hop:
    """One change of owner or team. `key` is that of the event which it belongs to: the same event is one hop."""

    key: str
    case_id: int
    at: datetime
    from_owner: str | None
    to_owner: str | None
    from_team: str | None
    to_team: str | None
    reason: str
    by: str
    id: int = 0
    alarm: HopAlarm | None = None


@dataclass(frozen=True, slots=True)
class TeamPerson:
    team: str
    user_id: int
    name: str
    is_lead: bool
    role: str


class Hops:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, hop: Hop) -> None:
        names = ("key", "case_id", "at", "from_owner", "to_owner", "from_team", "to_team", "reason", "by")
        row = {name: getattr(hop, name) for name in names}
        self._connection.execute(insert(self._connection, hops).values(row).on_conflict_do_nothing())

    def of_cases(self, case_ids: Collection[int]) -> list[Hop]:
        """In their order."""
        found = select(hops).where(hops.c.case_id.in_(case_ids)).order_by(hops.c.id)
        return [_hop(row) for row in self._connection.execute(found)]

    def counts(self, case_ids: Collection[int]) -> dict[int, int]:
        """Case → how many; a case without any is left out."""
        found = select(hops.c.case_id, func.count()).where(hops.c.case_id.in_(case_ids)).group_by(hops.c.case_id)
        return {row[0]: row[1] for row in self._connection.execute(found)}

    def to_look_at(self, *, limit: int) -> list[Hop]:
        """Those that nobody has looked at, in their order."""
        found = select(hops).where(hops.c.looked_at.is_(None)).order_by(hops.c.id).limit(limit)
        return [_hop(row) for row in self._connection.execute(found)]

    def looked_at(self, number: int, alarm: HopAlarm | None, *, now: datetime) -> bool:
        """False where another process was faster."""
        same = (hops.c.id == number, hops.c.looked_at.is_(None))
        values = {"looked_at": now, "alarm": alarm.value if alarm is not None else None}
        return self._connection.execute(update(hops).where(*same).values(values)).rowcount == 1

    def alarms(self, *, limit: int) -> list[Hop]:
        """The last alarm of each case that is not over; the newest first."""
        last = select(func.max(hops.c.id)).where(hops.c.alarm.is_not(None)).group_by(hops.c.case_id)
        joined = hops.join(cases, cases.c.id == hops.c.case_id)
        found = select(hops).select_from(joined).where(hops.c.id.in_(last), cases.c.state.not_in(OVER))
        return [_hop(row) for row in self._connection.execute(found.order_by(hops.c.id.desc()).limit(limit))]


class TeamPeople:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[TeamPerson]:
        """Those whose account is open and who have logged in once; by name."""
        joined = team_people.join(users, users.c.id == team_people.c.user_id)
        found = (
            select(team_people.c.team, team_people.c.user_id, team_people.c.is_lead, users.c.name, users.c.role)
            .select_from(joined)
            .where(users.c.disabled_at.is_(None), users.c.password_hash.is_not(None))
            .order_by(users.c.name, team_people.c.team)
        )
        return [
            TeamPerson(row.team, row.user_id, row.name, row.is_lead, row.role)
            for row in self._connection.execute(found)
        ]

    def put(self, team: str, user_id: int, *, is_lead: bool, by: str, now: datetime) -> bool:
        """False where it stands so already."""
        same = (team_people.c.team == team, team_people.c.user_id == user_id)
        standing = self._connection.scalar(select(team_people.c.is_lead).where(*same))
        if standing is is_lead:
            return False
        values = {"is_lead": is_lead, "by": by, "at": now}
        statement = insert(self._connection, team_people).values(team=team, user_id=user_id, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["team", "user_id"], set_=values))
        return True

    def remove(self, team: str, user_id: int) -> bool:
        same = (team_people.c.team == team, team_people.c.user_id == user_id)
        return self._connection.execute(delete(team_people).where(*same)).rowcount == 1


def _hop(row: Row[Any]) -> Hop:
    return Hop(
        key=row.key,
        case_id=row.case_id,
        at=row.at,
        from_owner=row.from_owner,
        to_owner=row.to_owner,
        from_team=row.from_team,
        to_team=row.to_team,
        reason=row.reason,
        by=row.by,
        id=row.id,
        alarm=HopAlarm(row.alarm) if row.alarm else None,
    )
