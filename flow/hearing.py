"""How messages come in: pulled, pushed, asked for again; and what the desk says. Nothing here decides about them."""

import logging
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from connectors.base import Source
from connectors.world import World
from flow import desk_changes, rechecks
from flow.arrival import keep_page
from flow.batches import in_lanes
from flow.channel_watch import end_gap, note_gap
from flow.delivery import ACCESS_PAUSE
from flow.pushes import NotNowError, read_desk_push, read_push
from flow.words import Down
from models import Page
from models.errors import AccessError, BudgetError, EarshotError, RetryableError, SetupError
from policy.retention import Retention
from store.pushes import Push
from store.queue import Lane
from store.store import Store

logger = logging.getLogger("earshot.hearing")

PUSHES = 50
MOST_PUT_OFF = 1000


class Hearing:
    """Each method stores what came, one transaction a page, and hands the ids on to be judged."""

    def __init__(
        self,
        store: Store,
        world: World,
        retention: Callable[[], Retention],
        *,
        hand_on: Callable[[Sequence[str], Lane], object],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._world = world
        self._retention = retention
        self._hand_on = hand_on
        self._now = now

    def pull(self, name: str) -> int:
        """Read a source until it has nothing new; gives how many mentions are to be judged."""
        with self._store.reading() as transaction:
            connection = transaction.connections.get(name)
        if connection.paused_until is not None and connection.paused_until > self._now():
            return 0
        try:
            total = self.read(self._world.source(name), cursor=connection.cursor, keep_cursor_as=name)
        except (RetryableError, AccessError, SetupError) as error:
            self._failed(name, error)
            return 0
        end_gap(self._store, self._world, name, connection, now=self._now())
        return total

    def read(
        self,
        source: Source,
        *,
        cursor: str | None = None,
        keep_cursor_as: str | None = None,
        lane: Lane = Lane.JUDGE,
        hand_on: bool = True,
        on_page: Callable[[Page, Sequence[str]], None] = lambda page, ids: None,
    ) -> int:
        """Store page after page, and have each judged. `on_page` is told what is to be judged of it.

        With `hand_on` False they are only stored, for `sweep` to find.
        """
        total = 0
        while True:
            page = source.pull(cursor)
            with self._store.writing() as transaction:
                ids = keep_page(
                    transaction,
                    page,
                    self._retention(),
                    source=source.name,
                    keep_cursor_as=keep_cursor_as,
                    lane=lane.value,
                    now=self._now(),
                )
            total += len(ids)
            on_page(page, ids)
            if hand_on:
                self._hand_on_each(ids)
            if page.cursor == cursor or page.is_empty:
                return total
            cursor = page.cursor

    def receive(self, name: str) -> int:
        """Read what was pushed to `/hooks/<name>`, in the order it came, then what was put off and is due; gives how
        many mentions are to be judged."""
        total, down = 0, Down()
        while True:
            with self._store.reading() as transaction:
                waiting = transaction.pushes.waiting(name, limit=PUSHES)
            try:
                total += sum(self._read_push(push, down) for push in waiting)
            except NotNowError as error:
                logger.warning("%s", error)
                return total
            if not waiting:
                return total + self._read_put_off(name, down)

    def _read_put_off(self, name: str, down: Down) -> int:
        """Until a channel cannot be asked: then the others keep their turn."""
        with self._store.reading() as transaction:
            put_off = transaction.pushes.put_off(name, now=self._now(), limit=MOST_PUT_OFF)
        total = 0
        for push in put_off:
            if down:
                break
            with suppress(NotNowError):
                total += self._read_push(push, down)
        return total

    def _read_push(self, push: Push, down: Down) -> int:
        """Raises: NotNowError; SetupError where nobody reads there any more: the push waits."""
        receiver, now = self._world.receiver(push.receiver), self._now()
        if receiver is None:
            from_desk = self._world.desk_receiver(push.receiver)
            return read_desk_push(self._store, push, from_desk, sink=self._world.desk.name, now=now)
        lane, channel = Lane.JUDGE, self._world.channel
        rules = self._retention()
        ids = read_push(self._store, push, receiver, channel, rules, down=down, lane=lane.value, now=now)
        self._hand_on_each(ids)
        return len(ids)

    def _hand_on_each(self, ids: Sequence[str]) -> None:
        if not ids:
            return
        with self._store.reading() as transaction:
            lanes = in_lanes(transaction, ids)
        for lane, some in lanes.items():
            self._hand_on(some, lane)

    def recheck(self, *, days: int, hours: float) -> int:
        """Ask after messages whose deletion nobody tells; gives how many have other words now."""
        ids = rechecks.recheck(
            self._store,
            self._world,
            self._retention(),
            days=days,
            hours=hours,
            lane=Lane.BULK.value,
            now=self._now(),
        )
        self._hand_on(ids, Lane.BULK)
        return len(ids)

    def ask_desk(self) -> int:
        """What changed about our tickets; gives how many did."""
        desk = self._world.desk
        name = f"desk:{desk.name}"
        with self._store.reading() as transaction:
            paused_until = transaction.connections.get(name).paused_until
        if paused_until is not None and paused_until > self._now():
            return 0
        try:
            return desk_changes.ask_desk(self._store, desk, name=name, now=self._now())
        except (RetryableError, AccessError) as error:
            self._failed(name, error)
            return 0

    def _failed(self, name: str, error: EarshotError) -> None:
        """Note it, and when the next try makes sense."""
        logger.warning("%s", error)
        now, until = self._now(), None
        if isinstance(error, BudgetError):
            until = error.until
        elif isinstance(error, AccessError | SetupError):
            until = now + ACCESS_PAUSE
        elif isinstance(error, RetryableError) and error.retry_after_seconds:
            until = now + timedelta(seconds=error.retry_after_seconds)
        with self._store.writing() as transaction:
            note_gap(transaction, name, cause=str(error), now=now)
            transaction.connections.failed(name, str(error), now=now, paused_until=until)
