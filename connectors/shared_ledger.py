"""Limits and spending of every credential, in the database: every process sees the same."""

from datetime import datetime
from decimal import Decimal

from models.limit import Limit
from store.store import Store


class SharedLedger:
    """A `connectors.quota.Ledger`. Each call is a transaction of its own: never call it inside another."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def limit(self, credential: str, endpoint: str) -> Limit | None:
        with self._store.reading() as transaction:
            return transaction.quotas.limit(credential, endpoint)

    def keep_limit(self, credential: str, endpoint: str, limit: Limit, *, now: datetime) -> None:
        with self._store.writing() as transaction:
            transaction.quotas.keep_limit(credential, endpoint, limit, now=now)

    def spent(self, credential: str, *, since: datetime) -> Decimal:
        with self._store.reading() as transaction:
            return transaction.quotas.spent(credential, since=since)

    def spend(self, credential: str, endpoint: str, *, calls: int, cost: Decimal, now: datetime) -> None:
        with self._store.writing() as transaction:
            transaction.quotas.spend(credential, endpoint, calls=calls, cost=cost, now=now)
