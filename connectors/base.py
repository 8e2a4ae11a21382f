"""The ports: what every channel and every desk promises, in words; `tests/contracts/` holds each of them to it."""

from typing import Protocol

from models import Comment, MayReply, Mention, Page, Receipt, Reply, Ticket


class Source(Protocol):
    """A place mentions are pulled from."""

    name: str
    """Channel name as it stands in `Mention.channel`."""

    def pull(self, cursor: str | None) -> Page:
        """The next mentions after `cursor` (None: from the beginning of what the platform still shows).

        May repeat a mention; must never skip one: whoever stores the page and keeps its cursor has lost nothing.
        An empty page means there is nothing new now. Mentions come oldest first.

        Raises: RetryableError, AccessError.
        """
        ...


class Channel(Protocol):
    """A place mentions can be answered on."""

    name: str

    def may_reply(self, mention: Mention) -> MayReply:
        """Whether this mention can be answered from here, and how long the answer may be."""
        ...

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """Send it. A repeat with the same `reply.key` shows it once.

        Raises: RetryableError, UnknownOutcomeError, PermanentError, AccessError.
        """
        ...


class Desk(Protocol):
    """A support desk that takes tickets."""

    name: str

    def check(self) -> None:
        """Cheap live test of address, credentials and whatever the desk must have been prepared with.

        Raises: SetupError naming what is missing; AccessError; RetryableError.
        """
        ...

    def find_ticket(self, external_id: str) -> Receipt | None:
        """The ticket an earlier try created, if there is one. `Receipt.found` is True."""
        ...

    def create_ticket(self, ticket: Ticket) -> Receipt:
        """Create it, without looking whether it exists: the caller has looked.

        Raises: RetryableError (certainly not created), UnknownOutcomeError (perhaps created), PermanentError,
        AccessError.
        """
        ...

    def find_comment(self, comment: Comment) -> Receipt | None:
        """The note an earlier try added, if there is one."""
        ...

    def add_comment(self, comment: Comment) -> Receipt:
        """Add an internal note to the ticket with `comment.external_id`. Raises like `create_ticket`."""
        ...
