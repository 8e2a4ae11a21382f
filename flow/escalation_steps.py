"""What the clock does with escalated cases: the next step when nobody answered, owners for those without, hops counted.

Each step is taken once, whatever runs twice at the same time; after a standstill a case gets one step, not all of them.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from flow.escalating import PROGRAM, Escalating
from flow.hops import look_at_hops, owner_changed
from flow.snoozing import Why, wake
from flow.teams import Teams
from models import ActorKind, CaseState, Event, EventKind
from policy.loading import Policy
from policy.paths import TIME_RAN_OUT, Does, Step
from store.callouts import Call
from store.cases import StoredCase
from store.encoding import decode
from store.escalations import Ended, Escalation
from store.store import Store, Transaction
from triage.paths import Walk, answer_since, due_after, walk
from triage.working_time import working_time_of

logger = logging.getLogger(__name__)

MOST_AT_ONCE = 200


def look(store: Store, policy: Policy, *, now: datetime, notify: Sequence[str] = ()) -> int:
    """Gives how many cases went a step further, found an owner or raised an alarm. All that is due is looked at."""
    return (
        _all_due(store, policy, now=now, notify=notify)
        + _all_unowned(store, policy, now=now)
        + look_at_hops(store, most=policy.paths.most_hops, now=now)
    )


def _all_due(store: Store, policy: Policy, *, now: datetime, notify: Sequence[str]) -> int:
    total, last = 0, None
    while True:
        with store.reading() as transaction:
            due = transaction.escalations.due(now=now, after=last, limit=MOST_AT_ONCE)
        if not due:
            return total
        last = due[-1]
        numbers = [number for _, number in due]
        total += _each(store, numbers, lambda transaction: Steps(transaction, policy, now=now, notify=notify).move)


def _all_unowned(store: Store, policy: Policy, *, now: datetime) -> int:
    total, last = 0, 0
    while True:
        with store.reading() as transaction:
            found = transaction.escalations.unowned(after=last, limit=MOST_AT_ONCE)
        if not found:
            return total
        last = found[-1]
        total += _each(store, found, lambda transaction: Steps(transaction, policy, now=now).find_owner)


def _each(store: Store, numbers: Sequence[int], act_in: Callable[[Transaction], Callable[[int], bool]]) -> int:
    """One that fails fails alone, and is tried again at the next look."""
    done = 0
    with store.writing() as transaction:
        act = act_in(transaction)
        for number in numbers:
            try:
                with transaction.part():
                    done += act(number)
            except Exception:
                logger.exception("escalation %d could not be looked at", number)
    return done


class Steps:
    """The next step of escalated cases, in one transaction."""

    def __init__(self, transaction: Transaction, policy: Policy, *, now: datetime, notify: Sequence[str] = ()) -> None:
        self._transaction = transaction
        self._paths = policy.paths
        self._time = working_time_of(policy)
        self._now = now
        self._escalating = Escalating(transaction, policy, now=now, notify=notify)
        self._teams = Teams(transaction, policy.paths)

    def move(self, number: int) -> bool:
        """Whether a step was taken: not where somebody answered, closed the case, or another process was faster."""
        found = self._locked(number)
        if found is None:
            return False
        escalation, case = found
        steps = [decode(Step, step) for step in escalation.opening.steps]
        due = walk(steps, escalation.place, escalation.step_due_at, now=self._now, time=self._time)
        if due is None:
            return False
        answer = answer_since(self._events(case.id), escalation.step_at)
        if answer is not None:
            self._stop(escalation, case, answer)
            return False
        return self._take(escalation, case, steps, due)

    def _locked(self, number: int) -> tuple[Escalation, StoredCase] | None:
        """As it stands once its case is ours; None where it is over."""
        transaction = self._transaction
        seen = transaction.escalations.get(number)
        if seen is None:
            return None
        here = transaction.merges.living(seen.case_id)
        transaction.merges.lock([here, seen.case_id])
        escalation, case = transaction.escalations.get(number), transaction.cases.get(here)
        if escalation is None or case is None or not escalation.is_open:
            return None
        if case.state is CaseState.CLOSED:
            transaction.escalations.end(number, Ended.CLOSED, by=PROGRAM, now=self._now)
            return None
        return escalation, case

    def _events(self, case_id: int) -> list[Event]:
        family = self._transaction.merges.family(case_id)
        found = [event for each in family for event in self._transaction.events.of_case(each)]
        return sorted(found, key=lambda event: event.at)

    def _stop(self, escalation: Escalation, case: StoredCase, answer: Event) -> None:
        if self._transaction.escalations.stop(escalation, by=answer.actor, at=answer.at):
            facts = {"path": escalation.opening.path, "by": answer.actor}
            key = f"escalation_stopped:{escalation.id}:{escalation.place}"
            self._record(EventKind.ESCALATION_STOPPED, key, case.id, facts)

    def _take(self, escalation: Escalation, case: StoredCase, steps: Sequence[Step], due: Walk) -> bool:
        step, transaction = steps[due.place], self._transaction
        leads = step.does is not Does.NOTIFY
        chosen = self._teams.choose(step.team, step.level, but=(escalation.owner,)) if self._is_known(step) else None
        owner = chosen if leads and chosen is not None else escalation.owner
        team = step.team if owner != escalation.owner else escalation.team
        following = due_after(steps, due.place, self._now, self._time)
        is_ours = transaction.escalations.take_step(
            escalation, due.place, team=team, owner=owner, due_at=following, now=self._now
        )
        if not is_ours:
            return False
        for place in due.passed_over:
            facts = {"path": escalation.opening.path, "step": place + 1, "team": steps[place].team}
            self._record(EventKind.ESCALATION_PASSED_OVER, f"escalation_step:{escalation.id}:{place}", case.id, facts)
        key = f"escalation_step:{escalation.id}:{due.place}"
        said: dict[str, object] = {"path": escalation.opening.path, "step": due.place + 1, "team": step.team}
        said |= {"kind": step.does.value, "to": chosen or "nobody", "due_at": due.due_at.isoformat()}
        self._record(EventKind.ESCALATION_STEP, key, case.id, said)
        wake(transaction, case.id, Why.SERIOUS, now=self._now)
        self._hand_on(escalation, case, step, owner, chosen, key=key, leads=leads)
        return True

    def _hand_on(
        self,
        escalation: Escalation,
        case: StoredCase,
        step: Step,
        owner: str | None,
        chosen: str | None,
        *,
        key: str,
        leads: bool,
    ) -> None:
        case = self._transaction.cases.get(case.id) or case  # bringing it back raised its version
        taken = self._transaction.escalations.get(escalation.id) or escalation
        if owner is not None and owner != escalation.owner:
            self._teams.took(owner)
        if leads and (owner != escalation.owner or step.does is Does.PAGE_OUT):
            teams = (escalation.team, taken.team)
            self._escalating.give(
                case, taken, step, owner, key=key, reason=TIME_RAN_OUT, by=self._paths.title, teams=teams
            )
        elif chosen is not None:
            self._escalating.call(case, chosen, Call.ESCALATION_TOLD, key=key, by=PROGRAM)

    def _is_known(self, step: Step) -> bool:
        """A file that was edited since may not have this team any more."""
        return step.team in self._paths.teams

    def find_owner(self, number: int) -> bool:
        """For a case that nobody has, as soon as its team has people; until then the alarm stands."""
        found = self._locked(number)
        if found is None:
            return False
        escalation, case = found
        step = decode(Step, escalation.opening.steps[escalation.place])
        if escalation.team not in self._paths.teams:
            return False
        owner = self._teams.choose(escalation.team, step.level, but=(escalation.owner, escalation.opening.by))
        if owner is None:
            facts = {"team": escalation.team, "path": escalation.opening.path}
            alarm = f"unowned:{escalation.id}:{escalation.place}"
            self._record(EventKind.UNOWNED_ESCALATION, alarm, case.id, facts)
            return False
        key = f"owner_found:{escalation.id}:{escalation.place}:{case.version}"
        facts = {"team": escalation.team, "path": escalation.opening.path, "to": owner}
        self._record(EventKind.OWNER_FOUND, key, case.id, facts)
        self._transaction.cases.assign(case.id, owner, version=case.version, now=self._now)
        owner_changed(
            self._transaction,
            case.id,
            case.owner,
            owner,
            key=key,
            reason=TIME_RAN_OUT,
            by=self._paths.title,
            at=self._now,
        )
        self._escalating.call(case, owner, Call.ESCALATED, key=key, by=PROGRAM)
        self._teams.took(owner)
        return True

    def _record(self, kind: EventKind, key: str, case_id: int, facts: Mapping[str, object]) -> None:
        event = Event(key, kind, self._now, ActorKind.RULE, "earshot", case_id, facts=facts)
        self._transaction.events.record([event], now=self._now)
