"""Mastodon as `tests/contracts/` asks for it: pages of two, two people, several posts in the same instant."""

from datetime import timedelta

import httpx

from connectors.base import Channel, Source
from connectors.mastodon.channel import MastodonChannel
from models import Mention
from tests.connectors.mastodon.conftest import open_client, open_source
from tests.contracts.worlds import RESET_SECONDS, Fault, Sent
from tests.fakes.mastodon import NOW, OWN_ID, FakeMastodon, answered, minutes, refused, written

READING = "/api/v1/notifications"
WRITING = "POST /api/v1/statuses"


def faulty(fault: Fault) -> httpx.Response | Exception:
    reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": written(NOW + timedelta(seconds=RESET_SECONDS))}
    return {
        Fault.RATE_LIMITED: refused(429, "Too many requests", headers=reset),
        Fault.SERVER_ERROR: refused(500, "Something went wrong on our end"),
        Fault.TIMEOUT: httpx.ReadTimeout("slow"),
        Fault.UNAUTHORIZED: refused(401, "The access token is invalid"),
        Fault.PAYMENT_REQUIRED: refused(402, "Payment required"),
        Fault.FORBIDDEN: refused(403, "Your login is currently disabled"),
        Fault.CUT_SHORT: httpx.Response(200, content=b'[{"id": "1", "type": "men'),
        Fault.NOT_JSON: httpx.Response(200, text="<html>proxy</html>"),
        Fault.ERROR_IN_200: answered({"error": "Something went wrong on our end"}),
    }[fault]


class MastodonWorld:
    """For sources and for the channel alike; `writes` says which calls a fault meets."""

    writes = False
    pages_of = 2

    def __init__(self) -> None:
        self._fake = FakeMastodon(page_size=self.pages_of, remaining=100_000)
        self._people = [self._fake.add_account(name) for name in ("alice", "bobby@elsewhere.test")]
        self._said = 0

    def source(self) -> Source:
        return open_source(open_client(self._fake), page_size=2)

    def channel(self) -> Channel:
        return MastodonChannel(open_client(self._fake), now=lambda: NOW + minutes(5))

    def say(self, text: str) -> str:
        return self._say(text)

    def _say(self, text: str, visibility: str = "public") -> str:
        # Two at a time share an instant, to the millisecond.
        at = NOW - minutes(120) + minutes(self._said // 2)
        self._said += 1
        return self._fake.mention(self._people[self._said % 2], text, at=at, visibility=visibility)

    # sources

    def delete(self, native_id: str) -> None:
        self._fake.delete(native_id)

    def edit(self, native_id: str, text: str) -> None:
        self._fake.edit(native_id, text, at=NOW - minutes(1))
        self._fake.notify(native_id, "update")

    def repost(self, native_id: str) -> None:
        self._fake.notify(native_id, "reblog", by=self._people[0])

    def say_ourselves(self, text: str) -> str:
        return self._fake.mention(OWN_ID, text, at=NOW - minutes(1))

    def say_unreadable(self) -> None:
        self._said += 1
        broken = self._fake.post(self._people[0], "broken", names=(OWN_ID,))
        self._fake.notify(broken, "mention")["created_at"] = "soon"

    def page_twice(self) -> None:
        self._fake.is_doubling = True

    def shuffle(self) -> None:
        self._fake.is_shuffling = True

    def add_unknown_fields(self) -> None:
        self._fake.is_adding_fields = True

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self._fake.fail(WRITING if self.writes else READING, *[faulty(fault) for _ in range(times)])

    # the channel

    def mention(self) -> Mention:
        return self._pulled(self.say(f"my card was charged twice ({self._said})"))

    def private_mention(self) -> Mention:
        return self._pulled(self._say(f"my account number is {self._said}", visibility="direct"))

    def _pulled(self, native_id: str) -> Mention:
        page = open_source(open_client(self._fake), page_size=80).pull(None)
        (found,) = [mention for mention in page.mentions if mention.native_id == native_id]
        return found

    def sent(self) -> list[Sent]:
        return [Sent(self._fake.typed[each["id"]], each["visibility"] == "direct") for each in self._fake.by_us()]

    def lose_next_answer(self) -> None:
        self._fake.after.setdefault(WRITING, []).extend([httpx.ReadTimeout("lost")] * 3)

    def withdraw(self, mention: Mention) -> None:
        self._fake.delete(mention.native_id)


class MastodonChannelWorld(MastodonWorld):
    writes = True
    pages_of = 80
