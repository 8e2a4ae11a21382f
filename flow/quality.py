"""A lead scores how a case was handled, by the rubric."""

from collections.abc import Mapping

from flow.teamwork import By, record
from models import EventKind
from models.errors import RecordError
from policy.quality_rubric import Mark, Rubric
from store.cases import StoredCase
from store.outbox import Effect
from store.quality import Score
from store.store import Transaction


def score(transaction: Transaction, case: StoredCase, rubric: Rubric, marks: Mapping[str, Mark], by: By) -> None:
    """In the place of this person's earlier score. Sent twice, it is kept once.

    Raises: RecordError where a question has no mark, or the person answered this case.
    """
    key = _key(case.id, by)
    if was_scored(transaction, case.id, by):
        return
    points = rubric.points(marks)
    rows = [row for row in transaction.outbox.of_case(case.id) if row.effect is Effect.SEND_REPLY]
    if any(row.payload.get("person") == by.person for row in rows):
        raise RecordError(f"You answered case {case.id}; somebody else scores it.")
    given = {question: mark.value for question, mark in marks.items()}
    transaction.quality.keep(Score(case.id, by.person, by.at, rubric.title, given, points, case.decision.team))
    facts = {"points": round(points), "rubric": rubric.title}
    record(transaction, EventKind.QUALITY_SCORED, key, by, facts, case_id=case.id)


def was_scored(transaction: Transaction, case_id: int, by: By) -> bool:
    """With this very form."""
    return transaction.events.is_recorded(_key(case_id, by))


def _key(case_id: int, by: By) -> str:
    return f"{EventKind.QUALITY_SCORED.value}:{case_id}:{by.form_key}"
