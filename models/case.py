"""One conversation with one person or thread, and what was decided about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum

from models.clock import Due


class Priority(StrEnum):
    """The four levels of the house policy; order is by urgency, see `rank`."""

    URGENT = "urgent"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """3 for urgent down to 0 for low."""
        return {"urgent": 3, "high": 2, "medium": 1, "low": 0}[self.value]


class Tier(IntEnum):
    """How much of a person a case needs. Noise is tier 0: folded away, countable, never deleted."""

    NOISE = 0
    SAVED_REPLY = 1
    PERSONAL_REPLY = 2
    HIGH_PRIORITY = 3


class CaseState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"
    MERGED = "merged"
    """It was merged into another case, which stands for it until somebody takes that back."""


class LimbVerdict(StrEnum):
    """Answer to one limb of the definition test. Unknown is an answer: policy says what follows from it."""

    MET = "met"
    NOT_MET = "not_met"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Limb:
    """One limb of the complaint definition (RG 271.27, .32(a)), with its evidence."""

    name: str
    verdict: LimbVerdict
    evidence: str
    paragraph: str


@dataclass(frozen=True, slots=True)
class Definition:
    """The definition test as a record: every limb, the result, the rule version and who decided."""

    is_complaint: bool
    limbs: tuple[Limb, ...]
    basis: str
    """One sentence: why it is, or is not, a complaint under the pack."""
    decided_by: str
    """`classifier:<version>` or `person:<name>`."""
    pack: str
    pack_version: str


@dataclass(frozen=True, slots=True)
class Reach:
    """How many people may read it: 0 to 1, or None where the platform told nothing. Formula in `docs/policy.md`."""

    score: float | None
    steps: tuple[str, ...]
    """The arithmetic, in words."""
    shares: int | None = None
    """Of the author's most shared message, as it counted here."""


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One addend of the score that sorts the queue."""

    name: str
    points: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What triage says about one mention; pure function of mention, verdict, author, history and policy."""

    label: str
    """The verdict's decision, or the label a person gave."""
    definition: Definition
    tier: Tier
    priority: Priority
    team: str
    tags: tuple[str, ...]
    reach: Reach
    score: float
    """Sorts the queue, highest first; the sum of `score_parts`."""
    score_parts: tuple[ScorePart, ...]
    rules: tuple[str, ...]
    """Names of the policy rules that fired, in order."""
    needs_person: bool
    """The classifier abstained, or the rules ask for a person."""
    wants_ticket: bool
    dues: tuple[Due, ...]
    """Running clocks; empty when it is not a complaint."""
    policy_version: str
    """Packs and their versions, e.g. `asic-rg271 2021-09, house 2026-11`."""

    @property
    def is_complaint(self) -> bool:
        return self.definition.is_complaint


@dataclass(frozen=True, slots=True)
class Set:
    """One level that a person set, and what stood before: what comes later and is worse than that counts again."""

    level: int
    before: int


@dataclass(frozen=True, slots=True)
class SetByHand:
    """What a person set of a case in place of what rules worked out; None and empty leave a thing to them."""

    tier: Set | None
    priority: Set | None
    """By rank."""
    add_tags: tuple[str, ...]
    drop_tags: tuple[str, ...]
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseRef:
    """What other parts need to name a case."""

    id: int
    channel: str
    conversation_id: str
    received_at: datetime
    """When the earliest message of the case was said."""
