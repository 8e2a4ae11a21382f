"""The ports: what every channel and every desk promises, in words; `tests/contracts/` holds each of them to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from models import (
    AuthoredBy,
    Capabilities,
    Comment,
    MayReply,
    Mention,
    Page,
    Receipt,
    Recheck,
    Reply,
    StandingPage,
    Surroundings,
    Ticket,
    TicketStanding,
    TicketUpdate,
)


class Source(Protocol):
    """A place mentions are pulled from."""

    name: str
    """Channel name as it stands in `Mention.channel`."""

    def pull(self, cursor: str | None) -> Page:
        """The next mentions after `cursor` (None: from the beginning of what the platform still shows).

        May repeat a mention; must never skip one: whoever stores the page and keeps its cursor has lost nothing.
        An empty page means there is nothing new now. Mentions come oldest first. Our own words are no mentions: they
        come as bystanders or not at all. A repost without words of its own comes in `Page.reposts`.

        Raises: RetryableError, AccessError.
        """
        ...


class Channel(Protocol):
    """A place mentions can be answered on."""

    name: str

    def capabilities(self, mention: Mention) -> Capabilities:
        """What can be done with this very item; no call is made."""
        ...

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        """Whether this mention can be answered from here now, by a person or by automation, and how long the answer
        may be. `is_private` None: the way it was said. `mention` is the newest its author said in the conversation:
        reply windows are counted from it.

        Raises: RetryableError, AccessError.
        """
        ...

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        """Send it. A repeat with the same `reply.key` shows it once: what is there already is found, or the platform
        knows the key. Where neither can be, one that was `reply.perhaps_sent` is refused with PermanentError and never
        sent again, and whoever repeats it without saying so sends it twice.

        Raises: RetryableError, UnknownOutcomeError, PermanentError, AccessError.
        """
        ...

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        """Parents, threads, last seven days and fuller author facts of mentions that came without; empty where the
        platform shows none. A source that pulls gives all this with its page, and is not asked.

        Of a message whose push carried no words (`Page.wordless`; its `text` is empty) the words come in `read`, or
        `unreadable` says why they cannot be had. Our own words come as a bystander instead.

        Raises: RetryableError, AccessError.
        """
        ...

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """Mention id → whether it still stands, as few calls as the platform allows. One left out counts as unknown.

        Raises: RetryableError, AccessError.
        """
        ...


@runtime_checkable
class Hides(Protocol):
    """A channel on which we can hide what others said under a post of ours; `Capabilities.hide` says which of it."""

    def hide(self, mention: Mention, *, hidden: bool) -> Receipt:
        """Hide it from others, or show it again. Setting the same twice changes nothing. Nothing is deleted.

        Raises: RetryableError, UnknownOutcomeError, PermanentError, AccessError.
        """
        ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver answers a platform with."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


class Signed(Protocol):
    """What every receiver of pushes promises: who sent it is known before a byte of it is read."""

    name: str
    """The address it is reached at: `/hooks/<name>`."""
    longest_body_bytes: int

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        """The answer to the platform's GET; None refuses it."""
        ...

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        """The delivery's own id, which is kept so that a repeat is known; None where the platform gives none (then the
        digest of the body stands for it). Header names are lower case. Compares in constant time.

        Raises: SignatureError.
        """
        ...

    def answer(self, body: bytes) -> Answer:
        """The answer to a push that was kept; most platforms want an empty 200."""
        ...


class Receiver(Signed, Protocol):
    """A place mentions are pushed to."""

    def parse(self, body: bytes, *, received_at: datetime) -> Page:
        """What was pushed; `Page.cursor` is empty. A part that cannot be read is rejected alone. Pure: no call is made,
        so a message that is pushed without its words comes in `Page.wordless`.

        Any permutation of late and doubled pushes leads to the same stored state.
        """
        ...


class DeskReceiver(Signed, Protocol):
    """A place a desk pushes changes of its tickets to."""

    def parse(self, body: bytes, *, received_at: datetime) -> Sequence[TicketStanding]:
        """What changed; empty where the push tells of nothing we know. Raises: RecordError."""
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

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        """Set priority, team, tags or status; a repeat changes nothing. Raises like `create_ticket`; never
        UnknownOutcomeError."""
        ...

    def standings(self, cursor: str | None) -> StandingPage:
        """Status changes since `cursor` (None: from now on), of our tickets. Empty where the desk cannot be asked.

        Raises: RetryableError, AccessError.
        """
        ...
