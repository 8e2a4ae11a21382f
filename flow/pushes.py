"""What was pushed to us is read: one push, one transaction; kept before, so that nothing is lost on the way."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from connectors.base import Channel, DeskReceiver, Receiver
from flow.arrival import keep_page
from flow.desk_changes import keep_standings
from flow.words import MOST_ASKED, Down, keep_unsaid, with_words
from models import Author, Mention, Page
from models.errors import AccessError, EarshotError, RetryableError
from policy.retention import Retention
from store.pushes import Push
from store.store import Store

logger = logging.getLogger("earshot.pushes")

MOST_ATTEMPTS = 4
LOOKED_UP_ATTEMPTS = 3
"""So often the thread and the author are asked for before the message is judged without them."""


def heard_as(receiver: str) -> str:
    """Name under which it is kept when a push was last read: a source of the same name may fail meanwhile."""
    return f"push:{receiver}"


class NotNowError(RetryableError):
    """The push waits for its turn in the next sweep."""


def read_push(
    store: Store,
    push: Push,
    receiver: Receiver,
    channel: Callable[[str], Channel],
    retention: Retention,
    *,
    down: Down,
    lane: str,
    now: datetime,
) -> list[str]:
    """Ids to be judged. `down` is as in `with_words`. Raises: NotNowError."""
    attempts = _begin(store, push)
    if attempts is None:
        return []
    try:
        page = receiver.parse(push.body, received_at=push.received_at)
        page = _with_surroundings(page, channel, patient=attempts < LOOKED_UP_ATTEMPTS)
        page, unsaid = with_words(page, channel, down)
        with store.writing() as transaction:
            if not transaction.pushes.done(push.id):
                return []
            name = receiver.name
            ids = keep_page(
                transaction, page, retention, source=name, keep_cursor_as=None, lane=lane, now=now, keep_early=True
            )
            keep_unsaid(transaction, push, unsaid, attempts=attempts, now=now)
            transaction.connections.worked(heard_as(name), now=now, had_messages=bool(page.mentions))
            return ids
    except RetryableError as error:
        raise NotNowError(f"{receiver.name}: push {push.id} waits: {error}") from error
    except (EarshotError, ValueError, LookupError, TypeError, AttributeError) as error:
        _failed(store, push, error)
        return []


def read_desk_push(store: Store, push: Push, receiver: DeskReceiver, *, sink: str, now: datetime) -> int:
    """How many tickets changed."""
    if _begin(store, push) is None:
        return 0
    try:
        standings = receiver.parse(push.body, received_at=push.received_at)
        with store.writing() as transaction:
            if not transaction.pushes.done(push.id):
                return 0
            transaction.connections.worked(heard_as(receiver.name), now=now, had_messages=bool(standings))
            return keep_standings(transaction, sink, standings, now=now)
    except RetryableError as error:
        raise NotNowError(f"{receiver.name}: push {push.id} waits: {error}") from error
    except (EarshotError, ValueError, LookupError, TypeError, AttributeError) as error:
        _failed(store, push, error)
        return 0


def _begin(store: Store, push: Push) -> int | None:
    """Its attempts, this one included; None where it was begun too often and is set aside."""
    with store.writing() as transaction:
        attempts = transaction.pushes.begin(push.id)
        most = MOST_ATTEMPTS if push.fault is None else MOST_ASKED
        if attempts <= most:
            return attempts
        transaction.pushes.set_aside(push.id, fault=f"begun {most} times and never finished")
        return None


def _failed(store: Store, push: Push, error: Exception) -> None:
    """Set aside with its body; `earshot retry` has it read again."""
    logger.warning("push %d of %s could not be read: %s", push.id, push.receiver, type(error).__name__)
    said = str(error) if isinstance(error, EarshotError) else type(error).__name__
    with store.writing() as transaction:
        transaction.pushes.set_aside(push.id, fault=said)


def _with_surroundings(page: Page, channel: Callable[[str], Channel], *, patient: bool) -> Page:
    """Parent, thread and the author's seven days, asked for before the message is judged; without them where the
    channel does not answer in time. Raises: RetryableError, while patient."""
    by_channel: dict[str, list[Mention]] = {}
    for mention in page.mentions:
        by_channel.setdefault(mention.channel, []).append(mention)
    for name, mentions in by_channel.items():
        try:
            found = channel(name).surroundings(mentions)
        except (RetryableError, AccessError) as error:
            if patient and isinstance(error, RetryableError):
                raise
            logger.warning("%s: judged without thread and history: %s", name, error)
            continue
        page = replace(
            page,
            mentions=[_fuller(mention, name, found.authors) for mention in page.mentions],
            bystanders=[*page.bystanders, *found.bystanders],
            histories={**page.histories, **found.histories},
        )
    return page


def _fuller(mention: Mention, channel: str, authors: Mapping[str, Author]) -> Mention:
    known = authors.get(mention.author.id) if mention.author is not None else None
    return replace(mention, author=known) if known is not None and mention.channel == channel else mention
