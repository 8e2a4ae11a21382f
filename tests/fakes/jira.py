"""Jira Cloud with a service desk as far as the desk speaks to it; written from Atlassian's reference.

As the real one it refuses a field that is not on the form, an empty text node and a text of more than 32,767
characters, offers only the transitions its workflow has, and shows a comment to customers unless it is told not to.
"""

import base64
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count

import httpx

from connectors.desks.jira_service_management.records import PRIORITIES
from models import TicketStatus
from tests.contracts.desk_harness import Held

URL = "https://larkbank.test"
EMAIL, TOKEN = "earshot@larkbank.test", "jira-token"
LONGEST_TEXT = 32_767
OURS = {
    "Waiting for support": TicketStatus.OPEN,
    "Waiting for customer": TicketStatus.PENDING,
    "Resolved": TicketStatus.SOLVED,
    "Closed": TicketStatus.CLOSED,
    "Open": TicketStatus.NEW,
}
STATUSES = {
    "Waiting for support": "indeterminate", "Waiting for customer": "indeterminate", "Resolved": "done",
    "Closed": "done", "Open": "new",
}  # fmt: skip


@dataclass
class FakeIssue:
    key: str
    fields: dict
    status: str = "Waiting for support"
    comments: list[dict] = field(default_factory=list)
    updated: datetime = datetime(2026, 11, 1, tzinfo=UTC)
    assignee: str | None = None


