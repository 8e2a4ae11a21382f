"""What `earshot evaluate` keeps, without a classifier."""

from collections.abc import Mapping
from datetime import UTC, datetime

from models import UNSURE, Label
from models.evaluation import (
    NO_DIFFERENCE,
    ConfusionFigures,
    Estimate,
    Evaluation,
    EvaluationFigures,
    EvaluationLine,
    LabelFigures,
)

EVALUATED_AT = datetime(2026, 6, 1, 9, tzinfo=UTC)
NAMES = ("complaint, F1", "six labels, macro F1", "left to a person", "complaints missed")
DECIDED = (*(label.value for label in Label), UNSURE)


def evaluation(
    *,
    version: str = "a",
    digest: str = "a" * 64,
    against: str = "2026.2",
    against_digest: str = "0" * 64,
    rows_digest: str = "f" * 64,
    at: datetime = EVALUATED_AT,
    verdicts: Mapping[str, str] | None = None,
    learnt: int = 0,
) -> Evaluation:
    """As `earshot evaluate` keeps it, on 200 rows in English: 100 complaints, 81 found, 7 left to a person."""
    before, after = Estimate(0.7, 0.65, 0.75, 200), Estimate(0.76, 0.71, 0.81, 200)
    lines = tuple(
        EvaluationLine(
            name, "", before, after, Estimate(0.06, 0.02, 0.1, 200), (verdicts or {}).get(name, NO_DIFFERENCE)
        )
        for name in NAMES
    )
    rows = {"complaint": (81, 4, 0, 0, 5, 3, 7), "praise": (2, 0, 0, 95, 0, 3, 0)}
    complaint = LabelFigures("complaint", 100, Estimate(81 / 83, 0.92, 0.993, 83), Estimate(0.81, 0.722, 0.875, 100))
    confusion = ConfusionFigures(DECIDED, rows, (complaint, LabelFigures("praise", 100, None, None)))
    figures = EvaluationFigures(lines, confusion, confusion, 0, learnt)
    return Evaluation(version, digest, against, against_digest, rows_digest, 200, at, figures)
