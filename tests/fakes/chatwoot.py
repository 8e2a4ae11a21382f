"""Chatwoot as far as the desk speaks to it: contacts, conversations, private messages, labels; written from its source.

As the real one it finds by an attribute only where that is defined, compares without regard to case, and keeps labels
whole. Messages are kept as they were sent; `shown` is what a browser makes of their Markdown.
"""

import html
import json
import re
import time
from dataclasses import dataclass, field
from itertools import count

import httpx

from models import Priority, TicketStatus
from tests.contracts.desk_harness import Held

URL = "https://chat.test"
TOKEN = "chatwoot-token"
ACCOUNT, INBOX = 3, 7
API = f"/api/v1/accounts/{ACCOUNT}"
LONGEST_MESSAGE = 150_000
PRIORITIES = {"urgent", "high", "medium", "low", None}
STATUSES = {
    "open": TicketStatus.OPEN,
    "pending": TicketStatus.PENDING,
    "snoozed": TicketStatus.PENDING,
    "resolved": TicketStatus.SOLVED,
}
PAGE = 3
"""Twenty-five conversations and twenty messages in the real one."""


def is_effect(request: httpx.Request) -> bool:
    """Not the questions, which are POSTs too, nor the contact, which is no ticket yet."""
    return request.method == "POST" and not request.url.path.endswith(("/filter", "/contacts"))


@dataclass
class FakeConversation:
    id: int
    contact_id: int
    source_id: str
    attributes: dict
    status: str = "open"
    priority: str | None = None
    labels: list[str] = field(default_factory=list)
    team_id: int | None = None
    messages: list[dict] = field(default_factory=list)
    active_at: float = 0.0
    assignee: str | None = None


