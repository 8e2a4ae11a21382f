"""A small Request Tracker 5 in memory, as far as our client uses it; `test_fake_request_tracker.py` holds it to answers
recorded from RT 5.0.3."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpx

from connectors.desks.request_tracker.payload import PRIORITY_NUMBERS, STATUS_NAMES, STATUSES
from models import TicketStatus
from tests.contracts.desk_harness import Held

ROOT = "http://rt.test"
API = ROOT + "/REST/2.0"
TOKEN = "1-14-token-of-the-fake"
JSON_TYPE = 'application/json; charset="utf-8"'
ERROR_TYPE = "application/json; charset=utf-8"
UNSET = "1970-01-01T00:00:00Z"
CHANGED = re.compile(r"CF\.\{(?P<field>[^}]+)\} IS NOT NULL AND LastUpdated > '(?P<ago>\d+) seconds ago'")
CONDITION = re.compile(
    r"""CF\.\{(?P<field>[^}]+)\}\s*=\s*'(?P<value>(?:[^'\\]|\\.)*)'(?P<merged> AND EffectiveId > 0)?""", re.S
)


@dataclass
class FakeTicket:
    id: int
    queue: str
    subject: str
    priority: int
    body: str
    body_type: str
    requestor: str | None
    squelched: str | None
    due: str | None
    values: dict[str, list[str]]
    merged_into: int | None = None
    history: list[dict[str, str]] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    status: str = "new"
    owner: str = "Nobody"
    updated: datetime = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass
class FakeField:
    id: int
    name: str
    type: str = "Freeform"
    most_values: int = 1


