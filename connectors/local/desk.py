"""A support desk in our own database: the inbox shows its tickets."""

from datetime import UTC, datetime

from models import Comment, Receipt, StandingPage, Ticket, TicketUpdate
from models.errors import RetryableError
from store.store import Store


class LocalDesk:
    """Implements `connectors.base.Desk`. Both effects are keyed, so a repeat changes nothing."""

    name = "local"

    def __init__(self, store: Store) -> None:
        self._store = store

    def check(self) -> None:
        with self._store.reading() as transaction:
            transaction.local_desk.find_ticket("")

    def find_ticket(self, external_id: str) -> Receipt | None:
        with self._store.reading() as transaction:
            number = transaction.local_desk.find_ticket(external_id)
        return None if number is None else _ticket(number, found=True)

    def create_ticket(self, ticket: Ticket) -> Receipt:
        with self._store.writing() as transaction:
            return _ticket(transaction.local_desk.add_ticket(ticket, now=datetime.now(UTC)), found=False)

    def find_comment(self, comment: Comment) -> Receipt | None:
        with self._store.reading() as transaction:
            number = transaction.local_desk.find_comment(comment)
        return None if number is None else Receipt(f"comment {number}", found=True)

    def add_comment(self, comment: Comment) -> Receipt:
        with self._store.writing() as transaction:
            if transaction.local_desk.find_ticket(comment.external_id) is None:
                raise RetryableError(f"local: no ticket {comment.external_id!r} yet to add a note to")
            return Receipt(f"comment {transaction.local_desk.add_comment(comment, now=datetime.now(UTC))}")

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        with self._store.writing() as transaction:
            number = transaction.local_desk.update_ticket(update, now=datetime.now(UTC))
        if number is None:
            raise RetryableError(f"local: no ticket {update.external_id!r} yet to change")
        return _ticket(number, found=True)

    def standings(self, cursor: str | None) -> StandingPage:
        with self._store.reading() as transaction:
            since = int(cursor) if cursor and cursor.isdecimal() else transaction.local_desk.last_change()
            changes = transaction.local_desk.changes(since)
        return StandingPage([standing for _, standing in changes], str(changes[-1][0] if changes else since))


def _ticket(number: int, *, found: bool) -> Receipt:
    return Receipt(str(number), url=f"/desk/{number}", found=found)
