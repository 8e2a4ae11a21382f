"""The complaint register: newest entries, verification on demand, and export without a cap."""

import logging
from collections.abc import Iterator
from secrets import token_hex
from typing import Any, BinaryIO

from starlette.responses import Response

from inbox.downloads import attached, packed, temporary
from inbox.errors import RefusedError, bad_form, not_allowed
from inbox.languages import _
from inbox.roles import EXPORTING, UNMASKING
from inbox.visit import Visit
from models import ActorKind, Entry, Event, EventKind
from models.complaint import Status
from models.errors import RecordError, SetupError
from register.columns import COLUMNS
from register.export import Written, write
from register.manifest import SUFFIX, Manifest
from register.rows import masked, row, rows
from register.selection import FILTERS, Selection, select
from register.verify import verify_stored
from store.store import Transaction

logger = logging.getLogger(__name__)

ENTRIES_SHOWN = 100
COMPLAINTS_SHOWN = 50
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/jsonl",
}


def show(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        entries = transaction.register.newest(limit=ENTRIES_SHOWN)
        table = transaction.register
        context = {
            "entries": entries,
            "complaints": _complaints(transaction, entries),
            "counts": table.counts(),
            "head": table.head(),
            "statuses": [status.value for status in Status],
            "verification": verify_stored(table.stored(), head=table.head()) if visit.query("verify") else None,
        }
    may = {"may_export": visit.role in EXPORTING, "may_unmask": visit.role in UNMASKING}
    return visit.page("register.html", context | may)


def _complaints(transaction: Transaction, newest: list[Entry]) -> list[dict[str, Any]]:
    """The complaints that the newest entries speak of, masked."""
    ids = list(dict.fromkeys(entry.complaint_id for entry in newest))[:COMPLAINTS_SHOWN]
    return [_complaint(transaction, complaint_id) for complaint_id in ids]


def _complaint(transaction: Transaction, complaint_id: str) -> dict[str, Any]:
    """An entry that was tampered with must not hide the page on which that is found out."""
    try:
        return masked(row(transaction.register.of_complaint(complaint_id)))
    except RecordError:
        return dict.fromkeys(COLUMNS) | {"complaint_id": complaint_id, "status": _("unreadable: verify the chain")}


def download(visit: Visit) -> Response:
    """The whole file is written to a temporary place first, so that its digest goes with it and memory stays small."""
    format_, selection = visit.query("format", "csv"), _selection(visit)
    if format_ not in TYPES:
        raise bad_form(
            _("the format %(format_)s is unknown; use one of %(types)s", format_=format_[:20], types=", ".join(TYPES))
        )
    unmasked = visit.query("personal") == "1"
    if unmasked and visit.role not in UNMASKING:
        raise not_allowed(visit.role)
    file, name = temporary(), f"{_name(selection)}.{format_}"
    with visit.inbox.store.reading() as transaction:
        entries, head = transaction.register.entries(by_complaint=True), transaction.register.head()
        written = _written(rows(entries, selection=selection, with_personal_data=unmasked), file, format_)
    manifest = Manifest(name, format_, written, head, selection, with_personal_data=unmasked)
    logger.info(
        "register exported: person=%s format=%s rows=%d sha256=%s unmasked=%s",
        visit.person,
        format_,
        written.rows,
        written.sha256,
        unmasked,
    )
    _tell(visit, written, unmasked=unmasked)
    headers = {"x-register-rows": str(written.rows), "x-register-sha256": written.sha256}
    if visit.query("manifest") == "1":
        return attached(
            packed(file, name, {name + SUFFIX: manifest.as_bytes()}),
            f"{_name(selection)}.zip",
            "application/zip",
            headers,
        )
    return attached(file, name, TYPES[format_], headers)


def _tell(visit: Visit, written: Written, *, unmasked: bool) -> None:
    """Who took a copy out, and whether with names, is in the log for good."""
    facts = {"rows": written.rows, "sha256": written.sha256, "personal_data": unmasked}
    key = f"{EventKind.REGISTER_EXPORTED.value}:{token_hex(16)}"
    event = Event(key, EventKind.REGISTER_EXPORTED, visit.now, ActorKind.PERSON, visit.person, facts=facts)
    with visit.inbox.store.writing() as transaction:
        transaction.events.record([event], now=visit.now)


def _selection(visit: Visit) -> Selection:
    query = visit.request.query_params
    wanted = {name: [value.strip() for value in query.getlist(name) if value.strip()] for name in FILTERS}
    try:
        by = visit.query("by", "received")
        return select(start=visit.query_day("from"), end=visit.query_day("to"), by=by, wanted=wanted)
    except SetupError as error:
        raise bad_form(str(error)) from None


def _written(chosen: Iterator[dict[str, Any]], file: BinaryIO, format_: str) -> Written:
    try:
        return write(chosen, file, format=format_)
    except RecordError:
        file.close()
        advice = _("An entry is not what was written. Verify the chain on the register page: it names the entry.")
        raise RefusedError(409, _("The register cannot be exported"), advice) from None


def _name(selection: Selection) -> str:
    by = "" if selection.by == "received" else f"_{selection.by}"
    return f"register_{selection.start or 'beginning'}_{selection.end or 'today'}{by}"
