"""Messages that arrive at stated instants, whether those before them are done or not."""

import random
import time
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from models import Mention, Page

MOST_IN_A_PAGE = 250
DOOR_SECONDS = 0.2
"""How often the door is opened: what came meanwhile is one page."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """So many seconds at so many messages a second."""

    seconds: float
    rate: float


def instants(stretches: Sequence[Stretch], *, seed: int = 1) -> list[float]:
    """Seconds after the start, ascending: chance alone decides when each comes, the same in every run."""
    chance, found, begins = random.Random(seed), list[float](), 0.0  # noqa: S311  when, not what
    for stretch in stretches:
        at = begins
        while stretch.rate and (at := at + chance.expovariate(stretch.rate)) < begins + stretch.seconds:
            found.append(at)
        begins += stretch.seconds
    return found


class Arriving:
    """Gives each message once it is due, said at that instant. Implements `connectors.base.Source`.

    `began_at` is set at the first look.
    """

    name = "arriving"

    def __init__(self, mentions: Sequence[Mention], due: Sequence[float], *, meanwhile: Callable[[], None]) -> None:
        """`due`: seconds after the start, ascending, one a message."""
        self._mentions, self._due, self._meanwhile = mentions[: len(due)], due, meanwhile
        self._began = 0.0
        self.began_at = datetime.now(UTC)
        self.came_at: dict[str, datetime] = {}
        """Mention id → when it came, by the plan: what it waits before the door opens is counted."""

    def pull(self, cursor: str | None) -> Page:
        place = int(cursor or 0)
        if not place:
            self._began, self.began_at = time.monotonic(), datetime.now(UTC)
        if place >= len(self._mentions):
            return Page((), str(place))
        while self._due[place] > (elapsed := time.monotonic() - self._began):
            self._meanwhile()
            time.sleep(min(DOOR_SECONDS, self._due[place] - elapsed + DOOR_SECONDS))
        end = min(bisect_right(self._due, elapsed), place + MOST_IN_A_PAGE, len(self._mentions))
        return Page([self._said_now(number) for number in range(place, end)], str(end))

    def _said_now(self, number: int) -> Mention:
        mention, at = self._mentions[number], self.began_at + timedelta(seconds=self._due[number])
        self.came_at[mention.id] = at
        return replace(mention, created_at=at, received_at=datetime.now(UTC))
