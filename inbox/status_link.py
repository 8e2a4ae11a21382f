"""The link to a customer's own page in a reply: a placeholder until the reply is sent, then the address."""

from flow.automation import why_silent
from flow.public_links import PLACEHOLDERS, Links
from inbox.languages import _
from inbox.visit import Visit
from models.follow_up import LinkPurpose
from store.cases import StoredCase
from store.store import Transaction

MARK = PLACEHOLDERS[LinkPurpose.STATUS]
_NOBODYS = "0" * 12


def why_no_link(visit: Visit, transaction: Transaction, case: StoredCase) -> str:
    """Why no link can be given in this case; empty where one can."""
    if _links(visit).base is None:
        return _("No public address is set (EARSHOT_PUBLIC_URL), so no status link can be given.")
    if why_silent(transaction, case.id) is not None:
        return _(
            "No status link here: there is a representative, or contact goes a way that was agreed, and a link can be "
            "opened by whoever holds it."
        )
    return ""


def example(visit: Visit) -> str:
    """An address as long as a real one, so that a text can be counted; it leads nowhere."""
    links = _links(visit)
    return links.address(LinkPurpose.STATUS, _NOBODYS) if links.base is not None else MARK


def as_counted(visit: Visit, text: str) -> str:
    return text.replace(MARK, example(visit)) if MARK in text else text


def with_link(text: str) -> str:
    """The draft with the placeholder at its end, once."""
    return text if MARK in text else f"{text.rstrip()}\n\n{MARK}".lstrip()


def _links(visit: Visit) -> Links:
    return Links.of(visit.inbox.settings, visit.inbox.policy.follow_up.links)
