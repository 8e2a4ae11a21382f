"""Our tickets in Zendesk Support."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import httpx

from connectors.desks.mapping import DeskWords
from connectors.desks.names import digest, kept_id
from connectors.desks.plain_text import fitted
from connectors.desks.zendesk.client import ZendeskClient
from connectors.desks.zendesk.cursor import LOOK_BACK, Cursor, read_cursor
from connectors.desks.zendesk.records import (
    LONGEST_COMMENT_BYTES,
    LONGEST_ID_BYTES,
    OUR_PREFIX,
    PRIORITY_WORDS,
    changes,
    filled_in,
    status_of,
    tags_of,
)
from connectors.desks.zendesk.wire import ZdExport, ZdTicket
from connectors.quota import Quota
from models import Comment, Receipt, StandingPage, Ticket, TicketStanding, TicketUpdate
from models.errors import AccessError, PermanentError, RetryableError, SetupError

NOTE_MARK = "earshot_note"
ROLES_WITHOUT_TICKETS = {1: "light agent", 2: "chat agent"}


class ZendeskDesk:
    """A `Desk`. A team whose name is that of a group goes to this group, any other to `group_id`."""

    name = "zendesk"

    def __init__(
        self,
        url: str,
        email: str,
        token: str,
        *,
        group_id: int | None = None,
        requester_domain: str = "social.invalid",
        is_pushed: bool = False,
        words: DeskWords | None = None,
        page_size: int = 1000,
        quota: Quota | None = None,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`is_pushed`: its webhook tells us of changes, so they need not be asked for where that is not allowed."""
        self._url = url.rstrip("/")
        self._group_id = group_id
        self._requester_domain = requester_domain
        self._is_pushed = is_pushed
        self._words = words or DeskWords(PRIORITY_WORDS)
        self._page_size = page_size
        self._now = now
        self._client = ZendeskClient(
            self._url, email, token, quota=quota, timeout_seconds=timeout_seconds, transport=transport, sleep=sleep
        )
        self._groups: Mapping[str, int] | None = None

    def check(self) -> None:
        me = self._client.me()
        if me.id is None:
            raise AccessError("zendesk: the e-mail address and the token are refused: renew them")
        if me.role not in ("agent", "admin") or me.role_type in ROLES_WITHOUT_TICKETS:
            role = ROLES_WITHOUT_TICKETS.get(me.role_type or 0, me.role or "unknown")
            raise SetupError(f"zendesk: the token's user is of role {role}, which makes no tickets: make it an agent")
        groups = self._all_groups()
        if self._group_id is not None and self._group_id not in groups.values():
            known = ", ".join(f"{id} {name}" for name, id in sorted(groups.items())[:10])
            raise SetupError(f"zendesk: there is no group {self._group_id}; there are: {known or 'none'}")
        if not self._is_pushed:
            self._check_export()

    def find_ticket(self, external_id: str) -> Receipt | None:
        found = self._find(external_id)
        return None if found is None else self._receipt(found.id, found=True)

    def create_ticket(self, ticket: Ticket) -> Receipt:
        group_id = self._group_for(ticket.team)
        body = filled_in(
            ticket, self._words, group_id=self._group_id if group_id is None else group_id,
            requester_domain=self._requester_domain,
        )  # fmt: skip
        return self._receipt(self._client.create(body, key=f"earshot-{digest(ticket.external_id)}"))

    def find_comment(self, comment: Comment) -> Receipt | None:
        ticket = self._find(comment.external_id)
        if ticket is None:
            return None
        mark = digest(comment.key)
        for audit in self._client.audits(ticket.id):
            if (audit.metadata.custom or {}).get(NOTE_MARK) == mark:
                return self._note_receipt(ticket.id, audit.id, found=True)
        return None

    def add_comment(self, comment: Comment) -> Receipt:
        ticket = self._find(comment.external_id)
        if ticket is None:
            raise RetryableError(f"zendesk: no ticket {comment.external_id!r} yet to add a note to")
        body = fitted(comment.body, longest_bytes=LONGEST_COMMENT_BYTES) or "-"
        return self._note_receipt(ticket.id, self._client.note(ticket.id, body, mark={NOTE_MARK: digest(comment.key)}))

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        ticket = self._find(update.external_id)
        if ticket is None:
            raise RetryableError(f"zendesk: no ticket {update.external_id!r} yet to change")
        group_id = self._group_for(update.team) if update.team else None
        left = changes(update, ticket, self._words, group_id=group_id)
        if left:
            after = self._client.change(ticket.id, left)
            if still := changes(update, after, self._words, group_id=group_id):
                raise PermanentError(f"zendesk: ticket {ticket.id} kept its {', '.join(still)}; kept for a person")
        tags = [tag for tag in tags_of(self._words.tags(update.add_tags)) if tag not in ticket.tags]
        if tags and not set(tags) <= set(self._client.add_tags(ticket.id, tags)):
            raise PermanentError(f"zendesk: ticket {ticket.id} did not take every tag; kept for a person")
        return self._receipt(ticket.id, found=True)

    def standings(self, cursor: str | None) -> StandingPage:
        at = read_cursor(cursor, now=self._now())
        try:
            export = self._client.changed(start=at.start, cursor=at.after, size=self._page_size)
        except AccessError:
            if not self._is_pushed:
                raise
            return StandingPage((), at.text())
        after = Cursor(at.start, export.after_cursor or at.after)
        return StandingPage(self._standings(export), after.text())

    def _standings(self, export: ZdExport) -> list[TicketStanding]:
        names = {user.id: user.name for user in export.users}
        return [
            TicketStanding(
                reference=ticket.id,
                external_id=ticket.external_id,
                status=status_of(ticket.status),
                status_name=ticket.status,
                changed_at=ticket.changed_at or self._now(),
                assignee=(names.get(ticket.assignee_id) or ticket.assignee_id) if ticket.assignee_id else None,
            )
            for ticket in export.tickets
            if (ticket.external_id or "").startswith(OUR_PREFIX)
        ]

    def _check_export(self) -> None:
        try:
            self._client.changed(start=int((self._now() - LOOK_BACK).timestamp()), size=self._page_size)
        except AccessError as error:
            raise SetupError(
                "zendesk: this agent may not read the export of changed tickets, so no status would come back: make it"
                " an administrator, or set up the webhook and give its secret (see docs/desks/zendesk.md)"
            ) from error

    def _find(self, external_id: str) -> ZdTicket | None:
        wanted = kept_id(external_id, longest_bytes=LONGEST_ID_BYTES)
        found = self._client.tickets_with(wanted)
        return next((ticket for ticket in found if ticket.external_id == wanted), None)

    def _group_for(self, team: str) -> int | None:
        return self._all_groups().get(team.casefold()) if team else None

    def _all_groups(self) -> Mapping[str, int]:
        if self._groups is None:
            self._groups = {group.name.casefold(): group.id for group in self._client.groups()}
        return self._groups

    def _receipt(self, id: str, *, found: bool = False) -> Receipt:
        return Receipt(reference=id, url=f"{self._url}/agent/tickets/{id}", found=found)

    def _note_receipt(self, ticket: str, id: str, *, found: bool = False) -> Receipt:
        return Receipt(reference=id, url=f"{self._url}/agent/tickets/{ticket}", found=found)
