"""Figures for a monitor, worked out when it asks: from the database, from Redis, from what all processes added up.

No label holds anything of a person: states, lanes, jobs, names of connectors and of channels.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from flow.watched import BEYOND, JUDGE_SECONDS
from models.clock import DUE_SOON
from models.errors import RetryableError
from store.queue import Queues
from store.store import Store, Transaction

DAY_SECONDS = 86_400.0
Labels = tuple[str, ...]


class Kind(StrEnum):
    GAUGE = "gauge"
    COUNTER = "counter"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    name: str
    """Without Prometheus's own endings."""
    kind: Kind
    text: str
    labels: Labels = ()


METRICS = (
    Metric("earshot_database_up", Kind.GAUGE, "1 while the database answers and has this version's tables."),
    Metric("earshot_queue_up", Kind.GAUGE, "1 while Redis answers."),
    Metric("earshot_messages", Kind.GAUGE, "Messages by state, counted up to 100,000.", ("state",)),
    Metric("earshot_backlog_age_seconds", Kind.GAUGE, "Age of the oldest message that is not triaged; 0: none waits."),
    Metric("earshot_messages_done", Kind.COUNTER, "Messages judged and triaged.", ("stage",)),
    Metric("earshot_lane_jobs", Kind.GAUGE, "Jobs waiting, by lane.", ("lane",)),
    Metric("earshot_lane_workers", Kind.GAUGE, "Workers that serve a lane.", ("lane",)),
    Metric("earshot_jobs_done", Kind.COUNTER, "Jobs that ended, by lane, job and outcome.", ("lane", "job", "outcome")),
    Metric("earshot_job_seconds", Kind.COUNTER, "Seconds spent in jobs.", ("lane", "job")),
    Metric("earshot_judge_batch_seconds", Kind.HISTOGRAM, "Seconds that the classifier took for a batch."),
    Metric("earshot_outbox", Kind.GAUGE, "Effects by state, counted up to 100,000.", ("state",)),
    Metric("earshot_outbox_age_seconds", Kind.GAUGE, "Age of the oldest effect in a state; 0: none.", ("state",)),
    Metric("earshot_clocks", Kind.GAUGE, "Clocks of the regulator: overdue, or due within hours.", ("standing",)),
    Metric("earshot_clock_skew_seconds", Kind.GAUGE, "How far another clock goes ahead of ours.", ("of",)),
    Metric("earshot_register_entries", Kind.GAUGE, "Number of the register's last entry."),
    Metric("earshot_channel_silent", Kind.GAUGE, "1: the channel says nothing, against its own rhythm.", ("channel",)),
    Metric("earshot_channel_quiet_seconds", Kind.GAUGE, "Seconds since a channel's last message.", ("channel",)),
    Metric("earshot_connections_failing", Kind.GAUGE, "Connections whose last try failed.", ("connector",)),
    Metric("earshot_credential_days_left", Kind.GAUGE, "Days until a credential ends.", ("connector",)),
    Metric("earshot_quarantine", Kind.GAUGE, "Set aside for a person: messages, lines, pushes.", ("what",)),
    Metric("earshot_backup_age_seconds", Kind.GAUGE, "Seconds since the last `earshot backup`; -1: there was none."),
    Metric("earshot_scrape_seconds", Kind.GAUGE, "Seconds that it took to work these figures out."),
)


@dataclass(slots=True)
class Reading:
    """What was found: metric → labels → value. Of a histogram: upper end of a step → how many, and the sum."""

    values: dict[str, dict[Labels, float]] = field(default_factory=dict)
    steps: dict[str, float] = field(default_factory=dict)
    sum_seconds: float = 0.0

    def set(self, name: str, value: float, *labels: str) -> None:
        self.values.setdefault(name, {})[labels] = float(value)


