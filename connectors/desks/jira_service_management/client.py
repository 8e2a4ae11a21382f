"""Jira Cloud's two interfaces, the platform's and the service desk's: paths and JSON. Knows nothing of our records."""

from collections.abc import Mapping, Sequence
from typing import Any, Unpack
from urllib.parse import quote

import httpx

from connectors.desks.desk_client import DeskClient, Opening
from connectors.desks.jira_service_management import wire

VENDOR = "jira_service_management"
PAGE_SIZE = 100

Body = Mapping[str, Any]


class JiraClient(DeskClient):
    """One site, one user's token."""

    vendor = VENDOR

    def __init__(self, url: str, email: str, token: str, **opening: Unpack[Opening]) -> None:
        headers, auth = {"X-ExperimentalApi": "opt-in"}, httpx.BasicAuth(email, token)
        super().__init__(f"{url.rstrip('/')}/rest", headers=headers, auth=auth, **opening)

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
        return self._make(wire.MADE_REQUEST, "/servicedeskapi/request", request).key

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
        return self._make(wire.COMMENT, f"/api/3/issue/{issue}/comment", comment)
