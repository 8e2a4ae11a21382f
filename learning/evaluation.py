"""Before and after on a frozen file: two classifiers judge the same labelled texts."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from classify.classifier import Classifier
from learning.corrections import LABELS
from models import UNSURE, Kind, Label, Mention, Verdict
from models.errors import SetupError
from models.evaluation import (
    BETTER,
    NO_DIFFERENCE,
    WORSE,
    ConfusionFigures,
    Estimate,
    EvaluationFigures,
    EvaluationLine,
    LabelFigures,
)
from training.fitting import SEED, Floats
from training.metrics import DRAWS, Measured, Whole, f1_of_yes, macro_f1, share_of

BATCH = 128
_ORDER = tuple(label.value for label in Label)
Measure = Callable[[Floats | Whole], float]
"""Of a table with the truth in rows and what was found in columns."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """One line of the file."""

    text: str
    lang: str
    label: str | None
    is_complaint: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One figure of both, and the difference on the same texts: after minus before."""

    name: str
    before: Measured
    after: Measured
    difference: Measured
    is_better_higher: bool
    lang: str = ""
    """In the name as well; empty: all rows together."""

    @property
    def verdict(self) -> str:
        """`better` or `worse` only where the interval of the difference leaves out zero."""
        if not (self.difference.low > 0 or self.difference.high < 0):
            return NO_DIFFERENCE
        return BETTER if (self.difference.value > 0) is self.is_better_higher else WORSE


@dataclass(frozen=True, slots=True)
class LabelLine:
    """How one classifier did on one label, in numbers of texts. It decided; `unsure` is a decision, too."""

    label: str
    given: int
    """To so many texts people gave the label."""
    decided: int
    both: int

    @property
    def precision(self) -> Measured | None:
        """Of the texts it decided so, the share that people labelled so, with Wilson's interval; None without any."""
        return share_of(self.both, self.decided) if self.decided else None

    @property
    def recall(self) -> Measured | None:
        """Of the texts that people labelled so, the share it decided so, with Wilson's interval; None without any."""
        return share_of(self.both, self.given) if self.given else None


@dataclass(frozen=True, slots=True)
class Confusion:
    """What people said against what one classifier decided."""

    columns: tuple[str, ...]
    """Decisions."""
    rows: Mapping[str, tuple[int, ...]]
    """Label that people gave → texts of each decision. Labels nobody gave have no row."""
    labels: tuple[LabelLine, ...]


@dataclass(frozen=True, slots=True)
class Evaluated:
    lines: list[Line]
    """All figures over all rows, then those of each language."""
    before: Confusion
    after: Confusion


