"""Zammad, as the registry knows it."""

from connectors.base import Desk, DeskReceiver
from connectors.connector import DeskConnector, Need, Tools, needed
from connectors.desks.mapping import DeskWords
from connectors.desks.zammad.desk import ZammadDesk
from connectors.desks.zammad.receiver import ZammadReceiver
from connectors.desks.zammad.records import PRIORITIES
from connectors.limits import retry_after
from connectors.quota import Quota
from settings import Settings

WHY = "EARSHOT_DESK=zammad"


def _open(settings: Settings, tools: Tools) -> Desk:
    url = needed(settings, "zammad_url", WHY)
    return ZammadDesk(
        url,
        needed(settings, "zammad_token", WHY),
        settings.zammad_group,
        customer_domain=settings.zammad_customer_domain,
        words=DeskWords.of(settings, PRIORITIES),
        quota=Quota(f"zammad:{url}", tools.ledger, read=retry_after, now=tools.now),
        now=tools.now,
        transport=tools.transport,
        sleep=tools.sleep,
    )


def _open_receiver(settings: Settings, tools: Tools) -> DeskReceiver:
    return ZammadReceiver(needed(settings, "zammad_webhook_secret", "receiving what Zammad pushes"))


ZAMMAD = DeskConnector(
    name="zammad",
    title="Zammad",
    needs=(
        Need("zammad_url", "The address of Zammad, e.g. https://desk.example.com."),
        Need("zammad_token", "Zammad, logged in as the agent for Earshot, Profile, Token Access, with ticket.agent."),
        Need("zammad_group", "The group for the tickets.", is_required=False),
        Need("zammad_customer_domain", "A domain nobody receives mail at.", is_required=False),
        Need("zammad_webhook_secret", "The HMAC SHA1 signature token of the webhook.", is_required=False),
    ),
    open=_open,
    receivers={"zammad": _open_receiver},
)
