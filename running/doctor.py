"""What is missing or unhealthy, each with the way out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from models.errors import EarshotError
from running import redis_server
from running.home import prepare_home
from settings import Settings
from store.migrate import upgrade
from store.queue import Lane, Queues
from store.store import Store

STANDS_STILL = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at. `is_fault` False with a text is a remark: all works, but somebody may want to know."""

    name: str
    is_fault: bool
    text: str


def examine(name: str, look: Callable[[], str]) -> Finding:
    """Run one check; an error raised on purpose is its finding."""
    try:
        return Finding(name, is_fault=False, text=look())
    except EarshotError as error:
        return Finding(name, is_fault=True, text=str(error))


def look_at_home(settings: Settings) -> str:
    prepare_home(settings)
    return f"{settings.home} can be written to"


def look_at_database(store: Store) -> str:
    upgrade(store.engine)
    return "is there, with this version's tables"


def look_at_redis(settings: Settings, queues: Queues, *, is_up: bool) -> str:
    """The embedded server only has to be there; it runs while `earshot up` does."""
    if settings.redis_is_embedded and not is_up:
        return f"{redis_server.command(settings)[0]} will be started by `earshot up`"
    queues.ping()
    return "answers"


def look_at_work(store: Store, queues: Queues, *, is_up: bool) -> Finding:
    """Silence is an alarm: work that waits with nobody to do it."""
    now = datetime.now(UTC)
    with store.reading() as transaction:
        counts = transaction.counts.all(now=now)
        unneeded = set() if transaction.classifiers.standing().shadow is not None else {Lane.SHADOW.value}
    oldest = counts["oldest_unprocessed_seconds"]
    if oldest > STANDS_STILL.total_seconds():
        idle = "" if is_up else ": start `earshot up`"
        return Finding("work", is_fault=True, text=f"the oldest message has waited {oldest / 60:.0f} min{idle}")
    idle_lanes = {lane for lane, names in queues.workers().items() if not names} if is_up else set[str]()
    missing = sorted(idle_lanes - unneeded)
    if missing:
        return Finding("work", is_fault=True, text=f"no worker serves {', '.join(missing)}: start `earshot work`")
    failed, parked = counts["outbox"]["failed"], counts["quarantine"]
    if failed or parked:
        return Finding(
            "work", is_fault=True, text=f"{failed} effects failed and {parked} records are parked: see /health"
        )
    return Finding("work", is_fault=False, text="nothing stands still")


def look_at_connections(store: Store) -> list[Finding]:
    with store.reading() as transaction:
        states = transaction.connections.all()
    return [
        Finding(f"connection {state.name}", is_fault=state.last_error is not None, text=state.last_error or "works")
        for state in states
    ]
