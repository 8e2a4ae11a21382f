"""Deliveries that hide a message where it stands, or show it again: one after the other, and the last word counts."""

from collections.abc import Callable

from connectors.base import Channel, Hides
from models import Receipt
from models.errors import PermanentError, RetryableError
from store.outbox import Effect, OutboxRow, OutboxState
from store.store import Store

WAITS = (OutboxState.PENDING, OutboxState.SENDING, OutboxState.UNKNOWN)
SOON_SECONDS = 5


def set_hidden(
    row: OutboxRow, store: Store, channel_of: Callable[[str], Channel], last_check: Callable[[], None]
) -> Receipt:
    """Setting the same twice does no harm, so nothing is looked up before a second try.

    Raises: what the channel raises; RetryableError while an earlier one is under way; PermanentError where a later one
    took its place.
    """
    with store.reading() as transaction:
        mention = transaction.mentions.get([row.mention_id or ""])[0].mention
        siblings = transaction.outbox.of_message(mention.id)
    if any(other.id > row.id for other in siblings):
        raise PermanentError(f"outbox {row.id}: something else was asked for since; nothing was done")
    if any(other.id < row.id and other.state in WAITS for other in siblings):
        raise RetryableError(f"outbox {row.id}: waits for an earlier one", retry_after_seconds=SOON_SECONDS)
    channel = channel_of(mention.channel)
    if not isinstance(channel, Hides):
        raise PermanentError(f"outbox {row.id}: {channel.name} hides nothing")
    last_check()
    return channel.hide(mention, hidden=row.effect is Effect.HIDE)
