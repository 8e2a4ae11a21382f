"""Jira Cloud's two interfaces, the platform's and the service desk's: paths and JSON. Knows nothing of our records."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import quote

import httpx
from pydantic import TypeAdapter

from connectors.desks.answers import read
from connectors.desks.jira_service_management import wire
from connectors.http import open_client, send
from connectors.quota import Quota

VENDOR = "jira_service_management"
PAGE_SIZE = 100

Kind = TypeVar("Kind")
Body = Mapping[str, Any]


class JiraClient:
    """One site, one user's token."""

    def __init__(
        self,
        url: str,
        email: str,
        token: str,
        *,
        quota: Quota | None = None,
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._http = open_client(
            f"{url.rstrip('/')}/rest",
            timeout_seconds=timeout_seconds,
            headers={"Accept": "application/json", "X-ExperimentalApi": "opt-in"},
            transport=transport,
        )
        self._http.auth = httpx.BasicAuth(email, token)
        self._quota, self._sleep = quota, sleep

    def me(self) -> wire.JiraUser:
        return self._get(wire.USER, "/api/3/myself")

    def service_desk(self, id: str) -> wire.JiraServiceDesk:
        return self._get(wire.SERVICE_DESK, f"/servicedeskapi/servicedesk/{quote(id, safe='')}")

    def form(self, service_desk: str, request_type: str) -> list[wire.JiraFormField]:
        path = f"/servicedeskapi/servicedesk/{quote(service_desk, safe='')}/requesttype/{quote(request_type, safe='')}"
        return self._get(wire.FORM, f"{path}/field").fields

    def priorities(self) -> list[str]:
        return [each.name for each in self._get(wire.NAMES, "/api/3/priority")]

    def search(self, jql: str, *, page: str | None = None, most: int) -> wire.JiraFound:
        """`page`: the token of the page before; None: the first."""
        params: dict[str, str | int] = {"jql": jql, "fields": "labels,status,assignee,updated", "maxResults": most}
        params |= {} if page is None else {"nextPageToken": page}
        return self._get(wire.FOUND, "/api/3/search/jql", params)

    def issue(self, key: str) -> wire.JiraIssue:
        """As it stands now; a search can lag a little behind."""
        return self._get(wire.ISSUE, f"/api/3/issue/{key}", {"fields": "labels,status,assignee,updated"})

    def create_request(self, request: Body) -> str:
        """The new issue's key."""
        response = self._send("POST", "/servicedeskapi/request", json=request)
        return read(wire.MADE_REQUEST, response, f"{VENDOR}: POST request", was_made=True).key

    def edit(self, issue: str, *, fields: Body, add_labels: Sequence[str] = ()) -> None:
        changes = {"fields": dict(fields), "update": {"labels": [{"add": label} for label in add_labels]}}
        self._send("PUT", f"/api/3/issue/{issue}", repeatable=True, json=changes)

    def transitions(self, issue: str) -> list[wire.JiraTransition]:
        """Those its workflow allows from where it stands."""
        return self._get(wire.TRANSITIONS, f"/api/3/issue/{issue}/transitions").transitions

    def move(self, issue: str, transition: str) -> None:
        """Carried out twice it does no harm: the second time its workflow mostly refuses it (PermanentError)."""
        self._send(
            "POST", f"/api/3/issue/{issue}/transitions", repeatable=True, json={"transition": {"id": transition}}
        )

    def comments(self, issue: str, start: int) -> wire.JiraComments:
        """One page, newest first."""
        params: dict[str, str | int] = {"orderBy": "-created", "expand": "properties", "startAt": start}
        return self._get(wire.COMMENTS, f"/api/3/issue/{issue}/comment", params | {"maxResults": PAGE_SIZE})

    def create_comment(self, issue: str, comment: Body) -> wire.JiraComment:
        response = self._send("POST", f"/api/3/issue/{issue}/comment", json=comment)
        return read(wire.COMMENT, response, f"{VENDOR}: POST comment", was_made=True)

    def _get(self, adapter: TypeAdapter[Kind], path: str, params: Mapping[str, str | int] | None = None) -> Kind:
        response = self._send("GET", path, repeatable=True, params=params or {})
        return read(adapter, response, f"{VENDOR}: GET {path}")

    def _send(self, method: str, path: str, *, repeatable: bool = False, **arguments: Any) -> httpx.Response:
        response = send(
            self._http, method, path, vendor=VENDOR, repeatable=repeatable, quota=self._quota, endpoint="api",
            sleep=self._sleep, **arguments,
        )  # fmt: skip
        if self._quota is not None:
            self._quota.used("api")
        return response
