"""The App Store as `tests/contracts/` asks for it: pages of two, two reviews in the same second."""

from collections.abc import Callable
from datetime import timedelta

import httpx

from connectors.base import Channel, Source
from models import Mention
from tests.connectors.app_store.conftest import open_channel, open_source
from tests.contracts.worlds import RESET_SECONDS, Fault, Sent
from tests.fakes.app_store import NOW, FakeAppStore, refused


class AppStoreWorld:
    def __init__(self) -> None:
        self._fake = FakeAppStore(page_size=2)
        self._said = 0

    def source(self) -> Source:
        return open_source(self._fake, page_size=2)

    def say(self, text: str) -> str:
        self._said += 1
        return self._fake.say(text, at=NOW - timedelta(minutes=120 - self._said // 2))

    def delete(self, native_id: str) -> None:
        del self._fake.reviews[native_id]

    def edit(self, native_id: str, text: str) -> None:
        self._fake.edit(native_id, text)

    def say_ourselves(self, text: str) -> str:
        """The newest review gets an answer."""
        return self._fake.respond(list(self._fake.reviews)[-1], text)

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self._fake.fail("GET", *(FAULTS[fault]() for _ in range(times)))

    def page_twice(self) -> None:
        self._fake.twice = True

    def add_unknown_fields(self) -> None:
        self._fake.more = {"shoeSize": 43, "moods": [{"kind": "blue"}]}

    def say_unreadable(self) -> None:
        self._said += 1
        at = NOW - timedelta(minutes=120 - self._said // 2)
        self._fake.broken.append((at, {"type": "customerReviews", "id": "0000-broken", "attributes": None}))


class AppStoreChannelWorld:
    def __init__(self) -> None:
        self._fake = FakeAppStore()

    def channel(self) -> Channel:
        return open_channel(self._fake)

    def mention(self) -> Mention:
        review_id = self._fake.say("The app charged me twice", at=NOW - timedelta(minutes=5))
        mentions = open_source(self._fake).pull(None).mentions
        return next(mention for mention in mentions if mention.native_id == review_id)

    def sent(self) -> list[Sent]:
        return [Sent(response["attributes"]["responseBody"]) for response in self._fake.responses.values()]

    def lose_next_answer(self) -> None:
        self._fake.lose_writes = 3

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self._fake.fail("POST", *(FAULTS[fault]() for _ in range(times)))

    def withdraw(self, mention: Mention) -> None:
        del self._fake.reviews[mention.native_id]


FAULTS: dict[Fault, Callable[[], httpx.Response | Exception]] = {
    Fault.RATE_LIMITED: lambda: refused(429, "RATE_LIMIT_EXCEEDED", headers={"retry-after": str(RESET_SECONDS)}),
    Fault.SERVER_ERROR: lambda: refused(500, "UNEXPECTED_ERROR"),
    Fault.TIMEOUT: lambda: httpx.ReadTimeout("lost by the test"),
    Fault.UNAUTHORIZED: lambda: refused(401, "NOT_AUTHORIZED"),
    Fault.PAYMENT_REQUIRED: lambda: refused(402, "PAYMENT_REQUIRED"),
    Fault.FORBIDDEN: lambda: refused(403, "FORBIDDEN_ERROR"),
    Fault.CUT_SHORT: lambda: httpx.Response(200, content=b'{"data": [{"type": "customerRev'),
    Fault.NOT_JSON: lambda: httpx.Response(200, content=b"<html>502</html>"),
    Fault.ERROR_IN_200: lambda: httpx.Response(200, json={"errors": [{"code": "UNEXPECTED_ERROR"}]}),
}