def read_labelled(path: Path) -> list[Labelled]:
    """Rows as in `training/labels/README.md`; instead of `label`, `complaint` 0 or 1 will do.

    Raises: SetupError naming file, line and what is wrong.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{path} cannot be read as UTF-8 text ({error}); give JSON lines with --data") from None
    found = [_row(line, f"{path} line {number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not found:
        raise SetupError(f"{path} holds no row: `earshot corrections --part frozen` writes some")
    return found


def _row(line: str, where: str) -> Labelled:
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        raise SetupError(f"{where} is no JSON ({error.msg}); correct or remove it") from None
    if not isinstance(raw, dict) or not isinstance(raw.get("text"), str):
        raise SetupError(f"{where} has no text; correct or remove it")
    label = raw.get("label")
    if label is None and raw.get("complaint") in (0, 1):
        return Labelled(raw["text"], str(raw.get("lang") or "und"), None, bool(raw["complaint"]))
    if label not in LABELS:
        raise SetupError(f"{where}: label {label!r} is none of {', '.join(_ORDER)}; correct or remove it")
    return Labelled(raw["text"], str(raw.get("lang") or "und"), str(label), label == Label.COMPLAINT)


def evaluate(rows: Sequence[Labelled], before: Classifier, after: Classifier) -> Evaluated:
    """Rows that only say whether they are a complaint are in the figures of complaints, and in no confusion."""
    verdicts = _judged(rows, before), _judged(rows, after)
    pairs = list(zip(rows, *verdicts, strict=True))
    lines = list(_lines(pairs, ""))
    languages = sorted({row.lang for row in rows})
    for lang in languages if len(languages) > 1 else []:
        of_lang = _lines([pair for pair in pairs if pair[0].lang == lang], f", {lang}")
        lines += [replace(line, lang=lang) for line in of_lang]
    return Evaluated(lines, *(_confusion(rows, found) for found in verdicts))


def figures_of(found: Evaluated, *, learnt_before: int, learnt_after: int) -> EvaluationFigures:
    """As they are kept. `learnt_…`: so many of the rows that version had learnt from."""
    return EvaluationFigures(
        tuple(map(_kept_line, found.lines)),
        _kept_confusion(found.before),
        _kept_confusion(found.after),
        learnt_before,
        learnt_after,
    )


def _kept_line(line: Line) -> EvaluationLine:
    name = line.name.removesuffix(f", {line.lang}")
    parts = (_kept(line.before), _kept(line.after), _kept(line.difference))
    return EvaluationLine(name, line.lang, *parts, line.verdict)


def _kept_confusion(found: Confusion) -> ConfusionFigures:
    labels = (
        LabelFigures(
            line.label,
            line.given,
            _kept(line.precision) if line.precision is not None else None,
            _kept(line.recall) if line.recall is not None else None,
        )
        for line in found.labels
    )
    return ConfusionFigures(found.columns, dict(found.rows), tuple(labels))


def _kept(one: Measured) -> Estimate:
    return Estimate(one.value, one.low, one.high, one.count)


def _confusion(rows: Sequence[Labelled], verdicts: Sequence[Verdict]) -> Confusion:
    found = Counter((row.label, verdict.decision) for row, verdict in zip(rows, verdicts, strict=True) if row.label)
    columns = (*_ORDER, UNSURE)
    table = {label: tuple(found[label, decision] for decision in columns) for label in _ORDER}
    decided = {label: sum(row[at] for row in table.values()) for at, label in enumerate(_ORDER)}
    lines = [LabelLine(label, sum(table[label]), decided[label], found[label, label]) for label in _ORDER]
    return Confusion(
        columns,
        {label: row for label, row in table.items() if any(row)},
        tuple(line for line in lines if line.given or line.decided),
    )


def _judged(rows: Sequence[Labelled], classifier: Classifier) -> list[Verdict]:
    found: list[Verdict] = []
    for start in range(0, len(rows), BATCH):
        mentions = [_mention(row.text, start + at) for at, row in enumerate(rows[start : start + BATCH])]
        found += classifier.judge(mentions, [None] * len(mentions))
    return found


def _mention(text: str, number: int) -> Mention:
    """A text without author, platform or a word about its language."""
    at = datetime.fromtimestamp(0, UTC)
    name = str(number)
    return Mention(name, "file", "", name, Kind.MENTION, text, created_at=at, received_at=at, conversation_id=name)


Pair = tuple[Labelled, Verdict, Verdict]


def _lines(pairs: Sequence[Pair], where: str) -> Iterator[Line]:
    complaint = [int(row.is_complaint) for row, *_ in pairs]
    said = [(int(a.complaint_score >= 0.5), int(b.complaint_score >= 0.5)) for _, a, b in pairs]
    yield _line(f"complaint, F1{where}", complaint, said, 2, f1_of_yes)
    six = [(row.label, a.label.value, b.label.value) for row, a, b in pairs if row.label is not None]
    if six:
        truth = [_ORDER.index(str(label)) for label, *_ in six]
        labels = [(_ORDER.index(a), _ORDER.index(b)) for _, a, b in six]
        yield _line(f"six labels, macro F1{where}", truth, labels, len(_ORDER), macro_f1)
    unsure = [(int(a.decision == UNSURE), int(b.decision == UNSURE)) for _, a, b in pairs]
    yield _line(f"left to a person{where}", complaint, unsure, 2, _share_of_all, is_better_higher=False)
    missed = [(int(_is_missed(a)), int(_is_missed(b))) for row, a, b in pairs if row.is_complaint]
    if missed:
        yield _line(f"complaints missed{where}", [1] * len(missed), missed, 2, _share_of_all, is_better_higher=False)


def _is_missed(verdict: Verdict) -> bool:
    """Were it a complaint: nobody would have looked at it as one."""
    return verdict.decision not in (Label.COMPLAINT, UNSURE)


def _share_of_all(table: Floats | Whole) -> float:
    return float(table[:, 1].sum() / table.sum())


def _line(
    name: str,
    truth: Sequence[int],
    found: Sequence[tuple[int, int]],
    classes: int,
    measure: Measure,
    *,
    is_better_higher: bool = True,
) -> Line:
    """Texts are redrawn by redrawing the cells of (truth, before, after), so that both meet the same texts."""
    cells = [(one * classes + a) * classes + b for one, (a, b) in zip(truth, found, strict=True)]
    table = np.bincount(np.array(cells, dtype=np.int64), minlength=classes**3).reshape(classes, classes, classes)
    chance = np.random.default_rng(SEED)
    drawn = chance.multinomial(len(cells), table.ravel() / len(cells), size=DRAWS).reshape(DRAWS, *table.shape)
    values = np.array([_both(measure, one) for one in drawn])
    ends = np.percentile(np.column_stack([values, values[:, 1] - values[:, 0]]), [2.5, 97.5], axis=0)
    before, after = _both(measure, table)

    def measured(value: float, at: int) -> Measured:
        return Measured(value, float(ends[0, at]), float(ends[1, at]), len(cells))

    difference = measured(after - before, 2)
    return Line(name, measured(before, 0), measured(after, 1), difference, is_better_higher)


def _both(measure: Measure, table: Whole) -> tuple[float, float]:
    return measure(table.sum(axis=2)), measure(table.sum(axis=1))
