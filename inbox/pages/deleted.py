"""The words of a message that its author deleted, as the register keeps them for the roles that the pack names."""

import logging

from starlette.responses import Response

from flow.named import RefusedError as KeptBackError
from flow.platform_deletion import kept_words
from inbox.errors import RefusedError, not_found
from inbox.languages import _
from inbox.visit import Visit

logger = logging.getLogger(__name__)


def show_kept(visit: Visit) -> Response:
    mention_id = str(visit.request.path_params["id"])
    with visit.inbox.store.reading() as transaction:
        item = visit.open_mention(transaction, mention_id)
        try:
            kept = kept_words(transaction, visit.inbox.retention, mention_id, role=visit.role.value)
        except KeptBackError as error:
            raise RefusedError(403, _("These words are not for your role"), f"{str(error).capitalize()}.") from None
        deletion = transaction.retention.deletions([mention_id]).get(mention_id)
    if deletion is None:
        raise not_found(_("deleted message with this id"))
    logger.info("kept words read: person=%s message=%s", visit.person, mention_id)
    return visit.page("kept.html", {"kept": kept, "deletion": deletion, "case_id": item.case_id})
