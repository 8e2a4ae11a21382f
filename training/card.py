"""The classifier's card: what it is for, what it learnt from, how good it is, and what it must not be used for."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from training import card_texts as texts
from training.base_rates import BaseRate
from training.datasets import DATASETS, Dataset, Status
from training.evaluation import ClassFigure
from training.fairness import Treatment
from training.findings import Findings
from training.metrics import Figure, Measured
from training.published import LEAST_CLASS_F1, MARKS, MOST_CALIBRATION_ERROR, NOT_MEASURED_HERE, Mark
from training.questions import LABELS
from training.reliability import LEAST_TEXTS, Reliability
from training.thresholds import COST_OF_ASKING, COST_OF_MISSED_COMPLAINT, MOST_ASKED_SHARE, NATURAL_COMPLAINT_SHARE

__all__ = ["Findings", "card", "loss_of_only_clear"]
SAME_TEXTS = 0.01
"""Two runs may differ by so much in the number of texts, where one set holds what another holds, too."""


def card(found: Findings) -> str:
    parts = (
        _purpose(found),
        _data(found),
        _quality(found),
        _by_class(found.class_figures),
        _only_clear(found),
        _calibration(found),
        _band(found),
        _base_rates(found.base_rates),
        _fairness(found),
        texts.SPEED,
        _weak(found),
        texts.MUST_NOT,
    )
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(heads: Sequence[str], lines: Iterable[Sequence[str]], *, words: int = 1) -> str:
    """Markdown; all but the first `words` columns stand to the right."""
    rules = ["---" if place < words else "---:" for place in range(len(heads))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heads, rules, *lines))


def _purpose(found: Findings) -> str:
    margin = found.thresholds.unproven_language_margin
    proven = ", ".join(found.proven_languages) or "none"
    return "\n\n".join(
        (
            f"# Classifier {found.version}",
            "Written by `python -m training`; do not edit by hand.",
            f"Training data: SHA-256 `{found.data_digest}`.",
            texts.PURPOSE,
            *_how(found),
            f"Languages with labelled complaints in the training data: {proven}. In any other language the band in\n"
            f"which a person must look is wider by {margin} at both ends.",
        )
    )


def _how(found: Findings) -> Iterator[str]:
    one = found.encoder
    if one is None:
        yield texts.ALONE
        return
    yield texts.BLEND.format(name=one.name, licence=one.licence)
    if one.digest:
        yield f"The encoder's weights before any of this: SHA-256 `{one.digest}`."


def _data(found: Findings) -> str:
    counts = Counter(tag.removesuffix(":dev") for row in found.rows for tag in row.tags)
    lines = [
        (one.name, str(counts[one.name]) if one.name in found.used else "left out", one.licence, _status(one), one.why)
        for one in DATASETS
    ]
    unclear = sum(one.status is Status.UNCLEAR and one.name in found.used for one in DATASETS)
    head = "| set | texts | licence | status | used for |\n| --- | ---: | --- | --- | --- |\n"
    return "\n".join(
        (
            "## Data\n",
            head + "\n".join(f"| {' | '.join(cells)} |" for cells in lines),
            f"\n{unclear} sets with an unclear licence were used; `--only-clear-licences` leaves them out.",
            texts.NO_TEXT,
        )
    )


def _status(one: Dataset) -> str:
    return f"{one.status} in part" if one.unclear_sources else one.status.value


def _quality(found: Findings) -> str:
    notes = list(dict.fromkeys(MARKS[one.name].note for one in found.figures if one.name in MARKS))
    notes = [note for note in notes if note]
    lines = [_quality_line(one, MARKS.get(one.name, Mark()), notes) for one in found.figures]
    table = _table(("figure", "value", "95 % interval", "n", "floor", "published", "reach for"), lines)
    below = [f"({number}) {note}." for number, note in enumerate(notes, 1)]
    missing = [f"Not measured here: {one}." for one in NOT_MEASURED_HERE]
    return "\n\n".join((texts.QUALITY, table, *(["  \n".join(below)] if below else []), *missing))


def _quality_line(one: Figure, mark: Mark, notes: Sequence[str]) -> tuple[str, ...]:
    note = f" ({notes.index(mark.note) + 1})" if mark.note else ""
    bound = "at most " if mark.at_most else ""
    aim = "" if mark.reach_for is None else bound + _shown(one.name, mark.reach_for)
    others = ("" if given is None else _shown(one.name, given) for given in (mark.floor, mark.published))
    interval = f"{_shown(one.name, one.low)} to {_shown(one.name, one.high)}"
    return one.name + note, _shown(one.name, one.value), interval, f"{one.count}", *others, aim


def _shown(name: str, value: float) -> str:
    """Of a hundred; a correlation as it is."""
    if math.isnan(value):
        return "–"
    return f"{value:.2f}" if name.endswith("correlation") else f"{100 * value:.1f}"


def _by_class(found: Sequence[ClassFigure]) -> str:
    parts = [texts.BY_CLASS] if found else []
    for population in dict.fromkeys(one.population for one in found):
        inside = {(one.label, one.lang): one.f1 for one in found if one.population == population}
        langs = list(dict.fromkeys(lang for _, lang in inside))
        lines = [
            (label, *(_class_cell(inside[label, lang]) if (label, lang) in inside else "" for lang in langs))
            for label in LABELS
            if any((label, lang) in inside for lang in langs)
        ]
        parts.append(_table((population, *langs), lines))
    return "\n\n".join(parts)


def _class_cell(one: Measured) -> str:
    return f"{100 * one.value:.1f} ({100 * one.low:.0f}–{100 * one.high:.0f}), n {one.count}"


def _only_clear(found: Findings) -> str:
    if not found.only_clear_figures:
        return ""
    return "\n\n".join((texts.ONLY_CLEAR, loss_of_only_clear(found.figures, found.only_clear_figures)))


def loss_of_only_clear(found: Sequence[Figure], only_clear: Sequence[Figure]) -> str:
    """What it costs to leave the unclear sets out, figure by figure, as a table."""
    others = {one.name: one for one in only_clear}
    lines = [_loss_line(one, others.get(one.name)) for one in found]
    return _table(("figure", "all sets", "clear sets only", "difference"), lines)


def _loss_line(one: Figure, other: Figure | None) -> tuple[str, ...]:
    if other is None:
        return one.name, _shown(one.name, one.value), "not measured", ""
    both = one.name, _shown(one.name, one.value), _shown(one.name, other.value)
    if abs(other.count - one.count) > SAME_TEXTS * one.count:
        return *both, f"other texts (n {other.count}, not {one.count})"
    return *both, _signed(one.name, other.value - one.value)


def _signed(name: str, value: float) -> str:
    shown = _shown(name, abs(value))
    if math.isnan(value) or not float(shown):
        return shown
    return f"{'+' if value > 0 else '−'}{shown}"


def _calibration(found: Findings) -> str:
    if not found.reliability:
        lines = [(name, f"{error:.3f}", str(count)) for name, error, count in found.calibration]
        return "\n\n".join((texts.CALIBRATION, _table(("score", "error", "n"), lines)))
    over = [one.answer for one in found.reliability if one.error > MOST_CALIBRATION_ERROR]
    aim = f"Reached for: at most {MOST_CALIBRATION_ERROR} for each score. Over it: {', '.join(over) or 'none'}."
    whole = [(one.answer, f"{one.error:.3f}", f"{one.by_chance:.3f}", str(one.bins.total)) for one in found.reliability]
    parts = [texts.CALIBRATION, _table(("score", "error", "by chance", "n"), whole), aim, texts.PICTURE]
    for name, groups in (("language", found.by_language), ("kind of text", found.by_channel)):
        if groups:
            parts += [f"By {name}, where there are at least {LEAST_TEXTS} texts:", _calibration_of(name, groups)]
    return "\n\n".join(parts)


def _calibration_of(name: str, groups: Sequence[Reliability]) -> str:
    lines = [(one.answer, one.group, f"{one.error:.3f}", f"{one.by_chance:.3f}", str(one.bins.total)) for one in groups]
    return _table(("score", name, "error", "by chance", "n"), lines, words=2)


def _band(found: Findings) -> str:
    one = found.thresholds
    why = texts.BAND.format(
        missed=COST_OF_MISSED_COMPLAINT,
        asking=COST_OF_ASKING,
        natural=100 * NATURAL_COMPLAINT_SHARE,
        most=100 * MOST_ASKED_SHARE,
        low=one.complaint_low,
        high=one.complaint_high,
        least=one.least_label_probability,
    )
    parts = [
        why,
        _table(
            ("set, as it is mixed", "left to a person", "complaints judged to be something else"),
            [(name, f"{100 * asked:.1f} %", f"{100 * missed:.1f} %") for name, asked, missed in found.asked],
        ),
    ]
    return "\n\n".join([*parts, *_trade_off(found)])


def _trade_off(found: Findings) -> Iterator[str]:
    """The cheapest band for each cost, so that a firm can choose its own."""
    if not found.bands:
        return
    yield texts.TRADE_OFF.format(natural=100 * found.bands[0].natural_share)
    heads = "a missed complaint costs", "unsure from", "to", "label below", "left to a person"
    lines = [
        (
            f"{one.cost_of_missed:g}{' (chosen)' if one.cost_of_missed == COST_OF_MISSED_COMPLAINT else ''}",
            *(f"{end:.2f}" for end in (one.thresholds.complaint_low, one.thresholds.complaint_high)),
            f"{one.thresholds.least_label_probability:.2f}",
            *(f"{100 * share:.1f} %" for share in (one.asked, one.missed, one.wrong)),
            f"{1000 * one.cost:.0f}",
        )
        for one in found.bands
    ]
    yield _table((*heads, "complaints lost", "others judged complaints", "cost of 1,000 messages"), lines)


def _base_rates(found: Sequence[BaseRate]) -> str:
    parts = [texts.BASE_RATES] if found else []
    heads = "complaints", "judged: precision", "recall", "reaching a person: precision", "recall", "looks"
    for population in dict.fromkeys(one.population for one in found):
        inside = [one for one in found if one.population == population]
        lines = [
            (
                f"{100 * one.share:g} %",
                *map(_percent, (one.precision, one.recall, one.reaching_precision, one.reaching_recall)),
                "–"
                if math.isnan(one.looks.value)
                else f"{one.looks.value:.1f} ({one.looks.low:.1f}–{one.looks.high:.1f})",
            )
            for one in inside
        ]
        title = f"In {population}, from {inside[0].complaints} complaints and {inside[0].others} other texts:"
        parts += [title, _table(heads, lines)]
    return "\n\n".join(parts)


def _percent(one: Measured) -> str:
    if math.isnan(one.value):
        return "–"
    return f"{100 * one.value:.1f} % ({100 * one.low:.1f}–{100 * one.high:.1f})"


def _fairness(found: Findings) -> str:
    tables = (
        ("Genuine complaints:", found.complaints_by_mark),
        ("Messages that are no complaints:", found.called_complaint_by_mark),
        ("Messages that are neither complaints nor abuse:", found.called_abuse_by_mark),
    )
    parts = [part for title, lines in tables if lines for part in (title, _treatments(lines))]
    measured = parts or ["Nothing was measured: no label of this run says how a message is worded."]
    return "\n\n".join((texts.FAIRNESS, *measured, texts.FAIRNESS_LIMITS))


def _treatments(found: Sequence[Treatment]) -> str:
    columns = list(found[0].shares)
    lines = [
        (
            one.mark if one.is_marked else f"not {one.mark}",
            one.lang,
            str(one.shares[columns[0]].count),
            *(_percent(one.shares[column]) for column in columns),
        )
        for one in found
    ]
    return _table(("wording", "language", "n", *columns), lines, words=2)


def _weak(found: Findings) -> str:
    held = [(one.name, one.value, MARKS[one.name]) for one in found.figures if one.name in MARKS]
    below = [name for name, value, mark in held if not mark.is_floor_kept_by(value)]
    short = [_short(name, value, mark) for name, value, mark in held if not mark.is_reached_by(value)]
    poor = [
        f"{one.label} ({one.lang})"
        for one in found.class_figures
        if one.population == "noise-composite" and one.f1.value < LEAST_CLASS_F1
    ]
    lists = (
        ("Below its floor, a step back", below),
        (f"Classes of the six-way label with F1 under {100 * LEAST_CLASS_F1:g} (noise-composite)", poor),
    )
    bullets = [f"- {title}: {'; '.join(names)}." for title, names in lists if names]
    bullets += [f"- Short of what is reached for: {one}" for one in short]
    return "\n".join(("## Weaknesses", "", *bullets, texts.WEAK))


def _short(name: str, value: float, mark: Mark) -> str:
    aim = mark.reach_for if mark.reach_for is not None else value
    side, ours, wanted = "over" if mark.at_most else "under", _shown(name, value), _shown(name, aim)
    why = f": {mark.why}" if mark.why else ""
    return f"{name}: {ours}, {side} {wanted} by {_shown(name, abs(aim - value))}{why}."
