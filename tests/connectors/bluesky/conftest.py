import pytest
from pydantic import SecretStr

from connectors.bluesky.channel import BlueskyChannel
from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.source import BlueskySource, Reading
from connectors.quota import Quota
from tests.fakes.bluesky import HANDLE, NOW, PASSWORD, FakeBluesky, minutes


@pytest.fixture
def fake() -> FakeBluesky:
    return FakeBluesky()


@pytest.fixture
def client(fake: FakeBluesky) -> BlueskyClient:
    return open_client(fake)


@pytest.fixture
def source(client: BlueskyClient) -> BlueskySource:
    return open_source(client)


@pytest.fixture
def channel(client: BlueskyClient) -> BlueskyChannel:
    return BlueskyChannel(client, now=lambda: NOW)


@pytest.fixture
def alice(fake: FakeBluesky) -> str:
    return fake.add_account(
        "did:plc:alice",
        "alice.test",
        displayName="Alice",
        description="I fix bikes",
        avatar="https://cdn.test/alice.jpg",
        followersCount=1200,
        followsCount=80,
        postsCount=431,
    )


def open_client(fake: FakeBluesky, *, password: str = PASSWORD, quota: Quota | None = None) -> BlueskyClient:
    return BlueskyClient(
        "https://bluesky.test",
        handle=HANDLE,
        app_password=SecretStr(password),
        quota=quota,
        transport=fake.transport,
        sleep=fake.slept.append,
    )


def open_source(client: BlueskyClient, **reading: int) -> BlueskySource:
    return BlueskySource(client, reading=Reading(**reading), now=lambda: NOW + minutes(5))
