"""Our records in Jira's words, and back. Pure."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from connectors.desks.jira_service_management.wire import JiraIssue, JiraStatus, JiraTransition
from connectors.desks.names import kept_id, safe_id
from connectors.desks.plain_text import fitted, one_line, plain
from models import Comment, Priority, Ticket, TicketStanding, TicketStatus

LONGEST_SUMMARY_BYTES = 250
LONGEST_TEXT_BYTES = 30_000
"""Jira refuses a text of more than 32,767 characters."""
LONGEST_LABEL = 200
OURS = "earshot"
"""Label of all our requests."""
FILLED = ("summary", "description", "labels", "priority")
"""Fields of the form that we fill in."""

PRIORITIES: Mapping[Priority, str] = MappingProxyType(
    {Priority.URGENT: "Highest", Priority.HIGH: "High", Priority.MEDIUM: "Medium", Priority.LOW: "Low"}
)
CATEGORIES: Mapping[str, TicketStatus] = MappingProxyType(
    {"new": TicketStatus.NEW, "indeterminate": TicketStatus.OPEN, "done": TicketStatus.SOLVED}
)
NAMES: Mapping[str, TicketStatus] = MappingProxyType(
    {
        "waiting for customer": TicketStatus.PENDING,
        "pending": TicketStatus.PENDING,
        "on hold": TicketStatus.PENDING,
        "closed": TicketStatus.CLOSED,
        "canceled": TicketStatus.CLOSED,
        "cancelled": TicketStatus.CLOSED,
        "declined": TicketStatus.CLOSED,
    }
)
"""Statuses whose category says too little."""


def label_of(external_id: str) -> str:
    """Leads from our id to the request, and back. Labels have no blanks, and 255 characters at most."""
    return f"{OURS}:{safe_id(external_id)}"


def external_id(labels: Iterable[str]) -> str | None:
    return next((label.partition(":")[2] for label in labels if label.startswith(f"{OURS}:")), None)


def labels(tags: Iterable[str], team: str | None = None) -> list[str]:
    named = [*tags, *([f"team-{team}"] if team else [])]
    made = (re.sub(r"\s+", "-", plain(tag).strip())[:LONGEST_LABEL] for tag in named)
    return list(dict.fromkeys(label for label in made if label))


def request(
    ticket: Ticket, *, service_desk: str, request_type: str, form: Collection[str], priority: str, tags: Sequence[str]
) -> dict[str, object]:
    """With the labels in the form, so that Jira makes the request and what it is found by in one step."""
    summary = one_line(ticket.subject, longest_bytes=LONGEST_SUMMARY_BYTES) or "(no subject)"
    values: dict[str, object] = {"summary": summary, "description": document(ticket.body)}
    values["labels"] = [OURS, label_of(ticket.external_id), *labels(tags, ticket.team)]
    if "priority" in form:
        values["priority"] = {"name": priority}
    return {
        "serviceDeskId": service_desk,
        "requestTypeId": request_type,
        "requestFieldValues": values,
        "isAdfRequest": True,
    }


def document(text: str) -> dict[str, object]:
    """The text in Atlassian's document format, in which no letter is markup; lines stay lines."""
    whole = fitted(text, longest_bytes=LONGEST_TEXT_BYTES)
    nodes: list[dict[str, object]] = []
    for number, line in enumerate(whole.split("\n")):
        if number:
            nodes.append({"type": "hardBreak"})
        if line:
            nodes.append({"type": "text", "text": line})
    return {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": nodes}]}


def note(comment: Comment) -> dict[str, object]:
    """Internal, and with the key it is found by, in one step."""
    return {
        "body": document(comment.body),
        "properties": [
            {"key": "sd.public.comment", "value": {"internal": True}},
            {"key": OURS, "value": {"key": note_key(comment)}},
        ],
    }


def note_key(comment: Comment) -> str:
    return kept_id(comment.key)


def status(said: JiraStatus) -> TicketStatus:
    named = NAMES.get(said.name.strip().lower())
    return named or CATEGORIES.get(said.category.key, TicketStatus.OPEN)


def nearly(wanted: TicketStatus) -> TicketStatus:
    """What counts as that status where a workflow does not know it: many know but one end, or no beginning."""
    near = {
        TicketStatus.NEW: TicketStatus.OPEN,
        TicketStatus.OPEN: TicketStatus.NEW,
        TicketStatus.SOLVED: TicketStatus.CLOSED,
        TicketStatus.CLOSED: TicketStatus.SOLVED,
    }
    return near.get(wanted, wanted)


def transition_to(wanted: TicketStatus, offered: Sequence[JiraTransition]) -> JiraTransition | None:
    return next((each for each in offered if status(each.to) is wanted), None)


def standing(issue: JiraIssue, *, changed_at: datetime) -> TicketStanding | None:
    """None where it is not one of ours."""
    if OURS not in issue.fields.labels:
        return None
    person = issue.fields.assignee
    return TicketStanding(
        reference=issue.key,
        external_id=external_id(issue.fields.labels),
        status=status(issue.fields.status),
        status_name=issue.fields.status.name,
        changed_at=(issue.fields.updated or changed_at).astimezone(UTC),
        assignee=person.name if person else None,
    )