class FakeChatwoot:
    """`transport()` goes into the desk; tests look at `conversations` and `contacts`."""

    def __init__(self) -> None:
        self.attributes = [{"attribute_key": "earshot_id", "attribute_display_type": "text"}]
        self.inboxes = {INBOX: "Channel::Api", 8: "Channel::WebWidget"}
        self.teams = {11: "deliveries", 12: "billing"}
        self.contacts: dict[int, dict] = {}
        self.conversations: dict[int, FakeConversation] = {}
        self.requests: list[httpx.Request] = []
        self._ids = count(1)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.headers.get("api_access_token") != TOKEN:
            return _refused(401, "Invalid Access Token")
        path = request.url.path.removeprefix(API)
        body = json.loads(request.content) if request.content else {}
        for method, pattern, handle in self._routes():
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                return handle(request, body, *match.groups())
        return _refused(404, "Resource could not be found")

    def _routes(self):
        one = r"/conversations/(\d+)"
        return [
            ("GET", r"/inboxes/(\d+)", self._inbox),
            ("GET", r"/custom_attribute_definitions", lambda request, body: _given(self._definitions())),
            ("GET", r"/teams", lambda request, body: _given([{"id": id, "name": n} for id, n in self.teams.items()])),
            ("GET", r"/contacts/search", self._search_contacts),
            ("POST", r"/contacts", self._create_contact),
            ("POST", r"/conversations/filter", self._filter),
            ("GET", r"/conversations", self._list),
            ("POST", r"/conversations", self._create),
            ("GET", rf"{one}/messages", self._messages),
            ("POST", rf"{one}/messages", self._add_message),
            ("GET", rf"{one}/labels", lambda request, body, id: _given({"payload": self._held(id).labels})),
            ("POST", rf"{one}/labels", self._set_labels),
            ("POST", rf"{one}/custom_attributes", self._set_attributes),
            ("POST", rf"{one}/toggle_priority", self._priority),
            ("POST", rf"{one}/toggle_status", self._status),
            ("POST", rf"{one}/assignments", self._assign),
        ]

    def of(self, external_id: str) -> list[FakeConversation]:
        return [each for each in self.conversations.values() if each.attributes.get("earshot_id") == external_id]

    def held(self, external_id: str) -> list[Held]:
        return [
            Held(
                shown(each.messages[0]["content"]),
                [shown(note["content"]).rpartition("\n\nEarshot note ")[0] for note in each.messages[1:]],
                Priority(each.priority) if each.priority else Priority.LOW,
                frozenset(each.labels),
                STATUSES[each.status],
                self.teams.get(each.team_id or 0),
            )
            for each in self.of(external_id)
        ]

    def set_status(self, external_id: str, status: TicketStatus) -> None:
        """As an agent would."""
        for each in self.of(external_id):
            each.status = next(name for name, ours in STATUSES.items() if ours is status)
            self._active(each)

    def _held(self, id: str) -> FakeConversation:
        return self.conversations[int(id)]

    def _active(self, held: FakeConversation) -> None:
        held.active_at = time.time()

    def _definitions(self):
        return [{"id": 1, "attribute_model": "conversation_attribute"} | each for each in self.attributes]

    def _inbox(self, request, body, id):
        if int(id) not in self.inboxes:
            return _refused(404, "Resource could not be found")
        return _given({"id": int(id), "name": "Social", "channel_type": self.inboxes[int(id)]})

    def _search_contacts(self, request, body):
        wanted = request.url.params["q"].strip()
        found = [each for each in self.contacts.values() if wanted in (each["identifier"] or "")]
        return _given({"meta": {"count": len(found)}, "payload": found[:15]})

    def _create_contact(self, request, body):
        if any(each["identifier"] == body["identifier"] for each in self.contacts.values()):
            return _refused(422, "Identifier has already been taken")
        id = next(self._ids)
        self.contacts[id] = {"id": id, "name": body["name"], "identifier": body["identifier"], "email": None}
        return _given({"payload": {"contact": self.contacts[id], "contact_inbox": {"source_id": f"made-{id}"}}})

    def _filter(self, request, body):
        (condition,) = body["payload"]
        key = condition["attribute_key"]
        if key not in {each["attribute_key"] for each in self.attributes}:
            return _refused(422, f"Invalid attribute key - {key}")
        wanted = condition["values"][0].lower()
        found = [each for each in self.conversations.values() if str(each.attributes.get(key, "")).lower() == wanted]
        newest = sorted(found, key=lambda each: -each.active_at)
        return _given({"meta": {"all_count": len(found)}, "payload": [self._shown(each) for each in newest[:PAGE]]})

    def _list(self, request, body):
        page = int(request.url.params.get("page", 1))
        assert request.url.params["status"] == "all"
        newest = sorted(self.conversations.values(), key=lambda each: -each.active_at)
        payload = [self._shown(each) for each in newest[(page - 1) * PAGE : page * PAGE]]
        return _given({"data": {"meta": {"all_count": len(newest)}, "payload": payload}})

    def _create(self, request, body):
        if body["inbox_id"] not in self.inboxes or body["contact_id"] not in self.contacts:
            return _refused(404, "Resource could not be found")
        others = [each for each in self.conversations.values() if each.source_id == body["source_id"]]
        if any(each.contact_id != body["contact_id"] for each in others):
            return _refused(422, "source_id should be unique")
        message = body["message"]
        if len(message["content"]) > LONGEST_MESSAGE:
            return _refused(422, "Content is too long")
        held = FakeConversation(
            next(self._ids), body["contact_id"], body["source_id"], body["custom_attributes"], body["status"],
            team_id=body.get("team_id"),
        )  # fmt: skip
        self.conversations[held.id] = held
        self._say(held, message)
        return _given(self._shown(held))

    def _messages(self, request, body, id):
        before = int(request.url.params.get("before", 1 << 60))
        return _given(
            {"meta": {}, "payload": [each for each in self._held(id).messages if each["id"] < before][-PAGE:]}
        )

    def _add_message(self, request, body, id):
        if len(body["content"]) > LONGEST_MESSAGE:
            return _refused(422, "Content is too long")
        return _given(self._say(self._held(id), body))

    def _say(self, held, message):
        said = {"id": next(self._ids), "content": message["content"], "private": message.get("private", False)}
        held.messages.append(said | {"message_type": 1, "echo_id": None})
        self._active(held)
        return held.messages[-1]

    def _set_labels(self, request, body, id):
        self._held(id).labels = body["labels"]
        return _given({"payload": body["labels"]})

    def _set_attributes(self, request, body, id):
        self._held(id).attributes = body["custom_attributes"]
        return _given({"custom_attributes": body["custom_attributes"]})

    def _priority(self, request, body, id):
        if body["priority"] not in PRIORITIES:
            return _refused(422, "invalid priority")
        self._held(id).priority = body["priority"]
        return httpx.Response(200)

    def _status(self, request, body, id):
        if body["status"] not in STATUSES:
            return _refused(422, "invalid status")
        held = self._held(id)
        held.status = body["status"]
        self._active(held)
        return _given({"meta": {}, "payload": {"success": True, "current_status": body["status"]}})

    def _assign(self, request, body, id):
        self._held(id).team_id = body["team_id"]
        return _given({"id": body["team_id"], "name": self.teams[body["team_id"]]})

    def _shown(self, held):
        assignee = {"id": 5, "name": held.assignee} if held.assignee else None
        return {
            "id": held.id, "inbox_id": INBOX, "status": held.status, "priority": held.priority, "labels": held.labels,
            "custom_attributes": held.attributes, "last_activity_at": int(held.active_at),
            "timestamp": int(held.active_at), "updated_at": held.active_at, "uuid": "7f6c",
            "messages": held.messages[-1:],
            "meta": {"sender": self.contacts[held.contact_id], "assignee": assignee, "hmac_verified": False},
        }  # fmt: skip


def shown(content: str) -> str:
    """What Markdown without our escapes reads as: only for texts that hold no other markup."""
    parts = re.split(r"(https?://[^\s\\&<>]+)", content)
    return "".join(part if part.startswith("http") else html.unescape(_unescaped(part)) for part in parts)


def _unescaped(text: str) -> str:
    # An escaped `&` is no entity's beginning: it is hidden from `html.unescape` behind another.
    return re.sub(r"\\([!-/:-@\[-`{-~])", lambda found: "&amp;" if found[1] == "&" else found[1], text)


def _given(body: object) -> httpx.Response:
    return httpx.Response(200, json=body)


def _refused(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error": message})
