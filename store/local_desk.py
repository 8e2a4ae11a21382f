"""The embedded default's own desk and channel: tickets and replies that stay here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy import update as sql_update

from models import Comment, Reply, Ticket, TicketStanding, TicketStatus, TicketUpdate
from store.channel_tables import local_changes
from store.statements import insert, insert_new
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

    def find_comment(self, comment: Comment) -> int | None:
        same = (local_comments.c.key == comment.key, local_comments.c.external_id == comment.external_id)
        return self._connection.scalar(select(local_comments.c.id).where(*same))

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

    def update_ticket(self, update: TicketUpdate, *, now: datetime) -> int | None:
        """Its number; None where there is no such ticket. A change of status is noted once."""
        found = self._connection.execute(
            select(local_tickets).where(local_tickets.c.external_id == update.external_id)
        ).one_or_none()
        if found is None:
            return None
        values: dict[str, Any] = {
            "priority": update.priority.value if update.priority else found.priority,
            "team": update.team or found.team,
            "tags": list(dict.fromkeys((*found.tags, *update.add_tags))),
            "status": update.status.value if update.status else found.status,
        }
        self._connection.execute(sql_update(local_tickets).where(local_tickets.c.id == found.id).values(**values))
        if values["status"] != found.status:
            row = {"external_id": found.external_id, "status": values["status"], "changed_at": now}
            self._connection.execute(insert(self._connection, local_changes).values(**row))
        return int(found.id)

    def last_change(self) -> int:
        return self._connection.scalar(select(func.max(local_changes.c.id))) or 0

    def changes(self, after: int) -> list[tuple[int, TicketStanding]]:
        """Changes of status by number, oldest first."""
        rows = self._connection.execute(
            select(local_changes, local_tickets.c.id.label("ticket_id"))
            .join(local_tickets, local_tickets.c.external_id == local_changes.c.external_id)
            .where(local_changes.c.id > after)
            .order_by(local_changes.c.id)
        )
        return [
            (
                row.id,
                TicketStanding(
                    str(row.ticket_id), row.external_id, TicketStatus(row.status), row.status, row.changed_at
                ),
            )
            for row in rows
        ]

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
