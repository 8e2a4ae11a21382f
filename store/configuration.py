"""The log of what the program was set to. Rows are added and never changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select, text

from models import ActorKind, Event, EventKind
from models.configuration import Changed, Part, Set
from store.configuration_tables import CHANGES_BY_PEOPLE, configuration_log
from store.statements import insert
from store.tables import events

NOT_SET = "not set"


class ConfigurationLog:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def note(self, one: Set, *, by: str, now: datetime) -> bool:
        """Whether it differs from what is known, and was written down by us and not by somebody else meanwhile."""
        return self._note(one, self._of(one.part, one.name), by=by, now=now)

    def compare(self, found: Sequence[Set], parts: Iterable[Part], *, by: str, now: datetime) -> int:
        """Write down what differs from the last known state of these parts; gives how many rows were written.

        What is known and not among `found` any more is written down as gone.
        """
        known: dict[tuple[str, str], list[Row[Any]]] = {}
        for row in self._connection.execute(
            select(configuration_log)
            .where(configuration_log.c.part.in_([part.value for part in parts]))
            .order_by(configuration_log.c.number)
        ):
            known.setdefault((row.part, row.name), []).append(row)
        named = {(one.part.value, one.name) for one in found}
        gone = [Set(Part(part), name, None) for part, name in known if (part, name) not in named]
        return sum(
            self._note(one, known.get((one.part.value, one.name), []), by=by, now=now) for one in (*found, *gone)
        )

    def _of(self, part: Part, name: str) -> Sequence[Row[Any]]:
        same = (configuration_log.c.part == part.value, configuration_log.c.name == name)
        return self._connection.execute(
            select(configuration_log).where(*same).order_by(configuration_log.c.number)
        ).all()

    def _note(self, one: Set, known: Sequence[Row[Any]], *, by: str, now: datetime) -> bool:
        comparable = [row for row in known if _says_something(row.after, one.mark)]
        before = comparable[-1].after if comparable else None
        if before == one.after:
            return False
        row = {
            "part": one.part.value,
            "name": one.name,
            "number": known[-1].number + 1 if known else 1,
            "at": now,
            "by": by,
            "before": before,
            "after": one.after,
        }
        adding = insert(self._connection, configuration_log).values(row).on_conflict_do_nothing()
        return self._connection.scalar(adding.returning(configuration_log.c.id)) is not None

    def rows(
        self, *, part: Part | None = None, since: datetime | None = None, until: datetime | None = None, limit: int
    ) -> list[Changed]:
        """Newest first; `until` is not included."""
        table = configuration_log.c
        wanted = [table.part == part.value] if part is not None else []
        wanted += [table.at >= since] if since is not None else []
        wanted += [table.at < until] if until is not None else []
        found = self._connection.execute(
            select(configuration_log).where(*wanted).order_by(table.at.desc(), table.id.desc()).limit(limit)
        )
        return [Changed(Part(row.part), row.name, row.at, row.by, row.before, row.after) for row in found]

    def acts(self, *, since: datetime | None = None, until: datetime | None = None, limit: int) -> list[Event]:
        """What people set that is in the event log already, newest first."""
        wanted: list[Any] = [text(CHANGES_BY_PEOPLE)]
        wanted += [events.c.at >= since] if since is not None else []
        wanted += [events.c.at < until] if until is not None else []
        found = self._connection.execute(
            select(events).where(*wanted).order_by(events.c.at.desc(), events.c.id.desc()).limit(limit)
        )
        return [
            Event(row.key, EventKind(row.kind), row.at, ActorKind(row.actor_kind), row.actor, facts=row.facts)
            for row in found
        ]


def _says_something(after: str | None, mark: str) -> bool:
    """A hash under the key of another home cannot be compared with ours."""
    return not mark or after is None or after == NOT_SET or after.startswith(mark)
