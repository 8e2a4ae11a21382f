"""Retention: what has outlived its period, proposals that a second person agrees to, and legal holds."""

from collections.abc import Callable

from starlette.responses import Response

from flow import holds, retention
from inbox.compliance import Refused, back, refused, section_page, status_of, typed
from inbox.languages import N_, Sayings, _
from inbox.visit import Visit
from models.errors import RecordError, RetryableError
from models.retention import HoldScope, ItemOutcome, RecordClass
from store.scrub import scrub
from store.store import Transaction

HELD_SHOWN = 50
PROPOSALS_SHOWN = 20
COUNTED_FROM = Sayings(
    {
        "complaint_closed": N_("closing of the complaint"),
        "case_done": N_("closing of the complaint, or last message"),
        "last_message": N_("last message"),
        "received": N_("receipt"),
        "captured": N_("the day it was captured"),
        "expired": N_("its end"),
        "month_end": N_("end of the month"),
    }
)
CLASSES = Sayings(
    {
        RecordClass.REGISTER: N_("Personal data in the register"),
        RecordClass.COMPLAINT_WORDS: N_("Words of complaints"),
        RecordClass.OTHER_WORDS: N_("Words of other messages"),
        RecordClass.NOISE_WORDS: N_("Words of noise"),
        RecordClass.UNREAD_WORDS: N_("Messages set aside"),
        RecordClass.UNREADABLE: N_("Lines that could not be read"),
        RecordClass.NOTES: N_("Notes on cases"),
        RecordClass.EVENTS: N_("Texts in logs of cases"),
        RecordClass.OUTBOX: N_("Tickets and answers as sent"),
        RecordClass.AUTHOR_SNAPSHOT: N_("Facts on authors"),
        RecordClass.AUTHOR_HISTORY: N_("Authors' last seven days"),
        RecordClass.STAFF_SESSIONS: N_("Sessions of people here"),
        RecordClass.ACCESS_LOG: N_("Who looked at whose data, by month"),
    }
)
SCOPES = Sayings(
    {
        HoldScope.COMPLAINT: N_("a complaint"),
        HoldScope.CASE: N_("a case"),
        HoldScope.AUTHOR: N_("an author"),
        HoldScope.EVERYTHING: N_("everything"),
    }
)


def show(visit: Visit) -> Response:
    return _page(visit, None, status=200)


def propose(visit: Visit) -> Response:
    def carry_out(transaction: Transaction) -> None:
        chosen = [one for one in RecordClass if visit.form.get(f"class.{one.value}")]
        if not chosen:
            raise RecordError(_("no class of record is chosen; tick what is to go"))
        pack, reason = visit.inbox.retention, typed(visit).needed("reason")
        retention.propose(transaction, pack, by=visit.person, reason=reason, now=visit.now, classes=chosen)

    return _acted(visit, "propose", carry_out, notice="proposed", anchor="#proposals")


def agree(visit: Visit) -> Response:
    number = visit.path_id()
    return _acted(
        visit,
        f"agree-{number}",
        lambda transaction: retention.agree(transaction, visit.inbox.retention, number, by=visit.person, now=visit.now),
        notice="agreed",
        anchor="#proposals",
    )


def turn_down(visit: Visit) -> Response:
    number, pack = visit.path_id(), visit.inbox.retention
    return _acted(
        visit,
        f"turn_down-{number}",
        lambda transaction: retention.turn_down(
            transaction, pack, number, by=visit.person, reason=typed(visit).needed("reason"), now=visit.now
        ),
        notice="turned_down",
        anchor="#proposals",
    )


def carry_out(visit: Visit) -> Response:
    """All that is still due and not held; then the database's files are written anew, where nobody holds them."""
    number, pack = visit.path_id(), visit.inbox.retention
    left: list[int] = []

    def carry(transaction: Transaction) -> None:
        if not visit.form.get("sure"):
            raise RecordError(_("nothing was taken out: tick that you know it cannot be undone"))
        done = retention.carry_out(transaction, pack, number, by=visit.person, now=visit.now)
        left.append(done.outcomes[ItemOutcome.HELD] + done.outcomes[ItemOutcome.NOT_DUE])

    answer = _acted(visit, f"carry_out-{number}", carry, notice="carried_out", anchor="#proposals")
    if not left:
        return answer
    try:
        scrub(visit.inbox.store.engine)
    except RetryableError:
        return back(visit, "retention", "carried_out_files_wait", anchor="#proposals")
    return back(visit, "retention", "carried_out_in_part" if left[0] else "carried_out", anchor="#proposals")


def place_hold(visit: Visit) -> Response:
    def place(transaction: Transaction) -> None:
        sent, policy = typed(visit), visit.inbox.policy
        scope = sent.one("scope", HoldScope)
        subject = "" if scope is HoldScope.EVERYTHING else sent.needed("subject")
        reason = sent.needed("reason")
        if any((one.scope, one.subject, one.reason) == (scope, subject, reason) for one in holds.holds(transaction)):
            raise RecordError(_("this very hold stands already; nothing was placed twice"))
        holds.place_hold(
            transaction, policy, visit.inbox.retention, scope, subject, by=visit.person, reason=reason, now=visit.now
        )

    return _acted(visit, "hold", place, notice="hold_placed", anchor="#holds")


def lift_hold(visit: Visit) -> Response:
    number = visit.field("number")

    def lift(transaction: Transaction) -> None:
        pack, policy, reason = visit.inbox.retention, visit.inbox.policy, typed(visit).needed("reason")
        holds.lift_hold(transaction, policy, pack, number, by=visit.person, reason=reason, now=visit.now)

    return _acted(visit, f"lift-{number}", lift, notice="hold_lifted", anchor="#holds")


def _acted(visit: Visit, form: str, act: Callable[[Transaction], object], *, notice: str, anchor: str) -> Response:
    try:
        with visit.inbox.store.writing() as transaction:
            act(transaction)
    except RecordError as error:
        return _page(visit, refused(visit, form, error), status=status_of(error))
    return back(visit, "retention", notice, anchor=anchor)


def _page(visit: Visit, fault: Refused | None, *, status: int) -> Response:
    with visit.inbox.store.reading() as transaction:
        found = retention.look(transaction, visit.inbox.retention, now=visit.now)
        proposals = transaction.retention.proposals(limit=PROPOSALS_SHOWN)
        standing = holds.holds(transaction)
    context = {
        "pack": visit.inbox.retention,
        "classes": found.classes,
        "names": {one.value: words for one, words in CLASSES.items()},
        "counted_from": COUNTED_FROM,
        "held": found.held[:HELD_SHOWN],
        "held_count": len(found.held),
        "deletions": found.deletions,
        "proposals": proposals,
        "holds": standing,
        "scopes": {one.value: words for one, words in SCOPES.items()},
        "refused": fault,
    }
    return section_page(visit, "retention", context, status=status)
