"""Writing and sending a reply: once, however often the form is sent."""

from dataclasses import replace

from starlette.responses import Response

from flow.approvals import reply_key
from flow.collision import Earlier, earlier_answer
from flow.platform_deletion import as_shown
from inbox.answer import sent_checks, ticked_of, with_found
from inbox.approvals import LONGEST_WORDS
from inbox.asking import hand_in, needs_approval, promise_with, untold
from inbox.composer import (
    MODES,
    Basis,
    Composer,
    Words,
    basis_of,
    build,
    may_reply,
    sent_form_key,
)
from inbox.composer_faults import fault_of
from inbox.errors import bad_form, not_found
from inbox.languages import _
from inbox.lengths import length
from inbox.pages import actions
from inbox.pages.case import case_page
from inbox.promises import fault_of_fields, proposal_of, proposed, sent_fields, zone_of
from inbox.saved_replies import offered
from inbox.sending import checked, queue
from inbox.status_link import as_counted, with_link
from inbox.visit import Visit
from models import EventKind
from models.saved_reply import Audience, SavedReply
from store.cases import StoredCase
from store.drafts import DraftKind
from store.mentions import StoredMention
from store.queue import Lane
from store.store import Transaction


def compose(visit: Visit) -> Response:
    """Put a saved reply into the draft; nothing is stored."""
    with visit.inbox.store.reading() as transaction:
        case, item = _subject(visit, transaction)
        basis = basis_of(visit, transaction, case)
        verdict = transaction.verdicts.latest([item.mention.id]).get(item.mention.id)
    wanted = visit.form.get("quick") or visit.form.get("saved")
    reply = next((one for one in offered(basis.replies, basis.day) if one.key == wanted), None)
    composer = _draft(visit, case, item, basis, wanted=reply)
    if reply is not None:
        lang = verdict.lang if verdict else item.mention.lang
        words = Words(visit, case, item, basis, composer.is_private)
        text = words.after(composer.text, reply, composer.used, lang)
        composer = replace(composer, text=text, used=reply, is_used_offered=True)
    if visit.form.get("link"):
        composer = replace(composer, text=with_link(composer.text))
    composer = _looked_at(visit, composer)
    if "hx-request" in visit.request.headers:
        return visit.page("composer.html", {"case": case, "composer": composer})
    return case_page(visit, case.id, composer)


def count(visit: Visit) -> Response:
    """How long the text is as its platform counts; asks the channel once for the limit of a mode not shown before."""
    with visit.inbox.store.reading() as transaction:
        case, item = _subject(visit, transaction)
    mode = _mode(visit)
    most, why_not = visit.form.get(f"most_{mode}", ""), ""
    if mode != "note" and not most:
        may = may_reply(visit, item.mention, is_private=mode == "private")
        most, why_not = str(may.max_characters or ""), "" if may.allowed else may.reason
    sink = visit.form.get("sink", "")[:40]
    given = {each: visit.form.get(f"most_{each}", "") for each in MODES} | {mode: most}
    limits = {each: int(words) for each, words in given.items() if words.isascii() and words.isdigit()}
    text = visit.field("text").replace("\r\n", "\n")
    counted = as_counted(visit, text)
    used = length(sink, counted, is_private=mode == "private") if mode != "note" else len(text)
    context = {"case": case, "limits": limits, "most": limits.get(mode), "used": used, "why_not": why_not, "sink": sink}
    return visit.page("composer_count.html", context)


