"""Zammad's interface: paths and JSON. Knows nothing of our records.

Source: zammad/zammad-documentation `api/`, and `app/models/concerns/can_search.rb`: a search by conditions reads the
database, one by words reads the index, which lags behind.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Unpack

from connectors.desks.desk_client import DeskClient, Opening
from connectors.desks.zammad import wire

VENDOR = "zammad"
PAGE_SIZE = 100

Body = Mapping[str, Any]


class ZammadClient(DeskClient):
    """One Zammad, one token."""

    vendor = VENDOR

    def __init__(self, url: str, token: str, *, page_size: int = PAGE_SIZE, **opening: Unpack[Opening]) -> None:
        headers = {"Authorization": f"Token token={token}"}
        super().__init__(f"{url.rstrip('/')}/api/v1", headers=headers, **opening)
        self._page_size = page_size

    def me(self) -> wire.ZammadUser:
        return self._get(wire.USER, "/users/me")

    def priorities(self) -> list[str]:
        return [each.name for each in self._get(wire.NAMED, "/ticket_priorities") if each.active]

    def groups(self) -> list[str]:
        return [each.name for each in self._get(wire.NAMED, "/groups") if each.active]

    def ticket_attributes(self) -> list[wire.ZammadAttribute]:
        """Raises: AccessError where the token has no right `admin.object`."""
        found = self._get(wire.ATTRIBUTES, "/object_manager_attributes")
        return [each for each in found if each.object == "Ticket"]

    def keys_of_any_ticket(self) -> set[str]:
        """The attributes of a ticket the token sees; empty where it sees none."""
        found = self._get(wire.ANYTHING, "/tickets", {"per_page": 1, "page": 1})
        return {key for ticket in found for key in ticket}

    def tickets_with(self, earshot_id: str) -> list[wire.ZammadTicket]:
        return self._search({wire.EARSHOT_ID: ("is", earshot_id)}, sort_by="created_at", page=1)

    def tickets_changed_since(self, since: datetime, page: int) -> list[wire.ZammadTicket]:
        """Oldest change first, pages count from 1."""
        at = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return self._search({"updated_at": ("after (absolute)", at)}, sort_by="updated_at", page=page)

    def create_ticket(self, ticket: Body) -> wire.ZammadTicket:
        return self._make(wire.TICKET, "/tickets", ticket)

    def update_ticket(self, id: int, changes: Body) -> None:
        self._send("PUT", f"/tickets/{id}", repeatable=True, json=changes)

    def add_tag(self, id: int, tag: str) -> None:
        self._send("POST", "/tags/add", repeatable=True, json={"object": "Ticket", "o_id": id, "item": tag})

    def articles(self, ticket_id: int) -> list[wire.ZammadArticle]:
        return self._get(wire.ARTICLES, f"/ticket_articles/by_ticket/{ticket_id}")

    def create_article(self, article: Body) -> int:
        return self._make(wire.ARTICLE, "/ticket_articles", article).id

    def _search(self, conditions: Mapping[str, tuple[str, str]], *, sort_by: str, page: int) -> list[wire.ZammadTicket]:
        params: dict[str, str | int] = {"expand": "true", "sort_by": sort_by, "order_by": "asc"}
        params |= {"per_page": self._page_size, "limit": self._page_size, "page": page}
        for attribute, (operator, value) in conditions.items():
            params[f"condition[ticket.{attribute}][operator]"] = operator
            params[f"condition[ticket.{attribute}][value]"] = value
        return self._get(wire.TICKETS, "/tickets/search", params)


def exact(found: Sequence[wire.ZammadTicket], earshot_id: str) -> list[wire.ZammadTicket]:
    """MySQL compares without regard to case."""
    return [each for each in found if each.earshot_id == earshot_id]
