"""X, as the registry knows it."""

from datetime import timedelta
from functools import partial

from pydantic import SecretStr

from connectors.connector import Connector, Credential, Need, Tools, needed
from connectors.x.around import Limits
from connectors.x.channel import XChannel
from connectors.x.client import Keys, XClient
from connectors.x.dm_source import DmReading, XDmSource
from connectors.x.meter import Meter
from connectors.x.prices import read_prices
from connectors.x.receiver import XReceiver
from connectors.x.records import CHANNEL
from connectors.x.source import Reading, XSource
from models.errors import SetupError
from settings import Settings

BECAUSE = "EARSHOT_X_USER_ID"
LONGEST_QUERY = 512
LEVELS = {
    "read": "The access token may only read: let the app read, write and handle direct messages, and make a new token.",
    "read-write": "The access token may not read or write direct messages: widen the app's permissions and make a new "
    "token.",
}


def _client(settings: Settings, tools: Tools) -> XClient:
    own_id = needed(settings, "x_user_id", "X")
    if not (own_id.isascii() and own_id.isdecimal()):
        raise SetupError("EARSHOT_X_USER_ID is not a number: it is not the handle, but what GET /2/users/me calls id")
    keys = _keys(settings)
    if keys.bearer_token is None and not keys.speak_for_account:
        needed(settings, "x_bearer_token", BECAUSE)
    meter = Meter(
        own_id,
        tools.ledger,
        read_prices(settings.x_prices),
        monthly_budget=settings.x_monthly_budget,
        now=tools.now,
    )
    return XClient(
        settings.x_api,
        own_id=own_id,
        keys=keys,
        meter=meter,
        words=settings.x_words,
        transport=tools.transport,
        sleep=tools.sleep,
        now=tools.now,
    )


def _keys(settings: Settings) -> Keys:
    """Raises: SetupError where only some of what belongs together is set."""
    together = ("x_consumer_key", "x_consumer_secret", "x_access_token", "x_access_token_secret")
    if settings.x_access_token is not None or settings.x_access_token_secret is not None:
        for name in together:
            needed(settings, name, "EARSHOT_X_ACCESS_TOKEN")
    return Keys(
        settings.x_bearer_token,
        settings.x_consumer_key,
        settings.x_consumer_secret,
        settings.x_access_token,
        settings.x_access_token_secret,
    )


def _limits(settings: Settings, tools: Tools) -> Limits:
    return Limits(
        history=timedelta(days=settings.history_days),
        history_posts=settings.x_history_posts,
        thread_posts=settings.x_thread_posts,
        is_known=partial(tools.is_known, CHANNEL),
    )


def _mentions(settings: Settings, tools: Tools) -> XSource:
    return XSource(_client(settings, tools), reading=Reading(limits=_limits(settings, tools)), now=tools.now)


def _search(settings: Settings, tools: Tools) -> XSource:
    query = needed(settings, "x_search", "the search on X")
    if len(query) > LONGEST_QUERY:
        raise SetupError(f"EARSHOT_X_SEARCH has {len(query)} characters; X takes {LONGEST_QUERY}: shorten it")
    reading = Reading(limits=_limits(settings, tools))
    return XSource(_client(settings, tools), query=query, reading=reading, now=tools.now)


def _messages(settings: Settings, tools: Tools) -> XDmSource:
    needed(settings, "x_access_token", "reading direct messages on X")
    # Half of its pace, so that a pull that comes a moment early still asks, and a second look of the same job does not.
    reading = DmReading(seconds=settings.x_dm_seconds / 2, limits=_limits(settings, tools))
    return XDmSource(_client(settings, tools), reading=reading, now=tools.now)


def _is_pulled(settings: Settings, source: str) -> bool:
    """Search where there is a query; direct messages where there is a token of our account."""
    if source == "x_search":
        return settings.x_search is not None
    return source != "x_dm" or settings.x_access_token is not None


def _channel(settings: Settings, tools: Tools) -> XChannel:
    return XChannel(
        _client(settings, tools),
        automated_replies=settings.x_automated_replies,
        pushes=settings.public_url is not None and settings.x_consumer_secret is not None,
        limits=_limits(settings, tools),
        now=tools.now,
    )


def _receiver(settings: Settings, tools: Tools) -> XReceiver:
    secret = SecretStr(needed(settings, "x_consumer_secret", "a webhook of X"))
    return XReceiver(own_id=needed(settings, "x_user_id", "a webhook of X"), consumer_secret=secret)


def _probe(settings: Settings, tools: Tools) -> Credential:
    """Raises: SetupError where the access token belongs to somebody else."""
    client = _client(settings, tools)
    if not client.may_write:
        user = client.users([client.own_id]).get(client.own_id)
        if user is None:
            raise SetupError(
                f"EARSHOT_X_USER_ID: X knows no account {client.own_id}; is it the number, not the handle?"
            )
        missing = "Without access tokens nothing can be answered and no direct message read: make them for the app."
        return Credential(account=f"@{user.username}", scopes=("read",), missing=(missing, *_unchecked(settings)))
    me = client.me()
    if me.user.id != client.own_id:
        raise SetupError(f"EARSHOT_X_USER_ID is {client.own_id}, but the access token belongs to {me.user.id}; set it")
    lacking = [LEVELS[me.access_level]] if me.access_level in LEVELS else []
    return Credential(
        account=f"@{me.user.username}",
        scopes=(me.access_level,) if me.access_level else (),
        missing=(*lacking, *_unchecked(settings)),
    )


def _unchecked(settings: Settings) -> tuple[str, ...]:
    if settings.public_url is None or settings.x_consumer_secret is not None:
        return ()
    return ("Without EARSHOT_X_CONSUMER_SECRET no webhook of X can be registered: it proves who pushes.",)


X = Connector(
    name=CHANNEL,
    title="X",
    is_on=lambda settings: settings.x_user_id is not None,
    needs=(
        Need("x_user_id", "The number of our account: console.x.com shows it, and GET /2/users/me."),
        Need("x_consumer_key", "API key of the app: console.x.com, the app, Keys and tokens.", is_required=False),
        Need("x_consumer_secret", "API secret of the app, beside its key.", is_required=False),
        Need("x_access_token", "Access token of our account, made there after the app may write.", is_required=False),
        Need("x_access_token_secret", "The secret of that access token.", is_required=False),
        Need("x_bearer_token", "Only where there is no access token: the app's bearer token.", is_required=False),
        Need("x_search", 'What to search for beside mentions, e.g. "Lark Bank" lang:en.', is_required=False),
    ),
    probe=_probe,
    channels={"x": _channel},
    sources={"x": _mentions, "x_search": _search, "x_dm": _messages},
    receivers={"x": _receiver},
    is_pulled=_is_pulled,
    seconds=lambda settings: settings.x_seconds,
    paces={"x_dm": lambda settings: settings.x_dm_seconds},
    recheck_every=timedelta(days=7),
    keeps=timedelta(days=7),
)
