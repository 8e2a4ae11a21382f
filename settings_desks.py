"""The settings of support desks and notifications, a part of `settings.Settings`."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

DeskName = Literal[
    "local", "request_tracker", "zendesk", "chatwoot", "zammad", "freshdesk", "jira_service_management", "webhook"
]


class DeskSettings(BaseModel):
    """Where tickets go, and who is told beside."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    desk: DeskName = Field(default="local", description="Support desk that tickets go to.")
    notify: frozenset[Literal["slack", "teams"]] = Field(
        default=frozenset(), description="Who is told of tickets beside the desk, comma separated: slack, teams."
    )
    desk_seconds: float = Field(default=60.0, gt=0, description="How often the desk is asked what changed, seconds.")
    desk_priorities: tuple[tuple[str, str], ...] = Field(
        default=(), description="Our priorities and the desk's, e.g. urgent=1; high=2. Default: the desk's own words."
    )
    desk_tags: tuple[tuple[str, str], ...] = Field(
        default=(), description="Our tags and the desk's, e.g. billing=team-billing. Default: ours."
    )

    crm_url: str | None = Field(
        default=None,
        pattern=r"^https?://",
        description="Address of the firm's CRM that says what an author is worth. Default: it is not asked.",
    )
    crm_token: SecretStr | None = Field(default=None, description="Bearer token that the CRM asks for.")

    request_tracker_url: str | None = Field(
        default=None, description="Base URL of Request Tracker 5, e.g. https://rt.example.com."
    )
    request_tracker_token: SecretStr | None = Field(
        default=None, description="Auth token of an RT user who may create tickets."
    )
    request_tracker_queue: str = Field(default="Social", description="RT queue for the tickets.")
    request_tracker_requestor_domain: str = Field(
        default="social.invalid", description="Domain of the made-up requestor address, handle@domain."
    )

    webhook_url: str | None = Field(default=None, description="Address that signed CloudEvents are posted to.")
    webhook_secret: SecretStr | None = Field(
        default=None, description="Standard Webhooks secret, whsec_…; several by spaces while rotating."
    )

    zendesk_url: str | None = Field(default=None, description="Base URL of Zendesk, e.g. https://larkbank.zendesk.com.")
    zendesk_email: str | None = Field(default=None, description="E-mail address of the agent the token belongs to.")
    zendesk_token: SecretStr | None = Field(default=None, description="API token.")
    zendesk_group_id: int | None = Field(default=None, description="Number of the group for the tickets.")
    zendesk_webhook_secret: SecretStr | None = Field(
        default=None, description="Signing secret of its webhook; several by spaces while rotating."
    )
    zendesk_requester_domain: str = Field(
        default="social.invalid", description="Domain of the made-up requester address, handle@domain."
    )

    chatwoot_url: str | None = Field(default=None, description="Base URL of Chatwoot.")
    chatwoot_account_id: int | None = Field(default=None, description="Number of the account.")
    chatwoot_inbox_id: int | None = Field(default=None, description="Number of the API inbox for the conversations.")
    chatwoot_token: SecretStr | None = Field(
        default=None, description="Access token of an agent; a bot's may not search."
    )
    chatwoot_webhook_secret: SecretStr | None = Field(
        default=None, description="Secret of its webhook; older servers sign none: then status changes are pulled."
    )

    zammad_url: str | None = Field(default=None, description="Base URL of Zammad.")
    zammad_token: SecretStr | None = Field(default=None, description="Access token with ticket.agent.")
    zammad_group: str = Field(default="Social", description="Group for the tickets.")
    zammad_customer_domain: str = Field(
        default="social.invalid", description="Domain of the made-up customer address, handle@domain."
    )
    zammad_webhook_secret: SecretStr | None = Field(default=None, description="Signature token of its webhook.")

    freshdesk_url: str | None = Field(default=None, description="Base URL, e.g. https://larkbank.freshdesk.com.")
    freshdesk_key: SecretStr | None = Field(default=None, description="API key of an agent.")
    freshdesk_group_id: int | None = Field(default=None, description="Number of the group for the tickets.")
    freshdesk_field: str = Field(
        default="cf_earshot_id", description="Name, in the API, of the ticket field that holds our id."
    )
    freshdesk_requester_domain: str = Field(
        default="social.invalid", description="Domain of the made-up requester address, handle@domain."
    )

    jira_url: str | None = Field(default=None, description="Base URL, e.g. https://larkbank.atlassian.net.")
    jira_email: str | None = Field(default=None, description="E-mail address of the user the token belongs to.")
    jira_token: SecretStr | None = Field(default=None, description="API token.")
    jira_project: str | None = Field(default=None, description="Key of the project, e.g. CARE.")
    jira_service_desk_id: str | None = Field(default=None, description="Number of its service desk.")
    jira_request_type_id: str | None = Field(default=None, description="Number of the request type for the tickets.")
    jira_webhook_secret: SecretStr | None = Field(default=None, description="Secret of its webhook.")

    slack_api: str = Field(default="https://slack.com/api", description="Base URL of the Web API.")
    slack_token: SecretStr | None = Field(default=None, description="Bot token, xoxb-….")
    slack_channel: str | None = Field(default=None, description="Id of the Slack channel, e.g. C0123456789.")
    teams_url: SecretStr | None = Field(
        default=None, description="Address of the Workflows webhook of the Teams channel; it is itself a secret."
    )
