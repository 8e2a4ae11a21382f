"""Held-back probabilities → the figures on the card."""

from collections.abc import Callable, Sequence

import numpy as np

from training.datasets import OWN_LABELS
from training.fitting import Floats
from training.metrics import Figure, Whole, calibration_error, figure
from training.questions import ANSWERS, Answer, class_of
from training.rows import Row

FLOORS = {"X-CI complaint by its 10 folds, macro F1": 0.832, "noise-composite six-way, macro F1": 0.754}
"""What plain n-grams and a plain fine-tune were seen to give: a run below is a step back."""

_Chosen = Callable[[Row], bool]


def _in(*tags: str) -> _Chosen:
    return lambda row: bool(row.tags & set(tags))


def _in_language(tag: str, lang: str) -> _Chosen:
    return lambda row: tag in row.tags and row.lang == lang


_MEASURED: tuple[tuple[str, str, str, _Chosen], ...] = (
    ("X-CI complaint by its 10 folds", "complaint", "macro F1", _in("xci", "xci:dev")),
    ("reviews complaint (cesamard)", "complaint", "macro F1", _in("cesamard", "cesamard:dev")),
    ("noise-composite six-way", "label", "macro F1", _in("noise-composite")),
    ("own labels six-way, English", "label", "macro F1", _in_language(OWN_LABELS, "en")),
    ("own labels six-way, Turkish", "label", "macro F1", _in_language(OWN_LABELS, "tr")),
    ("own labels six-way, Bulgarian", "label", "macro F1", _in_language(OWN_LABELS, "bg")),
    ("own labels complaint, English", "complaint", "macro F1", _in_language(OWN_LABELS, "en")),
    ("own labels complaint, Turkish", "complaint", "macro F1", _in_language(OWN_LABELS, "tr")),
    ("own labels complaint, Bulgarian", "complaint", "macro F1", _in_language(OWN_LABELS, "bg")),
    ("offence, English (OLID dev)", "abuse", "macro F1", _in("tweeteval-offensive:dev")),
    ("offence, Turkish (OffensEval dev)", "abuse", "macro F1", _in("offenseval2020:dev")),
    ("offence, Bulgarian (bg-toxic)", "abuse", "macro F1", _in("bg-toxic")),
    ("spam (SMS, YouTube)", "spam", "macro F1", _in("sms-spam", "sms-spam:dev", "youtube-spam")),
    ("sentiment (SemEval dev)", "sentiment", "macro recall", _in("semeval-sentiment:dev")),
    ("severity 0-4 (X-CI)", "severity", "macro F1", _in("xci", "xci:dev")),
    ("severity 0-4 (reviews)", "severity", "macro F1", _in("cesamard", "cesamard:dev")),
    ("coarse category (banking77, 9 of 13)", "category", "accuracy", _in("banking77")),
    ("coarse category (own labels)", "category", "accuracy", _in(OWN_LABELS)),
    ("urgency, weak (CrisisLex)", "urgency", "macro F1", _in("crisislex-t26")),
    ("urgency (own labels)", "urgency", "macro F1", _in(OWN_LABELS)),
    ("leads (purchase-intent)", "lead", "macro F1", _in("purchase-intent", "purchase-intent:dev")),
)


def figures(rows: Sequence[Row], held_back: dict[str, Floats]) -> list[Figure]:
    """One figure per line of the table above that has texts in this run."""
    answers = {answer.name: answer for answer in ANSWERS}
    found = (
        _measure(rows, held_back[name], answers[name], title, measure, chosen)
        for title, name, measure, chosen in _MEASURED
    )
    return [one for one in found if one is not None]


def calibration(rows: Sequence[Row], held_back: dict[str, Floats]) -> list[tuple[str, float, int]]:
    """Expected calibration error of each answer over all held-back texts that have it, with their number."""
    found = []
    for answer in ANSWERS:
        at, truth = _known(rows, answer, lambda row: True)
        if len(at):
            found.append((answer.name, calibration_error(truth, held_back[answer.name][at]), len(at)))
    return found


def _known(rows: Sequence[Row], answer: Answer, chosen: _Chosen) -> tuple[Whole, Whole]:
    """Positions of the rows that are chosen and have the answer, and their classes."""
    classes = [class_of(answer, row.targets) if chosen(row) else None for row in rows]
    at = np.array([position for position, one in enumerate(classes) if one is not None], dtype=np.int64)
    return at, np.array([one for one in classes if one is not None], dtype=np.int64)


def _measure(
    rows: Sequence[Row], probabilities: Floats, answer: Answer, title: str, measure: str, chosen: _Chosen
) -> Figure | None:
    at, truth = _known(rows, answer, chosen)
    if not len(at):
        return None
    if len(answer.classes) == 1:
        return figure(title, measure, truth, (probabilities[at, 0] >= 0.5).astype(np.int64), 2)
    return figure(title, measure, truth, probabilities[at].argmax(axis=1), len(answer.classes))
