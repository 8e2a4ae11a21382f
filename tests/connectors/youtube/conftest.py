import pytest
from pydantic import SecretStr

from connectors.google_answers import PACIFIC
from connectors.google_token import GoogleTokens
from connectors.http import open_client
from connectors.oauth import RefreshGrant
from connectors.quota import LedgerInMemory, Quota
from connectors.youtube.backlog import Reading
from connectors.youtube.channel import YouTubeChannel
from connectors.youtube.client import YouTubeClient, read_units
from connectors.youtube.source import YouTubeSource
from tests.connectors.google_tokens import TOKEN_URL
from tests.fakes.youtube import KEY, OURS, FakeYouTube


@pytest.fixture
def fake() -> FakeYouTube:
    return FakeYouTube()


@pytest.fixture
def source(fake: FakeYouTube) -> YouTubeSource:
    return open_source(fake)


@pytest.fixture
def channel(fake: FakeYouTube) -> YouTubeChannel:
    return open_answers(fake)


@pytest.fixture
def alice(fake: FakeYouTube) -> str:
    return fake.open_channel("UCalice", "Alice", handle="@alice", subscriberCount="1200", videoCount="31")


def open_source(fake: FakeYouTube, **reading: int) -> YouTubeSource:
    return YouTubeSource(open_youtube(fake), reading=Reading(**reading), now=lambda: fake.now)


def open_answers(fake: FakeYouTube, *, has_consent: bool = True) -> YouTubeChannel:
    return YouTubeChannel(open_youtube(fake, has_consent=has_consent), now=lambda: fake.now)


def open_youtube(
    fake: FakeYouTube,
    *,
    has_key: bool = True,
    has_consent: bool = True,
    ledger: LedgerInMemory | None = None,
    daily_units: int = 10_000,
) -> YouTubeClient:
    http = open_client("https://youtube.test/youtube/v3", configured=(TOKEN_URL,), transport=fake.transport)
    grant = RefreshGrant("client", SecretStr("secret"), SecretStr("refresh"))
    tokens = GoogleTokens(http, TOKEN_URL, grant, now=lambda: fake.now, sleep=fake.slept.append)
    quota = Quota(
        "youtube",
        ledger if ledger is not None else LedgerInMemory(),
        prices=read_units(),
        daily_budget=daily_units,
        zone=PACIFIC,
        now=lambda: fake.now,
    )
    return YouTubeClient(
        http,
        channel_id=OURS,
        key=SecretStr(KEY) if has_key else None,
        tokens=tokens if has_consent else None,
        quota=quota,
        now=lambda: fake.now,
        sleep=fake.slept.append,
    )
