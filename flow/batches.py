"""How messages are put into batches, and in which order."""

from collections.abc import Sequence
from datetime import datetime

from store.mentions import StoredMention
from store.queue import Lane


def conversation_and_time(item: StoredMention) -> tuple[str, datetime, str]:
    """Cases are locked in the order of their conversations, by every worker alike."""
    return item.conversation_key, item.mention.created_at, item.mention.id


def by_lane(items: Sequence[StoredMention], done: Sequence[str]) -> dict[Lane, list[str]]:
    """Those of `items` that are done, each in the lane it came in."""
    finished, lanes = set(done), dict[Lane, list[str]]()
    for item in items:
        if item.mention.id in finished:
            lanes.setdefault(Lane(item.lane), []).append(item.mention.id)
    return lanes
