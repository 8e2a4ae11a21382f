"""A desk that can be down for hours."""

from connectors.desk_in_memory import DeskInMemory
from models import Comment, Receipt, Ticket, TicketUpdate


class DeskWithOutages(DeskInMemory):
    """While there is an `outage` nothing is taken and nothing is told: everything raises it."""

    def __init__(self) -> None:
        super().__init__()
        self.outage: Exception | None = None

    def find_ticket(self, external_id: str) -> Receipt | None:
        self._answer()
        return super().find_ticket(external_id)

    def create_ticket(self, ticket: Ticket) -> Receipt:
        self._answer()
        return super().create_ticket(ticket)

    def find_comment(self, comment: Comment) -> Receipt | None:
        self._answer()
        return super().find_comment(comment)

    def add_comment(self, comment: Comment) -> Receipt:
        self._answer()
        return super().add_comment(comment)

    def update_ticket(self, update: TicketUpdate) -> Receipt:
        self._answer()
        return super().update_ticket(update)

    def _answer(self) -> None:
        if self.outage is not None:
            raise self.outage
