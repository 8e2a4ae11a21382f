"""What waits in the database and, perhaps, in no queue: looked for lane by lane, so that the ten thousand messages of a
back-fill never hide one that is new."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from models import MentionState
from store.outbox import OutboxState
from store.queue import HAND_LANES, Lane
from store.store import Transaction

FEW_JOBS = 8
"""A lane with more than this waiting moves on its own; sweep leaves it alone."""
MOST_RETRIED = 10_000
JUDGED_IN = (Lane.JUDGE, Lane.BULK)


def standing_still(
    transaction: Transaction,
    states: Mapping[str, MentionState],
    waiting: Mapping[str, int],
    *,
    now: datetime,
    lease: float,
    most: int,
) -> dict[tuple[str, str, int], list[str]]:
    """(job, lane, attempts) → messages. `states`: what each job waits for; `waiting`: jobs in each lane; `lease` in
    seconds; at most `most` of each state and lane."""
    found: dict[tuple[str, str, int], list[str]] = defaultdict(list)
    for lane in JUDGED_IN:
        if waiting[lane.value] > FEW_JOBS:
            continue
        for job, state in states.items():
            standing = transaction.mentions.standing_still(state, lane.value, now=now, lease_seconds=lease, limit=most)
            for mention_id, _, attempts in standing:
                found[job, lane.value, attempts].append(mention_id)
    return found


def due_effects(
    transaction: Transaction, waiting: Mapping[str, int], *, now: datetime, most: int
) -> list[tuple[str, int, int]]:
    """(lane, outbox row, attempts so far), the urgent first."""
    return [
        (lane.value, number, attempts)
        for lane in HAND_LANES
        if waiting[lane.value] <= FEW_JOBS
        for number, attempts in transaction.outbox.due(lane.value, now=now, limit=most)
    ]


def retry_all(transaction: Transaction, *, now: datetime) -> tuple[int, int]:
    """(messages, effects) that were set aside and are tried again from where they stood; pushes as well."""
    ids = [mention_id for mention_id, *_ in transaction.mentions.parked(limit=MOST_RETRIED)]
    judged = set(transaction.verdicts.latest(ids))
    for state, known in ((MentionState.CLASSIFIED, True), (MentionState.RECEIVED, False)):
        transaction.mentions.send_back([each for each in ids if (each in judged) is known], to=state)
    failed = transaction.outbox.in_state(OutboxState.FAILED, limit=MOST_RETRIED)
    effects = sum(transaction.outbox.retry(row.id, now=now) for row in failed)
    transaction.pushes.retry()
    return len(ids), effects
