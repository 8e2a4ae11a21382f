"""One case: the conversation, why it was judged so, its clocks, its author and everything that was done."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from starlette.responses import Response

from flow.moderation import GROUNDS
from inbox import wording
from inbox.alike import Nearest, nearest
from inbox.approvals import in_place, on_case
from inbox.author_card import author_card, contact_of
from inbox.by_hand import by_hand_form
from inbox.complaints import words
from inbox.composer import Composer, basis_of, composer_for, who
from inbox.deleted import Shown, decision_shown, shown
from inbox.early_warning import warning_shown
from inbox.escalations import on_case as escalation_on_case
from inbox.follow_up import on_case as follow_up_on_case
from inbox.history import lines
from inbox.macros import macros_for
from inbox.merged import events_of, merged, merged_page, rows_of
from inbox.moderation import moderation
from inbox.pane import pane_for
from inbox.promises import promises_on
from inbox.roles import EXPORTING, MANAGING, UNMASKING
from inbox.skills import routed_to, suggested
from inbox.snoozing import snooze_form
from inbox.targets import on_case as targets_on_case
from inbox.timeline import thread_of, timeline
from inbox.together import own_drafts, together
from inbox.vips import value_shown
from inbox.visit import Visit
from inbox.why import clock_lines, why
from models import CaseState, Label, Verdict
from models.complaint import Status
from policy.custom_fields import FieldPlace, fields_of
from store.cases import StoredCase
from store.mentions import StoredMention
from store.outbox import VISIBILITY, Effect
from store.store import Transaction

MESSAGES_SHOWN = 200
FETCHED_AHEAD_SECONDS = 30
"""How long a browser may show a page that it fetched before anybody asked for it; see `static/queue.js`."""


def show(visit: Visit) -> Response:
    answer = case_page(visit, visit.path_id(), None)
    if visit.request.headers.get("sec-purpose", "").startswith("prefetch"):
        answer.headers["cache-control"] = f"private, max-age={FETCHED_AHEAD_SECONDS}"
    return answer


def case_page(visit: Visit, case_id: int, draft: Composer | None, *, status: int = 200) -> Response:
    """The page, with the composer as it was sent in where that could not be carried out."""
    with visit.inbox.store.reading() as transaction:
        case = visit.open_case(transaction, case_id)
        if case.state is CaseState.MERGED:
            return merged_page(visit, transaction, case)
        limit = case.mention_count + 1 if visit.query("all") else MESSAGES_SHOWN
        found = transaction.mentions.newest_of_case(case.id, limit=limit)
        verdicts = transaction.verdicts.latest([item.mention.id for item in found])
        seen = shown(transaction, found, verdicts)
        drafts = own_drafts(visit, transaction, case)
        context = _context(visit, transaction, case, seen) | together(visit, transaction, case, drafts)
        basis = basis_of(visit, transaction, case)
        macros = macros_for(visit, transaction, case, basis)
        pane = pane_for(visit, transaction, case.id)
    composer = draft or composer_for(visit, case, seen.mentions, drafts, basis)
    contact = contact_of(visit, case, seen.mentions, composer)
    more = {"composer": composer, "contact": contact, "macros": macros, "pane": pane}
    return visit.page("case.html", context | more, status=status)


def alike(visit: Visit) -> Response:
    """The nearest labelled messages, for whoever opens that part of the panel."""
    with visit.inbox.store.reading() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        found = transaction.mentions.newest_of_case(case.id, limit=MESSAGES_SHOWN)
        verdicts = transaction.verdicts.latest([item.mention.id for item in found])
        context = {"alike": _alike(transaction, case, shown(transaction, found, verdicts))}
    return visit.page("case_alike.html", context)


def _alike(transaction: Transaction, case: StoredCase, seen: Shown) -> Nearest | None:
    deciding = _deciding(case, seen.mentions, seen.verdicts)
    return nearest(transaction, case, deciding) if deciding and deciding.mention.id not in seen.deleted else None


def _context(visit: Visit, transaction: Transaction, case: StoredCase, seen: Shown) -> dict[str, object]:
    mentions, verdicts = seen.mentions, seen.verdicts
    ids = [item.mention.id for item in mentions]
    labels = transaction.mentions.labels(ids)
    family = transaction.merges.family(case.id)
    outbox, events = rows_of(transaction, family), events_of(transaction, family)
    thread = thread_of(transaction, sorted({item.conversation_key for item in mentions} | {case.conversation_key}), ids)
    tickets = [row for row in outbox if row.effect is not Effect.SEND_REPLY and row.effect not in VISIBILITY]
    decision = decision_shown(case.decision, seen.deleted)
    deciding = _deciding(case, mentions, verdicts)
    return {
        "case": case,
        "merged": merged(visit, transaction, case, family),
        "channel": wording.channel(case.channel),
        "custom_fields": fields_of(visit.inbox.policy.house.custom_fields, FieldPlace.CASE),
        "tier_words": wording.tier(decision.tier),
        "label_words": wording.sentence(decision.label),
        "items": in_place(
            timeline(mentions, verdicts, labels, outbox, events, seen.deleted, thread),
            on_case(visit, transaction, mentions),
        ),
        "may_read_kept": case.complaint_id is not None and visit.role.value in visit.inbox.retention.may_read_kept,
        "hidden_messages": max(case.mention_count - len(mentions), 0),
        "labels": list(Label),
        "why": why(decision, verdicts[deciding.mention.id] if deciding else None),
        "alike": _alike(transaction, case, seen) if visit.query("alike") else None,
        "is_judged": deciding is not None,
        "warning": warning_shown(visit, transaction, case, mentions),
        "clocks": clock_lines(transaction.cases.clocks_of(case.id), decision.dues, now=visit.now),
        "card": author_card(transaction, case, mentions, now=visit.now),
        "entries": transaction.register.of_complaint(case.complaint_id) if case.complaint_id else [],
        "tickets": tickets,
        "standings": transaction.standings.of_references(
            [(row.sink, row.reference) for row in tickets if row.reference and row.effect is Effect.CREATE_TICKET]
        ),
        "log": lines(events, _handles(mentions)),
        "people": [user.name for user in transaction.accounts.all() if user.disabled_at is None],
        "is_open": case.state is not CaseState.CLOSED,
        "complaint": _banner(visit, transaction, case),
        "opinions": transaction.opinions.standing(ids),
        "may_take_back": visit.role in MANAGING,
        "may_export": visit.role in EXPORTING,
        "may_unmask": visit.role in UNMASKING,
        "is_learnt_from": case.channel.lower() not in visit.inbox.settings.training_channels_denied,
        "moderation": moderation(visit, transaction, case, mentions),
        "grounds": GROUNDS,
        "acted_on": visit.query("aside"),
        "by_hand": by_hand_form(visit, transaction, case),
        "snooze": snooze_form(visit, transaction, case),
        "escalation": escalation_on_case(visit, transaction, case, mentions, verdicts),
        "targets": targets_on_case(visit, transaction, case),
        "value": value_shown(visit, transaction, case),
        "routed": routed_to(case, events),
        "suggested": suggested(visit, transaction, case),
        "promises": promises_on(visit, transaction, case),
        "follow_up": follow_up_on_case(visit, transaction, case, family),
        "form_key": secrets.token_hex(16),
    }


@dataclass(frozen=True, slots=True)
class ComplaintBanner:
    """What the conversation's page says of the complaint that it is."""

    id: str
    status: str
    is_ruled_out: bool
    next: tuple[str, str] | None
    """(words, state)."""
    is_represented: bool
    needs_safe_contact: bool


def _banner(visit: Visit, transaction: Transaction, case: StoredCase) -> ComplaintBanner | None:
    row = transaction.complaints.get(case.complaint_id) if case.complaint_id is not None else None
    if row is None:
        return None
    clock = transaction.cases.next_clocks([case.id]).get(case.id)
    return ComplaintBanner(
        row.id,
        words.STATUSES[row.status],
        is_ruled_out=row.status is Status.RULED_OUT,
        next=wording.due(clock.due_at, visit.now, wording.clock(clock.key)) if clock else None,
        is_represented=row.has_representative,
        needs_safe_contact=row.needs_safe_contact,
    )


def _handles(mentions: Sequence[StoredMention]) -> dict[str, str]:
    return {item.author_key: who(item.mention) for item in mentions if item.author_key is not None}


def _deciding(
    case: StoredCase, mentions: Sequence[StoredMention], verdicts: Mapping[str, Verdict]
) -> StoredMention | None:
    """The message behind the case's label: the newest that was decided the same way, else the newest judged."""
    judged = [item for item in mentions if item.mention.id in verdicts]
    same = [item for item in judged if item.decision is not None and item.decision.label == case.decision.label]
    last = (same or judged)[-1:]
    return last[0] if last else None
