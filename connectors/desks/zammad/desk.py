"""Our tickets in Zammad.

Zammad must hold a group and, on tickets, the attribute `earshot_id` (Text); the token's user is an agent with full
rights on that group, and the token has the permission `ticket.agent` (with `admin.object`, more can be checked).
"""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import httpx

from connectors.desks.mapping import DeskWords
from connectors.desks.names import safe_id
from connectors.desks.since import Listed, standings_since
from connectors.desks.zammad import records
from connectors.desks.zammad.client import PAGE_SIZE, ZammadClient, exact
from connectors.desks.zammad.wire import EARSHOT_ID, ZammadTicket
from connectors.quota import Quota
from models import Comment, Receipt, StandingPage, Ticket, TicketUpdate
from models.errors import AccessError, PermanentError, RetryableError, SetupError


class ZammadDesk:
    """A `Desk`."""

    name = "zammad"

    def __init__(
        self,
        url: str,
        token: str,
        group: str,
        *,
        customer_domain: str = "social.invalid",
        words: DeskWords | None = None,
        quota: Quota | None = None,
        page_size: int = PAGE_SIZE,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url.rstrip("/").removesuffix("/api/v1")
        self._group, self._domain = group, customer_domain
        self._words = words or DeskWords(records.PRIORITIES)
        self._now, self._page_size = now, page_size
        self._client = ZammadClient(
            self._url,
            token,
            quota=quota,
            page_size=page_size,
            timeout_seconds=timeout_seconds,
            transport=transport,
            sleep=sleep,
        )

    def check(self) -> None:
        self._client.me()
        self._check_attribute()
        self._check_names()

    def find_ticket(self, external_id: str) -> Receipt | None:
        found = self._find(external_id)
        return None if found is None else self._receipt(found, found=True)

    def create_ticket(self, ticket: Ticket) -> Receipt:
        priority, tags = self._words.priority(ticket.priority), self._words.tags(ticket.tags)
        filled = records.ticket(ticket, group=self._group, domain=self._domain, priority=priority, tags=tags)
        made = self._client.create_ticket(filled)
        if made.earshot_id != safe_id(ticket.external_id):
            raise AccessError(
                f"zammad: ticket {made.number} was made, but Zammad dropped its {EARSHOT_ID!r}: create that attribute"
                f" (Admin, Objects, Ticket), and set it on ticket {made.number} to {safe_id(ticket.external_id)!r}"
                " before this desk is switched on again, or the ticket is made a second time"
            )
        return self._receipt(made)

    def find_comment(self, comment: Comment) -> Receipt | None:
        ticket = self._find(comment.external_id)
        if ticket is None:
            return None
        subject = records.note_subject(comment)
        for article in self._client.articles(ticket.id):
            if (article.subject or "").strip() == subject:
                return self._note_receipt(ticket, article.id, found=True)
        return None

    def add_comment(self, comment: Comment) -> Receipt:
        ticket = self._there(comment.external_id, "add a note to")
        return self._note_receipt(ticket, self._client.create_article(records.note(ticket.id, comment)))

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        ticket = self._there(update.external_id, "change")
        changes: dict[str, object] = {}
        if update.priority is not None:
            changes["priority"] = self._words.priority(update.priority)
        if update.status is not None and ticket.state != records.STATES[update.status]:
            changes |= records.status_change(update.status, now=self._now())
        if changes:
            self._client.update_ticket(ticket.id, changes)
        for tag in records.tag_items([*self._words.tags(update.add_tags), *records.team_tag(update.team)]):
            self._client.add_tag(ticket.id, tag)
        return self._receipt(ticket, found=True)

    def standings(self, cursor: str | None) -> StandingPage:
        return standings_since(self._changed_since, cursor, now=self._now(), page_size=self._page_size)

    def _changed_since(self, since: datetime, page: int) -> Sequence[Listed]:
        lines = []
        for each in self._client.tickets_changed_since(since, page):
            at = (each.updated_at or since).astimezone(UTC)
            lines.append(Listed(str(each.id), at, records.standing(each, changed_at=at)))
        return lines

    def _check_attribute(self) -> None:
        try:
            found = {each.name: each for each in self._client.ticket_attributes()}
            is_there = EARSHOT_ID in found and found[EARSHOT_ID].active and not found[EARSHOT_ID].to_create
        except AccessError:
            # Without `admin.object`, any ticket shows it; where there is none yet, the first one made will.
            keys = self._client.keys_of_any_ticket()
            is_there = not keys or EARSHOT_ID in keys
        if not is_there:
            raise SetupError(
                f"zammad: tickets have no attribute {EARSHOT_ID!r}, and Zammad would drop it without a word: create it"
                " (Admin, Objects, Ticket, New Attribute: format Text, maximum 250, shown to agents), and then press"
                " Update Database"
            )

    def _check_names(self) -> None:
        known = self._client.priorities()
        missing = sorted(set(self._words.priorities.values()) - set(known))
        if missing:
            raise SetupError(
                f"zammad: there is no priority {missing[0]!r}; there are {', '.join(known)}:"
                " set EARSHOT_DESK_PRIORITIES"
            )
        try:
            groups = self._client.groups()
        except (AccessError, PermanentError):
            return  # not shown to this token; the first ticket tells
        if self._group not in groups:
            raise SetupError(
                f"zammad: no group {self._group!r} for this token: create it (Admin, Groups), or set"
                " EARSHOT_ZAMMAD_GROUP, and give the token's user full rights on it"
            )

    def _find(self, external_id: str) -> ZammadTicket | None:
        """The oldest; one that was merged into another only where there is no other."""
        wanted = safe_id(external_id)
        found = exact(self._client.tickets_with(wanted), wanted)
        return min(found, key=lambda each: (each.state == "merged", each.id), default=None)

    def _there(self, external_id: str, what: str) -> ZammadTicket:
        found = self._find(external_id)
        if found is None:
            raise RetryableError(f"zammad: no ticket {external_id!r} yet to {what}")
        return found

    def _receipt(self, ticket: ZammadTicket, *, found: bool = False) -> Receipt:
        reference = ticket.number or str(ticket.id)
        return Receipt(reference=reference, url=f"{self._url}/#ticket/zoom/{ticket.id}", found=found)

    def _note_receipt(self, ticket: ZammadTicket, article: int, *, found: bool = False) -> Receipt:
        url = f"{self._url}/#ticket/zoom/{ticket.id}/{article}"
        return Receipt(reference=str(article), url=url, found=found)
