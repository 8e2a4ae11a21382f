"""Limits and spending of every credential, in the database: every process sees the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal

from models.errors import RetryableError, UnknownOutcomeError
from models.limit import Limit
from store.store import Store, Transaction


class SharedLedger:
    """A `connectors.quota.Ledger`. Each call is a transaction of its own: never call it inside another."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def limit(self, credential: str, endpoint: str) -> Limit | None:
        with self._store.reading() as transaction:
            return transaction.quotas.limit(credential, endpoint)

    def keep_limit(self, credential: str, endpoint: str, limit: Limit, *, now: datetime) -> None:
        with self._after_a_call() as transaction:
            transaction.quotas.keep_limit(credential, endpoint, limit, now=now)

    def spent(self, credential: str, *, since: datetime) -> Decimal:
        with self._store.reading() as transaction:
            return transaction.quotas.spent(credential, since=since)

    def spend(self, credential: str, endpoint: str, *, calls: int, cost: Decimal, now: datetime) -> None:
        with self._after_a_call() as transaction:
            transaction.quotas.spend(credential, endpoint, calls=calls, cost=cost, now=now)

    @contextmanager
    def _after_a_call(self) -> Iterator[Transaction]:
        """Raises: UnknownOutcomeError where the database does not answer: what was called may have taken effect."""
        try:
            with self._store.writing() as transaction:
                yield transaction
        except RetryableError as error:
            raise UnknownOutcomeError(f"the call was made and could not be counted: {error}") from error
