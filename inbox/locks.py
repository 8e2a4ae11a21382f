"""How tries are slowed down: by account in the database, by address and in all in this process.

Of addresses nothing is written down: they are known to the process for minutes and forgotten.
"""

import ipaddress
from collections import deque
from datetime import datetime, timedelta
from threading import Lock

FREE_TRIES = 5
LONGEST_LOCK = timedelta(minutes=15)
FIRST_LOCK_SECONDS = 30
MOST_OF_ADDRESS, ADDRESS_WITHIN = 30, timedelta(minutes=10)
MOST_OF_ALL, ALL_WITHIN = 300, timedelta(minutes=1)
MOST_ADDRESSES = 10_000
IPV6_NETWORK_BITS = 64
"""One household or office has all of these."""


def locked_until(failed: int, now: datetime) -> datetime | None:
    if failed < FREE_TRIES:
        return None
    doublings = min(failed - FREE_TRIES, 10)
    return now + min(timedelta(seconds=FIRST_LOCK_SECONDS * 2**doublings), LONGEST_LOCK)


class Throttle:
    """Wrong tries of strangers. A browser that logged in before is never held up by what others do."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._by_address: dict[str, deque[datetime]] = {}
        self._all: deque[datetime] = deque()

    def begin(self, address: str, *, now: datetime) -> bool:
        """Count a try; False where this address, or all together, tried too often. Then nothing is looked at."""
        key = network_of(address)
        with self._lock:
            tries = self._by_address.setdefault(key, deque())
            _forget(tries, now - ADDRESS_WITHIN)
            _forget(self._all, now - ALL_WITHIN)
            if len(tries) >= MOST_OF_ADDRESS or len(self._all) >= MOST_OF_ALL:
                return False
            tries.append(now)
            self._all.append(now)
            self._make_room(now)
            return True

    def succeeded(self, address: str, *, now: datetime) -> None:
        """It was no wrong try after all."""
        with self._lock:
            tries = self._by_address.get(network_of(address))
            for kept in (tries, self._all):
                if kept and now in kept:
                    kept.remove(now)

    def _make_room(self, now: datetime) -> None:
        if len(self._by_address) <= MOST_ADDRESSES:
            return
        old = now - ADDRESS_WITHIN
        self._by_address = {key: tries for key, tries in self._by_address.items() if tries and tries[-1] > old}
        while len(self._by_address) > MOST_ADDRESSES:
            del self._by_address[next(iter(self._by_address))]


def network_of(address: str) -> str:
    """An address of the old sort itself; of the new sort its network, for each customer has a whole one."""
    try:
        found = ipaddress.ip_address(address.split("%")[0])
    except ValueError:
        return address[:60]
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is None:
        return str(ipaddress.ip_network((found, IPV6_NETWORK_BITS), strict=False))
    return str(getattr(found, "ipv4_mapped", None) or found)


def _forget(tries: deque[datetime], before: datetime) -> None:
    while tries and tries[0] <= before:
        tries.popleft()