def reply(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        case, item = _subject(visit, transaction)
        basis = basis_of(visit, transaction, case)
        draft = checked(visit, transaction, _draft(visit, case, item, basis), case, item)
    fault = fault_of(draft)
    if fault is None and not draft.is_note:
        fault = fault_of_fields(visit, draft.promise) or untold(visit, draft)
    if fault is not None:
        return case_page(visit, case.id, replace(draft, fault=fault), status=422)
    if draft.is_note:
        return actions.note(visit)
    with visit.inbox.store.writing() as transaction:
        earlier = _earlier(visit, transaction, draft, case)
        is_known = earlier is None or visit.form.get("anyway") == str(earlier.outbox_id)
        if is_known and needs_approval(visit, draft):
            return hand_in(visit, transaction, draft, case)
        outbox_id = _queue(visit, transaction, draft, case, item) if is_known else None
        if is_known and visit.user is not None:
            transaction.drafts.drop(visit.user.id, case.id, DraftKind.REPLY, draft.mention_id)
            transaction.drafts.answered(case.id, draft.mention_id)
    if earlier is not None and not is_known:
        fault = _("%(says_who)s answered this message already. Send yours as well?", says_who=_says_who(earlier))
        return case_page(visit, case.id, replace(draft, fault=fault, anyway=earlier.outbox_id), status=409)
    if outbox_id is None:
        return visit.go(f"/cases/{case.id}", notice="already", anchor="#end")
    notice = visit.enqueue("deliver", outbox_id, lane=Lane.PUSH, done="queued")
    return visit.go(f"/cases/{case.id}", notice=notice, anchor="#end")


def promise(visit: Visit) -> Response:
    """What the text seems to promise; with `take`, the fields filled in with it. Nothing is stored."""
    with visit.inbox.store.reading() as transaction:
        case, item = _subject(visit, transaction)
        basis = basis_of(visit, transaction, case)
    text, is_taken = visit.field("text").replace("\r\n", "\n"), "take" in visit.form
    found = proposal_of(visit, text)
    given = proposed(visit, found) if is_taken and found is not None else sent_fields(visit)
    if "hx-request" in visit.request.headers:
        context = {"case": case, "proposal": found, "fields": given, "zone": zone_of(visit).key}
        return visit.page("promise_taken.html" if is_taken else "promise_found.html", context)
    return case_page(visit, case.id, replace(_draft(visit, case, item, basis), promise=given))


def found(visit: Visit) -> Response:
    """What the words written so far say of the checklist, and how they may sound."""
    with visit.inbox.store.reading() as transaction:
        case, item = _subject(visit, transaction)
        basis = basis_of(visit, transaction, case)
    composer = _draft(visit, case, item, basis)
    if "hx-request" in visit.request.headers:
        return visit.page("answer_found.html", {"case": case, "composer": composer})
    return case_page(visit, case.id, composer)


def _subject(visit: Visit, transaction: Transaction) -> tuple[StoredCase, StoredMention]:
    case = visit.open_case(transaction, visit.path_id())
    [item] = as_shown(transaction, [visit.open_mention(transaction, visit.field("mention_id"))])
    if item.case_id != case.id:
        raise not_found(_("message with this id in this case"))
    return case, item


def _draft(
    visit: Visit, case: StoredCase, item: StoredMention, basis: Basis, *, wanted: SavedReply | None = None
) -> Composer:
    """As it was sent in. A saved reply that is wanted, and is for one audience only, chooses the mode."""
    text, mode = visit.field("text").replace("\r\n", "\n"), _mode(visit)
    used = next((one for one in basis.replies if one.key == visit.form.get("used")), None)
    if wanted is not None and (mode == "note" or wanted.audience is not Audience.EITHER):
        private = wanted.audience is Audience.PRIVATE or item.mention.is_private
        mode = "private" if private else "public"
    key = sent_form_key(visit)
    built = build(visit, case, item, basis, text=text, mode=mode, form_key=key, used=used)
    return _looked_at(visit, replace(built, question=visit.form.get("question", "")[:LONGEST_WORDS]))


def _looked_at(visit: Visit, composer: Composer) -> Composer:
    """With the checklist as it was answered, ticked by the words where nobody said otherwise."""
    checks, seen = with_found(composer.text, sent_checks(visit), ticked_of(visit))
    return replace(composer, checks=checks, seen=seen)


def _mode(visit: Visit) -> str:
    mode = visit.field("audience")
    if mode not in MODES:
        raise bad_form(_("%(mode)s is none of %(modes)s", mode=mode[:20], modes=", ".join(MODES)))
    return mode


def _earlier(visit: Visit, transaction: Transaction, draft: Composer, case: StoredCase) -> Earlier | None:
    """Locks the case, so that of two people who send at the same instant one is asked."""
    who, key = visit.person, reply_key(draft.form_key)
    return earlier_answer(
        transaction, case, mention_id=draft.mention_id, key=key, person=who, is_private=draft.is_private
    )


def _says_who(earlier: Earlier) -> str:
    return _("Somebody") if not earlier.by else earlier.by if earlier.is_by_other else _("You have")


def _queue(
    visit: Visit, transaction: Transaction, draft: Composer, case: StoredCase, item: StoredMention
) -> int | None:
    """None where this very form was sent, or handed in for approval, already."""
    if transaction.events.is_recorded(f"{EventKind.APPROVAL_ASKED.value}:{draft.form_key}"):
        return None
    outbox_id = queue(visit, transaction, draft, case, item)
    if outbox_id is not None:
        promise_with(visit, transaction, draft, case, outbox_id)
    return outbox_id
