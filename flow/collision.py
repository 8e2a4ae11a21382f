"""Two people, one message: the second answer is refused unless its writer knows of the first and sends it anyway.

To be called inside the transaction that adds the outbox row: the case stays locked until that row is committed, so of
two people who send at the same instant one waits, and then sees the other's answer.
"""

from dataclasses import dataclass

from flow.away import is_away_answer
from models.follow_up import SURVEY
from store.cases import StaleCaseError, StoredCase
from store.outbox import Effect, OutboxRow, OutboxState
from store.store import Transaction

VAIN = (OutboxState.FAILED, OutboxState.GIVEN_UP)


@dataclass(frozen=True, slots=True)
class Earlier:
    """An answer that is there already."""

    outbox_id: int
    by: str
    is_by_other: bool
    is_private: bool


def earlier_answer(
    transaction: Transaction, case: StoredCase, *, mention_id: str, key: str, person: str, is_private: bool
) -> Earlier | None:
    """The newest answer to the same message that this one would collide with. Locks the case.

    Not counted: this very form sent twice (`key`), answers that failed, and one's own answer to another audience, such
    as the public "we write to you" before the private message.
    """
    locked = transaction.cases.of_conversation(case.conversation_key)
    if locked is not None and locked.id != case.id:
        raise StaleCaseError(f"case {case.id} was merged into case {locked.id} meanwhile; nothing was done")
    found = [
        _earlier(row, person)
        for row in transaction.outbox.of_case(case.id)
        if row.mention_id == mention_id and row.key != key and answers(row)
    ]
    colliding = [each for each in found if each.is_by_other or each.is_private == is_private]
    return colliding[-1] if colliding else None


def answers(row: OutboxRow) -> bool:
    """Whether this is, or will be, an answer; a question of ours and a word that nobody is here answer nothing."""
    is_answer = row.effect is Effect.SEND_REPLY and not row.payload.get(SURVEY) and not is_away_answer(row)
    return is_answer and row.state not in VAIN


def _earlier(row: OutboxRow, person: str) -> Earlier:
    by = str(row.payload.get("person") or "automation")
    return Earlier(row.id, by, by != person, bool(row.payload.get("is_private")))
