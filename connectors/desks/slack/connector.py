"""Slack, as the registry knows it."""

from connectors.base import Desk
from connectors.connector import DeskConnector, Need, Tools, needed
from connectors.desks.slack.desk import SlackDesk
from connectors.limits import retry_after
from connectors.quota import Quota
from settings import Settings

WHY = "EARSHOT_NOTIFY=slack"


def _open(settings: Settings, tools: Tools) -> Desk:
    channel = needed(settings, "slack_channel", WHY)
    return SlackDesk(
        settings.slack_api,
        needed(settings, "slack_token", WHY),
        channel,
        quota=Quota(f"slack:{channel}", tools.ledger, read=retry_after, now=tools.now),
        transport=tools.transport,
        sleep=tools.sleep,
    )


SLACK = DeskConnector(
    name="slack",
    title="Slack",
    needs=(
        Need("slack_token", "api.slack.com/apps, your app, OAuth & Permissions: Bot User OAuth Token, xoxb-…."),
        Need("slack_channel", "Slack, the channel's name, About, at the very bottom: Channel ID."),
    ),
    open=_open,
    is_notification=True,
)
