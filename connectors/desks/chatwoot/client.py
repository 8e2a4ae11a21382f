"""Chatwoot's application interface: paths and JSON. Knows nothing of our records.

Source: controllers and filter service of chatwoot/chatwoot, and its swagger files.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter

from connectors.desks.answers import read
from connectors.desks.chatwoot import wire
from connectors.http import open_client, send
from connectors.quota import Quota

VENDOR = "chatwoot"
PAGE_SIZE = 25
"""Conversations Chatwoot lists at once."""

Kind = TypeVar("Kind")
Body = Mapping[str, Any]


class ChatwootClient:
    """One account, one agent's token."""

    def __init__(
        self,
        url: str,
        account_id: int,
        token: str,
        *,
        quota: Quota | None = None,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = open_client(
            f"{url.rstrip('/')}/api/v1/accounts/{account_id}",
            timeout_seconds=timeout_seconds,
            headers={"api_access_token": token, "Accept": "application/json"},
            transport=transport,
        )
        self._quota, self._sleep = quota, sleep

    def inbox(self, id: int) -> wire.ChatwootInbox:
        return self._get(wire.INBOX, f"/inboxes/{id}")

    def conversation_attributes(self) -> list[wire.ChatwootAttribute]:
        found = self._get(wire.ATTRIBUTES, "/custom_attribute_definitions", {"attribute_model": 0})
        return [each for each in found if each.attribute_model == "conversation_attribute"]

    def teams(self) -> list[wire.ChatwootTeam]:
        return self._get(wire.TEAMS, "/teams")

    def conversations_with(self, earshot_id: str) -> list[wire.ChatwootConversation]:
        """By the attribute, letters compared without regard to case; at most one page."""
        wanted = {
            "attribute_key": wire.EARSHOT_ID,
            "attribute_model": "custom_attributes",
            "custom_attribute_type": "conversation_attribute",
            "filter_operator": "equal_to",
            "values": [earshot_id],
            "query_operator": None,
        }
        response = self._post("/conversations/filter", {"payload": [wanted]}, repeatable=True)
        return _listed(response, "POST /conversations/filter")

    def conversations(self, inbox_id: int, page: int) -> list[wire.ChatwootConversation]:
        """Of an inbox, in every status, the last active first. Pages count from 1."""
        wanted: dict[str, str | int] = {"inbox_id": inbox_id, "status": "all", "assignee_type": "all"}
        wanted |= {"sort_by": "last_activity_at_desc", "page": page}
        return _listed(self._send("GET", "/conversations", repeatable=True, params=wanted), "GET /conversations")

    def find_contact(self, identifier: str) -> int | None:
        found = self._get(wire.CONTACTS, "/contacts/search", {"q": identifier})
        return next((each.id for each in found.payload if each.identifier == identifier), None)

    def create_contact(self, *, inbox_id: int, identifier: str, name: str) -> int:
        response = self._post("/contacts", {"inbox_id": inbox_id, "identifier": identifier, "name": name})
        return read(wire.MADE_CONTACT, response, f"{VENDOR}: POST /contacts", was_made=True).payload.contact.id

    def create_conversation(self, conversation: Body) -> wire.ChatwootConversation:
        response = self._post("/conversations", conversation)
        return read(wire.CONVERSATION, response, f"{VENDOR}: POST /conversations", was_made=True)

    def set_attributes(self, conversation: int, attributes: Body) -> None:
        """All of them: some versions take off what is not named."""
        body = {"custom_attributes": dict(attributes)}
        self._post(f"/conversations/{conversation}/custom_attributes", body, repeatable=True)

    def create_private_message(self, conversation: int, content: str) -> int:
        message = {"content": content, "private": True, "message_type": "outgoing", "content_type": "text"}
        response = self._post(f"/conversations/{conversation}/messages", message)
        return read(wire.MESSAGE, response, f"{VENDOR}: POST messages", was_made=True).id

    def messages(self, conversation: int, *, before: int | None) -> list[wire.ChatwootMessage]:
        """Some twenty messages before the one given, or the last ones."""
        params = {} if before is None else {"before": before}
        return self._get(wire.MESSAGES, f"/conversations/{conversation}/messages", params).payload

    def labels(self, conversation: int) -> list[str]:
        return self._get(wire.LABELS, f"/conversations/{conversation}/labels").payload

    def set_labels(self, conversation: int, labels: Sequence[str]) -> None:
        """All of them: what is not named is taken off."""
        self._post(f"/conversations/{conversation}/labels", {"labels": list(labels)}, repeatable=True)

    def set_priority(self, conversation: int, priority: str) -> None:
        self._post(f"/conversations/{conversation}/toggle_priority", {"priority": priority}, repeatable=True)

    def set_status(self, conversation: int, status: str) -> None:
        self._post(f"/conversations/{conversation}/toggle_status", {"status": status}, repeatable=True)

    def assign_team(self, conversation: int, team_id: int) -> None:
        self._post(f"/conversations/{conversation}/assignments", {"team_id": team_id}, repeatable=True)

    def _get(self, adapter: TypeAdapter[Kind], path: str, params: Mapping[str, str | int] | None = None) -> Kind:
        response = self._send("GET", path, repeatable=True, params=params or {})
        return read(adapter, response, f"{VENDOR}: GET {path}")

    def _post(self, path: str, body: Body, *, repeatable: bool = False) -> httpx.Response:
        return self._send("POST", path, repeatable=repeatable, json=body)

    def _send(self, method: str, path: str, *, repeatable: bool, **arguments: Any) -> httpx.Response:
        response = send(
            self._http, method, path, vendor=VENDOR, repeatable=repeatable, quota=self._quota, endpoint="api",
            sleep=self._sleep, **arguments,
        )  # fmt: skip
        if self._quota is not None:
            self._quota.used("api")
        return response


def _listed(response: httpx.Response, where: str) -> list[wire.ChatwootConversation]:
    """The list stands under `data` in some answers and at the top in others."""
    found = read(wire.LISTS, response, f"{VENDOR}: {where}")
    return found.data.payload if isinstance(found, wire.ChatwootWrappedList) else found.payload