class FakeRequestTracker:
    """`transport()` goes into the desk. Its state is open to the test."""

    def __init__(self) -> None:
        names = [FakeField(2, "Channel"), FakeField(3, "ExternalId"), FakeField(4, "Tags", most_values=0)]
        self.fields = {known.name: known for known in (*names, FakeField(5, "AuthorReach"))}
        self.queues: dict[str, list[str]] = {"Social": list(self.fields), "Bare": []}
        self.queue_ids = {"Social": 3, "Bare": 4}
        self.may_create_in = {"Social", "Bare"}
        self.drops: set[str] = set()
        """Fields the token's user may not write."""
        self.may_modify = True
        self.lifecycle = set(STATUSES)
        self.ahead = timedelta()
        """How far its clock is before ours."""
        self.before_update: Callable[[], None] = lambda: None
        """What somebody else does between our reading a ticket and our changing it."""
        self.version = "5.0.3+dfsg-3~deb12u6"
        self.tickets: dict[int, FakeTicket] = {}
        self.requests: list[httpx.Request] = []
        self._transactions = 38

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.headers.get("authorization") != f"token {TOKEN}":
            return _refused(401, "Unauthorized")
        path = request.url.path.removeprefix("/REST/2.0")
        for method, pattern, handle in self._routes():
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                answer = handle(request, *match.groups())
                answer.headers["date"] = format_datetime(self.now(), usegmt=True)
                return answer
        return _refused(404, "Not Found")

    def now(self) -> datetime:
        return (datetime.now(UTC) + self.ahead).replace(microsecond=0)

    def named(self, external_id: str) -> list[FakeTicket]:
        return [ticket for ticket in self.tickets.values() if ticket.values.get("ExternalId") == [external_id]]

    def held(self, external_id: str) -> list[Held]:
        priorities = {number: priority for priority, number in PRIORITY_NUMBERS.items()}
        return [
            Held(
                ticket.body, list(ticket.comments), priorities[ticket.priority],
                frozenset(ticket.values.get("Tags", [])), STATUSES[ticket.status],
                next(iter(ticket.values.get("Team", [])), None),
            )
            for ticket in self.named(external_id)
        ]  # fmt: skip

    def set_status(self, external_id: str, status: TicketStatus) -> None:
        for ticket in self.named(external_id):
            self.change(ticket, status=STATUS_NAMES[status])

    def change(self, ticket: FakeTicket, **values: object) -> None:
        """As an agent does."""
        for name, value in values.items():
            setattr(ticket, name, value)
        self._record(ticket, "Set", "")

    def _routes(self) -> list[tuple[str, str, Callable[..., httpx.Response]]]:
        return [
            ("GET", r"/rt", lambda request: _given({"Version": self.version, "Plugins": []})),
            ("GET", r"/queue/([^/]+)", self._queue),
            ("GET", r"/customfield/(\d+)", self._field),
            ("GET", r"/tickets", self._search),
            ("GET", r"/ticket/(\d+)", self._ticket),
            ("GET", r"/ticket/(\d+)/history", self._history),
            ("PUT", r"/ticket/(\d+)", self._update),
            ("POST", r"/ticket", self._create),
            ("POST", r"/ticket/(\d+)/comment", self._comment),
        ]

    def _queue(self, request: httpx.Request, name: str) -> httpx.Response:
        if name not in self.queues:
            return _refused(404, "Not Found")
        id = str(self.queue_ids[name])
        links = [{"ref": "self", "type": "queue", "id": int(id), "_url": f"{API}/queue/{id}"}]
        if name in self.may_create_in:
            links.append({"ref": "create", "type": "ticket", "_url": f"{API}/ticket?Queue={id}"})
        fields = [_customfield(self.fields[each]) | {"ref": "customfield"} for each in self.queues[name]]
        return _given(
            {"id": int(id), "Name": name, "Disabled": "0", "TicketCustomFields": fields, "_hyperlinks": links}
        )

    def _field(self, request: httpx.Request, id: str) -> httpx.Response:
        known = next(each for each in self.fields.values() if str(each.id) == id)
        return _given({"id": known.id, "Name": known.name, "Type": known.type, "MaxValues": str(known.most_values)})

    def _create(self, request: httpx.Request) -> httpx.Response:
        asked = json.loads(request.content)
        queue = asked["Queue"]
        if queue not in self.may_create_in:
            return _refused(403, f"No permission to create tickets in the queue '{queue}'")
        id = len(self.tickets) + 1
        values = {
            name: value if isinstance(value, list) else [value]
            for name, value in asked.get("CustomFields", {}).items()
            if name in self.queues[queue] and name not in self.drops
        }
        self.tickets[id] = FakeTicket(
            id, queue, asked["Subject"], asked.get("Priority", 0), asked.get("Content", ""),
            asked.get("ContentType", "text/plain"), asked.get("Requestor"), asked.get("SquelchMailTo"),
            asked.get("Due"), values,
        )  # fmt: skip
        self._record(self.tickets[id], "Create", "")
        body = {"type": "ticket", "id": str(id), "_url": f"{API}/ticket/{id}"}
        return _given(body, 201, {"location": f"/REST/2.0/ticket/{id}", "content-type": ERROR_TYPE})

    def _update(self, request: httpx.Request, id: str) -> httpx.Response:
        self.before_update()
        ticket = self._effective(id)
        if ticket is None:
            return _refused(404, "Not Found")
        expected = request.headers.get("if-match")
        if expected is not None and expected != self._etag(ticket):
            return _refused(412, "Precondition Failed")
        return _given([self._set(ticket, name, value) for name, value in json.loads(request.content).items()])

    def _set(self, ticket: FakeTicket, name: str, value: object) -> str:
        if not self.may_modify:
            return f"Ticket {ticket.id}: Permission Denied"
        if name == "CustomFields" and isinstance(value, dict):
            values = {key: new if isinstance(new, list) else [new] for key, new in value.items()}
            ticket.values |= {key: new for key, new in values.items() if key in self.queues[ticket.queue]}
        elif name == "Status" and value not in self.lifecycle:
            return f"Ticket {ticket.id}: Status '{value}' isn't a valid status for this ticket."
        elif name in ("Status", "Priority"):
            setattr(ticket, name.lower(), value)
        else:
            raise AssertionError(f"the fake cannot set {name}")
        self._record(ticket, "Set", "")
        return f"Ticket {ticket.id}: {name} changed"

    def _etag(self, ticket: FakeTicket) -> str:
        return '"' + max((entry["id"] for entry in ticket.history), key=int, default="0") + '"'

    def _changed(self, request: httpx.Request, field: str, seconds_ago: int) -> httpx.Response:
        after = self.now() - timedelta(seconds=seconds_ago)
        tickets = [each for each in self.tickets.values() if each.values.get(field) and each.merged_into is None]
        found = sorted((each for each in tickets if each.updated > after), key=lambda each: each.updated)
        size, page = int(request.url.params.get("per_page", 20)), int(request.url.params.get("page", 1))
        names = request.url.params.get("fields", "").split(",")
        return _given(_page([self._item(each, names) for each in found[(page - 1) * size : page * size]]))

    def _search(self, request: httpx.Request) -> httpx.Response:
        changed = CHANGED.fullmatch(request.url.params["query"])
        if changed is not None:
            return self._changed(request, changed["field"], int(changed["ago"]))
        condition = CONDITION.fullmatch(request.url.params["query"])
        if condition is None:
            return _refused(400, "Wrong query, expecting a VALUE in '…'")
        wanted = re.sub(r"\\(.)", r"\1", condition["value"]).casefold()
        found = [
            ticket
            for ticket in self.tickets.values()
            if wanted in (value.casefold() for value in ticket.values.get(condition["field"], []))
            and (condition["merged"] or ticket.merged_into is None)
        ]
        items = [self._item(ticket, request.url.params.get("fields", "").split(",")) for ticket in found]
        return _given(_page(items))

    def _item(self, ticket: FakeTicket, fields: list[str]) -> dict[str, object]:
        whole: dict[str, object] = {
            "CustomFields": self._values(ticket) or "",
            "EffectiveId": str(ticket.merged_into or ticket.id),
            "Subject": ticket.subject, "Status": ticket.status, "Priority": str(ticket.priority),
            "LastUpdated": _instant(ticket.updated), "Owner": _owner(ticket),
        }  # fmt: skip
        asked = {name: whole[name] for name in fields if name in whole}
        return {"type": "ticket", "id": str(ticket.id), "_url": f"{API}/ticket/{ticket.id}", **asked}

    def _values(self, ticket: FakeTicket) -> list[dict[str, object]]:
        shown = [self.fields[name] for name in self.queues[ticket.queue]]
        return [_customfield(each) | {"values": ticket.values.get(each.name, [])} for each in shown]

    def _ticket(self, request: httpx.Request, id: str) -> httpx.Response:
        ticket = self._effective(id)
        if ticket is None:
            return _refused(404, "Not Found")
        queue = str(self.queue_ids[ticket.queue])
        requestor = {"type": "user", "id": ticket.requestor, "_url": f"{API}/user/{ticket.requestor}"}
        body = {
            "id": ticket.id, "Subject": ticket.subject, "Priority": str(ticket.priority), "Status": ticket.status,
            "Due": ticket.due.replace(" ", "T") + "Z" if ticket.due else UNSET, "Type": "ticket",
            "Created": _instant(ticket.updated),
            "Queue": {"type": "queue", "id": queue, "_url": f"{API}/queue/{queue}"},
            "EffectiveId": {"type": "ticket", "id": str(ticket.id), "_url": f"{API}/ticket/{ticket.id}"},
            "Requestor": [requestor] if ticket.requestor else [],
            "CustomFields": self._values(ticket), "LastUpdated": _instant(ticket.updated), "Owner": _owner(ticket),
        }  # fmt: skip
        return _given(body, headers={"etag": self._etag(ticket)})

    def _comment(self, request: httpx.Request, id: str) -> httpx.Response:
        asked = json.loads(request.content)
        if asked.get("Content") and not asked.get("ContentType"):
            return _refused(400, "ContentType is a required field for application/json")
        ticket = self._effective(id)
        if ticket is None:
            return _refused(400, "Message could not be recorded")
        ticket.comments.append(asked.get("Content", ""))
        transaction = self._record(ticket, "Comment", asked.get("Subject", "No Subject") + "\n")
        return _given(["Comments added"], 201, {"location": f"/REST/2.0/transaction/{transaction}"})

    def _history(self, request: httpx.Request, id: str) -> httpx.Response:
        ticket = self._effective(id)
        entries = list(ticket.history) if ticket else []
        if request.url.params.get("order") == "DESC":
            entries.reverse()
        size, page = int(request.url.params.get("per_page", 20)), int(request.url.params.get("page", 1))
        # RT cuts the page first and then hides what the token may not see.
        on_page = entries[(page - 1) * size : page * size]
        return _given(_page([entry for entry in on_page if entry["Type"] != "EmailRecord"]))

    def _effective(self, id: str) -> FakeTicket | None:
        ticket = self.tickets.get(int(id))
        return self._effective(str(ticket.merged_into)) if ticket and ticket.merged_into else ticket

    def _record(self, ticket: FakeTicket, type: str, data: str) -> int:
        self._transactions += 1
        id = str(self._transactions)
        entry = {"type": "transaction", "id": id, "_url": f"{API}/transaction/{id}", "Type": type, "Data": data}
        ticket.history.append(entry)
        ticket.updated = self.now()
        return self._transactions


def _instant(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _owner(ticket: FakeTicket) -> dict[str, str]:
    return {"type": "user", "id": ticket.owner, "_url": f"{API}/user/{ticket.owner}"}


def _customfield(known: FakeField) -> dict[str, object]:
    id = str(known.id)
    return {"type": "customfield", "id": id, "name": known.name, "_url": f"{API}/customfield/{id}"}


def _page(items: list[dict[str, object]] | list[dict[str, str]]) -> dict[str, object]:
    return {"items": items, "count": len(items), "total": len(items), "page": 1, "pages": 1, "per_page": 20}


def _given(body: object, status: int = 200, headers: dict[str, str] | None = None) -> httpx.Response:
    return httpx.Response(
        status, content=json.dumps(body, indent=3), headers={"content-type": JSON_TYPE, **(headers or {})}
    )


def _refused(status: int, message: str) -> httpx.Response:
    return _given({"message": message}, status, {"content-type": ERROR_TYPE})
