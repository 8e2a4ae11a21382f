"""Rate limits as platforms tell them: each in its own unit, all read into one `Limit`. Pure."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

from models.limit import Limit

Headers = Mapping[str, str]
"""Names in any case: `httpx.Headers` finds them all."""
ReadLimit = Callable[[Headers, datetime], Limit | None]
"""What the headers of an answer say, given when it came (aware, UTC); None where they say nothing readable."""


def epoch_seconds(remaining: str, reset: str) -> ReadLimit:
    """X, Bluesky: the reset is a Unix time in seconds."""

    def read(headers: Headers, now: datetime) -> Limit | None:
        left, at = _number(headers.get(remaining)), _number(headers.get(reset))
        return None if left is None or at is None else Limit(left, datetime.fromtimestamp(at, UTC))

    return read


def iso_instant(remaining: str, reset: str) -> ReadLimit:
    """Mastodon: the reset is an ISO 8601 instant."""

    def read(headers: Headers, now: datetime) -> Limit | None:
        left = _number(headers.get(remaining))
        try:
            at = datetime.fromisoformat(headers.get(reset, ""))
        except ValueError:
            return None
        return None if left is None or at.utcoffset() is None else Limit(left, at.astimezone(UTC))

    return read


META_SLOW_AT_PERCENT = 95.0
META_WAIT = timedelta(minutes=5)


def meta_usage(headers: Headers, now: datetime) -> Limit | None:
    """Meta: percent used, in three headers of JSON; minutes to wait only where we are shut out already."""
    used, minutes = 0.0, 0.0
    for name in ("x-app-usage", "x-page-usage", "x-business-use-case-usage"):
        try:
            found = json.loads(headers.get(name, "null"))
        except ValueError:
            continue
        for usage in _usages(found):
            used = max(used, *(_float(usage.get(key)) for key in ("call_count", "total_time", "total_cputime")))
            minutes = max(minutes, _float(usage.get("estimated_time_to_regain_access")))
    if not used and not minutes:
        return None
    is_over = minutes > 0 or used >= META_SLOW_AT_PERCENT
    wait = timedelta(minutes=minutes) if minutes else META_WAIT
    return Limit(0.0 if is_over else 100.0 - used, now + wait)


def _usages(found: object) -> Sequence[Mapping[str, object]]:
    """One object, or lists of them by business."""
    if not isinstance(found, dict):
        return []
    inner = [each for value in found.values() if isinstance(value, list) for each in value if isinstance(each, dict)]
    return inner or [found]


def _float(value: object) -> float:
    return float(value) if isinstance(value, int | float) else 0.0


def _number(text: str | None) -> float | None:
    try:
        number = float(text or "")
    except ValueError:
        return None
    return number if 0 <= number < 1e11 else None


APPLE_WINDOW = timedelta(hours=1)


def apple_hourly(headers: Headers, now: datetime) -> Limit | None:
    """App Store Connect: `user-hour-lim:3600;user-hour-rem:3545;`, of an hour that rolls: no end of it is told, so it
    is taken to have begun now."""
    parts = dict(part.strip().split(":", 1) for part in headers.get("x-rate-limit", "").split(";") if ":" in part)
    left = _number(parts.get("user-hour-rem"))
    return None if left is None else Limit(left, now + APPLE_WINDOW)


def retry_after(headers: Headers, now: datetime) -> Limit | None:
    """Slack, Zendesk, GitHub: only an answer that refuses us says anything: seconds to wait."""
    seconds = _number(headers.get("retry-after"))
    return None if seconds is None else Limit(0.0, now + timedelta(seconds=seconds))


def first_of(*readers: ReadLimit) -> ReadLimit:
    """The first that finds something."""

    def read(headers: Headers, now: datetime) -> Limit | None:
        return next((limit for reader in readers if (limit := reader(headers, now)) is not None), None)

    return read
