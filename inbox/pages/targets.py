"""A person notes that a customer was answered, or told how things stand, by another way."""

from starlette.responses import Response

from flow.targets import told_elsewhere
from flow.teamwork import By
from inbox.composer import sent_form_key
from inbox.errors import RefusedError, bad_form
from inbox.languages import _
from inbox.visit import Visit
from models import CaseState

LONGEST_WORDS = 500


def tell(visit: Visit) -> Response:
    words, key = visit.field("words").strip(), sent_form_key(visit)
    if not words or len(words) > LONGEST_WORDS:
        raise bad_form(_("say in 1 to %(most)s characters how the customer was told", most=LONGEST_WORDS))
    with visit.inbox.store.writing() as transaction:
        case_id = visit.path_id()
        if transaction.events.is_recorded(f"customer_told:{case_id}:{key}"):
            return visit.go(f"/cases/{case_id}", notice="saved")
        case = visit.open_as_shown(transaction, case_id)
        if case.state is CaseState.CLOSED:
            raise RefusedError(409, _("This case is closed"), _("Open it again first, if there is more to tell."))
        told_elsewhere(transaction, case.id, words, By(visit.person, visit.now, key))
    return visit.go(f"/cases/{case_id}", notice="saved", anchor="#targets-title")
