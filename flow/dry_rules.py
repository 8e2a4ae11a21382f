"""Approvals, paths and targets of an edited file against history: which would have held, for which case and when.

Nothing is written, nobody is called, no clock is touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flow.targets import facts_of_cases
from measure.replayed import Firing
from models import CaseState, Event
from models.retention import REDACTED
from policy.approval_rules import ApprovalRules, load_approval_rules
from policy.edited import Rules
from policy.loading import Policy
from policy.paths import EscalationPaths, load_paths
from store.cases import StoredCase
from store.outbox import Effect, OutboxRow
from store.store import Store, Transaction
from triage.approval import Written, approval_reasons
from triage.paths import answer_since, automatic, due_after, facts_of
from triage.targets import Targeting, work_out
from triage.working_time import WorkingTime, working_time_of, working_times_of_channels

BATCH = 100
Held = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class RuleQuestion:
    """Rules of an edited file, for cases with a message said from `since` to before `until`."""

    since: datetime
    until: datetime
    policy: Policy
    present: Rules
    other: Rules


def present_rules(policy: Policy, other: Rules) -> Rules:
    """Those in force that `other` would take the place of."""
    if isinstance(other, ApprovalRules):
        return load_approval_rules()
    if isinstance(other, EscalationPaths):
        return load_paths(policy.sector.name if policy.sector is not None else None)
    return policy.targets


def look_at_rules(store: Store, question: RuleQuestion, *, after: int = 0, limit: int = BATCH) -> list[Firing]:
    """The next cases after number `after`, by their numbers."""
    with store.reading() as transaction:
        ids = transaction.past.cases_between(question.since, question.until, after=after, limit=limit)
        cases = [case for number in ids if (case := transaction.cases.get(number)) is not None]
        before = _held(transaction, cases, question.present, question)
        later = _held(transaction, cases, question.other, question)
    return [
        Firing(case.id, case.channel, case.received_at, before.get(case.id, {}), later.get(case.id, {}))
        for case in cases
    ]


def _held(
    transaction: Transaction, cases: Sequence[StoredCase], rules: Rules, question: RuleQuestion
) -> dict[int, Held]:
    time = working_time_of(question.policy)
    if isinstance(rules, ApprovalRules):
        roles = {user.name: user.role for user in transaction.accounts.all()}
        return {
            case.id: _approvals(transaction.outbox.of_case(case.id), case, rules, roles, question) for case in cases
        }
    if isinstance(rules, EscalationPaths):
        return {case.id: _path(transaction, case, rules, question.until, time) for case in cases}
    targeting = Targeting(rules, time, question.policy.house.weights, working_times_of_channels(question.policy))
    return _targets(transaction, cases, targeting, question.until)


def _approvals(
    rows: Sequence[OutboxRow],
    case: StoredCase,
    rules: ApprovalRules,
    roles: Mapping[str, str],
    question: RuleQuestion,
) -> Held:
    """Rules that hold for a reply that was sent; of several the first. A reply whose words are gone has none."""
    held: dict[str, datetime] = {}
    for row in rows:
        text, who = str(row.payload.get("text") or ""), str(row.payload.get("person") or "")
        is_asked = row.effect is Effect.SEND_REPLY and question.since <= row.created_at < question.until
        if not is_asked or who not in roles or text == REDACTED:
            continue
        reply = Written(text, bool(row.payload.get("is_private")), roles[who], is_trainee=False)
        for reason in approval_reasons(reply, case.decision, rules):
            held.setdefault(reason.code, row.created_at)
    return held


def _path(
    transaction: Transaction, case: StoredCase, paths: EscalationPaths, until: datetime, time: WorkingTime
) -> Held:
    """The steps that a rule would have taken by itself, each until somebody answered."""
    if case.state is CaseState.MERGED:
        return {}
    verdicts = transaction.verdicts.latest([one.mention.id for one in transaction.mentions.of_case(case.id)])
    category = max((verdict.category for verdict in verdicts.values()), key=_strongest, default={})
    warned = transaction.warnings.get(case.id)
    fit = automatic(paths, facts_of(case.decision, category, warned.names if warned is not None else ()))
    if fit is None:
        return {}
    events = transaction.events.of_case(case.id)
    at: datetime | None = _first_decided(events) or case.received_at
    answer = answer_since(events, case.received_at)
    held: dict[str, datetime] = {}
    for place, step in enumerate(fit.path.steps):
        is_over = at is None or at >= until or (place > 0 and answer is not None and answer.at <= at)
        if at is None or is_over:
            break
        held[f"{fit.path.key}: step {place + 1}, {step.team}"] = at
        at = due_after(fit.path.steps, place, at, time)
    return held


def _strongest(category: Mapping[str, float]) -> float:
    return max(category.values(), default=0.0)


def _first_decided(events: Sequence[Event]) -> datetime | None:
    return next((event.at for event in events if event.kind == "triaged"), None)


def _targets(
    transaction: Transaction, cases: Sequence[StoredCase], targeting: Targeting, until: datetime
) -> dict[int, Held]:
    """Targets that would have been missed by the end of the time asked about, each with when its time ran out."""
    known = transaction.targets.cases([case.id for case in cases])
    held = dict[int, Held]()
    for case_id, facts in facts_of_cases(transaction, known).items():
        held[case_id] = {
            f"{target.priority} {target.key} missed": target.due_at
            for target in work_out(facts, targeting, now=until)
            if target.due_at < (target.met_at or until)
        }
    return held
