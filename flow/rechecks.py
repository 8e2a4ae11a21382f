"""Messages of channels that do not say when one is deleted or edited are asked for again, a few at a time."""

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from connectors.base import Channel
from connectors.world import World
from flow.arrival import keep_page
from models import Deletion, Mention, Page, Presence, Recheck
from models.errors import AccessError, RetryableError
from policy.retention import Retention
from store.store import Store

logger = logging.getLogger("earshot.rechecks")

AT_ONCE = 100


def recheck(
    store: Store,
    world: World,
    retention: Retention,
    *,
    days: int,
    hours: float,
    lane: str,
    now: datetime,
) -> list[str]:
    """Ask after up to a hundred messages of each of the channels; gives the ids whose words changed.

    A message is asked for every `hours` (seldomer where each look costs money), until it is `days` old.
    """
    found: list[str] = []
    for name in world.channels:
        every = world.recheck_every(name, timedelta(hours=hours))
        with store.reading() as transaction:
            since, before = now - timedelta(days=days), now - every
            due = transaction.changes.to_recheck([name], since=since, before=before, limit=AT_ONCE)
            mentions = [item.mention for item in transaction.mentions.get(due)]
        if mentions:
            found += _recheck(store, world.channel(name), mentions, retention, lane=lane, now=now)
    return found


def _recheck(
    store: Store, channel: Channel, mentions: Sequence[Mention], retention: Retention, *, lane: str, now: datetime
) -> list[str]:
    """What we hid ourselves is not asked after: some platforms no longer show it, and nobody deleted it."""
    with store.reading() as transaction:
        hidden = transaction.outbox.perhaps_hidden([each.id for each in mentions])
    untold = [each for each in mentions if each.id not in hidden and not channel.capabilities(each).delete_notice]
    try:
        answers = channel.recheck(untold) if untold else {}
    except (RetryableError, AccessError) as error:
        logger.warning("%s: asked again later: %s", channel.name, error)
        return []
    with store.writing() as transaction:
        hidden = transaction.outbox.perhaps_hidden(list(answers))  # since it was asked
        answers = {name: answer for name, answer in answers.items() if name not in hidden}
        page = _page(untold, answers, now=now)
        said = {mention.id: Recheck(Presence.UNKNOWN) for mention in mentions} | dict(answers)
        transaction.changes.rechecked(said, now=now)
        return keep_page(transaction, page, retention, source=channel.name, keep_cursor_as=None, lane=lane, now=now)


def _page(mentions: Sequence[Mention], answers: Mapping[str, Recheck], *, now: datetime) -> Page:
    gone = [
        Deletion(mention.channel, mention.account, mention.native_id, now)
        for mention in mentions
        if mention.id in answers and answers[mention.id].presence is Presence.GONE
    ]
    edits = [answer.edit for answer in answers.values() if answer.edit is not None]
    return Page(mentions=(), cursor="", deletions=gone, edits=edits)
