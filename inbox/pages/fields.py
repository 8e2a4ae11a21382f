"""Setting the firm's own fields of a case."""

from starlette.responses import Response

from flow.custom_fields import set_fields
from flow.teamwork import By
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.errors import RefusedError
from inbox.languages import _
from inbox.visit import Visit
from models.errors import RecordError
from store.cases import StaleCaseError

PREFIX = "field."


def set_on_case(visit: Visit) -> Response:
    given = {name.removeprefix(PREFIX): value for name, value in visit.form.items() if name.startswith(PREFIX)}
    by = By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        case = visit.open_as_shown(transaction, visit.path_id())
        try:
            is_new = set_fields(transaction, visit.inbox.policy, case, given, by)
        except StaleCaseError:
            raise
        except RecordError as error:
            raise RefusedError(422, _("Nothing was saved"), in_words(error)) from error
    return visit.go(f"/cases/{case.id}", notice="saved" if is_new else "already_so", anchor="#custom-fields")
