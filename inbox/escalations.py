"""What pages say of escalated cases: whose they are, who is next and when, how often they changed hands, where to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flow.teams import Teams
from inbox import wording
from inbox.languages import N_, Sayings, _
from inbox.roles import DECIDES_REPLIES
from inbox.visit import Visit
from models import Verdict
from policy.paths import Does, EscalationPaths, Level, Step
from policy.service_hours import Counted, Span
from store.cases import StoredCase
from store.encoding import decode
from store.escalations import Ended, Escalation, EscalationState
from store.hops import Hop, HopAlarm
from store.mentions import StoredMention
from store.store import Transaction
from triage.paths import Fit, answer_since, facts_of, fits, upwards

STATES = Sayings(
    {
        EscalationState.OPEN: N_("open"),
        EscalationState.RETURNED: N_("sent back with advice"),
        EscalationState.SETTLED: N_("settled"),
    }
)
ENDS = Sayings(
    {
        Ended.SETTLED: N_("settled"),
        Ended.RETURNED: N_("sent back with advice"),
        Ended.CLOSED: N_("its case was done"),
        Ended.FURTHER: N_("escalated further"),
    }
)
KINDS = Sayings({"functional": N_("to the specialist"), "hierarchical": N_("up the chain")})
CONDITIONS = Sayings(
    {
        "triggers": N_("early warning"),
        "tags": N_("tag"),
        "categories": N_("category"),
        "tiers": N_("tier"),
        "priorities": N_("priority"),
        "complaint": N_("complaint"),
    }
)
ALARMS = Sayings(
    {
        HopAlarm.PING_PONG: N_("came back to who had it before"),
        HopAlarm.TOO_MANY: N_("changed hands too often"),
    }
)
HOP_REASONS = Sayings(
    {
        "handed_over": N_("handed over"),
        "taken_over": N_("taken over"),
        "assigned": N_("assigned"),
        "merged": N_("merged"),
        "returned": N_("sent back with advice"),
    }
)


@dataclass(frozen=True, slots=True)
class Offer:
    """One path in the form, with who would have the case next."""

    key: str
    name: str
    kind: str
    why: str
    because: str
    """What of the case made it fit; empty where nothing did."""
    reasons: str
    """Codes with spaces between, for the script that leaves out what the path does not take."""
    who: str
    team: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The open escalation of a case."""

    escalation: Escalation
    kind: str
    reason: str
    team: str
    step: int
    steps: int
    next: tuple[str, tuple[str, str] | None] | None
    """(what happens then, due words and state); None where no step follows."""
    answered_by: str | None
    may_return: bool
    may_end: bool


@dataclass(frozen=True, slots=True)
class OnCase:
    standing: Standing | None
    earlier: list[tuple[Escalation, str]]
    """(escalation, how it ended), the newest first."""
    hops: list[tuple[Hop, str]]
    alarm: str
    offers: list[Offer]
    reasons: Mapping[str, str]
    upwards: Offer


def on_case(
    visit: Visit,
    transaction: Transaction,
    case: StoredCase,
    mentions: Sequence[StoredMention],
    verdicts: Mapping[str, Verdict],
) -> OnCase:
    """`verdicts`: of the messages that are shown, by their ids."""
    paths, family = visit.inbox.policy.paths, transaction.merges.family(case.id)
    teams = Teams(transaction, paths)
    found = transaction.escalations.of_cases(family)
    hops = transaction.hops.of_cases(family)
    judged = [verdicts[item.mention.id] for item in mentions if item.mention.id in verdicts]
    facts = facts_of(case.decision, judged[-1].category if judged else {})
    fitting = fits(paths, facts)
    known = {fit.path.key for fit in fitting}
    others = [Fit(path, ()) for path in paths.paths if path.key not in known]
    offers = [_offer(visit, fit, paths, teams) for fit in (*fitting, *others)]
    up = upwards(paths, facts).key
    standing = next((one for one in found if one.is_open), None)
    alarms = [hop.alarm for hop in hops if hop.alarm is not None]
    return OnCase(
        standing=_standing(visit, transaction, standing, family, teams) if standing is not None else None,
        earlier=[(one, _ended(one)) for one in found if not one.is_open],
        hops=[(hop, reason_of(paths, hop.reason)) for hop in hops],
        alarm=ALARMS[alarms[-1]] if alarms else "",
        offers=offers,
        reasons=paths.reasons,
        upwards=next(one for one in offers if one.key == up),
    )


