"""Early warnings are worked out again whenever something happens in a case, and kept with their evidence.

A warning only adds: to the score that sorts the queue, and to who is told. It changes no clock, no label, no
definition, and nothing that is said of anybody's good faith.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from flow.early_warning_paths import PROGRAM, Wanted, put_on_path
from flow.teamwork import By, record
from models import ActorKind, CaseState, Decision, Event, EventKind, Tier
from policy.loading import Policy
from policy.warning_signs import SignRule
from store.cases import StoredCase
from store.store import Store, Transaction
from store.warnings import KeptSign, Place, Story, Warned
from triage.early_warning import Course, EarlyWarning, FoundSign, Spoken, early_warning, tone_of, with_warning
from triage.working_time import WorkingTime, working_time_of

MOST_AT_ONCE = 500


def look_at_cases(
    transaction: Transaction, policy: Policy, case_ids: Collection[int], *, now: datetime, notify: Sequence[str] = ()
) -> int:
    """Gives how many of these cases came to a higher level. `notify`: sinks where who is on call is told, too."""
    if not case_ids:
        return 0
    rules, working = policy.warnings, working_time_of(policy)
    transaction.merges.lock(case_ids)
    before = transaction.warnings.of_cases(case_ids)
    stories = transaction.warnings.stories(
        case_ids,
        labels_left_out=[label.value for label in rules.labels_left_out],
        messages=rules.messages,
        window=rules.contact_window,
    )
    found = {case_id: _found(story, policy, working, now=now) for case_id, story in stories.items()}
    return sum(
        _settle(transaction, policy, case_id, found[case_id], stories[case_id], before.get(case_id), notify, now=now)
        for case_id in sorted(found)
        if found[case_id].signs or case_id in before
    )


def look_at_waiting(store: Store, policy: Policy, *, now: datetime, notify: Sequence[str] = ()) -> int:
    """Cases that time alone may have made worse, or that something asked to be looked at; gives how many rose."""
    total = 0
    while True:
        with store.reading() as transaction:
            due = transaction.warnings.due(now=now, limit=MOST_AT_ONCE)
        if not due:
            return total
        with store.writing() as transaction:
            transaction.register.lock()  # as triage does, so that neither waits for the other's cases
            total += look_at_cases(transaction, policy, due, now=now, notify=notify)


def warned(transaction: Transaction, policy: Policy, case_id: int, decision: Decision) -> Decision:
    """The decision with the points of the case's warning in its score, and with no other points of one."""
    return _with_points(decision, _points(policy, transaction.warnings.get(case_id)))


def put_aside(transaction: Transaction, policy: Policy, case: StoredCase, reason: str, by: By) -> bool:
    """At a person's word; another sign brings it back. False where there is nothing to put aside."""
    kept = transaction.warnings.get(case.id)
    if kept is None or not kept.is_shown:
        return False
    if not transaction.warnings.put_aside(kept, by=by.person, reason=reason, now=by.at):
        return False
    facts = {"because": reason, "rules": list(kept.names)}
    _record(transaction, EventKind.EARLY_WARNING_PUT_ASIDE, case.id, facts, by)
    _rescore(transaction, policy, case, None)
    return True


def see(transaction: Transaction, case: StoredCase, by: By) -> bool:
    """Somebody is on it: others see who. False where somebody was before."""
    if not transaction.warnings.see(case.id, by=by.person, now=by.at):
        return False
    _record(transaction, EventKind.EARLY_WARNING_SEEN, case.id, {}, by)
    return True


def _record(transaction: Transaction, kind: EventKind, case_id: int, facts: Mapping[str, object], by: By) -> None:
    record(transaction, kind, f"{kind.value}:{case_id}:{by.form_key}", by, facts, case_id=case_id)


def _found(story: Story, policy: Policy, working: WorkingTime, *, now: datetime) -> EarlyWarning:
    spoken = tuple(
        Spoken(
            said.mention_id,
            said.at,
            said.text,
            tone_of(said.negative, said.severity) if said.negative is not None else None,
        )
        for said in story.said
    )
    course = Course(
        spoken,
        tuple(story.contacts),
        tuple(story.answers),
        tuple(story.closings),
        tuple(story.reopenings),
        tuple(story.broken),
    )
    return early_warning(course, policy.warnings, working, now=now)


