"""Zendesk's Ticketing API v2: paths, JSON, and what its refusals mean. Knows nothing of our records."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Unpack

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from connectors.desks.answers import read
from connectors.desks.desk_client import DeskClient, Opening
from connectors.desks.zendesk.wire import (
    ZdAudit,
    ZdAudits,
    ZdExport,
    ZdGroup,
    ZdGroups,
    ZdMe,
    ZdNoted,
    ZdOne,
    ZdTags,
    ZdTicket,
    ZdTickets,
    ZdUser,
)
from models.errors import AccessError, EarshotError, PermanentError, RetryableError, UnknownOutcomeError

VENDOR = "zendesk"
PAGE_SIZE = 100
MOST_PAGES = 100
EXPORT = "export"
"""An endpoint with a rate limit of its own: ten calls a minute."""

Values = dict[str, str | int | bool | list[str]]
Body = dict[str, str | int | list[str] | Values]
"""A ticket as it is sent."""

_ME, _GROUPS, _TICKETS = TypeAdapter(ZdMe), TypeAdapter(ZdGroups), TypeAdapter(ZdTickets)
_ONE, _NOTED, _TAGS = TypeAdapter(ZdOne), TypeAdapter(ZdNoted), TypeAdapter(ZdTags)
_AUDITS, _EXPORT = TypeAdapter(ZdAudits), TypeAdapter(ZdExport)


class ZendeskClient(DeskClient):
    """One account, one agent."""

    vendor = VENDOR

    def __init__(self, url: str, email: str, token: str, **opening: Unpack[Opening]) -> None:
        auth = httpx.BasicAuth(f"{email}/token", token)
        super().__init__(url.rstrip("/") + "/api/v2", auth=auth, reading=_refusal, **opening)

    def me(self) -> ZdUser:
        return self._get(_ME, "/users/me.json").user

    def groups(self) -> Iterator[ZdGroup]:
        after: str | None = None
        for _ in range(MOST_PAGES):
            page = self._get(_GROUPS, "/groups.json", _page(after))
            yield from page.groups
            after = page.meta.after_cursor
            if not page.meta.has_more or not after:
                return

    def tickets_with(self, external_id: str) -> Sequence[ZdTicket]:
        """Oldest first; deleted ones are left out."""
        found = self._get(_TICKETS, "/tickets.json", {"external_id": external_id}).tickets
        return sorted(found, key=lambda ticket: int(ticket.id) if ticket.id.isdecimal() else 0)

    def create(self, ticket: Body, *, key: str) -> str:
        """The new ticket's number. `key`: for two hours a repeat with it gives what the first gave."""
        response = self._send("POST", "/tickets.json", json={"ticket": ticket}, headers={"Idempotency-Key": key})
        return read(_ONE, response, f"{VENDOR}: POST /tickets.json", was_made=True).ticket.id

    def change(self, id: str, ticket: Body) -> ZdTicket:
        """The ticket as it then is. What is sent is a state and no step, so a repeat does no harm."""
        path = f"/tickets/{id}.json"
        response = self._send("PUT", path, repeatable=True, json={"ticket": ticket})
        return read(_ONE, response, f"{VENDOR}: PUT {path}").ticket

    def note(self, id: str, body: str, *, mark: Mapping[str, str]) -> str:
        """The number of the change that added a private comment; `mark` is kept with it, unseen."""
        comment: Values = {"body": body, "public": False}
        ticket = {"comment": comment, "metadata": dict(mark)}
        return self._make(_NOTED, f"/tickets/{id}.json", {"ticket": ticket}, method="PUT").audit.id

    def add_tags(self, id: str, tags: Sequence[str]) -> Sequence[str]:
        """All the ticket's tags; in a change of the ticket itself they would replace those that are there."""
        path = f"/tickets/{id}/tags.json"
        response = self._send("PUT", path, repeatable=True, json={"tags": list(tags)})
        return read(_TAGS, response, f"{VENDOR}: PUT {path}").tags

    def audits(self, id: str) -> Iterator[ZdAudit]:
        """Every change of the ticket."""
        after: str | None = None
        for _ in range(MOST_PAGES):
            page = self._get(_AUDITS, f"/tickets/{id}/audits.json", _page(after))
            yield from page.audits
            after = page.meta.after_cursor
            if not page.meta.has_more or not after:
                return
        raise PermanentError(f"{VENDOR}: ticket {id} has over {MOST_PAGES * PAGE_SIZE} changes; look at it by hand")

    def changed(self, *, start: int | None = None, cursor: str | None = None, size: int = 1000) -> ZdExport:
        """Tickets changed since `start` (Unix seconds) or after `cursor`, oldest change first; none of the last minute.

        Raises: AccessError where the agent is no administrator.
        """
        place: dict[str, str | int] = {"cursor": cursor} if cursor else {"start_time": start or 0}
        wanted = place | {"per_page": size, "include": "users"}
        return self._get(_EXPORT, "/incremental/tickets/cursor.json", wanted, endpoint=EXPORT)


def _page(after: str | None) -> dict[str, str | int]:
    return {"page[size]": PAGE_SIZE} | ({"page[after]": after} if after else {})


class _Refusal(BaseModel):
    error: object = None


def _refusal(response: httpx.Response, where: str) -> EarshotError | None:
    """What the table of all vendors cannot know."""
    if response.is_redirect:
        return AccessError(f"{where}: {response.status_code}; sent elsewhere: give the final address of the account")
    if response.status_code == 409:
        return RetryableError(f"{where}: 409; somebody else changes this ticket right now")
    if response.status_code == 400 and "idempot" in _said(response):
        return UnknownOutcomeError(f"{where}: 400; an earlier try with this key took effect: it is looked up")
    if response.status_code == 422 and response.request.method == "PUT":
        return PermanentError(
            f"{where}: 422; Zendesk refuses the change: a closed ticket takes none; kept for a person"
        )
    return None


def _said(response: httpx.Response) -> str:
    try:
        return str(_Refusal.model_validate_json(response.content).error).lower()
    except ValidationError:
        return ""