class FakeJira:
    """`transport()` goes into the desk; tests look at `issues`."""

    def __init__(self) -> None:
        self.form = {"summary": True, "description": False, "labels": False, "priority": False}
        self.priorities = ["Highest", "High", "Medium", "Low", "Lowest"]
        self.workflow = {"Waiting for support": ["Waiting for customer", "Resolved", "Closed"]}
        self.workflow |= {
            "Waiting for customer": ["Waiting for support", "Resolved"],
            "Resolved": ["Open", "Waiting for support"],
        }
        self.workflow |= {"Closed": [], "Open": ["Waiting for support"]}
        self.shows_comments = False
        """A user who is no agent cannot make internal comments."""
        self.issues: dict[str, FakeIssue] = {}
        self.requests: list[httpx.Request] = []
        self._comments = count(10_000)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        basic = base64.b64encode(f"{EMAIL}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {basic}":
            return _refused(401, "Client must be authenticated to access this resource.")
        path = request.url.path.removeprefix("/rest")
        body = json.loads(request.content) if request.content else {}
        for method, pattern, handle in self._routes():
            match = re.fullmatch(pattern, path)
            if match and method == request.method:
                return handle(request, body, *match.groups())
        return _refused(404, "Not found")

    def _routes(self):
        issue = r"/api/3/issue/([A-Z]+-\d+)"
        return [
            ("GET", r"/api/3/myself", lambda request, body: _given({"accountId": "5b10", "displayName": "Earshot"})),
            ("GET", r"/servicedeskapi/servicedesk/2", lambda r, b: _given({"id": "2", "projectKey": "CARE"})),
            ("GET", r"/servicedeskapi/servicedesk/2/requesttype/31/field", self._form_fields),
            ("GET", r"/api/3/priority", lambda r, b: _given([{"id": "1", "name": name} for name in self.priorities])),
            ("POST", r"/servicedeskapi/request", self._create),
            ("GET", r"/api/3/search/jql", self._search),
            ("GET", issue, lambda request, body, key: _given(self._shown(self.issues[key]))),
            ("PUT", issue, self._edit),
            ("GET", rf"{issue}/transitions", self._transitions),
            ("POST", rf"{issue}/transitions", self._move),
            ("GET", rf"{issue}/comment", self._list_comments),
            ("POST", rf"{issue}/comment", self._comment),
        ]

    def with_label(self, label: str) -> list[FakeIssue]:
        return [each for each in self.issues.values() if label in each.fields["labels"]]

    def of(self, external_id: str) -> list[FakeIssue]:
        return self.with_label(f"earshot:{external_id}")

    def held(self, external_id: str) -> list[Held]:
        ours = {theirs: priority for priority, theirs in PRIORITIES.items()}
        return [
            Held(
                text_of(each.fields["description"]),
                [text_of(note["body"]) for note in each.comments],
                ours[each.fields["priority"]["name"]],
                frozenset(label for label in each.fields["labels"] if not label.startswith(("earshot", "team-"))),
                OURS[each.status],
            )
            for each in self.of(external_id)
        ]

    def set_status(self, external_id: str, status: TicketStatus) -> None:
        """As an agent would."""
        for each in self.of(external_id):
            each.status = next(name for name, ours in OURS.items() if ours is status)
            self._touch(each)

    def _touch(self, issue: FakeIssue) -> None:
        issue.updated = datetime.now(UTC)

    def _form_fields(self, request, body):
        fields = [{"fieldId": id, "name": id.title(), "required": required} for id, required in self.form.items()]
        return _given({"requestTypeFields": fields, "canRaiseOnBehalfOf": True})

    def _create(self, request, body):
        values = body["requestFieldValues"]
        strange = set(values) - set(self.form)
        if (body["serviceDeskId"], body["requestTypeId"]) != ("2", "31") or strange:
            return _refused(400, f"Field cannot be set: {sorted(strange)}")
        assert body["isAdfRequest"] is True
        if not _is_readable(values["description"]) or any(" " in label for label in values["labels"]):
            return _refused(400, "INVALID_INPUT")
        key = f"CARE-{len(self.issues) + 1}"
        self.issues[key] = FakeIssue(key, dict(values))
        self._touch(self.issues[key])
        return _given({"issueId": "10", "issueKey": key, "_links": {"web": f"{URL}/servicedesk/{key}"}}, 201)

    def _search(self, request, body):
        jql = request.url.params["jql"]
        label = re.search(r'labels = "?([\w.:-]+)"?', jql)
        since = re.search(r"updated >= (\d+)", jql)
        found = self.with_label(label[1])
        if since:
            found = [each for each in found if each.updated.timestamp() * 1000 >= int(since[1])]
            found.sort(key=lambda each: each.updated)
        start, most = int(request.url.params.get("nextPageToken", 0)), int(request.url.params["maxResults"])
        page = {"issues": [self._shown(each) for each in found[start : start + most]]}
        is_last = start + most >= len(found)
        return _given(page | {"isLast": is_last} | ({} if is_last else {"nextPageToken": str(start + most)}))

    def _edit(self, request, body, key):
        issue = self.issues[key]
        issue.fields |= body["fields"]
        added = [each["add"] for each in body["update"]["labels"]]
        issue.fields["labels"] = list(dict.fromkeys([*issue.fields["labels"], *added]))
        self._touch(issue)
        return httpx.Response(204)

    def _transitions(self, request, body, key):
        offered = self.workflow[self.issues[key].status]
        return _given(
            {"transitions": [{"id": _transition(name), "name": name, "to": _status(name)} for name in offered]}
        )

    def _move(self, request, body, key):
        offered = {_transition(name): name for name in self.workflow[self.issues[key].status]}
        if body["transition"]["id"] not in offered:
            return _refused(400, "It seems that you have tried to perform a workflow operation that is not valid")
        self.issues[key].status = offered[body["transition"]["id"]]
        self._touch(self.issues[key])
        return httpx.Response(204)

    def _list_comments(self, request, body, key):
        params = request.url.params
        start, most = int(params["startAt"]), min(3, int(params["maxResults"]))
        newest = self.issues[key].comments[::-1]
        return _given({"startAt": start, "total": len(newest), "comments": newest[start : start + most]})

    def _comment(self, request, body, key):
        if not _is_readable(body["body"]):
            return _refused(400, "INVALID_INPUT")
        said = {each["key"]: each["value"] for each in body["properties"]}
        is_public = self.shows_comments or not said.get("sd.public.comment", {}).get("internal")
        comment = {"id": str(next(self._comments)), **body, "jsdPublic": is_public, "renderedBody": None}
        self.issues[key].comments.append(comment)
        self._touch(self.issues[key])
        return _given(comment, 201)

    def _shown(self, issue):
        updated = issue.updated.strftime("%Y-%m-%dT%H:%M:%S.") + f"{issue.updated.microsecond // 1000:03d}+0000"
        assignee = {"displayName": issue.assignee, "accountId": "7c"} if issue.assignee else None
        fields = {"labels": issue.fields["labels"], "status": _status(issue.status), "updated": updated}
        return {"id": "10", "key": issue.key, "fields": fields | {"assignee": assignee, "customfield_1": None}}


def text_of(document: dict) -> str:
    """What the document reads as."""
    (paragraph,) = document["content"]
    return "".join("\n" if node["type"] == "hardBreak" else node["text"] for node in paragraph["content"])


def _is_readable(document: dict) -> bool:
    texts = [node["text"] for node in document["content"][0]["content"] if node["type"] == "text"]
    return all(texts) and sum(map(len, texts)) <= LONGEST_TEXT


def _status(name: str) -> dict:
    return {"name": name, "statusCategory": {"key": STATUSES[name], "name": name}}


def _transition(name: str) -> str:
    return str(100 + list(STATUSES).index(name))


def _given(body: object, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=body)


def _refused(status: int, message: str) -> httpx.Response:
    return httpx.Response(status, json={"errorMessages": [message], "errors": {}})
