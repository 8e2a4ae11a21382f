"""Writing and sending a reply: once, however often the form is sent."""

from collections.abc import Iterator
from dataclasses import replace

from starlette.responses import Response

from flow.platform_deletion import as_shown
from inbox.composer import Composer, build, fault_of, sent_form_key, with_saved
from inbox.errors import not_found
from inbox.pages.case import case_page
from inbox.public_reply import brand_of, guarded
from inbox.visit import Visit
from models import ActorKind, Event, EventKind
from register.notice_contents import tips_off
from register.notices import wrong_account
from store.cases import StoredCase
from store.mentions import StoredMention
from store.outbox import Effect, OutboxState
from store.queue import Lane
from store.store import Transaction


def compose(visit: Visit) -> Response:
    """Put a saved reply into the draft; nothing is stored."""
    with visit.inbox.store.reading() as transaction:
        case, item = _subject(visit, transaction)
        verdict = transaction.verdicts.latest([item.mention.id]).get(item.mention.id)
    draft = _draft(visit, case, item)
    text = with_saved(visit, case, draft.text, visit.form.get("saved", ""), verdict, item.mention.lang or "")
    composer = replace(draft, text=text)
    if "hx-request" in visit.request.headers:
        return visit.page("composer.html", {"case": case, "composer": composer})
    return case_page(visit, case.id, composer)


def reply(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        case, item = _subject(visit, transaction)
        draft = _checked(visit, transaction, _draft(visit, case, item), case, item)
    fault = fault_of(draft)
    if fault is not None:
        return case_page(visit, case.id, replace(draft, fault=fault), status=422)
    with visit.inbox.store.writing() as transaction:
        if _was_answered(transaction, draft, case.id) and not visit.form.get("anyway"):
            outbox_id, fault = None, "Somebody answered this message already. Send yours as well?"
        else:
            outbox_id = _queue(visit, transaction, draft, case, item)
    if fault is not None:
        return case_page(visit, case.id, replace(draft, fault=fault, asks_anyway=True), status=409)
    if outbox_id is None:
        return visit.go(f"/cases/{case.id}", notice="already", anchor="#end")
    notice = visit.enqueue("deliver", outbox_id, lane=Lane.PUSH, done="queued")
    return visit.go(f"/cases/{case.id}", notice=notice, anchor="#end")


def _subject(visit: Visit, transaction: Transaction) -> tuple[StoredCase, StoredMention]:
    case = visit.open_case(transaction, visit.path_id())
    [item] = as_shown(transaction, [visit.open_mention(transaction, visit.field("mention_id"))])
    if item.case_id != case.id:
        raise not_found("message with this id in this case")
    return case, item


def _draft(visit: Visit, case: StoredCase, item: StoredMention) -> Composer:
    text = visit.field("text").replace("\r\n", "\n")
    is_private = visit.field("audience") == "private"
    return build(visit, case, item, text=text, is_private=is_private, form_key=sent_form_key(visit))


def _checked(
    visit: Visit, transaction: Transaction, draft: Composer, case: StoredCase, item: StoredMention
) -> Composer:
    """With what a public text gives away, and whether the complaint is answered from an account of its brand."""
    entries = transaction.register.of_complaint(case.complaint_id) if case.complaint_id else []
    return replace(
        draft,
        guarded=None if draft.is_private else guarded(visit, transaction, case, item, draft.text),
        tips_off=tips_off(draft.text, visit.inbox.notices),
        wrong_account=wrong_account(brand_of(entries), item.mention.account, dict(visit.inbox.settings.brand_accounts)),
    )


def _was_answered(transaction: Transaction, draft: Composer, case_id: int) -> bool:
    """By another form than this one, and not in vain."""
    return any(
        row.effect is Effect.SEND_REPLY
        and row.mention_id == draft.mention_id
        and row.key != _key(draft)
        and row.state is not OutboxState.FAILED
        for row in transaction.outbox.of_case(case_id)
    )


def _key(draft: Composer) -> str:
    return f"reply:{draft.form_key}"


def _queue(
    visit: Visit, transaction: Transaction, draft: Composer, case: StoredCase, item: StoredMention
) -> int | None:
    """The outbox row's id, or None where this very form was sent already."""
    outbox_id = transaction.outbox.add(
        Effect.SEND_REPLY,
        sink=visit.inbox.channel(item.mention.channel).name,
        key=_key(draft),
        case_id=case.id,
        mention_id=draft.mention_id,
        payload={"text": draft.text, "is_private": draft.is_private, "person": visit.person},
        now=visit.now,
    )
    event = Event(
        key=f"reply_queued:{draft.form_key}",
        kind=EventKind.REPLY_QUEUED,
        at=visit.now,
        actor_kind=ActorKind.PERSON,
        actor=visit.person,
        case_id=case.id,
        mention_id=draft.mention_id,
        facts={"is_private": draft.is_private, "characters": len(draft.text)},
    )
    transaction.events.record([event, *_overrides(visit, draft, case.id)], now=visit.now)
    return outbox_id


def _overrides(visit: Visit, draft: Composer, case_id: int) -> Iterator[Event]:
    """Which sorts of thing were let through and why; never the words."""
    if draft.guarded is not None and draft.guarded.revealed:
        yield Event(
            key=f"reply_guard_overridden:{draft.form_key}",
            kind=EventKind.REPLY_GUARD_OVERRIDDEN,
            at=visit.now,
            actor_kind=ActorKind.PERSON,
            actor=visit.person,
            case_id=case_id,
            mention_id=draft.mention_id,
            facts={"gives_away": draft.guarded.kinds, "reason": draft.guarded.reason.strip()},
        )
