"""THE FLOW, one job per arrow. Each may run twice; none carries text, only ids.

    channels ──▶ pull ──▶ classify_mentions ──▶ triage_mentions ──┬──▶ register (same transaction as the decision)
                                                                  ├──▶ deliver ──▶ desks, channels
                                                                  └──▶ inbox (people)
                              └────▶ shadow_mentions, where a second version of the classifier is tried
    by the clock: sweep re-enqueues whatever stands still, tick looks at the clocks and at drift

The database is the truth: every job claims its rows by compare-and-set, raises their attempts counter before the work,
and names the next job only after its commit. What is lost on the way to Redis, `sweep` finds again.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from functools import cache, cached_property
from pathlib import Path

from classify.classifier import Classifier
from classify.loading import load as load_weights
from classify.safely import judge_safely
from connectors.base import Channel, Desk, Receiver, Source
from connectors.world import World
from flow import bulk_run as many_cases
from flow import drift
from flow.arrival import histories_of
from flow.batches import by_lane, conversation_and_time
from flow.casework import Casework, Judged
from flow.channel_watch import look_at_silence, probe_each
from flow.clockwork import tell_of_all_clocks
from flow.delivering import deliver_held
from flow.follow_up import Outgoing
from flow.hearing import Hearing
from flow.leases import Lease, holding
from flow.periodic import look_around
from flow.periodic import look_back as look_back_at_weeks
from flow.pressure import can_wait
from flow.standstill import FEW_JOBS, due_effects, retry_all, standing_still
from flow.target_watch import look_at_targets
from flow.targets import follow
from flow.virality import most_shared
from flow.watched import judging, start_tracing, watched
from learning.live import Live
from learning.shadowing import SHADOW_BATCH, Shadowing, missed
from learning.versions import Versions
from models import MentionState
from models.errors import LostLeaseError, RetryableError
from policy.loading import Policy, load_policy
from policy.retention import Retention, load_retention
from settings import Settings
from settings import load as load_settings
from store.queue import Lane, QueueDownError, Queues
from store.store import Store, Transaction
from triage.calendar import calendar_of

logger = logging.getLogger("earshot.workers")

BATCH_AFTER_ATTEMPTS = {0: 128, 1: 16}
"""How many are tried together: a batch that died is tried in smaller ones, at last one by one, so that one bad message
is set aside alone."""
DELIVERIES = 16
"""Effects in one job: a forked child's start costs more than the delivery. Each is still claimed for itself."""
LONGEST_DELIVERY_SECONDS = 30.0
SWEEP_BATCHES = 64


