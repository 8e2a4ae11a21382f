"""Bluesky as `tests/contracts/` asks for it: pages of two, two people, several posts in the same instant."""

import time

import httpx

from connectors.base import Channel, Source
from connectors.bluesky.channel import BlueskyChannel
from connectors.bluesky.chat_source import BlueskyChatSource
from connectors.bluesky.source import Reading
from models import Mention
from tests.connectors.bluesky.conftest import open_client, open_source
from tests.contracts.worlds import RESET_SECONDS, Fault, Sent
from tests.fakes.bluesky import DID, NOW, FakeBluesky, answered, minutes, refused

LIST = "app.bsky.notification.listNotifications"
LOG = "chat.bsky.convo.getLog"
SEND = "chat.bsky.convo.sendMessage"


def faulty(fault: Fault) -> httpx.Response | Exception:
    reset = {"ratelimit-remaining": "0", "ratelimit-reset": str(int(time.time()) + RESET_SECONDS)}
    return {
        Fault.RATE_LIMITED: refused(429, "RateLimitExceeded", headers=reset),
        Fault.SERVER_ERROR: refused(502, "UpstreamFailure"),
        Fault.TIMEOUT: httpx.ReadTimeout("slow"),
        Fault.UNAUTHORIZED: refused(401, "AuthMissing"),
        Fault.PAYMENT_REQUIRED: refused(402, "PaymentRequired"),
        Fault.FORBIDDEN: refused(403, "AccountTakedown"),
        Fault.CUT_SHORT: httpx.Response(200, content=b'{"notifications": [{"uri"'),
        Fault.NOT_JSON: httpx.Response(200, text="<html>proxy</html>"),
        Fault.ERROR_IN_200: answered({"error": "InternalServerError"}),
    }[fault]


class BlueskyWorld:
    read_by = LIST

    def __init__(self) -> None:
        self._fake = FakeBluesky(page_size=2)
        self._people = [self._fake.add_account(f"did:plc:{name}", f"{name}.test") for name in ("alice", "bobby")]
        self._said = 0

    def source(self) -> Source:
        return open_source(open_client(self._fake), page_size=2)

    def say(self, text: str) -> str:
        # Two at a time share an instant, to the millisecond.
        at = NOW - minutes(120) + minutes(self._said // 2)
        self._said += 1
        return self._tell(self._people[self._said % 2], text, at)

    def _tell(self, did: str, text: str, at: object) -> str:
        return self._fake.mention(did, text, at=at)

    def delete(self, native_id: str) -> None:
        self._fake.delete(native_id)

    def say_ourselves(self, text: str) -> str:
        return self._fake.mention(DID, text, at=NOW - minutes(1))

    def say_unreadable(self) -> None:
        self.say("broken")
        self._fake.notifications[-1]["record"] = {"$type": "app.bsky.feed.post"}

    def page_twice(self) -> None:
        self._fake.is_doubling = True

    def add_unknown_fields(self) -> None:
        self._fake.is_adding_fields = True

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self._fake.fail(self.read_by, *[faulty(fault) for _ in range(times)])


class BlueskyChatWorld(BlueskyWorld):
    """Direct messages: the log shows two at a time."""

    read_by = LOG

    def __init__(self) -> None:
        super().__init__()
        self._fake.log_page = 2

    def source(self) -> Source:
        client = open_client(self._fake)
        return BlueskyChatSource(client, reading=Reading(), now=lambda: NOW + minutes(5))

    def _tell(self, did: str, text: str, at: object) -> str:
        return self._fake.write(did, text, at=at)

    def delete(self, native_id: str) -> None:
        self._fake.hide(native_id)

    def say_ourselves(self, text: str) -> str:
        return self._fake.write(DID, text, to=self._people[0], at=NOW - minutes(1))

    def say_unreadable(self) -> None:
        self.say("broken")
        self._fake.log[-1]["message"].pop("sentAt")


class BlueskyPrivateWorld:
    """The channel, as far as direct messages go. Everybody has a conversation of their own with us."""

    def __init__(self) -> None:
        self._fake = FakeBluesky()
        self._said = 0

    def channel(self) -> Channel:
        return BlueskyChannel(open_client(self._fake), now=lambda: NOW)

    def mention(self) -> Mention:
        self._said += 1
        person = self._fake.add_account(f"did:plc:person{self._said}", f"person{self._said}.test")
        native_id = self._fake.write(person, f"my account number is {self._said}")
        source = BlueskyChatSource(open_client(self._fake), now=lambda: NOW + minutes(5))
        (found,) = [mention for mention in source.pull(None).mentions if mention.native_id == native_id]
        return found

    def private_mention(self) -> Mention:
        return self.mention()

    def sent(self) -> list[Sent]:
        messages = [message for convo in self._fake.convos.values() for message in convo["messages"]]
        return [Sent(message["text"], is_private=True) for message in messages if message["sender"]["did"] == DID]

    def lose_next_answer(self) -> None:
        def take_it(fake: FakeBluesky) -> None:
            fake.before.pop(SEND)
            fake._sendMessage(fake.requests[-1])

        self._fake.before[SEND] = take_it
        self._fake.fail(SEND, httpx.ReadTimeout("lost"))

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self._fake.fail(SEND, *[faulty(fault) for _ in range(times)])
