"""A reply on its way out: what is checked right before, and the outbox row and events that it becomes.

A reply that is sent at once and one that somebody approved go through the same.
"""

from collections.abc import Iterator
from dataclasses import replace

from flow.approvals import reply_key
from flow.crisis import covering, log_reply
from inbox.answer import NOT_NEEDED, SAID
from inbox.composer import Composer
from inbox.crisis_freeze import check_owner_asked
from inbox.public_reply import brand_of, guarded
from inbox.saved_replies import is_still
from inbox.visit import Visit
from models import ActorKind, Event, EventKind
from policy.crisis_rules import load_crisis_rules
from register.notice_contents import tips_off
from register.notices import wrong_account
from store.cases import StoredCase
from store.mentions import StoredMention
from store.outbox import Effect
from store.store import Transaction


def checked(visit: Visit, transaction: Transaction, draft: Composer, case: StoredCase, item: StoredMention) -> Composer:
    """With what a public text gives away, and whether the complaint is answered from an account of its brand."""
    entries = transaction.register.of_complaint(case.complaint_id) if case.complaint_id else []
    return replace(
        draft,
        guarded=None if draft.mode != "public" else guarded(visit, transaction, case, item, draft.text),
        tips_off=tips_off(draft.text, visit.inbox.notices),
        wrong_account=wrong_account(brand_of(entries), item.mention.account, dict(visit.inbox.settings.brand_accounts)),
    )


def queue(
    visit: Visit,
    transaction: Transaction,
    draft: Composer,
    case: StoredCase,
    item: StoredMention,
    *,
    author: str | None = None,
) -> int | None:
    """The outbox row's id, or None where this very form was sent already. `author`: who wrote it, where who asks only
    approved it.
    """
    person = author or visit.person
    crisis = covering(transaction, case, load_crisis_rules(), mention_id=draft.mention_id)
    if crisis is not None and author is None:
        check_owner_asked(crisis, draft.text)
    used = draft.used
    saved = {"saved_reply": used.key} if used is not None and is_still(draft.text, used) else {}
    outbox_id = transaction.outbox.add(
        Effect.SEND_REPLY,
        sink=visit.inbox.channel(item.mention.channel).name,
        key=reply_key(draft.form_key),
        case_id=case.id,
        mention_id=draft.mention_id,
        payload={"text": draft.text, "is_private": draft.is_private, "person": person} | saved,
        now=visit.now,
    )
    approved = {"approved_by": visit.person} if author is not None else {}
    event = Event(
        key=f"reply_queued:{draft.form_key}",
        kind=EventKind.REPLY_QUEUED,
        at=visit.now,
        actor_kind=ActorKind.PERSON,
        actor=person,
        case_id=case.id,
        mention_id=draft.mention_id,
        facts=_answers(draft) | {"is_private": draft.is_private, "characters": len(draft.text)} | saved | approved,
    )
    if outbox_id is not None and crisis is not None:
        log_reply(transaction, crisis, case.id, draft.text, draft.form_key, by=person, at=visit.now)
    if outbox_id is not None and used is not None and saved:
        transaction.saved_replies.count_use(used.key, now=visit.now)
    transaction.events.record([event, *_overrides(visit, draft, case.id)], now=visit.now)
    return outbox_id


def _answers(draft: Composer) -> dict[str, object]:
    """What the person said of the checklist; nothing where none was asked for."""
    if not draft.needs_checks:
        return {}
    return {"checked": draft.checked(SAID), "not_needed": draft.checked(NOT_NEEDED)}


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
