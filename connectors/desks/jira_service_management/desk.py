"""Our tickets as requests of one type in Jira Service Management (Cloud).

Jira must hold the request type with the fields Summary, Description and Labels on its form, and nothing else required;
the token's user is an agent of the project.
"""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import httpx

from connectors.desks.jira_service_management import records
from connectors.desks.jira_service_management.client import PAGE_SIZE, JiraClient
from connectors.desks.jira_service_management.wire import JiraIssue
from connectors.desks.mapping import DeskWords
from connectors.desks.since import Listed, standings_since
from connectors.quota import Quota
from models import Comment, Receipt, StandingPage, Ticket, TicketStatus, TicketUpdate
from models.errors import AccessError, PermanentError, RetryableError, SetupError

MOST_PAGES = 50
"""Of comments on one request."""

log = logging.getLogger(__name__)


class JiraDesk:
    """A `Desk`."""

    name = "jira_service_management"

    def __init__(
        self,
        url: str,
        email: str,
        token: str,
        *,
        project: str,
        service_desk_id: str,
        request_type_id: str,
        words: DeskWords | None = None,
        quota: Quota | None = None,
        page_size: int = PAGE_SIZE,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_seconds: float = 30.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url.rstrip("/")
        self._project = project
        self._service_desk, self._request_type = service_desk_id, request_type_id
        self._words = words or DeskWords(records.PRIORITIES)
        self._now, self._page_size = now, page_size
        self._form: frozenset[str] | None = None
        self._client = JiraClient(
            self._url, email, token, quota=quota, timeout_seconds=timeout_seconds, transport=transport, sleep=sleep
        )

    def check(self) -> None:
        self._client.me()
        try:
            project = self._client.service_desk(self._service_desk).project_key
            form = self._client.form(self._service_desk, self._request_type)
        except (PermanentError, AccessError) as error:
            raise SetupError(
                f"jira_service_management: no service desk {self._service_desk} with request type"
                f" {self._request_type} for this token: set EARSHOT_JIRA_SERVICE_DESK_ID and"
                " EARSHOT_JIRA_REQUEST_TYPE_ID, and make the token's user an agent of the project"
            ) from error
        if project != self._project:
            raise SetupError(
                f"jira_service_management: service desk {self._service_desk} belongs to project {project!r}, and"
                f" EARSHOT_JIRA_PROJECT is {self._project!r}"
            )
        self._check_form({field.id: field.required for field in form})
        missing = sorted(set(self._words.priorities.values()) - set(self._client.priorities()))
        if missing:
            raise SetupError(
                f"jira_service_management: there is no priority {missing[0]!r}: set EARSHOT_DESK_PRIORITIES"
            )

    def find_ticket(self, external_id: str) -> Receipt | None:
        found = self._find(external_id)
        return None if found is None else self._receipt(found.key, found=True)

    def create_ticket(self, ticket: Ticket) -> Receipt:
        priority, tags = self._words.priority(ticket.priority), self._words.tags(ticket.tags)
        key = self._client.create_request(
            records.request(
                ticket, service_desk=self._service_desk, request_type=self._request_type, form=self._form_fields(),
                priority=priority, tags=tags,
            )
        )  # fmt: skip
        if "priority" not in self._form_fields():
            self._set_priority(key, priority)
        return self._receipt(key)

    def find_comment(self, comment: Comment) -> Receipt | None:
        issue = self._find(comment.external_id)
        if issue is None:
            return None
        id = self._find_note(issue.key, records.note_key(comment))
        return None if id is None else self._note_receipt(issue.key, id, found=True)

    def add_comment(self, comment: Comment) -> Receipt:
        issue = self._there(comment.external_id, "add a note to")
        made = self._client.create_comment(issue.key, records.note(comment))
        if made.is_public:
            raise AccessError(
                f"jira_service_management: comment {made.id} on {issue.key} was made visible to customers: delete it,"
                " and give the token's user the project role Service Desk Team, without which no comment is internal"
            )
        return self._note_receipt(issue.key, made.id)

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        issue = self._there(update.external_id, "change")
        fields = {} if update.priority is None else {"priority": {"name": self._words.priority(update.priority)}}
        labels = records.labels(self._words.tags(update.add_tags), update.team)
        if fields or labels:
            self._client.edit(issue.key, fields=fields, add_labels=labels)
        if update.status is not None:
            self._move(issue.key, update.status)
        return self._receipt(issue.key, found=True)

    def standings(self, cursor: str | None) -> StandingPage:
        return standings_since(self._changed_since, cursor, now=self._now(), page_size=self._page_size)

    def _changed_since(self, since: datetime, page: int) -> Sequence[Listed]:
        """By a number of milliseconds, since Jira reads a written time in the zone of the token's user."""
        at = int(since.timestamp() * 1000)
        jql = f'project = "{self._project}" AND labels = {records.OURS} AND updated >= {at} ORDER BY updated ASC'
        found = self._client.search(jql, most=self._page_size)
        for _ in range(page - 1):
            if found.next_page is None:
                return []
            found = self._client.search(jql, page=found.next_page, most=self._page_size)
        lines = []
        for issue in found.issues:
            changed_at = (issue.fields.updated or since).astimezone(UTC)
            lines.append(Listed(issue.key, changed_at, records.standing(issue, changed_at=changed_at)))
        return lines

    def _check_form(self, required: dict[str, bool]) -> None:
        where = f"the form of request type {self._request_type}"
        missing = [name for name in ("summary", "description", "labels") if name not in required]
        if missing:
            raise SetupError(
                f"jira_service_management: {where} has no field {missing[0]!r}, and without it no ticket could be made"
                " or found again: add it (Project settings, Request types, the request form)"
            )
        others = [name for name, is_required in required.items() if is_required and name not in records.FILLED]
        if others:
            raise SetupError(f"jira_service_management: {where} requires {others[0]!r}, which we cannot know: relax it")

    def _form_fields(self) -> frozenset[str]:
        if self._form is None:
            self._form = frozenset(field.id for field in self._client.form(self._service_desk, self._request_type))
        return self._form

    def _find(self, external_id: str) -> JiraIssue | None:
        """The oldest, in whatever project it is by now."""
        wanted = records.label_of(external_id)
        found = self._client.search(f'labels = "{wanted}" ORDER BY created ASC', most=10).issues
        return next((issue for issue in found if wanted in issue.fields.labels), None)

    def _there(self, external_id: str, what: str) -> JiraIssue:
        found = self._find(external_id)
        if found is None:
            raise RetryableError(f"jira_service_management: no ticket {external_id!r} yet to {what}")
        return found

    def _set_priority(self, key: str, priority: str) -> None:
        """Where the form does not take it. The request stands: that this failed must not make a second one."""
        try:
            self._client.edit(key, fields={"priority": {"name": priority}})
        except (RetryableError, PermanentError, AccessError) as error:
            log.warning("jira_service_management: %s was made, but without its priority: %s", key, error)

    def _find_note(self, issue: str, key: str) -> str | None:
        start = 0
        for _ in range(MOST_PAGES):
            page = self._client.comments(issue, start)
            for comment in page.comments:
                wanted = {"key": key}
                if any(each.key == records.OURS and each.value == wanted for each in comment.properties):
                    return comment.id
            start += len(page.comments)
            if not page.comments or start >= page.total:
                return None
        raise PermanentError(f"jira_service_management: {issue} has too many comments; look at it by hand")

    def _move(self, issue: str, wanted: TicketStatus) -> None:
        """A workflow allows only some ways from where a request stands, and may not know all of our statuses."""
        stands = records.status(self._client.issue(issue).fields.status)
        if stands is wanted:
            return
        offered = self._client.transitions(issue)
        transition = records.transition_to(wanted, offered)
        if transition is None and stands is records.nearly(wanted):
            return
        transition = transition or records.transition_to(records.nearly(wanted), offered)
        if transition is None:
            raise PermanentError(
                f"jira_service_management: from where {issue} stands its workflow has no way to a status that means"
                f" {wanted.value}: move it by hand, or add a transition to the workflow"
            )
        try:
            self._client.move(issue, transition.id)
        except PermanentError:
            # Where an answer was lost and the second try was refused, it stands where it should all the same.
            if records.status(self._client.issue(issue).fields.status) is not records.status(transition.to):
                raise

    def _receipt(self, key: str, *, found: bool = False) -> Receipt:
        return Receipt(reference=key, url=f"{self._url}/browse/{key}", found=found)

    def _note_receipt(self, key: str, id: str, *, found: bool = False) -> Receipt:
        return Receipt(reference=id, url=f"{self._url}/browse/{key}?focusedCommentId={id}", found=found)
