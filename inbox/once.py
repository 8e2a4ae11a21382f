"""Forms of accounts: sent twice, by a double click or out of the memory of a browser, they are carried out once."""

from datetime import timedelta

from inbox.composer import sent_form_key
from inbox.errors import not_logged_in
from inbox.languages import N_
from inbox.visit import Visit
from store.store import Transaction

KNOWN_FOR = timedelta(days=30)
"""No session lasts longer, and a form is good for its session alone."""
WAS_SENT = N_(
    "This form came a second time and was carried out once. What it showed then is shown nowhere again: if you did not"
    " see it, make a new one."
)


def is_sent(visit: Visit) -> bool:
    """Looked at before a code or a password is, for those are good once. Counts nothing. Raises: RefusedError."""
    with visit.inbox.store.reading() as transaction:
        return transaction.sent_forms.is_sent(_person(visit), sent_form_key(visit))


def is_first(visit: Visit, transaction: Transaction) -> bool:
    """In the transaction of what the form does: False where it was done before. Raises: RefusedError."""
    key = sent_form_key(visit)
    return transaction.sent_forms.take(_person(visit), key, now=visit.now, expires_at=visit.now + KNOWN_FOR)


def _person(visit: Visit) -> int:
    if visit.session is None:
        raise not_logged_in()
    return visit.session.user.id
