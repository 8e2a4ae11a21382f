"""What is looked up around messages may fail a few times: it must not hold the messages up."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from models.errors import PermanentError, RetryableError

T = TypeVar("T")

MOST_FAILURES = 2
"""What always breaks the server must not hold up the mentions; more than this is an outage."""


def asks_to_wait(error: RetryableError) -> bool:
    return error.retry_after_seconds is not None


@dataclass
class Patience:
    """Lets a few look-ups fail: what they would have told is left out. A rate limit is no such failure: nothing else is
    worth asking either."""

    is_limit: Callable[[RetryableError], bool] = asks_to_wait
    failures: int = 0

    def ask(self, call: Callable[[], T], otherwise: T) -> T:
        """`otherwise` where it is refused, or fails. Raises: RetryableError, AccessError."""
        try:
            return call()
        except PermanentError:
            return otherwise
        except RetryableError as error:
            self.failures += 1
            if self.failures > MOST_FAILURES or self.is_limit(error):
                raise
            return otherwise
