import pytest
from pydantic import SecretStr

from connectors.limits import iso_instant
from connectors.mastodon.channel import MastodonChannel
from connectors.mastodon.client import MastodonClient
from connectors.mastodon.source import MastodonSource, Reading
from connectors.quota import LedgerInMemory, Quota
from tests.fakes.mastodon import NOW, TOKEN, URL, FakeMastodon, minutes


@pytest.fixture
def fake() -> FakeMastodon:
    return FakeMastodon()


@pytest.fixture
def client(fake: FakeMastodon) -> MastodonClient:
    return open_client(fake)


@pytest.fixture
def source(client: MastodonClient) -> MastodonSource:
    return open_source(client)


@pytest.fixture
def channel(client: MastodonClient) -> MastodonChannel:
    return MastodonChannel(client, now=lambda: NOW + minutes(5))


@pytest.fixture
def alice(fake: FakeMastodon) -> str:
    return fake.add_account(
        "alice@elsewhere.test",
        display_name="Alice",
        note="<p>I fix bikes</p>",
        avatar="https://social.test/avatars/alice.jpg",
        followers_count=1200,
        following_count=80,
        statuses_count=431,
    )


def open_client(fake: FakeMastodon, *, token: str = TOKEN) -> MastodonClient:
    read = iso_instant("x-ratelimit-remaining", "x-ratelimit-reset")
    quota = Quota("mastodon", LedgerInMemory(), read=read, now=lambda: fake.now)
    return MastodonClient(URL, token=SecretStr(token), quota=quota, transport=fake.transport, sleep=fake.slept.append)


def open_source(client: MastodonClient, **reading: int) -> MastodonSource:
    return MastodonSource(client, reading=Reading(**reading), now=lambda: NOW + minutes(5))
