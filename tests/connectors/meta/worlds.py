"""Meta as `tests/contracts/` asks for it: a world for every channel, receiver and source."""

import base64
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import httpx

from connectors.base import Channel, Receiver, Source
from connectors.meta.sent import MemorySent
from models import Mention
from tests.connectors.meta import parts
from tests.contracts.worlds import RESET_SECONDS, Fault, Push, Sent
from tests.fakes import meta
from tests.fakes.meta import NOW, FakeMeta, refused


def _limited() -> httpx.Response:
    usage = {"call_count": 100, "total_time": 3, "total_cputime": 2}
    business = {"77": [{"type": "pages", **usage, "estimated_time_to_regain_access": RESET_SECONDS // 60}]}
    return refused(32, headers={"x-business-use-case-usage": json.dumps(business)})


FAULTS: dict[Fault, Callable[[], httpx.Response | Exception]] = {
    Fault.RATE_LIMITED: _limited,
    Fault.SERVER_ERROR: lambda: httpx.Response(502, content=b"<html>bad gateway</html>"),
    Fault.TIMEOUT: lambda: httpx.ReadTimeout("lost by the test"),
    Fault.UNAUTHORIZED: lambda: refused(190, 463, status=401),
    Fault.PAYMENT_REQUIRED: lambda: httpx.Response(402),
    Fault.FORBIDDEN: lambda: refused(200, status=403),
    Fault.CUT_SHORT: lambda: httpx.Response(200, content=b'{"id": "7'),
    Fault.NOT_JSON: lambda: httpx.Response(200, content=b"<html>login</html>"),
    Fault.ERROR_IN_200: lambda: refused(2, status=200),
}


class _World:
    """What all channels share. Notes of what was sent survive a restart."""

    def __init__(self) -> None:
        self.fake = FakeMeta()
        self.book = MemorySent()
        self._people = 30

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self.fake.fail("POST", *(FAULTS[fault]() for _ in range(times)))

    def _somebody(self) -> str:
        self._people += 1
        return str(self._people)


class _Losing(_World):
    def lose_next_answer(self) -> None:
        self.fake.lost = 1


class _Hiding(_Losing):
    def is_hidden(self, mention: Mention) -> bool:
        return mention.native_id in self.fake.hidden

    def fail_next_hiding(self, fault: Fault, times: int = 1) -> None:
        self.fail_next(fault, times)


class FacebookWorld(_Hiding):
    def channel(self) -> Channel:
        return parts.facebook(self.fake, self.book)

    def mention(self) -> Mention:
        somebody = self._somebody()
        post = self.fake.post()
        id = self.fake.comment("my card was charged twice", on=post, by=somebody)
        value = meta.feed_comment(id, "my card was charged twice", by=somebody, post_id=post, parent_id=post)
        return parts.only(meta.pushed("page", meta.page_entry(value)))

    def sent(self) -> list[Sent]:
        public = [node for node in self.fake.nodes.values() if node["from"]["id"] == meta.PAGE and node["parent"]]
        private = self.fake.sent("messenger")
        return [Sent(node["text"]) for node in public] + [Sent(text, is_private=True) for text in private]

    def withdraw(self, mention: Mention) -> None:
        self.fake.delete(mention.native_id)


class MessengerWorld(_Losing):
    platform, account, about = "messenger", meta.PAGE, "page"

    def channel(self) -> Channel:
        return parts.messenger(self.fake, self.book)

    def mention(self) -> Mention:
        somebody = self._somebody()
        mid = self.fake.message("where is my money", by=somebody, platform=self.platform)
        event = meta.talk_event(by=somebody, to=self.account, message={"mid": mid, "text": "where is my money"})
        return parts.only(meta.pushed(self.about, meta.talk_entry(event, id=self.account)))

    def private_mention(self) -> Mention:
        return self.mention()

    def sent(self) -> list[Sent]:
        return [Sent(text, is_private=True) for text in self.fake.sent(self.platform)]


class InstagramWorld(_Hiding):
    def channel(self) -> Channel:
        return parts.instagram(self.fake, self.book)

    def mention(self) -> Mention:
        somebody = self._somebody()
        medium = self.fake.post(kind="instagram")
        id = self.fake.comment("my card was charged twice", on=medium, by=somebody, kind="instagram")
        value = meta.instagram_comment(id, "my card was charged twice", by=somebody, media={"id": medium})
        return parts.only(meta.pushed("instagram", meta.instagram_entry(value)))

    def private_mention(self) -> Mention:
        somebody = self._somebody()
        mid = self.fake.message("where is my money", by=somebody, platform="instagram")
        event = meta.talk_event(by=somebody, to=meta.IG, message={"mid": mid, "text": "where is my money"})
        return parts.only(meta.pushed("instagram", meta.talk_entry(event, id=meta.IG)))

    def sent(self) -> list[Sent]:
        public = [node for node in self.fake.nodes.values() if node["from"].get("id") == meta.IG and node["parent"]]
        private = self.fake.sent("instagram")
        return [Sent(node["text"]) for node in public] + [Sent(text, is_private=True) for text in private]

    def withdraw(self, mention: Mention) -> None:
        self.fake.delete(mention.native_id)


class InstagramNamesWorld(_World):
    """Comments that name us under media of others."""

    def channel(self) -> Channel:
        return parts.instagram(self.fake, self.book)

    def wordless_mention(self, text: str) -> Mention:
        medium = self.fake.name_us("their own words", by="88")
        id = self.fake.name_us(text, under=medium, by=self._somebody())
        page = parts.parse(meta.pushed("instagram", meta.instagram_entry(meta.naming(medium, id), field="mentions")))
        (one,) = page.wordless
        return one.mention

    def withdraw(self, mention: Mention) -> None:
        self.fake.delete(mention.native_id)

    def fail_next_read(self, fault: Fault, times: int = 1) -> None:
        self.fake.fail("GET", *(FAULTS[fault]() for _ in range(times)))


class WhatsAppWorld(_Losing):
    def channel(self) -> Channel:
        return parts.whatsapp(self.fake)

    def cannot_look(self) -> str:
        return "may have been sent already"

    def mention(self) -> Mention:
        message = {**meta.whatsapp_message(f"wamid.{self.fake.id()}"), "from": f"614915701{self._somebody()}"}
        return parts.only(meta.pushed("whatsapp_business_account", meta.whatsapp_entry(message)))

    def private_mention(self) -> Mention:
        return self.mention()

    def sent(self) -> list[Sent]:
        return [Sent(asked["text"]["body"], is_private=True) for asked in self.fake.whatsapp]

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        if fault in (Fault.SERVER_ERROR, Fault.TIMEOUT, Fault.CUT_SHORT, Fault.NOT_JSON):
            raise NotImplementedError("WhatsApp cannot be asked what was sent: a person decides")
        super().fail_next(fault, times)


class ThreadsWorld(_Hiding):
    def channel(self) -> Channel:
        return parts.threads(self.fake, self.book)

    def mention(self) -> Mention:
        root = self.fake.post(kind="threads")
        id = self.fake.comment("my card was charged twice", on=root, kind="threads")
        roots = {"root_post": {"id": root, "owner_id": meta.THREADS_USER, "username": "larkbank"}}
        value = meta.threads_post(id, "my card was charged twice", replied_to={"id": root}, **roots)
        (mention,) = parts.threads_receiver().parse(meta.threads_push("replies", value), received_at=NOW).mentions
        return mention

    def sent(self) -> list[Sent]:
        ours = [node for node in self.fake.nodes.values() if node["from"].get("id") == meta.THREADS_USER]
        return [Sent(node["text"]) for node in ours if node["parent"]]

    def withdraw(self, mention: Mention) -> None:
        self.fake.delete(mention.native_id)


# receivers


def _number(text: str) -> str:
    return str(int.from_bytes(text.encode()[:8], "big") + len(text))


class _ReceiverWorld:
    """Comments on a Page; the others say what differs."""

    about = "page"
    secret = meta.SECRET

    def receiver(self) -> Receiver:
        return parts.receiver()

    def entry(self, *texts: str, at: datetime) -> dict[str, Any]:
        comments = (meta.feed_comment(f"5_{_number(text)}", text, at=at) for text in texts)
        return meta.page_entry(*comments, at=at)

    def push(self, *texts: str, at: datetime) -> Push:
        return self.signed(meta.pushed(self.about, *(self.entry(text, at=at) for text in texts)))

    def push_doubled(self, text: str, *, at: datetime) -> Push:
        entry = self.entry(text, at=at)
        return self.signed(meta.pushed(self.about, entry, entry))

    def push_with_a_bad_one(self, text: str, *, at: datetime) -> Push:
        return self.signed(meta.pushed(self.about, {"id": None, "changes": "none"}, self.entry(text, at=at)))

    def signed(self, body: bytes) -> Push:
        return Push(meta.sign(body, self.secret), body)

    def handshake_query(self) -> dict[str, str]:
        return {"hub.mode": "subscribe", "hub.verify_token": meta.VERIFY, "hub.challenge": "1158201444"}

    def wrong_handshake_query(self) -> dict[str, str]:
        return {**self.handshake_query(), "hub.verify_token": "another word"}


class PageReceiverWorld(_ReceiverWorld):
    pass


class MessengerReceiverWorld(_ReceiverWorld):
    def entry(self, *texts: str, at: datetime) -> dict[str, Any]:
        said = ({"mid": f"m_{_number(text)}", "text": text} for text in texts)
        return meta.talk_entry(*(meta.talk_event(at=at, message=message) for message in said), at=at)


class InstagramReceiverWorld(_ReceiverWorld):
    about = "instagram"

    def entry(self, *texts: str, at: datetime) -> dict[str, Any]:
        return meta.instagram_entry(*(meta.instagram_comment(_number(text), text) for text in texts), at=at)

    def push_without_words(self, *, at: datetime) -> Push:
        names = meta.naming("88", "18"), meta.naming("89"), meta.naming("89")
        named = meta.instagram_entry(*names, field="mentions", at=at)
        return self.signed(meta.pushed(self.about, self.entry("hello", at=at), named))


class WhatsAppReceiverWorld(_ReceiverWorld):
    about = "whatsapp_business_account"

    def entry(self, *texts: str, at: datetime) -> dict[str, Any]:
        said = (meta.whatsapp_message(f"wamid.{_number(text)}", at=at, text={"body": text}) for text in texts)
        return meta.whatsapp_entry(*said)


class ThreadsReceiverWorld(_ReceiverWorld):
    secret = meta.THREADS_SECRET

    def receiver(self) -> Receiver:
        return parts.threads_receiver()

    def push(self, *texts: str, at: datetime) -> Push:
        return self._values(*(self._value(text, at) for text in texts))

    def push_doubled(self, text: str, *, at: datetime) -> Push:
        return self._values(self._value(text, at), self._value(text, at))

    def push_with_a_bad_one(self, text: str, *, at: datetime) -> Push:
        return self._values({"field": "replies", "value": {"id": None}}, self._value(text, at))

    def _value(self, text: str, at: datetime) -> dict[str, Any]:
        return {"field": "replies", "value": meta.threads_post(_number(text), text, at=at)}

    def _values(self, *values: dict[str, Any]) -> Push:
        return self.signed(json.dumps({"app_id": "9002", "topic": "moderate", "values": values}).encode())


def signed_request(user_id: str, *, at: datetime = NOW, secret: str = meta.SECRET, **more: object) -> bytes:
    """What Meta posts when somebody wants their data deleted."""
    claims = {"algorithm": "HMAC-SHA256", "user_id": user_id, "issued_at": meta.seconds(at), **more}
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    made = bytes.fromhex(meta.sign(payload.encode(), secret)["x-hub-signature-256"].removeprefix("sha256="))
    return f"signed_request={base64.urlsafe_b64encode(made).rstrip(b'=').decode()}.{payload}".encode()


# the source


class InstagramTagsWorld:
    def __init__(self) -> None:
        self._fake = FakeMeta()
        self._said = 0

    def source(self) -> Source:
        return parts.tags(self._fake, page_size=2)

    def say(self, text: str) -> str:
        # Two at a time share an instant.
        at = NOW - timedelta(hours=2) + timedelta(minutes=self._said // 2)
        self._said += 1
        return self._fake.tag(text, at=at)

    def delete(self, native_id: str) -> None:
        self._fake.delete(native_id)

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self._fake.fail("GET", *(FAULTS[fault]() for _ in range(times)))

    def add_unknown_fields(self) -> None:
        self._fake.decorate = lambda node: {**node, "made_up": {"deep": [1, None]}}

    def say_unreadable(self) -> None:
        id = self.say("with a form nobody knows")
        self._fake.nodes[id]["more"] = {"caption": {"not": "text"}}
