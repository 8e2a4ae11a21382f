"""The firm's own policy as records: tiers, priorities, topics, teams, reach, score, and what the law leaves open."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from models.case import Priority, Tier
from policy.custom_fields import CustomField
from policy.phrases import PhraseIndex


class Said(StrEnum):
    """What a message was judged to be, for the rules that ask: the six labels and `unsure`."""

    COMPLAINT = "complaint"
    ABUSE = "abuse"
    SPAM = "spam"
    PRAISE = "praise"
    ENQUIRY = "enquiry"
    OTHER = "other"
    UNSURE = "unsure"


class ThirdPartyPosts(StrEnum):
    """What follows from a complaint on somebody else's page (RG 271.32(a) Note 1: no duty to seek them)."""

    REGISTER = "register"
    ENGAGE = "engage"
    IGNORE = "ignore"


class UnknownLimbs(StrEnum):
    """How a limb that nobody can answer is counted."""

    MET = "met"
    NOT_MET = "not_met"


class IdentifiableBy(StrEnum):
    """Which facts make an author identifiable."""

    NAME = "name"
    HANDLE = "handle"
    ID = "id"


class ContactableBy(StrEnum):
    """Which ways of answering make an author contactable."""

    PUBLIC_REPLY = "public_reply"
    PRIVATE_MESSAGE = "private_message"


@dataclass(frozen=True, slots=True)
class TierRule:
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Topic:
    """A subject that raises tier and priority wherever it is spoken of."""

    name: str
    tier: Tier
    priority: Priority
    """Never less urgent than this."""
    tags: tuple[str, ...]
    team: str
    why: str
    applies_to: frozenset[Said]
    told_to_us_only: bool
    """True for what may be taken only from a person who told the firm: hardship, vulnerability."""
    patterns: Mapping[str, tuple[str, ...]]
    """Language → phrases. All languages are searched in every text: people mix them."""


@dataclass(frozen=True, slots=True)
class Teams:
    """Who owns what no topic or category gives to somebody."""

    otherwise: str
    noise: str
    unsure: str
    leads: str


@dataclass(frozen=True, slots=True)
class ReachRule:
    full_reach_followers: int
    verified_bonus: float
    influencer_from: float
    influencer_tier: Tier
    """Never less than this for what such an account complains about."""
    influencer_priority_up_to: Priority
    virality_bonus: float = 0.0
    """The most that what others shared of the author's messages adds."""
    full_virality_shares: int = 10_000
    virality_days: int = 30


@dataclass(frozen=True, slots=True)
class Weights:
    """Points in the score that sorts the queue: the most each part can give."""

    tier_step: float
    complaint: float
    priority: float
    severity: float
    urgency: float
    reach: float
    sentiment: float
    due_soon: float
    due_soon_hours: float
    """A clock adds points from so many hours before it is due."""
    bad_faith: float
    """The most it may lower; see `spare`."""
    early_warning: float = 0.0
    """For signs that a case is about to go wrong; see `policy/early_warning`."""
    vip: float = 0.0
    """For authors in the firm's own list of customers; see `policy/vips`."""

    @property
    def spare(self) -> float:
        """By how much a complaint outranks, within its tier, the best non-complaint there can be. Must be positive."""
        most = self.priority + self.severity + self.urgency + self.reach + self.sentiment + self.due_soon
        return self.complaint - most - self.early_warning - self.vip - self.bad_faith


@dataclass(frozen=True, slots=True)
class DefinitionRule:
    """The switches that RG 271 leaves to the firm."""

    third_party_posts: ThirdPartyPosts
    unknown_limbs: UnknownLimbs
    registers_from: Mapping[Said, float]
    """A complaint score from which a message counts as dissatisfied although it was judged something else."""
    identifiable_by: frozenset[IdentifiableBy]
    contactable_by: frozenset[ContactableBy]
    phrases: PhraseIndex
    """`asks` and `expects_none`: words that ask for a response, and words that decline one."""
    representative_accounts: frozenset[str] = frozenset()
    """Accounts of authorised representatives and brokers: what is said there is referred to the licensee."""


@dataclass(frozen=True, slots=True)
class TicketRule:
    """A priority ticket is pushed when any of these holds."""

    tiers: frozenset[Tier]
    priorities: frozenset[Priority]
    complaint_priorities: frozenset[Priority]


@dataclass(frozen=True, slots=True)
class Thresholds:
    lead_from: float
    severity_high_from: float
    """Expected severity, 0 to 4."""
    urgency_high_from: float
    repeat_contacts_from: int
    """Messages of one author in seven days."""
    abusive_from: float
    bad_faith_tag_from: float
    """A tag is all that bad faith ever gives."""


@dataclass(frozen=True, slots=True)
class HousePack:
    name: str
    version: str
    from_on: date
    source: str
    complaint_type: str
    """The type of a complaint that nobody has typed."""
    tiers: Mapping[Tier, TierRule]
    topics: Mapping[str, Topic]
    topic_phrases: PhraseIndex
    categories: Mapping[str, str]
    """Category of the classifier → team."""
    teams: Teams
    reach: ReachRule
    weights: Weights
    definition: DefinitionRule
    ticket: TicketRule
    thresholds: Thresholds
    custom_fields: tuple[CustomField, ...] = ()
    queues: Mapping[str, str] = field(default_factory=dict)
    """Category of the classifier → the firm's own name for its queue, from the sector pack; empty without one."""

    @property
    def title(self) -> str:
        return f"{self.name} {self.version}"
