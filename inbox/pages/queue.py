"""The queue: views with counts, filters, words to look for, and an order that can be explained."""

from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

from starlette.responses import Response

from inbox import wording
from inbox.errors import RefusedError, bad_form
from inbox.languages import _
from inbox.lists import FILTER_NAMES, ORDER_EXPLAINED, SORT_NAMES, chips, choice_words, list_query, read_list
from inbox.pages import bulk
from inbox.queue_rows import QueueItem, here_now, queue_items
from inbox.roles import MANAGING
from inbox.targets import in_queue
from inbox.tour import tour_for
from inbox.visit import Visit
from models import Label
from store.saved_views import LONGEST_NAME, MOST_OF_ONE_PERSON, MOST_SHARED
from store.selection import NOT_ONLY_OPEN, VIEWS, Selection
from store.store import Transaction

PAGE_ROWS = 50
MOST_PAGES = 10_000
COUNTED_SAVED = "saved-"


@dataclass(frozen=True, slots=True)
class SavedLink:
    id: int
    name: str
    query: dict[str, str]
    count: int
    is_current: bool
    shared_by: str | None
    may_remove: bool


def show(visit: Visit) -> Response:
    wanted, page = read_list(visit.request.query_params), min(max(visit.query_number("page", 1), 1), MOST_PAGES)
    with visit.inbox.store.reading() as transaction:
        counts, saved = _counts(visit, transaction, wanted)
        newest = transaction.cases.newest_id()
        items, is_last = _items(visit, transaction, wanted, page)
        warned = transaction.warnings.of_cases([item.id for item in items])
        snoozed = transaction.snoozes.of_cases([item.id for item in items]) if wanted.view in NOT_ONLY_OPEN else {}
        promised = transaction.promises.next_of([item.id for item in items])
        aimed = in_queue(transaction, [item.id for item in items], now=visit.now)
        here = here_now(transaction, [item.id for item in items], person=visit.person, now=visit.now)
        reposts = transaction.changes.reposts_of([item.mention_id for item in items if item.mention_id])
        choices = _choices(visit, transaction, wanted) if visit.query("filters") else None
        bulk_bar = bulk.bar(visit, transaction)
        first_steps = tour_for(visit, transaction)
    context = {
        **_list_context(wanted),
        **bulk_bar,
        "counts": counts,
        "saved": saved,
        "choices": choices,
        "found": counts.get("list"),
        "items": items,
        "snoozed": snoozed,
        "aimed": aimed,
        "present": here,
        "reposts": reposts,
        "warned": {case_id: one.level for case_id, one in warned.items() if one.is_shown},
        "promised": {case_id: wording.due(one.due_at, visit.now) for case_id, one in promised.items()},
        "labels": list(Label),
        "tour": first_steps,
        "page": page,
        "page_rows": PAGE_ROWS,
        "is_last": is_last,
        "first": (page - 1) * PAGE_ROWS + 1,
        "newest": newest,
        "since": int(visit.now.timestamp() * 1000),
        "longest_name": LONGEST_NAME,
        "may_share": visit.role in MANAGING,
        "may_save": visit.may_act and (wanted.is_narrowed or wanted.sort != "score"),
    }
    return visit.page("queue.html", context)


def news(visit: Visit) -> Response:
    """What came or changed since the list was shown, as a fragment: the list itself never moves under the reader."""
    wanted = read_list(visit.request.query_params)
    since = datetime.fromtimestamp(visit.query_number("since", 0) / 1000, UTC)
    newest = visit.query_number("newest", 0)
    with visit.inbox.store.reading() as transaction:
        counts, saved = _counts(visit, transaction, wanted)
        came = transaction.cases.came_since(wanted, person=visit.person, now=visit.now, newest=newest, since=since)
    context = {**_list_context(wanted), "counts": counts, "saved": saved, "new": came.new, "changed": came.changed}
    return visit.page("queue_news.html", context)


def filters(visit: Visit) -> Response:
    """What the list may be filtered by, as a fragment: it is counted only when somebody opens it."""
    wanted = read_list(visit.request.query_params)
    with visit.inbox.store.reading() as transaction:
        choices = _choices(visit, transaction, wanted)
    return visit.page("queue_filters.html", {**_list_context(wanted), "choices": choices})


