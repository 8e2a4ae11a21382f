"""Microsoft Teams, as the registry knows it."""

from connectors.base import Desk
from connectors.connector import DeskConnector, Need, Tools, needed
from connectors.desks.names import digest
from connectors.desks.teams.desk import TeamsDesk
from connectors.limits import retry_after
from connectors.quota import Quota
from settings import Settings


def _open(settings: Settings, tools: Tools) -> Desk:
    url = needed(settings, "teams_url", "EARSHOT_NOTIFY=teams")
    return TeamsDesk(
        url,
        quota=Quota(f"teams:{digest(url)[:8]}", tools.ledger, read=retry_after, now=tools.now),
        transport=tools.transport,
        sleep=tools.sleep,
    )


TEAMS = DeskConnector(
    name="teams",
    title="Microsoft Teams",
    needs=(
        Need("teams_url", "Teams, the channel, Workflows, “Send webhook alerts to a channel”: the address it shows."),
    ),
    open=_open,
    is_notification=True,
)
