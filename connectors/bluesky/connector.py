"""Bluesky, as the registry knows it."""

from functools import partial

from pydantic import SecretStr

from connectors.bluesky.channel import BlueskyChannel
from connectors.bluesky.chat import NoDirectMessagesError
from connectors.bluesky.chat_source import BlueskyChatSource
from connectors.bluesky.client import BlueskyClient
from connectors.bluesky.jetstream import BlueskyJetstream
from connectors.bluesky.records import CHANNEL
from connectors.bluesky.session import VENDOR, FileSessions
from connectors.bluesky.source import BlueskySource, Reading
from connectors.connector import Connector, Credential, Need, Tools, needed
from connectors.limits import epoch_seconds
from connectors.quota import Quota
from models.errors import AccessError, PermanentError, RetryableError
from settings import Settings
from store.vault import vault_of

_kept: dict[Settings, BlueskyClient] = {}


def _probe(settings: Settings, tools: Tools) -> Credential:
    client = _client(settings, tools)
    client.own_did()
    missing = []
    try:
        client.chat.log(None)
    except NoDirectMessagesError as error:
        missing.append(f"Direct messages are neither read nor answered: {error}.")
    except (AccessError, PermanentError, RetryableError) as error:
        missing.append(f"Whether direct messages can be read could not be told: {error}.")
    return Credential(account=client.handle, missing=tuple(missing))


def _client(settings: Settings, tools: Tools) -> BlueskyClient:
    """One client, and so one log-in, per process; a fresh one where a test brings its own network."""
    if tools.transport is not None:
        return _open(settings, tools)
    if settings not in _kept:
        _kept[settings] = _open(settings, tools)
    return _kept[settings]


def _open(settings: Settings, tools: Tools) -> BlueskyClient:
    handle = needed(settings, "bluesky_handle", "Bluesky")
    password = needed(settings, "bluesky_app_password", "EARSHOT_BLUESKY_HANDLE")
    read = epoch_seconds("ratelimit-remaining", "ratelimit-reset")
    return BlueskyClient(
        settings.bluesky_service,
        handle=handle,
        app_password=SecretStr(password),
        sessions=FileSessions(
            settings.home, vault=vault_of(settings), service_url=settings.bluesky_service, handle=handle
        ),
        quota=Quota(f"{VENDOR} {handle}", tools.ledger, read=read, now=tools.now),
        transport=tools.transport,
        sleep=tools.sleep,
    )


def _channel(settings: Settings, tools: Tools) -> BlueskyChannel:
    return BlueskyChannel(
        _client(settings, tools),
        history_days=settings.history_days,
        is_known=partial(tools.is_known, CHANNEL),
        now=tools.now,
    )


def _source(settings: Settings, tools: Tools) -> BlueskySource:
    reading = Reading(history_days=settings.history_days, is_known=partial(tools.is_known, CHANNEL))
    return BlueskySource(_client(settings, tools), reading=reading, now=tools.now)


def _chat_source(settings: Settings, tools: Tools) -> BlueskyChatSource:
    reading = Reading(history_days=settings.history_days, is_known=partial(tools.is_known, CHANNEL))
    return BlueskyChatSource(_client(settings, tools), reading=reading, now=tools.now)


def _jetstream(settings: Settings, tools: Tools) -> BlueskyJetstream:
    handle = needed(settings, "bluesky_handle", "Bluesky")
    return BlueskyJetstream(settings.bluesky_jetstream, account=handle, now=tools.now)


BLUESKY = Connector(
    name="bluesky",
    title="Bluesky",
    is_on=lambda settings: settings.bluesky_handle is not None,
    needs=(
        Need("bluesky_handle", "The handle of the account, e.g. larkbank.bsky.social."),
        Need(
            "bluesky_app_password",
            "An app password, with access to direct messages if those are to be read: Bluesky, Settings, Privacy and "
            "security, App passwords.",
        ),
        Need("bluesky_jetstream", "The wss:// address of a Jetstream, to hear of deletions sooner.", is_required=False),
    ),
    probe=_probe,
    channels={"bluesky": _channel},
    sources={"bluesky": _source, "bluesky_dm": _chat_source, "bluesky_jetstream": _jetstream},
    is_pulled=lambda settings, source: source != "bluesky_jetstream" or settings.bluesky_jetstream is not None,
    seconds=lambda settings: settings.bluesky_seconds,
)
