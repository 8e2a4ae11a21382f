"""One mention and its verdict become a decision."""

from dataclasses import dataclass
from datetime import datetime

from models.author import AuthorHistory
from models.case import Decision, Priority, Tier
from models.clock import Due
from models.errors import RecordError
from models.mention import Mention
from models.verdict import Verdict
from policy.house import Said, TicketRule
from policy.loading import Policy
from triage.addressed import contacts
from triage.clocks import due_dates
from triage.definition import NOTHING_ELSE, LearntSince, define, judgement_of
from triage.findings import Facts, Finding, findings, likeliest_category
from triage.reach import reach_of
from triage.score import score_parts, total
from triage.topics import topics_in


@dataclass(frozen=True, slots=True)
class _Clocks:
    dues: tuple[Due, ...]
    findings: tuple[Finding, ...]
    """What to do where the pack refuses to guess."""


def assess(
    mention: Mention,
    verdict: Verdict,
    *,
    history: AuthorHistory | None,
    earlier: Decision | None,
    contacts_in_7_days: int,
    policy: Policy,
    now: datetime,
    person_label: str | None = None,
    person: str | None = None,
    since: LearntSince = NOTHING_ELSE,
    shares: int | None = None,
) -> Decision:
    """The decision on this message alone; `combine` joins it with what the case was before.

    Args:
        earlier: the case as decided so far, if any.
        contacts_in_7_days: messages of this author to us in the seven days up to this one, itself included.
        person_label: overrides the classifier; one of the six labels or `unsure`. `person` says who gave it.
        since: what other messages of the same author made known; it never takes a limb away.
        shares: of the author's most shared message, see `triage.reach.most_shares`.

    Raises: RecordError for a label nobody knows or nobody gave; SetupError for a policy that cannot count its clocks.
    """
    facts = _facts(mention, verdict, history, earlier, contacts_in_7_days, policy, person_label, person, since, shares)
    clocks = _clocks(facts, policy)
    found = (*findings(facts), *clocks.findings)
    return _decision(facts, found, clocks.dues, policy, now)


def _facts(
    mention: Mention,
    verdict: Verdict,
    history: AuthorHistory | None,
    earlier: Decision | None,
    contacts_in_7_days: int,
    policy: Policy,
    person_label: str | None,
    person: str | None,
    since: LearntSince,
    shares: int | None,
) -> Facts:
    judgement = judgement_of(verdict, person_label=person_label, person=person)
    return Facts(
        mention=mention,
        verdict=verdict,
        judgement=judgement,
        definition=define(mention, judgement, policy, since=since),
        hits=topics_in(mention, policy.house),
        reach=reach_of(mention.author, policy.house.reach, shares=shares),
        earlier=earlier,
        contacts=contacts(history, mention, contacts_in_7_days),
        house=policy.house,
    )


def _clocks(facts: Facts, policy: Policy) -> _Clocks:
    """Clocks start when the words were said. A date no pack covers goes to a person and never stops the batch."""
    if not facts.is_complaint:
        return _Clocks((), ())
    try:
        dues = due_dates(policy, complaint_type=policy.house.complaint_type, received_at=facts.mention.created_at)
    except RecordError as error:
        refused = Finding(f"no_clocks: {error}", tags=("needs_person",), needs_person=True)
        return _Clocks((), (refused,))
    return _Clocks(dues, ())


def _decision(
    facts: Facts, found: tuple[Finding, ...], dues: tuple[Due, ...], policy: Policy, now: datetime
) -> Decision:
    tier = max(finding.tier for finding in found)
    priority = max((finding.priority for finding in found), key=lambda each: each.rank)
    parts = score_parts(
        weights=policy.house.weights,
        verdict=facts.verdict,
        is_complaint=facts.is_complaint,
        tier=tier,
        priority=priority,
        reach=facts.reach,
        dues=dues,
        now=now,
    )
    return Decision(
        label=facts.judgement.said.value,
        definition=facts.definition,
        tier=tier,
        priority=priority,
        team=_team(facts, found, tier),
        tags=tuple(sorted({tag for finding in found for tag in finding.tags})),
        reach=facts.reach,
        score=total(parts),
        score_parts=parts,
        rules=tuple(finding.rule for finding in found),
        needs_person=any(finding.needs_person for finding in found),
        wants_ticket=_wants_ticket(facts, tier, priority),
        dues=dues,
        policy_version=policy.version,
    )


def _wants_ticket(facts: Facts, tier: Tier, priority: Priority) -> bool:
    """By this message alone, or because it makes the case one that is ticketed and was not before."""
    rule, earlier = facts.house.ticket, facts.earlier
    if earlier is None or earlier.wants_ticket:
        return is_ticketed(rule, tier, priority, is_complaint=facts.is_complaint)
    return is_ticketed(
        rule,
        max(tier, earlier.tier),
        max(priority, earlier.priority, key=lambda each: each.rank),
        is_complaint=facts.is_complaint or earlier.is_complaint,
    )


def is_ticketed(rule: TicketRule, tier: Tier, priority: Priority, *, is_complaint: bool) -> bool:
    by_complaint = is_complaint and priority in rule.complaint_priorities
    return tier in rule.tiers or priority in rule.priorities or by_complaint


def _team(facts: Facts, found: tuple[Finding, ...], tier: Tier) -> str:
    """A tier-3 topic first, then whoever reads what the classifier was unsure of, other topics, category, the rest."""
    teams = facts.house.teams
    named = [finding for finding in found if finding.team is not None]
    ordered = sorted(named, key=lambda one: (one.tier is not Tier.HIGH_PRIORITY, not one.needs_person, -one.tier))
    if ordered and ordered[0].team is not None:
        return ordered[0].team
    if tier is Tier.NOISE:
        return teams.noise
    if facts.said in (Said.COMPLAINT, Said.ENQUIRY):
        return facts.house.categories.get(likeliest_category(facts.verdict), teams.otherwise)
    return teams.otherwise
