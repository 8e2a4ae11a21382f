"""The door: where more waits than can be worked on soon, whoever pushes is asked to come back, and told when.

What was answered with yes is never dropped; what is refused here was not kept, and its sender keeps it. So what waits
fills neither our memory nor our disk.
"""

import time
from collections.abc import Callable

from models.errors import RetryableError
from store.store import Store, Transaction

RETRY_AFTER_SECONDS = 30
LOOK_SECONDS = 1.0
"""How long an answer holds: to look at each push would cost more than the push."""


class Door:
    """One for each kind of what comes in. `waits_more` says of a number whether more than that waits."""

    def __init__(self, store: Store, most: int, waits_more: Callable[[Transaction, int], bool]) -> None:
        self._store = store
        self._most = most
        self._waits_more = waits_more
        self._looked_at = float("-inf")
        self._is_full = False

    def is_full(self) -> bool:
        """Of a database that does not answer nothing is said here: whoever keeps the push will notice."""
        if time.monotonic() - self._looked_at < LOOK_SECONDS:
            return self._is_full
        try:
            with self._store.reading() as transaction:
                self._is_full = self._waits_more(transaction, self._most)
        except RetryableError:
            return False
        self._looked_at = time.monotonic()
        return self._is_full


def messages_wait(transaction: Transaction, number: int) -> bool:
    return transaction.counts.messages_wait(number)


def pushes_wait(transaction: Transaction, number: int) -> bool:
    return transaction.pushes.wait(number)
