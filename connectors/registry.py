"""Every connector by name, built from the settings: adding one is its folder and one line here."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from typing import TypeVar

from connectors.app_store.connector import APP_STORE
from connectors.base import Channel, Desk, DeskReceiver, Receiver, Source
from connectors.bluesky.connector import BLUESKY
from connectors.connector import Connector, DeskConnector, Tools
from connectors.desks.chatwoot.connector import CHATWOOT
from connectors.desks.freshdesk.connector import FRESHDESK
from connectors.desks.jira_service_management.connector import JIRA_SERVICE_MANAGEMENT
from connectors.desks.request_tracker.connector import REQUEST_TRACKER
from connectors.desks.slack.connector import SLACK
from connectors.desks.teams.connector import TEAMS
from connectors.desks.webhook.connector import WEBHOOK
from connectors.desks.zammad.connector import ZAMMAD
from connectors.desks.zendesk.connector import ZENDESK
from connectors.google_play.connector import GOOGLE_PLAY
from connectors.local.channel import LocalChannel
from connectors.local.desk import LocalDesk
from connectors.mailbox.connector import EMAIL
from connectors.mastodon.connector import MASTODON
from connectors.meta.connector import META
from connectors.shared_ledger import SharedLedger
from connectors.telegram.connector import TELEGRAM
from connectors.x.connector import X
from connectors.youtube.connector import YOUTUBE
from models.errors import SetupError
from models.identity import author_key
from settings import Settings
from store.store import Store

P = TypeVar("P")

HISTORY_LASTS = timedelta(days=1)
"""So long what an author posted in the week before is not asked for again."""

CONNECTORS: Mapping[str, Connector] = {
    connector.name: connector
    for connector in (
        APP_STORE,
        BLUESKY,
        EMAIL,
        GOOGLE_PLAY,
        MASTODON,
        META,
        TELEGRAM,
        X,
        YOUTUBE,
    )
}
DESKS: Mapping[str, DeskConnector] = {
    desk.name: desk
    for desk in (
        CHATWOOT,
        FRESHDESK,
        JIRA_SERVICE_MANAGEMENT,
        REQUEST_TRACKER,
        SLACK,
        TEAMS,
        WEBHOOK,
        ZAMMAD,
        ZENDESK,
    )
}


def switched_on(settings: Settings) -> list[Connector]:
    """The vendors of channels whose settings are given."""
    return [connector for connector in CONNECTORS.values() if connector.is_on(settings)]


def sources(settings: Settings, tools: Tools) -> dict[str, Callable[[], Source]]:
    """Name the cursor is kept under → how to open it anew, for every channel that is switched on."""
    return {
        name: partial(connector.sources[name], settings, tools)
        for connector in switched_on(settings)
        for name in connector.pulled(settings)
    }


def receivers(settings: Settings, tools: Tools) -> dict[str, Callable[[], Receiver]]:
    """Last part of the address under `/hooks/` → who reads there, opened when first asked for."""
    found = (each for connector in switched_on(settings) for each in connector.receivers.items())
    return _opened_once(found, settings, tools)


def desk_receivers(settings: Settings, tools: Tools) -> dict[str, Callable[[], DeskReceiver]]:
    """The same for what the desk pushes."""
    desk = DESKS.get(settings.desk)
    return _opened_once(desk.receivers.items() if desk is not None else (), settings, tools)


def _opened_once(
    parts: Iterable[tuple[str, Callable[[Settings, Tools], P]]], settings: Settings, tools: Tools
) -> dict[str, Callable[[], P]]:
    return {name: cache(partial(open_part, settings, tools)) for name, open_part in parts}


def channel_for(name: str, settings: Settings, store: Store) -> Channel:
    """Where mentions of channel `name` are answered; the local one where the channel is not connected."""
    for connector in switched_on(settings):
        if name in connector.channels:
            return connector.channels[name](settings, tools_for(store))
    return LocalChannel(store)


def desk_for(settings: Settings, store: Store) -> Desk:
    """The support desk the settings name.

    Raises: SetupError naming the setting that is missing.
    """
    if settings.desk == "local":
        return LocalDesk(store)
    return desk_named(settings.desk, settings, store)


def desk_named(name: str, settings: Settings, store: Store) -> Desk:
    """A desk or a notification by its name. Raises: SetupError."""
    if name == "local":
        return LocalDesk(store)
    if name not in DESKS:
        raise SetupError(f"no desk is called {name!r}; there are: local, {', '.join(DESKS)}")
    return DESKS[name].open(settings, tools_for(store))


def tools_for(store: Store) -> Tools:
    return Tools(ledger=SharedLedger(store), is_known=partial(_is_known, store))


def _is_known(store: Store, channel: str, author_id: str) -> bool:
    with store.reading() as transaction:
        known = transaction.mentions.histories([author_key(channel, author_id)])
    return any(one.captured_at > datetime.now(UTC) - HISTORY_LASTS for one in known.values())
