"""Meta, as the registry knows it: one app, three tokens, five channels."""

from collections.abc import Callable, Sequence
from datetime import datetime

from pydantic import SecretStr

from connectors.connector import Connector, Credential, Need, Tools, needed
from connectors.limits import meta_usage
from connectors.meta.channel import FacebookChannel, InstagramChannel, MessengerChannel
from connectors.meta.client import GraphClient
from connectors.meta.direct import Direct
from connectors.meta.receiver import DeletionReceiver, MetaReceiver, ThreadsReceiver
from connectors.meta.records import FACEBOOK, INSTAGRAM, MESSENGER, THREADS, WHATSAPP
from connectors.meta.sent import FileSent, SentBook
from connectors.meta.source import InstagramTagsSource
from connectors.meta.threads_channel import ThreadsChannel
from connectors.meta.threads_token import ThreadsTokens
from connectors.meta.whatsapp_channel import WhatsAppChannel
from connectors.quota import Quota
from connectors.tokens import FileTokens
from models.errors import SetupError
from settings import Settings
from store.vault import vault_of

THREADS_VERSION = "v1.0"
PAGE_SCOPES = frozenset(
    {"pages_messaging", "pages_manage_metadata", "pages_read_engagement", "pages_manage_engagement"}
    | {"pages_read_user_content"}
)
INSTAGRAM_SCOPES = frozenset({"instagram_basic", "instagram_manage_comments", "instagram_manage_messages"})
WHATSAPP_SCOPES = frozenset({"whatsapp_business_messaging"})
PAGE_FIELDS = ("feed", "mention", "messages", "message_echoes")


def _graph(settings: Settings) -> str:
    return f"{settings.meta_graph}/{settings.meta_graph_version}"


def _client(
    base_url: str, token: SecretStr | Callable[[], SecretStr] | None, tools: Tools, product: str
) -> GraphClient | None:
    """None where the token is not set: what is pushed is read all the same."""
    if token is None:
        return None
    quota = Quota(f"meta:{product}", tools.ledger, read=meta_usage, now=tools.now)
    return GraphClient(
        base_url,
        token=token,
        product=product,
        quota=quota,
        transport=tools.transport,
        sleep=tools.sleep,
        now=tools.now,
    )


def _book(settings: Settings) -> SentBook:
    return FileSent(settings.home / "meta-sent")


def _direct(settings: Settings, tools: Tools, *, platform: str, own: str | None) -> Direct | None:
    client = _client(_graph(settings), settings.meta_page_token, tools, "page")
    if client is None or own is None:
        return None
    return Direct(
        client=client,
        page=settings.meta_page_id or "me",
        own=own,
        platform=platform,
        book=_book(settings),
        now=tools.now,
        has_human_agent=settings.meta_human_agent,
    )


def _facebook(settings: Settings, tools: Tools) -> FacebookChannel:
    return FacebookChannel(_direct(settings, tools, platform=MESSENGER, own=settings.meta_page_id), now=tools.now)


def _messenger(settings: Settings, tools: Tools) -> MessengerChannel:
    return MessengerChannel(_direct(settings, tools, platform=MESSENGER, own=settings.meta_page_id))


def _instagram(settings: Settings, tools: Tools) -> InstagramChannel:
    direct = _direct(settings, tools, platform=INSTAGRAM, own=settings.meta_instagram_id)
    return InstagramChannel(direct, now=tools.now, tags_are_pulled=settings.meta_instagram_tags)


def _whatsapp(settings: Settings, tools: Tools) -> WhatsAppChannel:
    client = _client(_graph(settings), settings.whatsapp_token, tools, WHATSAPP)
    return WhatsAppChannel(client, number=settings.whatsapp_phone_number_id, now=tools.now)


def _threads_tokens(settings: Settings, tools: Tools) -> ThreadsTokens | None:
    given = settings.threads_token
    if given is None:
        return None
    account = settings.threads_user_id or "me"
    store = FileTokens(
        settings.home, vault=vault_of(settings), vendor=THREADS, account=account, given=given.get_secret_value()
    )
    return ThreadsTokens(
        settings.threads_graph,
        given,
        store,
        renew_days=settings.threads_renew_days,
        now=tools.now,
        sleep=tools.sleep,
        transport=tools.transport,
    )


