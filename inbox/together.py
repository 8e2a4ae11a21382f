"""What a case's page says of the people who work on it together: who is here, own drafts, cases of the same person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from flow.platform_deletion import as_shown
from inbox import wording
from inbox.composer import EXCERPT_CHARACTERS
from inbox.languages import N_, Sayings
from inbox.presence import Others, others_of
from inbox.visit import Visit
from models import CaseState, EventKind
from store.cases import StoredCase
from store.drafts import Draft, DraftKind, SharedDraft
from store.store import Transaction

EARLIER_SHOWN = 20
EXCERPTS_SHOWN = 5

ACTS = Sayings(
    {
        EventKind.REPLY_QUEUED: N_("has answered"),
        EventKind.NOTED: N_("wrote a note"),
        EventKind.ASSIGNED: N_("changed the owner"),
        EventKind.ESCALATED: N_("escalated the case"),
        EventKind.ESCALATION_RETURNED: N_("sent the case back with advice"),
        EventKind.HANDED_OVER: N_("handed the case over"),
        EventKind.TAKEN_OVER: N_("took the case over"),
        EventKind.SNOOZED: N_("put the case off"),
        EventKind.HIDE_ASKED: N_("hides a message"),
        EventKind.CLOSED: N_("closed the case"),
        EventKind.REOPENED: N_("opened the case again"),
    }
)


@dataclass(frozen=True, slots=True)
class EarlierCase:
    """Another case of the same person."""

    case: StoredCase
    channel: str
    label: str
    words: str
    """The beginning of its newest message; empty where it is not shown."""
    linked_by: str | None
    """None where it is of the same account, or linked over a third case: there is nothing to take back here."""


def own_drafts(visit: Visit, transaction: Transaction, case: StoredCase) -> list[Draft]:
    return transaction.drafts.of(visit.user.id, case.id) if visit.user is not None else []


def together(visit: Visit, transaction: Transaction, case: StoredCase, drafts: Sequence[Draft]) -> dict[str, object]:
    """The part of the page's context that this is about."""
    note = next((draft for draft in drafts if draft.kind is DraftKind.NOTE), None)
    present = transaction.presence.of_cases([case.id], now=visit.now).get(case.id, ())
    return {
        **told(case.id, others_of(present, (), person=visit.person, since=visit.now)),
        "opened_ms": int(visit.now.timestamp() * 1000),
        "note_draft": note.text if note is not None else "",
        "drafted": {draft.mention_id: draft.saved_at for draft in drafts if draft.kind is DraftKind.REPLY},
        "shared_drafts": _shared_drafts(visit, transaction, case),
        "sharing": [draft for draft in drafts if draft.is_shared],
        "earlier_cases": earlier_cases(transaction, case),
    }


def _shared_drafts(visit: Visit, transaction: Transaction, case: StoredCase) -> list[SharedDraft]:
    return transaction.drafts.shared_of(case.id, but=visit.user.id) if visit.user is not None else []


def told(case_id: int, others: Others) -> dict[str, object]:
    """For `presence.html`; the newest act of each person alone is told."""
    newest = {act.by: act for act in others.acts}
    return {
        "case_id": case_id,
        "writing": [one.name for one in others.present if one.is_writing],
        "looking": [one.name for one in others.present if not one.is_writing],
        "acts": [(act.by, ACTS[act.kind], act.kind is EventKind.REPLY_QUEUED) for act in newest.values()],
    }


def earlier_cases(transaction: Transaction, case: StoredCase) -> list[EarlierCase]:
    """Linked ones first, then those of the same account; the newest first in each."""
    direct = transaction.links.of(case.id)
    family = transaction.merges.family(case.id)
    ids = dict.fromkeys(other for each in family for other in transaction.links.all_of(each) if other not in family)
    reached = [transaction.cases.get(other) for other in ids]
    here = [each for each in reached if each is not None and each.state is not CaseState.MERGED]
    linked = sorted(here, key=lambda each: each.last_message_at, reverse=True)
    known = {case.id, *(each.id for each in linked)}
    same = transaction.cases.of_author(case.author_key) if case.author_key is not None else []
    others = (each for each in same if each.id not in known and each.state is not CaseState.MERGED)
    found = [*linked, *others][:EARLIER_SHOWN]
    return [
        EarlierCase(
            one,
            wording.channel(one.channel),
            one.decision.label,
            _words(transaction, one) if place < EXCERPTS_SHOWN else "",
            direct.get(one.id),
        )
        for place, one in enumerate(found)
    ]


def _words(transaction: Transaction, case: StoredCase) -> str:
    found = as_shown(transaction, transaction.mentions.newest_of_case(case.id, limit=1))
    return " ".join(found[-1].mention.text[: EXCERPT_CHARACTERS * 2].split())[:EXCERPT_CHARACTERS] if found else ""


def opened_at(visit: Visit) -> datetime:
    """When the page that asks was opened, as it says."""
    sent = visit.form.get("since") or visit.query("since")
    is_number = sent.isascii() and sent.isdigit() and len(sent) < 14
    return datetime.fromtimestamp(int(sent) / 1000, visit.now.tzinfo) if is_number else visit.now
