"""Is everything running: counts, lanes, connections, what was parked and what could not be delivered."""

from dataclasses import dataclass

from starlette.responses import JSONResponse, Response

from flow.channel_watch import silent_channels
from inbox.visit import Visit
from models.errors import RetryableError
from store.escalations import Wanted
from store.outbox import OutboxState
from store.queue import QueueDownError

PARKED_SHOWN = 50
FAILED_SHOWN = 100


@dataclass(frozen=True, slots=True)
class LaneLine:
    name: str
    waiting: int
    workers: list[str]


def alive(visit: Visit) -> Response:
    """For a monitor: 200 while the database answers and no channel is silent, 503 otherwise.

    Redis is told of and is no reason to be red.
    """
    database = queue = "ok"
    silent: list[str] = []
    try:
        with visit.inbox.store.reading() as transaction:
            silent = silent_channels(transaction)
    except RetryableError:
        database = "down"
    try:
        visit.inbox.queues.ping()
    except QueueDownError:
        queue = "down"
    is_well = database == "ok" and not silent
    found = {"database": database, "queue": queue, "silent_channels": silent}
    return JSONResponse(found, status_code=200 if is_well else 503)


def is_ready(visit: Visit) -> Response:
    """For whoever sends requests here: 200 while they can be served, else 503 with the reason.

    Redis is told of: without it pages, answers and the register go on. So does the work, later.
    """
    reason, there = None, None
    try:
        with visit.inbox.store.reading() as transaction:
            there, needed = transaction.vitals.schema()
        if there != needed:
            reason = f"the database is at schema {there}, and this program needs {needed}: run `earshot doctor`"
    except RetryableError:
        reason = "the database does not answer"
    try:
        visit.inbox.queues.ping()
        queue = "ok"
    except QueueDownError:
        queue = "down"
    found = {"ready": reason is None, "reason": reason, "schema": there, "queue": queue}
    return JSONResponse(found, status_code=200 if reason is None else 503)


def show(visit: Visit) -> Response:
    lanes, queue_fault = lanes_of(visit)
    with visit.inbox.store.reading() as transaction:
        context = {
            "counts": transaction.counts.all(now=visit.now),
            "connections": transaction.connections.all(),
            "set_aside": transaction.mentions.parked(limit=PARKED_SHOWN),
            "parked": transaction.quarantine.newest(limit=PARKED_SHOWN),
            "failed": transaction.outbox.in_state(OutboxState.FAILED, limit=FAILED_SHOWN),
            "unfinished": transaction.outbox.unfinished(),
            "ownerless": transaction.escalations.count(Wanted(is_unowned=True)),
        }
    return visit.page("health.html", context | {"lanes": lanes, "queue_fault": queue_fault})


def lanes_of(visit: Visit) -> tuple[list[LaneLine], str | None]:
    """And what is wrong with the queue, where it does not answer."""
    queues = visit.inbox.queues
    try:
        queues.ping()
        workers = queues.workers()
        return [LaneLine(name, count, workers.get(name, [])) for name, count in queues.lengths().items()], None
    except QueueDownError as error:
        return [], str(error)
