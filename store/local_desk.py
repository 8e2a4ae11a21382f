"""The embedded default's own desk and channel: tickets and replies that stay here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from models import Comment, Reply, Ticket
from store.statements import insert_new
from store.tables import local_comments, local_replies, local_tickets


class LocalDesk:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def find_ticket(self, external_id: str) -> int | None:
        return self._connection.scalar(select(local_tickets.c.id).where(local_tickets.c.external_id == external_id))

    def add_ticket(self, ticket: Ticket, *, now: datetime) -> int:
        """Its number; that of the one there already, where an earlier try added it."""
        values = {
            "external_id": ticket.external_id,
            "subject": ticket.subject,
            "body": ticket.body,
            "priority": ticket.priority.value,
            "team": ticket.team,
            "tags": list(ticket.tags),
            "due_at": ticket.due_at,
            "created_at": now,
        }
        insert_new(self._connection, local_tickets, [values])
        number = select(local_tickets.c.id).where(local_tickets.c.external_id == ticket.external_id)
        found: int = self._connection.execute(number).scalar_one()
        return found

    def find_comment(self, key: str) -> int | None:
        return self._connection.scalar(select(local_comments.c.id).where(local_comments.c.key == key))

    def add_comment(self, comment: Comment, *, now: datetime) -> int:
        """Its number; that of the one there already, where an earlier try added it."""
        values = {"external_id": comment.external_id, "key": comment.key, "body": comment.body, "created_at": now}
        insert_new(self._connection, local_comments, [values])
        number = select(local_comments.c.id).where(local_comments.c.key == comment.key)
        found: int = self._connection.execute(number).scalar_one()
        return found

    def find_reply(self, key: str) -> int | None:
        return self._connection.scalar(select(local_replies.c.id).where(local_replies.c.key == key))

    def add_reply(self, mention_id: str, reply: Reply, *, now: datetime) -> None:
        values = {
            "key": reply.key,
            "mention_id": mention_id,
            "text": reply.text,
            "is_private": reply.is_private,
            "created_at": now,
        }
        insert_new(self._connection, local_replies, [values])

    def tickets(self, *, limit: int = 200) -> list[Mapping[str, Any]]:
        """Newest first."""
        rows = self._connection.execute(select(local_tickets).order_by(local_tickets.c.id.desc()).limit(limit))
        return [dict(row._mapping) for row in rows]

    def ticket(self, ticket_id: int) -> tuple[Mapping[str, Any], list[Mapping[str, Any]]] | None:
        """The ticket and its comments, oldest first."""
        found = self._connection.execute(select(local_tickets).where(local_tickets.c.id == ticket_id)).one_or_none()
        if found is None:
            return None
        notes = self._connection.execute(
            select(local_comments)
            .where(local_comments.c.external_id == found.external_id)
            .order_by(local_comments.c.id)
        )
        return dict(found._mapping), [dict(note._mapping) for note in notes]
