"""A reply that is handed in for approval instead of being sent: a rule asks for it, or its author does."""

from starlette.responses import Response

from flow import approvals as flow
from flow import promises
from flow.teamwork import By
from inbox.approvals import can_be_approved
from inbox.authority import approvers, deciders
from inbox.composer import Composer
from inbox.errors import RefusedError
from inbox.languages import N_, _
from inbox.promises import wanted_of
from inbox.visit import Visit
from models import EventKind
from store.approvals import Asked
from store.cases import StoredCase
from store.store import Transaction
from triage.approval import BY_CHOICE, Reason, is_of_authority

OWN_WISH = Reason(BY_CHOICE, N_("its author asks for it"))


def needs_approval(visit: Visit, draft: Composer) -> bool:
    return bool(_reasons(visit, draft))


def untold(visit: Visit, draft: Composer) -> str | None:
    """Why neither is done yet: the form said that the reply goes out, and it would wait, or the other way round."""
    told, reasons = visit.form.get(f"told_{draft.mode}", "").split(), draft.approval.get(draft.mode, ())
    new = [reason.words for reason in reasons if reason.code not in told]
    if visit.form.get("ask"):
        return None
    if told and not reasons:
        return _("This reply needs no approval any more. Send it, or ask for approval all the same.")
    if not new:
        return None
    return _(
        "This reply needs approval before it goes out: %(new)s. Send it for approval, or change it.", new="; ".join(new)
    )


def hand_in(visit: Visit, transaction: Transaction, draft: Composer, case: StoredCase) -> Response:
    """Raises: RefusedError where nobody else could approve it; nothing was changed then."""
    user = visit.me
    if transaction.events.is_recorded(f"{EventKind.APPROVAL_ASKED.value}:{draft.form_key}"):
        return visit.go(f"/cases/{case.id}", notice="already", anchor="#end")
    if not can_be_approved(transaction, user.id):
        advice = _(
            "A lead, compliance or an administrator approves, and nobody their own. An administrator can invite one on"
            " the page People. Your words are in the form: go back to them."
        )
        raise RefusedError(422, _("Nobody else here may approve this reply, so it was not sent"), advice)
    asked = Asked(
        form_key=draft.form_key,
        case_id=case.id,
        mention_id=draft.mention_id,
        author_id=user.id,
        author=user.name,
        text=draft.text,
        is_private=draft.is_private,
        saved_reply=draft.used.key if draft.used is not None else None,
        checks=dict(draft.checks),
        override_reason=draft.guarded.reason.strip() if draft.guarded is not None else "",
        reasons=[(reason.code, reason.words) for reason in _reasons(visit, draft)],
        question=draft.question.strip(),
        case_version=case.version,
    )
    is_new = flow.hand_in(transaction, asked, now=visit.now, call=_authority(visit, transaction, asked)) is not None
    if is_new:
        promise_with(visit, transaction, draft, case, None)
    return visit.go(f"/cases/{case.id}", notice="approval_asked" if is_new else "already", anchor="#end")


def _authority(visit: Visit, transaction: Transaction, asked: Asked) -> list[int]:
    """Who is called to it: those who may give what its author may not."""
    rules = visit.inbox.approval_rules
    if not any(is_of_authority(code, rules) for code, _words in asked.reasons):
        return []
    return [user.id for user in approvers(deciders(transaction, asked.author_id), asked.text, rules)]


def promise_with(
    visit: Visit, transaction: Transaction, draft: Composer, case: StoredCase, outbox_id: int | None
) -> None:
    """What is promised in the reply is promised when it goes out: now, or once it is approved (without `outbox_id`)."""
    if draft.promise.is_given:
        wanted, by = wanted_of(visit, draft.promise, draft.mention_id), By(visit.person, visit.now, draft.form_key)
        promises.make(transaction, case, wanted, visit.inbox.promises, by, outbox_id=outbox_id, waits=outbox_id is None)


def _reasons(visit: Visit, draft: Composer) -> list[Reason]:
    return list(draft.approval.get(draft.mode, ())) or ([OWN_WISH] if visit.form.get("ask") else [])