def save_view(visit: Visit) -> Response:
    name = " ".join(visit.field("name").split())
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise bad_form(_("the name of a view has 1 to %(longest_name)s characters", longest_name=LONGEST_NAME))
    query = list_query(read_list(_pairs(visit.field("query"))))
    is_shared = bool(visit.form.get("shared"))
    if is_shared and visit.role not in MANAGING:
        raise RefusedError(
            403, _("Only a lead or an administrator shares a view"), _("Save it for yourself, or ask one of them.")
        )
    with visit.inbox.store.writing() as transaction:
        own = [each for each in transaction.saved_views.of(visit.me.id) if each.is_own]
        earlier = next((each for each in own if each.name == name), None)
        if len(own) >= MOST_OF_ONE_PERSON and earlier is None:
            raise RefusedError(
                400,
                _("You have many views already"),
                _("Remove one of your %(most_of_one_person)s first.", most_of_one_person=MOST_OF_ONE_PERSON),
            )
        if is_shared and transaction.saved_views.shared_count() - bool(earlier and earlier.is_shared) >= MOST_SHARED:
            raise RefusedError(
                400,
                _("There are many shared views already"),
                _("Remove one of the %(count)s first: everybody sees them in the queue.", count=MOST_SHARED),
            )
        transaction.saved_views.save(visit.me.id, name, urlencode(query), now=visit.now, is_shared=is_shared)
    return visit.go("/", notice="saved", **query)


def remove_view(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        may_remove_shared = visit.role in MANAGING
        transaction.saved_views.remove(visit.me.id, visit.path_id(), may_remove_shared=may_remove_shared)
    return visit.go("/", notice="view_removed")


def _pairs(query: str) -> dict[str, str]:
    try:
        return dict(parse_qsl(query, max_num_fields=40))
    except ValueError:
        raise bad_form(_("the view could not be read")) from None


def _list_context(wanted: Selection) -> dict[str, object]:
    return {
        "view": wanted.view,
        "views": wording.VIEWS,
        "wanted": wanted,
        "query": list_query(wanted),
        "typed": wanted.words.typed if wanted.words else "",
        "chips": chips(wanted),
        "filter_names": FILTER_NAMES,
        "sorts": SORT_NAMES,
        "order_explained": ORDER_EXPLAINED[wanted.sort],
        "choice_words": choice_words,
    }


def _counts(visit: Visit, transaction: Transaction, wanted: Selection) -> tuple[dict[str, int], list[SavedLink]]:
    """Of every view, own and shared ones too, and under `list` of what is shown, where that is not a view."""
    mine = transaction.saved_views.of(visit.user.id) if visit.user else []
    own = {each.id: read_list(_pairs(each.query)) for each in mine}
    asked = {view: Selection(view) for view in VIEWS}
    asked |= {f"{COUNTED_SAVED}{number}": selection for number, selection in own.items()}
    if wanted.is_narrowed:
        asked["list"] = wanted
    counts = transaction.worklist.counts(asked, person=visit.person, now=visit.now)
    saved = [
        SavedLink(
            each.id,
            each.name,
            list_query(own[each.id]),
            counts[f"{COUNTED_SAVED}{each.id}"],
            is_current=own[each.id] == wanted,
            shared_by=each.by if each.is_shared else None,
            may_remove=visit.may_act and (each.is_own or visit.role in MANAGING),
        )
        for each in mine
    ]
    return counts, saved


def _choices(visit: Visit, transaction: Transaction, wanted: Selection) -> dict[str, list[tuple[str, int]]]:
    """What is chosen now is always among them, also where nothing is left of it."""
    found = transaction.worklist.choices(wanted, person=visit.person, now=visit.now)
    for name, options in found.items():
        chosen = getattr(wanted, name)
        if chosen is not None and str(chosen) not in {value for value, _ in options}:
            options.append((str(chosen), 0))
    return found


def _items(visit: Visit, transaction: Transaction, wanted: Selection, page: int) -> tuple[list[QueueItem], bool]:
    """One row more than is shown is asked for, to know whether another page follows."""
    rows = transaction.cases.queue(
        wanted, person=visit.person, now=visit.now, limit=PAGE_ROWS + 1, offset=(page - 1) * PAGE_ROWS
    )
    shown = rows[:PAGE_ROWS]
    case_ids = [row.case.id for row in shown]
    clocks = transaction.cases.next_clocks(case_ids)
    hits = transaction.worklist.hits(case_ids, wanted.words) if wanted.words else {}
    ids = [row.mention_id for row in shown if row.mention_id] + [hit.mention_id for hit in hits.values()]
    verdicts, deleted = transaction.verdicts.latest(ids), transaction.retention.deletions(ids)
    hits = {case_id: hit for case_id, hit in hits.items() if hit.mention_id not in deleted}
    labels = transaction.mentions.labels(ids) if visit.may_act else {}
    items = queue_items(shown, clocks, verdicts, deleted, now=visit.now, words=wanted.words, hits=hits, labels=labels)
    return items, len(rows) <= PAGE_ROWS
