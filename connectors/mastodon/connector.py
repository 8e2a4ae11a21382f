"""Mastodon, as the registry knows it."""

from functools import partial

from pydantic import SecretStr

from connectors.connector import Connector, Credential, Need, Tools, needed
from connectors.limits import iso_instant
from connectors.mastodon.channel import MastodonChannel
from connectors.mastodon.client import VENDOR, MastodonClient
from connectors.mastodon.records import CHANNEL
from connectors.mastodon.source import MastodonSource, Reading
from connectors.quota import Quota
from models.errors import AccessError, PermanentError, SetupError
from settings import Settings

_kept: dict[Settings, MastodonClient] = {}


def _probe(settings: Settings, tools: Tools) -> Credential:
    client = _client(settings, tools)
    try:
        account = client.me().handle
    except PermanentError as error:
        raise SetupError(f"EARSHOT_MASTODON_URL does not lead to a Mastodon instance: {error}") from error
    missing = []
    try:
        client.notifications(limit=1)
    except AccessError:
        missing.append("Nothing can be read: make a token with read:notifications, read:statuses and read:accounts.")
    if not client.may_write():
        missing.append("Answers cannot be sent: make a token with write:statuses.")
    return Credential(account=account, missing=tuple(missing))


def _client(settings: Settings, tools: Tools) -> MastodonClient:
    """One per process, which knows our account and the instance; a fresh one where a test brings its own network."""
    if tools.transport is not None:
        return _open(settings, tools)
    if settings not in _kept:
        _kept[settings] = _open(settings, tools)
    return _kept[settings]


def _open(settings: Settings, tools: Tools) -> MastodonClient:
    url = needed(settings, "mastodon_url", "Mastodon")
    token = needed(settings, "mastodon_token", "EARSHOT_MASTODON_URL")
    read = iso_instant("x-ratelimit-remaining", "x-ratelimit-reset")
    quota = Quota(f"{VENDOR} {url}", tools.ledger, read=read, now=tools.now)
    return MastodonClient(url, token=SecretStr(token), quota=quota, transport=tools.transport, sleep=tools.sleep)


def _channel(settings: Settings, tools: Tools) -> MastodonChannel:
    return MastodonChannel(
        _client(settings, tools),
        history_days=settings.history_days,
        is_known=partial(tools.is_known, CHANNEL),
        now=tools.now,
    )


def _source(settings: Settings, tools: Tools) -> MastodonSource:
    reading = Reading(history_days=settings.history_days, is_known=partial(tools.is_known, CHANNEL))
    return MastodonSource(_client(settings, tools), reading=reading, now=tools.now)


MASTODON = Connector(
    name="mastodon",
    title="Mastodon",
    is_on=lambda settings: settings.mastodon_url is not None,
    needs=(
        Need("mastodon_url", "The address of the instance the account lives on, e.g. https://mastodon.social."),
        Need(
            "mastodon_token",
            "An access token: Preferences, Development, New application, with the scopes read:accounts, read:follows, "
            "read:notifications, read:statuses and write:statuses.",
        ),
    ),
    probe=_probe,
    channels={"mastodon": _channel},
    sources={"mastodon": _source},
    seconds=lambda settings: settings.mastodon_seconds,
)
