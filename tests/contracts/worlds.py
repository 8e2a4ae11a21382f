"""A world is a place people speak in, with our side of it. Every connector brings one for each part it has.

`World` is for sources, `ChannelWorld` for channels, `ReceiverWorld` for receivers of pushes. A world implements the
small protocols below as far as its platform goes; what it does not implement is not asked of it. One that cannot meet
a particular `Fault` (a mail server has no 402) raises NotImplementedError with the reason: the test is then skipped.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from connectors.base import Channel, Receiver, Source
from models import Mention


class Fault(StrEnum):
    """What a call can meet instead of its answer."""

    RATE_LIMITED = "rate limited"
    """As this vendor says it, in its own unit; the window starts anew in 120 seconds."""
    SERVER_ERROR = "server error"
    TIMEOUT = "timeout"
    UNAUTHORIZED = "unauthorized"
    """401: the credential itself is refused, and a refreshed one as well."""
    PAYMENT_REQUIRED = "payment required"
    FORBIDDEN = "forbidden"
    CUT_SHORT = "cut short"
    """Status 200 and the first half of what would have been the body."""
    NOT_JSON = "not JSON"
    """Status 200 and a page of a proxy."""
    ERROR_IN_200 = "error in 200"
    """Status 200 and an error inside, as this vendor says it."""


RESET_SECONDS = 120


# sources


class World(Protocol):
    def source(self) -> Source:
        """A fresh source on this world, as after a restart: it remembers nothing but the cursor it is given."""
        ...

    def say(self, text: str) -> str:
        """Somebody addresses us; gives the message's native id. Later calls come later in time."""
        ...


@runtime_checkable
class Deletes(Protocol):
    def delete(self, native_id: str) -> None:
        """The author takes the message back."""
        ...


@runtime_checkable
class Edits(Protocol):
    def edit(self, native_id: str, text: str) -> None:
        """The author changes the words; the message keeps its native id."""
        ...


@runtime_checkable
class Reposts(Protocol):
    def repost(self, native_id: str) -> None:
        """Somebody shows the message to their own followers, without words of their own."""
        ...


@runtime_checkable
class SaysOurselves(Protocol):
    def say_ourselves(self, text: str) -> str:
        """Our own account says something where people address us, e.g. an answer; gives its native id."""
        ...


@runtime_checkable
class FailsNext(Protocol):
    def fail_next(self, fault: Fault, times: int = 1) -> None:
        """The next `times` calls that read messages meet this; not the log-in. Raises: NotImplementedError."""
        ...


@runtime_checkable
class PagesTwice(Protocol):
    def page_twice(self) -> None:
        """From now on every page of the platform holds all its items twice, or is delivered twice."""
        ...


@runtime_checkable
class Shuffles(Protocol):
    def shuffle(self) -> None:
        """From now on the items of a page come out of their order, where the platform does not promise one."""
        ...


@runtime_checkable
class AddsUnknownFields(Protocol):
    def add_unknown_fields(self) -> None:
        """From now on every object in an answer has fields nobody has told us of."""
        ...


@runtime_checkable
class SaysUnreadable(Protocol):
    def say_unreadable(self) -> None:
        """An item whose form is wrong stands among the messages."""
        ...


# channels


@dataclass(frozen=True, slots=True)
class Sent:
    """An answer of ours as the platform holds it."""

    text: str
    """With whatever the channel put before it, e.g. the handle."""
    is_private: bool = False


class ChannelWorld(Protocol):
    def channel(self) -> Channel:
        """A fresh channel on this world, as after a restart."""
        ...

    def mention(self) -> Mention:
        """Somebody addresses us, and a person may answer now; another one every time."""
        ...

    def sent(self) -> list[Sent]:
        """What the platform holds of our answers, oldest first."""
        ...


@runtime_checkable
class LosesAnswers(Protocol):
    def lose_next_answer(self) -> None:
        """The next write takes effect, and its answer is lost on the way (a timeout)."""
        ...


@runtime_checkable
class FailsNextWrite(Protocol):
    def fail_next(self, fault: Fault, times: int = 1) -> None:
        """The next `times` writes meet this and take no effect. Raises: NotImplementedError."""
        ...


@runtime_checkable
class CannotLook(Protocol):
    """The platform shows nothing of what we sent and knows no key of ours: what may have been sent is a person's."""

    def cannot_look(self) -> str:
        """Words of the refusal that tell the person so."""
        ...


@runtime_checkable
class SpeaksPrivately(Protocol):
    def private_mention(self) -> Mention:
        """Somebody writes to us in private, and a person may answer now."""
        ...


@runtime_checkable
class Withdraws(Protocol):
    def withdraw(self, mention: Mention) -> None:
        """Its author takes the message back."""
        ...


@runtime_checkable
class ShowsHidden(Protocol):
    """The platform lets us hide what `mention` gives."""

    def is_hidden(self, mention: Mention) -> bool:
        """Whether others do not see it."""
        ...

    def fail_next_hiding(self, fault: Fault, times: int = 1) -> None:
        """The next `times` calls that hide or show meet this. Raises: NotImplementedError."""
        ...


@runtime_checkable
class SaysWithoutWords(Protocol):
    """The platform pushes some messages without their words, and shows them to whoever asks."""

    def wordless_mention(self, text: str) -> Mention:
        """Somebody says this; the message as its push tells of it."""
        ...

    def fail_next_read(self, fault: Fault, times: int = 1) -> None:
        """The next `times` calls that read meet this. Raises: NotImplementedError."""
        ...


# receivers


@dataclass(frozen=True, slots=True)
class Push:
    """What arrives at our address."""

    headers: dict[str, str]
    """Names in lower case."""
    body: bytes


class ReceiverWorld(Protocol):
    def receiver(self) -> Receiver: ...

    def push(self, *texts: str, at: datetime) -> Push:
        """People address us with these words: one push, signed as the platform does at this instant (aware, UTC).
        The same texts in the same call are the same messages every time."""
        ...


@runtime_checkable
class Doubles(Protocol):
    def push_doubled(self, text: str, *, at: datetime) -> Push:
        """One push that holds the very same message twice."""
        ...


@runtime_checkable
class PushesBadEntries(Protocol):
    def push_with_a_bad_one(self, text: str, *, at: datetime) -> Push:
        """One push with this message and an entry whose form is wrong, before it."""
        ...


@runtime_checkable
class PushesWithoutWords(Protocol):
    def push_without_words(self, *, at: datetime) -> Push:
        """One push with a whole message and two whose words are not in it."""
        ...


@runtime_checkable
class TrustsAWord(Protocol):
    """The platform proves itself by a word in a header, and signs nothing: a changed body is not noticed."""

    def trusts_a_word(self) -> str:
        """Name of the header, in lower case."""
        ...


@runtime_checkable
class ShakesHands(Protocol):
    def handshake_query(self) -> dict[str, str]:
        """What the platform asks with when the address is registered; answered with more than None."""
        ...

    def wrong_handshake_query(self) -> dict[str, str]:
        """The same by somebody who does not know our word."""
        ...
