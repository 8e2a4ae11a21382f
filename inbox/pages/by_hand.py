"""Setting tier, priority and tags of a case."""

from collections.abc import Callable

from starlette.responses import Response

from flow import by_hand
from flow.named import RefusedError as NotSoError
from flow.teamwork import By
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.errors import RefusedError, bad_form
from inbox.languages import _
from inbox.visit import Visit
from models import Priority, Tier
from store.cases import StoredCase
from store.store import Transaction


def set_by_hand(visit: Visit) -> Response:
    tier, priority = visit.number_field("tier"), visit.field("priority")
    if tier not in {int(one) for one in Tier} or priority not in {one.value for one in Priority}:
        raise bad_form(_("it names no tier or no priority that there is"))

    def act(transaction: Transaction, case: StoredCase, by: By, desk: str) -> None:
        tags = by_hand.tags_in(visit.form.get("tags", ""), case.decision.tags)
        wanted, reason = by_hand.Wanted(Tier(tier), Priority(priority), tags), visit.form.get("reason", "")
        by_hand.set_by_hand(transaction, visit.inbox.policy, case, wanted, reason, by, desk=desk)

    return _once(visit, act)


def leave_to_rules(visit: Visit) -> Response:
    """What was set by hand is taken back: the case stands again as its messages and the rules have it."""

    def act(transaction: Transaction, case: StoredCase, by: By, desk: str) -> None:
        by_hand.leave_to_rules(transaction, visit.inbox.policy, case, by, desk=desk)

    return _once(visit, act)


def _once(visit: Visit, act: Callable[[Transaction, StoredCase, By, str], None]) -> Response:
    case_id, by = visit.path_id(), By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        if not transaction.events.is_recorded(by_hand.key_of(case_id, by.form_key)):
            case = visit.open_as_shown(transaction, case_id)
            try:
                act(transaction, case, by, visit.inbox.settings.desk)
            except NotSoError as error:
                raise RefusedError(
                    409,
                    _("This case was not changed"),
                    _("Nothing was changed: %(in_words)s", in_words=in_words(error)),
                ) from error
    return visit.go(f"/cases/{case_id}", notice="saved")
