"""The escalation document: who decides what, in what time, and where a case goes, made from the policy's own data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from inbox import wording
from inbox.escalations import KINDS, reason_of, said_of, said_of_span, team_of
from inbox.flow_chart import FlowChart, conditions_of, flow_chart
from inbox.languages import N_, Sayings, _
from models.case import Priority
from policy.approval_rules import ApprovalRules
from policy.loading import Policy
from policy.paths import EscalationPath, EscalationPaths, Team
from policy.service_hours import DAYS, Counted, OtherHours, Span
from policy.targets import OverWhen, TargetKey, Where

PREFERENCE = "policy_read"
"""What a person has read: name of each part → its version then."""
PARTS = Sayings(
    {
        "house": N_("House rules: tiers, priorities, topics"),
        "paths": N_("Escalation paths"),
        "targets": N_("Targets of the firm"),
        "service": N_("Hours of work"),
        "approvals": N_("Approvals and authority limits"),
        "warnings": N_("Early warning"),
        "regulation": N_("Regulation pack"),
        "sector": N_("Sector"),
    }
)


@dataclass(frozen=True, slots=True)
class PathShown:
    key: str
    name: str
    kind: str
    why: str
    is_automatic: bool
    conditions: list[str]
    reasons: list[str]
    steps: list[tuple[str, str]]
    """(when, what happens)."""
    chart: FlowChart


@dataclass(frozen=True, slots=True)
class TargetShown:
    priority: str
    channels: list[str]
    """Empty: everywhere else."""
    spans: list[str]
    is_over_when_answered: bool


@dataclass(frozen=True, slots=True)
class Document:
    versions: list[tuple[str, str, str]]
    """(part, how it is called, its version)."""
    tiers: list[tuple[str, str]]
    targets: list[TargetShown]
    warn_percent: int
    hours: list[tuple[str, str]]
    others: list[tuple[str, str, list[tuple[str, str]]]]
    """(name, its channels and place, its hours) of who looks after some channels at other times."""
    teams: list[tuple[Team, str, list[str]]]
    """(team, who answers for it while nobody is entered, its people)."""
    paths: list[PathShown]
    reasons: Mapping[str, str]
    most_hops: int
    limits: list[tuple[str, str]]
    limits_are_on: bool
    exceptions: list[tuple[str, str, bool]]
    """(what only some may give, who, whether the rule is on)."""
    approvals: list[tuple[str, bool]]
    """(why a reply waits, whether the rule is on)."""


def versions_of(policy: Policy, approvals: ApprovalRules) -> dict[str, str]:
    found = {
        "paths": policy.paths.title,
        "house": policy.house.title,
        "targets": policy.targets.title,
        "service": policy.service.title,
        "approvals": approvals.title,
        "warnings": f"{policy.warnings.name} {policy.warnings.version}",
        "regulation": policy.regulation.title,
    }
    return found | ({"sector": policy.sector.title} if policy.sector is not None else {})


def changed_since(read: Mapping[str, object], now: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """(part, version read, version now) of what is new or another one; all that went away, too."""
    names = [*now, *(name for name in read if name not in now and name in PARTS)]
    return [
        (PARTS[name], str(read.get(name) or ""), now.get(name, ""))
        for name in names
        if str(read.get(name) or "") != now.get(name, "")
    ]


def document_of(
    policy: Policy, approvals: ApprovalRules, people: Mapping[str, Sequence[str]] | None = None
) -> Document:
    """`people`: team → names of who is in it; left out where no database was asked."""
    paths, house = policy.paths, policy.house
    return Document(
        versions=[(name, PARTS[name], version) for name, version in versions_of(policy, approvals).items()],
        tiers=[(wording.tier(tier), rule.meaning) for tier, rule in sorted(house.tiers.items())],
        targets=_targets(policy),
        warn_percent=policy.targets.warn_percent,
        hours=_hours(policy.service.by_day),
        others=[(one.name, _whose(one), _hours(one.by_day)) for one in policy.service.others],
        teams=[
            (team, _answers_for(paths, team), list((people or {}).get(team.key, ()))) for team in paths.teams.values()
        ],
        paths=[_path(path, paths) for path in paths.paths],
        reasons=paths.reasons,
        most_hops=paths.most_hops,
        limits=[(wording.words(role), wording.whole(most)) for role, most in approvals.limits.by_role.items()],
        limits_are_on=approvals.limits.is_on,
        exceptions=[
            (one.why, ", ".join(wording.words(role) for role in sorted(one.may)), one.is_on)
            for one in approvals.exceptions
        ],
        approvals=[
            (approvals.training_why, approvals.training_is_on),
            *((one.why, one.is_on) for one in approvals.rules),
        ],
    )


def _path(path: EscalationPath, paths: EscalationPaths) -> PathShown:
    return PathShown(
        path.key,
        path.name,
        KINDS[path.kind.value],
        path.why,
        path.is_automatic,
        conditions_of(path),
        [reason_of(paths, code) for code in path.reasons],
        [(said_of_span(step.after), said_of(step, paths)) for step in path.steps],
        flow_chart(path, paths),
    )


def _targets(policy: Policy) -> list[TargetShown]:
    by_rank = {priority: place for place, priority in enumerate(Priority)}
    rows = sorted(policy.targets.rows, key=lambda row: (by_rank[row.priority], len(row.channels), sorted(row.channels)))
    return [
        TargetShown(
            wording.sentence(row.priority.value),
            [*[wording.channel(name) for name in sorted(row.channels)], *_said_where(row.where)],
            [_span(row.spans[key]) for key in TargetKey],
            row.over_when is OverWhen.ANSWERED,
        )
        for row in rows
    ]


def _said_where(where: Where | None) -> list[str]:
    return [_("in private") if where is Where.PRIVATE else _("in public")] if where is not None else []


def _span(span: Span) -> str:
    hours = wording.duration(span.amount.total_seconds()) if span.counted is Counted.CALENDAR else _working(span)
    return _("%(amount)s, day and night", amount=hours) if span.counted is Counted.CALENDAR else hours


def _working(span: Span) -> str:
    minutes = int(span.amount.total_seconds() // 60)
    amount = _("%(hours)s h", hours=minutes // 60) if minutes % 60 == 0 else _("%(minutes)s m", minutes=minutes)
    return _("%(amount)s of working time", amount=amount)


def _whose(other: OtherHours) -> str:
    where = [place for place in (other.place, other.zone.key if other.zone else None) if place]
    return ", ".join([*(wording.channel(name) for name in sorted(other.channels)), *where])


def _hours(by_day: Mapping[int, tuple[time, time]]) -> list[tuple[str, str]]:
    """(day of the week, its hours)."""
    return [
        (wording.sentence(DAYS[day]), f"{opens:%H:%M}–{closes:%H:%M}")
        for day, (opens, closes) in sorted(by_day.items())
    ]


def _answers_for(paths: EscalationPaths, team: Team) -> str:
    role = _("people of the role %(role)s", role=wording.words(team.stand_in.value)) if team.stand_in else ""
    other = team_of(paths, team.otherwise) if team.otherwise else ""
    return _(", then ").join(part for part in (role, other) if part)
