"""A small Zendesk Support in memory, as far as our client uses it. Written from its documentation: no recordings."""

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import httpx

from models import Priority, TicketStatus
from tests.contracts.desk_harness import Held

ROOT = "https://larkbank.zendesk.test"
EMAIL, TOKEN = "robot@larkbank.test", "token-of-the-fake"
ALLOWED_CHARACTERS = 65_535
ADMIN = {"id": 900, "name": "Robot", "role": "admin", "role_type": 4}
STATUSES = {"new", "open", "pending", "hold", "solved", "closed"}
OURS = {"urgent": Priority.URGENT, "high": Priority.HIGH, "normal": Priority.MEDIUM, "low": Priority.LOW}
WORDS = {"hold": TicketStatus.PENDING, "deleted": TicketStatus.CLOSED}


@dataclass
class FakeZdTicket:
    id: int
    subject: str
    body: str
    external_id: str | None
    priority: str | None
    tags: list[str]
    requester: dict[str, str] | None
    group_id: int | None
    status: str = "new"
    assignee_id: int | None = None
    audits: list[dict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    public: list[str] = field(default_factory=list)
    """What the customer was shown."""
    updated: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    turn: int = 0
    """Place of its last change among all changes."""


class FakeZendesk:
    """`transport()` goes into the desk. Its state is open to the test."""

    def __init__(self) -> None:
        self.me: dict = dict(ADMIN)
        self.groups = {1: "Social", 2: "Claims", 3: "Deliveries"}
        self.users = {501: "Priya Natarajan"}
        self.tickets: dict[int, FakeZdTicket] = {}
        self.requests: list[httpx.Request] = []
        self.may_export = True
        self.refuses: set[str] = set()
        """Properties a rule of the account sets back."""
        self.ahead = timedelta()
        self.groups_per_page = 2
        self.audits_per_page = 2
        self._answers: dict[str, tuple[bytes, httpx.Response]] = {}
        self._turns = 0
        self._ids = 1_000_000_000_000

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def now(self) -> datetime:
        return (datetime.now(UTC) + self.ahead).replace(microsecond=0)

    def settle(self) -> None:
        """The export leaves out the last minute."""
        self.ahead += timedelta(minutes=2)

    def named(self, external_id: str) -> list[FakeZdTicket]:
        return [ticket for ticket in self.tickets.values() if ticket.external_id == external_id]

    def held(self, external_id: str) -> list[Held]:
        return [
            Held(
                ticket.body, list(ticket.notes), OURS[ticket.priority or "normal"], frozenset(ticket.tags),
                WORDS.get(ticket.status) or TicketStatus(ticket.status), self.groups.get(ticket.group_id or 0),
            )
            for ticket in self.named(external_id)
        ]  # fmt: skip

    def set_status(self, external_id: str, status: TicketStatus) -> None:
        for ticket in self.named(external_id):
            self.change(ticket, status=status.value)

    def change(self, ticket: FakeZdTicket, **values: object) -> None:
        """As an agent does."""
        for name, value in values.items():
            setattr(ticket, name, value)
        self._audit(ticket, {})

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        path = request.url.path.removeprefix("/api/v2")
        expected = "Basic " + base64.b64encode(f"{EMAIL}/token:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != expected:
            # A stranger is told who he is, and nothing else.
            stranger = {"user": {"id": None, "name": "Anonymous user", "role": "end-user"}}
            return _given(stranger) if path == "/users/me.json" else _given({"error": "Couldn't authenticate you"}, 401)
        for method, pattern, handle in self._routes():
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                return handle(request, *match.groups())
        return _given({"error": "InvalidEndpoint", "description": "Not found"}, 404)

    def _routes(self) -> list[tuple[str, str, Callable[..., httpx.Response]]]:
        return [
            ("GET", r"/users/me\.json", lambda request: _given({"user": self.me})),
            ("GET", r"/groups\.json", self._groups),
            ("GET", r"/tickets\.json", self._list),
            ("POST", r"/tickets\.json", self._create),
            ("PUT", r"/tickets/(\d+)\.json", self._update),
            ("PUT", r"/tickets/(\d+)/tags\.json", self._add_tags),
            ("GET", r"/tickets/(\d+)/audits\.json", self._audits),
            ("GET", r"/incremental/tickets/cursor\.json", self._export),
        ]

    def _groups(self, request: httpx.Request) -> httpx.Response:
        groups = [{"id": id, "name": name, "deleted": False} for id, name in self.groups.items()]
        return _given(_paged(request, "groups", groups, self.groups_per_page))

    def _list(self, request: httpx.Request) -> httpx.Response:
        wanted = request.url.params["external_id"].casefold()
        # Not as exact as it is said to be, and newest first: our side must not lean on either.
        found = [each for each in self.tickets.values() if (each.external_id or "").casefold() == wanted]
        shown = [self._shown(each) for each in reversed(found) if each.status != "deleted"]
        return _given({"tickets": shown, "next_page": None, "previous_page": None, "count": len(shown)})

    def _create(self, request: httpx.Request) -> httpx.Response:
        key = request.headers.get("idempotency-key", "")
        if key in self._answers:
            body, answer = self._answers[key]
            if body != request.content:
                return _given({"error": "IdempotentRequestError", "description": "parameters differ"}, 400)
            return httpx.Response(answer.status_code, content=answer.content, headers={"x-idempotency-lookup": "hit"})
        asked = json.loads(request.content)["ticket"]
        if refusal := self._amiss(asked):
            return refusal
        ticket = FakeZdTicket(
            len(self.tickets) + 35_436, asked["subject"], asked["comment"]["body"], asked.get("external_id"),
            asked.get("priority"), list(asked.get("tags", [])), asked.get("requester"), asked.get("group_id"),
        )  # fmt: skip
        self.tickets[ticket.id] = ticket
        if asked["comment"]["public"]:
            ticket.public.append(asked["comment"]["body"])
        audit = self._audit(ticket, {})
        answer = _given({"ticket": self._shown(ticket), "audit": audit}, 201)
        if key:
            self._answers[key] = (request.content, answer)
        return answer

    def _update(self, request: httpx.Request, id: str) -> httpx.Response:
        ticket = self.tickets.get(int(id))
        if ticket is None:
            return _given({"error": "RecordNotFound", "description": "Not found"}, 404)
        asked = json.loads(request.content)["ticket"]
        if ticket.status == "closed":
            return _given({"error": "RecordInvalid", "details": {"status": [{"description": "closed"}]}}, 422)
        if refusal := self._amiss(asked):
            return refusal
        for name in {"priority", "status", "group_id"} & set(asked) - self.refuses:
            setattr(ticket, name, asked[name])
        if "tags" in asked:
            ticket.tags = list(asked["tags"])
        if "comment" in asked:
            shown_to = ticket.public if asked["comment"]["public"] else ticket.notes
            shown_to.append(asked["comment"]["body"])
        audit = self._audit(ticket, asked.get("metadata", {}))
        return _given({"ticket": self._shown(ticket), "audit": audit})

    def _amiss(self, asked: dict) -> httpx.Response | None:
        body = asked.get("comment", {}).get("body", "-")
        if not body or len(body) > ALLOWED_CHARACTERS or "\0" in body:
            return _given({"error": "RecordInvalid", "details": {"comment": [{"description": "unfit"}]}}, 422)
        if asked.get("status", "new") not in STATUSES or asked.get("priority", "low") not in OURS:
            return _given({"error": "RecordInvalid", "details": {"base": [{"description": "unknown"}]}}, 422)
        if any(" " in tag or tag != tag.lower() for tag in asked.get("tags", [])):
            return _given({"error": "RecordInvalid", "details": {"tags": [{"description": "split"}]}}, 422)
        return None

    def _add_tags(self, request: httpx.Request, id: str) -> httpx.Response:
        ticket = self.tickets[int(id)]
        if "tags" not in self.refuses:
            ticket.tags = list(dict.fromkeys((*ticket.tags, *json.loads(request.content)["tags"])))
        self._audit(ticket, {})
        return _given({"tags": ticket.tags})

    def _audits(self, request: httpx.Request, id: str) -> httpx.Response:
        return _given(_paged(request, "audits", self.tickets[int(id)].audits, self.audits_per_page))

    def _export(self, request: httpx.Request) -> httpx.Response:
        if not self.may_export:
            return _given({"error": {"title": "Forbidden", "message": "You do not have access to this page."}}, 403)
        params = request.url.params
        until = self.now() - timedelta(minutes=1)
        if "cursor" in params:
            after = int(base64.b64decode(params["cursor"]).decode().split("|")[1])
            found = [each for each in self.tickets.values() if each.turn > after]
        else:
            start = datetime.fromtimestamp(int(params["start_time"]), UTC)
            if start > until:
                return _given({"error": "StartTimeTooRecent", "description": "Too recent start_time."}, 400)
            after = 0
            found = [each for each in self.tickets.values() if each.updated >= start]
        found = sorted((each for each in found if each.updated <= until), key=lambda each: each.turn)
        page = found[: int(params.get("per_page", 1000))]
        after = page[-1].turn if page else after
        return _given(
            {
                "tickets": [self._shown(each) | {"generated_timestamp": _unix(each.updated)} for each in page],
                "users": [{"id": id, "name": name} for id, name in self.users.items()],
                "after_cursor": base64.b64encode(f"{_unix(until)}.0|{after}|".encode()).decode(),
                "end_of_stream": len(page) == len(found),
            }
        )

    def _shown(self, ticket: FakeZdTicket) -> dict:
        return {
            "url": f"{ROOT}/api/v2/tickets/{ticket.id}.json", "id": ticket.id, "external_id": ticket.external_id,
            "subject": ticket.subject, "description": ticket.body, "priority": ticket.priority,
            "status": ticket.status, "tags": ticket.tags, "group_id": ticket.group_id, "custom_fields": [],
            "assignee_id": ticket.assignee_id, "updated_at": ticket.updated.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "is_public": False,
        }  # fmt: skip

    def _audit(self, ticket: FakeZdTicket, custom: dict) -> dict:
        self._turns += 1
        self._ids += 1
        ticket.updated, ticket.turn = self.now(), self._turns
        metadata = {"system": {"client": "Earshot"}, "custom": custom}
        ticket.audits.append({"id": self._ids, "ticket_id": ticket.id, "metadata": metadata, "events": []})
        return ticket.audits[-1]


def _unix(at: datetime) -> int:
    return int(at.timestamp())


def _paged(request: httpx.Request, name: str, items: list[dict], size: int) -> dict:
    after = int(request.url.params.get("page[after]", 0))
    page = items[after : after + size]
    more = after + size < len(items)
    return {name: page, "meta": {"has_more": more, "after_cursor": str(after + size) if more else None}}


def _given(body: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)
