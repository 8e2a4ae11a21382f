"""What people can do, how many cases they take, whether they are away, and what they hold now."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, select, update

from models import CaseState
from store.aside_tables import snoozes
from store.routing_tables import person_rooms, person_skills
from store.statements import insert, insert_new
from store.tables import cases

PROGRAM = "earshot"


@dataclass(frozen=True, slots=True)
class Room:
    capacity: int | None
    """None: as the policy says."""
    is_away: bool
    given_at: datetime | None


class Rooms:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def skills(self) -> dict[int, frozenset[str]]:
        """Person → codes of what they can do, for those with any."""
        found: dict[int, set[str]] = {}
        for row in self._connection.execute(select(person_skills.c.user_id, person_skills.c.skill)):
            found.setdefault(row.user_id, set()).add(row.skill)
        return {user_id: frozenset(codes) for user_id, codes in found.items()}

    def give_skill(self, user_id: int, skill: str, *, by: str, now: datetime) -> bool:
        """False where they have it already."""
        row = {"user_id": user_id, "skill": skill, "by": by, "at": now}
        adding = insert(self._connection, person_skills).values(row).on_conflict_do_nothing()
        return self._connection.execute(adding.returning(person_skills.c.user_id)).one_or_none() is not None

    def take_skill(self, user_id: int, skill: str) -> bool:
        same = (person_skills.c.user_id == user_id, person_skills.c.skill == skill)
        return self._connection.execute(delete(person_skills).where(*same)).rowcount == 1

    def all(self) -> dict[int, Room]:
        return {
            row.user_id: Room(row.capacity, row.is_away, row.given_at)
            for row in self._connection.execute(select(person_rooms))
        }

    def put(self, user_id: int, *, capacity: int | None, is_away: bool, by: str, now: datetime) -> None:
        values = {"capacity": capacity, "is_away": is_away, "by": by, "at": now}
        putting = insert(self._connection, person_rooms).values(user_id=user_id, **values)
        self._connection.execute(putting.on_conflict_do_update(index_elements=["user_id"], set_=values))

    def lock(self, user_ids: Collection[int], *, now: datetime) -> None:
        """Of several who give cases out at once, the others wait: what is counted after it stays so."""
        ids = sorted(user_ids)
        rows = [{"user_id": each, "capacity": None, "is_away": False, "by": PROGRAM, "at": now} for each in ids]
        insert_new(self._connection, person_rooms, rows)
        locking = select(person_rooms.c.user_id).where(person_rooms.c.user_id.in_(ids)).order_by(person_rooms.c.user_id)
        self._connection.execute(locking.with_for_update()).all()

    def gave(self, user_id: int, *, now: datetime) -> None:
        self._connection.execute(update(person_rooms).where(person_rooms.c.user_id == user_id).values(given_at=now))

    def loads(self, names: Collection[str]) -> dict[str, int]:
        """Open cases of each; who has none is left out."""
        found = select(cases.c.owner, func.count()).where(
            cases.c.state == CaseState.OPEN.value, cases.c.owner.in_(names)
        )
        return {row[0]: row[1] for row in self._connection.execute(found.group_by(cases.c.owner))}

    def waiting(self, *, limit: int) -> list[int]:
        """Open cases that nobody owns, none of noise, none put off; in the order of the queue."""
        where = (cases.c.state == CaseState.OPEN.value, cases.c.owner.is_(None), cases.c.tier > 0)
        off = select(snoozes.c.case_id)
        ordered = select(cases.c.id).where(*where, cases.c.id.not_in(off))
        return list(self._connection.scalars(ordered.order_by(cases.c.score.desc(), cases.c.id).limit(limit)))
