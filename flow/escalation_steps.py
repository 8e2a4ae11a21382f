"""What the clock does with escalated cases: the next step when nobody answered, owners for those without, hops counted.

Each step is taken once, whatever runs twice at the same time; after a standstill a case gets one step, not all of them.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from flow.escalating import PROGRAM, Escalating
from flow.hops import look_at_hops, owner_changed
from flow.late import CallsOfTheLate
from flow.routing import anybody_has_room
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


class Known:
    """What one transaction has to know of some escalations, read at once, after their cases were locked."""

    def __init__(self, transaction: Transaction, numbers: Sequence[int]) -> None:
        self._transaction = transaction
        seen = transaction.escalations.several(numbers)
        self._here = transaction.merges.living_of([one.case_id for one in seen])
        transaction.merges.lock([*self._here, *self._here.values()])
        self._escalations = {one.id: one for one in transaction.escalations.several(numbers)}
        living = set(self._here.values())
        self._cases = {case.id: case for case in transaction.cases.several(living)}
        self._families = transaction.merges.families(living)
        family = {each for ids in self._families.values() for each in ids}
        since = min((one.step_at for one in self._escalations.values()), default=datetime.max.replace(tzinfo=UTC))
        self._acts = transaction.events.by_people(family, since=since)
        self._put_off = set(transaction.snoozes.of_cases(living))

    def take(self, number: int) -> tuple[Escalation, StoredCase] | None:
        """Once: what is done with it changes the case, so that the next who asks reads it anew."""
        escalation = self._escalations.pop(number, None)
        here = self._here[escalation.case_id] if escalation is not None else None
        case = (self._cases.pop(here, None) or self._transaction.cases.get(here)) if here is not None else None
        return (escalation, case) if escalation is not None and case is not None else None

    def acts(self, case_id: int) -> list[Event]:
        """What people did in the case, and in those that it stands for, in the order of time."""
        found = [event for each in self._families[case_id] for event in self._acts.get(each, ())]
        return sorted(found, key=lambda event: event.at)

    def is_put_off(self, case_id: int) -> bool:
        return case_id in self._put_off


def look(store: Store, policy: Policy, *, now: datetime, notify: Sequence[str] = ()) -> int:
    """Gives how many cases went a step further, found an owner or raised an alarm. All that is due is looked at."""
    return (
        _all_waiting_again(store, policy, now=now)
        + _all_due(store, policy, now=now, notify=notify)
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


def _all_waiting_again(store: Store, policy: Policy, *, now: datetime) -> int:
    total, last = 0, 0
    while True:
        with store.reading() as transaction:
            found = transaction.escalations.waiting_again(after=last, limit=MOST_AT_ONCE)
        if not found:
            return total
        last = found[-1]
        total += _each(store, found, lambda transaction: Steps(transaction, policy, now=now).wait_again)


def _all_unowned(store: Store, policy: Policy, *, now: datetime) -> int:
    """What nobody could take is left as it is without writing anything: the alarm stands."""
    total, last = 0, 0
    while True:
        with store.reading() as transaction:
            found = transaction.escalations.unowned(after=last, limit=MOST_AT_ONCE)
            wanted = _worth_a_try(transaction, policy, found)
        if not found:
            return total
        last = found[-1]
        total += _each(store, wanted, lambda transaction: Steps(transaction, policy, now=now).find_owner)


def _worth_a_try(transaction: Transaction, policy: Policy, numbers: Sequence[int]) -> list[int]:
    """Those that somebody could own, those whose alarm was not raised, and those whose case is over."""
    if not numbers:
        return []
    teams, found = Teams(transaction, policy.paths), transaction.escalations.several(numbers)
    is_any_free = not policy.skills.is_on or anybody_has_room(transaction, policy)
    here = transaction.merges.living_of([one.case_id for one in found])
    closed = {case.id for case in transaction.cases.several(here.values()) if case.state is CaseState.CLOSED}
    alarms = {one.id: f"unowned:{one.id}:{one.place}" for one in found}
    raised = transaction.events.recorded(alarms.values())
    wanted = []
    for one in found:
        if one.team not in policy.paths.teams:
            continue
        if (
            here[one.case_id] in closed
            or alarms[one.id] not in raised
            or (is_any_free and _free_owner(teams, one) is not None)
        ):
            wanted.append(one.id)
    return wanted


def _free_owner(teams: Teams, escalation: Escalation, case: StoredCase | None = None) -> str | None:
    step = decode(Step, escalation.opening.steps[escalation.place])
    return teams.choose(escalation.team, step.level, but=(escalation.owner, escalation.opening.by), case=case)


def _each(store: Store, numbers: Sequence[int], act_in: Callable[[Transaction], Callable[[Known, int], bool]]) -> int:
    """One that fails fails alone, and is tried again at the next look."""
    if not numbers:
        return 0
    done = 0
    with store.writing() as transaction:
        act, known = act_in(transaction), Known(transaction, numbers)
        for number in numbers:
            try:
                with transaction.part():
                    done += act(known, number)
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
        self._teams = Teams(transaction, policy.paths, self._escalating.routing)

    def move(self, known: Known, number: int) -> bool:
        """Whether a step was taken: not where somebody answered, closed the case, or another process was faster."""
        found = self._open(known, number)
        if found is None:
            return False
        escalation, case = found
        steps = [decode(Step, step) for step in escalation.opening.steps]
        if escalation.step_due_at is None or escalation.step_due_at > self._now:
            return False
        answer = answer_since(known.acts(case.id), escalation.step_at)
        if answer is not None and case.last_message_at > answer.at:
            return self._go_on(escalation, case)
        if answer is not None:
            self._stop(escalation, case, answer)
            return False
        due = walk(steps, escalation.place, escalation.step_due_at, now=self._now, time=self._time)
        return self._take(known, escalation, case, steps, due) if due is not None else self._use_up(escalation, case)

    def _use_up(self, escalation: Escalation, case: StoredCase) -> bool:
        """Nobody answered after the last step either, and no further one calls anybody: its owner and who leads are."""
        if not self._transaction.escalations.use_up(escalation):
            return False
        key = f"path_used_up:{escalation.id}:{escalation.step_at.isoformat()}"
        facts = {"path": escalation.opening.path, "team": escalation.team, "to": escalation.owner or "nobody"}
        self._record(EventKind.PATH_USED_UP, key, case.id, facts)
        calls = CallsOfTheLate(self._transaction, now=self._now)
        calls.add_of_case(case.id, key, Call.PATH_USED_UP, writer=escalation.owner or "", are_leads_told=True)
        return True

    def wait_again(self, known: Known, number: int) -> bool:
        """Of a path that an answer stopped: its author wrote since, and waits for the next one."""
        found = self._open(known, number)
        return found is not None and found[0].stopped_at is not None and self._go_on(*found)

    def _go_on(self, escalation: Escalation, case: StoredCase) -> bool:
        """The time of the next step runs anew, from what the author wrote."""
        steps, since = [decode(Step, step) for step in escalation.opening.steps], case.last_message_at
        due_at = due_after(steps, escalation.place, since, self._time)
        if not self._transaction.escalations.go_on(escalation, since=since, due_at=due_at):
            return False
        facts = {"path": escalation.opening.path, "due_at": due_at.isoformat() if due_at is not None else ""}
        key = f"escalation_goes_on:{escalation.id}:{since.isoformat()}"
        self._record(EventKind.ESCALATION_GOES_ON, key, case.id, facts)
        return True

    def _open(self, known: Known, number: int) -> tuple[Escalation, StoredCase] | None:
        """None where it is over."""
        found = known.take(number)
        if found is None or not found[0].is_open:
            return None
        if found[1].state is CaseState.CLOSED:
            self._transaction.escalations.end(number, Ended.CLOSED, by=PROGRAM, now=self._now)
            return None
        return found

    def _stop(self, escalation: Escalation, case: StoredCase, answer: Event) -> None:
        if self._transaction.escalations.stop(escalation, by=answer.actor, at=answer.at):
            facts = {"path": escalation.opening.path, "by": answer.actor}
            key = f"escalation_stopped:{escalation.id}:{escalation.place}:{escalation.step_at.isoformat()}"
            self._record(EventKind.ESCALATION_STOPPED, key, case.id, facts)

    def _take(self, known: Known, escalation: Escalation, case: StoredCase, steps: Sequence[Step], due: Walk) -> bool:
        step, transaction = steps[due.place], self._transaction
        leads = step.does is not Does.NOTIFY
        chosen = self._chosen(escalation, case, step)
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
        if known.is_put_off(case.id) and wake(transaction, case.id, Why.SERIOUS, now=self._now) is not None:
            case = transaction.cases.get(case.id) or case  # bringing it back raised its version
        taken = replace(escalation, place=due.place, opening=replace(escalation.opening, team=team, owner=owner))
        self._hand_on(escalation, taken, case, step, chosen, key=key, leads=leads)
        return True

    def _hand_on(
        self,
        escalation: Escalation,
        taken: Escalation,
        case: StoredCase,
        step: Step,
        chosen: str | None,
        *,
        key: str,
        leads: bool,
    ) -> None:
        owner = taken.owner
        if owner is not None and owner != escalation.owner:
            self._teams.took(owner)
        if leads and (owner != escalation.owner or step.does is Does.PAGE_OUT):
            teams = (escalation.team, taken.team)
            self._escalating.give(
                case, taken, step, owner, key=key, reason=TIME_RAN_OUT, by=self._paths.title, teams=teams
            )
        elif chosen is not None:
            self._escalating.call(case, chosen, Call.ESCALATION_TOLD, key=key, by=PROGRAM)

    def _chosen(self, escalation: Escalation, case: StoredCase, step: Step) -> str | None:
        """By what people can do only where the case is to be theirs; who is told needs no room."""
        if not self._is_known(step):
            return None
        given = case if step.does is not Does.NOTIFY else None
        return self._teams.choose(step.team, step.level, but=(escalation.owner,), case=given)

    def _is_known(self, step: Step) -> bool:
        """A file that was edited since may not have this team any more."""
        return step.team in self._paths.teams

    def find_owner(self, known: Known, number: int) -> bool:
        """For a case that nobody has, as soon as its team has people; until then the alarm stands."""
        found = self._open(known, number)
        if found is None:
            return False
        escalation, case = found
        if escalation.team not in self._paths.teams:
            return False
        owner = _free_owner(self._teams, escalation, case)
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
        self._escalating.routing.gave(case, owner, key=key)
        self._escalating.call(case, owner, Call.ESCALATED, key=key, by=PROGRAM)
        self._teams.took(owner)
        return True

    def _record(self, kind: EventKind, key: str, case_id: int, facts: Mapping[str, object]) -> None:
        event = Event(key, kind, self._now, ActorKind.RULE, "earshot", case_id, facts=facts)
        self._transaction.events.record([event], now=self._now)
