"""The classifier's card: what it is for, what it learnt from, how good it is, and what it must not be used for."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from classify.manifest import Thresholds
from training.datasets import DATASETS, Status
from training.evaluation import FLOORS
from training.metrics import Figure
from training.rows import Row
from training.thresholds import COST_OF_ASKING, COST_OF_MISSED_COMPLAINT


@dataclass(frozen=True, slots=True)
class Findings:
    """What a run of the training found out."""

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


def card(found: Findings) -> str:
    parts = (_purpose(found), _data(found), _quality(found), _calibration(found), _band(found), _WEAK, _MUST_NOT)
    return "\n\n".join(parts) + "\n"


def _purpose(found: Findings) -> str:
    margin = found.thresholds.unproven_language_margin
    proven = ", ".join(found.proven_languages) or "none"
    return "\n\n".join(
        (
            f"# Classifier {found.version}",
            "Written by `python -m training`; do not edit by hand.",
            f"Training data: SHA-256 `{found.data_digest}`.",
            _PURPOSE,
            f"Languages with labelled complaints in the training data: {proven}. In any other language the band in\n"
            f"which a person must look is wider by {margin} at both ends.",
        )
    )


def _data(found: Findings) -> str:
    counts = Counter(tag.removesuffix(":dev") for row in found.rows for tag in row.tags)
    lines = ["## Data", "", "| set | texts | licence | status | used for |", "| --- | ---: | --- | --- | --- |"]
    for one in DATASETS:
        used = str(counts[one.name]) if one.name in found.used else "left out"
        lines.append(f"| {one.name} | {used} | {one.licence} | {one.status} | {one.why} |")
    unclear = sum(one.status is Status.UNCLEAR and one.name in found.used for one in DATASETS)
    lines += [
        "",
        f"{unclear} sets with an unclear licence were used; `--only-clear-licences` leaves them out.",
        _NO_TEXT,
    ]
    return "\n".join(lines)


def _quality(found: Findings) -> str:
    lines = [*_QUALITY, "| figure | value | 95 % interval | n | floor |", "| --- | ---: | --- | ---: | ---: |"]
    for one in found.figures:
        floor = f"{100 * FLOORS[one.name]:.1f}" if one.name in FLOORS else ""
        interval = f"{100 * one.low:.1f} to {100 * one.high:.1f}"
        lines.append(f"| {one.name} | {100 * one.value:.1f} | {interval} | {one.count} | {floor} |")
    return "\n".join(lines)


def _calibration(found: Findings) -> str:
    lines = [*_CALIBRATION, "| score | error | n |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {error:.3f} | {count} |" for name, error, count in found.calibration]
    return "\n".join(lines)


def _band(found: Findings) -> str:
    one = found.thresholds
    lines = [
        "## When it is unsure",
        "",
        f"A missed complaint is taken to cost {COST_OF_MISSED_COMPLAINT:g} times what a false one costs,",
        f"and a person's look {COST_OF_ASKING:g} times. The cheapest band on held-back messages to brands:",
        f"`complaint_score` from {one.complaint_low} to {one.complaint_high}; or a most probable label below",
        f"{one.least_label_probability}; or a label that disagrees with the complaint score.",
        "",
        "| set | left to a person | complaints judged to be something else |",
        "| --- | ---: | ---: |",
        *(f"| {name} | {100 * asked:.1f} % | {100 * missed:.1f} % |" for name, asked, missed in found.asked),
    ]
    return "\n".join(lines)


_PURPOSE = """It reads one message to a firm and says what it is (complaint, abuse, spam, praise, enquiry, other),
whether it is a complaint whatever else it is, how severe and urgent it is, what it is about, and which words it went
by. It is one linear layer over hashed words, pairs of words and pieces of words; every score is calibrated on texts
that its weights had not seen. `bad_faith_score` is no part of it: that is a sum of named facts about the author, with
the weights written in `classify/bad_faith.py`."""

_NO_TEXT = """No text is kept in the weights: they are numbers in hashed columns. Handles, addresses and numbers are
replaced before anything is learnt."""

_QUALITY = (
    "## Quality",
    "",
    "On held-back texts only: folds held back one or two of ten at a time, or the official dev split. The 95 %",
    "interval is over the choice of texts. The second level, twenty numbers an answer, learns from the other folds.",
    "",
)

_CALIBRATION = (
    "## Calibration",
    "",
    "Expected calibration error, 15 bins, over all held-back texts that have the answer. Where the classes were made",
    "more equal than they occur (label, complaint, abuse, sentiment) scores lean towards the rarer class, on purpose.",
    "",
)

_WEAK = """## Weaknesses

- A figure below its floor is a step that this version does not take: the encoder is meant to. Choosing for X-CI alone
  would lift it by a point and lose far more on reviews and on noise.
- `complaint_score` is set for messages to brands. On posts that have nothing to do with a brand it is too high, which
  is most of its calibration error; such a post ends as unsure rather than lost.
- Settings were chosen by looking at the same held-back figures, which flatters them a little.
- Turkish and Bulgarian complaints are known only from messages that we invented, by one hand: figures on them say how
  well it knows our way of inventing. The public sets in these languages hold abuse and small talk only.
- Urgency was learnt from disaster posts and from bank questions whose urgency follows from their topic: a hint only.
- Leads were learnt from posts about one phone. Spam is text messages and video comments of ten years ago.
- Categories: banking77 has questions, not complaints, and knows nine of the thirteen; the others rest on few texts.
- It reads words, not situations: irony, quotation and pictures escape it, and it sees no earlier message.
- The abuse sets call much offensive that is merely coarse. A swearing complaint often scores high on both questions."""

_MUST_NOT = """## What it must not be used for

- To close, delete or refuse a complaint without a person. `bad_faith_score` never may.
- To judge a person, to rank authors, or to decide on an account, a credit or a contract.
- As evidence that nobody complained: look at the sample of noise, and at what was left unsure.
- On other languages than those named above, without a person looking at what it says is no complaint."""
