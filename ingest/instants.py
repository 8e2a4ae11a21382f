"""When something was said: taken from the source only where it can be believed, never guessed."""

from datetime import UTC, datetime, timedelta

EARLIEST_AT = datetime(2000, 1, 1, tzinfo=UTC)
"""No social channel is older; an earlier instant is a zero or a default, not a date."""
CLOCKS_MAY_DIFFER_BY = timedelta(minutes=5)
"""An instant this far after receipt is a clock that runs fast, not the future."""


def read_instant(given: str | int | float) -> tuple[datetime | None, str]:
    """The instant in UTC and no reason, or None and the reason it is refused.

    Numbers are refused: whether they count seconds or milliseconds cannot be known.
    """
    if not isinstance(given, str):
        return None, "is a number; an ISO 8601 date and time with an offset is needed"
    try:
        instant = datetime.fromisoformat(given.strip().upper())
    except ValueError:
        return None, "is not an ISO 8601 date and time"
    if instant.utcoffset() is None:
        return None, "has no offset from UTC"
    try:
        return instant.astimezone(UTC), ""
    except OverflowError:
        return None, "lies outside the calendar"


def why_implausible(instant: datetime, *, received_at: datetime) -> str:
    """Why nobody can have said it then, or an empty string."""
    if instant.utcoffset() is None:
        return "has no offset from UTC"
    if instant > received_at + CLOCKS_MAY_DIFFER_BY:
        return "lies after the message was received"
    if instant < EARLIEST_AT:
        return f"lies before {EARLIEST_AT.year}"
    return ""
