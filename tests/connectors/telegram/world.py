"""Telegram as `tests/contracts/` asks for it."""

import json
from datetime import datetime
from zlib import crc32

import httpx
import pytest
from pydantic import SecretStr

from connectors.base import Channel, Receiver, Source
from connectors.telegram.receiver import HEADER, TelegramReceiver
from models import Mention
from tests.connectors.telegram.conftest import SECRET, US, open_channel, open_source
from tests.contracts.worlds import RESET_SECONDS, Fault, Push, Sent
from tests.fakes.telegram import ALICE, BOBBY, NOW, FakeTelegram, asked_to_wait, minutes, private, refused


def faulty(fault: Fault) -> httpx.Response | Exception:
    inside = {"ok": False, "error_code": 500, "description": "Internal Server Error"}
    return {
        Fault.RATE_LIMITED: asked_to_wait(RESET_SECONDS),
        Fault.SERVER_ERROR: refused(502, "Bad Gateway"),
        Fault.TIMEOUT: httpx.ReadTimeout("lost by the test"),
        Fault.UNAUTHORIZED: refused(401, "Unauthorized"),
        Fault.PAYMENT_REQUIRED: refused(402, "Payment Required"),
        Fault.FORBIDDEN: refused(403, "Forbidden"),
        Fault.CUT_SHORT: httpx.Response(200, content=b'{"ok": true, "result": [{"upda'),
        Fault.NOT_JSON: httpx.Response(200, content=b"<html>502</html>"),
        Fault.ERROR_IN_200: httpx.Response(200, json=inside),
    }[fault]


class TelegramWorld:
    """Pages of two, two people, two messages in the same second."""

    forgets_what_is_confirmed = True

    def __init__(self) -> None:
        self._fake = FakeTelegram(page_size=2)
        self._said = 0

    def source(self) -> Source:
        return open_source(self._fake)

    def say(self, text: str) -> str:
        at = NOW - minutes(120) + minutes(self._said // 2)
        self._said += 1
        sender = (ALICE, BOBBY)[self._said % 2]
        said = self._fake.say(text, sender=sender, at=at)
        return f"{sender['id']}:{said['message_id']}"

    def say_ourselves(self, text: str) -> str:
        """In the name of a business our bot works for; what a bot says itself never comes back to it."""
        said = self._fake.message(text, sender=BOBBY, business_connection_id="c1", chat=private(ALICE))
        self._fake.update("business_message", said)
        return f"c1:{ALICE['id']}:{said['message_id']}"

    def say_unreadable(self) -> None:
        self._fake.update("message", {"text": 7})

    def page_twice(self) -> None:
        self._fake.twice = True

    def shuffle(self) -> None:
        self._fake.shuffled = True

    def add_unknown_fields(self) -> None:
        self._fake.unknown_fields = True

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        self._fake.fail("getUpdates", *[faulty(fault)] * times)


class TelegramChannelWorld:
    def __init__(self) -> None:
        self._fake = FakeTelegram()

    def channel(self) -> Channel:
        return open_channel(self._fake)

    def mention(self) -> Mention:
        return self._say_in_group()

    def private_mention(self) -> Mention:
        self._fake.say("my card was charged twice")
        return self._newest()

    def _say_in_group(self) -> Mention:
        self._fake.say_in_group("@LarkbankBot my card was charged twice")
        return self._newest()

    def _newest(self) -> Mention:
        return open_source(self._fake).pull(None).mentions[-1]

    def sent(self) -> list[Sent]:
        return [Sent(each["text"], is_private=each["chat_id"] > 0) for each in self._fake.sent]

    def cannot_look(self) -> str:
        return "may have been sent already"

    def lose_next_answer(self) -> None:
        self._fake.lost = 1

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        if fault is Fault.FORBIDDEN:
            raise NotImplementedError("Telegram's 403 is about one chat, not about our credentials")
        if fault not in (Fault.RATE_LIMITED, Fault.UNAUTHORIZED, Fault.PAYMENT_REQUIRED):
            raise NotImplementedError("a bot cannot look whether it was sent, so it is left to a person")
        self._fake.fail("sendMessage", *[faulty(fault)] * times)


class TelegramReceiverWorld:
    def receiver(self) -> Receiver:
        return TelegramReceiver(US, SecretStr(SECRET))

    def trusts_a_word(self) -> str:
        return HEADER

    def push(self, *texts: str, at: datetime) -> Push:
        if len(texts) > 1:
            pytest.skip("Telegram pushes one update at a time")
        said = FakeTelegram().message(texts[0], at=at, message_id=crc32(texts[0].encode()))
        body = json.dumps({"update_id": 1000, "message": said})
        return Push({HEADER: SECRET}, body.encode())
