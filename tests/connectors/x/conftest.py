from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pydantic import SecretStr

from connectors.quota import LedgerInMemory
from connectors.x.channel import XChannel
from connectors.x.client import Keys, XClient
from connectors.x.dm_source import DmReading, XDmSource
from connectors.x.meter import Meter
from connectors.x.prices import read_prices
from connectors.x.source import Reading, XSource
from tests.fakes.x import CONSUMER, OWN_ID, TOKEN, FakeX

ALICE = "7000000000000000001"
BOBBY = "7000000000000000002"


@pytest.fixture
def fake() -> FakeX:
    fake = FakeX()
    fake.add_user(ALICE, "alice", followers=1200)
    fake.add_user(BOBBY, "bobby")
    return fake


@pytest.fixture
def ledger() -> LedgerInMemory:
    return LedgerInMemory()


@pytest.fixture
def client(fake: FakeX, ledger: LedgerInMemory) -> XClient:
    return open_client(fake, ledger)


@pytest.fixture
def source(client: XClient, fake: FakeX) -> XSource:
    return open_source(client, fake)


@pytest.fixture
def channel(client: XClient, fake: FakeX) -> XChannel:
    return XChannel(client, now=lambda: fake.now)


def keys(**changed: Any) -> Keys:
    given = Keys(None, *(SecretStr(word) for word in (*CONSUMER, *TOKEN)))
    return replace(given, **changed)


def open_client(
    fake: FakeX, ledger: LedgerInMemory | None = None, *, budget: Decimal | None = None, given: Keys | None = None
) -> XClient:
    meter = Meter(OWN_ID, ledger or LedgerInMemory(), read_prices(), monthly_budget=budget, now=lambda: fake.now)
    return XClient(
        "https://x.test",
        own_id=OWN_ID,
        keys=given or keys(),
        meter=meter,
        words="new" if fake.request_words == "new" else "old",
        transport=fake.transport,
        sleep=fake.slept.append,
        now=lambda: fake.now,
    )


def open_source(client: XClient, fake: FakeX, *, query: str | None = None, **reading: Any) -> XSource:
    return XSource(client, query=query, reading=Reading(**reading), now=lambda: fake.now)


def open_dms(client: XClient, fake: FakeX, **reading: Any) -> XDmSource:
    return XDmSource(client, reading=DmReading(**{"seconds": 0.0, **reading}), now=lambda: fake.now)
