"""Zendesk, as the registry knows it."""

from urllib.parse import urlsplit

from connectors.base import Desk, DeskReceiver
from connectors.connector import DeskConnector, Need, Tools, needed
from connectors.desks.mapping import DeskWords
from connectors.desks.zendesk.desk import ZendeskDesk
from connectors.desks.zendesk.receiver import ZendeskReceiver
from connectors.desks.zendesk.records import ALLOWED_PRIORITIES, PRIORITY_WORDS
from connectors.limits import retry_after
from connectors.quota import Quota
from settings import Settings

WHY = "EARSHOT_DESK=zendesk"


def _open(settings: Settings, tools: Tools) -> Desk:
    url = needed(settings, "zendesk_url", WHY)
    return ZendeskDesk(
        url,
        needed(settings, "zendesk_email", WHY),
        needed(settings, "zendesk_token", WHY),
        group_id=settings.zendesk_group_id,
        requester_domain=settings.zendesk_requester_domain,
        is_pushed=settings.zendesk_webhook_secret is not None,
        words=DeskWords.of(settings, PRIORITY_WORDS, allowed=ALLOWED_PRIORITIES),
        quota=Quota(f"zendesk:{urlsplit(url).netloc}", tools.ledger, read=retry_after, now=tools.now),
        transport=tools.transport,
        sleep=tools.sleep,
        now=tools.now,
    )


def _open_receiver(settings: Settings, tools: Tools) -> DeskReceiver:
    return ZendeskReceiver(needed(settings, "zendesk_webhook_secret", "the webhook of Zendesk").split())


ZENDESK = DeskConnector(
    name="zendesk",
    title="Zendesk",
    needs=(
        Need("zendesk_url", "The address of the account, e.g. https://larkbank.zendesk.com."),
        Need("zendesk_email", "The e-mail address of the agent that makes the tickets."),
        Need("zendesk_token", "An API token: Admin Center, Apps and integrations, APIs, API tokens."),
        Need("zendesk_group_id", "The number of the group for tickets of no team.", is_required=False),
        Need("zendesk_webhook_secret", "Admin Center, Webhooks, the webhook, Signing secret.", is_required=False),
    ),
    open=_open,
    receivers={ZendeskReceiver.name: _open_receiver},
)
