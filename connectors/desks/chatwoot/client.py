"""Chatwoot's application interface: paths and JSON. Knows nothing of our records.

Source: controllers and filter service of chatwoot/chatwoot, and its swagger files.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

import httpx

from connectors.desks.answers import read
from connectors.desks.chatwoot import wire
from connectors.desks.desk_client import DeskClient, Opening

VENDOR = "chatwoot"
PAGE_SIZE = 25
"""Conversations Chatwoot lists at once."""

Body = Mapping[str, Any]


class ChatwootClient(DeskClient):
    """One account, one agent's token."""

    vendor = VENDOR

    def __init__(self, url: str, account_id: int, token: str, **opening: Unpack[Opening]) -> None:
        base_url = f"{url.rstrip('/')}/api/v1/accounts/{account_id}"
        super().__init__(base_url, headers={"api_access_token": token}, **opening)

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
        response = self._set("/conversations/filter", {"payload": [wanted]})
        return _listed(response, "POST /conversations/filter")

    def conversations(self, inbox_id: int, page: int) -> list[wire.ChatwootConversation]:
        """Of an inbox, in every status, the last active first. Pages count from 1."""
        wanted: dict[str, str | int] = {"inbox_id": inbox_id, "status": "all", "assignee_type": "all"}
        wanted |= {"sort_by": "last_activity_at_desc", "page": page}
        return _listed(self._send("GET", "/conversations", params=wanted), "GET /conversations")

    def find_contact(self, identifier: str) -> int | None:
        found = self._get(wire.CONTACTS, "/contacts/search", {"q": identifier})
        return next((each.id for each in found.payload if each.identifier == identifier), None)

    def create_contact(self, *, inbox_id: int, identifier: str, name: str) -> int:
        contact = {"inbox_id": inbox_id, "identifier": identifier, "name": name}
        return self._make(wire.MADE_CONTACT, "/contacts", contact).payload.contact.id

    def create_conversation(self, conversation: Body) -> wire.ChatwootConversation:
        return self._make(wire.CONVERSATION, "/conversations", conversation)

    def set_attributes(self, conversation: int, attributes: Body) -> None:
        """All of them: some versions take off what is not named."""
        body = {"custom_attributes": dict(attributes)}
        self._set(f"/conversations/{conversation}/custom_attributes", body)

    def create_private_message(self, conversation: int, content: str) -> int:
        message = {"content": content, "private": True, "message_type": "outgoing", "content_type": "text"}
        return self._make(wire.MESSAGE, f"/conversations/{conversation}/messages", message).id

    def messages(self, conversation: int, *, before: int | None) -> list[wire.ChatwootMessage]:
        """Some twenty messages before the one given, or the last ones."""
        params = {} if before is None else {"before": before}
        return self._get(wire.MESSAGES, f"/conversations/{conversation}/messages", params).payload

    def labels(self, conversation: int) -> list[str]:
        return self._get(wire.LABELS, f"/conversations/{conversation}/labels").payload

    def set_labels(self, conversation: int, labels: Sequence[str]) -> None:
        """All of them: what is not named is taken off."""
        self._set(f"/conversations/{conversation}/labels", {"labels": list(labels)})

    def set_priority(self, conversation: int, priority: str) -> None:
        self._set(f"/conversations/{conversation}/toggle_priority", {"priority": priority})

    def set_status(self, conversation: int, status: str) -> None:
        self._set(f"/conversations/{conversation}/toggle_status", {"status": status})

    def assign_team(self, conversation: int, team_id: int) -> None:
        self._set(f"/conversations/{conversation}/assignments", {"team_id": team_id})

    def _set(self, path: str, body: Body) -> httpx.Response:
        """A repeat does no harm."""
        return self._send("POST", path, repeatable=True, json=body)


def _listed(response: httpx.Response, where: str) -> list[wire.ChatwootConversation]:
    """The list stands under `data` in some answers and at the top in others."""
    found = read(wire.LISTS, response, f"{VENDOR}: {where}")
    return found.data.payload if isinstance(found, wire.ChatwootWrappedList) else found.payload
