"""The statements of an erasure that retention has none of: one person's rows, wherever they stand."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote_plus

from sqlalchemy import Connection, delete, func, or_, select, update

from models.erasure import Person
from models.errors import EarshotError
from models.retention import REDACTED
from store.aside_tables import author_mutes, message_marks
from store.channel_tables import account_states, bystanders, pushes, reposts
from store.crises_tables import topic_posts
from store.folding import fold
from store.follow_up import FollowUps
from store.pushes import PushState
from store.sealed import PUSH_BODY
from store.search_tables import saved_views
from store.tables import author_histories, author_snapshots, authors, cases, mentions, quarantine
from store.together_tables import drafts
from store.vault import Vault, is_sealed

AT_ONCE = 500
SHORTEST_SOUGHT = 4
"""Shorter names would find everything."""
ERASED = "held what a person asked to have erased"


class Erasing:
    """Nothing here asks whether it may: `flow/erasure.py` does, in the same transaction."""

    def __init__(self, connection: Connection, vault: Vault | None = None) -> None:
        self._connection = connection
        self._vault = vault

    # who, and what of theirs is here

    def people(self, channel: str, handle: str) -> list[Person]:
        """Accounts that have, or had, this name or this id on a channel; any letter case, with or without @."""
        name, table = handle.strip().removeprefix("@"), authors.c
        named = select(author_snapshots.c.author_id).where(_is(author_snapshots.c.facts["handle"].as_string(), name))
        found = self._connection.execute(
            select(authors)
            .where(table.channel == channel)
            .where(or_(_is(table.handle, name), table.native_id == handle.strip(), table.id.in_(named)))
            .order_by(table.id)
        )
        return [Person(row.id, row.channel, row.native_id, row.handle) for row in found]

    def person(self, author_key: str) -> Person | None:
        row = self._connection.execute(select(authors).where(authors.c.id == author_key)).one_or_none()
        return Person(row.id, row.channel, row.native_id, row.handle) if row is not None else None

    def messages(self, author_key: str, *, until: datetime) -> list[tuple[str, int | None]]:
        """(message, its case), of those that came until then."""
        table = mentions.c
        wanted = (table.author_id == author_key, table.received_at <= until)
        rows = self._connection.execute(select(table.id, table.case_id).where(*wanted).order_by(table.created_at))
        return [(row.id, row.case_id) for row in rows]

    def is_alone(self, case_ids: Collection[int], author_key: str) -> bool:
        """Whether nobody else wrote there."""
        others = (mentions.c.case_id.in_(case_ids), mentions.c.author_id != author_key)
        return self._connection.scalar(select(mentions.c.id).where(*others).limit(1)) is None

    # what goes

    def aside(self, mention_ids: Sequence[str]) -> None:
        """What other rows say of these messages."""
        self._connection.execute(
            update(message_marks).where(message_marks.c.mention_id.in_(mention_ids)).values(words=REDACTED)
        )
        self._connection.execute(
            update(topic_posts).where(topic_posts.c.mention_id.in_(mention_ids)).values(author_id=None)
        )

    def forget_case(self, case_id: int, author_key: str) -> None:
        """Whose case it is, where it stood, who was asked how they were served, and what people began to write."""
        theirs = (cases.c.id == case_id, cases.c.author_id == author_key)
        values = {"author_id": None, "conversation_key": f"redacted:{case_id}", "custom_fields": None}
        if self._connection.execute(update(cases).where(*theirs).values(values)).rowcount:
            FollowUps(self._connection).redact([case_id])
            self._connection.execute(delete(drafts).where(drafts.c.case_id == case_id))

    def around(self, person: Person) -> list[str]:
        """Posts of theirs that stand beside somebody else's message; gives their ids."""
        same = (
            bystanders.c.channel == person.channel,
            bystanders.c.author["id"].as_string() == person.native_id,
            bystanders.c.is_ours.is_(False),
        )
        return list(self._connection.scalars(delete(bystanders).where(*same).returning(bystanders.c.id)))

    def facts(self, person: Person) -> None:
        """The account itself. What a message that has to stay points to stays with it."""
        key = person.author_key
        self._connection.execute(delete(author_histories).where(author_histories.c.author_id == key))
        for table, column in (
            (account_states, account_states.c.author_key),
            (reposts, reposts.c.author_key),
            (author_mutes, author_mutes.c.author_id),
        ):
            self._connection.execute(delete(table).where(column == key))
        needed = select(mentions.c.snapshot_id).where(mentions.c.snapshot_id.is_not(None))
        unneeded = (author_snapshots.c.author_id == key, author_snapshots.c.id.not_in(needed))
        self._connection.execute(delete(author_snapshots).where(*unneeded))
        known = (
            select(table.c.author_id).where(table.c.author_id == key).limit(1)
            for table in (author_snapshots, mentions, cases)
        )
        if all(self._connection.scalar(one) is None for one in known):
            self._connection.execute(delete(authors).where(authors.c.id == key))

    def looked_for(self, person: Person) -> int:
        """Lists of the queue that your staff saved with this name."""
        if person.handle is None or len(person.handle) < SHORTEST_SOUGHT:
            return 0
        name, table = fold(person.handle), saved_views.c
        # As in an address, letters stand as signs there: what was looked for is read as it was typed.
        rows = self._connection.execute(select(table.id, table.query)).all()
        named = [row.id for row in rows if name in fold(unquote_plus(row.query))]
        for start in range(0, len(named), AT_ONCE):
            self._connection.execute(delete(saved_views).where(table.id.in_(named[start : start + AT_ONCE])))
        return len(named)

    def raw(self, person: Person, native_ids: Collection[str]) -> int:
        """Pushes and lines that were set aside, and that name the person or a message of theirs; gives how many."""
        sought = [
            one.encode() for one in {person.native_id, person.handle or "", *native_ids} if len(one) >= SHORTEST_SOUGHT
        ]
        return self._pushes(sought) + self._lines(sought)

    def _pushes(self, sought: Sequence[bytes]) -> int:
        table, done = pushes.c, 0
        parked = select(table.id, table.receiver, table.delivery_id, table.body).where(
            table.state == PushState.FAILED.value, table.body.is_not(None)
        )
        for row in self._connection.execute(parked).all():
            body = self._opened(row.receiver, row.delivery_id, bytes(row.body))
            if body is not None and any(one in body for one in sought):
                values = {"state": PushState.DONE.value, "body": None, "fault": ERASED}
                self._connection.execute(update(pushes).where(table.id == row.id).values(values))
                done += 1
        return done

    def _opened(self, receiver: str, delivery_id: str, body: bytes) -> bytes | None:
        """None where its key is lost: then nobody reads it any more."""
        if not is_sealed(body) or self._vault is None:
            return body
        try:
            return self._vault.open(body, PUSH_BODY.context(receiver, delivery_id))
        except EarshotError:
            return None

    def _lines(self, sought: Sequence[bytes]) -> int:
        done = 0
        for row in self._connection.execute(select(quarantine.c.id, quarantine.c.raw)).all():
            raw = row.raw if isinstance(row.raw, bytes) else str(row.raw).encode()
            if any(one in raw for one in sought):
                self._connection.execute(delete(quarantine).where(quarantine.c.id == row.id))
                done += 1
        return done


def _is(column: Any, name: str) -> Any:
    """In any letter case. SQLite, and PostgreSQL in the locale C, know the case of ASCII letters alone: of others the
    ways are tried in which names are written."""
    ways = {name, name.lower(), name.upper(), name.capitalize(), name.title(), name.casefold()}
    return or_(func.lower(column) == name.lower(), column.in_(sorted(ways)))
