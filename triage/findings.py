"""The house rules, one function each: what fired, and what it asks for."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.case import Decision, Definition, Priority, Reach, Tier
from models.mention import Mention
from models.verdict import Verdict
from policy.house import HousePack, Said, ThirdPartyPosts
from triage.definition import Judgement, expresses_dissatisfaction, ruled_out_by
from triage.reach import is_influencer
from triage.topics import TopicHit, applying

_NOISE = frozenset({Said.SPAM, Said.ABUSE, Said.OTHER})
_SERIOUS = frozenset({Said.COMPLAINT, Said.UNSURE})
_MAY_BE_LEAD = frozenset({Said.ENQUIRY, Said.PRAISE, Said.OTHER})


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the rules may look at."""

    mention: Mention
    verdict: Verdict
    judgement: Judgement
    definition: Definition
    hits: tuple[TopicHit, ...]
    """Every topic spoken of, most serious first."""
    reach: Reach
    earlier: Decision | None
    contacts: int
    house: HousePack

    @property
    def said(self) -> Said:
        """What the rules go by: a message that expresses dissatisfaction counts as a complaint whatever its label."""
        return Said.COMPLAINT if expresses_dissatisfaction(self.definition) else self.judgement.said

    @property
    def is_complaint(self) -> bool:
        return self.definition.is_complaint

    @property
    def topics(self) -> tuple[TopicHit, ...]:
        return applying(self.hits, self.said)


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that fired. The case gets the highest tier and priority of all findings, and all their tags."""

    rule: str
    tier: Tier = Tier.NOISE
    priority: Priority = Priority.LOW
    tags: tuple[str, ...] = ()
    team: str | None = None
    needs_person: bool = False


def findings(facts: Facts) -> tuple[Finding, ...]:
    """In a fixed order, the kind of message first."""
    rules = (_kind, _abstained, _lead, _topics, _abuse, _intensity, _repetition, _queue, _bad_faith)
    found = [finding for rule in rules for finding in rule(facts)]
    return (*found, *_influencer(facts, max((one.priority for one in found), key=lambda each: each.rank)))


def _kind(facts: Facts) -> Iterator[Finding]:
    if facts.is_complaint:
        yield Finding("complaint", Tier.PERSONAL_REPLY, Priority.MEDIUM, ("complaint",))
        yield from _at_a_representative(facts)
    elif facts.said is Said.COMPLAINT:
        yield _not_under_the_pack(facts)
    elif facts.said in _NOISE:
        yield Finding(f"noise:{facts.said}")
    elif facts.said is not Said.UNSURE:
        yield Finding(f"kind:{facts.said}", Tier.SAVED_REPLY)


def _at_a_representative(facts: Facts) -> Iterator[Finding]:
    """A representative must refer it to the licensee, who has the clock (RG 271.32(a) Note 3)."""
    if facts.mention.account in facts.house.definition.representative_accounts:
        yield Finding("representative:refer_to_licensee", Tier.PERSONAL_REPLY, tags=("refer_to_licensee",))


def _not_under_the_pack(facts: Facts) -> Finding:
    """Dissatisfied, and yet no complaint under the pack: somebody reads it all the same."""
    if ruled_out_by(facts.definition, "channel_owned_or_controlled"):
        if facts.house.definition.third_party_posts is ThirdPartyPosts.IGNORE:
            return Finding("third_party:ignore", Tier.SAVED_REPLY, tags=("third_party_post",))
        return Finding("third_party:engage", Tier.PERSONAL_REPLY, Priority.MEDIUM, ("third_party_post",))
    tags = ("dissatisfied", "needs_person")
    return Finding("definition_not_met", Tier.PERSONAL_REPLY, Priority.MEDIUM, tags, needs_person=True)


def _abstained(facts: Facts) -> Iterator[Finding]:
    if facts.judgement.said is Said.UNSURE:
        team = facts.house.teams.unsure
        yield Finding("abstained", Tier.PERSONAL_REPLY, Priority.MEDIUM, ("needs_person",), team, needs_person=True)


def _lead(facts: Facts) -> Iterator[Finding]:
    if facts.said in _MAY_BE_LEAD and facts.verdict.lead_score >= facts.house.thresholds.lead_from:
        yield Finding("lead", Tier.SAVED_REPLY, tags=("lead",), team=facts.house.teams.leads)


def _topics(facts: Facts) -> Iterator[Finding]:
    for hit in facts.topics:
        topic = hit.topic
        yield Finding(hit.rule, topic.tier, topic.priority, topic.tags, topic.team)


def _abuse(facts: Facts) -> Iterator[Finding]:
    judged_abuse = facts.judgement.said is Said.ABUSE
    if facts.said is Said.ABUSE and len(facts.hits) > len(facts.topics):
        # Words of a known issue inside abuse: a person makes sure that no complaint is filed as noise (RG 271.31).
        tags, team = ("needs_person",), facts.house.teams.unsure
        yield Finding("abuse_with_issue", Tier.PERSONAL_REPLY, Priority.MEDIUM, tags, team, needs_person=True)
    if judged_abuse or facts.verdict.abuse_score >= facts.house.thresholds.abusive_from:
        yield Finding("abusive_language", tags=("abusive_language",))


def _intensity(facts: Facts) -> Iterator[Finding]:
    limits = facts.house.thresholds
    if facts.said not in _SERIOUS:
        return
    if facts.verdict.severity >= limits.severity_high_from:
        yield Finding("severe", priority=Priority.HIGH)
    if facts.verdict.urgency.get("high", 0.0) >= limits.urgency_high_from:
        yield Finding("urgent_words", priority=Priority.HIGH)


def _repetition(facts: Facts) -> Iterator[Finding]:
    if facts.said not in _SERIOUS | {Said.ENQUIRY}:
        return
    if facts.contacts >= facts.house.thresholds.repeat_contacts_from:
        yield Finding("repeat_contacts", priority=Priority.HIGH, tags=("repeat_contact",))
    if facts.is_complaint and facts.earlier is not None and facts.earlier.is_complaint:
        yield Finding("complaint_again", tags=("follow_up",))


def _queue(facts: Facts) -> Iterator[Finding]:
    """The firm's own name for where this goes."""
    category = likeliest_category(facts.verdict)
    if facts.said in _SERIOUS | {Said.ENQUIRY} and category in facts.house.queues:
        yield Finding("sector_queue", tags=(facts.house.queues[category],))


def likeliest_category(verdict: Verdict) -> str:
    """Empty where the classifier names none."""
    return max(verdict.category, key=lambda name: verdict.category[name], default="")


def _bad_faith(facts: Facts) -> Iterator[Finding]:
    """A tag to filter by, and nothing else."""
    if facts.verdict.bad_faith_score >= facts.house.thresholds.bad_faith_tag_from:
        yield Finding("bad_faith_cues", tags=("possible_bad_faith",))


def _influencer(facts: Facts, priority: Priority) -> Iterator[Finding]:
    """The house's tier and one level of priority up for an account that many read, up to what it allows."""
    rule = facts.house.reach
    if facts.said not in _SERIOUS or not is_influencer(facts.reach, rule):
        return
    raised = next((one for one in Priority if one.rank == priority.rank + 1), priority)
    if raised.rank <= rule.influencer_priority_up_to.rank:
        priority = raised
    tier = rule.influencer_tier if facts.said is Said.COMPLAINT else Tier.NOISE
    yield Finding("influencer", tier, priority, ("influencer",))
