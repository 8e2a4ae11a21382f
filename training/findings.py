"""What a run of the training found out: everything that the card prints."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from classify.manifest import Thresholds
from training.base_rates import BaseRate, base_rates
from training.evaluation import ClassFigure, calibration, class_figures, figures
from training.fairness import Treatment, called_abuse, called_complaint, of_complaints
from training.fitting import Floats
from training.metrics import Figure
from training.reliability import Reliability, by_answer, by_channel, by_language
from training.rows import Row
from training.thresholds import Band, asked_share, trade_off

ASKED_OF = ("xci:dev", "xci", "cesamard:dev", "earshot-labels")
"""Sets whose share left to a person is shown."""


@dataclass(frozen=True, slots=True)
class Encoder:
    """The ready-made encoder that was fine-tuned."""

    name: str
    licence: str
    digest: str = ""
    """SHA-256 of its weights."""


@dataclass(frozen=True, slots=True)
class Findings:
    """All figures are of held-back texts."""

    version: str
    data_digest: str
    rows: Sequence[Row]
    figures: Sequence[Figure]
    calibration: Sequence[tuple[str, float, int]]
    thresholds: Thresholds
    asked: Sequence[tuple[str, float, float]]
    """Set, share left to a person, share of complaints judged to be something else."""
    proven_languages: Sequence[str]
    used: frozenset[str]
    """Names of the sets that were trained on."""
    encoder: Encoder | None = None
    """None: the n-grams answer alone."""
    class_figures: Sequence[ClassFigure] = ()
    reliability: Sequence[Reliability] = ()
    by_language: Sequence[Reliability] = ()
    by_channel: Sequence[Reliability] = ()
    base_rates: Sequence[BaseRate] = ()
    bands: Sequence[Band] = ()
    complaints_by_mark: Sequence[Treatment] = ()
    called_complaint_by_mark: Sequence[Treatment] = ()
    called_abuse_by_mark: Sequence[Treatment] = ()
    only_clear_figures: Sequence[Figure] = ()
    """The same figures of a run that learnt from sets with a clear licence only."""


def findings(
    rows: Sequence[Row],
    held_back: dict[str, Floats],
    thresholds: Thresholds,
    *,
    version: str,
    data_digest: str,
    proven_languages: Sequence[str],
    used: frozenset[str],
    encoder: Encoder | None = None,
    only_clear_figures: Sequence[Figure] = (),
) -> Findings:
    """Measures everything. `held_back`: answer → probabilities `(rows, classes)`, NaN where not held back."""
    return Findings(
        version=version,
        data_digest=data_digest,
        rows=rows,
        figures=figures(rows, held_back),
        calibration=calibration(rows, held_back),
        thresholds=thresholds,
        asked=[(tag, *asked_share(rows, held_back, tag, thresholds)) for tag in ASKED_OF],
        proven_languages=proven_languages,
        used=used,
        encoder=encoder,
        class_figures=class_figures(rows, held_back),
        reliability=by_answer(rows, held_back),
        by_language=by_language(rows, held_back),
        by_channel=by_channel(rows, held_back),
        base_rates=base_rates(rows, held_back, thresholds),
        bands=trade_off(rows, held_back),
        complaints_by_mark=of_complaints(rows, held_back, thresholds),
        called_complaint_by_mark=called_complaint(rows, held_back, thresholds),
        called_abuse_by_mark=called_abuse(rows, held_back, thresholds),
        only_clear_figures=only_clear_figures,
    )


def write_figures(found: Findings, path: Path) -> None:
    """For another run to hold its own against."""
    lines = json.dumps([asdict(one) for one in found.figures], indent=1)
    path.write_text(lines + "\n", encoding="utf-8")


def read_figures(path: Path) -> list[Figure]:
    return [Figure(**one) for one in json.loads(path.read_text(encoding="utf-8"))]
