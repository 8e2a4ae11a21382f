"""X as `tests/contracts/` asks for it: pages of two, two people, several posts in the same millisecond."""

from collections.abc import Callable
from datetime import datetime, timedelta
from html import unescape

import httpx
from pydantic import SecretStr

from connectors.base import Channel, Receiver, Source
from connectors.x.channel import XChannel
from connectors.x.receiver import XReceiver
from models import Mention
from tests.connectors.x.conftest import ALICE, BOBBY, open_client, open_dms, open_source
from tests.connectors.x.pushes import body_of, message, pushed_messages, signed
from tests.contracts.worlds import RESET_SECONDS, Fault, Push, Sent
from tests.fakes.x import (
    CONSUMER,
    CREATE,
    DM_EVENTS,
    MENTIONS,
    NOW,
    OWN_HANDLE,
    OWN_ID,
    SEND_DM,
    FakeX,
    limits,
    minutes,
    not_authorised,
    problem,
)


class _World:
    def __init__(self) -> None:
        self.fake = FakeX(page_size=2)
        self.fake.add_user(ALICE, "alice")
        self.fake.add_user(BOBBY, "bobby")
        self._said = 0

    def _next(self) -> tuple[str, datetime]:
        """Who speaks and when: two at a time share an instant, to the millisecond."""
        at = NOW - minutes(120) + minutes(self._said // 2)
        self._said += 1
        return (ALICE, BOBBY)[self._said % 2], at

    def page_twice(self) -> None:
        self.fake.doubled = True

    def add_unknown_fields(self) -> None:
        self.fake.unknown_fields = True


class XWorld(_World):
    def source(self) -> Source:
        return open_source(open_client(self.fake), self.fake, page_size=2)

    def say(self, text: str) -> str:
        """A post of exactly these words that X lists among our mentions."""
        author, at = self._next()
        ours = [{"start": 0, "end": 0, "username": OWN_HANDLE, "id": OWN_ID}]
        native_id = self.fake.post(author, text, at=at)
        said = self.fake.posts[native_id]
        said["entities"] = {"mentions": ours}
        if "note_tweet" in said:
            said["note_tweet"]["entities"] = said["entities"]
        return native_id

    def delete(self, native_id: str) -> None:
        self.fake.delete(native_id)

    def edit(self, native_id: str, text: str) -> None:
        version = self.fake.edit(native_id, text, at=self._next()[1])
        self.fake.posts[version]["entities"] = self.fake.posts[native_id]["entities"]

    def repost(self, native_id: str) -> None:
        author, at = self._next()
        again = self.fake.post(author, "RT", reposting=native_id, at=at)
        self.fake.posts[again]["entities"] = self.fake.posts[native_id]["entities"]

    def say_ourselves(self, text: str) -> str:
        native_id = self.fake.post(OWN_ID, text, at=self._next()[1])
        self.fake.posts[native_id]["entities"] = {"mentions": [{"start": 0, "end": 0, "id": OWN_ID}]}
        return native_id

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self.fake.fail(MENTIONS, *(FAULTS[fault]() for _ in range(times)))

    def shuffle(self) -> None:
        self.fake.shuffled = True

    def say_unreadable(self) -> None:
        self.fake.junk.append(("mentions", {"id": "12", "text": None}))


class XDmWorld(_World):
    def source(self) -> Source:
        return open_dms(open_client(self.fake), self.fake, page_size=2)

    def say(self, text: str) -> str:
        author, at = self._next()
        return self.fake.dm(author, text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), at=at)

    def say_ourselves(self, text: str) -> str:
        return self.fake.dm(OWN_ID, text, recipient=ALICE, at=self._next()[1])

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self.fake.fail(DM_EVENTS, *(FAULTS[fault]() for _ in range(times)))

    def shuffle(self) -> None:
        self.fake.shuffled = True

    def say_unreadable(self) -> None:
        self.fake.junk.append(("dms", {"id": "not a number"}))


