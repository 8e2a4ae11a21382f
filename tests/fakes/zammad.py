"""Zammad as far as the desk speaks to it; written from its documentation and source.

As the real one it drops an attribute it does not know without a word, mails every article of type e-mail, internal or
not, and (on MySQL) compares without regard to case.
"""

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

import httpx

from connectors.desks.mapping import DeskWords
from models import Priority, TicketStatus
from tests.contracts.desk_harness import Held

URL = "https://zammad.test"
TOKEN = "zammad-token"
PRIORITIES = ["1 low", "2 normal", "3 high", "4 urgent"]
"""The last is one of a firm's own: the real one has three."""
WORDS = DeskWords(dict(zip(reversed(Priority), PRIORITIES, strict=True)))
STATES = {
    "new": TicketStatus.NEW,
    "open": TicketStatus.OPEN,
    "pending reminder": TicketStatus.PENDING,
    "pending close": TicketStatus.PENDING,
    "closed": TicketStatus.SOLVED,
    "merged": TicketStatus.CLOSED,
}
KNOWN = {"title", "group", "customer_id", "priority", "state", "pending_time"}


@dataclass
class FakeTicket:
    id: int
    values: dict
    tags: list[str]
    articles: list[dict] = field(default_factory=list)
    updated_at: datetime = datetime(2026, 11, 1, tzinfo=UTC)
    owner: str = "-"

    @property
    def number(self) -> str:
        return f"{48000 + self.id}"