def _settle(
    transaction: Transaction,
    policy: Policy,
    case_id: int,
    found: EarlyWarning,
    story: Story,
    before: Warned | None,
    notify: Sequence[str],
    *,
    now: datetime,
) -> bool:
    """Keep it, say it once where it rose, and send the case on where a sign asks for that."""
    case = transaction.cases.get(case_id)
    if case is None or case.state is CaseState.MERGED:
        if before is not None:
            transaction.warnings.keep(replace(before, look_again_at=None, looked_at=now))
        return False
    kept = _kept(case, found, before, policy, now=now)
    has_risen = not kept.is_aside and found.level > kept.told
    if has_risen:
        kept = replace(kept, told=int(found.level))
        _tell(transaction, kept, found, now=now)
    if not kept.is_aside and case.decision.tier is not Tier.NOISE and case.state is not CaseState.CLOSED:
        sent = _send_on(transaction, policy, case, found.signs, story, kept.sent, notify, now=now)
        kept = replace(kept, sent=sent)
    transaction.warnings.keep(kept)
    _rescore(transaction, policy, case, kept)
    return has_risen


def _kept(case: StoredCase, found: EarlyWarning, before: Warned | None, policy: Policy, *, now: datetime) -> Warned:
    signs = tuple(_kept_sign(sign) for sign in found.signs)
    is_over = case.state is CaseState.CLOSED
    kept = Warned(
        case_id=case.id,
        level=int(found.level),
        score=found.score,
        signs=signs,
        policy=policy.warnings.title,
        since=now,
        looked_at=now,
        look_again_at=None if is_over else found.look_again_at,
        round=1,
        told=0,
    )
    if before is None:
        return kept
    since = before.since if before.level == kept.level else now
    kept = replace(kept, since=since, round=before.round, told=before.told, sent=before.sent)
    if before.is_aside and not set(kept.names) <= set(before.aside_signs):
        return replace(kept, since=now, round=before.round + 1, told=0)
    return replace(
        kept,
        seen_at=before.seen_at,
        seen_by=before.seen_by,
        aside_at=before.aside_at,
        aside_by=before.aside_by,
        aside_reason=before.aside_reason,
        aside_signs=before.aside_signs,
    )


def _kept_sign(found: FoundSign) -> KeptSign:
    places = tuple(Place(one.at, one.mention_id, one.start, one.end) for one in found.evidence)
    return KeptSign(found.sign.value, found.count, found.points, places)


def _tell(transaction: Transaction, kept: Warned, found: EarlyWarning, *, now: datetime) -> None:
    facts = {
        "kind": found.level.code,
        "rules": [sign.sign.value for sign in found.signs],
        "score": found.score,
        "policy": kept.policy,
    }
    key = f"{EventKind.EARLY_WARNING.value}:{kept.case_id}:{kept.round}:{kept.told}"
    event = Event(key, EventKind.EARLY_WARNING, now, ActorKind.RULE, PROGRAM, kept.case_id, facts=facts)
    transaction.events.record([event], now=now)


def _send_on(
    transaction: Transaction,
    policy: Policy,
    case: StoredCase,
    signs: Sequence[FoundSign],
    story: Story,
    sent: Mapping[str, datetime],
    notify: Sequence[str],
    *,
    now: datetime,
) -> dict[str, datetime]:
    """On the path that stands first of those that something said anew asks for; gives up to when each was asked for."""
    closed = max(story.closings, default=None)
    order = {path.key: place for place, path in enumerate(policy.paths.paths)}
    asking: dict[str, tuple[SignRule, datetime]] = {}
    for found in signs:
        rule, at = policy.warnings.signs[found.sign], found.evidence[-1].at
        path = rule.path or ""
        handled = [before for before in (closed, sent.get(path)) if before is not None]
        if path in order and all(at > before for before in handled) and (path not in asking or at > asking[path][1]):
            asking[path] = (rule, at)
    if asking:
        first = min(asking, key=lambda path: order[path])
        rule, at = asking[first]
        shown = [policy.warnings.signs[found.sign] for found in signs]
        wanted = Wanted(case.id, rule, at, shown, is_first=first not in sent)
        put_on_path(transaction, policy, wanted, notify=notify, now=now)
    return {**sent, **{path: at for path, (_, at) in asking.items()}}


def _points(policy: Policy, kept: Warned | None) -> float:
    if kept is None or kept.is_aside:
        return 0.0
    return policy.house.weights.early_warning * policy.warnings.share_of(kept.score)


def _with_points(decision: Decision, points: float) -> Decision:
    parts, score = with_warning(decision.score_parts, points)
    return decision if parts == decision.score_parts else replace(decision, score_parts=parts, score=score)


def _rescore(transaction: Transaction, policy: Policy, case: StoredCase, kept: Warned | None) -> None:
    decision = _with_points(case.decision, _points(policy, kept))
    if decision is not case.decision:
        transaction.warnings.rescore(case.id, decision)
