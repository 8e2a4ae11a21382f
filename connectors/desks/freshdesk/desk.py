"""Our tickets in Freshdesk. Its ticket form must hold a single-line text field for our id."""

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from connectors.desks.freshdesk.client import PAGE_SIZE, FreshdeskClient
from connectors.desks.freshdesk.records import (
    PRIORITY_WORDS,
    changes,
    filled_in,
    kept_id,
    note_html,
    note_mark,
    status_of,
)
from connectors.desks.freshdesk.wire import FdField, FdTicket
from connectors.desks.mapping import DeskWords
from connectors.desks.names import safe_id
from connectors.desks.since import Listed, standings_since
from connectors.quota import Quota
from models import Comment, Receipt, StandingPage, Ticket, TicketStanding, TicketUpdate
from models.errors import PermanentError, RetryableError, SetupError

SEARCH_LAG = timedelta(minutes=30)
"""For so long a ticket is also looked for among those just changed; Freshdesk speaks of a few minutes."""
MOST_RECENT_PAGES = 5


@dataclass(frozen=True, slots=True)
class _Form:
    """What the ticket form says, read once."""

    groups: dict[str, int]
    agents: dict[int, str]
    statuses: dict[int, str]


class FreshdeskDesk:
    """A `Desk`. A team whose name is that of a group goes to this group, any other to `group_id`."""

    name = "freshdesk"

    def __init__(
        self,
        url: str,
        key: str,
        *,
        group_id: int | None = None,
        field: str = "cf_earshot_id",
        requester_domain: str = "social.invalid",
        words: DeskWords | None = None,
        page_size: int = PAGE_SIZE,
        quota: Quota | None = None,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`field`: the name of our field in the API."""
        self._url = url.rstrip("/")
        self._group_id = group_id
        self._field = field
        self._requester_domain = requester_domain
        self._words = words or DeskWords(PRIORITY_WORDS)
        self._page_size = page_size
        self._now = now
        self._client = FreshdeskClient(
            self._url, key, quota=quota, timeout_seconds=timeout_seconds, transport=transport, sleep=sleep
        )
        self._known: _Form | None = None

    def check(self) -> None:
        fields = {field.name: field for field in self._client.fields()}
        ours = fields.get(self._field)
        if ours is None:
            raise SetupError(
                f"freshdesk: the ticket form has no field {self._field!r}, and without it no ticket is found again:"
                " Admin, Ticket Fields, add a single-line text field with the label 'Earshot id'"
            )
        if ours.type != "custom_text":
            raise SetupError(f"freshdesk: field {self._field!r} is of type {ours.type}; make it a single-line text")
        groups = _form(fields.values()).groups
        if self._group_id is None or self._group_id in groups.values():
            return
        if groups or not self._client.group_exists(self._group_id):
            known = ", ".join(f"{id} {name}" for name, id in sorted(groups.items())[:10])
            raise SetupError(f"freshdesk: there is no group {self._group_id}; there are: {known or 'none'}")

    def find_ticket(self, external_id: str) -> Receipt | None:
        found = self._find(external_id)
        return None if found is None else self._receipt(found.id, found=True)

    def create_ticket(self, ticket: Ticket) -> Receipt:
        group_id = self._group_for(ticket.team)
        body = filled_in(
            ticket, self._words, field=self._field, group_id=self._group_id if group_id is None else group_id,
            requester_domain=self._requester_domain,
        )  # fmt: skip
        return self._receipt(self._client.create(body))

    def find_comment(self, comment: Comment) -> Receipt | None:
        ticket = self._find(comment.external_id)
        if ticket is None:
            return None
        mark = note_mark(comment)
        for note in self._client.notes(ticket.id):
            if mark in (note.body_text or "") or mark in (note.body or ""):
                return self._receipt(ticket.id, note=note.id, found=True)
        return None

    def add_comment(self, comment: Comment) -> Receipt:
        ticket = self._find(comment.external_id)
        if ticket is None:
            raise RetryableError(f"freshdesk: no ticket {comment.external_id!r} yet to add a note to")
        return self._receipt(ticket.id, note=self._client.note(ticket.id, note_html(comment)))

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        ticket = self._find(update.external_id)
        if ticket is None:
            raise RetryableError(f"freshdesk: no ticket {update.external_id!r} yet to change")
        group_id = self._group_for(update.team) if update.team else None
        left = changes(update, ticket, self._words, group_id=group_id)
        if left:
            after = self._client.change(ticket.id, left)
            if still := changes(update, after, self._words, group_id=group_id):
                raise PermanentError(f"freshdesk: ticket {ticket.id} kept its {', '.join(still)}; kept for a person")
        return self._receipt(ticket.id, found=True)

    def standings(self, cursor: str | None) -> StandingPage:
        def listed(since: datetime, page: int) -> Sequence[Listed]:
            return [self._listed(each) for each in self._client.changed(since, page=page, size=self._page_size)]

        return standings_since(listed, cursor, now=self._now(), page_size=self._page_size)

    def _listed(self, ticket: FdTicket) -> Listed:
        changed_at = ticket.updated_at.astimezone(UTC)
        external_id = kept_id(ticket, self._field)
        if external_id is None:
            return Listed(ticket.id, changed_at, None)
        form, agent = self._form(), ticket.responder_id
        standing = TicketStanding(
            reference=ticket.id,
            external_id=external_id,
            status=status_of(ticket.status),
            status_name=form.statuses.get(ticket.status, str(ticket.status)),
            changed_at=changed_at,
            assignee=None if agent is None else form.agents.get(agent, str(agent)),
        )
        return Listed(ticket.id, changed_at, standing)

    def _find(self, external_id: str) -> FdTicket | None:
        wanted = safe_id(external_id)
        found = [each for each in self._client.search(self._field, wanted) if kept_id(each, self._field) == wanted]
        found = found or self._recent(wanted)
        return min(found, key=lambda ticket: int(ticket.id), default=None)

    def _recent(self, wanted: str) -> list[FdTicket]:
        """What the search does not know yet. A ticket that changes while we read moves to the front, never away."""
        since = self._now() - SEARCH_LAG
        for page in range(1, MOST_RECENT_PAGES + 1):
            tickets = self._client.changed(since, page=page, is_newest_first=True)
            found = [each for each in tickets if kept_id(each, self._field) == wanted]
            if found or len(tickets) < PAGE_SIZE:
                return found
        return []

    def _group_for(self, team: str) -> int | None:
        return self._form().groups.get(team.casefold()) if team else None

    def _form(self) -> _Form:
        if self._known is None:
            self._known = _form(self._client.fields())
        return self._known

    def _receipt(self, ticket: str, *, note: str | None = None, found: bool = False) -> Receipt:
        return Receipt(reference=note or ticket, url=f"{self._url}/a/tickets/{ticket}", found=found)


def _form(fields: Iterable[FdField]) -> _Form:
    by_type = {field.type: field for field in fields}
    nothing = FdField(name="")
    return _Form(
        groups={name.casefold(): id for name, id in by_type.get("default_group", nothing).numbers.items()},
        agents={id: name for name, id in by_type.get("default_agent", nothing).numbers.items()},
        statuses=by_type.get("default_status", nothing).labels,
    )
