"""The signed webhook, as the registry knows it."""

from connectors.base import Desk, DeskReceiver
from connectors.connector import DeskConnector, Need, Tools, needed
from connectors.desks.mapping import DeskWords
from connectors.desks.webhook.desk import WebhookDesk
from connectors.desks.webhook.receiver import WebhookStatusReceiver
from models import Priority
from settings import Settings

WHY = "EARSHOT_DESK=webhook"


def _open(settings: Settings, tools: Tools) -> Desk:
    return WebhookDesk(
        needed(settings, "webhook_url", WHY),
        needed(settings, "webhook_secret", WHY).split(),
        words=DeskWords.of(settings, {each: each.value for each in Priority}),
        transport=tools.transport,
        sleep=tools.sleep,
        now=tools.now,
    )


def _open_receiver(settings: Settings, tools: Tools) -> DeskReceiver:
    return WebhookStatusReceiver(needed(settings, "webhook_secret", WHY).split())


WEBHOOK = DeskConnector(
    name="webhook",
    title="Signed webhook",
    needs=(
        Need("webhook_url", "The address that signed events are posted to."),
        Need("webhook_secret", "The secret both sides know, whsec_ and base64."),
    ),
    open=_open,
    receivers={WebhookStatusReceiver.name: _open_receiver},
)