class Flow:
    """The jobs with everything they need. One per process; opens nothing before it is used."""

    def __init__(
        self,
        settings: Settings,
        *,
        store: Store | None = None,
        queues: Queues | None = None,
        classifier: Classifier | None = None,
        load: Callable[[Path | None], Classifier] | None = None,
        desk: Desk | None = None,
        channel: Callable[[str], Channel] | None = None,
        source: Callable[[str], Source] | None = None,
        receivers: Mapping[str, Callable[[], Receiver]] | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings = settings
        self.store = store or Store.of(settings)
        self.queues = queues or Queues(settings.queue_url)
        loaded = load or self._load if classifier is None else lambda _: classifier
        self.versions = Versions(settings.home, pinned=settings.weights, load=loaded)
        self.live = Live(self.store, self.versions, now=now)
        self.world = World(settings, self.store, desk=desk, channel=channel, source=source, receivers=receivers)
        self.now = now
        follow(self.store, lambda: self.policy)

    @cached_property
    def hearing(self) -> Hearing:
        def hand_on(ids: Sequence[str], lane: Lane) -> None:
            if not self.queues.is_crowded(lane):
                self._enqueue_batches("classify_mentions", ids, lane=lane)

        return Hearing(self.store, self.world, lambda: self.retention, hand_on=hand_on, now=self.now)

    @cached_property
    def shadowing(self) -> Shadowing:
        return Shadowing(self.store, self.versions.load, processes=self.settings.judge_processes, now=self.now)

    @cached_property
    def policy(self) -> Policy:
        return load_policy(**self.settings.policy)

    @cached_property
    def retention(self) -> Retention:
        return load_retention()

    def _load(self, folder: Path | None) -> Classifier:
        return load_weights(folder, shifted=self.policy.shifted)

    @property
    def desk(self) -> Desk:
        """Raises: SetupError."""
        return self.world.desk

    # 1 · channels → stored, threaded mentions

    def pull(self, name: str) -> int:
        """Read a source until it has nothing new."""
        return self.hearing.pull(name)

    def receive(self, name: str) -> int:
        """Read what was pushed to `/hooks/<name>`; it was kept before anything was answered."""
        return self.hearing.receive(name)

    def recheck_messages(self) -> int:
        """Ask after messages of channels that do not say when one is deleted or edited."""
        return self.hearing.recheck(days=self.settings.recheck_days, hours=self.settings.recheck_hours)

    def probe_credentials(self) -> int:
        """Test each credential once a day; gives how many were tested."""
        return probe_each(self.store, self.world, now=self.now())

    def ask_the_desk(self) -> int:
        """What changed about our tickets shows on their cases."""
        return self.hearing.ask_desk()

    # 2 · mentions → verdicts

    def classify_mentions(self, ids: Sequence[str]) -> int:
        """Judge those that wait; the next job is triage. Gives how many were judged."""
        with self.store.reading() as transaction:
            standing = transaction.classifiers.standing()
        if (classifier := self.live.get_or_none(standing)) is None:  # before anything is claimed: no message's fault
            return 0
        with self._holding() as lease:
            with self.store.writing() as transaction:
                items = transaction.mentions.get(lease.claim(transaction, ids, MentionState.RECEIVED))
                histories = histories_of(transaction, items)
            if not items:
                return 0
            with judging(len(items)):
                verdicts, faults = judge_safely(classifier, [item.mention for item in items], histories)
            later = can_wait(self.queues, self.policy.house, items, verdicts)
            with self.store.writing() as transaction:
                done = transaction.mentions.advance(
                    list(verdicts), was=MentionState.RECEIVED, becomes=MentionState.CLASSIFIED, worker=lease.name
                )
                transaction.verdicts.add({each: verdicts[each] for each in done}, now=self.now())
                transaction.mentions.put_into(Lane.BULK.value, [each for each in done if each in later])
                for mention_id, fault in faults.items():
                    transaction.mentions.park(mention_id, fault=fault, worker=lease.name)
        for lane, batch in by_lane(items, done, later).items():
            if lane is Lane.JUDGE or not self.queues.is_crowded(lane):  # else `sweep` finds them
                self._enqueue_batches("triage_mentions", batch, lane=lane, at_front=True)
        if standing.shadow is not None:
            self._enqueue_shadow(done)
        return len(done)

    def shadow_mentions(self, ids: Sequence[str]) -> int:
        """Have the version in the shadow judge them as well; gives how many it could be asked about."""
        with self.store.reading() as transaction:
            shadow = transaction.classifiers.standing().shadow
            items = transaction.mentions.get(ids) if shadow is not None else []
            histories = histories_of(transaction, items)
        if shadow is None:
            self.shadowing.stop()
            return 0
        return self.shadowing.judge(shadow, [item.mention for item in items], histories)

    # 3 · verdicts → cases, clocks, register, effects

    def triage_mentions(self, ids: Sequence[str]) -> int:
        """Decide, and write down all that follows in one transaction. Gives how many were triaged."""
        with self._holding() as lease:
            with self.store.writing() as transaction:
                claimed = lease.claim(transaction, ids, MentionState.CLASSIFIED)
            if not claimed:
                return 0
            with self.store.writing() as transaction:
                transaction.register.lock()
                done, effects = self._triage(transaction, claimed, lease.name)
        self._enqueue_deliveries(effects)
        return done

    def _triage(self, transaction: Transaction, claimed: Sequence[str], worker: str) -> tuple[int, list[int]]:
        """How many were triaged, and the outbox rows that came of it. A message that fails fails alone."""
        held = transaction.mentions.advance(
            claimed, was=MentionState.CLASSIFIED, becomes=MentionState.TRIAGED, worker=worker
        )
        items = sorted(transaction.mentions.get(held), key=conversation_and_time)
        verdicts, labels = transaction.verdicts.latest(held), transaction.mentions.labels(held)
        histories = histories_of(transaction, items)
        shared = most_shared(transaction, items, histories, self.policy.house.reach)
        judged = [
            Judged(item, verdicts[item.mention.id], labels.get(item.mention.id), history, shares)
            for item, history, shares in zip(items, histories, shared, strict=True)
        ]
        return self._settle(transaction, judged)

    def _settle(self, transaction: Transaction, judged: Sequence[Judged]) -> tuple[int, list[int]]:
        """All together; where that fails, one by one, so that what spoils a batch is found and set aside alone."""
        if not judged:
            return 0, []
        try:
            with transaction.part():
                casework = Casework(
                    transaction, self.policy, desk=self.desk.name, notify=sorted(self.settings.notify), now=self.now()
                )
                return len(judged), casework.settle(judged)
        except RetryableError:  # a full disk is no message's fault
            raise
        except Exception as error:
            logger.exception("triage of a batch of %d failed", len(judged))
            if len(judged) == 1:
                fault = f"triage failed: {type(error).__name__}"
                transaction.mentions.park(judged[0].item.mention.id, fault=fault)
                return 0, []
        alone = [self._settle(transaction, [each]) for each in judged]
        return sum(done for done, _ in alone), [effect for _, effects in alone for effect in effects]

    # 4 · effects → the world

    def deliver(self, outbox_id: int) -> str:
        """Carry out one effect, once; gives the state it is in afterwards."""
        try:
            with self._holding() as lease:
                outgoing = Outgoing(self.store, self.settings, self.policy, self.now())
                return deliver_held(lease, outbox_id, self.world, outgoing, now=self.now)
        except LostLeaseError as error:
            logger.warning("%s", error)
            return "lost"

    def deliver_each(self, ids: Sequence[int]) -> int:
        """Carry out effects one after the other, for as long as a job may take, or until this worker is to stop; gives
        how many were looked at."""
        began = time.monotonic()
        for place, outbox_id in enumerate(ids, 1):
            self.deliver(outbox_id)
            if time.monotonic() - began > LONGEST_DELIVERY_SECONDS or self.queues.is_stopping():
                self._enqueue_deliveries(ids[place:])
                return place
        return len(ids)

    # 5 · the clocks

    def tick(self) -> int:
        """Say once which clocks are due soon or missed, what drifted, and what `look_around` finds; gives how many."""
        return (
            tell_of_all_clocks(self.store, self.policy, now=self.now())
            + look_at_targets(self.store, self.policy, self.world.channel, now=self.now())
            + self.look_at_drift()
            + self.look_at_silence()
            + look_around(self.store, self.policy, self.settings, self.retention, now=self.now())
        )

    def look_back(self) -> int:
        """What reads days and weeks and may take minutes, apart from `tick`; gives how many things came of it."""
        return look_back_at_weeks(self.store, self.policy, self.settings, self.versions.judging, now=self.now())

    def look_at_silence(self) -> int:
        """Channels that say nothing for longer than their own rhythm explains; gives how many alarms are new."""
        often, calendar = self.settings.silence_false_alarms_per_year, calendar_of(self.policy)
        return look_at_silence(
            self.store, self.world, calendar, zone=self.policy.zone, false_alarms_per_year=often, now=self.now()
        )

    def look_at_drift(self) -> int:
        """At most once an hour; gives the number of events."""
        with self.store.reading() as transaction:
            version = self.versions.live_version(transaction.classifiers.standing())
        return drift.look(self.store, version, days=self.settings.drift_days, now=self.now())

    # 6 · what a person asked of many cases at once

    def bulk(self, bulk_id: int) -> int:
        """Carry out or undo a part of it; gives how many cases were looked at."""
        outcome = many_cases.carry_out(self.store, self.policy, bulk_id, desk=self.desk.name, now=self.now)
        self._enqueue_batches("triage_mentions", outcome.to_judge, lane=Lane.BULK)
        if outcome.left:
            self._enqueue("bulk", bulk_id, lane=Lane.UPKEEP, attempt=outcome.left)
        return outcome.looked_at

    # 7 · whatever stands still

    def sweep(self) -> int:
        """Enqueue again what waits in the database and in no queue; gives how many jobs that were."""
        now, waiting, jobs = self.now(), self.queues.lengths(), 0
        most = SWEEP_BATCHES * self.settings.judge_batch
        states = {"triage_mentions": MentionState.CLASSIFIED, "classify_mentions": MentionState.RECEIVED}
        with self.store.reading() as transaction:
            found = standing_still(transaction, states, waiting, now=now, lease=self.settings.lease_seconds, most=most)
            due = due_effects(transaction, waiting, now=now, most=SWEEP_BATCHES)
            pushed = sorted(transaction.pushes.receivers_waiting())
            unfinished = transaction.bulk.unfinished()
            idle = waiting[Lane.SHADOW.value] <= FEW_JOBS
            unshadowed = missed(transaction, self.versions, now=now, limit=SWEEP_BATCHES * SHADOW_BATCH) if idle else []
        for (job, lane, attempts), ids in found.items():
            jobs += self._enqueue_batches(job, ids, lane=Lane(lane), attempt=attempts)
        jobs += self._enqueue_shadow(unshadowed)
        jobs += sum(self._enqueue("receive", name, lane=Lane.PULL) for name in pushed)
        jobs += sum(self._enqueue("bulk", run, lane=Lane.UPKEEP, attempt=left) for run, left in unfinished)
        jobs += self._enqueue_deliveries([outbox_id for _, outbox_id, tries in due if not tries])
        for lane, outbox_id, tries in due:
            if tries:  # what failed, or killed its worker, holds nobody up
                jobs += self._enqueue("deliver", outbox_id, lane=Lane(lane), attempt=tries)
        return jobs

    # shared

    def retry(self) -> tuple[int, int]:
        """At a person's word: (messages, effects) that were set aside and are tried again from where they stood."""
        with self.store.writing() as transaction:
            tried_again = retry_all(transaction, now=self.now())
        self._enqueue("sweep", lane=Lane.UPKEEP)
        return tried_again

    def release(self, worker: str | None) -> None:
        """A worker is known to be dead, or all are (None): what it held may be taken by another at once."""
        with self.store.writing() as transaction:
            transaction.mentions.release(worker)
            transaction.outbox.release(worker, now=self.now())
        self._enqueue("sweep", lane=Lane.UPKEEP)

    def _holding(self) -> AbstractContextManager[Lease]:
        return holding(self.store, seconds=self.settings.lease_seconds, now=self.now)

    def _enqueue_batches(
        self, job: str, ids: Sequence[str], *, lane: Lane, attempt: int = 0, at_front: bool = False
    ) -> int:
        size = min(BATCH_AFTER_ATTEMPTS.get(attempt, 1), self.settings.judge_batch)
        batches = [list(ids[start : start + size]) for start in range(0, len(ids), size)]
        return sum(self._enqueue(job, batch, lane=lane, attempt=attempt, at_front=at_front) for batch in batches)

    def _enqueue_shadow(self, ids: Sequence[str]) -> int:
        batches = [list(ids[start : start + SHADOW_BATCH]) for start in range(0, len(ids), SHADOW_BATCH)]
        return sum(self._enqueue("shadow_mentions", batch, lane=Lane.SHADOW) for batch in batches)

    def _enqueue_deliveries(self, ids: Sequence[int]) -> int:
        if not ids:
            return 0
        with self.store.reading() as transaction:
            lanes = transaction.outbox.lanes(ids)
        return sum(
            self._enqueue("deliver_each", rows[start : start + DELIVERIES], lane=Lane(lane))
            for lane, rows in lanes.items()
            for start in range(0, len(rows), DELIVERIES)
        )

    def _enqueue(self, job: str, *arguments: object, lane: Lane, attempt: int = 0, at_front: bool = False) -> bool:
        """After the commit, so nothing depends on it: without Redis, `sweep` finds the work later."""
        try:
            return self.queues.enqueue(job, *arguments, lane=lane, attempt=attempt, at_front=at_front)
        except QueueDownError as error:
            logger.warning("%s", error)
            return False


# What RQ calls, by name. Each process has one engine.


@cache
def engine() -> Flow:
    return Flow(start_tracing(load_settings()))


def pull(name: str) -> None:
    _logged("pull", name, engine().pull, name)


def receive(name: str) -> None:
    _logged("receive", name, engine().receive, name)


def recheck_messages() -> None:
    _logged("recheck_messages", "all", engine().recheck_messages)


def probe_credentials() -> None:
    _logged("probe_credentials", "all", engine().probe_credentials)


def ask_the_desk() -> None:
    _logged("ask_the_desk", "desk", engine().ask_the_desk)


def classify_mentions(ids: Sequence[str]) -> None:
    _logged("classify_mentions", f"{len(ids)} mentions", engine().classify_mentions, ids)


def shadow_mentions(ids: Sequence[str]) -> None:
    _logged("shadow_mentions", f"{len(ids)} mentions", engine().shadow_mentions, ids)


def triage_mentions(ids: Sequence[str]) -> None:
    _logged("triage_mentions", f"{len(ids)} mentions", engine().triage_mentions, ids)


def deliver(outbox_id: int) -> None:
    _logged("deliver", f"outbox {outbox_id}", engine().deliver, outbox_id)


def deliver_each(ids: Sequence[int]) -> None:
    _logged("deliver_each", f"{len(ids)} effects", engine().deliver_each, ids)


def bulk(bulk_id: int) -> None:
    _logged("bulk", f"run {bulk_id}", engine().bulk, bulk_id)


def tick() -> None:
    _logged("tick", "clocks", engine().tick)


def look_back() -> None:
    _logged("look_back", "days and weeks", engine().look_back)


def sweep() -> None:
    _logged("sweep", "all", engine().sweep)


def _logged(job: str, subject: str, call: Callable[..., object], *arguments: object) -> None:
    watched(engine().queues, job, subject, call, *arguments)
