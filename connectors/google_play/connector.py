"""Google Play, as the registry knows it."""

from datetime import timedelta
from functools import cache
from pathlib import Path

import httpx

from connectors.connector import Connector, Credential, Need, Tools, needed
from connectors.google_play.channel import GooglePlayChannel
from connectors.google_play.client import SCOPE, GooglePlayClient
from connectors.google_play.records import CHANNEL
from connectors.google_play.source import GooglePlaySource
from connectors.google_token import GoogleTokens, ServiceAccountGrant, read_key_file
from connectors.http import open_client
from connectors.limits import retry_after
from connectors.quota import Quota
from connectors.tokens import FileTokens
from settings import PREFIX, Settings
from store.vault import vault_of


def _probe(settings: Settings, tools: Tools) -> Credential:
    client = _client(settings, tools)
    scopes = client.scopes()
    client.reviews()
    return Credential(account=client.package, scopes=scopes or (SCOPE,))


def _client(settings: Settings, tools: Tools) -> GooglePlayClient:
    package = needed(settings, "google_play_package", "Google Play")
    path = needed(settings, "google_play_account", f"{PREFIX}GOOGLE_PLAY_PACKAGE")
    key = read_key_file(Path(path), setting=f"{PREFIX}GOOGLE_PLAY_ACCOUNT")
    http = _http(settings.google_play_api, settings.google_token_url, tools.transport)
    given = f"{SCOPE} {key.private_key_id or key.private_key.get_secret_value()}"
    tokens = GoogleTokens(
        http,
        settings.google_token_url,
        ServiceAccountGrant(key, SCOPE),
        store=FileTokens(
            settings.home, vault=vault_of(settings), vendor=CHANNEL, account=key.client_email, given=given
        ),
        now=tools.now,
        sleep=tools.sleep,
    )
    quota = Quota(f"{CHANNEL} {package}", tools.ledger, read=retry_after, now=tools.now)
    return GooglePlayClient(http, package=package, tokens=tokens, quota=quota, now=tools.now, sleep=tools.sleep)


@cache
def _http(base_url: str, token_url: str, transport: httpx.BaseTransport | None) -> httpx.Client:
    """One pool of connections per process."""
    return open_client(base_url, configured=(token_url,), transport=transport)


GOOGLE_PLAY = Connector(
    name=CHANNEL,
    title="Google Play reviews",
    is_on=lambda settings: settings.google_play_package is not None,
    needs=(
        Need("google_play_package", "Package name of the app: Play Console, Dashboard, below the app's name."),
        Need(
            "google_play_account",
            "Path of a service account's JSON key (Google Cloud, IAM, Service accounts, Keys); invite its address in "
            "Play Console, Users and permissions, with the right to reply to reviews.",
        ),
    ),
    probe=_probe,
    channels={CHANNEL: lambda settings, tools: GooglePlayChannel(_client(settings, tools), now=tools.now)},
    sources={CHANNEL: lambda settings, tools: GooglePlaySource(_client(settings, tools), now=tools.now)},
    seconds=lambda settings: settings.google_play_seconds,
    keeps=timedelta(days=7),
)