def _threads_client(settings: Settings, tools: Tools) -> GraphClient | None:
    tokens = _threads_tokens(settings, tools)
    current = tokens.current if tokens is not None else None  # a process may live longer than a token
    return _client(f"{settings.threads_graph}/{THREADS_VERSION}", current, tools, THREADS)


def _threads(settings: Settings, tools: Tools) -> ThreadsChannel:
    client = _threads_client(settings, tools)
    return ThreadsChannel(client, account=settings.threads_user_id, book=_book(settings), now=tools.now)


def _tags(settings: Settings, tools: Tools) -> InstagramTagsSource:
    is_on = settings.meta_instagram_tags and settings.meta_instagram_id is not None
    client = _client(_graph(settings), settings.meta_page_token, tools, "page") if is_on else None
    return InstagramTagsSource(client, account=settings.meta_instagram_id or "", now=tools.now)


def _secrets(settings: Settings) -> Sequence[SecretStr]:
    needed(settings, "meta_app_secret", "what Meta pushes")
    return [secret for secret in (settings.meta_app_secret, settings.threads_app_secret) if secret is not None]


def _receiver(settings: Settings, tools: Tools) -> MetaReceiver:
    own = frozenset(id for id in (settings.meta_page_id, settings.meta_instagram_id) if id)
    return MetaReceiver(_secrets(settings)[:1], settings.meta_verify_token, own_ids=own)


def _threads_receiver(settings: Settings, tools: Tools) -> ThreadsReceiver:
    account = needed(settings, "threads_user_id", "what Threads pushes")
    return ThreadsReceiver(_secrets(settings), settings.meta_verify_token, account=account)


def _deletions(settings: Settings, tools: Tools) -> DeletionReceiver:
    status_url = settings.meta_deletion_url or needed(settings, "public_url", "a request to delete")
    return DeletionReceiver(_secrets(settings), status_url=status_url)


class _Probe:
    """What the live tests of the tokens found."""

    def __init__(self) -> None:
        self.accounts: list[str] = []
        self.missing: list[str] = []
        self.scopes: set[str] = set()
        self.valid_until: list[datetime] = []


def _probe(settings: Settings, tools: Tools) -> Credential:
    """Every token that is set. Raises: AccessError, SetupError, RetryableError."""
    needed(settings, "meta_app_secret", "Meta")
    needed(settings, "meta_verify_token", "the handshake with Meta")
    found = _Probe()
    _renew_threads(settings, tools, found)  # first: whatever else fails, this is done daily
    wanted: dict[SecretStr, frozenset[str]] = {}
    if settings.meta_page_token is not None:
        _probe_page(settings, tools, found)
        wanted[settings.meta_page_token] = PAGE_SCOPES | (INSTAGRAM_SCOPES if settings.meta_instagram_id else set())
    whatsapp = _client(_graph(settings), settings.whatsapp_token, tools, WHATSAPP)
    if whatsapp is not None and settings.whatsapp_token is not None:
        number = needed(settings, "whatsapp_phone_number_id", "EARSHOT_WHATSAPP_TOKEN")
        account = whatsapp.account(number, "id,display_phone_number")
        found.accounts.append(f"WhatsApp {account.display_phone_number or number}")
        wanted[settings.whatsapp_token] = WHATSAPP_SCOPES
    threads = _threads_client(settings, tools)
    if threads is not None:
        account = threads.account("me", "id,username")
        if account.id != settings.threads_user_id:
            raise SetupError("EARSHOT_THREADS_TOKEN is of another account than EARSHOT_THREADS_USER_ID")
        found.accounts.append(f"Threads {account.username or account.id}")
    if not found.accounts:
        found.missing.append("No token is set: what is pushed is read, and nothing can be answered.")
    _probe_tokens(settings, tools, wanted, found)
    return Credential(
        account=", ".join(found.accounts) or "Meta",
        valid_until=min(found.valid_until, default=None),
        scopes=tuple(sorted(found.scopes)),
        missing=tuple(found.missing),
    )


