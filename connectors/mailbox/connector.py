"""E-mail, as the registry knows it."""

from datetime import timedelta

from pydantic import SecretStr

from connectors.connector import Connector, Credential, Need, Tools, needed
from connectors.mailbox.channel import MailboxChannel
from connectors.mailbox.client import MailboxClient
from connectors.mailbox.sender import MailSender
from connectors.mailbox.server import server_at
from connectors.mailbox.source import MailboxSource, Reading
from settings import Settings

WHY = "EARSHOT_MAILBOX_IMAP"


def _probe(settings: Settings, tools: Tools) -> Credential:
    client, sender = _client(settings), _sender(settings)
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


def _client(settings: Settings) -> MailboxClient:
    return MailboxClient(
        server_at(needed(settings, "mailbox_imap", "e-mail"), setting="EARSHOT_MAILBOX_IMAP"),
        user=needed(settings, "mailbox_user", WHY),
        password=SecretStr(needed(settings, "mailbox_password", WHY)),
        login=settings.mailbox_login,
        folder=settings.mailbox_folder,
    )


def _sender(settings: Settings) -> MailSender | None:
    if not settings.mailbox_smtp:
        return None
    return MailSender(
        server_at(settings.mailbox_smtp, setting="EARSHOT_MAILBOX_SMTP"),
        user=needed(settings, "mailbox_user", WHY),
        password=SecretStr(needed(settings, "mailbox_password", WHY)),
        login=settings.mailbox_login,
    )


def _source(settings: Settings, tools: Tools) -> MailboxSource:
    reading = Reading(history_days=settings.history_days)
    return MailboxSource(_client(settings), account=_account(settings), reading=reading, now=tools.now)


def _channel(settings: Settings, tools: Tools) -> MailboxChannel:
    return MailboxChannel(_client(settings), _sender(settings), account=_account(settings), now=tools.now)


EMAIL = Connector(
    name="email",
    title="E-mail",
    is_on=lambda settings: settings.mailbox_imap is not None,
    needs=(
        Need("mailbox_imap", "The server mails are read from: imaps://host or imap+starttls://host."),
        Need("mailbox_user", "The user of the mailbox, often its address."),
        Need("mailbox_password", "Its password, better one made for this program alone; or an OAuth access token."),
        Need("mailbox_address", "The address customers write to."),
        Need("mailbox_smtp", "The server answers are sent by: smtps://host or smtp+starttls://host.", False),
        Need("mailbox_folder", "The folder that is read.", False),
        Need("mailbox_login", "password, or xoauth2 with an access token as password.", False),
    ),
    probe=_probe,
    channels={"email": _channel},
    sources={"email": _source},
    seconds=lambda settings: settings.mailbox_seconds,
)
