"""Held-back probabilities → the figures on the card."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from training.datasets import OWN_LABELS
from training.fitting import Floats
from training.metrics import (
    Figure,
    Measured,
    Whole,
    calibration_error,
    f1_by_class,
    figure,
    rank_correlation,
    share,
)
from training.published import SWEARING_AS_ABUSE, SWEARING_KEPT
from training.questions import ANSWERS, LABELS, SEVERITIES, URGENCIES, Answer, class_of
from training.rows import Row

LEAST_IN_LANGUAGE = 50
"""Texts of a language, below which it gets no line of its own."""

Chosen = Callable[[Row], bool]
View = Callable[[Whole, Floats], tuple[Whole, Floats]]
_BY_NAME = {answer.name: answer for answer in ANSWERS}


def _in(*tags: str) -> Chosen:
    return lambda row: bool(row.tags & set(tags))


def _in_language(tag: str, lang: str) -> Chosen:
    return lambda row: tag in row.tags and row.lang == lang


def _as_asked(truth: Whole, probabilities: Floats) -> tuple[Whole, Floats]:
    return truth, probabilities


def _levels_of_complaints(truth: Whole, probabilities: Floats) -> tuple[Whole, Floats]:
    """Severity without its level 0, which is no complaint."""
    return truth[truth > 0] - 1, probabilities[truth > 0, 1:]


def _high_or_not(truth: Whole, probabilities: Floats) -> tuple[Whole, Floats]:
    high = URGENCIES.index("high")
    return (truth == high).astype(np.int64), probabilities[:, [high]]


@dataclass(frozen=True, slots=True)
class _Line:
    title: str
    answer: str
    measure: str
    chosen: Chosen
    view: View = _as_asked


_XCI = _in("xci", "xci:dev")
_REVIEWS = _in("cesamard", "cesamard:dev")
_LANGUAGES = {"en": "English", "tr": "Turkish", "bg": "Bulgarian"}

_MEASURED = (
    _Line("X-CI complaint, four of its ten folds", "complaint", "macro F1", _XCI),
    _Line("reviews complaint (cesamard)", "complaint", "macro F1", _REVIEWS),
    _Line("noise-composite six-way", "label", "macro F1", _in("noise-composite")),
    *(
        _Line(f"own labels six-way, {name}", "label", "macro F1", _in_language(OWN_LABELS, lang))
        for lang, name in _LANGUAGES.items()
    ),
    *(
        _Line(f"own labels complaint, {name}", "complaint", "macro F1", _in_language(OWN_LABELS, lang))
        for lang, name in _LANGUAGES.items()
    ),
    _Line("offence, English (OLID dev)", "abuse", "macro F1", _in("tweeteval-offensive:dev")),
    _Line("offence, Turkish (OffensEval dev)", "abuse", "macro F1", _in("offenseval2020:dev")),
    _Line("offence, Bulgarian (bg-toxic)", "abuse", "macro F1", _in("bg-toxic")),
    _Line("spam (SMS, YouTube)", "spam", "macro F1", _in("sms-spam", "sms-spam:dev", "youtube-spam")),
    _Line("sentiment (SemEval dev)", "sentiment", "macro recall", _in("semeval-sentiment:dev")),
    _Line("severity 1-4 of complaints (X-CI)", "severity", "macro F1", _XCI, _levels_of_complaints),
    _Line("severity 0-4 (X-CI)", "severity", "macro F1", _XCI),
    _Line("severity 0-4 (reviews)", "severity", "macro F1", _REVIEWS),
    _Line("coarse category (banking77, 9 of 13)", "category", "accuracy", _in("banking77")),
    _Line("coarse category (own labels)", "category", "accuracy", _in(OWN_LABELS)),
    _Line("urgency high against rest, weak (CrisisLex)", "urgency", "macro F1", _in("crisislex-t26"), _high_or_not),
    _Line("urgency, weak (CrisisLex)", "urgency", "macro F1", _in("crisislex-t26")),
    _Line("urgency (own labels)", "urgency", "macro F1", _in(OWN_LABELS)),
    _Line("leads (purchase-intent)", "lead", "F1 of yes", _in("purchase-intent", "purchase-intent:dev")),
    _Line("leads (purchase-intent)", "lead", "macro F1", _in("purchase-intent", "purchase-intent:dev")),
)


@dataclass(frozen=True, slots=True)
class ClassFigure:
    """F1 of one class of the six-way label; `lang` is `all` for every language together."""

    population: str
    lang: str
    label: str
    f1: Measured


def figures(rows: Sequence[Row], held_back: dict[str, Floats]) -> list[Figure]:
    """One figure per line of the table above that has texts in this run."""
    found = [one for line in _MEASURED if (one := _measure(rows, held_back[line.answer], line)) is not None]
    return [*found, *_severity_ranks(rows, held_back["severity"]), *_swearing(rows, held_back["label"])]


def calibration(rows: Sequence[Row], held_back: dict[str, Floats]) -> list[tuple[str, float, int]]:
    """Expected calibration error of each answer over all held-back texts that have it, with their number."""
    found = []
    for answer in ANSWERS:
        at, truth = known(rows, held_back[answer.name], answer, lambda row: True)
        if len(at):
            found.append((answer.name, calibration_error(truth, held_back[answer.name][at]), len(at)))
    return found


def class_figures(rows: Sequence[Row], held_back: dict[str, Floats]) -> list[ClassFigure]:
    """Each class that occurs, in each set of six-way labels: first all languages, then each."""
    found: list[ClassFigure] = []
    for population in ("noise-composite", OWN_LABELS):
        at, truth = known(rows, held_back["label"], _BY_NAME["label"], _in(population))
        answers = held_back["label"][at].argmax(axis=1)
        for lang, chosen in _languages(rows, at):
            of_each = f1_by_class(truth[chosen], answers[chosen], len(LABELS))
            pairs = zip(LABELS, of_each, strict=True)
            found += [ClassFigure(population, lang, label, one) for label, one in pairs if one.count]
    return found


def _languages(rows: Sequence[Row], at: Whole) -> Iterator[tuple[str, Whole]]:
    """`all`, then every language with enough texts, each with places in `at`."""
    langs = np.array([rows[position].lang for position in at])
    if len(at):
        yield "all", np.arange(len(at))
    for lang in sorted(set(langs)):
        chosen = np.flatnonzero(langs == lang)
        if len(chosen) >= LEAST_IN_LANGUAGE:
            yield str(lang), chosen


def known(rows: Sequence[Row], probabilities: Floats, answer: Answer, chosen: Chosen) -> tuple[Whole, Whole]:
    """Positions of the rows that are chosen, held back (no NaN) and have the answer, and their classes."""
    is_held_back = np.asarray(np.isfinite(probabilities).all(axis=1))
    pairs = [
        (position, found)
        for position, row in enumerate(rows)
        if is_held_back[position] and chosen(row) and (found := class_of(answer, row.targets)) is not None
    ]
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _measure(rows: Sequence[Row], probabilities: Floats, line: _Line) -> Figure | None:
    at, asked = known(rows, probabilities, _BY_NAME[line.answer], line.chosen)
    truth, seen = line.view(asked, probabilities[at])
    if not len(truth):
        return None
    if seen.shape[1] == 1:
        return figure(line.title, line.measure, truth, (seen[:, 0] >= 0.5).astype(np.int64), 2)
    return figure(line.title, line.measure, truth, seen.argmax(axis=1), seen.shape[1])


def _severity_ranks(rows: Sequence[Row], probabilities: Floats) -> Iterator[Figure]:
    """By the expected level: the levels weighted by their probabilities."""
    at, truth = known(rows, probabilities, _BY_NAME["severity"], _XCI)
    expected = probabilities[at] @ np.arange(len(SEVERITIES))
    is_complaint = truth > 0
    if is_complaint.any():
        yield rank_correlation("severity 1-4 of complaints (X-CI)", truth[is_complaint], expected[is_complaint])
        yield rank_correlation("severity 0-4 (X-CI)", truth, expected)


def _swearing(rows: Sequence[Row], probabilities: Floats) -> Iterator[Figure]:
    """By the most probable label, before anything is left to a person."""
    at, truth = known(rows, probabilities, _BY_NAME["label"], lambda row: "swearing" in row.marks)
    found = probabilities[at[truth == LABELS.index("complaint")]].argmax(axis=1)
    if len(found):
        for name, label in ((SWEARING_AS_ABUSE, "abuse"), (SWEARING_KEPT, "complaint")):
            one = share(found == LABELS.index(label))
            yield Figure(name, one.value, one.low, one.high, one.count)
