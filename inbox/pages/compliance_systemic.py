"""Candidates for systemic issues: what they are, how they grow, and what people do about them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.responses import Response

from flow.systemic import Decision, decide, escalate, own, report_outcome
from inbox.complaints.forms import Sent
from inbox.compliance import Refused, back, refused, section_page, status_of, typed
from inbox.errors import not_found
from inbox.languages import N_, Sayings, _
from inbox.visit import Visit
from models.errors import RecordError
from reports.charts import spark
from store.store import Transaction
from store.systemic import Candidate

LONGEST_TEXT_CHARACTERS = 2_000
DECISIONS = Sayings(
    {
        Decision.POSSIBLE: N_("possible: it is looked into"),
        Decision.CONFIRMED: N_("confirmed: it is systemic"),
        Decision.DISMISSED: N_("dismissed: it is not"),
    }
)


@dataclass(frozen=True, slots=True)
class Listed:
    candidate: Candidate
    trend: str
    """As SVG."""


@dataclass(frozen=True, slots=True)
class Acting:
    """What an act is told."""

    transaction: Transaction
    candidate_id: int
    sent: Sent
    at: datetime
    version: int

    def text(self, name: str) -> str:
        return self.sent.needed(name, longest=LONGEST_TEXT_CHARACTERS)


def show(visit: Visit) -> Response:
    return _page(visit, None, status=200)


def act(visit: Visit) -> Response:
    name, number = str(visit.request.path_params["act"]), visit.path_id()
    if name not in ACTS:
        raise not_found(_("act %(name)s", name=name[:20]))
    try:
        sent = typed(visit)
        at = sent.moment("at") or visit.now
        with visit.inbox.store.writing() as transaction:
            ACTS[name](Acting(transaction, number, sent, at, visit.number_field("version")))
    except RecordError as error:
        return _page(visit, refused(visit, f"{name}-{number}", error), status=status_of(error))
    return back(visit, "systemic", "saved", anchor=f"#candidate-{number}")


def _own(doing: Acting) -> None:
    owner = doing.text("owner")
    user = doing.transaction.accounts.by_name(owner)
    if user is None or user.disabled_at is not None:
        raise RecordError(_("%(owner)s is nobody who works here", owner=owner[:60]))
    by, now = doing.sent.person, doing.sent.now
    own(doing.transaction, doing.candidate_id, owner, by=by, now=now, version=doing.version)


def _decide(doing: Acting) -> None:
    decide(
        doing.transaction,
        doing.candidate_id,
        doing.text("decision"),
        by=doing.sent.person,
        reason=doing.text("reason"),
        at=doing.at,
        now=doing.sent.now,
        version=doing.version,
    )


def _escalate(doing: Acting) -> None:
    by, now = doing.sent.person, doing.sent.now
    escalate(
        doing.transaction, doing.candidate_id, doing.text("to"), by=by, at=doing.at, now=now, version=doing.version
    )


def _outcome(doing: Acting) -> None:
    by, now, what = doing.sent.person, doing.sent.now, doing.text("outcome")
    report_outcome(doing.transaction, doing.candidate_id, what, by=by, at=doing.at, now=now, version=doing.version)


ACTS: dict[str, Callable[[Acting], None]] = {
    "own": _own,
    "decide": _decide,
    "escalate": _escalate,
    "outcome": _outcome,
}


def _page(visit: Visit, fault: Refused | None, *, status: int) -> Response:
    with visit.inbox.store.reading() as transaction:
        found = transaction.systemic.all()
        people = [user.name for user in transaction.accounts.all() if user.disabled_at is None]
        looked_at = transaction.systemic.last_look()
    context = {
        "listed": [
            Listed(one, spark(one.weeks, title=_("Complaints a week, candidate %(id)s", id=one.id))) for one in found
        ],
        "people": people,
        "looked_at": looked_at,
        "decisions": {decision.value: words for decision, words in DECISIONS.items()},
        "refused": fault,
    }
    return section_page(visit, "systemic", context, status=status)
