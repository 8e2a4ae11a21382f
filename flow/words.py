"""Words that a push did not carry are asked for before its messages are kept; what has none yet waits as a push."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from connectors.base import Channel
from models import Mention, Page, Wordless
from models.errors import AccessError, RetryableError
from store.pushes import Push
from store.store import Transaction

logger = logging.getLogger("earshot.pushes")

MOST_ASKED = 12
"""Each wait is twice the one before, from two minutes on: the last question comes almost three days after the first."""
LONGEST_WAIT = timedelta(days=1)
NOBODY_ANSWERS = "the push has no words, and the channel gives none: is it connected, with a token? `earshot channels`"


@dataclass(frozen=True, slots=True)
class Unsaid:
    """A message without words."""

    wordless: Wordless
    fault: str
    may_come: bool
    """Whether asking again later may help, without a person."""
    wait_seconds: float = 0.0
    """What the channel asked for."""


Down = dict[str, RetryableError]
"""Channels that cannot be asked now, and why: the next message of one is not asked for."""


def with_words(page: Page, channel: Callable[[str], Channel], down: Down) -> tuple[Page, list[Unsaid]]:
    """The page with the words that could be had, and what is left without. Adds to `down`."""
    by_channel: dict[str, list[Wordless]] = {}
    for each in page.wordless:
        by_channel.setdefault(each.mention.channel, []).append(each)
    unsaid: list[Unsaid] = []
    for name, wordless in by_channel.items():
        try:
            if name in down:
                raise down[name]
            found = channel(name).surroundings([each.mention for each in wordless])
        except (RetryableError, AccessError) as error:
            may_come, wait = False, 0.0
            if isinstance(error, RetryableError):
                down[name], may_come, wait = error, True, error.retry_after_seconds or 0.0
            unsaid += [Unsaid(each, str(error), may_come, wait) for each in wordless]
            logger.warning("%s: words that were not pushed could not be had: %s", name, error)
            continue
        page = replace(
            page,
            mentions=_in_order([*page.mentions, *found.read.values()]),
            bystanders=[*page.bystanders, *found.bystanders],
            histories={**page.histories, **found.histories},
        )
        told = found.read.keys() | {each.mention.id for each in found.bystanders if each.is_ours}
        silent = [each for each in wordless if each.mention.id not in told]
        unsaid += [Unsaid(each, found.unreadable.get(each.mention.id, NOBODY_ANSWERS), False) for each in silent]
    return replace(page, wordless=()), unsaid


def _in_order(mentions: Sequence[Mention]) -> list[Mention]:
    return sorted(mentions, key=lambda mention: mention.created_at)


def keep_unsaid(
    transaction: Transaction, push: Push, unsaid: Sequence[Unsaid], *, attempts: int, now: datetime
) -> None:
    """Each as a push of its own: the rest of the push is done. `attempts`: how often this push was begun."""
    for each in unsaid:
        wait = max(timedelta(minutes=2**attempts), min(timedelta(seconds=each.wait_seconds), LONGEST_WAIT))
        transaction.pushes.keep_part(
            push,
            f"words:{each.wordless.mention.id}",
            each.wordless.push,
            fault=each.fault,
            next_at=now + wait if each.may_come and attempts < MOST_ASKED else None,
        )
