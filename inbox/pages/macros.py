"""The page of macros, and running one on a case."""

from dataclasses import replace
from secrets import token_hex

from starlette.responses import RedirectResponse, Response

from flow.macros import Run, run
from flow.named import RefusedError as NotNowError
from flow.saved_replies import add_macro, edit_macro, seed, set_macro_retired
from inbox.complaints.forms import Sent
from inbox.compliance import in_words, status_of
from inbox.composer import LONGEST_NOTE_CHARACTERS, sent_form_key, today
from inbox.errors import RefusedError, not_found
from inbox.languages import _
from inbox.macros import steps
from inbox.roles import MANAGING
from inbox.saved_replies import unfilled
from inbox.visit import Visit
from models.errors import RecordError
from models.saved_reply import ME, Macro, MacroAct, MacroActKind
from store.store import Transaction

LONGEST_NAME_CHARACTERS = 60
MOST_MACROS = 100
NEW = "new"
NOBODY, NO_CHANGE = "@nobody", ""


def show(visit: Visit) -> Response:
    seed(visit.inbox.store, visit.inbox.saved_replies, now=visit.now)
    return _page(visit)


def add(visit: Visit) -> Response:
    try:
        key = f"m-{sent_form_key(visit)}"
        with visit.inbox.store.writing() as transaction:
            if len(transaction.saved_replies.macros()) >= MOST_MACROS:
                raise RecordError(
                    _("there are %(most_macros)s macros already; change one that nobody uses", most_macros=MOST_MACROS)
                )
            add_macro(transaction, _read(visit, transaction, key), by=visit.person, now=visit.now)
    except RecordError as error:
        return _page(visit, form=NEW, fault=in_words(error), status=status_of(error))
    return visit.go("/macros", notice="saved")


def edit(visit: Visit) -> Response:
    key = str(visit.request.path_params["id"])
    try:
        with visit.inbox.store.writing() as transaction:
            found = _known(transaction, key)
            typed = _read(visit, transaction, key)
            changed = replace(typed, retired_at=found.retired_at, version=visit.number_field("version"))
            edit_macro(transaction, changed, by=visit.person, now=visit.now)
    except RecordError as error:
        return _page(visit, form=key, fault=in_words(error), status=status_of(error))
    return visit.go("/macros", notice="saved")


def retire(visit: Visit) -> Response:
    return _set_retired(visit, is_retired=True)


def restore(visit: Visit) -> Response:
    return _set_retired(visit, is_retired=False)


def _set_retired(visit: Visit, *, is_retired: bool) -> Response:
    key, version = str(visit.request.path_params["id"]), visit.number_field("version")
    try:
        with visit.inbox.store.writing() as transaction:
            _known(transaction, key)
            set_macro_retired(transaction, key, is_retired=is_retired, version=version, by=visit.person, now=visit.now)
    except RecordError as error:
        return _page(visit, form=key, fault=in_words(error), status=status_of(error))
    return visit.go("/macros", notice="saved")


def run_on_case(visit: Visit) -> Response:
    """All of it or nothing; a saved reply then waits in the composer."""
    by = Run(visit.person, sent_form_key(visit), today(visit), visit.now)
    version = visit.number_field("version")
    try:
        with visit.inbox.store.writing() as transaction:
            case = visit.open_case(transaction, visit.path_id())
            macro = _known(transaction, visit.field("macro"))
            run(transaction, case, macro, by, version=version)
    except NotNowError as error:
        raise RefusedError(409, _("This macro cannot be run here"), in_words(error)) from None
    reply = macro.value(MacroActKind.SAVED_REPLY)
    if reply is None:
        return visit.go(f"/cases/{case.id}", notice="macro")
    path = visit.inbox.urls(f"/cases/{case.id}", notice="macro", saved=reply)
    return RedirectResponse(f"{path}#composer", status_code=303)


def _known(transaction: Transaction, key: str) -> Macro:
    macro = transaction.saved_replies.macro(key)
    if macro is None:
        raise not_found(_("macro of this name"))
    return macro


def _read(visit: Visit, transaction: Transaction, key: str) -> Macro:
    """As it was typed. Raises: RecordError saying what is wrong."""
    sent = Sent("", visit.person, "", visit.form, visit.inbox.policy.zone, visit.now)
    owner, reply = sent.text("assign"), sent.text("saved_reply")
    note = sent.text("note", longest=LONGEST_NOTE_CHARACTERS)
    if owner not in (NO_CHANGE, ME, NOBODY):
        user = transaction.accounts.by_name(owner)
        if user is None or user.disabled_at is not None:
            raise RecordError(_("%(owner)s is nobody who works here", owner=owner[:60]))
    if reply and transaction.saved_replies.get(reply) is None:
        raise RecordError(_("there is no saved reply %(reply)s", reply=repr(reply[:60])))
    if unfilled(note):
        raise RecordError(
            _("the note holds %(unfilled)s, which nobody would fill in", unfilled=", ".join(unfilled(note)))
        )
    acts = [
        MacroAct(MacroActKind.ASSIGN, "" if owner == NOBODY else owner) if owner else None,
        MacroAct(MacroActKind.NOTE, note) if note else None,
        MacroAct(MacroActKind.SAVED_REPLY, reply) if reply else None,
        MacroAct(MacroActKind.DONE) if sent.text("done") else None,
    ]
    chosen = tuple(act for act in acts if act is not None)
    if not chosen:
        raise RecordError(_("it does nothing; choose one act at least"))
    return Macro(key, sent.needed("name", longest=LONGEST_NAME_CHARACTERS), chosen)


def _page(visit: Visit, *, form: str = "", fault: str = "", status: int = 200) -> Response:
    with visit.inbox.store.reading() as transaction:
        macros = transaction.saved_replies.macros()
        replies = transaction.saved_replies.all()
        people = [user.name for user in transaction.accounts.all() if user.disabled_at is None]
    context = {
        "macros": [(macro, steps(macro, replies), _fields(macro)) for macro in macros],
        "replies": [reply for reply in replies if reply.retired_at is None],
        "people": people,
        "may_manage": visit.role in MANAGING,
        "form": form,
        "fault": fault,
        "typed": visit.form,
        "form_key": visit.form.get("form_key") if form == NEW else token_hex(16),
    }
    return visit.page("macros.html", context, status=status)


def _fields(macro: Macro) -> dict[str, str]:
    """What the form of this macro holds."""
    values = {act.kind.value: act.value for act in macro.acts}
    owner = values.get("assign")
    return {
        "name": macro.name,
        "assign": NO_CHANGE if owner is None else owner or NOBODY,
        "note": values.get("note", ""),
        "saved_reply": values.get("saved_reply", ""),
        "done": "1" if "done" in values else "",
    }
