"""What people have begun to write: kept as it is typed, and shared with colleagues where they want it."""

import secrets
from dataclasses import replace

from starlette.responses import JSONResponse, Response

from inbox.composer import sent_form_key
from inbox.errors import RefusedError, bad_form, not_found
from inbox.languages import _
from inbox.visit import Visit
from store.cases import StoredCase
from store.drafts import Draft, DraftKind
from store.store import Transaction

LONGEST_CHARACTERS = 100_000


def keep(visit: Visit) -> Response:
    """What was typed so far. A form that was sent meanwhile keeps none."""
    draft = _sent(visit, visit.field("kind"), step=visit.number_field("step"))
    with visit.inbox.store.writing() as transaction:
        case = _case_of(visit, transaction, draft.mention_id)
        is_sent = _was_sent(transaction, case.id, draft.form_key)
        stands = None if is_sent else transaction.drafts.keep(visit.me.id, case.id, draft)
    return JSONResponse({"kept": stands == draft.step, "sent": is_sent, "step": stands})


def own(visit: Visit) -> Response:
    """One's own alone."""
    with visit.inbox.store.reading() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        found = transaction.drafts.of(visit.me.id, case.id)
        is_sent = _was_sent(transaction, case.id, visit.query("key"))
    drafts = [
        {"kind": draft.kind.value, "mention_id": draft.mention_id, "text": draft.text, "is_private": draft.is_private}
        for draft in found
    ]
    return JSONResponse({"drafts": drafts, "sent": is_sent})


def _was_sent(transaction: Transaction, case_id: int, form_key: str) -> bool:
    keys = (
        f"reply_queued:{form_key}",
        f"approval_asked:{form_key}",
        f"noted:{case_id}:{form_key}",
    )
    return any(transaction.events.is_recorded(key) for key in keys)


def share(visit: Visit) -> Response:
    """Let colleagues at the case read what is written so far and what is typed further, or no longer, with `off`."""
    is_shared = "off" not in visit.form
    with visit.inbox.store.writing() as transaction:
        if is_shared:
            draft = _sent(visit, DraftKind.REPLY, step=int(visit.now.timestamp() * 1000))
            if not draft.text:
                raise bad_form(_("there is nothing to share yet: write first"))
            case = _case_of(visit, transaction, draft.mention_id)
            transaction.drafts.keep(visit.me.id, case.id, draft)
        else:
            case = _case_of(visit, transaction, visit.field("mention_id"))
        transaction.drafts.share(visit.me.id, case.id, visit.field("mention_id"), is_shared=is_shared)
    notice = "draft_shared" if is_shared else "draft_unshared"
    return visit.go(f"/cases/{case.id}", notice=notice, reply_to=visit.field("mention_id"), anchor="#composer")


def take(visit: Visit) -> Response:
    """Go on with what a colleague shares: a copy, after what one has begun oneself."""
    with visit.inbox.store.writing() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        me, author = visit.me.id, visit.number_field("author")
        wanted = (author, visit.field("mention_id"))
        shared = transaction.drafts.shared_of(case.id, but=me)
        found = next((each.draft for each in shared if (each.user_id, each.draft.mention_id) == wanted), None)
        if found is None:
            raise RefusedError(
                409,
                _("This draft is not shared any more"),
                _("It was sent, or its author keeps it for themselves. Nothing was changed."),
            )
        begun = next((each for each in transaction.drafts.of(me, case.id) if each.mention_id == found.mention_id), None)
        text = f"{begun.text.rstrip()}\n\n{found.text}" if begun is not None else found.text
        mine = replace(found, text=text, form_key=secrets.token_hex(16), step=0, saved_at=visit.now)
        transaction.drafts.keep(me, case.id, mine)
    return visit.go(f"/cases/{case.id}", notice="draft_taken", reply_to=mine.mention_id, anchor="#composer")


def _sent(visit: Visit, kind: str, *, step: int) -> Draft:
    mention_id = visit.form.get("mention_id", "")
    text = visit.field("text").replace("\r\n", "\n")
    if kind not in set(DraftKind) or len(text) > LONGEST_CHARACTERS:
        raise bad_form(_("this is no draft"))
    if kind == DraftKind.REPLY and visit.form.get("audience") == "note":
        raise bad_form(_("a note is for everybody as soon as it is saved"))
    if bool(mention_id) != (kind == DraftKind.REPLY):
        raise bad_form(_("a reply answers a message, a note does not"))
    return Draft(
        DraftKind(kind),
        mention_id,
        text if text.strip() else "",
        visit.form.get("audience") == "private",
        sent_form_key(visit),
        step,
        visit.now,
    )


def _case_of(visit: Visit, transaction: Transaction, mention_id: str) -> StoredCase:
    case = visit.open_case(transaction, visit.path_id(), is_merged_too=True)
    if mention_id:  # of a page that was opened before its case was merged: the draft goes where the message went
        case = visit.open_case(transaction, transaction.merges.living(case.id))
        if visit.open_mention(transaction, mention_id).case_id != case.id:
            raise not_found(_("message with this id in this case"))
    return case
