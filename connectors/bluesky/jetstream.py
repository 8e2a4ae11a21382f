"""Deletions of posts and states of accounts, from a Jetstream: a public stream of all that happens on the network.

Nobody can say here which posts are held, so the deletions of everybody's posts come; whoever stores them knows.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, WebSocketException
from websockets.sync.client import connect
from websockets.sync.connection import Connection

from connectors.bluesky.records import CHANNEL
from connectors.bluesky.wire import POST, Wire
from models import AccountState, Deletion, Departure, Page
from models.errors import AccessError, RetryableError, SetupError

OVERLAP = timedelta(seconds=5)
"""Read again, since a stream may continue on another server whose clock differs."""
STATES = {
    "deactivated": AccountState.DEACTIVATED,
    "suspended": AccountState.SUSPENDED,
    "takendown": AccountState.SUSPENDED,
    "deleted": AccountState.DELETED,
}
LONGEST_EVENT_BYTES = 2**20
MOST_UNREAD = 100
"""So many events and none of them readable: the stream has changed its form."""


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long and how much is read in one pull."""

    seconds: float = 5.0
    events: int = 20_000
    changes: int = 500
    rest: timedelta = timedelta(seconds=10)
    """Once all was read, the stream is not opened again before this has passed."""
    open_seconds: float = 10.0


class Commit(Wire):
    operation: str = ""
    collection: str = ""
    rkey: str = ""


class AccountChange(Wire):
    active: bool
    status: str | None = None


class Event(Wire):
    did: str
    time_us: int = Field(alias="time_us")
    commit: Commit | None = None
    account: AccountChange | None = None


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    time_us: int


@dataclass
class _Read:
    """What one connection brought."""

    account: str
    last_us: int | None = None
    deletions: list[Deletion] = field(default_factory=list)
    departures: list[Departure] = field(default_factory=list)

    def take(self, event: Event) -> None:
        self.last_us = max(event.time_us, self.last_us or 0)
        at = _instant(event.time_us)
        if event.commit and (event.commit.operation, event.commit.collection) == ("delete", POST):
            uri = f"at://{event.did}/{POST}/{event.commit.rkey}"
            self.deletions.append(Deletion(CHANNEL, self.account, uri, at))
        if event.account:
            state = AccountState.ACTIVE if event.account.active else STATES.get(event.account.status or "")
            if state:
                self.departures.append(Departure(CHANNEL, event.did, state, at))


class BlueskyJetstream:
    """A `connectors.base.Source` without mentions. Without an address it says nothing."""

    name = CHANNEL

    def __init__(
        self,
        address: str | None,
        *,
        account: str,
        patience: Patience = Patience(),
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Raises: SetupError when the address is none of a stream."""
        if address is not None and urlsplit(address).scheme not in ("ws", "wss"):
            raise SetupError("EARSHOT_BLUESKY_JETSTREAM has to begin with wss://")
        self._address = address
        self._account = account
        self._patience = patience
        self._now = now

    def pull(self, cursor: str | None) -> Page:
        """See `Source.pull`. Reads until it has reached the present, or for as long as its patience lasts.

        The very first pull begins now: what was deleted before is found by asking again for the posts themselves.
        """
        began, last = self._now(), _read_cursor(cursor)
        if self._address is None or (last and timedelta(0) <= began - last < self._patience.rest):
            return Page((), cursor or "")
        since = (last or began) - OVERLAP
        read = self._listen(_at(self._address, since), after=last or since, until=began)
        reached = last or since if read.last_us is None else max(_instant(read.last_us), last or since)
        text = _Form(time_us=_microseconds(reached)).model_dump_json()
        return Page((), text, deletions=read.deletions, departures=read.departures)

    def _listen(self, address: str, *, after: datetime, until: datetime) -> _Read:
        """What happened up to `until`, or less where it is much. What was read before, up to `after`, does not count:
        else a busy moment could fill every page anew."""
        read, already = _Read(self._account), 0
        try:
            with connect(
                address,
                open_timeout=self._patience.open_seconds,
                close_timeout=0.2,  # the stream goes on sending: nobody waits for it to hear us
                max_size=LONGEST_EVENT_BYTES,
                user_agent_header="Earshot",
            ) as stream:
                for event in self._events(stream):
                    read.take(event)
                    changes = len(read.deletions) + len(read.departures)
                    already = changes if event.time_us <= _microseconds(after) else already
                    is_full = changes - already >= self._patience.changes
                    if is_full or event.time_us >= _microseconds(until):
                        return read
        except InvalidStatus as error:
            raise _refused(error.response.status_code) from error
        except (OSError, InvalidHandshake, WebSocketException) as error:
            if read.last_us is None:  # what came before it broke is kept, and the rest is read next time
                message = f"bluesky_jetstream: no connection ({type(error).__name__}); will be tried again"
                raise RetryableError(message) from error
        return read

    def _events(self, stream: Connection) -> Iterator[Event]:
        """An event that cannot be read is passed over: it is one of the whole network's. All of them are a fault."""
        deadline, unread = time.monotonic() + self._patience.seconds, 0
        for number in range(self._patience.events):
            try:
                text = stream.recv(timeout=max(0.0, deadline - time.monotonic()))
            except TimeoutError:
                return
            except ConnectionClosed:
                if not number:
                    raise
                return
            try:
                yield Event.model_validate_json(text)
            except ValidationError:
                unread += 1
                if unread == number + 1 >= MOST_UNREAD:
                    raise RetryableError(f"bluesky_jetstream: {unread} events, and none could be read") from None


def _refused(status: int) -> RetryableError | AccessError:
    if status == 429 or status >= 500:
        return RetryableError(f"bluesky_jetstream: {status}; will be tried again")
    return AccessError(f"bluesky_jetstream: {status}; is EARSHOT_BLUESKY_JETSTREAM the address of a Jetstream?")


def _at(address: str, since: datetime) -> str:
    parts = urlsplit(address)
    path = parts.path if parts.path.strip("/") else "/subscribe"
    query = urlencode({"wantedCollections": POST, "cursor": _microseconds(since)})
    return urlunsplit(parts._replace(path=path, query="&".join(filter(None, [parts.query, query]))))


def _read_cursor(text: str | None) -> datetime | None:
    """An unreadable cursor reads as none."""
    try:
        return _instant(_Form.model_validate_json(text or "").time_us)
    except (ValidationError, OverflowError, ValueError):
        return None


def _instant(time_us: int) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(microseconds=time_us)


def _microseconds(at: datetime) -> int:
    return (at - datetime.fromtimestamp(0, UTC)) // timedelta(microseconds=1)
