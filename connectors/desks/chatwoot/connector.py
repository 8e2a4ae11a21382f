"""Chatwoot, as the registry knows it."""

from connectors.base import Desk, DeskReceiver
from connectors.connector import DeskConnector, Need, Tools, needed
from connectors.desks.chatwoot.desk import ChatwootDesk
from connectors.desks.chatwoot.receiver import ChatwootReceiver
from connectors.desks.chatwoot.records import PRIORITIES
from connectors.desks.mapping import DeskWords
from connectors.limits import retry_after
from connectors.quota import Quota
from settings import Settings

WHY = "EARSHOT_DESK=chatwoot"


def _open(settings: Settings, tools: Tools) -> Desk:
    account_id = needed(settings, "chatwoot_account_id", WHY)
    return ChatwootDesk(
        needed(settings, "chatwoot_url", WHY),
        int(account_id),
        int(needed(settings, "chatwoot_inbox_id", WHY)),
        needed(settings, "chatwoot_token", WHY),
        words=DeskWords.of(settings, PRIORITIES, allowed=tuple(PRIORITIES.values())),
        quota=Quota(f"chatwoot:{account_id}", tools.ledger, read=retry_after, now=tools.now),
        now=tools.now,
        transport=tools.transport,
        sleep=tools.sleep,
    )


def _open_receiver(settings: Settings, tools: Tools) -> DeskReceiver:
    return ChatwootReceiver(needed(settings, "chatwoot_webhook_secret", "receiving what Chatwoot pushes"))


CHATWOOT = DeskConnector(
    name="chatwoot",
    title="Chatwoot",
    needs=(
        Need("chatwoot_url", "The address of Chatwoot, e.g. https://app.chatwoot.com."),
        Need("chatwoot_account_id", "The number after /accounts/ in Chatwoot's address line."),
        Need("chatwoot_inbox_id", "The number after /inboxes/ in the settings of an inbox of the kind API."),
        Need("chatwoot_token", "Chatwoot, logged in as the agent for Earshot, Profile Settings, Access Token."),
        Need("chatwoot_webhook_secret", "The secret shown with the webhook, where there is one.", is_required=False),
    ),
    open=_open,
    receivers={"chatwoot": _open_receiver},
)
