"""The world outside, in a file: it remembers across kills what was done to it, and how often."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors.base import Answer
from connectors.connector import Connector, Credential
from models import (
    AuthoredBy,
    Capabilities,
    Comment,
    Edit,
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
    TicketStatus,
    TicketUpdate,
)
from models.change import Presence
from models.errors import PermanentError, RetryableError
from store.queue import Lane
from store.queue_in_memory import QueuesInMemory
from tests.flow.bench import NOW, mention

Reach = Callable[[str], None]


def nowhere(_name: str) -> None:
    """Nobody is to be killed."""


class Effects:
    """What was done to the world: a line each, written in one go, so that a kill leaves it whole or not there."""

    def __init__(self, folder: Path, reach: Reach = nowhere) -> None:
        self._path = folder / "effects.jsonl"
        self._reach = reach

    def do(self, what: str, key: str) -> None:
        self._reach(f"before {what}")
        with self._path.open("ab", buffering=0) as file:
            file.write(json.dumps([what, key]).encode() + b"\n")
        self._reach(f"after {what}")

    def all(self) -> list[tuple[str, str]]:
        lines = self._path.read_bytes().splitlines() if self._path.exists() else []
        return [tuple(json.loads(line)) for line in lines]

    def counted(self) -> Counter[tuple[str, str]]:
        return Counter(self.all())


class DeskOnDisk:
    """A `Desk` that makes a second ticket when it is told to create twice."""

    name = "on_disk"

    def __init__(self, effects: Effects, reach: Reach = nowhere) -> None:
        self._effects = effects
        self._reach = reach

    def check(self) -> None:
        """It is there."""

    def find_ticket(self, external_id: str) -> Receipt | None:
        return self._find("ticket", external_id)

    def create_ticket(self, ticket: Ticket) -> Receipt:
        self._effects.do("ticket", ticket.external_id)
        return Receipt(ticket.external_id)

    def find_comment(self, comment: Comment) -> Receipt | None:
        return self._find("note", f"{comment.external_id} {comment.key}")

    def add_comment(self, comment: Comment) -> Receipt:
        if ("ticket", comment.external_id) not in self._effects.counted():
            raise RetryableError("no such ticket yet")
        self._effects.do("note", f"{comment.external_id} {comment.key}")
        return Receipt(comment.key)

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        self._effects.do("update", update.external_id)
        return Receipt(update.external_id)

    def standings(self, cursor: str | None) -> StandingPage:
        """Every ticket was solved."""
        self._reach("asking the desk")
        if cursor == "told":
            return StandingPage([], "told")
        tickets = sorted({key for what, key in self._effects.all() if what == "ticket"})
        solved = TicketStatus.SOLVED
        return StandingPage([TicketStanding(key, key, solved, "solved", NOW, None) for key in tickets], "told")

    def _find(self, what: str, key: str) -> Receipt | None:
        self._reach(f"looking for a {what}")
        return Receipt(key, found=True) if (what, key) in self._effects.counted() else None


class ChannelOnDisk:
    """A `Channel` that hides, too. It knows the key of an answer; with `is_blind` it cannot be asked, and an answer
    that may have been sent is refused."""

    name = "x"

    def __init__(self, effects: Effects, reach: Reach = nowhere, *, is_blind: bool = False) -> None:
        self._effects = effects
        self._reach = reach
        self._is_blind = is_blind

    def capabilities(self, mention: Mention) -> Capabilities:
        return Capabilities(pull=True, reply_public=True, reply_private=True, hide=True)

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        self._reach("asking whether to answer")
        return MayReply(allowed=True)

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        if self._is_blind and reply.perhaps_sent:
            raise PermanentError("it may have been sent")
        if not self._is_blind and ("answer", reply.key) in self._effects.counted():
            return Receipt(reply.key, found=True)
        self._effects.do("answer", reply.key)
        return Receipt(reply.key)

    def hide(self, mention: Mention, *, hidden: bool) -> Receipt:
        self._effects.do("hidden" if hidden else "shown", mention.id)
        return Receipt(mention.id)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        self._reach("asking for surroundings")
        return Surroundings()

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        """The first is gone, the second has other words."""
        self._reach("asking after messages")
        found: dict[str, Recheck] = {}
        for each in mentions:
            if each.native_id == "1":
                found[each.id] = Recheck(Presence.GONE)
            elif each.native_id == "2" and "other words" not in each.text:
                edit = Edit(mention("other words, thank you", id="2"), each.text, NOW)
                found[each.id] = Recheck(Presence.EDITED, edit)
        return found


class SourceOnDisk:
    """Five messages, two a page; one of them cannot be read."""

    name = "x"

    def __init__(self, messages: Sequence[Mention], reach: Reach = nowhere) -> None:
        self._messages = messages
        self._reach = reach

    def pull(self, cursor: str | None) -> Page:
        self._reach("pulling a page")
        start = int(cursor or 0)
        found = self._messages[start : start + 2]
        return Page(found, str(start + len(found)))


def vendors(reach: Reach = nowhere) -> list[Connector]:
    """Whose credentials are tested: that of the one channel, and that of another vendor, without any."""

    def probe(*_: Any) -> Credential:
        reach("testing a credential")
        return Credential("acme", valid_until=NOW + timedelta(days=3))

    def nobody(*_: Any) -> Any:
        raise AssertionError("the world is asked instead")

    common = {"is_on": lambda _: True, "needs": (), "probe": probe}
    return [
        Connector("x", "X", channels={"x": nobody}, sources={"x": nobody}, **common),
        Connector("another", "Another", channels={}, **common),
    ]


class ReceiverOnDisk:
    """The body of a push is the words of a message."""

    name = "x"
    longest_body_bytes = 1000

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        return None

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        return None

    def parse(self, body: bytes, *, received_at: datetime) -> Page:
        number, _, text = body.decode().partition(" ")
        return Page([mention(text, id=number)], "")

    def answer(self, body: bytes) -> Answer:
        return Answer()


class QueuesOnDisk(QueuesInMemory):
    """What was added outlives the process that added it, as in Redis; `load` takes it up."""

    def __init__(self, folder: Path, reach: Reach = nowhere) -> None:
        super().__init__()
        self._path = folder / "queue.jsonl"
        self._reach = reach

    def enqueue(self, job: str, *arguments: Any, lane: Lane, attempt: int = 0, at_front: bool = False) -> bool:
        self._reach(f"before enqueueing {job}")
        is_new = super().enqueue(job, *arguments, lane=lane, attempt=attempt, at_front=at_front)
        with self._path.open("ab", buffering=0) as file:
            file.write(json.dumps([job, arguments, lane.value, attempt, at_front]).encode() + b"\n")
        self._reach(f"after enqueueing {job}")
        return is_new

    def load(self) -> None:
        lines = self._path.read_bytes().splitlines() if self._path.exists() else []
        for line in lines:
            job, arguments, lane, attempt, at_front = json.loads(line)
            super().enqueue(job, *arguments, lane=Lane(lane), attempt=attempt, at_front=at_front)
