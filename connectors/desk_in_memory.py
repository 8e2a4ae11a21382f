"""A desk that lives in this process: the same promises as a real one, every effect countable, every fault on call.

For trying Earshot out and for tests of whatever delivers to a desk. It forgets everything when the process ends.
"""

from collections import deque
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from itertools import count
from threading import Lock

from connectors.desks.plain_text import plain
from models import Comment, Receipt, StandingPage, Ticket, TicketStanding, TicketStatus, TicketUpdate
from models.errors import AccessError, PermanentError, RetryableError, UnknownOutcomeError


class DeskFault(StrEnum):
    BEFORE = "before"
    """The effect certainly did not take place."""
    AFTER_COMMIT = "after_commit"
    """The effect took place and the answer was lost."""
    LOST = "lost"
    """The effect did not take place, and the caller cannot know."""
    ACCESS = "access"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class HeldTicket:
    reference: str
    ticket: Ticket
    body: str
    """As the desk stored it."""


@dataclass(frozen=True, slots=True)
class HeldComment:
    reference: str
    ticket_reference: str
    comment: Comment
    body: str


class DeskInMemory:
    """A `Desk`. Like a real one it makes a second ticket when it is told to create twice."""

    name = "in_memory"

    def __init__(self) -> None:
        self.tickets: list[HeldTicket] = []
        self.comments: list[HeldComment] = []
        self.changes: list[TicketStanding] = []
        """Every change of a status, oldest first."""
        self.lookups = 0
        """How often it was asked for a ticket or a note."""
        self._effect_faults: deque[DeskFault] = deque()
        self._lookup_faults: deque[DeskFault] = deque()
        self._numbers = count(1)
        self._lock = Lock()

    def fail_next_effects(self, *faults: DeskFault) -> None:
        """The next creates and comments meet these, one each, in order; then all is well again."""
        self._effect_faults.extend(faults)

    def fail_next_lookups(self, *faults: DeskFault) -> None:
        """The same for `check`, `find_ticket` and `find_comment`."""
        self._lookup_faults.extend(faults)

    def check(self) -> None:
        _meet_before(self._next(self._lookup_faults), "check")

    def find_ticket(self, external_id: str) -> Receipt | None:
        self._look_up("find_ticket")
        held = self._held(external_id)
        return None if held is None else Receipt(held.reference, found=True)

    def create_ticket(self, ticket: Ticket) -> Receipt:
        fault = self._next(self._effect_faults)
        _meet_before(fault, "create_ticket")
        with self._lock:
            held = HeldTicket(str(next(self._numbers)), ticket, plain(ticket.body))
            self.tickets.append(held)
        _meet_after(fault, "create_ticket")
        return Receipt(held.reference)

    def find_comment(self, comment: Comment) -> Receipt | None:
        self._look_up("find_comment")
        for held in self.comments:
            if (held.comment.external_id, held.comment.key) == (comment.external_id, comment.key):
                return Receipt(held.reference, found=True)
        return None

    def add_comment(self, comment: Comment) -> Receipt:
        fault = self._next(self._effect_faults)
        _meet_before(fault, "add_comment")
        with self._lock:
            ticket = self._held(comment.external_id)
            if ticket is None:
                raise RetryableError(f"in_memory: no ticket {comment.external_id!r} yet to add a note to")
            held = HeldComment(str(next(self._numbers)), ticket.reference, comment, plain(comment.body))
            self.comments.append(held)
        _meet_after(fault, "add_comment")
        return Receipt(held.reference)

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        fault = self._next(self._effect_faults)
        _meet_before(fault, "update_ticket")
        with self._lock:
            held = self._held(update.external_id)
            if held is None:
                raise RetryableError(f"in_memory: no ticket {update.external_id!r} yet to change")
            ticket = held.ticket
            changed = replace(
                ticket,
                priority=update.priority or ticket.priority,
                team=update.team or ticket.team,
                tags=tuple(dict.fromkeys((*ticket.tags, *update.add_tags))),
            )
            self.tickets[self.tickets.index(held)] = replace(held, ticket=changed)
            if update.status is not None:
                self._stand(held, update.status)
        return Receipt(held.reference)

    def standings(self, cursor: str | None) -> StandingPage:
        self._look_up("standings")
        seen = int(cursor) if cursor and cursor.isdecimal() else len(self.changes)
        return StandingPage(self.changes[seen:], str(len(self.changes)))

    def set_status(self, external_id: str, status: TicketStatus, *, assignee: str | None = None) -> None:
        """As somebody at the desk would."""
        with self._lock:
            held = self._held(external_id)
            if held is not None:
                self._stand(held, status, assignee)

    def _stand(self, held: HeldTicket, status: TicketStatus, assignee: str | None = None) -> None:
        at = datetime.now(UTC)
        found = TicketStanding(held.reference, held.ticket.external_id, status, status.value, at, assignee)
        self.changes.append(found)

    def _held(self, external_id: str) -> HeldTicket | None:
        return next((held for held in self.tickets if held.ticket.external_id == external_id), None)

    def _look_up(self, what: str) -> None:
        with self._lock:
            self.lookups += 1
        _meet_before(self._next(self._lookup_faults), what)

    def _next(self, faults: deque[DeskFault]) -> DeskFault | None:
        with self._lock:
            return faults.popleft() if faults else None


def _meet_before(fault: DeskFault | None, what: str) -> None:
    match fault:
        case DeskFault.BEFORE:
            raise RetryableError(f"in_memory: {what}: no connection, as the test asked")
        case DeskFault.LOST:
            raise UnknownOutcomeError(f"in_memory: {what}: no answer and no effect, as the test asked")
        case DeskFault.ACCESS:
            raise AccessError(f"in_memory: {what}: refused the credentials, as the test asked")
        case DeskFault.REFUSED:
            raise PermanentError(f"in_memory: {what}: refused the request, as the test asked")


def _meet_after(fault: DeskFault | None, what: str) -> None:
    if fault is DeskFault.AFTER_COMMIT:
        raise UnknownOutcomeError(f"in_memory: {what}: done, and the answer lost, as the test asked")
