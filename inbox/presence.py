"""Who else is at a case, told to open pages as it changes.

However many pages are open, this process reads the database at most once a second, over one connection, for all of
them together: the first stream that finds the last look too old looks again, the others take what is known.
"""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from starlette.concurrency import run_in_threadpool

from models.errors import RetryableError
from store.presence import Act, Present
from store.store import Store

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
HEARTBEAT_SECONDS = 15.0
LONGEST_SECONDS = 600.0
"""Then the browser asks again, and shows that it is still logged in."""
ACTS_FOR = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Look:
    """What the last look found."""

    present: Mapping[int, tuple[Present, ...]] = field(default_factory=dict)
    acts: Mapping[int, tuple[Act, ...]] = field(default_factory=dict)
    cases: frozenset[int] = frozenset()
    ended: frozenset[str] = frozenset()
    """Sessions of open pages that stand no more."""


@dataclass(frozen=True, slots=True)
class Others:
    """What one person is told of the others at a case."""

    present: tuple[Present, ...] = ()
    acts: tuple[Act, ...] = ()
    """Since the page was opened; oldest first."""


def others_of(present: tuple[Present, ...], acts: tuple[Act, ...], *, person: str, since: datetime) -> Others:
    return Others(
        tuple(one for one in present if one.name != person),
        tuple(act for act in acts if act.by != person and act.at > since),
    )


class Watch:
    """All streams of one process."""

    def __init__(
        self,
        store: Store,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        look_seconds: float = LOOK_SECONDS,
        heartbeat_seconds: float = HEARTBEAT_SECONDS,
    ) -> None:
        self._store = store
        self._clock = clock
        self._look_seconds = look_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._watched: Counter[int] = Counter()
        self._since: dict[int, datetime] = {}
        self._sessions: Counter[str] = Counter()
        self._last = Look()
        self._looked_at = 0.0
        self._is_looking = False
        self.is_over = False
        self.looks = 0
        """How often the database was read."""

    def close(self) -> None:
        """Every stream ends within a second."""
        self.is_over = True

    async def stream(
        self, case_id: int, *, person: str, since: datetime, render: Callable[[Others], str], session: str = ""
    ) -> AsyncIterator[str]:
        """Server-sent events: a fragment when something changed, a comment when nothing did for a while.

        `session`: digest of the session that the page was opened in; the stream ends with it.
        """
        since = max(since, self._clock() - ACTS_FOR)
        self._enter(case_id, since)
        self._sessions[session] += 1
        try:
            yield "retry: 2000\n\n"
            told: Others | None = None
            ends_at = time.monotonic() + LONGEST_SECONDS
            quiet_since = time.monotonic()
            while not self.is_over and time.monotonic() < ends_at:
                look = await self._look(case_id)
                if session in look.ended:
                    return
                others = others_of(
                    look.present.get(case_id, ()), look.acts.get(case_id, ()), person=person, since=since
                )
                if others != told:
                    told, quiet_since = others, time.monotonic()
                    yield as_event(render(others))
                elif time.monotonic() - quiet_since >= self._heartbeat_seconds:
                    quiet_since = time.monotonic()
                    yield ": still here\n\n"
                await asyncio.sleep(self._look_seconds)
        finally:
            self._leave(case_id)
            self._sessions -= Counter([session])

    def _enter(self, case_id: int, since: datetime) -> None:
        self._watched[case_id] += 1
        self._since[case_id] = min(since, self._since.get(case_id, since))

    def _leave(self, case_id: int) -> None:
        self._watched[case_id] -= 1
        if self._watched[case_id] <= 0:
            del self._watched[case_id]
            self._since.pop(case_id, None)

    async def _look(self, case_id: int) -> Look:
        is_old = time.monotonic() - self._looked_at >= self._look_seconds or case_id not in self._last.cases
        if is_old and not self._is_looking:
            self._is_looking = True
            try:
                self._last = await run_in_threadpool(self._read, dict(self._since), set(self._sessions) - {""})
            except RetryableError:
                logger.warning("the database did not answer; who is at which case is told again later")
            finally:
                self._looked_at, self._is_looking = time.monotonic(), False
        return self._last

    def _read(self, since: Mapping[int, datetime], sessions: Collection[str]) -> Look:
        self.looks += 1
        with self._store.reading() as transaction:
            present = transaction.presence.of_cases(since, now=self._clock())
            acts = transaction.presence.acts_since(since, min(since.values(), default=self._clock()))
            ended = frozenset(sessions) - transaction.accounts.standing(sessions, now=self._clock())
        return Look(present, acts, frozenset(since), ended)


def as_event(fragment: str) -> str:
    """Each line of it is sent as one. An event without any line would not be told to the page at all."""
    return "event: others\n" + "".join(f"data: {line}\n" for line in fragment.splitlines() or [""]) + "\n"
