"""What a worker holds while it works: for as long as it lives, under a name that no other claim bears.

A heartbeat renews the lease. A process that died, or that stands still, loses it at its end; whoever comes back late
finds another name on the row, and nothing it writes has any effect.
"""

import logging
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event, Thread

from models import MentionState
from models.errors import LostLeaseError, RetryableError
from store.holding import claim_name
from store.outbox import OutboxRow
from store.queue import JOB_TIMEOUT_SECONDS, current_worker
from store.store import Store, Transaction

logger = logging.getLogger("earshot.leases")

MOST_ATTEMPTS = 4
"""A message that was begun this often and never finished has killed its workers: it is set aside."""
BEATS = 3
"""So often a lease is renewed before it would end."""


@dataclass
class Lease:
    """One claim of one worker, on messages or on an effect."""

    store: Store
    seconds: float
    now: Callable[[], datetime]
    name: str = field(default_factory=lambda: claim_name(current_worker(), secrets.token_hex(4)))
    mentions: Sequence[str] = ()
    effect: OutboxRow | None = None

    def claim(self, transaction: Transaction, ids: Sequence[str], was: MentionState) -> list[str]:
        """Take what waits; what was begun too often without an end is set aside, alone and with the reason."""
        now = self.now()
        claimed = transaction.mentions.claim(ids, was=was, worker=self.name, now=now, lease_seconds=self.seconds)
        for mention_id, attempts in claimed:
            if attempts > MOST_ATTEMPTS:
                transaction.mentions.park(mention_id, fault=f"its worker died {MOST_ATTEMPTS} times at {was.value}")
        self.mentions = [mention_id for mention_id, attempts in claimed if attempts <= MOST_ATTEMPTS]
        return list(self.mentions)

    def claim_effect(self, transaction: Transaction, outbox_id: int) -> OutboxRow | None:
        now = self.now()
        self.effect = transaction.outbox.claim(outbox_id, worker=self.name, now=now, lease_seconds=self.seconds)
        return self.effect

    def check(self) -> None:
        """Just before an effect on the world. Raises: LostLeaseError."""
        row = self.effect
        if row is None:
            return
        with self.store.reading() as transaction:
            if not transaction.outbox.is_held(row, now=self.now()):
                raise LostLeaseError(
                    f"outbox {row.id}: taken over by another worker before try {row.attempts} was sent"
                )

    def renew(self) -> None:
        """Raises: RetryableError."""
        until = self.now() + timedelta(seconds=self.seconds)
        with self.store.writing() as transaction:
            if self.effect is not None:
                transaction.outbox.renew(self.effect, until=until)
            transaction.mentions.renew(self.mentions, worker=self.name, until=until)

    def give_back(self, error: BaseException) -> None:
        """At once, for another try: nobody has to wait until the lease ends."""
        try:
            with self.store.writing() as transaction:
                if self.effect is not None:
                    transaction.outbox.give_back(self.effect, now=self.now())
                is_counted = not isinstance(error, RetryableError)  # a full disk is no message's fault
                transaction.mentions.give_back(self.mentions, worker=self.name, is_counted=is_counted)
        except RetryableError as fault:
            logger.warning("what was begun is free once its lease ends: %s", fault)


@contextmanager
def holding(store: Store, *, seconds: float, now: Callable[[], datetime]) -> Iterator[Lease]:
    """What is claimed in the block is kept while this process lives; if the block fails, it is given back.

    A process that hangs keeps it for as long as a job may take.
    """
    lease, over = Lease(store, seconds, now), Event()
    beats = round(JOB_TIMEOUT_SECONDS / seconds * BEATS) + 1
    heart = Thread(target=_beat, args=(lease, over, beats), name="heartbeat", daemon=True)
    heart.start()
    try:
        yield lease
    except Exception as error:
        over.set()
        heart.join()
        lease.give_back(error)
        raise
    finally:
        over.set()
        heart.join()


def _beat(lease: Lease, over: Event, beats: int) -> None:
    for _ in range(beats):
        if over.wait(lease.seconds / BEATS):
            return
        try:
            lease.renew()
        except RetryableError as error:
            logger.warning("the lease of %s could not be renewed: %s", lease.name, error)
