"""What the program was set to, and since when: settings, packs, weights, replies, people, keys; who changed what."""

import csv
import io
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.responses import Response

from inbox import wording
from inbox.compliance import section_page
from inbox.downloads import attached, temporary
from inbox.errors import bad_form
from inbox.languages import N_, Sayings, _
from inbox.visit import Visit
from models import Event, EventKind
from models.cells import cell
from models.configuration import Changed, Part
from store.store import Transaction

logger = logging.getLogger(__name__)

SHOWN, MOST = 200, 100_000
PARTS = Sayings(
    {
        Part.PROGRAM: N_("Program"),
        Part.SETTINGS: N_("Settings"),
        Part.POLICY: N_("Policy packs and files"),
        Part.CALENDAR: N_("Calendar"),
        Part.CLASSIFIER: N_("Classifier"),
        Part.REPLIES: N_("Saved replies and macros"),
        Part.PEOPLE: N_("People and roles"),
        Part.KEYS: N_("Keys of programs"),
    }
)
COLUMNS = ("at", "part", "what", "before", "after", "by")
_PART_OF = {EventKind.SAVED_REPLY_CHANGED: Part.REPLIES, EventKind.MACRO_CHANGED: Part.REPLIES}


def show(visit: Visit) -> Response:
    given = {name: visit.query(name) for name in ("from", "to", "part")}
    with visit.inbox.store.reading() as transaction:
        found = _changes(transaction, **_wanted(visit), limit=SHOWN + 1)
    context = {
        "lines": found[:SHOWN],
        "is_cut": len(found) > SHOWN,
        "most": SHOWN,
        "given": given,
        "asked": {name: value for name, value in given.items() if value},
        "parts": {part.value: name for part, name in PARTS.items()},
    }
    return section_page(visit, "configuration", context)


def download(visit: Visit) -> Response:
    """All that the filter lets through, as CSV; oldest last, as on the page."""
    wanted, file = _wanted(visit), temporary()
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    with visit.inbox.store.reading() as transaction:
        found = _changes(transaction, **wanted, limit=MOST)
    writer.writerows(map(_cells, found))
    text.detach()
    logger.info("log of the configuration exported: person=%s rows=%d", visit.person, len(found))
    name = f"configuration_{visit.query('from') or 'beginning'}_{visit.query('to') or 'today'}.csv"
    return attached(file, name, "text/csv; charset=utf-8", {"x-log-rows": str(len(found))})


def _cells(one: Changed) -> Iterator[str]:
    """A cell that a spreadsheet would take for a formula is kept a text."""
    for value in (one.at.isoformat(), one.part.value, one.name, one.before or "", one.after or "", one.by):
        yield cell(value)


def _wanted(visit: Visit) -> Mapping[str, Any]:
    first, last, part = visit.query_day("from"), visit.query_day("to"), visit.query("part")
    if first and last and last < first:
        raise bad_form(_("the time from %(first)s to %(last)s ends before it starts", first=first, last=last))
    if part and part not in set(Part):
        raise bad_form(_("%(part)s is no part of the configuration", part=part[:40]))
    return {
        "part": Part(part) if part else None,
        "since": _midnight(visit, first) if first else None,
        "until": _midnight(visit, last + timedelta(days=1)) if last else None,
    }


def _midnight(visit: Visit, day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=visit.inbox.policy.zone).astimezone(UTC)


def _changes(
    transaction: Transaction, *, part: Part | None, since: datetime | None, until: datetime | None, limit: int
) -> list[Changed]:
    """The log's own rows, and what the event log holds already: nothing is stored twice. Newest first."""
    log = transaction.configuration
    found = log.rows(part=part, since=since, until=until, limit=limit)
    if part in (None, Part.CLASSIFIER, Part.REPLIES):
        acts = [_of_event(event) for event in log.acts(since=since, until=until, limit=limit)]
        found += [one for one in acts if part in (None, one.part)]
    return sorted(found, key=lambda one: one.at, reverse=True)[:limit]


def _of_event(event: Event) -> Changed:
    part, facts = _PART_OF.get(event.kind, Part.CLASSIFIER), event.facts
    if part is Part.REPLIES:
        what = _("macro") if event.kind is EventKind.MACRO_CHANGED else _("saved reply")
        name = f"{what} {facts.get('title') or facts.get('name') or ''}".strip()
        after = _(
            "%(act)s, version %(version)s",
            act=wording.words(facts.get("act", "changed")),
            version=facts.get("version", ""),
        )
        return Changed(part, name, event.at, event.actor, None, after)
    told = "; ".join(f"{key}: {value}" for key, value in facts.items() if value not in (None, "", []))
    return Changed(part, event.kind.value.replace("_", " "), event.at, event.actor, None, told)
