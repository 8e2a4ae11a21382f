"""YouTube as `tests/contracts/` asks for it: pages of two, two people, two comments in the same second."""

from collections.abc import Callable
from datetime import datetime, timedelta

import httpx

from connectors.base import Channel, Source
from models import Mention
from tests.connectors.google_tokens import refused
from tests.connectors.youtube.conftest import open_answers, open_source
from tests.contracts.worlds import Fault, Sent
from tests.fakes.youtube import NOW, OURS, FakeYouTube


class YouTubeWorld:
    def __init__(self) -> None:
        self._fake = FakeYouTube(page_size=2)
        self._people = [self._fake.open_channel(f"UC{name}", name, handle=f"@{name}") for name in ("alice", "bobby")]
        self._said = 0

    def source(self) -> Source:
        return open_source(self._fake, page_size=2)

    def say(self, text: str) -> str:
        return self._fake.comment(self._people[self._said % 2], text, at=self._tick())

    def delete(self, native_id: str) -> None:
        self._fake.delete(native_id)

    def edit(self, native_id: str, text: str) -> None:
        self._said += 2
        self._fake.edit(native_id, text, at=self._tick())

    def say_ourselves(self, text: str) -> str:
        """The newest comment gets a reply."""
        return self._fake.comment(OURS, text, at=self._tick(), under=list(self._fake.comments)[-1])

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self._fake.fail("GET commentThreads", *(FAULTS[fault]() for _ in range(times)))

    def page_twice(self) -> None:
        self._fake.twice = True

    def add_unknown_fields(self) -> None:
        self._fake.more = {"shoeSize": 43, "moods": [{"kind": "blue"}]}

    def say_unreadable(self) -> None:
        self._fake.broken.append((self._tick(), {"kind": "youtube#commentThread", "id": "broken", "snippet": None}))

    def _tick(self) -> datetime:
        self._said += 1
        return NOW - timedelta(minutes=120 - self._said // 2)


class YouTubeChannelWorld:
    def __init__(self) -> None:
        self._fake = FakeYouTube()
        self._fake.open_channel("UCalice", "Alice", handle="@alice")

    def channel(self) -> Channel:
        return open_answers(self._fake)

    def mention(self) -> Mention:
        comment_id = self._fake.comment("UCalice", "my card was charged twice", at=NOW - timedelta(minutes=5))
        mentions = open_source(self._fake).pull(None).mentions
        return next(mention for mention in mentions if mention.native_id == comment_id)

    def sent(self) -> list[Sent]:
        ours = [one for one in self._fake.comments.values() if one["authorChannelId"]["value"] == OURS]
        return [Sent(snippet["textDisplay"]) for snippet in ours]

    def lose_next_answer(self) -> None:
        self._fake.lose_writes = 1

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self._fake.fail("POST comments", *(FAULTS[fault]() for _ in range(times)))

    def is_hidden(self, mention: Mention) -> bool:
        return mention.native_id in self._fake.held

    def fail_next_hiding(self, fault: Fault, times: int = 1) -> None:
        if fault in (Fault.CUT_SHORT, Fault.NOT_JSON, Fault.ERROR_IN_200):
            raise NotImplementedError("the answer is empty, and a status is all there is")
        self._fake.fail("POST comments/setModerationStatus", *(FAULTS[fault]() for _ in range(times)))

    def withdraw(self, mention: Mention) -> None:
        self._fake.delete(mention.native_id)


FAULTS: dict[Fault, Callable[[], httpx.Response | Exception]] = {
    # The window starts anew at midnight Pacific time, which is 120 seconds from the clock of the fake.
    Fault.RATE_LIMITED: lambda: refused(403, "quotaExceeded"),
    Fault.SERVER_ERROR: lambda: refused(503, "backendError"),
    Fault.TIMEOUT: lambda: httpx.ReadTimeout("lost by the test"),
    Fault.UNAUTHORIZED: lambda: refused(401, "authError"),
    Fault.PAYMENT_REQUIRED: lambda: refused(402, "paymentRequired"),
    Fault.FORBIDDEN: lambda: refused(403, "insufficientPermissions"),
    Fault.CUT_SHORT: lambda: httpx.Response(200, content=b'{"kind": "youtube#commentThreadLis'),
    Fault.NOT_JSON: lambda: httpx.Response(200, content=b"<html>502</html>"),
    Fault.ERROR_IN_200: lambda: httpx.Response(200, json={"error": {"code": 500, "message": "…"}}),
}
