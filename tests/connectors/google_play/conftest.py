import pytest

from connectors.google_play.channel import GooglePlayChannel
from connectors.google_play.client import SCOPE, GooglePlayClient
from connectors.google_play.source import GooglePlaySource
from connectors.google_token import GoogleTokens, KeyFile, ServiceAccountGrant
from connectors.http import open_client
from connectors.limits import retry_after
from connectors.quota import LedgerInMemory, Quota
from tests.connectors.google_tokens import TOKEN_URL
from tests.connectors.keys import rsa_key
from tests.fakes.google_play import NOW, PACKAGE, FakeGooglePlay


@pytest.fixture
def fake() -> FakeGooglePlay:
    return FakeGooglePlay()


@pytest.fixture
def source(fake: FakeGooglePlay) -> GooglePlaySource:
    return open_source(fake)


@pytest.fixture
def channel(fake: FakeGooglePlay) -> GooglePlayChannel:
    return open_channel(fake)


def open_source(fake: FakeGooglePlay, *, page_size: int = 100) -> GooglePlaySource:
    return GooglePlaySource(open_play(fake), page_size=page_size, now=lambda: fake.now)


def open_channel(fake: FakeGooglePlay) -> GooglePlayChannel:
    return GooglePlayChannel(open_play(fake), now=lambda: fake.now)


def open_play(fake: FakeGooglePlay) -> GooglePlayClient:
    http = open_client("https://play.test", configured=(TOKEN_URL,), transport=fake.transport)
    key = KeyFile.model_validate({"client_email": "earshot@larkbank.iam.test", "private_key": rsa_key()})
    grant = ServiceAccountGrant(key, SCOPE)
    tokens = GoogleTokens(http, TOKEN_URL, grant, now=lambda: NOW, sleep=fake.slept.append)
    quota = Quota("google_play", LedgerInMemory(), read=retry_after, now=lambda: fake.now)
    return GooglePlayClient(
        http, package=PACKAGE, tokens=tokens, quota=quota, now=lambda: fake.now, sleep=fake.slept.append
    )
