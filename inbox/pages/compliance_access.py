"""Who looked at whose data: the log, a filter, and all of it as a file. To look at this is noted, too."""

import logging
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from inbox.access_log import digest_of
from inbox.compliance import section_page
from inbox.downloads import as_csv, attached
from inbox.errors import bad_form
from inbox.languages import N_, Sayings, _
from inbox.visit import Visit
from models.access import Access, AccessAct

logger = logging.getLogger(__name__)

SHOWN, MOST = 200, 1_000_000
ACTS = Sayings(
    {
        AccessAct.OPENED: N_("looked at"),
        AccessAct.LISTED: N_("saw a list"),
        AccessAct.SEARCHED: N_("searched"),
        AccessAct.EXPORTED: N_("took a copy out"),
        AccessAct.READ_KEPT: N_("read kept words"),
        AccessAct.BROKE_GLASS: N_("came in by the emergency way"),
        AccessAct.ERASED: N_("looked for a person, or had them erased"),
    }
)
THINGS = Sayings({"case": N_("case"), "complaint": N_("complaint"), "ticket": N_("ticket"), "message": N_("message")})
PATHS = {"case": "/cases/", "complaint": "/complaints/"}
COLUMNS = ("at", "person", "role", "act", "thing", "subject", "facts")
LONGEST = 80


def show(visit: Visit) -> Response:
    given = {name: visit.query(name)[:LONGEST] for name in ("from", "to", "person", "act", "thing", "subject", "words")}
    with visit.inbox.store.reading() as transaction:
        found = transaction.access.rows(**_wanted(visit), limit=SHOWN + 1)
        people = transaction.access.people()
    context = {
        "lines": found[:SHOWN],
        "is_cut": len(found) > SHOWN,
        "most": SHOWN,
        "given": given,
        "asked": {name: value for name, value in given.items() if value},
        "acts": {act.value: name for act, name in ACTS.items()},
        "things": THINGS,
        "paths": PATHS,
        "people": people,
    }
    return section_page(visit, "access", context)


def download(visit: Visit) -> Response:
    """All that the filter lets through, as CSV, the newest first."""
    with visit.inbox.store.reading() as transaction:
        found = transaction.access.rows(**_wanted(visit), limit=MOST)
    file, rows = as_csv(COLUMNS, map(_cells, found))
    logger.info("log of access exported: person=%s rows=%d", visit.person, rows)
    name = f"access_{visit.query('from') or 'beginning'}_{visit.query('to') or 'today'}.csv"
    return attached(file, name, "text/csv; charset=utf-8", {"x-log-rows": str(rows)})


def _cells(one: Access) -> tuple[str, ...]:
    facts = "; ".join(f"{name}={value}" for name, value in one.facts.items())
    return (one.at.isoformat(), one.person, one.role, one.act.value, one.thing, one.subject, facts)


def _wanted(visit: Visit) -> Mapping[str, Any]:
    (since, until), act = visit.query_period(), visit.query("act")
    if act and act not in set(AccessAct):
        raise bad_form(_("%(act)s is nothing that is noted here", act=act[:40]))
    words = visit.query("words").strip()
    return {
        "person": visit.query("person"),
        "act": AccessAct(act) if act else None,
        "thing": visit.query("thing"),
        "subject": visit.query("subject").strip(),
        "words": digest_of(visit.inbox.settings, words) if words else "",
        "since": since,
        "until": until,
    }
