"""What the board is told of a period: figures beside those of earlier periods, systemic issues, the miss rate."""

from dataclasses import dataclass
from datetime import date, datetime

from measure.complaint_figures import Figures
from measure.miss_rate import MissRate


@dataclass(frozen=True, slots=True)
class SystemicIssue:
    """A candidate as the report shows it: words that several people used, never whose."""

    id: int
    name: str
    """The category or product it is about."""
    words: tuple[str, ...]
    complaints: int
    authors: int
    weeks: tuple[int, ...]
    """Complaints a week up to the last look, oldest first."""
    level: str
    owner: str | None
    decision: str | None
    decided_on: date | None
    escalated_on: date | None
    escalated_to: str | None
    outcome: str | None
    outcome_on: date | None


@dataclass(frozen=True, slots=True)
class Board:
    firm: str
    zone: str
    policy: str
    """Packs and their versions."""
    made_at: datetime
    figures: tuple[Figures, ...]
    """Oldest first; the last is the period reported on."""
    issues: tuple[SystemicIssue, ...]
    missed: MissRate | None
    """None where no week of the period was sampled."""

    @property
    def now(self) -> Figures:
        return self.figures[-1]

    @property
    def before(self) -> Figures | None:
        return self.figures[-2] if len(self.figures) > 1 else None
