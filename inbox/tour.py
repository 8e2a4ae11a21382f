"""The first steps of somebody new: what to try, where, and what of it was done for real."""

from collections.abc import Mapping
from dataclasses import dataclass

from inbox.languages import _
from inbox.roles import EXPORTING
from inbox.visit import Visit
from models import EventKind
from store.store import Transaction

PREFERENCE = "first_steps"
_JUDGED = frozenset({EventKind.VERDICT_CONFIRMED, EventKind.RELABELLED})
_ESCALATED = frozenset(
    {
        EventKind.ESCALATED,
        EventKind.HANDED_OVER,
        EventKind.ADVISED,
        EventKind.VERDICT_UNSURE,
        EventKind.COMPLAINT_ACT,
    }
)


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    how: str
    path: str
    query: Mapping[str, str]
    link: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class Tour:
    steps: list[Step]

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def is_finished(self) -> bool:
        return self.done == len(self.steps)


def tour_for(visit: Visit, transaction: Transaction) -> Tour | None:
    """None for those who only look on, and for who has put it away."""
    if visit.user is None or not visit.may_act or is_away(visit):
        return None
    return tour(visit, transaction)


def is_away(visit: Visit) -> bool:
    return bool(visit.preferences.get(PREFERENCE, {}).get("is_away"))


def tour(visit: Visit, transaction: Transaction) -> Tour:
    kinds, is_saved = transaction.first_steps.done(visit.person)
    steps = [
        Step(
            _("See why a case stands where it does"),
            _("Open the first case. The words that decided are marked; beside the label, say whether it is right."),
            "/",
            {},
            _("Queue"),
            bool(kinds & _JUDGED),
        ),
        Step(
            _("Answer one with a saved reply"),
            _(
                "Choose an enquiry, press s or “Saved reply”, fill in what is in braces, and send. With the bundled "
                "sample it is recorded here and goes to nobody."
            ),
            "/",
            {"view": "enquiries"},
            _("Enquiries"),
            is_saved,
        ),
        Step(
            _("Escalate one"),
            _(
                "Open a case and press “Escalate …”: say to whom, why, and what they need to know. Handing it over, "
                "saying “not sure”, or acting on a complaint's own page counts too."
            ),
            "/",
            {"view": "complaints"},
            _("Complaints"),
            bool(kinds & _ESCALATED),
        ),
    ]
    if visit.role in EXPORTING:
        steps.append(
            Step(
                _("Export the register"),
                _("Every complaint of a period as CSV, Excel or JSON lines, with names masked."),
                "/register",
                {},
                _("Register"),
                EventKind.REGISTER_EXPORTED in kinds,
            )
        )
    return Tour(steps)
