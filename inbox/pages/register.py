"""The complaint register: newest entries, verification on demand, and export without a cap."""

import logging
import tempfile
from collections.abc import Iterator
from datetime import date
from typing import BinaryIO

from starlette.responses import Response, StreamingResponse

from inbox.errors import RefusedError, bad_form, not_allowed
from inbox.roles import EXPORTING, UNMASKING
from inbox.visit import Visit
from models import Entry
from register import export
from register.rows import COLUMNS, rows
from register.verify import verify
from store.store import Transaction

logger = logging.getLogger(__name__)

ENTRIES_SHOWN = 100
COMPLAINTS_SHOWN = 50
CHUNK_BYTES = 64 * 1024
MEMORY_BYTES = 4 * 1024 * 1024
TYPES = {"csv": "text/csv; charset=utf-8", "jsonl": "application/jsonl"}


def show(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        entries = transaction.register.newest(limit=ENTRIES_SHOWN)
        table = transaction.register
        context = {
            "entries": entries,
            "complaints": _complaints(transaction, entries),
            "counts": table.counts(),
            "head": table.head(),
            "verification": verify(table.entries(), head=table.head()) if visit.query("verify") else None,
        }
    may = {"may_export": visit.role in EXPORTING, "may_unmask": visit.role in UNMASKING}
    return visit.page("register.html", context | may)


def _complaints(transaction: Transaction, newest: list[Entry]) -> list[dict[str, object]]:
    """The complaints that the newest entries speak of, masked."""
    ids = list(dict.fromkeys(entry.complaint_id for entry in newest))[:COMPLAINTS_SHOWN]
    return [_complaint(transaction, complaint_id) for complaint_id in ids]


def _complaint(transaction: Transaction, complaint_id: str) -> dict[str, object]:
    """An entry that was tampered with must not hide the page on which that is found out."""
    try:
        return next(rows(transaction.register.of_complaint(complaint_id)))
    except ValueError:
        return dict.fromkeys(COLUMNS) | {"complaint_id": complaint_id, "status": "unreadable: verify the chain"}


def download(visit: Visit) -> Response:
    """The whole file is written to a temporary place first, so that its digest goes with it and memory stays small."""
    format_, start, end = visit.query("format", "csv"), _day(visit, "from"), _day(visit, "to")
    if format_ not in TYPES:
        raise bad_form(f"the format {format_[:20]} is unknown; use csv or jsonl")
    unmasked = visit.query("personal") == "1"
    if unmasked and visit.role not in UNMASKING:
        raise not_allowed(visit.role)
    file: BinaryIO = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # type: ignore[assignment]  # noqa: SIM115
    with visit.inbox.store.reading() as transaction:
        entries = transaction.register.entries(by_complaint=True)
        chosen = rows(entries, start=start, end=end, with_personal_data=unmasked)
        manifest = _written(chosen, file, format_)
    logger.info(
        "register exported: person=%s rows=%d sha256=%s unmasked=%s",
        visit.person,
        manifest.rows,
        manifest.sha256,
        unmasked,
    )
    headers = {
        "content-disposition": f'attachment; filename="{_name(start, end)}.{format_}"',
        "x-register-rows": str(manifest.rows),
        "x-register-sha256": manifest.sha256,
    }
    return StreamingResponse(_chunks(file), media_type=TYPES[format_], headers=headers)


def _written(chosen: Iterator[dict[str, object]], file: BinaryIO, format_: str) -> export.Manifest:
    try:
        return export.write(chosen, file, format=format_)
    except ValueError:
        file.close()
        advice = "An entry is not what was written. Verify the chain on the register page: it names the entry."
        raise RefusedError(409, "The register cannot be exported", advice) from None


def _day(visit: Visit, name: str) -> date | None:
    given = visit.query(name)
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise bad_form(f"{given[:20]} is no date; write it as 2026-11-30") from None


def _name(start: date | None, end: date | None) -> str:
    return f"register_{start or 'beginning'}_{end or 'today'}"


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    with file:
        while chunk := file.read(CHUNK_BYTES):
            yield chunk
