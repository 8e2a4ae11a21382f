"""Everything that was judged or ruled to be no complaint, by whom and why: without its words and its author's name."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.responses import Response

from flow.review_log import write_log
from inbox import wording
from inbox.compliance import section_page
from inbox.downloads import attached, temporary
from inbox.visit import Visit
from models import UNSURE, Label
from store.review import NoComplaint

logger = logging.getLogger(__name__)

PAGE_ROWS = 50
MOST_PAGES = 10_000
FILTERS = ("from", "to", "channel", "label")


@dataclass(frozen=True, slots=True)
class Line:
    message_id: str
    case_id: int | None
    complaint_id: str | None
    said_at: datetime
    channel: str
    label: str
    decided_by: str
    basis: str


def show(visit: Visit) -> Response:
    page = min(max(visit.query_number("page", 1), 1), MOST_PAGES)
    wanted = _wanted(visit)
    with visit.inbox.store.reading() as transaction:
        found = list(
            transaction.review.no_complaints(
                **wanted, newest_first=True, limit=PAGE_ROWS + 1, offset=(page - 1) * PAGE_ROWS
            )
        )
    given = {name: visit.query(name) for name in FILTERS}
    context = {
        "lines": [_line(one) for one in found[:PAGE_ROWS]],
        "given": given,
        "asked": {name: value for name, value in given.items() if value},
        "labels": [*(label.value for label in Label if label is not Label.COMPLAINT), UNSURE],
        "page": page,
        "is_last": len(found) <= PAGE_ROWS,
    }
    return section_page(visit, "log", context)


def download(visit: Visit) -> Response:
    """All that the filter lets through, as CSV."""
    wanted, file = _wanted(visit), temporary()
    with visit.inbox.store.reading() as transaction:
        rows = write_log(transaction.review.no_complaints(**wanted), file)
    logger.info("log of what is no complaint exported: person=%s rows=%d", visit.person, rows)
    name = f"no_complaint_{visit.query('from') or 'beginning'}_{visit.query('to') or 'today'}.csv"
    return attached(file, name, "text/csv; charset=utf-8", {"x-log-rows": str(rows)})


def _wanted(visit: Visit) -> Mapping[str, Any]:
    since, until = visit.query_period()
    return {
        "since": since,
        "until": until,
        "channel": visit.query("channel").strip(),
        "label": visit.query("label").strip(),
    }


def _line(one: NoComplaint) -> Line:
    definition = one.decision["definition"]
    return Line(
        one.mention_id,
        one.case_id,
        one.complaint_id,
        one.said_at,
        wording.channel(one.channel),
        wording.sentence(one.decision["label"]),
        str(definition["decided_by"]),
        str(definition["basis"]),
    )
