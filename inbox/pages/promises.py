"""The promise register: making and settling promises, what is asked before a case is closed, the list and its file."""

from collections.abc import Callable
from datetime import timedelta

from starlette.responses import Response

from flow import promises as flow
from flow.named import RefusedError as NotNowError
from flow.teamwork import By
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.downloads import as_csv, attached
from inbox.errors import RefusedError, bad_form, not_found
from inbox.languages import _
from inbox.promises import (
    CLOSING,
    LISTS,
    FieldsError,
    due_of,
    nothing_here,
    said_in_closing,
    sent_fields,
    wanted_of,
)
from inbox.roles import EXPORTING, Role
from inbox.visit import Visit
from measure.promises import DEFINITION, keeping
from models.promise import Promise
from store.cases import StaleCaseError, StoredCase
from store.promises import Listed
from store.store import Transaction

PAGE_ROWS = 100
MOST_EXPORTED = 100_000
MEASURED = timedelta(days=30)
COLUMNS = ("promise", "case", "channel", "team", "owner", "kind", "made_at", "made_by", "due_at", "state") + (
    "settled_at",
    "settled_by",
    "kept_late_at",
    "replaces",
    "replaced_by",
)


def show(visit: Visit) -> Response:
    which, person, team = _selection(visit)
    page = max(visit.query_number("page", 1), 1)
    with visit.inbox.store.reading() as transaction:
        found = transaction.promises.listed(
            which, person=person, team=team, limit=PAGE_ROWS + 1, offset=(page - 1) * PAGE_ROWS
        )
        counts = transaction.promises.counts(person=person, team=team)
        teams = transaction.promises.teams()
        due = transaction.promises.due_between(visit.now - MEASURED, visit.now)
    context = {
        "lists": LISTS,
        "which": which,
        "whose": "mine" if person is not None else "all",
        "team": team,
        "teams": teams,
        "counts": counts,
        "rows": found[:PAGE_ROWS],
        "page": page,
        "is_last": len(found) <= PAGE_ROWS,
        "keeping": keeping(due, since=visit.now - MEASURED, until=visit.now, now=visit.now),
        "definition": DEFINITION,
        "days": MEASURED.days,
        "empty": nothing_here(),
        "may_export": visit.role in EXPORTING,
    }
    return visit.page("promises.html", context)


def _selection(visit: Visit) -> tuple[str, str | None, str | None]:
    """(list, person or none for everybody's, team or none)."""
    which, team = visit.query("list", "due"), visit.query("team")[:60] or None
    if which not in LISTS:
        raise bad_form(_("there is no list %(which)s; use one of %(lists)s", which=which[:20], lists=", ".join(LISTS)))
    is_own = visit.query("whose", "mine" if visit.role is Role.AGENT else "all") == "mine"
    return which, visit.person if is_own else None, team


def download(visit: Visit) -> Response:
    """Without the words of promises: they are personal data, and stay on their case."""
    which, person, team = _selection(visit)
    with visit.inbox.store.reading() as transaction:
        found = transaction.promises.listed(which, person=person, team=team, limit=MOST_EXPORTED)
    file, _rows = as_csv(COLUMNS, map(_row, found))
    return attached(file, f"promises-{which}.csv", "text/csv; charset=utf-8")


def _row(one: Listed) -> list[object]:
    promise = one.promise
    instants = (promise.settled_at, promise.late_at)
    settled, late = (at.isoformat() if at is not None else "" for at in instants)
    cells: list[object] = [promise.id, promise.case_id, one.channel, one.team, one.owner, promise.kind.value]
    cells += [promise.made_at.isoformat(), promise.made_by, promise.due_at.isoformat(), promise.state.value]
    cells += [settled, promise.settled_by, late, promise.replaces, promise.replaced_by]
    return cells


