"""Replies that wait for approval: approve, edit, send back with words, take back; and who is in training."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from starlette.responses import Response

from flow import approvals as flow
from flow.approvals import Conflict, conflict_of
from flow.platform_deletion import as_shown
from flow.promises import key_of
from flow.teamwork import By
from inbox import wording
from inbox.approvals import DECIDED_SHOWN, LONGEST_WORDS, case_of, waiting, why_beyond, why_not_decide
from inbox.composer import Composer, basis_of, build, sent_form_key
from inbox.composer_faults import fault_of
from inbox.errors import RefusedError, bad_form, not_found
from inbox.languages import N_, Sayings, _
from inbox.roles import DECIDES_REPLIES, MANAGING, SEES_REPLIES, role_of
from inbox.sending import checked, queue
from inbox.visit import Visit
from models.retention import REDACTED
from store.approvals import Approval, ApprovalState
from store.cases import StaleCaseError, StoredCase
from store.mentions import StoredMention
from store.queue import Lane
from store.store import Transaction

STATES = Sayings(
    {
        ApprovalState.APPROVED: N_("approved"),
        ApprovalState.SENT_BACK: N_("sent back"),
        ApprovalState.WITHDRAWN: N_("taken back by its author"),
    }
)


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a reply could not be approved, shown at it, with the text as it was sent in."""

    id: int
    fault: str
    text: str
    composer: Composer | None = None
    conflict: Conflict | None = None


class _DecidedError(Exception):
    """Somebody else was faster; what was queued is undone."""


def show(visit: Visit) -> Response:
    return _page(visit, None, status=200)


def _page(visit: Visit, problem: Problem | None, *, status: int) -> Response:
    user = visit.user
    own = None if user is None or visit.role in SEES_REPLIES else user.id
    with visit.inbox.store.reading() as transaction:
        shown = waiting(visit, transaction)
        decided = transaction.approvals.decided(author_id=own, limit=DECIDED_SHOWN)
        trainees = transaction.approvals.trainees()
        people = [one for one in transaction.accounts.all() if one.disabled_at is None]
    context = {
        "waiting": shown,
        "decided": [one for one in decided if one.asked.text != REDACTED],
        "states": STATES,
        "problem": problem,
        "others_of": {one.approval.id: _ids(one.others) for one in shown},
        "trainees": [(one, trainees[one.id]) for one in people if one.id in trainees],
        "candidates": [one for one in people if one.id not in trainees and one.role != "auditor"],
        "may_mark": visit.role in MANAGING,
        "sees_all": visit.role in SEES_REPLIES,
        "decides": visit.role in DECIDES_REPLIES,
        "form_key": secrets.token_hex(16),
    }
    return visit.page("approvals.html", context, status=status)


def approve(visit: Visit) -> Response:
    """Everything that keeps a reply from being sent is looked at again, now and with the text as it stands now."""
    by = By(visit.person, visit.now, sent_form_key(visit))
    text = visit.field("text").replace("\r\n", "\n")
    with visit.inbox.store.reading() as transaction:
        approval = _open(visit, transaction)
        if approval.decision_key == by.form_key:
            return visit.go("/approvals", notice="once")
        case, item = _subject(transaction, approval)
        _check_may_decide(visit, transaction, approval, case)
        draft = _draft(visit, transaction, approval, case, item, text)
        fault = fault_of(draft) or why_beyond(visit, text) or _promise_ran_out(visit, transaction, approval)
    if fault is not None:
        return _page(visit, Problem(approval.id, fault, text, composer=draft), status=422)
    try:
        with visit.inbox.store.writing() as transaction:
            conflict = conflict_of(transaction, case, approval)
            is_known = _is_told(visit, conflict)
            outbox_id = _send(visit, transaction, draft, case, item, approval, by) if is_known else None
    except _DecidedError:
        raise _decided_meanwhile(visit, approval.id) from None
    if outbox_id is None:
        return _page(visit, Problem(approval.id, _question(approval, conflict), text, conflict=conflict), status=409)
    return visit.go("/approvals", notice=visit.enqueue("deliver", outbox_id, lane=Lane.PUSH, done="approved"))


def _send(
    visit: Visit,
    transaction: Transaction,
    draft: Composer,
    case: StoredCase,
    item: StoredMention,
    approval: Approval,
    by: By,
) -> int:
    """Raises: StaleCaseError, _DecidedError."""
    current = transaction.cases.get(case.id)
    if current is None or current.version != case.version:
        raise StaleCaseError(f"case {case.id} was changed meanwhile; the reply still waits")
    outbox_id = queue(visit, transaction, draft, case, item, author=approval.asked.author)
    if outbox_id is None or not flow.approved(transaction, approval, draft.text, outbox_id, by):
        raise _DecidedError
    return outbox_id


def send_back(visit: Visit) -> Response:
    words = visit.field("words").replace("\r\n", "\n").strip()
    if not words or len(words) > LONGEST_WORDS:
        raise bad_form(
            _(
                "1 to %(longest_words)s characters to its author belong to it, so that they know what to change",
                longest_words=wording.whole(LONGEST_WORDS),
            )
        )

    def act(transaction: Transaction, approval: Approval, by: By) -> bool:
        reason = why_not_decide(visit, transaction, approval)
        if reason:
            raise RefusedError(403, reason, _("Nothing was changed; the reply still waits."))
        return flow.send_back(transaction, approval, words, by)

    return _settle(visit, act, notice="sent_back", path="/approvals")


def withdraw(visit: Visit) -> Response:
    def act(transaction: Transaction, approval: Approval, by: By) -> bool:
        if visit.user is None or approval.asked.author_id != visit.user.id:
            raise RefusedError(
                403, _("Only its author takes a reply back"), _("Nothing was changed; send it back instead.")
            )
        return flow.withdraw(transaction, approval, by)

    return _settle(visit, act, notice="withdrawn", path="")


