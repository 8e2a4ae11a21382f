"""E-mail, as the registry knows it."""

from datetime import timedelta
from functools import cache

import httpx
from pydantic import SecretStr

from connectors.connector import Connector, Credential, Need, Tools, needed
from connectors.http import open_client
from connectors.mailbox.channel import MailboxChannel
from connectors.mailbox.client import MailboxClient
from connectors.mailbox.sender import MailSender
from connectors.mailbox.server import is_protected, server_at
from connectors.mailbox.source import MailboxSource, Reading
from connectors.mailbox.token import MailTokens
from connectors.oauth import RefreshGrant
from connectors.quota import LedgerInMemory
from connectors.tokens import FileTokens
from models.errors import SetupError
from settings import Settings
from store.vault import vault_of

WHY = "EARSHOT_MAILBOX_IMAP"


def _probe(settings: Settings, tools: Tools) -> Credential:
    client, sender = _client(settings, tools), _sender(settings, tools)
    with client.reading() as folder:
        shown = len(folder.after(0, since=(tools.now() - timedelta(days=7)).date()))
    missing = []
    with client.sent() as sent:
        if sent is None:
            missing.append("The server marks no folder as the one for sent mails: answers are not filed.")
    if sender is None:
        missing.append("EARSHOT_MAILBOX_SMTP is not set: mails cannot be answered from here.")
    else:
        sender.check()
    return Credential(account=_account(settings), missing=tuple(missing), shown_in_week=shown)


def _account(settings: Settings) -> str:
    return needed(settings, "mailbox_address", WHY).lower()


def _password(settings: Settings, tokens: MailTokens | None) -> SecretStr:
    if settings.mailbox_password is None and tokens is None:
        raise SetupError(
            "neither EARSHOT_MAILBOX_PASSWORD nor EARSHOT_MAILBOX_REFRESH_TOKEN is set, and a mailbox needs one; "
            "`earshot connect email` asks for it"
        )
    return settings.mailbox_password or SecretStr("")


def _tokens(settings: Settings, tools: Tools) -> MailTokens | None:
    """Where a refresh token is set; the password and how to log in are then of no matter."""
    given = settings.mailbox_refresh_token
    if given is None:
        return None
    because = "EARSHOT_MAILBOX_REFRESH_TOKEN"
    url = needed(settings, "mailbox_token_url", because)
    if not is_protected(url):
        raise SetupError("EARSHOT_MAILBOX_TOKEN_URL must be https://…: secrets are sent there")
    client_id = needed(settings, "mailbox_client_id", because)
    user = needed(settings, "mailbox_user", because)
    return MailTokens(
        _http(url, tools.transport),
        url,
        RefreshGrant(client_id, settings.mailbox_client_secret, given, settings.mailbox_scope or ""),
        store=FileTokens(
            settings.home,
            vault=vault_of(settings),
            vendor="email",
            account=f"{client_id} {user}",
            given=given.get_secret_value(),
        ),
        now=tools.now,
        sleep=tools.sleep,
    )


@cache
def _http(url: str, transport: httpx.BaseTransport | None) -> httpx.Client:
    """One pool of connections per process."""
    return open_client(url, transport=transport)


def _client(settings: Settings, tools: Tools) -> MailboxClient:
    tokens = _tokens(settings, tools)
    return MailboxClient(
        server_at(needed(settings, "mailbox_imap", "e-mail"), setting="EARSHOT_MAILBOX_IMAP"),
        user=needed(settings, "mailbox_user", WHY),
        password=_password(settings, tokens),
        login=settings.mailbox_login,
        tokens=tokens,
        folder=settings.mailbox_folder,
    )


def _sender(settings: Settings, tools: Tools) -> MailSender | None:
    if not settings.mailbox_smtp:
        return None
    tokens = _tokens(settings, tools)
    return MailSender(
        server_at(settings.mailbox_smtp, setting="EARSHOT_MAILBOX_SMTP"),
        user=needed(settings, "mailbox_user", WHY),
        password=_password(settings, tokens),
        login=settings.mailbox_login,
        tokens=tokens,
    )


def report_sender(settings: Settings, tools: Tools | None = None) -> MailSender:
    """For mails of our own, which answer nobody: the mailbox need not be read for them.

    Raises: SetupError where no server for outgoing mail, user or address is set.
    """
    why = "EARSHOT_REPORT_TO"
    needed(settings, "mailbox_smtp", why)
    needed(settings, "mailbox_user", why)
    needed(settings, "mailbox_address", why)
    sender = _sender(settings, tools or Tools(ledger=LedgerInMemory()))
    if sender is None:
        raise SetupError("EARSHOT_MAILBOX_SMTP is not set, and the weekly report needs it")
    return sender


def _source(settings: Settings, tools: Tools) -> MailboxSource:
    reading = Reading(history_days=settings.history_days)
    return MailboxSource(_client(settings, tools), account=_account(settings), reading=reading, now=tools.now)


def _channel(settings: Settings, tools: Tools) -> MailboxChannel:
    return MailboxChannel(_client(settings, tools), _sender(settings, tools), account=_account(settings), now=tools.now)


EMAIL = Connector(
    name="email",
    title="E-mail",
    is_on=lambda settings: settings.mailbox_imap is not None,
    needs=(
        Need("mailbox_imap", "The server mails are read from: imaps://host or imap+starttls://host."),
        Need("mailbox_user", "The user of the mailbox, often its address."),
        Need(
            "mailbox_password", "Its password, made for this program alone; or none, and OAuth 2.0 as follows.", False
        ),
        Need(
            "mailbox_token_url",
            "Where access tokens are made. Gmail: https://oauth2.googleapis.com/token. Microsoft 365: "
            "https://login.microsoftonline.com/TENANT/oauth2/v2.0/token.",
            is_required=False,
        ),
        Need("mailbox_client_id", "Id of the app that was registered there; docs/channels/email.md says how.", False),
        Need("mailbox_client_secret", "The app's secret, where it has one.", False),
        Need("mailbox_refresh_token", "What the consent of the mailbox's owner gives.", False),
        Need("mailbox_scope", "Microsoft 365: the scopes of the consent. Gmail: none.", False),
        Need("mailbox_address", "The address customers write to."),
        Need("mailbox_smtp", "The server answers are sent by: smtps://host or smtp+starttls://host.", False),
        Need("mailbox_folder", "The folder that is read.", False),
        Need("mailbox_login", "password, or xoauth2 with an access token that ends as password.", False),
    ),
    probe=_probe,
    channels={"email": _channel},
    sources={"email": _source},
    seconds=lambda settings: settings.mailbox_seconds,
)