def read_vital_signs(store: Store, queues: Queues, *, clock: Callable[[], datetime]) -> Reading:
    """What does not answer is left out, and is told of as down."""
    found, began = Reading(), time.monotonic()
    for name, look in (("earshot_database_up", _database), ("earshot_queue_up", _queue)):
        try:
            is_well = look(found, store, queues, clock)
        except RetryableError:
            is_well = False
        found.set(name, is_well)
    found.set("earshot_scrape_seconds", time.monotonic() - began)
    return found


def _database(found: Reading, store: Store, _queues: Queues, clock: Callable[[], datetime]) -> bool:
    with store.reading() as transaction:
        there, needed = transaction.vitals.schema()
        if there != needed:
            return False
        _skew(found, "database", transaction.vitals.database_time, clock)
        now = clock()
        _work(found, transaction, now)
        _listening(found, transaction, now)
    return True


def _work(found: Reading, transaction: Transaction, now: datetime) -> None:
    vitals = transaction.vitals
    _each(found, "earshot_messages", vitals.messages())
    found.set("earshot_backlog_age_seconds", _age(vitals.backlog_since(), now))
    _each(found, "earshot_outbox", vitals.effects())
    since = vitals.effects_since()
    for state in ("pending", "sending", "unknown", "failed"):
        found.set("earshot_outbox_age_seconds", _age(since.get(state), now), state)
    found.set("earshot_clocks", vitals.clocks_overdue(now=now), "overdue")
    found.set("earshot_clocks", vitals.clocks_due_soon(now=now, within=DUE_SOON), "due_soon")
    found.set("earshot_register_entries", vitals.register_entries())
    _each(found, "earshot_quarantine", vitals.set_aside())
    last = vitals.last_backup()
    found.set("earshot_backup_age_seconds", _age(last.made_at, now) if last is not None else -1)


def _listening(found: Reading, transaction: Transaction, now: datetime) -> None:
    for channel, silence in transaction.health.silences().items():
        found.set("earshot_channel_silent", silence.is_alarm, channel)
        if silence.since is not None:
            found.set("earshot_channel_quiet_seconds", _age(silence.since, now), channel)
    failing: dict[str, int] = {}
    for state in transaction.connections.all():
        connector = state.name.partition(":")[0]  # what follows names an account
        failing[connector] = failing.get(connector, 0) + (state.last_error is not None)
    _each(found, "earshot_connections_failing", failing)
    for connector, until in transaction.vitals.credentials_end().items():
        found.set("earshot_credential_days_left", (until - now).total_seconds() / DAY_SECONDS, connector)


def _queue(found: Reading, _store: Store, queues: Queues, clock: Callable[[], datetime]) -> bool:
    _skew(found, "redis", queues.time, clock)
    _each(found, "earshot_lane_jobs", queues.lengths())
    _each(found, "earshot_lane_workers", {lane: len(names) for lane, names in queues.workers().items()})
    _tallies(found, queues.tallies())
    return True


def _tallies(found: Reading, added: Mapping[str, float]) -> None:
    named = {"jobs": "earshot_jobs_done", "seconds": "earshot_job_seconds", "messages": "earshot_messages_done"}
    found.sum_seconds = added.get("judge_seconds", 0.0)
    for end in (*(f"{step:g}" for step in JUDGE_SECONDS), BEYOND):
        found.steps[end] = added.get(f"judge:{end}", 0.0)
    for name, amount in added.items():
        sort, *labels = name.split(":")
        if sort in named:
            found.set(named[sort], amount, *labels)


def _skew(found: Reading, of: str, theirs: Callable[[], datetime | None], clock: Callable[[], datetime]) -> None:
    """Ours is taken in the middle of asking."""
    before = clock()
    told = theirs()
    if told is not None:
        found.set("earshot_clock_skew_seconds", (told - before - (clock() - before) / 2).total_seconds(), of)


def _each(found: Reading, name: str, values: Mapping[str, float] | Mapping[str, int]) -> None:
    for label, value in values.items():
        found.set(name, value, label)


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since is not None else 0.0
