"""History again under another policy, calendar or classifier: case by case what would be otherwise. Writes nothing.

A case is decided twice from the same past, by the present rules and by the others, so that whatever differs comes of
the rules. Whether the present rules give what the case really has is said beside it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from flow.complaint_clocks import dues_of
from flow.complaint_writing import decided
from flow.early_warning import warned
from flow.past import CasePast, Judge, Pasts, Words
from measure.replayed import Outcome, Shown, shown
from models import Decision, Verdict
from models.complaint import Life
from policy.loading import Policy
from register.life import fold
from store.cases import StoredCase
from store.store import Store, Transaction
from triage.replaying import Replayed, replay
from triage.score import with_clocks_of

BATCH = 100
"""Cases read together, in one short transaction."""
NOT_DECIDED = "never decided"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of history."""

    since: datetime
    until: datetime
    """Cases with a message said from `since` to before `until`; each is replayed whole."""
    present: Policy
    other: Policy
    classifier: str | None = None
    """Version whose verdicts count instead; None: those that counted."""


@dataclass(frozen=True, slots=True)
class Found:
    """What is to be said of one case."""

    case_id: int
    outcome: Outcome | None
    left_out: str | None
    """Why it could not be replayed."""


def replayed(store: Store, question: Question, *, judge: Judge | None = None, after: int = 0) -> Iterator[Found]:
    """Every case, by its number; reads a batch at a time and keeps none.

    Args:
        judge: the classifier of `question.classifier`, for messages that it has not judged yet.
    """
    while True:
        found = look_at(store, question, judge=judge, after=after)
        yield from found
        if len(found) < BATCH:
            return
        after = found[-1].case_id


def look_at(
    store: Store, question: Question, *, judge: Judge | None = None, after: int = 0, limit: int = BATCH
) -> list[Found]:
    """The next cases after number `after`."""
    with store.reading() as transaction:
        ids = transaction.past.cases_between(question.since, question.until, after=after, limit=limit)
        pasts = Pasts(transaction, ids)
        cases = {number: case for number in ids if (case := transaction.cases.get(number)) is not None}
        lives = {number: _life(transaction, case) for number, case in cases.items()}
        touched = transaction.past.touched(ids)
        gone_through = {number: pasts.of_case(number) for number in cases}
        given = _judged(gone_through.values(), question.classifier, judge)
        found = []
        for number, case in cases.items():
            past = gone_through[number]
            why = past.why_not
            lived = _Lived(transaction, case, lives[number], question.present)
            outcome = _outcome(lived, past, question, given, is_touched=number in touched) if why is None else None
            found.append(Found(number, outcome, why or (NOT_DECIDED if outcome is None else None)))
    return found


def _judged(pasts: Iterable[CasePast], version: str | None, judge: Judge | None) -> Mapping[Words, Verdict]:
    """What this version has not judged yet, of all these cases together: that is how it is fast."""
    if version is None or judge is None:
        return {}
    missing = [seen for past in pasts if past.why_not is None for seen in past.unjudged(version)]
    verdicts = judge([seen.mention for seen in missing], [seen.history for seen in missing]) if missing else ()
    return {(seen.mention.id, seen.mention.text): verdict for seen, verdict in zip(missing, verdicts, strict=True)}


def _life(transaction: Transaction, case: StoredCase) -> Life | None:
    return fold(transaction.register.of_complaint(case.complaint_id)) if case.complaint_id is not None else None


class _Lived:
    """A case's decision with what people made of its complaint since, and what warned early of it."""

    def __init__(self, transaction: Transaction, case: StoredCase, life: Life | None, present: Policy) -> None:
        self._transaction = transaction
        self._life = life
        self._present = present
        self.case = case

    def decision(self, replayed: Replayed, before: Replayed, policy: Policy) -> Decision:
        """Types that people recorded, clocks that they moved and the safe-contact path stay, whatever the rules."""
        standing = warned(self._transaction, policy, self.case.id, replayed.standing)
        life = self._life
        if life is None or not standing.is_complaint:
            return standing
        since, was = replayed.complaint_since, before.complaint_since
        if since is not None and was is not None and since != was:
            life = replace(life, received_at=since)
        if not life.type_changes and life.types == (self._present.house.complaint_type,):
            life = replace(life, types=(policy.house.complaint_type,))
        return decided(standing, life, dues_of(life, policy))

    def is_as(self, decision: Decision) -> bool:
        """Whether the case really has this. Clocks are those that tick, and what they give in the queue is theirs."""
        has, was = _shown(self.case.decision), _shown(with_clocks_of(decision, self.case.decision))
        ticking = self._transaction.cases.clocks_of(self.case.id)
        return replace(has, clocks=was.clocks) == was and all(was.clocks.get(one.key) == one.due_at for one in ticking)


def _outcome(
    lived: _Lived, past: CasePast, question: Question, given: Mapping[Words, Verdict], *, is_touched: bool
) -> Outcome | None:
    before = replay(past.steps, past.look, question.present)
    other = past.judged_by(question.classifier, given) if question.classifier is not None else past
    after = replay(other.steps, other.look, question.other)
    if before is None or after is None:
        return None
    case = lived.case
    decision = lived.decision(before, before, question.present)
    was = _shown(decision)
    would = _shown(lived.decision(after, before, question.other))
    return Outcome(case.id, case.channel, case.received_at, is_touched, lived.is_as(decision), was, would)


def _shown(decision: Decision) -> Shown:
    return shown(decision, {due.key: due.at.astimezone(UTC) for due in decision.dues})
