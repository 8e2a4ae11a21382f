import pytest
from pydantic import SecretStr

from connectors.app_store.channel import AppStoreChannel
from connectors.app_store.client import AppStoreClient
from connectors.app_store.key import Signer
from connectors.app_store.source import AppStoreSource, Reading
from connectors.http import open_client
from connectors.limits import apple_hourly, first_of, retry_after
from connectors.quota import LedgerInMemory, Quota
from tests.connectors.keys import ec_key
from tests.fakes.app_store import APP, HERE, ISSUER, KEY_ID, FakeAppStore


@pytest.fixture
def fake() -> FakeAppStore:
    return FakeAppStore()


@pytest.fixture
def source(fake: FakeAppStore) -> AppStoreSource:
    return open_source(fake)


@pytest.fixture
def channel(fake: FakeAppStore) -> AppStoreChannel:
    return open_channel(fake)


def open_source(fake: FakeAppStore, **reading: int) -> AppStoreSource:
    return AppStoreSource(open_store(fake), reading=Reading(**reading), now=lambda: fake.now)


def open_channel(fake: FakeAppStore) -> AppStoreChannel:
    return AppStoreChannel(open_store(fake), now=lambda: fake.now)


def open_store(fake: FakeAppStore, *, ledger: LedgerInMemory | None = None) -> AppStoreClient:
    quota = Quota(
        "app_store",
        ledger if ledger is not None else LedgerInMemory(),
        read=first_of(apple_hourly, retry_after),
        now=lambda: fake.now,
    )
    signer = Signer(issuer=ISSUER, key_id=KEY_ID, key=SecretStr(ec_key()), now=lambda: fake.now)
    http = open_client(HERE, transport=fake.transport)
    return AppStoreClient(http, app_id=APP, signer=signer, quota=quota, sleep=fake.slept.append)
