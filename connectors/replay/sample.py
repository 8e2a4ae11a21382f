"""The bundled sample, moved in time so that it looks as if it had just been said."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

NEWEST = timedelta(minutes=5)
SQUEEZE = 6


def sample_path() -> Path:
    return Path(__file__).with_name("sample.jsonl")


def shifted(lines: Iterable[bytes], now: datetime) -> bytes:
    """The same lines as if just said: the newest five minutes before `now`, a week squeezed into about a day.

    So a newcomer sees clocks that run, not only clocks that ran out. What else a line dates, as when its author's
    account was opened, moves with its message. Ids stay as they are (a line without one is given the digest of its
    original), so that a run on another day finds the messages of this one. Lines that are no JSON objects stay.
    """
    given = [line.rstrip(b"\r\n") for line in lines]
    records = [_record(line) for line in given]
    said = [_instant(record.get("created_at")) if record else None for record in records]
    newest = max((instant for instant in said if instant is not None), default=now)
    end = now.astimezone(UTC).replace(microsecond=0) - NEWEST
    moves = [timedelta(0) if instant is None else end - (newest - instant) / SQUEEZE - instant for instant in said]
    moved = [
        line if record is None else _written(_moved(_named(record, line), move))
        for line, record, move in zip(given, records, moves, strict=True)
    ]
    return b"".join(line + b"\n" for line in moved)


def _record(line: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _named(record: dict[str, Any], line: bytes) -> dict[str, Any]:
    if record.get("id") not in (None, ""):
        return record
    return {**record, "id": f"sample:{hashlib.sha256(line).hexdigest()[:24]}"}


def _moved(value: Any, by: timedelta) -> Any:
    if isinstance(value, list):
        return [_moved(item, by) for item in value]
    if not isinstance(value, dict):
        return value
    return {key: _moved_instant(item, by) if key.endswith("_at") else _moved(item, by) for key, item in value.items()}


def _moved_instant(value: Any, by: timedelta) -> Any:
    instant = _instant(value)
    return (instant + by).isoformat().replace("+00:00", "Z") if instant else value


def _instant(value: object) -> datetime | None:
    """Only instants with an offset: whoever left it out is shown as that, not corrected."""
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC) if found is not None and found.utcoffset() is not None else None


def _written(record: dict[str, Any]) -> bytes:
    return json.dumps(record).encode()