class FakeZammad:
    """`transport()` goes into the desk; tests look at `tickets`, `customers` and `mailed`."""

    def __init__(self) -> None:
        self.attributes = {"earshot_id"}
        self.may_see_objects = True
        self.groups = ["Users", "Social"]
        self.tickets: dict[int, FakeTicket] = {}
        self.customers: list[str] = []
        self.mailed: list[dict] = []
        self.requests: list[httpx.Request] = []
        self._articles = count(100)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.headers.get("authorization") != f"Token token={TOKEN}":
            return _refused(401, "Invalid token!")
        path = request.url.path.removeprefix("/api/v1")
        body = json.loads(request.content) if request.content else {}
        for method, pattern, handle in self._routes():
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                return handle(request, body, *match.groups())
        return _refused(404, "No route matches")

    def _routes(self):
        return [
            ("GET", r"/users/me", lambda request, body: _given({"id": 4, "login": "earshot"})),
            ("GET", r"/ticket_priorities", lambda request, body: _given(_named(PRIORITIES))),
            ("GET", r"/groups", lambda request, body: _given(_named(self.groups))),
            ("GET", r"/object_manager_attributes", self._objects),
            ("GET", r"/tickets", lambda request, body: _given([self._shown(each) for each in self._all()[:1]])),
            ("GET", r"/tickets/search", self._search),
            ("POST", r"/tickets", self._create),
            ("PUT", r"/tickets/(\d+)", self._update),
            ("POST", r"/tags/add", self._tag),
            ("GET", r"/ticket_articles/by_ticket/(\d+)", lambda r, b, id: _given(self.tickets[int(id)].articles)),
            ("POST", r"/ticket_articles", self._article),
        ]

    def of(self, external_id: str) -> list[FakeTicket]:
        return [each for each in self._all() if each.values.get("earshot_id") == external_id]

    def held(self, external_id: str) -> list[Held]:
        ours = {theirs: priority for priority, theirs in WORDS.priorities.items()}
        return [
            Held(
                each.articles[0]["body"],
                [note["body"] for note in each.articles[1:]],
                ours[each.values["priority"]],
                frozenset(tag for tag in each.tags if tag and not tag.startswith("team ")),
                STATES[each.values["state"]],
                next((tag for tag in reversed(each.tags) if tag.startswith("team ")), None),
            )
            for each in self.of(external_id)
        ]

    def set_status(self, external_id: str, status: TicketStatus) -> None:
        """As an agent would."""
        for each in self.of(external_id):
            each.values["state"] = next(name for name, ours in STATES.items() if ours is status)
            self._touch(each)

    def _all(self) -> list[FakeTicket]:
        return list(self.tickets.values())

    def _touch(self, ticket: FakeTicket) -> None:
        ticket.updated_at = datetime.now(UTC)

    def _objects(self, request, body):
        if not self.may_see_objects:
            return _refused(403, "Not authorized (token)!")
        names = ["title", *self.attributes]
        return _given([{"name": name, "object": "Ticket", "active": True, "to_create": False} for name in names])

    def _search(self, request, body):
        params = request.url.params
        found = self._all()
        for key, value in params.items():
            match = re.fullmatch(r"condition\[ticket\.(\w+)\]\[value\]", key)
            if match:
                operator = params[f"condition[ticket.{match[1]}][operator]"]
                found = [each for each in found if self._meets(each, match[1], operator, value)]
        if params["sort_by"] == "updated_at":
            found.sort(key=lambda each: each.updated_at)
        size, page = int(params["per_page"]), int(params["page"])
        return _given([self._shown(each) for each in found[(page - 1) * size : page * size]])

    def _meets(self, ticket, attribute, operator, value):
        if (attribute, operator) == ("earshot_id", "is"):
            return (ticket.values.get("earshot_id") or "").lower() == value.lower()
        assert (attribute, operator) == ("updated_at", "after (absolute)")
        return ticket.updated_at > datetime.fromisoformat(value)

    def _create(self, request, body):
        if body["group"] not in self.groups or body["priority"] not in PRIORITIES:
            return _refused(422, "No lookup value found")
        guess = re.fullmatch(r"guess:([^@\s]+@[^@\s]+\.[a-z]+)", body["customer_id"])
        if guess is None or len(body["title"]) > 250:
            return _refused(422, "Invalid email")
        if guess[1] not in self.customers:
            self.customers.append(guess[1])
        values = {name: value for name, value in body.items() if name in KNOWN | self.attributes}
        ticket = FakeTicket(len(self.tickets) + 1, {"state": "new"} | values, body.get("tags", "").split(","))
        self.tickets[ticket.id] = ticket
        self._add(ticket, body["article"])
        return _given(self._shown(ticket, expand=False), 201)

    def _update(self, request, body, id):
        ticket = self.tickets[int(id)]
        if body.get("state", "new") not in STATES or body.get("priority", "1 low") not in PRIORITIES:
            return _refused(422, "No lookup value found")
        if body.get("state") == "pending reminder" and not body.get("pending_time"):
            return _refused(422, "Missing required value for field 'pending_time'!")
        ticket.values |= {name: value for name, value in body.items() if name in KNOWN | self.attributes}
        self._touch(ticket)
        return _given(self._shown(ticket, expand=False))

    def _tag(self, request, body):
        ticket = self.tickets[body["o_id"]]
        if body["item"] not in ticket.tags:
            ticket.tags.append(body["item"])
        return _given(True, 201)

    def _article(self, request, body):
        return _given(self._add(self.tickets[body["ticket_id"]], body), 201)

    def _add(self, ticket, article):
        kept = {"id": next(self._articles), "ticket_id": ticket.id, **article, "time_unit": None}
        ticket.articles.append(kept)
        if article["type"] == "email":
            self.mailed.append(kept)
        self._touch(ticket)
        return kept

    def _shown(self, ticket, *, expand=True):
        at = ticket.updated_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        whole = {"id": ticket.id, "number": ticket.number, "title": ticket.values["title"], "group_id": 2,
                 "updated_at": at, "article_ids": [each["id"] for each in ticket.articles], "preferences": {},
                 "new_in_this_version": [1]}  # fmt: skip
        whole |= {name: ticket.values.get(name) for name in self.attributes}
        names = {"state": ticket.values["state"], "priority": ticket.values["priority"], "owner": ticket.owner}
        return whole | (names if expand else {"state_id": 1, "priority_id": 2, "owner_id": 1})


def _named(names: list[str]) -> list[dict]:
    return [{"id": id, "name": name, "active": True} for id, name in enumerate(names, 1)]


def _given(body: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)


def _refused(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"error": message, "error_human": message})
