"""How tries are slowed down: by account, by address and in all, for every process of the inbox together.

Of an address the database holds a keyed digest of its network, for minutes; it is written down nowhere else.
"""

import hmac
import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from store.store import Store

FREE_TRIES = 5
LONGEST_LOCK = timedelta(minutes=15)
FIRST_LOCK_SECONDS = 30
MOST_OF_ADDRESS, ADDRESS_WITHIN = 30, timedelta(minutes=10)
MOST_OF_CUSTOMER, CUSTOMER_WITHIN = 60, timedelta(minutes=1)
MOST_OF_WRITER, WRITER_WITHIN = 20, timedelta(minutes=10)
MOST_OF_ALL, ALL_WITHIN = 300, timedelta(minutes=1)
"""It also bounds the table: so many rows a minute are added at most, and each lasts ten."""
IPV6_NETWORK_BITS = 64
"""One household or office has all of these."""
EVERYBODY = "*"


@dataclass(frozen=True, slots=True)
class Limit:
    """Of one address, counted from its first wrong try."""

    name: str
    most: int
    within: timedelta


class Tried(Enum):
    """What somebody tries; each has counts of its own."""

    LOG_IN = Limit("log_in", MOST_OF_ADDRESS, ADDRESS_WITHIN)
    ONE_TIME_LINK = Limit("one_time_link", MOST_OF_ADDRESS, ADDRESS_WITHIN)
    PROGRAM_KEY = Limit("program_key", MOST_OF_ADDRESS, ADDRESS_WITHIN)
    CUSTOMER_LINK = Limit("customer_link", MOST_OF_CUSTOMER, CUSTOMER_WITHIN)
    WEB_FORM = Limit("web_form", MOST_OF_WRITER, WRITER_WITHIN)
    """Each message that is sent by the form counts, a right one too."""


def locked_until(failed: int, now: datetime) -> datetime | None:
    if failed < FREE_TRIES:
        return None
    doublings = min(failed - FREE_TRIES, 10)
    return now + min(timedelta(seconds=FIRST_LOCK_SECONDS * 2**doublings), LONGEST_LOCK)


class Throttle:
    """Wrong tries of strangers. A browser that logged in before is never held up by what others do.

    `key` gives the firm's own, by which networks become digests. Everything here raises RetryableError where the
    database does not answer: then nobody could be let in either.
    """

    def __init__(self, store: Store, key: Callable[[], bytes]) -> None:
        self._store = store
        self._key = key

    def is_held(self, tried: Tried, address: str, *, now: datetime) -> bool:
        """Whether this address, or all together, tried too often. Counts nothing, and keeps no writer waiting."""
        with self._store.reading() as transaction:
            table = transaction.wrong_tries
            return table.is_full(self._of(tried, address), tried.value.most, now=now) or table.is_full(
                self._of(tried, EVERYBODY), MOST_OF_ALL, now=now
            )

    def begin(self, tried: Tried, address: str, *, now: datetime) -> bool:
        """Count a try; False where this address, or all together, tried too often. Then nothing is looked at."""
        if self.is_held(tried, address, now=now):
            return False
        one, all_ = self._of(tried, address), self._of(tried, EVERYBODY)
        with self._store.writing() as transaction:
            table = transaction.wrong_tries
            table.forget_old(now=now)
            if not table.count(one, tried.value.most, tried.value.within, now=now):
                return False
            if table.count(all_, MOST_OF_ALL, ALL_WITHIN, now=now):
                return True
            table.take_back(one, now=now)
            return False

    def succeeded(self, tried: Tried, address: str, *, now: datetime) -> None:
        """It was no wrong try after all."""
        with self._store.writing() as transaction:
            for who in (address, EVERYBODY):
                transaction.wrong_tries.take_back(self._of(tried, who), now=now)

    def _of(self, tried: Tried, address: str) -> str:
        network = address if address == EVERYBODY else network_of(address)
        return hmac.digest(self._key(), f"tried\0{tried.value.name}\0{network}".encode(), "sha256").hex()


def network_of(address: str) -> str:
    """An address of the old sort itself; of the new sort its network, for each customer has a whole one."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address[:60]
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, IPV6_NETWORK_BITS), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)
