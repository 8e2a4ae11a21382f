"""A small Freshdesk in memory, as far as our client uses it. Written from its documentation: no recordings."""

import base64
import html
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from models import Priority, TicketStatus
from tests.contracts.desk_harness import Held

ROOT = "https://larkbank.freshdesk.test"
KEY = "key-of-the-fake"
FIELD = "cf_earshot_id"
PRIORITIES = {4: Priority.URGENT, 3: Priority.HIGH, 2: Priority.MEDIUM, 1: Priority.LOW}
STATUSES = {2: TicketStatus.OPEN, 3: TicketStatus.PENDING, 4: TicketStatus.SOLVED, 5: TicketStatus.CLOSED}
QUERY = re.compile(r"\"(\w+):'([^'\"]*)'\"")
MARK = re.compile(r"\n\n\[Earshot note [0-9a-f]{32}\]$")


@dataclass
class FakeFdTicket:
    id: int
    subject: str
    html: str
    name: str
    email: str
    priority: int
    status: int
    tags: list[str]
    group_id: int | None
    custom_fields: dict[str, str | None]
    created: datetime
    updated: datetime
    responder_id: int | None = None
    notes: list[dict] = field(default_factory=list)
    is_in_trash: bool = False


class FakeFreshdesk:
    """`transport()` goes into the desk. Its state is open to the test."""

    def __init__(self) -> None:
        self.fields: dict[str, str] = {FIELD: "custom_text"}
        self.groups: dict[str, int] = {"Social": 11, "Claims": 12, "Deliveries": 13}
        self.tells_groups = True
        self.agents = {"Priya Natarajan": 501}
        self.tickets: dict[int, FakeFdTicket] = {}
        self.requests: list[httpx.Request] = []
        self.search_lag = timedelta(minutes=3)
        self.refuses: set[str] = set()
        """Properties a rule of the account sets back."""
        self.ahead = timedelta()

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def now(self) -> datetime:
        return (datetime.now(UTC) + self.ahead).replace(microsecond=0)

    def named(self, external_id: str) -> list[FakeFdTicket]:
        return [each for each in self.tickets.values() if each.custom_fields.get(FIELD) == external_id]

    def held(self, external_id: str) -> list[Held]:
        groups = {id: name for name, id in self.groups.items()}
        return [
            Held(
                _text(each.html), [MARK.sub("", _text(note["body"])) for note in each.notes if note["private"]],
                PRIORITIES[each.priority], frozenset(each.tags), STATUSES[each.status],
                groups.get(each.group_id or 0),
            )
            for each in self.named(external_id)
        ]  # fmt: skip

    def set_status(self, external_id: str, status: TicketStatus) -> None:
        number = next(number for number, each in STATUSES.items() if each is status)
        for ticket in self.named(external_id):
            self.change(ticket, status=number)

    def change(self, ticket: FakeFdTicket, **values: object) -> None:
        """As an agent does."""
        for name, value in values.items():
            setattr(ticket, name, value)
        ticket.updated = self.now()

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.headers.get("authorization") != "Basic " + base64.b64encode(f"{KEY}:X".encode()).decode():
            return _given({"code": "invalid_credentials", "message": "You have to be logged in."}, 401)
        path = request.url.path.removeprefix("/api/v2")
        for method, pattern, handle in self._routes():
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                return handle(request, *match.groups())
        return httpx.Response(404)

    def _routes(self) -> list[tuple[str, str, Callable[..., httpx.Response]]]:
        return [
            ("GET", r"/ticket_fields", self._form),
            ("GET", r"/groups/(\d+)", self._group),
            ("GET", r"/search/tickets", self._search),
            ("GET", r"/tickets", self._list),
            ("POST", r"/tickets", self._create),
            ("PUT", r"/tickets/(\d+)", self._update),
            ("POST", r"/tickets/(\d+)/notes", self._note),
            ("GET", r"/tickets/(\d+)/conversations", self._notes),
        ]

    def _form(self, request: httpx.Request) -> httpx.Response:
        statuses = {"2": ["Open", "Being Processed"], "3": ["Pending", "Awaiting your Reply"], "4": ["Resolved", "R"]}
        known = [
            {"id": 1, "name": "subject", "type": "default_subject", "default": True},
            {"id": 2, "name": "status", "type": "default_status", "choices": statuses | {"5": ["Closed", "Closed"]}},
            {"id": 3, "name": "priority", "type": "default_priority", "choices": {"Low": 1, "Urgent": 4}},
            {"id": 4, "name": "group", "type": "default_group", "choices": self.groups if self.tells_groups else []},
            {"id": 5, "name": "agent", "type": "default_agent", "choices": self.agents},
        ]
        return _given([*known, *({"id": 9, "name": name, "type": type} for name, type in self.fields.items())])

    def _group(self, request: httpx.Request, id: str) -> httpx.Response:
        return _given({"id": int(id)}) if int(id) in self.groups.values() else httpx.Response(404)

    def _search(self, request: httpx.Request) -> httpx.Response:
        query = QUERY.fullmatch(request.url.params["query"])
        if query is None or len(request.url.params["query"]) > 512 or query[1] not in self.fields:
            return _given({"description": "Validation failed", "errors": [{"field": "query", "message": "bad"}]}, 400)
        wanted, until = query[2].casefold(), self.now() - self.search_lag
        # Newest first, and without regard to case: our side must not lean on either.
        found = [
            self._shown(each)
            for each in reversed(self.tickets.values())
            if (each.custom_fields.get(query[1]) or "").casefold() == wanted
            and each.created <= until
            and not each.is_in_trash
        ]
        return _given({"total": len(found), "results": found[:30]})

    def _list(self, request: httpx.Request) -> httpx.Response:
        params = request.url.params
        since = datetime.fromisoformat(params["updated_since"])
        size, page = int(params["per_page"]), int(params["page"])
        assert size <= 100
        found = [each for each in self.tickets.values() if each.updated >= since and not each.is_in_trash]
        found.sort(key=lambda each: each.updated, reverse=params["order_type"] == "desc")
        return _given([self._shown(each) for each in found[(page - 1) * size : page * size]])

    def _create(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        if refusal := self._amiss(asked):
            return refusal
        now = self.now()
        ticket = FakeFdTicket(
            len(self.tickets) + 4_001, asked["subject"], asked["description"], asked["name"], asked["email"],
            asked["priority"], asked["status"], asked["tags"], asked.get("group_id"),
            dict.fromkeys(self.fields) | asked["custom_fields"], now, now,
        )  # fmt: skip
        self.tickets[ticket.id] = ticket
        return _given(self._shown(ticket), 201)

    def _update(self, request: httpx.Request, id: str) -> httpx.Response:
        ticket, asked = self.tickets.get(int(id)), json.loads(request.content)
        if ticket is None:
            return httpx.Response(404)
        if refusal := self._amiss(asked):
            return refusal
        self.change(ticket, **{name: value for name, value in asked.items() if name not in self.refuses})
        return _given(self._shown(ticket))

    def _amiss(self, asked: dict) -> httpx.Response | None:
        wrong = [name for name in asked.get("custom_fields", {}) if name not in self.fields]
        wrong += ["tags"] if any(len(tag) > 32 for tag in asked.get("tags", [])) else []
        wrong += ["subject"] if len(asked.get("subject", "-")) > 255 else []
        wrong += ["status"] if asked.get("status", 2) not in STATUSES else []
        wrong += ["priority"] if asked.get("priority", 1) not in PRIORITIES else []
        wrong += ["description"] if "\0" in asked.get("description", "") else []
        if not wrong:
            return None
        errors = [{"field": name, "message": f"It is {asked.get(name)}", "code": "invalid_value"} for name in wrong]
        return _given({"description": "Validation failed", "errors": errors}, 400)

    def _note(self, request: httpx.Request, id: str) -> httpx.Response:
        asked, ticket = json.loads(request.content), self.tickets[int(id)]
        note = {"id": 70_000 + sum(len(each.notes) for each in self.tickets.values()), "body": asked["body"]}
        note |= {"body_text": " ".join(_text(asked["body"]).split()), "private": asked["private"], "source": 2}
        ticket.notes.append(note)
        ticket.updated = self.now()
        return _given(note, 201)

    def _notes(self, request: httpx.Request, id: str) -> httpx.Response:
        size, page = int(request.url.params["per_page"]), int(request.url.params["page"])
        return _given(self.tickets[int(id)].notes[(page - 1) * size : page * size])

    def _shown(self, ticket: FakeFdTicket) -> dict:
        return {
            "id": ticket.id, "subject": ticket.subject, "priority": ticket.priority, "status": ticket.status,
            "tags": list(ticket.tags), "group_id": ticket.group_id, "responder_id": ticket.responder_id,
            "custom_fields": dict(ticket.custom_fields), "source": 2, "spam": False,
            "created_at": _instant(ticket.created), "updated_at": _instant(ticket.updated),
        }  # fmt: skip


def _text(body: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", body.replace("<br>", "\n")))


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _given(body: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)
