"""Hiding a message where it stands, muting its author, reporting it; and taking each back."""

from collections.abc import Callable

from starlette.responses import Response

from flow import moderation
from flow.moderation import Said
from flow.named import RefusedError as NotNowError
from flow.teamwork import By
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.errors import RefusedError
from inbox.languages import _
from inbox.moderation import why_not_hide
from inbox.visit import Visit
from models import EventKind
from store.cases import StoredCase
from store.mentions import StoredMention
from store.queue import Lane
from store.store import Transaction

Act = Callable[[Transaction, StoredCase, StoredMention, By], None]


def report(visit: Visit) -> Response:
    said = _said(visit)
    return _go(visit, EventKind.REPORTED, lambda t, _, item, by: moderation.report(t, item, said, by), "reported")


def withdraw_report(visit: Visit) -> Response:
    kind = EventKind.REPORT_WITHDRAWN
    return _go(visit, kind, lambda t, _, item, by: moderation.withdraw_report(t, item, by), "report_withdrawn")


def mute(visit: Visit) -> Response:
    said = _said(visit)
    return _go(visit, EventKind.MUTED, lambda t, _, item, by: moderation.mute(t, item, said, by), "muted")


def unmute(visit: Visit) -> Response:
    folded: list[str] = []

    def act(transaction: Transaction, _: StoredCase, item: StoredMention, by: By) -> None:
        folded.extend(moderation.unmute(transaction, item, by))

    case_id = _act(visit, EventKind.UNMUTED, act)
    notice = visit.enqueue("triage_mentions", folded, lane=Lane.JUDGE, done="unmuted") if folded else "unmuted"
    return visit.go(f"/cases/{case_id}", notice=notice)


def hide(visit: Visit) -> Response:
    said, queued = _said(visit), list[int]()

    def act(transaction: Transaction, case: StoredCase, item: StoredMention, by: By) -> None:
        reason = why_not_hide(visit, item.mention)
        if reason:
            raise NotNowError(reason)
        is_override = visit.form.get("override") == "yes"
        role = visit.role.value
        row = moderation.hide(transaction, case, item, said, by, role=role, is_override=is_override)
        queued.extend([row] if row is not None else [])

    return _deliver(visit, EventKind.HIDE_ASKED, act, queued, "hiding")


def show(visit: Visit) -> Response:
    queued: list[int] = []

    def act(transaction: Transaction, case: StoredCase, item: StoredMention, by: By) -> None:
        row = moderation.show(transaction, case, item, by)
        queued.extend([row] if row is not None else [])

    return _deliver(visit, EventKind.SHOW_ASKED, act, queued, "showing")


def _said(visit: Visit) -> Said:
    try:
        return moderation.read_reason(visit.field("ground"), visit.form.get("words", ""))
    except NotNowError as error:
        raise RefusedError(
            422, _("Say why"), _("Nothing was changed: %(in_words)s", in_words=in_words(error))
        ) from error


def _deliver(visit: Visit, kind: EventKind, act: Act, queued: list[int], notice: str) -> Response:
    case_id = _act(visit, kind, act)
    for row in queued:
        notice = visit.enqueue("deliver", row, lane=Lane.PUSH, done=notice)
    return visit.go(f"/cases/{case_id}", notice=notice)


def _go(visit: Visit, kind: EventKind, act: Act, notice: str) -> Response:
    return visit.go(f"/cases/{_act(visit, kind, act)}", notice=notice)


def _act(visit: Visit, kind: EventKind, act: Act) -> int:
    """In one transaction; the same form sent twice is carried out once. Gives the case."""
    by, mention_id = By(visit.person, visit.now, sent_form_key(visit)), str(visit.request.path_params["id"])
    with visit.inbox.store.writing() as transaction:
        item = visit.open_mention(transaction, mention_id)
        case_id = item.case_id or 0
        if transaction.events.is_recorded(f"{kind.value}:{mention_id}:{by.form_key}"):
            return case_id
        case = visit.open_as_shown(transaction, case_id)
        try:
            act(transaction, case, item, by)
        except NotNowError as error:
            raise RefusedError(409, _("Nothing was changed"), in_words(error)) from error
    return case_id