def _renew_threads(settings: Settings, tools: Tools, found: _Probe) -> None:
    tokens = _threads_tokens(settings, tools)
    if tokens is None:
        return
    if said := tokens.renew_if_due():
        found.missing.append(said)
    if (until := tokens.valid_until()) is not None:
        found.valid_until.append(until)


def _probe_page(settings: Settings, tools: Tools, found: _Probe) -> None:
    page_id = needed(settings, "meta_page_id", "EARSHOT_META_PAGE_TOKEN")
    client = _client(_graph(settings), settings.meta_page_token, tools, "page")
    if client is None:
        return
    page = client.account("me", "id,name")
    if page.id != page_id:
        raise SetupError("EARSHOT_META_PAGE_TOKEN is not the token of the Page in EARSHOT_META_PAGE_ID")
    found.accounts.append(f"Page {page.name or page_id}")
    unsubscribed = [name for name in PAGE_FIELDS if name not in client.subscribed_fields(page_id)]
    if unsubscribed:
        names = ", ".join(unsubscribed)
        found.missing.append(f"The Page does not push {names}: subscribe the app to these fields of the Page.")


def _probe_tokens(settings: Settings, tools: Tools, wanted: dict[SecretStr, frozenset[str]], found: _Probe) -> None:
    """How long tokens last and what they may do; only the app itself may ask."""
    if settings.meta_app_id is None or settings.meta_app_secret is None:
        if wanted:
            found.missing.append(
                "How long the tokens last, and what they may do, is not known: set EARSHOT_META_APP_ID."
            )
        return
    app_token = SecretStr(f"{settings.meta_app_id}|{settings.meta_app_secret.get_secret_value()}")
    app = _client(_graph(settings), app_token, tools, "app")
    for token, scopes in wanted.items():
        told = app.token(token) if app is not None else None
        if told is None or not told.is_valid:
            found.missing.append("Meta says that one of the tokens is not valid: make a new one.")
            continue
        found.scopes |= set(told.scopes)
        if told.expires_at is not None:
            found.valid_until.append(told.expires_at)
        if lacking := sorted(scopes - set(told.scopes)):
            found.missing.append(f"The token lacks {', '.join(lacking)}: some answers and look-ups will be refused.")


META = Connector(
    name="meta",
    title="Facebook, Messenger, Instagram, WhatsApp, Threads",
    is_on=lambda settings: settings.meta_app_secret is not None,
    needs=(
        Need("meta_app_secret", "App secret: developers.facebook.com, the app, App settings, Basic."),
        Need("meta_verify_token", "A long random word of your own; the same one is typed in beside the address."),
        Need("meta_app_id", "App ID, on the same page as the secret.", is_required=False),
        Need("meta_page_id", "Page ID: the Page, About, Page transparency.", is_required=False),
        Need("meta_page_token", "Page access token of a system user, which does not expire.", is_required=False),
        Need("meta_instagram_id", "Number of the Instagram account that belongs to the Page.", is_required=False),
        Need("whatsapp_phone_number_id", "Phone number ID: the app, WhatsApp, API setup.", is_required=False),
        Need("whatsapp_token", "Token of a system user with whatsapp_business_messaging.", is_required=False),
        Need("threads_user_id", "Number that /me of the Threads API gives.", is_required=False),
        Need("threads_token", "Long-lived token of the Threads account; it is renewed here.", is_required=False),
        Need("threads_app_secret", "Threads app secret: the app, Use cases, Threads.", is_required=False),
    ),
    probe=_probe,
    channels={
        FACEBOOK: _facebook,
        INSTAGRAM: _instagram,
        MESSENGER: _messenger,
        THREADS: _threads,
        WHATSAPP: _whatsapp,
    },
    sources={INSTAGRAM: _tags},
    receivers={"meta": _receiver, "meta_deletion": _deletions, "threads": _threads_receiver},
    is_pulled=lambda settings, source: settings.meta_instagram_tags,
    seconds=lambda settings: settings.meta_seconds,
)
