"""The queue: saved views with counts, the highest score first."""

from datetime import UTC, datetime

from starlette.responses import Response

from inbox import wording
from inbox.errors import not_found
from inbox.queue_rows import QueueItem, queue_items
from inbox.visit import Visit
from store.cases import VIEWS
from store.store import Transaction

PAGE_ROWS = 50
MOST_PAGES = 10_000


def show(visit: Visit) -> Response:
    view, page = _view(visit), min(max(visit.query_number("page", 1), 1), MOST_PAGES)
    with visit.inbox.store.reading() as transaction:
        counts = transaction.cases.view_counts(VIEWS, person=visit.person, now=visit.now)
        newest = transaction.cases.newest_id()
        items, is_last = _items(visit, transaction, view, page)
    context = {
        "view": view,
        "views": wording.VIEWS,
        "counts": counts,
        "items": items,
        "page": page,
        "is_last": is_last,
        "first": (page - 1) * PAGE_ROWS + 1,
        "newest": newest,
        "since": int(visit.now.timestamp() * 1000),
    }
    return visit.page("queue.html", context)


def news(visit: Visit) -> Response:
    """What came or changed since the list was shown, as a fragment: the list itself never moves under the reader."""
    view, since = _view(visit), datetime.fromtimestamp(visit.query_number("since", 0) / 1000, UTC)
    newest = visit.query_number("newest", 0)
    with visit.inbox.store.reading() as transaction:
        counts = transaction.cases.view_counts(VIEWS, person=visit.person, now=visit.now)
        came = transaction.cases.came_since(view, person=visit.person, now=visit.now, newest=newest, since=since)
    context = {"view": view, "views": wording.VIEWS, "counts": counts, "new": came.new, "changed": came.changed}
    return visit.page("queue_news.html", context)


def _view(visit: Visit) -> str:
    view = visit.query("view", VIEWS[0])
    if view not in VIEWS:
        raise not_found(f"view {view[:40]}")
    return view


def _items(visit: Visit, transaction: Transaction, view: str, page: int) -> tuple[list[QueueItem], bool]:
    """One row more than is shown is asked for, to know whether another page follows."""
    rows = transaction.cases.queue(
        view, person=visit.person, now=visit.now, limit=PAGE_ROWS + 1, offset=(page - 1) * PAGE_ROWS
    )
    shown = rows[:PAGE_ROWS]
    clocks = transaction.cases.next_clocks([row.case.id for row in shown])
    ids = [row.mention_id for row in shown if row.mention_id]
    verdicts, deleted = transaction.verdicts.latest(ids), transaction.retention.deletions(ids)
    return queue_items(shown, clocks, verdicts, deleted, now=visit.now), len(rows) <= PAGE_ROWS
