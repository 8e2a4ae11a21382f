"""All complaints: what is due next, and how many stand where."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from inbox import wording
from inbox.complaints import words
from inbox.errors import not_found
from inbox.languages import N_, Sayings, _
from inbox.visit import Visit
from models.complaint import Status
from register.transitions import LIVE
from store.cases import StoredClock
from store.complaints import StoredComplaint

PAGE_ROWS = 50
MOST_PAGES = 10_000
SORTS = Sayings(
    {"due": N_("next due"), "received": N_("newest"), "type": N_("type"), "status": N_("status"), "id": N_("number")}
)
FILTERS = ("live", *(status.value for status in Status), "all")


def _filters() -> dict[str, str]:
    return {
        "live": _("Not ended"),
        **{key: wording.capital(words.STATUSES[Status(key)]) for key in FILTERS[1:-1]},
        "all": _("All"),
    }


@dataclass(frozen=True, slots=True)
class Row:
    id: str
    status: str
    type: str
    received: str
    channel: str
    due: tuple[str, str] | None
    """(words, state)."""
    due_limit: str
    respond_by: str
    flags: list[str]


def show(visit: Visit) -> Response:
    chosen, order = _one_of(visit, "status", FILTERS), _one_of(visit, "sort", SORTS)
    page = min(max(visit.query_number("page", 1), 1), MOST_PAGES)
    with visit.inbox.store.reading() as transaction:
        counts = transaction.complaints.counts()
        found = transaction.complaints.listed(
            _statuses(chosen), order=order, limit=PAGE_ROWS + 1, offset=(page - 1) * PAGE_ROWS
        )
        shown = found[:PAGE_ROWS]
        clocks = transaction.cases.next_clocks([row.case_id for row in shown if row.case_id is not None])
    context = {
        "filters": _filters(),
        "chosen": chosen,
        "counts": _counts(counts),
        "order": order,
        "orders": SORTS,
        "rows": [_row(visit, row, clocks.get(row.case_id or 0)) for row in shown],
        "page": page,
        "is_last": len(found) <= PAGE_ROWS,
    }
    return visit.page("complaints.html", context)


def _one_of(visit: Visit, name: str, known: Collection[str]) -> str:
    given = visit.query(name, next(iter(known)))
    if given not in known:
        raise not_found(f"{name} {given[:40]}")
    return given


def _statuses(chosen: str) -> Sequence[Status]:
    if chosen == "all":
        return list(Status)
    return [status for status in Status if status in LIVE] if chosen == "live" else [Status(chosen)]


def _counts(by_status: dict[str, int]) -> dict[str, int]:
    live = sum(number for name, number in by_status.items() if Status(name) in LIVE)
    return {**by_status, "live": live, "all": sum(by_status.values())}


def _row(visit: Visit, row: StoredComplaint, clock: StoredClock | None) -> Row:
    policy = visit.inbox.policy
    flags = {
        _("represented"): row.has_representative,
        _("support need"): row.has_support_need,
        _("safe contact"): row.needs_safe_contact,
        _("legal hold"): row.on_hold,
    }
    return Row(
        id=row.id,
        status=wording.capital(words.STATUSES[row.status]),
        type=", ".join(words.complaint_type(policy, name) for name in row.types),
        received=wording.day(row.received_on),
        channel=words.channel(row.channel) if row.channel else "",
        due=wording.due(clock.due_at, visit.now, wording.clock(clock.key)) if clock else None,
        due_limit=words.limit(clock.due_at, policy.zone) if clock else "",
        respond_by=wording.day(row.respond_due_on) if row.respond_due_on else "",
        flags=[name for name, is_set in flags.items() if is_set],
    )
