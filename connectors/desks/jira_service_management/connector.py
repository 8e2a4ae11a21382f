"""Jira Service Management, as the registry knows it."""

from connectors.base import Desk, DeskReceiver
from connectors.connector import DeskConnector, Need, Tools, needed
from connectors.desks.jira_service_management.desk import JiraDesk
from connectors.desks.jira_service_management.receiver import JiraReceiver
from connectors.desks.jira_service_management.records import PRIORITIES
from connectors.desks.mapping import DeskWords
from connectors.limits import retry_after
from connectors.quota import Quota
from settings import Settings

WHY = "EARSHOT_DESK=jira_service_management"


def _open(settings: Settings, tools: Tools) -> Desk:
    url, email = needed(settings, "jira_url", WHY), needed(settings, "jira_email", WHY)
    return JiraDesk(
        url,
        email,
        needed(settings, "jira_token", WHY),
        project=needed(settings, "jira_project", WHY),
        service_desk_id=needed(settings, "jira_service_desk_id", WHY),
        request_type_id=needed(settings, "jira_request_type_id", WHY),
        words=DeskWords.of(settings, PRIORITIES),
        quota=Quota(f"jira:{url}", tools.ledger, read=retry_after, now=tools.now),
        now=tools.now,
        transport=tools.transport,
        sleep=tools.sleep,
    )


def _open_receiver(settings: Settings, tools: Tools) -> DeskReceiver:
    return JiraReceiver(needed(settings, "jira_webhook_secret", "receiving what Jira pushes"))


JIRA_SERVICE_MANAGEMENT = DeskConnector(
    name="jira_service_management",
    title="Jira Service Management",
    needs=(
        Need("jira_url", "The address of the site, e.g. https://larkbank.atlassian.net."),
        Need("jira_email", "The e-mail address of the agent Earshot works as."),
        Need("jira_token", "An API token of that agent: id.atlassian.com, Security, API tokens."),
        Need("jira_project", "The key of the project, the letters before the number of its issues."),
        Need("jira_service_desk_id", "The number of its service desk: …/rest/servicedeskapi/servicedesk lists them."),
        Need("jira_request_type_id", "The number of the request type: …/servicedesk/NUMBER/requesttype lists them."),
        Need("jira_webhook_secret", "The secret of the webhook.", is_required=False),
    ),
    open=_open,
    receivers={"jira_service_management": _open_receiver},
)
