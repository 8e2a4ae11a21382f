"""Google Play as `tests/contracts/` asks for it: pages of two, two reviews in the same second."""

from collections.abc import Callable
from datetime import timedelta

import httpx

from connectors.base import Channel, Source
from models import Mention
from tests.connectors.google_play.conftest import open_channel, open_source
from tests.connectors.google_tokens import refused
from tests.contracts.worlds import RESET_SECONDS, Fault, Sent
from tests.fakes.google_play import NOW, FakeGooglePlay


class GooglePlayWorld:
    def __init__(self) -> None:
        self._fake = FakeGooglePlay(page_size=2)
        self._said = 0

    def source(self) -> Source:
        return open_source(self._fake, page_size=2)

    def say(self, text: str) -> str:
        self._said += 1
        return self._fake.say(text, at=NOW - timedelta(minutes=120 - self._said // 2))

    def delete(self, native_id: str) -> None:
        del self._fake.reviews[native_id]

    def edit(self, native_id: str, text: str) -> None:
        self._said += 2
        self._fake.edit(native_id, text, at=NOW - timedelta(minutes=120 - self._said // 2))

    def say_ourselves(self, text: str) -> str:
        """The newest review gets an answer."""
        review_id = list(self._fake.reviews)[-1]
        self._fake.answer(review_id, text, at=NOW)
        return f"{review_id}:reply"

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self._fake.fail("GET", *(FAULTS[fault]() for _ in range(times)))

    def page_twice(self) -> None:
        self._fake.twice = True

    def add_unknown_fields(self) -> None:
        self._fake.more = {"shoeSize": 43, "moods": [{"kind": "blue"}]}

    def say_unreadable(self) -> None:
        self._said += 1
        seconds = int((NOW - timedelta(minutes=120 - self._said // 2)).timestamp())
        self._fake.broken.append((seconds, {"reviewId": "gp:broken", "comments": "none"}))


class GooglePlayChannelWorld:
    def __init__(self) -> None:
        self._fake = FakeGooglePlay()

    def channel(self) -> Channel:
        return open_channel(self._fake)

    def mention(self) -> Mention:
        review_id = self._fake.say("The app charged me twice", at=NOW - timedelta(minutes=5))
        mentions = open_source(self._fake).pull(None).mentions
        return next(mention for mention in mentions if mention.native_id == review_id)

    def sent(self) -> list[Sent]:
        return [Sent(text) for text in self._fake.answers()]

    def lose_next_answer(self) -> None:
        self._fake.lose_writes = 3

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self._fake.fail("POST", *(FAULTS[fault]() for _ in range(times)))

    def withdraw(self, mention: Mention) -> None:
        del self._fake.reviews[mention.native_id]


FAULTS: dict[Fault, Callable[[], httpx.Response | Exception]] = {
    Fault.RATE_LIMITED: lambda: refused(429, "rateLimitExceeded", headers={"retry-after": str(RESET_SECONDS)}),
    Fault.SERVER_ERROR: lambda: refused(503, "backendError"),
    Fault.TIMEOUT: lambda: httpx.ReadTimeout("lost by the test"),
    Fault.UNAUTHORIZED: lambda: refused(401, "authError"),
    Fault.PAYMENT_REQUIRED: lambda: refused(402, "paymentRequired"),
    Fault.FORBIDDEN: lambda: refused(403, "permissionDenied"),
    Fault.CUT_SHORT: lambda: httpx.Response(200, content=b'{"reviews": [{"reviewId": "gp:0'),
    Fault.NOT_JSON: lambda: httpx.Response(200, content=b"<html>502</html>"),
    Fault.ERROR_IN_200: lambda: httpx.Response(200, json={"error": {"code": 500, "message": "…"}}),
}
