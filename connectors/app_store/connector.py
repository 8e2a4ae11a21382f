"""The App Store, as the registry knows it."""

from functools import cache
from pathlib import Path

import httpx

from connectors.app_store.channel import AppStoreChannel
from connectors.app_store.client import AppStoreClient
from connectors.app_store.key import Signer, read_key
from connectors.app_store.records import CHANNEL
from connectors.app_store.source import AppStoreSource
from connectors.connector import Connector, Credential, Need, Tools, needed
from connectors.http import open_client
from connectors.limits import apple_hourly, first_of, retry_after
from connectors.quota import Quota
from settings import PREFIX, Settings


def _probe(settings: Settings, tools: Tools) -> Credential:
    client = _client(settings, tools)
    account = client.app()
    client.reviews()
    return Credential(account=account)


def _client(settings: Settings, tools: Tools) -> AppStoreClient:
    app_id = needed(settings, "app_store_app_id", "the App Store")
    because = f"{PREFIX}APP_STORE_APP_ID"
    key_id = needed(settings, "app_store_key_id", because)
    signer = Signer(
        issuer=needed(settings, "app_store_issuer", because),
        key_id=key_id,
        key=read_key(Path(needed(settings, "app_store_key", because)), setting=f"{PREFIX}APP_STORE_KEY"),
        now=tools.now,
    )
    quota = Quota(f"{CHANNEL} {key_id}", tools.ledger, read=first_of(apple_hourly, retry_after), now=tools.now)
    http = _http(settings.app_store_api, tools.transport)
    return AppStoreClient(http, app_id=app_id, signer=signer, quota=quota, sleep=tools.sleep)


@cache
def _http(base_url: str, transport: httpx.BaseTransport | None) -> httpx.Client:
    """One pool of connections per process."""
    return open_client(base_url, transport=transport)


APP_STORE = Connector(
    name=CHANNEL,
    title="App Store reviews",
    is_on=lambda settings: settings.app_store_app_id is not None,
    needs=(
        Need("app_store_app_id", "Number of the app: App Store Connect, App Information, Apple ID."),
        Need("app_store_issuer", "App Store Connect, Users and Access, Integrations, Team Keys: Issuer ID."),
        Need("app_store_key_id", "The same page: Key ID of a key with the role Customer Support."),
        Need("app_store_key", "Path of that key's .p8 file, which can be downloaded once."),
    ),
    probe=_probe,
    channels={CHANNEL: lambda settings, tools: AppStoreChannel(_client(settings, tools), now=tools.now)},
    sources={CHANNEL: lambda settings, tools: AppStoreSource(_client(settings, tools), now=tools.now)},
    seconds=lambda settings: settings.app_store_seconds,
)
