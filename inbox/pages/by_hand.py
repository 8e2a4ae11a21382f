"""Setting tier, priority and tags of a case."""

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


def set_by_hand(visit: Visit) -> Response:
    case_id, by = visit.path_id(), By(visit.person, visit.now, sent_form_key(visit))
    tier, priority = visit.number_field("tier"), visit.field("priority")
    if tier not in {int(one) for one in Tier} or priority not in {one.value for one in Priority}:
        raise bad_form(_("it names no tier or no priority that there is"))
    with visit.inbox.store.writing() as transaction:
        if transaction.events.is_recorded(by_hand.key_of(case_id, by.form_key)):
            return visit.go(f"/cases/{case_id}", notice="saved")
        case = visit.open_as_shown(transaction, case_id)
        try:
            tags = by_hand.tags_in(visit.form.get("tags", ""), case.decision.tags)
            wanted = by_hand.Wanted(Tier(tier), Priority(priority), tags)
            reason, desk = visit.form.get("reason", ""), visit.inbox.settings.desk
            by_hand.set_by_hand(transaction, visit.inbox.policy, case, wanted, reason, by, desk=desk)
        except NotSoError as error:
            raise RefusedError(
                409, _("This case was not changed"), _("Nothing was changed: %(in_words)s", in_words=in_words(error))
            ) from error
    return visit.go(f"/cases/{case.id}", notice="saved")


def leave_to_rules(visit: Visit) -> Response:
    """What was set by hand is taken back: the case stands again as its messages and the rules have it."""
    case_id, by = visit.path_id(), By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        if not transaction.events.is_recorded(by_hand.key_of(case_id, by.form_key)):
            case = visit.open_as_shown(transaction, case_id)
            by_hand.leave_to_rules(transaction, visit.inbox.policy, case, by, desk=visit.inbox.settings.desk)
    return visit.go(f"/cases/{case_id}", notice="saved")
