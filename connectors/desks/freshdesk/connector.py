"""Freshdesk, as the registry knows it."""

from urllib.parse import urlsplit

from connectors.base import Desk
from connectors.connector import DeskConnector, Need, Tools, needed
from connectors.desks.freshdesk.desk import FreshdeskDesk
from connectors.desks.freshdesk.records import ALLOWED_PRIORITIES, PRIORITY_WORDS
from connectors.desks.mapping import DeskWords
from connectors.limits import retry_after
from connectors.quota import Quota
from settings import Settings

WHY = "EARSHOT_DESK=freshdesk"


def _open(settings: Settings, tools: Tools) -> Desk:
    url = needed(settings, "freshdesk_url", WHY)
    return FreshdeskDesk(
        url,
        needed(settings, "freshdesk_key", WHY),
        group_id=settings.freshdesk_group_id,
        field=settings.freshdesk_field,
        requester_domain=settings.freshdesk_requester_domain,
        words=DeskWords.of(settings, PRIORITY_WORDS, allowed=ALLOWED_PRIORITIES),
        quota=Quota(f"freshdesk:{urlsplit(url).netloc}", tools.ledger, read=retry_after, now=tools.now),
        transport=tools.transport,
        sleep=tools.sleep,
        now=tools.now,
    )


FRESHDESK = DeskConnector(
    name="freshdesk",
    title="Freshdesk",
    needs=(
        Need("freshdesk_url", "The address of the account, e.g. https://larkbank.freshdesk.com."),
        Need("freshdesk_key", "An API key: Freshdesk, as the agent, Profile Settings, View API key."),
        Need("freshdesk_group_id", "The number of the group for tickets of no team.", is_required=False),
    ),
    open=_open,
)
