"""What takes long to work out is worked out at most once a minute in a process, however many look."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from store.store import Store

T = TypeVar("T")
LONG = timedelta(seconds=60)
MOST = 12
"""Of one store; when one more is asked for, all go."""


@dataclass(slots=True)
class _Slot(Generic[T]):
    """Who asks while it is worked out waits for it, and does not begin the same work again."""

    lock: Lock = field(default_factory=Lock)
    made: tuple[datetime, T] | None = None


class KeptAMinute(Generic[T]):
    def __init__(self) -> None:
        self._slots: WeakKeyDictionary[Store, dict[Hashable, _Slot[T]]] = WeakKeyDictionary()
        self._lock = Lock()

    def get(self, store: Store, key: Hashable, make: Callable[[], T], *, now: datetime) -> tuple[datetime, T]:
        """What `make` gave for this key, and when: a minute ago at most."""
        slot = self._slot(store, key)
        with slot.lock:
            if slot.made is None or not timedelta(0) <= now - slot.made[0] < LONG:
                slot.made = now, make()
            return slot.made

    def _slot(self, store: Store, key: Hashable) -> _Slot[T]:
        with self._lock:
            known = self._slots.setdefault(store, {})
            if key not in known and len(known) >= MOST:
                known.clear()
            return known.setdefault(key, _Slot())
