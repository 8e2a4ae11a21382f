"""The audit trail of one case as a file, with the digest that proves it whole."""

import io
from secrets import token_hex

from starlette.responses import Response

from inbox.downloads import attached, packed
from inbox.errors import not_allowed
from inbox.merged import events_of
from inbox.roles import UNMASKING
from inbox.visit import Visit
from models import ActorKind, Event, EventKind
from models.access import Access
from register.manifest import SUFFIX
from register.trail import Trail, TrailFile, trail_file
from store.store import Transaction

MOST_ACCESSES = 10_000
"""Of each case and complaint: one an hour and person."""


def download(visit: Visit) -> Response:
    """Masked unless it is asked for otherwise by somebody who may."""
    unmasked = visit.query("personal") == "1"
    if unmasked and visit.role not in UNMASKING:
        raise not_allowed(visit.role)
    with visit.inbox.store.reading() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        trail = _trail(transaction, case.id, case.complaint_id)
    made = trail_file(trail, with_personal_data=unmasked)
    _tell(visit, case.id, made, unmasked=unmasked)
    headers = {"x-trail-rows": str(made.rows), "x-trail-sha256": made.sha256}
    archive = packed(io.BytesIO(made.content), made.name, {made.name + SUFFIX: made.manifest})
    return attached(archive, made.name.replace(".csv", ".zip"), "application/zip", headers)


def _trail(transaction: Transaction, case_id: int, complaint_id: str | None) -> Trail:
    family = transaction.merges.family(case_id)
    accesses: list[Access] = []
    for thing, subjects in (("case", map(str, family)), ("complaint", [complaint_id] if complaint_id else [])):
        for subject in subjects:
            accesses += reversed(transaction.access.rows(thing=thing, subject=subject, limit=MOST_ACCESSES))
    return Trail(
        family,
        complaint_id,
        events_of(transaction, family),
        transaction.register.of_complaint(complaint_id) if complaint_id else [],
        accesses,
        transaction.register.head(),
    )


def _tell(visit: Visit, case_id: int, made: TrailFile, *, unmasked: bool) -> None:
    """Who took a copy out, and whether with names, stands in the trail of the next copy."""
    facts = {"rows": made.rows, "sha256": made.sha256, "personal_data": unmasked}
    key = f"{EventKind.TRAIL_EXPORTED.value}:{token_hex(16)}"
    event = Event(key, EventKind.TRAIL_EXPORTED, visit.now, ActorKind.PERSON, visit.person, case_id, facts=facts)
    with visit.inbox.store.writing() as transaction:
        transaction.events.record([event], now=visit.now)
