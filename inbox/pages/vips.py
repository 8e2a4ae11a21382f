"""The firm's list of customers: who stands in it, until when and why; new entries, a pasted file, the end of one."""

import secrets
from datetime import timedelta

from starlette.responses import Response

from flow import vips as flow
from flow.named import RefusedError as NotNowError
from flow.teamwork import By
from flow.vips import COLUMNS, Wanted
from inbox import wording
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.errors import not_found
from inbox.languages import _
from inbox.roles import MANAGING
from inbox.vips import last_of
from inbox.visit import Visit

PAGE_ROWS = 100
USUAL = timedelta(days=180)
FIELDS = ("channel", "handle", "band", "until", "reason", "reference")


def show(visit: Visit) -> Response:
    return _page(visit)


def _page(visit: Visit, *, fault: str = "", status: int = 200) -> Response:
    is_past, page = visit.query("list") == "past", max(visit.query_number("page", 1), 1)
    rules, zone = visit.inbox.policy.vips, visit.inbox.policy.zone
    with visit.inbox.store.reading() as transaction:
        rows = transaction.vips.listed(is_past=is_past, limit=PAGE_ROWS + 1, offset=(page - 1) * PAGE_ROWS)
        counts = {"now": transaction.vips.count(), "past": transaction.vips.count(is_past=True)}
    today = visit.now.astimezone(zone).date()
    context = {
        "rows": [(row, wording.channel(row.channel), last_of(row.until)) for row in rows[:PAGE_ROWS]],
        "is_past": is_past,
        "page": page,
        "is_last": len(rows) <= PAGE_ROWS,
        "counts": counts,
        "bands": {band.code: band.name for band in rules.bands},
        "channels": list(wording.CHANNELS),
        "columns": ",".join(COLUMNS),
        "today": today,
        "last_day": today + rules.longest,
        "given": {name: visit.form.get(name, "") for name in FIELDS}
        | {"until": visit.form.get("until") or str(today + min(USUAL, rules.longest))},
        "file": visit.form.get("file", ""),
        "fault": fault,
        "points": visit.inbox.policy.house.weights.vip,
        "version": rules.title,
        "may_manage": visit.role in MANAGING,
        "form_key": secrets.token_hex(16),
    }
    return visit.page("vips.html", context, status=status)


def add(visit: Visit) -> Response:
    wanted = Wanted(**{name: visit.field(name).strip() for name in FIELDS})
    try:
        with visit.inbox.store.writing() as transaction:
            number = flow.add(transaction, visit.inbox.policy, wanted, _by(visit))
    except NotNowError as error:
        return _page(visit, fault=in_words(error), status=422)
    return visit.go("/vips", notice="vip_added" if number is not None else "once")


def add_file(visit: Visit) -> Response:
    try:
        with visit.inbox.store.writing() as transaction:
            added, _known = flow.add_all(transaction, visit.inbox.policy, visit.field("file").encode(), _by(visit))
    except NotNowError as error:
        return _page(visit, fault=in_words(error), status=422)
    return visit.go("/vips", notice="vip_added" if added else "vip_known")


def end(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        if transaction.vips.get(visit.path_id()) is None:
            raise not_found(_("entry %(number)s", number=visit.path_id()))
        is_ended = flow.end(transaction, visit.inbox.policy, visit.path_id(), _by(visit))
    return visit.go("/vips", notice="vip_ended" if is_ended else "once")


def _by(visit: Visit) -> By:
    return By(visit.person, visit.now, sent_form_key(visit))
