"""From entries to the register as people read it: one row a complaint."""

import json
from collections.abc import Iterable, Iterator
from datetime import date
from itertools import groupby

from models import Entry, EntryKind

COLUMNS = (
    "complaint_id",
    "status",
    "received_at",
    "received_on",
    "recorded_at",
    "channel",
    "account",
    "kind",
    "message_id",
    "native_id",
    "url",
    "language",
    "complaint_type",
    "category",
    "tier",
    "priority",
    "tags",
    "basis",
    "limbs",
    "decided_by",
    "classifier",
    "policy",
    "acknowledge_due_at",
    "acknowledged_at",
    "respond_due_on",
    "closed_at",
    "text_sha256",
    "complainant",
    "text",
    "corrections",
    "entries",
)
PERSONAL = ("complainant", "text", "text_sha256", "url", "native_id")
MASK = "(masked)"
STATUS_AFTER = {
    EntryKind.CLOSED.value: "closed",
    EntryKind.RULED_OUT.value: "ruled_out",
    EntryKind.REOPENED.value: "open",
}


def rows(
    entries: Iterable[Entry], *, start: date | None = None, end: date | None = None, with_personal_data: bool = False
) -> Iterator[dict[str, object]]:
    """One row per complaint received from `start` to `end` (local dates, both included), in constant memory.

    `entries` come ordered by complaint, then by `seq`.
    """
    for _, group in groupby(entries, key=lambda entry: entry.complaint_id):
        row = _row(list(group), with_personal_data=with_personal_data)
        received_on = date.fromisoformat(str(row["received_on"]))
        if (start is None or start <= received_on) and (end is None or received_on <= end):
            yield row


def _row(entries: list[Entry], *, with_personal_data: bool) -> dict[str, object]:
    row: dict[str, object] = dict.fromkeys(COLUMNS)
    row |= {"complaint_id": entries[0].complaint_id, "recorded_at": entries[0].recorded_at, "status": "open"}
    for entry in entries:
        row |= {key: value for key, value in json.loads(entry.facts).items() if key in row}
        row |= _personal(entry, with_personal_data=with_personal_data)
        row["status"] = STATUS_AFTER.get(entry.kind, row["status"])
    row["corrections"] = sum(entry.kind == EntryKind.CORRECTED for entry in entries)
    row["entries"] = f"{entries[0].seq}-{entries[-1].seq}" if len(entries) > 1 else str(entries[0].seq)
    return row


def _personal(entry: Entry, *, with_personal_data: bool) -> dict[str, object]:
    if entry.personal is None:
        return dict.fromkeys(PERSONAL, "(redacted)")
    known = {key: value for key, value in json.loads(entry.personal).items() if key in PERSONAL}
    return known if with_personal_data else {key: MASK if value else value for key, value in known.items()}
