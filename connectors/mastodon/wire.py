"""What Mastodon sends, as far as we read it. Everything else is ignored, so new fields do no harm.

Source: docs.joinmastodon.org, entities Notification, Status, Account, Relationship, Context, Instance, Quote.
"""

from datetime import UTC, datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict


class Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Account(Wire):
    """`acct` has no host where the account lives on our own instance. Counts of other instances may be old."""

    id: str
    acct: str
    display_name: str = ""
    note: str = ""
    """HTML."""
    avatar: str | None = None
    bot: bool | None = None
    followers_count: int | None = None
    following_count: int | None = None
    statuses_count: int | None = None
    created_at: str | None = None
    """To the day."""
    suspended: bool = False


class Reference(Wire):
    """A status or an account of which only the id matters."""

    id: str


class QuotedStatus(Wire):
    id: str
    account: Reference


class Quote(Wire):
    quoted_status: QuotedStatus | None = None
    quoted_status_id: str | None = None


class Attachment(Wire):
    type: str = "unknown"
    description: str | None = None


class Status(Wire):
    id: str
    created_at: AwareDatetime
    edited_at: AwareDatetime | None = None
    in_reply_to_id: str | None = None
    in_reply_to_account_id: str | None = None
    visibility: str
    spoiler_text: str = ""
    content: str
    """HTML."""
    language: str | None = None
    url: str | None = None
    account: Account
    mentions: tuple[Reference, ...] = ()
    media_attachments: tuple[Attachment, ...] = ()
    quote: Quote | None = None
    reblogs_count: int | None = None
    quotes_count: int | None = None
    reblog: Reference | None = None
    """The status that is shown again; then there are no words of its own."""


class Notification(Wire):
    id: str
    type: str
    created_at: AwareDatetime
    account: Account
    status: Status | None = None


class Thread(Wire):
    ancestors: tuple[object, ...] = ()
    descendants: tuple[object, ...] = ()


class Relationship(Wire):
    id: str
    blocking: bool = False
    blocked_by: bool = False
    domain_blocking: bool = False


class StatusLimits(Wire):
    max_characters: int = 500
    characters_reserved_per_url: int = 23


class Configuration(Wire):
    statuses: StatusLimits = StatusLimits()


class Instance(Wire):
    domain: str
    """Host of the handles, which may differ from the host of the API."""
    configuration: Configuration = Configuration()


class WireError(Wire):
    error: str = ""


def instant(claimed: str | None) -> datetime | None:
    """An aware UTC instant, None where the text is none or names no time zone."""
    try:
        at = datetime.fromisoformat(claimed or "")
        return at.astimezone(UTC) if at.tzinfo else None
    except (ValueError, OverflowError):
        return None
