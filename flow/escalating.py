"""A case is escalated: by a person, by who is not sure, or by a rule; sent back with advice, or settled.

Each act is one transaction of the caller's, with its event, and is carried out once for one form. No clock of a
regulator moves, and nothing here touches the register.
"""

from collections.abc import Sequence
from datetime import datetime

from flow.hops import RETURNED, owner_changed
from flow.named import RefusedError
from flow.outside import Notice, tell_outside
from flow.routing import Routing
from flow.snoozing import Why, wake
from flow.teams import Teams
from flow.teamwork import By, record, write_note
from models import ActorKind, CaseState, Event, EventKind
from policy.loading import Policy
from policy.paths import BY_RULE, UNSURE, Does, EscalationPath, EscalationPaths, Step
from store.callouts import Call
from store.cases import StaleCaseError, StoredCase
from store.encoding import encode
from store.escalations import Ended, Escalation, Opening
from store.store import Transaction
from triage.paths import PathFacts, automatic, due_after, upwards
from triage.working_time import working_time_of

LONGEST_NOTE_CHARACTERS = 10_000
NOT_SURE = "I am not sure what to do here."
PROGRAM = "Earshot"


class Escalating:
    """The acts on escalated cases, in one transaction."""

    def __init__(self, transaction: Transaction, policy: Policy, *, now: datetime, notify: Sequence[str] = ()) -> None:
        """`notify`: the sinks outside the inbox where who is on call is told, too."""
        self._transaction = transaction
        self._paths: EscalationPaths = policy.paths
        self._time = working_time_of(policy)
        self._now = now
        self._notify = notify
        self.routing = Routing(transaction, policy, now=now)
        self._teams = Teams(transaction, policy.paths, self.routing)

    # by people

    def escalate(self, case: StoredCase, path_key: str, reason: str, note: str, by: By) -> int | None:
        """The case, at the version that the caller has seen and locked, goes to the first step of a path.

        Gives its number; None where this form was carried out already. Raises: RefusedError in words, StaleCaseError.
        """
        key = f"form:{case.id}:{by.form_key}"
        if self._transaction.escalations.is_known(key):
            return None
        path = self._paths.get(path_key)
        if path is None:
            known = ", ".join(one.key for one in self._paths.paths)
            raise RefusedError(f"path {path_key[:60]!r} is unknown; known paths: {known}")
        if reason not in path.reasons:
            raise RefusedError(f"the path {path.name} takes no reason {reason[:40]!r}; choose one of those offered")
        words = _checked(note, "what the next owner needs to know belongs to it")
        number = self._open(case, path, reason, words, key, by=by.person, is_by_rule=False)
        write_note(self._transaction, case, words, by)
        return number

    def not_sure(self, case: StoredCase, facts: PathFacts, note: str, by: By) -> int | None:
        """Up the chain of command, without having to know where to."""
        return self.escalate(case, upwards(self._paths, facts).key, UNSURE, note.strip() or NOT_SURE, by)

    def send_back(self, case: StoredCase, escalation: Escalation, advice: str, by: By) -> bool:
        """Who escalated it has it again, with words on what to do. False where this form was carried out already.

        Raises: RefusedError, StaleCaseError.
        """
        if escalation.ended_key == by.form_key:
            return False
        words = _checked(advice, "advice belongs to it, so that they know what to do")
        to = self._transaction.accounts.by_name(escalation.opening.by) if not escalation.opening.is_by_rule else None
        if to is None or to.disabled_at is not None:
            raise RefusedError(
                "there is nobody to send it back to: a rule escalated it, or they left. Settle it instead"
            )
        if to.name == by.person:
            raise RefusedError("you escalated it yourself: settle it instead")
        self._end(escalation, Ended.RETURNED, by, words)
        key = f"escalation_returned:{escalation.id}"
        self._transaction.cases.assign(case.id, to.name, version=case.version, now=by.at)
        facts = {"to": to.name, "from": case.owner or "nobody", "path": escalation.opening.path}
        record(self._transaction, EventKind.ESCALATION_RETURNED, key, by, facts, case_id=case.id)
        teams = (escalation.team, case.decision.team)
        owner_changed(
            self._transaction,
            case.id,
            case.owner,
            to.name,
            key=key,
            reason=RETURNED,
            by=by.person,
            at=by.at,
            teams=teams,
        )
        write_note(self._transaction, case, words, by, call=(to.name, Call.ESCALATION_RETURNED))
        return True

    def settle(self, case: StoredCase, escalation: Escalation, words: str, by: By) -> bool:
        """It needs nobody else any more; its owner keeps the case. False where this form was carried out already.

        Raises: RefusedError.
        """
        if escalation.ended_key == by.form_key:
            return False
        said = words.strip()
        if len(said) > LONGEST_NOTE_CHARACTERS:
            raise RefusedError(f"what came of it is said in {LONGEST_NOTE_CHARACTERS:,} characters at most")
        self._end(escalation, Ended.SETTLED, by, said)
        key, facts = f"escalation_settled:{escalation.id}", {"path": escalation.opening.path}
        record(self._transaction, EventKind.ESCALATION_SETTLED, key, by, facts, case_id=case.id)
        if said:
            write_note(self._transaction, case, said, by)
        return True

    def _end(self, escalation: Escalation, why: Ended, by: By, words: str) -> None:
        is_ours = self._transaction.escalations.end(
            escalation.id, why, by=by.person, now=by.at, words=words or None, key=by.form_key
        )
        if not is_ours:
            raise RefusedError("this escalation is over already: open the case again to see how it stands")

    # by a rule

    def by_rule(
        self, case: StoredCase, facts: PathFacts, *, key: str, path_key: str | None = None, why: str = BY_RULE
    ) -> int | None:
        """On the path that a rule names, or else on the first automatic one that fits.

        None where none fits, where this very rule has escalated this case before, or where the case is on a path that
        stands before it in the file. What a person escalated, a rule takes further only to a more urgent path.
        """
        fit = automatic(self._paths, facts) if path_key is None else None
        path = self._paths.get(path_key) if path_key is not None else fit.path if fit is not None else None
        if path is None or case.state in (CaseState.CLOSED, CaseState.MERGED):
            return None
        key = f"rule:{path.key}:{case.id}:{key}"
        standing = self._transaction.escalations.standing(self._transaction.merges.family(case.id))
        if self._transaction.escalations.is_known(key) or self._stands_before(standing, path):
            return None
        reason = why if why in path.reasons else BY_RULE
        return self._open(case, path, reason, "", key, by=self._paths.title, is_by_rule=True)

    def _stands_before(self, standing: Escalation | None, path: EscalationPath) -> bool:
        """A path that the file no longer has, or that a person chose among equals, is left alone."""
        if standing is None:
            return False
        keys = [one.key for one in self._paths.paths]
        known = standing.opening.path in keys
        return not known or keys.index(standing.opening.path) <= keys.index(path.key)

    # what both do

    def _open(
        self,
        case: StoredCase,
        path: EscalationPath,
        reason: str,
        note: str,
        key: str,
        *,
        by: str,
        is_by_rule: bool,
    ) -> int:
        """Raises: RefusedError, StaleCaseError."""
        if case.state is CaseState.CLOSED:
            raise RefusedError(f"case {case.id} is done already: open it again first")
        transaction, now, step = self._transaction, self._now, path.steps[0]
        family = transaction.merges.family(case.id)
        before = transaction.escalations.standing(family)
        for each in transaction.escalations.of_cases(family):
            transaction.escalations.end(each.id, Ended.FURTHER, by=by, now=now)
        owner = self._first_owner(case, step, None if is_by_rule else by)
        opening = Opening(
            key=key,
            case_id=case.id,
            path=path.key,
            path_name=path.name,
            path_version=self._paths.title,
            kind=path.kind.value,
            steps=[encode(one) for one in path.steps],
            reason=reason,
            note=note,
            by=by,
            is_by_rule=is_by_rule,
            team=step.team,
            owner=owner,
            step_due_at=due_after(path.steps, 0, now, self._time),
        )
        number = transaction.escalations.open(opening, now=now)
        if number is None:
            raise StaleCaseError(f"case {case.id} was escalated meanwhile; nothing was done: look at it again")
        facts: dict[str, object] = {"path": path.key, "reason": reason, "team": step.team, "to": owner or "nobody"}
        facts |= {"kind": path.kind.value, "version": self._paths.title}
        actor = ActorKind.RULE if is_by_rule else ActorKind.PERSON
        event = Event(f"escalated:{number}", EventKind.ESCALATED, now, actor, by, case.id, facts=facts)
        transaction.events.record([event], now=now)
        from_team = before.team if before is not None else case.decision.team
        standing = self._standing(number)
        self.give(case, standing, step, owner, key=event.key, reason=reason, by=by, teams=(from_team, step.team))
        person = None if is_by_rule else by
        wake(transaction, case.id, Why.SERIOUS if is_by_rule else Why.PERSON, now=now, person=person)
        return number

    def _first_owner(self, case: StoredCase, step: Step, by: str | None) -> str | None:
        """Who has the case already keeps it where it is theirs; nobody escalates to themselves."""
        if case.owner is not None and case.owner != by and self._teams.is_in(case.owner, step.team):
            return case.owner
        return self._teams.choose(step.team, step.level, but=(by,), case=case)

    def _standing(self, number: int) -> Escalation:
        found = self._transaction.escalations.get(number)
        if found is None:
            raise LookupError(f"escalation {number} is not there")
        return found

    def give(
        self,
        case: StoredCase,
        escalation: Escalation,
        step: Step,
        owner: str | None,
        *,
        key: str,
        reason: str,
        by: str,
        teams: tuple[str | None, str | None],
    ) -> None:
        """The case to who was chosen, who is told; `key`: of the event that says so. Nobody chosen is an alarm."""
        transaction, now = self._transaction, self._now
        if owner is None:
            facts = {"team": step.team, "path": escalation.opening.path}
            alarm_key = f"unowned:{escalation.id}:{escalation.place}"
            alarm = Event(alarm_key, EventKind.UNOWNED_ESCALATION, now, ActorKind.RULE, "earshot", case.id, facts=facts)
            transaction.events.record([alarm], now=now)
        elif owner != case.owner:
            transaction.cases.assign(case.id, owner, version=case.version, now=now)
        owner_changed(transaction, case.id, case.owner, owner, key=key, reason=reason, by=by, at=now, teams=teams)
        if owner is not None:
            self.routing.gave(case, owner, key=key)
            self.call(case, owner, Call.ESCALATED, key=key, by=PROGRAM if escalation.opening.is_by_rule else by)
        if step.does is Does.PAGE_OUT:
            self._page_out(case, escalation, owner)

    def call(self, case: StoredCase, name: str, kind: Call, *, key: str, by: str) -> None:
        user = self._transaction.accounts.by_name(name)
        if user is not None and user.disabled_at is None and user.name != by:
            self._transaction.callouts.add(key, [user.id], case.id, kind, by=by, now=self._now)

    def _page_out(self, case: StoredCase, escalation: Escalation, owner: str | None) -> None:
        """Who is on call is told outside the inbox, where `EARSHOT_NOTIFY` says; without a word of the customer."""
        name, team = escalation.opening.path_name, self._paths.teams[escalation.team].name
        notice = Notice(
            number=f"earshot-page-{escalation.id}-{escalation.place}",
            subject=f"Case {case.id} is escalated: {name}, to {owner or team}",
            body=f"Path: {name}. Team: {team}. Owner: {owner or 'nobody; somebody has to take it'}."
            " Open the case in the inbox; its words are there.",
            team=escalation.team,
            case_id=case.id,
            channel=case.channel,
            priority=case.decision.priority,
            due_at=case.next_due_at,
        )
        tell_outside(self._transaction, notice, self._notify, now=self._now)


def _checked(words: str, what: str) -> str:
    """Raises: RefusedError."""
    said = words.replace("\r\n", "\n").strip()
    if not said or len(said) > LONGEST_NOTE_CHARACTERS:
        raise RefusedError(f"{what}: 1 to {LONGEST_NOTE_CHARACTERS:,} characters")
    return said
