"""Telegram, as the registry knows it."""

from datetime import timedelta

from pydantic import SecretStr

from connectors.base import Source
from connectors.connector import Connector, Credential, Need, Tools, needed
from connectors.telegram.channel import TelegramChannel
from connectors.telegram.client import ALLOWED_UPDATES, TelegramClient
from connectors.telegram.receiver import TelegramReceiver
from connectors.telegram.records import Us
from connectors.telegram.source import PushedSource, TelegramSource
from connectors.telegram.wire import User, WebhookInfo
from settings import Settings


def _probe(settings: Settings, tools: Tools) -> Credential:
    client = _client(settings, tools)
    me, webhook = client.me(), client.webhook()
    return Credential(account=f"@{me.username or me.id}", missing=tuple(_missing(settings, me, webhook)))


def _missing(settings: Settings, me: User, webhook: WebhookInfo) -> list[str]:
    found = []
    if (me.username or "").lower() != _us(settings).name.lower():
        found.append("EARSHOT_TELEGRAM_BOT is not the bot's user name: groups that name it are not heard; correct it.")
    is_pushed = settings.telegram_webhook_secret is not None
    if is_pushed and not webhook.url:
        found.append("No webhook is set, so nothing arrives: call setWebhook as docs/channels/telegram.md says.")
    if not is_pushed and webhook.url:
        found.append(
            "A webhook is set, so updates cannot be pulled: call deleteWebhook, or set EARSHOT_TELEGRAM_WEBHOOK_SECRET."
        )
    if is_pushed and webhook.last_error_date is not None and webhook.pending_update_count:
        found.append(f"Telegram could not deliver; {webhook.pending_update_count} updates wait: check the address.")
    unheard = set(ALLOWED_UPDATES) - set(webhook.allowed_updates or ALLOWED_UPDATES)
    if is_pushed and unheard:
        found.append(f"The webhook does not send {', '.join(sorted(unheard))}: set allowed_updates anew.")
    return found


def _us(settings: Settings) -> Us:
    number = needed(settings, "telegram_token", "Telegram").split(":")[0]
    name = needed(settings, "telegram_bot", "EARSHOT_TELEGRAM_TOKEN")
    return Us(name.removeprefix("@"), int(number) if number.isascii() and number.isdecimal() else None)


def _client(settings: Settings, tools: Tools) -> TelegramClient:
    return TelegramClient(
        settings.telegram_api,
        bot=_us(settings).name,
        token=SecretStr(needed(settings, "telegram_token", "Telegram")),
        ledger=tools.ledger,
        transport=tools.transport,
        sleep=tools.sleep,
        now=tools.now,
    )


def _source(settings: Settings, tools: Tools) -> Source:
    if settings.telegram_webhook_secret is not None:
        return PushedSource()
    return TelegramSource(_client(settings, tools), _us(settings), now=tools.now)


def _channel(settings: Settings, tools: Tools) -> TelegramChannel:
    is_pushed = settings.telegram_webhook_secret is not None
    return TelegramChannel(_client(settings, tools), is_pushed=is_pushed, now=tools.now)


def _receiver(settings: Settings, tools: Tools) -> TelegramReceiver:
    secret = needed(settings, "telegram_webhook_secret", "a push from Telegram")
    return TelegramReceiver(_us(settings), SecretStr(secret))


TELEGRAM = Connector(
    name="telegram",
    title="Telegram",
    is_on=lambda settings: settings.telegram_token is not None,
    needs=(
        Need("telegram_token", "The token of the bot: Telegram, @BotFather, /newbot or /token."),
        Need("telegram_bot", "The bot's user name without @, e.g. LarkbankBot."),
        Need(
            "telegram_webhook_secret",
            "A secret of our own, 1 to 256 letters, digits, _ and -, where updates are to be pushed.",
            is_required=False,
        ),
    ),
    probe=_probe,
    channels={"telegram": _channel},
    sources={"telegram": _source},
    receivers={"telegram": _receiver},
    is_pulled=lambda settings, source: settings.telegram_webhook_secret is None,
    seconds=lambda settings: settings.telegram_seconds,
    keeps=timedelta(hours=24),
)
