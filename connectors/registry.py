"""Every connector by name, built from the settings: adding one is its folder and one line here."""

from collections.abc import Callable
from functools import cache
from typing import TypeVar

from connectors.base import Channel, Desk, Source
from connectors.bluesky.channel import BlueskyChannel
from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.session import FileSessions
from connectors.bluesky.source import BlueskySource
from connectors.desks.request_tracker.desk import RequestTrackerDesk
from connectors.desks.webhook.desk import WebhookDesk
from connectors.local.channel import LocalChannel
from connectors.local.desk import LocalDesk
from models.errors import SetupError
from settings import Settings
from store.store import Store

T = TypeVar("T")


def sources(settings: Settings) -> dict[str, Callable[[], Source]]:
    """Name → how to open it, for every channel that is switched on."""
    found: dict[str, Callable[[], Source]] = {}
    if settings.bluesky_handle is not None:
        found["bluesky"] = lambda: BlueskySource(_bluesky(settings))
    return found


def channel_for(name: str, settings: Settings, store: Store) -> Channel:
    """Where mentions of channel `name` are answered; the local one where the channel is not connected."""
    if name == "bluesky" and settings.bluesky_handle is not None:
        return BlueskyChannel(_bluesky(settings))
    return LocalChannel(store)


def desk_for(settings: Settings, store: Store) -> Desk:
    """The support desk the settings name.

    Raises: SetupError naming the setting that is missing.
    """
    if settings.desk == "request_tracker":
        url = _needed(settings.request_tracker_url, "EARSHOT_REQUEST_TRACKER_URL", "EARSHOT_DESK=request_tracker")
        token = _needed(settings.request_tracker_token, "EARSHOT_REQUEST_TRACKER_TOKEN", "EARSHOT_DESK=request_tracker")
        return RequestTrackerDesk(
            url,
            token.get_secret_value(),
            settings.request_tracker_queue,
            requestor_domain=settings.request_tracker_requestor_domain,
        )
    if settings.desk == "webhook":
        url = _needed(settings.webhook_url, "EARSHOT_WEBHOOK_URL", "EARSHOT_DESK=webhook")
        secret = _needed(settings.webhook_secret, "EARSHOT_WEBHOOK_SECRET", "EARSHOT_DESK=webhook")
        return WebhookDesk(url, secret.get_secret_value().split())
    return LocalDesk(store)


@cache
def _bluesky(settings: Settings) -> BlueskyClient:
    """One client, and so one log-in, per process."""
    handle = _needed(settings.bluesky_handle, "EARSHOT_BLUESKY_HANDLE", "Bluesky")
    password = _needed(settings.bluesky_app_password, "EARSHOT_BLUESKY_APP_PASSWORD", "EARSHOT_BLUESKY_HANDLE")
    sessions = FileSessions(settings.home, service_url=settings.bluesky_service, handle=handle)
    return BlueskyClient(settings.bluesky_service, handle=handle, app_password=password, sessions=sessions)


def _needed(value: T | None, name: str, because: str) -> T:
    if value is None:
        raise SetupError(f"{name} is not set, and {because} needs it; .env.example says what it is")
    return value