class XChannelWorld(_World):
    def channel(self) -> Channel:
        return XChannel(open_client(self.fake), now=lambda: self.fake.now)

    def mention(self) -> Mention:
        author, at = self._next()
        native_id = self.fake.mention(author, "my card was charged twice", at=at)
        found = open_source(open_client(self.fake), self.fake).pull(None).mentions
        return next(mention for mention in found if mention.native_id == native_id)

    def private_mention(self) -> Mention:
        author, at = self._next()
        native_id = self.fake.dm(author, "my card was charged twice", at=at)
        found = open_dms(open_client(self.fake), self.fake).pull(None).mentions
        return next(mention for mention in found if mention.native_id == native_id)

    def sent(self) -> list[Sent]:
        said = [(post["id"], Sent(unescape(post.get("note_tweet", post)["text"]))) for post in self.fake.own_posts()]
        ours = [event for event in self.fake.dms if event["sender_id"] == OWN_ID]
        said += [(event["id"], Sent(event["text"], is_private=True)) for event in ours]
        return [sent for _, sent in sorted(said, key=lambda each: int(each[0]))]

    def lose_next_answer(self) -> None:
        self.fake.lost = {CREATE: 1, SEND_DM: 1}

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        for endpoint in (CREATE, SEND_DM):
            self.fake.fail(endpoint, *(FAULTS[fault]() for _ in range(times)))

    def withdraw(self, mention: Mention) -> None:
        self.fake.delete(mention.native_id)


class XReceiverWorld:
    """Direct messages: an event of the Activity API may hold several."""

    def receiver(self) -> Receiver:
        return XReceiver(own_id=OWN_ID, consumer_secret=SecretStr(CONSUMER[1]))

    def push(self, *texts: str, at: datetime) -> Push:
        return _push([_message(text, number, at) for number, text in enumerate(texts)])

    def push_doubled(self, text: str, *, at: datetime) -> Push:
        return _push([_message(text, 0, at)] * 2)

    def push_with_a_bad_one(self, text: str, *, at: datetime) -> Push:
        return _push([{"type": "message_create", "id": None}, _message(text, 0, at)])

    def handshake_query(self) -> dict[str, str]:
        return {"crc_token": "challenge"}

    def wrong_handshake_query(self) -> dict[str, str]:
        return {"hub.challenge": "challenge"}


def _message(text: str, number: int, at: datetime) -> dict[str, object]:
    said_at = at - timedelta(minutes=9) + timedelta(seconds=number)
    native_id = str(10**18 + int.from_bytes(text.encode(errors="replace")[:6]) + number)
    return message(native_id, ALICE, text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), said_at)


def _push(messages: list[object]) -> Push:
    users = {ALICE: {"id": ALICE, "username": "alice", "public_metrics": {"followers_count": 7}}}
    body = body_of(pushed_messages(messages, users))
    return Push(signed(body), body)


FAULTS: dict[Fault, Callable[[], httpx.Response | Exception]] = {
    Fault.RATE_LIMITED: lambda: problem(
        429, "about:blank", "Too Many Requests", headers=limits(NOW, remaining=0, seconds=RESET_SECONDS)
    ),
    Fault.SERVER_ERROR: lambda: problem(502, "about:blank", "Bad Gateway"),
    Fault.TIMEOUT: lambda: httpx.ReadTimeout("lost by the test"),
    Fault.UNAUTHORIZED: lambda: problem(401, "about:blank", "Unauthorized"),
    Fault.PAYMENT_REQUIRED: lambda: problem(402, "https://api.x.com/2/problems/credits", "CreditsDepleted"),
    Fault.FORBIDDEN: lambda: problem(403, "https://api.x.com/2/problems/client-forbidden", "Client Forbidden"),
    Fault.CUT_SHORT: lambda: httpx.Response(200, content=b'{"data": [{"id": "1", "te'),
    Fault.NOT_JSON: lambda: httpx.Response(200, content=b"<html>proxy</html>"),
    Fault.ERROR_IN_200: lambda: httpx.Response(200, json={"errors": [not_authorised(OWN_ID)]}),
}