def _settle(visit: Visit, act: Callable[[Transaction, Approval, By], bool], *, notice: str, path: str) -> Response:
    by = By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        approval = _open(visit, transaction)
        if approval.decision_key == by.form_key:
            notice, is_done = "once", True
        else:
            is_done = act(transaction, approval, by)
    if not is_done:
        raise _decided_meanwhile(visit, approval.id)
    return visit.go(path or f"/cases/{approval.asked.case_id}", notice=notice)


def change_training(visit: Visit) -> Response:
    """In training, or no longer: by a lead or an administrator, and not of themselves."""
    act, user_id = visit.field("act"), visit.number_field("user_id")
    if act not in ("mark", "unmark"):
        raise bad_form(_("%(act)s is neither mark nor unmark", act=act[:20]))
    by = By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        user = transaction.accounts.by_id(user_id)
        if user is None or role_of(user.role).value == "auditor":
            raise bad_form(_("this is nobody who writes replies here"))
        if visit.user is not None and user.id == visit.user.id:
            raise bad_form(_("nobody changes this of themselves; ask another lead or an administrator"))
        flow.change_training(transaction, user.id, user.name, by, is_trainee=act == "mark")
    return visit.go("/approvals", notice="saved", anchor="#training")


def _open(visit: Visit, transaction: Transaction) -> Approval:
    """The only way this page gets a reply that waits. Raises: RefusedError (404)."""
    approval = transaction.approvals.get(visit.path_id())
    is_theirs = approval is not None and visit.user is not None and approval.asked.author_id == visit.user.id
    if approval is None or not (is_theirs or visit.role in SEES_REPLIES):
        raise not_found(_("reply %(path_id)s that waits for approval", path_id=visit.path_id()))
    return approval


def _subject(transaction: Transaction, approval: Approval) -> tuple[StoredCase, StoredMention]:
    items = transaction.mentions.get([approval.asked.mention_id])
    [item] = as_shown(transaction, items)
    return case_of(transaction, approval, {item.mention.id: item}), item


def _check_may_decide(visit: Visit, transaction: Transaction, approval: Approval, case: StoredCase) -> None:
    """Raises: RefusedError, StaleCaseError."""
    reason = why_not_decide(visit, transaction, approval)
    if reason:
        raise RefusedError(403, reason, _("Nothing was sent; the reply still waits."))
    if approval.state is not ApprovalState.WAITING:
        raise _was_decided(approval)
    if case.version != visit.number_field("version"):
        raise StaleCaseError(f"case {case.id} was changed meanwhile; the reply still waits")


def _draft(
    visit: Visit, transaction: Transaction, approval: Approval, case: StoredCase, item: StoredMention, text: str
) -> Composer:
    asked = approval.asked
    basis = basis_of(visit, transaction, case)
    used = next((one for one in basis.replies if one.key == asked.saved_reply), None)
    mode = "private" if asked.is_private else "public"
    built = build(visit, case, item, basis, text=text, mode=mode, form_key=asked.form_key, used=used)
    draft = checked(visit, transaction, replace(built, checks=asked.checks), case, item)
    guarded = draft.guarded
    if guarded is not None and not guarded.reason.strip() and text == asked.text:
        draft = replace(draft, guarded=replace(guarded, reason=asked.override_reason))
    return draft


def _promise_ran_out(visit: Visit, transaction: Transaction, approval: Approval) -> str | None:
    """Nothing is promised for a time that has passed."""
    found = transaction.promises.of_key(key_of(approval.asked.form_key))
    if found is None or found.due_at > visit.now:
        return None
    return _(
        "It promises something until %(at)s, and that has passed: send it back, so that its author promises anew.",
        at=wording.moment(found.due_at, visit.inbox.policy.zone),
    )


def _is_told(visit: Visit, conflict: Conflict) -> bool:
    """Whether the approver was asked about exactly what stands there now, and said that this one goes."""
    is_chosen = not conflict.waiting or visit.form.get("chosen") == _ids(conflict.waiting)
    return is_chosen and (conflict.sent is None or visit.form.get("anyway") == str(conflict.sent.outbox_id))


def _question(approval: Approval, conflict: Conflict) -> str:
    if conflict.sent is not None:
        by = conflict.sent.by if conflict.sent.is_by_other else _("its author")
        return _("Another reply, by %(by)s, was sent meanwhile. This one goes only if you say “send anyway”.", by=by)
    names = ", ".join(sorted({each.asked.author for each in conflict.waiting}))
    same = any(each.asked.mention_id == approval.asked.mention_id for each in conflict.waiting)
    what = "message" if same else "case"
    return _(
        "Another reply waits for the same %(what)s, by %(names)s. Which of them goes? The other one stays here.",
        what=what,
        names=names,
    )


def _ids(found: Sequence[Approval]) -> str:
    return ",".join(str(number) for number in sorted(each.id for each in found))


def _decided_meanwhile(visit: Visit, approval_id: int) -> RefusedError:
    with visit.inbox.store.reading() as transaction:
        approval = transaction.approvals.get(approval_id)
    if approval is None:
        raise not_found(_("reply %(approval_id)s that waits for approval", approval_id=approval_id))
    return _was_decided(approval)


def _was_decided(approval: Approval) -> RefusedError:
    done = STATES.get(approval.state, "decided")
    advice = _(
        "It is %(done)s (%(decided_by)s). Nothing of yours was sent; the page Approvals shows how it stands.",
        done=done,
        decided_by=approval.decided_by,
    )
    return RefusedError(409, _("Somebody has decided on this reply meanwhile"), advice)
