"""Our records in the words RT takes them in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC
from hashlib import sha256
from types import MappingProxyType

from connectors.desks.plain_text import one_line, plain
from connectors.desks.request_tracker.client import Body
from models import Comment, Priority, Ticket
from models.errors import SetupError

LONGEST_SUBJECT_BYTES = 200
"""RT cuts what is longer without a word."""

LONGEST_VALUE_BYTES = 255
"""RT keeps longer values elsewhere, and does not find them there unless they are ASCII."""

PRIORITY_NUMBERS: Mapping[Priority, int] = MappingProxyType(
    {Priority.URGENT: 100, Priority.HIGH: 75, Priority.MEDIUM: 50, Priority.LOW: 0}
)
"""RT shows 0 as Low, 50 as Medium and 100 as High."""


@dataclass(frozen=True, slots=True)
class FieldNames:
    """Names of RT's custom fields. All but `external_id` may be empty: then that fact is not sent.

    Two installations that share one RT take two names for `external_id`: it is looked for in every queue.
    """

    external_id: str = "ExternalId"
    channel: str = "Channel"
    tags: str = "Tags"
    reach: str = "AuthorReach"

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[^{}'\"\\]+", self.external_id):
            raise SetupError(f"request_tracker: {self.external_id!r} cannot be searched for as a custom field's name")


@dataclass(frozen=True, slots=True)
class Form:
    """How this installation fills in a ticket."""

    queue: str
    requestor_domain: str
    fields: FieldNames
    priorities: Mapping[Priority, int]

    def ticket(self, ticket: Ticket) -> Body:
        filled: Body = {
            "Queue": self.queue,
            "Subject": one_line(ticket.subject, longest_bytes=LONGEST_SUBJECT_BYTES),
            "Priority": self.priorities[ticket.priority],
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

    def _custom_fields(self, ticket: Ticket) -> dict[str, str | list[str]]:
        values: dict[str, str | list[str]] = {
            self.fields.channel: one_line(ticket.channel, longest_bytes=LONGEST_VALUE_BYTES),
            self.fields.tags: [one_line(tag, longest_bytes=LONGEST_VALUE_BYTES) for tag in ticket.tags],
            self.fields.reach: "" if ticket.reach is None else str(ticket.reach),
            self.fields.external_id: kept_id(ticket.external_id),
        }
        return {name: value for name, value in values.items() if name and value}


def kept_id(external_id: str) -> str:
    """The external id as RT holds it: itself, or its beginning and a digest where it would not be found again."""
    whole = plain(external_id)
    if len(whole.encode()) <= LONGEST_VALUE_BYTES:
        return whole
    return f"{one_line(whole, longest_bytes=LONGEST_VALUE_BYTES - 33)}:{_digest(whole)}"


def quoted(value: str) -> str:
    """A TicketSQL string."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def note_subject(comment: Comment) -> str:
    """RT lists a note's subject in the ticket's history, so a note is found by it without reading its text."""
    return f"Earshot note {_digest(comment.key)}"


def address(handle: str, channel: str, domain: str) -> str:
    """One address per person and channel: `@alice` on x becomes `alice@x.social.invalid`."""
    bare = handle.strip().lstrip("@")
    local = re.sub(r"[^A-Za-z0-9_+-]+", ".", bare).strip(".")[:40]
    if local != bare:
        # Two people must not become one because some of their letters cannot stand in an address.
        local = f"{local}.{_digest(bare)[:8]}".lstrip(".")
    host = re.sub(r"[^a-z0-9]+", "-", channel.lower())[:63].strip("-")
    return f"{local}@{host}.{domain}" if host else f"{local}@{domain}"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", errors="replace")).hexdigest()[:32]
