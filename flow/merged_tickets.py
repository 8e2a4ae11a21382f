"""What a merge or a split tells the support desk: notes on the tickets that are there, and no second one for a case."""

from datetime import datetime

from models import Comment, TicketStatus, TicketUpdate
from store.cases import StoredCase
from store.encoding import encode
from store.outbox import Effect, OutboxRow
from store.store import Transaction
from triage.ticket import make_ticket


class MergedTickets:
    """`mark` names the act: each note and change is carried out once for it. `sweep` has them delivered."""

    def __init__(self, transaction: Transaction, *, mark: str, now: datetime) -> None:
        self._transaction = transaction
        self._mark = mark
        self._now = now

    def of(self, case_id: int) -> OutboxRow | None:
        """The ticket of this very case, whether or not it reached the desk yet."""
        rows = self._transaction.outbox.of_case(case_id)
        return next((row for row in reversed(rows) if row.effect is Effect.CREATE_TICKET), None)

    def note(self, case_id: int, text: str) -> None:
        """On the ticket that this case uses; nothing where it has none."""
        ticket = self.of(self._transaction.merges.ticket_case(case_id))
        if ticket is not None:
            key = f"{self._mark}-{case_id}"
            self._add(ticket, Effect.ADD_COMMENT, key, encode(Comment(ticket.key, key, text)))

    def note_own(self, case_id: int, text: str, status: TicketStatus | None) -> None:
        """On the ticket of this very case, which is solved or opened with it."""
        ticket = self.of(case_id)
        if ticket is None:
            return
        key = f"{self._mark}-{case_id}"
        self._add(ticket, Effect.ADD_COMMENT, key, encode(Comment(ticket.key, key, text)))
        if status is not None:
            update = TicketUpdate(ticket.key, f"{key}-{status.value}", status=status)
            self._add(ticket, Effect.UPDATE_TICKET, update.key, encode(update))

    def change(self, case_id: int, before: StoredCase) -> None:
        """What the desk is to know of how the case is decided now."""
        now = self._transaction.cases.get(case_id)
        ticket = self.of(self._transaction.merges.ticket_case(case_id))
        if ticket is None or now is None:
            return
        was, become = before.decision, now.decision
        update = TicketUpdate(
            ticket.key,
            f"{self._mark}-{case_id}-change",
            priority=become.priority if become.priority is not was.priority else None,
            team=become.team if become.team != was.team else None,
            add_tags=tuple(tag for tag in become.tags if tag not in was.tags),
        )
        if update.priority or update.team or update.add_tags:
            self._add(ticket, Effect.UPDATE_TICKET, update.key, encode(update))

    def open(self, case: StoredCase, mention_id: str, desk: str) -> None:
        """The ticket of a case that was split off, where its decision asks for one."""
        verdict = self._transaction.verdicts.latest([mention_id]).get(mention_id)
        if not case.decision.wants_ticket or verdict is None:
            return
        [item] = self._transaction.mentions.get([mention_id])
        ticket = make_ticket(
            item.mention, verdict, case.decision, key=case.conversation_key, case_id=case.id, complaint_id=None
        )
        self._transaction.outbox.add(
            Effect.CREATE_TICKET,
            sink=desk,
            key=ticket.external_id,
            case_id=case.id,
            mention_id=mention_id,
            payload=encode(ticket),
            now=self._now,
        )

    def _add(self, ticket: OutboxRow, effect: Effect, key: str, payload: dict[str, object]) -> None:
        self._transaction.outbox.add(
            effect,
            sink=ticket.sink,
            key=key,
            case_id=ticket.case_id,
            mention_id=ticket.mention_id,
            payload=payload,
            now=self._now,
        )
