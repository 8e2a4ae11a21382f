"""Freshdesk's API v2: paths, JSON, and what its refusals mean. Knows nothing of our records."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Unpack

import httpx
from pydantic import TypeAdapter, ValidationError

from connectors.desks.answers import read
from connectors.desks.desk_client import DeskClient, Opening
from connectors.desks.freshdesk.wire import FdField, FdFound, FdMade, FdNote, FdRefusal, FdTicket
from models.errors import AccessError, EarshotError, PermanentError, RetryableError

VENDOR = "freshdesk"
PAGE_SIZE = 100
"""The most Freshdesk gives at once."""
MOST_PAGES = 100

Body = dict[str, str | int | bool | list[str] | dict[str, str]]
"""What is sent, as Freshdesk names its parts."""


class FreshdeskClient(DeskClient):
    """One account, one agent."""

    vendor = VENDOR

    def __init__(self, url: str, key: str, **opening: Unpack[Opening]) -> None:
        super().__init__(url.rstrip("/") + "/api/v2", auth=httpx.BasicAuth(key, "X"), reading=_refusal, **opening)

    def fields(self) -> Sequence[FdField]:
        """The ticket form: our field, the groups, the agents and the statuses."""
        return self._get(_Fields, "/ticket_fields")

    def group_exists(self, id: int) -> bool:
        try:
            self._send("GET", f"/groups/{id}")
        except PermanentError:
            return False
        except AccessError:
            return True  # this agent may not look at groups: a wrong one is then refused with the first ticket
        return True

    def search(self, field: str, value: str) -> Sequence[FdTicket]:
        """Minutes behind: a ticket just made is not found here. `value` holds nothing a search reads as its own."""
        query = {"query": f"\"{field}:'{value}'\""}
        return self._get(_Found, "/search/tickets", query).results

    def changed(
        self, since: datetime, *, page: int = 1, size: int = PAGE_SIZE, is_newest_first: bool = False
    ) -> Sequence[FdTicket]:
        """Tickets changed since then, by their last change; up to date, and without those in the trash."""
        wanted: dict[str, str | int] = {
            "updated_since": since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "order_by": "updated_at",
            "order_type": "desc" if is_newest_first else "asc",
            "per_page": size,
            "page": page,
        }
        return self._get(_Tickets, "/tickets", wanted)

    def create(self, ticket: Body) -> str:
        """The new ticket's number."""
        return self._make(_Made, "/tickets", ticket).id

    def change(self, id: str, ticket: Body) -> FdTicket:
        """The ticket as it then is. What is sent is a state and no step, so a repeat does no harm."""
        path = f"/tickets/{id}"
        return read(_Ticket, self._send("PUT", path, repeatable=True, json=ticket), f"{VENDOR}: PUT {path}")

    def note(self, id: str, html: str) -> str:
        """The number of the new private note."""
        note: Body = {"body": html, "private": True}
        return self._make(_Made, f"/tickets/{id}/notes", note).id

    def notes(self, id: str) -> Iterator[FdNote]:
        """Everything said on the ticket."""
        for page in range(1, MOST_PAGES + 1):
            wanted: dict[str, str | int] = {"per_page": PAGE_SIZE, "page": page}
            notes = self._get(_Notes, f"/tickets/{id}/conversations", wanted)
            yield from notes
            if len(notes) < PAGE_SIZE:
                return
        raise PermanentError(f"{VENDOR}: ticket {id} has over {MOST_PAGES * PAGE_SIZE} notes; look at it by hand")


_Fields = TypeAdapter(list[FdField])
_Tickets = TypeAdapter(list[FdTicket])
_Ticket = TypeAdapter(FdTicket)
_Notes = TypeAdapter(list[FdNote])
_Found = TypeAdapter(FdFound)
_Made = TypeAdapter(FdMade)


def _refusal(response: httpx.Response, where: str) -> EarshotError | None:
    """What the table of all vendors cannot know."""
    if response.is_redirect:
        return AccessError(f"{where}: {response.status_code}; sent elsewhere: give https://….freshdesk.com itself")
    if response.status_code == 400:
        # The names of the fields alone: the messages repeat what was sent.
        try:
            fields = FdRefusal.model_validate_json(response.content).errors
        except ValidationError:
            return None
        named = ", ".join(sorted({each.field for each in fields if each.field.replace("_", "").isalnum()}))
        return PermanentError(
            f"{where}: 400; Freshdesk refuses these fields: {named or 'not named'}; kept for a person"
        )
    if response.status_code == 409:
        return RetryableError(f"{where}: 409; somebody else changes this ticket right now")
    return None