def _offer(visit: Visit, fit: Fit, paths: EscalationPaths, teams: Teams) -> Offer:
    path, step = fit.path, fit.path.steps[0]
    who = teams.choose(step.team, step.level, but=(visit.person,))
    return Offer(
        path.key,
        path.name,
        KINDS[path.kind.value],
        path.why,
        because_of(fit),
        " ".join(path.reasons),
        who or "",
        paths.teams[step.team].name,
    )


def because_of(fit: Fit) -> str:
    """`tag: safety and tier: 3`; empty for a path that takes every case."""
    return _(" and ").join(
        f"{CONDITIONS[name]}: {' / '.join(wording.words(value) for value in values)}" for name, values in fit.because
    )


def _standing(
    visit: Visit, transaction: Transaction, escalation: Escalation, family: Sequence[int], teams: Teams
) -> Standing:
    paths, opening = visit.inbox.policy.paths, escalation.opening
    steps = [decode(Step, step) for step in opening.steps]
    events = [event for each in family for event in transaction.events.of_case(each)]
    answer = answer_since(sorted(events, key=lambda event: event.at), escalation.step_at)
    is_theirs = visit.person == escalation.owner or visit.role in DECIDES_REPLIES
    may_return = is_theirs and not opening.is_by_rule and opening.by != visit.person
    return Standing(
        escalation,
        KINDS[opening.kind],
        reason_of(paths, opening.reason),
        team_of(paths, escalation.team),
        escalation.place + 1,
        len(steps),
        _next(visit, escalation, steps, teams, paths) if answer is None else None,
        answered_by=escalation.stopped_by or (answer.actor if answer is not None else None),
        may_return=visit.may_act and may_return,
        may_end=visit.may_act and (is_theirs or visit.person == opening.by),
    )


def _next(
    visit: Visit, escalation: Escalation, steps: Sequence[Step], teams: Teams, paths: EscalationPaths
) -> tuple[str, tuple[str, str] | None] | None:
    if escalation.step_due_at is None or escalation.place + 1 >= len(steps):
        return None
    step = steps[escalation.place + 1]
    known = step.team in paths.teams
    who = teams.choose(step.team, step.level, but=(escalation.owner,)) if known else None
    return said_of(step, paths, who), wording.due(escalation.step_due_at, visit.now)


def said_of(step: Step, paths: EscalationPaths, who: str | None = None) -> str:
    """`goes to Bora (Billing)`."""
    team = team_of(paths, step.team)
    name = team
    if step.level is Level.LEAD:
        name = _("the lead of %(team)s", team=team)
        team = _("%(team)s, lead", team=team)
    name = f"{who} ({team})" if who else name
    if step.does is Does.NOTIFY:
        return _("%(name)s is told", name=name)
    if step.does is Does.PAGE_OUT:
        return _("goes to %(name)s, called out", name=name)
    return _("goes to %(name)s", name=name)


def said_of_span(span: Span | None) -> str:
    """`after 2 working hours without an answer`."""
    if span is None:
        return _("at once")
    amount = wording.duration(span.amount.total_seconds())
    if span.counted is Counted.WORKING:
        return _("after %(amount)s of working time without an answer", amount=amount)
    return _("after %(amount)s without an answer, day and night", amount=amount)


def team_of(paths: EscalationPaths, key: str) -> str:
    team = paths.teams.get(key)
    return team.name if team is not None else wording.words(key)


def reason_of(paths: EscalationPaths, code: str) -> str:
    """As the firm calls it; a hop that is no escalation has a reason of its own."""
    return paths.reasons.get(code) or HOP_REASONS.get(code) or wording.words(code)


def _ended(escalation: Escalation) -> str:
    return ENDS[escalation.ended_why] if escalation.ended_why is not None else STATES[escalation.state]
