"""For who keeps it running: what was set aside and why, deliveries, lanes, cost, the database; and trying again."""

import secrets
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from starlette.responses import RedirectResponse, Response

from connectors.registry import CONNECTORS
from flow.operations import Operations
from inbox.composer import sent_form_key
from inbox.errors import RefusedError, not_found
from inbox.languages import _
from inbox.pages.health import lanes_of
from inbox.roles import ADMINS
from inbox.visit import Visit
from models.errors import RecordError
from store.outbox import OutboxRow, OutboxState
from store.queue import Lane, QueueDownError
from store.store import Transaction

SHOWN = 100
MOST_LINES = 1_000
"""Read again in one go."""
LONGEST_REASON_CHARACTERS = 500


def show(visit: Visit) -> Response:
    return _page(visit)


def _page(visit: Visit, *, fault: str = "", status: int = 200) -> Response:
    lanes, queue_fault = lanes_of(visit)
    month = visit.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    with visit.inbox.store.reading() as transaction:
        counts, used = transaction.counts.all(now=visit.now), transaction.quotas.used(since=month)
        lines = transaction.quarantine.newest(limit=SHOWN)
        context = {
            "messages": transaction.mentions.parked(limit=SHOWN),
            "messages_total": counts["messages"]["quarantined"],
            "lines": [(row, _can_read(str(row.source))) for row in lines],
            "lines_total": transaction.quarantine.count(),
            "pushes": transaction.pushes.parked(limit=SHOWN),
            "pushes_total": sum(transaction.pushes.failed().values()),
            "outbox": counts["outbox"],
            "parked": _parked(transaction),
            "waiting": transaction.outbox.waiting_longest(limit=SHOWN),
            "oldest_seconds": counts["oldest_unprocessed_seconds"],
            "calls": sum(calls for calls, _ in used.values()),
            "cost": sum(cost for _, cost in used.values()),
            "spent": sum(
                one.remaining < 1 and one.resets_at > visit.now for one in transaction.quotas.limits().values()
            ),
            "database": transaction.upkeep.database(),
        }
    common = {
        "lanes": lanes,
        "queue_fault": queue_fault,
        "version": _version(),
        "policy": visit.inbox.policy.version,
        "form_key": secrets.token_hex(16),
        "may_operate": visit.role in ADMINS,
        "read": visit.query("read"),
        "left": visit.query("left"),
        "fault": fault,
    }
    return visit.page("operations.html", context | common, status=status)


def _parked(transaction: Transaction) -> list[OutboxRow]:
    failed = transaction.outbox.in_state(OutboxState.FAILED, limit=SHOWN)
    return [*failed, *transaction.outbox.in_state(OutboxState.GIVEN_UP, limit=SHOWN)]


def _can_read(source: str) -> bool:
    """Lines of files and of the API are in our own form; a platform's record only its connector can read."""
    return source not in CONNECTORS


def _version() -> str:
    try:
        return version("earshot")
    except PackageNotFoundError:
        return _("not installed")


def _operations(visit: Visit, transaction: Transaction, act: str) -> Operations:
    return Operations(transaction, person=visit.person, key=f"{act}:{sent_form_key(visit)}", now=visit.now)


def _enqueue(visit: Visit, job: str, *arguments: object, lane: Lane, done: str = "retried") -> Response:
    """After the commit: where the queue is away, `sweep` finds it later."""
    try:
        visit.inbox.queues.enqueue(job, *arguments, lane=lane)
    except QueueDownError:
        done = "later"
    return visit.go("/operations", notice=done)


def _already(visit: Visit) -> Response:
    return visit.go("/operations", notice="gone")


def retry_message(visit: Visit) -> Response:
    mention_id = str(visit.request.path_params["id"])
    with visit.inbox.store.writing() as transaction:
        job = _operations(visit, transaction, f"message:{mention_id}").try_message(mention_id)
    return _enqueue(visit, job, [mention_id], lane=Lane.JUDGE) if job is not None else _already(visit)


def retry_messages(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        count = _operations(visit, transaction, "messages").try_all_messages()
    return _enqueue(visit, "sweep", lane=Lane.UPKEEP) if count else _already(visit)


def retry_push(visit: Visit) -> Response:
    number = visit.path_id()
    with visit.inbox.store.writing() as transaction:
        receiver = _operations(visit, transaction, f"push:{number}").try_push(number)
    return _enqueue(visit, "receive", receiver, lane=Lane.PULL) if receiver is not None else _already(visit)


def retry_pushes(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        count = _operations(visit, transaction, "pushes").try_all_pushes()
    return _enqueue(visit, "sweep", lane=Lane.UPKEEP) if count else _already(visit)


def retry_line(visit: Visit) -> Response:
    try:
        ids = _read_line(visit, visit.path_id())
    except RecordError as error:
        return _page(visit, fault=_("The line still cannot be read: %(error)s", error=error), status=422)
    if ids is None:
        return _already(visit)
    return _enqueue(visit, "classify_mentions", list(ids), lane=Lane.JUDGE) if ids else _already(visit)


def retry_lines(visit: Visit) -> Response:
    """Each for itself: what still cannot be read holds up nothing."""
    with visit.inbox.store.reading() as transaction:
        rows = transaction.quarantine.newest(limit=MOST_LINES)
    read = left = 0
    for row in rows:
        try:
            read += _can_read(str(row.source)) and _read_line(visit, int(row.id)) is not None
        except RecordError:
            left += 1
    answer = _enqueue(visit, "sweep", lane=Lane.UPKEEP)
    if "notice=later" in answer.headers["location"]:
        return answer
    return RedirectResponse(visit.inbox.urls("/operations", read=read, left=left), status_code=303)


def _read_line(visit: Visit, number: int) -> Sequence[str] | None:
    """None where it is gone. Raises: RecordError."""
    with visit.inbox.store.writing() as transaction:
        row = transaction.quarantine.get(number)
        if row is not None and not _can_read(str(row.source)):
            raise RecordError(
                _("it is a record of %(source)s; have the channel read again from before it", source=row.source)
            )
        return _operations(visit, transaction, f"line:{number}").read_line(number, visit.inbox.retention)


def retry_delivery(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        row = _row(visit, transaction)
        is_new = _operations(visit, transaction, f"delivery:{row.id}").try_delivery(row)
    return _enqueue(visit, "deliver", row.id, lane=Lane.PUSH) if is_new else _already(visit)


def retry_deliveries(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        count = _operations(visit, transaction, "deliveries").try_deliveries()
    return _enqueue(visit, "sweep", lane=Lane.UPKEEP) if count else _already(visit)


def give_up(visit: Visit) -> Response:
    reason, attempts = visit.field("reason").strip()[:LONGEST_REASON_CHARACTERS], visit.number_field("attempts")
    with visit.inbox.store.writing() as transaction:
        row = _row(visit, transaction)
        if row.state is OutboxState.GIVEN_UP:
            return _already(visit)
        act = _operations(visit, transaction, f"delivery:{row.id}")
        try:
            is_done = act.give_up(row, attempts=attempts, reason=reason)
        except RecordError as error:
            raise RefusedError(
                422, _("A reason is missing"), _("Nothing was changed: %(error)s.", error=error)
            ) from None
    if not is_done:
        advice = _("Nothing was changed. It was tried again, is being sent, or was delivered; look at it again.")
        raise RefusedError(409, _("This delivery has changed meanwhile"), advice)
    return visit.go("/operations", notice="given_up")


def _row(visit: Visit, transaction: Transaction) -> OutboxRow:
    row = transaction.outbox.find(visit.path_id())
    if row is None:
        raise not_found(_("delivery with this number"))
    return row
