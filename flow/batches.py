"""How messages are put into batches, and in which order."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from store.mentions import StoredMention
from store.queue import Lane
from store.store import Transaction

NEWS = timedelta(days=2)


def conversation_and_time(item: StoredMention) -> tuple[str, datetime, str]:
    """Cases are locked in the order of their conversations, by every worker alike."""
    return item.conversation_key, item.mention.created_at, item.mention.id


def lane_of(said_at: datetime, lane: str, *, now: datetime) -> str:
    """What was said long ago never stands before news: a channel that is read for the first time gives years."""
    return Lane.BULK.value if lane == Lane.JUDGE.value and now - said_at > NEWS else lane


def in_lanes(transaction: Transaction, ids: Sequence[str]) -> dict[Lane, list[str]]:
    """Those of `ids` that are stored, each in its lane, in the same order."""
    lanes, found = transaction.mentions.lanes(ids), dict[Lane, list[str]]()
    for mention_id in ids:
        if mention_id in lanes:
            found.setdefault(Lane(lanes[mention_id]), []).append(mention_id)
    return found


def by_lane(items: Sequence[StoredMention], done: Sequence[str], later: Collection[str] = ()) -> dict[Lane, list[str]]:
    """Those of `items` that are done, each in the lane it came in, and those in `later` behind the news."""
    finished, lanes = set(done), dict[Lane, list[str]]()
    for item in items:
        if item.mention.id in finished:
            lane = Lane.BULK if item.mention.id in later else Lane(item.lane)
            lanes.setdefault(lane, []).append(item.mention.id)
    return lanes
