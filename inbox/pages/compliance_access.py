"""Who looked at whose data: the log, a filter, and all of it as a file. To look at this is noted, too."""

import csv
import io
import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.responses import Response

from inbox.access_log import digest_of
from inbox.compliance import section_page
from inbox.downloads import attached, temporary
from inbox.errors import bad_form
from inbox.languages import N_, Sayings, _
from inbox.visit import Visit
from models.access import Access, AccessAct
from models.cells import cell

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
    wanted, file = _wanted(visit), temporary()
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
    writer = csv.writer(text)
    writer.writerow(COLUMNS)
    with visit.inbox.store.reading() as transaction:
        found = transaction.access.rows(**wanted, limit=MOST)
    writer.writerows([cell(value) for value in _cells(one)] for one in found)
    text.detach()
    logger.info("log of access exported: person=%s rows=%d", visit.person, len(found))
    name = f"access_{visit.query('from') or 'beginning'}_{visit.query('to') or 'today'}.csv"
    return attached(file, name, "text/csv; charset=utf-8", {"x-log-rows": str(len(found))})


def _cells(one: Access) -> tuple[str, ...]:
    facts = "; ".join(f"{name}={value}" for name, value in one.facts.items())
    return (one.at.isoformat(), one.person, one.role, one.act.value, one.thing, one.subject, facts)


def _wanted(visit: Visit) -> Mapping[str, Any]:
    first, last, act = visit.query_day("from"), visit.query_day("to"), visit.query("act")
    if first and last and last < first:
        raise bad_form(_("the time from %(first)s to %(last)s ends before it starts", first=first, last=last))
    if act and act not in set(AccessAct):
        raise bad_form(_("%(act)s is nothing that is noted here", act=act[:40]))
    words = visit.query("words").strip()
    return {
        "person": visit.query("person"),
        "act": AccessAct(act) if act else None,
        "thing": visit.query("thing"),
        "subject": visit.query("subject").strip(),
        "words": digest_of(visit.inbox.settings, words) if words else "",
        "since": _midnight(visit, first) if first else None,
        "until": _midnight(visit, last + timedelta(days=1)) if last else None,
    }


def _midnight(visit: Visit, day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=visit.inbox.policy.zone).astimezone(UTC)
