"""The bundled sample, moved in time so that it looks as if it had just been said."""

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any


def sample_path() -> Path:
    return Path(__file__).with_name("sample.jsonl")


def shifted(lines: Iterable[bytes], now: datetime) -> bytes:
    """The same lines with every instant moved by the same number of whole days, the newest within a day before `now`.

    Ids stay as they are (a line without one is given the digest of its original), so that a run on another day finds
    the messages of this one. Lines that are not JSON objects stay as they are.
    """
    given = [line.rstrip(b"\r\n") for line in lines]
    records = [_record(line) for line in given]
    said = [instant for record in records if record and (instant := _instant(record.get("created_at")))]
    days = (now.astimezone(UTC) - max(said)) // timedelta(days=1) if said else 0
    moved = [
        line if record is None else _written(_moved(_named(record, line), timedelta(days=days)))
        for line, record in zip(given, records, strict=True)
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
