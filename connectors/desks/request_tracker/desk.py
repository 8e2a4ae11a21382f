"""Our tickets in Request Tracker 5.

RT must hold a queue, the custom fields of `FieldNames` on it (`ExternalId` one freeform value, `Tags` many), and a user
whose token we use with the rights SeeQueue, CreateTicket, ShowTicket, ShowTicketComments, CommentOnTicket,
SeeCustomField, ModifyCustomField and ModifyTicket.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import httpx

from connectors.desks.mapping import DeskWords
from connectors.desks.names import kept_id
from connectors.desks.plain_text import plain
from connectors.desks.request_tracker.client import PAGE_SIZE, RequestTrackerClient, RTQueue, RTTicket, StaleError
from connectors.desks.request_tracker.payload import (
    PRIORITY_WORDS,
    FieldNames,
    Form,
    checked_numbers,
    note_subject,
    quoted,
    status_of,
)
from connectors.desks.since import Listed, standings_since
from models import Comment, Receipt, StandingPage, Ticket, TicketStanding, TicketUpdate
from models.errors import AccessError, PermanentError, RetryableError, SetupError

MOST_TRIES = 5
"""To change a ticket that others change at the same time."""


class RequestTrackerDesk:
    """A `Desk`. Create, find and comment each cost RT about a quarter of a second per request, several at first."""

    name = "request_tracker"

    def __init__(
        self,
        url: str,
        token: str,
        queue: str,
        *,
        requestor_domain: str = "social.invalid",
        fields: FieldNames | None = None,
        words: DeskWords | None = None,
        page_size: int = PAGE_SIZE,
        timeout_seconds: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._url = url.rstrip("/").removesuffix("/REST/2.0")
        self._queue = queue
        self._fields = fields or FieldNames()
        self._form = Form(queue, requestor_domain, self._fields, checked_numbers(words or DeskWords(PRIORITY_WORDS)))
        self._page_size = page_size
        self._now = now
        self._client = RequestTrackerClient(
            self._url, token, timeout_seconds=timeout_seconds, transport=transport, sleep=sleep
        )

    def check(self) -> None:
        version = self._client.version()
        if not version.startswith(("5.", "6.")):
            raise SetupError(f"request_tracker: {self._url} is RT {version}; RT 5 or later is needed")
        queue = self._own_queue()
        if queue.disabled != "0" or not queue.takes_tickets:
            raise SetupError(
                f"request_tracker: no ticket can be made in queue {self._queue!r}: enable it, and give the token's user"
                " the right CreateTicket on it"
            )
        self._check_fields(queue)

    def find_ticket(self, external_id: str) -> Receipt | None:
        ticket = self._find(external_id)
        return None if ticket is None else self._receipt(ticket.effective_id or ticket.id, found=True)

    def create_ticket(self, ticket: Ticket) -> Receipt:
        id = self._client.create(self._form.ticket(ticket))
        self._prove_it_can_be_found(id, ticket.external_id)
        return self._receipt(id)

    def find_comment(self, comment: Comment) -> Receipt | None:
        ticket = self.find_ticket(comment.external_id)
        if ticket is None:
            return None
        id = self._client.find_comment(ticket.reference, subject=note_subject(comment))
        return None if id is None else self._note_receipt(ticket.reference, id, found=True)

    def add_comment(self, comment: Comment) -> Receipt:
        ticket = self.find_ticket(comment.external_id)
        if ticket is None:
            raise RetryableError(f"request_tracker: no ticket {comment.external_id!r} yet to add a note to")
        id = self._client.comment(ticket.reference, subject=note_subject(comment), content=plain(comment.body))
        return self._note_receipt(ticket.reference, id)

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        found = self.find_ticket(update.external_id)
        if found is None:
            raise RetryableError(f"request_tracker: no ticket {update.external_id!r} yet to change")
        said: Sequence[str] | None = None
        for _ in range(MOST_TRIES):
            ticket, state = self._client.ticket_to_change(found.reference)
            left = self._form.changes(update, ticket)
            if not left:
                return found
            if said is not None:
                raise self._not_changed(found.reference, [*left], said)
            try:
                said = self._client.update(found.reference, left, state)
            except StaleError:
                continue
        raise RetryableError(f"request_tracker: ticket {found.reference} is being changed by others all the time")

    def standings(self, cursor: str | None) -> StandingPage:
        ahead = self._client.clock_ahead(self._now)

        def listed(since: datetime, page: int) -> Sequence[Listed]:
            age = self._now() + ahead - since
            seconds = max(0, -(-age // timedelta(seconds=1))) + 1
            field = self._fields.external_id
            tickets = self._client.changed(field, seconds_ago=seconds, page=page, page_size=self._page_size)
            return [self._listed(ticket) for ticket in tickets]

        return standings_since(listed, cursor, now=self._now() + ahead, page_size=self._page_size)

    def _listed(self, ticket: RTTicket) -> Listed:
        if ticket.last_updated is None:
            raise AccessError("request_tracker: RT does not say when a ticket changed; is it RT 5?")
        changed_at = ticket.last_updated.astimezone(UTC)
        kept = ticket.values(self._fields.external_id)
        standing = TicketStanding(
            reference=ticket.id,
            external_id=kept[0] if kept else None,
            status=status_of(ticket.status),
            status_name=ticket.status,
            changed_at=changed_at,
            assignee=ticket.owner.name,
        )
        return Listed(ticket.id, changed_at, standing)

    def _not_changed(self, id: str, left: Sequence[str], said: Sequence[str]) -> AccessError | PermanentError:
        what = f"request_tracker: RT took the change of ticket {id} and left {', '.join(left)} as it was"
        if any("Permission Denied" in sentence for sentence in said):
            return AccessError(f"{what}: give the token's user the rights ModifyTicket and ModifyCustomField")
        return PermanentError(f"{what}: does the lifecycle of its queue know that status, and allow the step to it?")

    def _own_queue(self) -> RTQueue:
        try:
            return self._client.queue(self._queue)
        except (PermanentError, AccessError) as error:
            raise SetupError(
                f"request_tracker: no queue {self._queue!r} at {self._url} for this token: create it in RT (Admin,"
                " Queues, Create), or give the token's user the right SeeQueue on it"
            ) from error

    def _check_fields(self, queue: RTQueue) -> None:
        ids = {field.name: field.id for field in queue.ticket_fields}
        for name, type in self._wanted_fields().items():
            if name not in ids:
                raise SetupError(
                    f"request_tracker: custom field {name!r} does not apply to queue {self._queue!r}, and RT would drop"
                    f" it without a word: create it in RT (Admin, Custom Fields, Create: type {type!r}, applies to"
                    " Tickets), apply it to the queue, and give the token's user SeeCustomField and ModifyCustomField"
                )
        self._check_kind(self._fields.external_id, ids, many=False)
        if self._fields.tags:
            self._check_kind(self._fields.tags, ids, many=True)

    def _wanted_fields(self) -> dict[str, str]:
        one, many = "Enter one value", "Enter multiple values"
        fields = self._fields
        wanted = {fields.external_id: one, fields.channel: one, fields.tags: many, fields.reach: one}
        return {name: type for name, type in wanted.items() if name}

    def _check_kind(self, name: str, ids: Mapping[str, str], *, many: bool) -> None:
        kind = self._client.field_kind(ids[name])
        if kind.type != "Freeform" or (kind.most_values == "0") != many:
            wanted = "Enter multiple values" if many else "Enter one value"
            raise SetupError(
                f"request_tracker: custom field {name!r} is of type {kind.type} for {kind.most_values} values"
                f" (0: any number); set its type to {wanted!r} in RT (Admin, Custom Fields)"
            )

    def _find(self, external_id: str) -> RTTicket | None:
        # In every queue and among merged tickets (`EffectiveId`), because agents move and merge them; RT compares
        # without regard to case, so the exact one is picked here. A queue without the field does not show its value.
        wanted = kept_id(external_id)
        found = self._client.search(f"CF.{{{self._fields.external_id}}} = {quoted(wanted)} AND EffectiveId > 0")
        for shown in ([wanted], None):
            for ticket in found:
                if ticket.values(self._fields.external_id) == shown:
                    return ticket
        return None

    def _prove_it_can_be_found(self, id: str, external_id: str) -> None:
        """RT answers 201 even where it dropped the field, and a ticket without it would be created again."""
        try:
            kept = self._client.ticket(id).values(self._fields.external_id)
        except RetryableError:
            return  # the ticket was made; only the proof is missing
        if kept != [kept_id(external_id)]:
            raise AccessError(
                f"request_tracker: ticket {id} was made, but RT dropped its {self._fields.external_id!r}: give the"
                f" token's user ModifyCustomField, and set it on ticket {id} to {kept_id(external_id)!r} by hand before"
                " this desk is switched on again"
            )

    def _receipt(self, id: str, *, found: bool = False) -> Receipt:
        return Receipt(reference=id, url=f"{self._url}/Ticket/Display.html?id={id}", found=found)

    def _note_receipt(self, ticket: str, id: str, *, found: bool = False) -> Receipt:
        return Receipt(reference=id, url=f"{self._url}/Ticket/Display.html?id={ticket}#txn-{id}", found=found)
