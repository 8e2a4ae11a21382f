"""Our records in the words RT takes them in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from types import MappingProxyType

from connectors.desks.mapping import DeskWords
from connectors.desks.names import address, digest, kept_id
from connectors.desks.plain_text import one_line, plain
from connectors.desks.request_tracker.client import Body, RTTicket
from models import Comment, Priority, Ticket, TicketStatus, TicketUpdate
from models.errors import SetupError

LONGEST_SUBJECT_BYTES = 200
"""RT cuts what is longer without a word."""

LONGEST_VALUE_BYTES = 255
"""RT keeps longer values elsewhere, and does not find them there unless they are ASCII."""

PRIORITY_NUMBERS: Mapping[Priority, int] = MappingProxyType(
    {Priority.URGENT: 100, Priority.HIGH: 75, Priority.MEDIUM: 50, Priority.LOW: 0}
)
"""RT shows 0 as Low, 50 as Medium and 100 as High."""

PRIORITY_WORDS: Mapping[Priority, str] = MappingProxyType({each: str(n) for each, n in PRIORITY_NUMBERS.items()})

STATUS_NAMES: Mapping[TicketStatus, str] = MappingProxyType(
    {
        TicketStatus.NEW: "new",
        TicketStatus.OPEN: "open",
        TicketStatus.PENDING: "stalled",
        TicketStatus.SOLVED: "resolved",
        TicketStatus.CLOSED: "rejected",
    }
)
STATUSES: Mapping[str, TicketStatus] = MappingProxyType(
    {name: status for status, name in STATUS_NAMES.items()} | {"deleted": TicketStatus.CLOSED}
)


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Names of RT's custom fields. All but `external_id` may be empty: then that fact is not sent.

    Two installations that share one RT take two names for `external_id`: it is looked for in every queue.
    """

    external_id: str = "ExternalId"
    channel: str = "Channel"
    tags: str = "Tags"
    reach: str = "AuthorReach"
    team: str = "Team"
    """Filled where RT has it; unlike the others it may be missing there, and RT then drops it."""

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[^{}'\"\\]+", self.external_id):
            raise SetupError(f"request_tracker: {self.external_id!r} cannot be searched for as a custom field's name")


@dataclass(frozen=True, slots=True)
class Form:
    """How this installation fills in a ticket."""

    queue: str
    requestor_domain: str
    fields: FieldNames
    words: DeskWords

    def ticket(self, ticket: Ticket) -> Body:
        filled: Body = {
            "Queue": self.queue,
            "Subject": one_line(ticket.subject, longest_bytes=LONGEST_SUBJECT_BYTES),
            "Priority": int(self.words.priority(ticket.priority)),
            "Content": plain(ticket.body),
            "ContentType": "text/plain",
            "CustomFields": self._custom_fields(ticket),
        }
        if ticket.requestor:
            # The address is made up to give the person a name in RT: nothing may ever be mailed to it.
            invented = address(ticket.requestor, ticket.channel, self.requestor_domain)
            filled |= {"Requestor": invented, "SquelchMailTo": invented}
        if ticket.due_at is not None:
            filled["Due"] = ticket.due_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        return filled

    def changes(self, update: TicketUpdate, ticket: RTTicket) -> Body:
        """What is left to do to bring `ticket` where `update` wants it; nothing where it is there."""
        left: Body = {}
        if update.priority and ticket.priority != self.words.priority(update.priority):
            left["Priority"] = int(self.words.priority(update.priority))
        if update.status and status_of(ticket.status) is not update.status:
            left["Status"] = STATUS_NAMES[update.status]
        fields: dict[str, str | list[str]] = {}
        tags = ticket.values(self.fields.tags) if self.fields.tags else None
        wanted = [one_line(tag, longest_bytes=LONGEST_VALUE_BYTES) for tag in self.words.tags(update.add_tags)]
        if tags is not None and set(wanted) - set(tags):
            # What is sent replaces what is there.
            fields[self.fields.tags] = list(dict.fromkeys((*tags, *wanted)))
        team = ticket.values(self.fields.team) if self.fields.team else None
        new_team = one_line(update.team or "", longest_bytes=LONGEST_VALUE_BYTES)
        if team is not None and new_team and team != [new_team]:
            fields[self.fields.team] = new_team
        return left | ({"CustomFields": fields} if fields else {})

    def _custom_fields(self, ticket: Ticket) -> dict[str, str | list[str]]:
        values: dict[str, str | list[str]] = {
            self.fields.channel: one_line(ticket.channel, longest_bytes=LONGEST_VALUE_BYTES),
            self.fields.tags: [
                one_line(tag, longest_bytes=LONGEST_VALUE_BYTES) for tag in self.words.tags(ticket.tags)
            ],
            self.fields.team: one_line(ticket.team, longest_bytes=LONGEST_VALUE_BYTES),
            self.fields.reach: "" if ticket.reach is None else str(ticket.reach),
            self.fields.external_id: kept_id(ticket.external_id),
        }
        return {name: value for name, value in values.items() if name and value}


def status_of(name: str) -> TicketStatus:
    """A word of a lifecycle we do not know stands for work in progress."""
    return STATUSES.get(name, TicketStatus.OPEN)


def quoted(value: str) -> str:
    """A TicketSQL string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def checked_numbers(words: DeskWords) -> DeskWords:
    """Raises: SetupError where a priority is not a number."""
    for priority, word in words.priorities.items():
        if not word.isascii() or not word.isdecimal():
            raise SetupError(f"request_tracker: priorities are numbers; {priority.value}={word} is none")
    return words


def note_subject(comment: Comment) -> str:
    """RT lists a note's subject in the ticket's history, so a note is found by it without reading its text."""
    return f"Earshot note {digest(comment.key)}"
