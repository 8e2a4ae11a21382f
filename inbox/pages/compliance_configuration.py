"""What the program was set to, and since when: settings, packs, weights, replies, people, keys; who changed what."""

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.responses import Response

from inbox import wording
from inbox.compliance import section_page
from inbox.downloads import as_csv, attached
from inbox.errors import bad_form
from inbox.languages import N_, Sayings, _
from inbox.visit import Visit
from models import Event, EventKind
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
    with visit.inbox.store.reading() as transaction:
        found = _changes(transaction, **_wanted(visit), limit=MOST)
    file, rows = as_csv(COLUMNS, map(_cells, found))
    logger.info("log of the configuration exported: person=%s rows=%d", visit.person, rows)
    name = f"configuration_{visit.query('from') or 'beginning'}_{visit.query('to') or 'today'}.csv"
    return attached(file, name, "text/csv; charset=utf-8", {"x-log-rows": str(rows)})


def _cells(one: Changed) -> tuple[str, ...]:
    return (one.at.isoformat(), one.part.value, one.name, one.before or "", one.after or "", one.by)


def _wanted(visit: Visit) -> Mapping[str, Any]:
    (since, until), part = visit.query_period(), visit.query("part")
    if part and part not in set(Part):
        raise bad_form(_("%(part)s is no part of the configuration", part=part[:40]))
    return {"part": Part(part) if part else None, "since": since, "until": until}


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
