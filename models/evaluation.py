"""What `earshot evaluate` found: two versions of the classifier on the same labelled rows. Figures only, no texts."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

BETTER, WORSE, NO_DIFFERENCE = "better", "worse", "no clear difference"


@dataclass(frozen=True, slots=True)
class Estimate:
    """A number, the 95 % interval over the choice of texts, and how many texts it was counted on."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class EvaluationLine:
    name: str
    lang: str
    """Empty: all rows together."""
    before: Estimate
    after: Estimate
    difference: Estimate
    """After minus before, on the same texts."""
    verdict: str

    @property
    def title(self) -> str:
        return f"{self.name}, {self.lang}" if self.lang else self.name


@dataclass(frozen=True, slots=True)
class LabelFigures:
    label: str
    given: int
    """To so many texts people gave the label."""
    precision: Estimate | None
    """None where it never decided so."""
    recall: Estimate | None


@dataclass(frozen=True, slots=True)
class ConfusionFigures:
    """What people said against what one version decided."""

    decided: tuple[str, ...]
    """Columns."""
    labelled: Mapping[str, tuple[int, ...]]
    """Label that people gave → texts of each decision."""
    labels: tuple[LabelFigures, ...]


@dataclass(frozen=True, slots=True)
class EvaluationFigures:
    lines: tuple[EvaluationLine, ...]
    before: ConfusionFigures
    after: ConfusionFigures
    learnt_before: int = 0
    """So many of the rows the version compared with had learnt from: its figures are too good."""
    learnt_after: int = 0


@dataclass(frozen=True, slots=True)
class Evaluation:
    version: str
    """As its manifest calls it, and so do its verdicts."""
    digest: str
    """SHA-256 of its manifest: a version trained again under the same name was not evaluated by this."""
    against: str
    against_digest: str
    rows_digest: str
    """SHA-256 of the file of rows."""
    row_count: int
    at: datetime
    figures: EvaluationFigures

    @property
    def is_of_itself(self) -> bool:
        """Figures without a comparison."""
        return self.digest == self.against_digest

    @property
    def worse(self) -> tuple[str, ...]:
        """The figures in which it is worse than the other one."""
        return tuple(line.title for line in self.figures.lines if line.verdict == WORSE)
