"""YouTube, as the registry knows it."""

from decimal import Decimal
from functools import cache

import httpx
from pydantic import SecretStr

from connectors.connector import Connector, Credential, Need, Tools, needed
from connectors.google_answers import PACIFIC
from connectors.google_token import GoogleTokens
from connectors.http import open_client
from connectors.oauth import RefreshGrant
from connectors.quota import Quota
from connectors.tokens import FileTokens
from connectors.youtube.channel import YouTubeChannel
from connectors.youtube.client import SCOPE, YouTubeClient, read_units
from connectors.youtube.records import CHANNEL
from connectors.youtube.source import YouTubeSource
from models.errors import SetupError
from settings import PREFIX, Settings
from store.vault import vault_of


def _probe(settings: Settings, tools: Tools) -> Credential:
    client = _client(settings, tools)
    profile = client.channels([client.channel_id]).get(client.channel_id)
    if profile is None:
        raise SetupError(f"{PREFIX}YOUTUBE_CHANNEL_ID: YouTube knows no such channel; it begins with UC, not with @")
    scopes = client.scopes()
    missing = []
    if not client.can_write:
        missing.append(f"Comments are read and cannot be answered: {PREFIX}YOUTUBE_REFRESH_TOKEN is not set.")
    elif scopes and SCOPE not in scopes:
        missing.append("Comments cannot be answered: the consent lacks the scope youtube.force-ssl; ask for it again.")
    elif client.channel_id not in client.own_channels():
        missing.append("Comments cannot be answered: the consent is that of another channel; give it as the right one.")
    return Credential(account=profile.facts.title or profile.id, scopes=scopes, missing=tuple(missing))


def _client(settings: Settings, tools: Tools) -> YouTubeClient:
    channel_id = needed(settings, "youtube_channel_id", "YouTube")
    http = _http(settings.youtube_api, settings.google_token_url, tools.transport)
    tokens = _tokens(settings, tools, http)
    if settings.youtube_key is None and tokens is None:
        needed(settings, "youtube_key", f"{PREFIX}YOUTUBE_CHANNEL_ID")
    quota = Quota(
        f"{CHANNEL} {channel_id}",
        tools.ledger,
        prices=read_units(),
        daily_budget=Decimal(settings.youtube_daily_units),
        zone=PACIFIC,
        now=tools.now,
    )
    return YouTubeClient(
        http,
        channel_id=channel_id,
        key=settings.youtube_key,
        tokens=tokens,
        quota=quota,
        now=tools.now,
        sleep=tools.sleep,
    )


def _tokens(settings: Settings, tools: Tools, http: httpx.Client) -> GoogleTokens | None:
    if settings.youtube_refresh_token is None:
        return None
    because = f"{PREFIX}YOUTUBE_REFRESH_TOKEN"
    client_id = needed(settings, "youtube_client_id", because)
    secret = SecretStr(needed(settings, "youtube_client_secret", because))
    given = settings.youtube_refresh_token
    return GoogleTokens(
        http,
        settings.google_token_url,
        RefreshGrant(client_id, secret, given),
        store=FileTokens(
            settings.home, vault=vault_of(settings), vendor=CHANNEL, account=client_id, given=given.get_secret_value()
        ),
        now=tools.now,
        sleep=tools.sleep,
    )


@cache
def _http(base_url: str, token_url: str, transport: httpx.BaseTransport | None) -> httpx.Client:
    """One pool of connections per process."""
    return open_client(base_url, configured=(token_url,), transport=transport)


YOUTUBE = Connector(
    name=CHANNEL,
    title="YouTube comments",
    is_on=lambda settings: settings.youtube_channel_id is not None,
    needs=(
        Need("youtube_channel_id", "Id of the channel, UC…: YouTube, Settings, Advanced settings."),
        Need("youtube_key", "An API key for the YouTube Data API v3: Google Cloud, APIs and services, Credentials."),
        Need("youtube_client_id", "An OAuth client of type Web application, on the same page.", is_required=False),
        Need("youtube_client_secret", "Its secret.", is_required=False),
        Need(
            "youtube_refresh_token",
            "What the channel's owner's consent gives, with the scope youtube.force-ssl and access_type=offline.",
            is_required=False,
        ),
    ),
    probe=_probe,
    channels={CHANNEL: lambda settings, tools: YouTubeChannel(_client(settings, tools), now=tools.now)},
    sources={CHANNEL: lambda settings, tools: YouTubeSource(_client(settings, tools), now=tools.now)},
    seconds=lambda settings: settings.youtube_seconds,
)
