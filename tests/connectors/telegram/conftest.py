from datetime import datetime

import pytest
from pydantic import SecretStr

from connectors.quota import Ledger
from connectors.telegram.channel import TelegramChannel
from connectors.telegram.client import TelegramClient
from connectors.telegram.receiver import TelegramReceiver
from connectors.telegram.records import Us
from connectors.telegram.source import TelegramSource
from tests.fakes.telegram import BOT, NOW, TOKEN, FakeTelegram, minutes

SECRET = "made-up_secret"
LATER = NOW + minutes(5)
US = Us(BOT, 777000)


@pytest.fixture
def fake() -> FakeTelegram:
    return FakeTelegram()


@pytest.fixture
def source(fake: FakeTelegram) -> TelegramSource:
    return open_source(fake)


@pytest.fixture
def channel(fake: FakeTelegram) -> TelegramChannel:
    return open_channel(fake)


@pytest.fixture
def receiver() -> TelegramReceiver:
    return TelegramReceiver(US, SecretStr(SECRET))


def open_client(
    fake: FakeTelegram, *, token: str = TOKEN, ledger: Ledger | None = None, now: datetime = LATER
) -> TelegramClient:
    return TelegramClient(
        "https://telegram.test",
        bot=BOT,
        token=SecretStr(token),
        ledger=ledger,
        transport=fake.transport,
        sleep=fake.slept.append,
        now=lambda: now,
    )


def open_source(fake: FakeTelegram, *, now: datetime = LATER) -> TelegramSource:
    return TelegramSource(open_client(fake, now=now), US, now=lambda: now)


def open_channel(fake: FakeTelegram, *, ledger: Ledger | None = None, now: datetime = LATER) -> TelegramChannel:
    return TelegramChannel(open_client(fake, ledger=ledger, now=now), now=lambda: now)
