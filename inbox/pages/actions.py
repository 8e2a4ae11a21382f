"""What a person decides on a case; each is one transaction with its event, and goes back to the case."""

from collections.abc import Mapping

from starlette.responses import Response

from flow.early_warning import look_at_cases
from flow.hops import owner_changed
from flow.teamwork import By, write_note
from flow.ticket_state import change_state
from inbox import wording
from inbox.composer import sent_form_key
from inbox.errors import RefusedError, bad_form, not_found
from inbox.languages import N_, _, say
from inbox.pages.promises import ask_before_closing
from inbox.pane import pane_for
from inbox.visit import Visit
from models import ActorKind, CaseState, Event, EventKind
from models.complaint import Status
from register.transitions import LIVE
from store.callouts import Call
from store.drafts import DraftKind
from store.queue import Lane
from store.store import Transaction

LONGEST_NOTE_CHARACTERS = 10_000
_ON_ITS_PAGE = N_(
    "A complaint is closed and reopened on its own page, with the ground, the outcome and the reason that the register "
    "keeps (RG 271.164). Until then its clocks run on."
)


def assign(visit: Visit) -> Response:
    owner = visit.field("owner").strip() or None
    version = visit.number_field("version")
    with visit.inbox.store.writing() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        to = transaction.accounts.by_name(owner) if owner is not None else None
        if owner is not None and (to is None or to.disabled_at is not None):
            raise bad_form(_("%(owner)s is nobody who works here", owner=owner[:60]))
        transaction.cases.assign(case.id, owner, version=version, now=visit.now)
        facts = {"from": case.owner or "nobody", "to": owner or "nobody"}
        key = f"assigned:{case.id}:{version}"
        _record(visit, transaction, EventKind.ASSIGNED, key, case.id, facts)
        owner_changed(
            transaction, case.id, case.owner, owner, key=key, reason="assigned", by=visit.person, at=visit.now
        )
        if to is not None and to.name not in (visit.person, case.owner):
            transaction.callouts.add(key, [to.id], case.id, Call.HANDED_OVER, by=visit.person, now=visit.now)
    return visit.go(f"/cases/{case.id}", notice="saved")


def note(visit: Visit) -> Response:
    text = visit.field("text").replace("\r\n", "\n").strip()
    if not text or len(text) > LONGEST_NOTE_CHARACTERS:
        raise bad_form(
            _(
                "a note has 1 to %(longest_note_characters)s characters",
                longest_note_characters=wording.whole(LONGEST_NOTE_CHARACTERS),
            )
        )
    key = sent_form_key(visit)
    with visit.inbox.store.writing() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        write_note(transaction, case, text, By(visit.person, visit.now, key))
        if visit.user is not None:
            transaction.drafts.drop(visit.user.id, case.id, DraftKind.NOTE)
    return visit.go(f"/cases/{case.id}", notice="saved", anchor="#end")


def done(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        case = visit.open_as_shown(transaction, visit.path_id())
        complaint = transaction.complaints.of_case(case.id)
        if complaint.status in LIVE if complaint is not None else case.decision.is_complaint:
            raise RefusedError(409, _("This case is a complaint and cannot simply be marked done"), say(_ON_ITS_PAGE))
        asked = ask_before_closing(visit, transaction, case)
        if asked is not None:
            return asked
        pane = pane_for(visit, transaction, case.id) if visit.form.get("then") == "next" else None
        change_state(transaction, case, CaseState.CLOSED, now=visit.now)
        _record(visit, transaction, EventKind.CLOSED, f"closed:{case.id}:{case.version}", case.id, {})
    if pane is None:
        return visit.go(f"/cases/{case.id}", notice="closed")
    if pane.next is None:
        return visit.go("/", notice="closed", **pane.query)
    return visit.go(f"/cases/{pane.next.id}", notice="closed", **pane.query | {"at": str(pane.next.at)})


def reopen(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        case = visit.open_as_shown(transaction, visit.path_id())
        complaint = transaction.complaints.of_case(case.id)
        is_kept = complaint is not None and complaint.status is not Status.RULED_OUT
        if is_kept and case.state is CaseState.CLOSED:
            raise RefusedError(409, _("This case is a complaint and cannot simply be opened again"), say(_ON_ITS_PAGE))
        if case.state is not CaseState.OPEN:
            change_state(transaction, case, CaseState.OPEN, now=visit.now)
            _record(visit, transaction, EventKind.REOPENED, f"reopened:{case.id}:{case.version}", case.id, {})
            look_at_cases(transaction, visit.inbox.policy, [case.id], now=visit.now)
    return visit.go(f"/cases/{case.id}", notice="reopened")


def retry(visit: Visit) -> Response:
    with visit.inbox.store.writing() as transaction:
        row = transaction.outbox.find(visit.path_id())
        if row is None:
            raise not_found(_("delivery with this number"))
        is_new = transaction.outbox.retry(row.id, now=visit.now)
        if is_new:
            facts = {"tries again": row.effect.value, "at": row.sink, "tries so far": row.attempts}
            _record(visit, transaction, EventKind.NOTED, f"retried:{row.id}:{row.attempts}", row.case_id, facts)
    path = "/health" if visit.form.get("back") == "health" else f"/cases/{row.case_id}"
    if not is_new:
        return visit.go(path, notice="already")
    return visit.go(path, notice=visit.enqueue("deliver", row.id, lane=Lane.PUSH, done="retried"))


def _record(
    visit: Visit,
    transaction: Transaction,
    kind: EventKind,
    key: str,
    case_id: int | None,
    facts: Mapping[str, object],
) -> None:
    event = Event(key, kind, visit.now, ActorKind.PERSON, visit.person, case_id, facts=facts)
    transaction.events.record([event], now=visit.now)
