"""What of the first steps a person did for real, from the event log."""

from sqlalchemy import ColumnElement, Connection, Index, exists, select, text

from models import EventKind
from store.tables import events

OF_FIRST_STEPS = (
    "actor_kind = 'person' AND kind IN ('verdict_confirmed', 'verdict_unsure', 'relabelled', 'reply_queued', "
    "'handed_over', 'advised', 'complaint_act', 'register_exported', 'escalated')"
)
"""Word for word in the index, or SQLite does not use it."""
KINDS = (
    EventKind.VERDICT_CONFIRMED,
    EventKind.VERDICT_UNSURE,
    EventKind.RELABELLED,
    EventKind.REPLY_QUEUED,
    EventKind.HANDED_OVER,
    EventKind.ADVISED,
    EventKind.COMPLAINT_ACT,
    EventKind.REGISTER_EXPORTED,
    EventKind.ESCALATED,
)

Index(
    "ix_events_steps",
    events.c.actor,
    events.c.kind,
    sqlite_where=text(OF_FIRST_STEPS),
    postgresql_where=text(OF_FIRST_STEPS),
)


class FirstSteps:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def done(self, person: str) -> tuple[frozenset[EventKind], bool]:
        """Kinds of what the person did, and whether one answer was sent with a saved reply."""
        found = self._connection.execute(select(*(_did(person, kind) for kind in KINDS))).one()
        kinds = frozenset(kind for kind, is_done in zip(KINDS, found, strict=True) if is_done)
        if EventKind.REPLY_QUEUED not in kinds:
            return kinds, False
        saved = events.c.facts["saved_reply"].as_string().is_not(None)
        return kinds, bool(self._connection.scalar(select(_did(person, EventKind.REPLY_QUEUED, saved))))


def _did(person: str, kind: EventKind, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Found or not with the first row: the queue asks for this on every page, of people who have done a lot, too."""
    theirs = select(events.c.id).where(events.c.actor == person, events.c.kind == kind.value, text(OF_FIRST_STEPS))
    return exists(theirs.where(*more).limit(1)).label(kind.value)
