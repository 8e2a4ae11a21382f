"""What does not answer, said on every page: looked at every few seconds at most, whatever the number of visitors."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from weakref import WeakKeyDictionary

from flow.degraded import SLOW_SECONDS, Part, Trouble, troubles
from inbox import wording
from inbox.languages import N_, Sayings
from models.errors import RetryableError
from store.queue import QueueDownError, Queues
from store.store import Store

LOOKED_AT_EVERY = timedelta(seconds=10)

WHAT = Sayings(
    {
        Part.QUEUE: N_("Background work stands still: Redis does not answer"),
        Part.DATABASE: N_("The database answers slowly"),
        Part.CLASSIFIER: N_("The classifier cannot be loaded"),
        Part.MESSAGES: N_("Messages wait for a worker"),
        Part.SINK: N_("Not reached"),
        Part.SOURCE: N_("Not heard"),
        Part.SILENT: N_("Silent for longer than usual"),
    }
)
GOES_ON = Sayings(
    {
        Part.QUEUE: N_("Reading, answering and the register go on; what is sent waits and goes out once it is back."),
        Part.DATABASE: N_("All goes on, later. A page that cannot be written says so, and nothing is half done."),
        Part.CLASSIFIER: N_(
            "Messages are kept and judged once it loads again; clocks count from when the words were said."
        ),
        Part.MESSAGES: N_("They are kept; clocks count from when the words were said."),
        Part.SINK: N_("Complaints are registered all the same; each ticket and answer goes out once, when it is back."),
        Part.SOURCE: N_("All other channels go on; what was missed is read from where it stopped."),
        Part.SILENT: N_("All other channels go on. Look whether the channel is really quiet."),
    }
)
TO_DO = Sayings(
    {
        Part.QUEUE: N_("Start Redis, or “earshot up”."),
        Part.DATABASE: N_("Look at the disk and at what else uses the database."),
        Part.CLASSIFIER: N_("Restore its folder, or go back with “earshot classifier rollback”."),
        Part.MESSAGES: N_("Look whether “earshot work judge bulk shadow” runs."),
        Part.SINK: N_("Look at the desk or channel, its address and its credentials."),
        Part.SOURCE: N_("Look at the network and at the channel's credentials on the page Channels."),
        Part.SILENT: N_("Ask the platform for a post you know of, or look at the channel's own page."),
    }
)


@dataclass(frozen=True, slots=True)
class TroubleLine:
    part: str
    what: str
    name: str
    since: datetime | None
    waits: int
    goes_on: str
    to_do: str
    fault: str


@dataclass(slots=True)
class _Looked:
    at: datetime
    found: Sequence[Trouble]
    queue_down_since: datetime | None = None
    database_slow_since: datetime | None = None


_LOOKED: WeakKeyDictionary[Store, _Looked] = WeakKeyDictionary()


def trouble_lines(store: Store, queues: Queues, *, now: datetime) -> list[TroubleLine]:
    return [_line(each) for each in _look(store, queues, now=now)]


def _look(store: Store, queues: Queues, *, now: datetime) -> Sequence[Trouble]:
    """Two visitors at once may both look; what they find is the same."""
    before = _LOOKED.get(store)
    if before is not None and timedelta(0) <= now - before.at < LOOKED_AT_EVERY:
        return before.found
    queue_fault = _queue_fault(queues)
    began = time.monotonic()
    try:
        with store.reading() as transaction:
            found = troubles(transaction, now=now)
            waiting = sum(transaction.counts.waiting()) if queue_fault is not None else 0
    except RetryableError:
        return []  # the page itself says that the database does not answer
    is_slow = time.monotonic() - began > SLOW_SECONDS
    down_since = _since(queue_fault is not None, before.queue_down_since if before else None, now)
    slow_since = _since(is_slow, before.database_slow_since if before else None, now)
    if slow_since is not None:
        found.insert(0, Trouble(Part.DATABASE, "", slow_since, 0, ""))
    if down_since is not None:
        found.insert(0, Trouble(Part.QUEUE, "", down_since, waiting, queue_fault or ""))
    _LOOKED[store] = _Looked(now, found, down_since, slow_since)
    return found


def _queue_fault(queues: Queues) -> str | None:
    try:
        queues.ping()
    except QueueDownError as error:
        return str(error)
    return None


def _since(is_so: bool, before: datetime | None, now: datetime) -> datetime | None:
    return (before or now) if is_so else None


def _line(one: Trouble) -> TroubleLine:
    name = wording.words(one.name) if one.name else ""
    return TroubleLine(
        one.part.value, WHAT[one.part], name, one.since, one.waits, GOES_ON[one.part], TO_DO[one.part], one.fault
    )
