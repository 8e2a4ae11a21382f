"""What of the first steps a person did for real, from the event log."""

from sqlalchemy import Connection, Index, select, text

from models import EventKind
from store.tables import events

OF_FIRST_STEPS = (
    "actor_kind = 'person' AND kind IN ('verdict_confirmed', 'verdict_unsure', 'relabelled', 'reply_queued', "
    "'handed_over', 'advised', 'complaint_act', 'register_exported')"
)
"""Word for word in the index, or SQLite does not use it."""

Index("ix_events_steps", events.c.actor, sqlite_where=text(OF_FIRST_STEPS), postgresql_where=text(OF_FIRST_STEPS))


class FirstSteps:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def done(self, person: str) -> tuple[frozenset[EventKind], bool]:
        """Kinds of what the person did, and whether one answer was sent with a saved reply."""
        theirs = (events.c.actor == person, text(OF_FIRST_STEPS))
        kinds = frozenset(map(EventKind, self._connection.scalars(select(events.c.kind).where(*theirs).distinct())))
        if EventKind.REPLY_QUEUED not in kinds:
            return kinds, False
        saved = events.c.facts["saved_reply"].as_string().is_not(None)
        replied = (events.c.kind == EventKind.REPLY_QUEUED.value, saved)
        return kinds, self._connection.scalar(select(events.c.id).where(*theirs, *replied).limit(1)) is not None