def make(visit: Visit) -> Response:
    """Alone, without a reply: said on the telephone, or noted afterwards."""
    by, fields = _by(visit), sent_fields(visit)
    try:
        wanted = wanted_of(visit, fields)
    except FieldsError as error:
        raise RefusedError(422, str(error), _("Nothing was noted. Go back: what you typed is still there.")) from None
    with visit.inbox.store.writing() as transaction:
        if transaction.promises.of_key(flow.key_of(by.form_key)) is not None:
            return visit.go(f"/cases/{visit.path_id()}", notice="once", anchor="#promises")
        case = visit.open_as_shown(transaction, visit.path_id())
        _carried_out(lambda: flow.make(transaction, case, wanted, visit.inbox.promises, by) is not None)
    return visit.go(f"/cases/{case.id}", notice="promised", anchor="#promises")


def keep(visit: Visit) -> Response:
    def act(transaction: Transaction, promise: Promise, by: By) -> bool:
        return flow.keep(transaction, promise, by, in_time=visit.form.get("in_time", "").strip())

    return _settle(visit, act, notice="promise_kept")


def withdraw(visit: Visit) -> Response:
    def act(transaction: Transaction, promise: Promise, by: By) -> bool:
        return flow.withdraw(transaction, promise, visit.field("reason"), by)

    return _settle(visit, act, notice="promise_withdrawn")


def change_date(visit: Visit) -> Response:
    fields = sent_fields(visit)
    try:
        due, basis = due_of(visit, fields)
    except FieldsError as error:
        raise RefusedError(422, str(error), _("Nothing was changed: the promise stands as it was.")) from None

    def act(transaction: Transaction, promise: Promise, by: By) -> bool:
        house, reason = visit.inbox.promises, visit.field("reason")
        return flow.change_date(transaction, promise, due, basis, reason, house, by) is not None

    return _settle(visit, act, notice="promise_moved")


def _settle(visit: Visit, act: Callable[[Transaction, Promise, By], bool], *, notice: str) -> Response:
    by = _by(visit)
    with visit.inbox.store.writing() as transaction:
        promise = transaction.promises.get(visit.path_id())
        if promise is None:
            raise not_found(_("promise %(path_id)s", path_id=visit.path_id()))
        transaction.merges.lock([promise.case_id])
        case = visit.open_case(transaction, promise.case_id)
        promise = transaction.promises.get(promise.id) or promise
        is_new = _carried_out(lambda: act(transaction, promise, by))
        if is_new and case.version != visit.number_field("version"):
            raise StaleCaseError(f"case {case.id} was changed meanwhile; nothing was done: look at it again")
    return visit.go(f"/cases/{case.id}", notice=notice if is_new else "once", anchor="#promises")


def _carried_out(act: Callable[[], bool]) -> bool:
    try:
        return act()
    except NotNowError as error:
        raise RefusedError(409, _("This promise stays as it is"), in_words(error)) from error


def ask_before_closing(visit: Visit, transaction: Transaction, case: StoredCase) -> Response | None:
    """The page that asks what becomes of promises that are open; none where that is said, and done, or none is."""
    left = transaction.promises.open_of(case.id)
    said = {one.id: said_in_closing(visit, one) for one in left}
    is_said = all(answer and (answer != "withdrawn" or why) for answer, why in said.values())
    if not is_said:
        context = {"case": case, "left": left, "said": said, "answers": CLOSING, "form_key": _by(visit).form_key}
        return visit.page("promises_closing.html", context, status=409)
    for one in left:
        answer, why = said[one.id]
        _settle_in_closing(visit, transaction, one, answer, why)
    return None


def _settle_in_closing(visit: Visit, transaction: Transaction, promise: Promise, answer: str, why: str) -> None:
    by = _by(visit)
    if answer == "kept":
        _carried_out(lambda: flow.keep(transaction, promise, by))
    elif answer == "withdrawn":
        _carried_out(lambda: flow.withdraw(transaction, promise, why, by))


def _by(visit: Visit) -> By:
    return By(visit.person, visit.now, sent_form_key(visit))
