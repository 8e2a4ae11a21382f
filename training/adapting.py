"""A classifier that exists, fitted to a firm's own labels in seconds.

The n-grams and the encoder stay as they are. What is learnt is a small change to the blend, pulled towards none, so
that fifty labels move it a little and five thousand a lot, and nothing that was known is forgotten. How strong the pull
is, and whether the change helps at all, is measured on labels that it did not learn from.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors.numpy import save_file
from scipy.optimize import minimize

from classify.answers import as_probabilities, places
from classify.blend import ARRAYS_FILE, load_scorer
from classify.loading import SHIPPED
from classify.manifest import MANIFEST, read_manifest
from classify.text import cleaned, tokens
from classify.verdicts import Prepared
from models.errors import SetupError
from training.artefacts import BLEND, digest_of_file
from training.fitting import Floats
from training.metrics import Whole
from training.questions import ANSWERS, Answer, class_of
from training.rows import Row

PULLS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
"""Strengths of the pull towards no change, weakest first; the best on held-back labels is taken."""
LEAST_LABELS = 20
SPLITS = 5


@dataclass(frozen=True, slots=True)
class Gain:
    """One answer: mean cost (log loss) of held-back labels before and after; lower is better."""

    answer: str
    before: float
    after: float
    count: int


def adapt(rows: Sequence[Row], out: Path, *, version: str, base: Path = SHIPPED) -> list[Gain]:
    """Writes the adapted folder of weights to `out`. An answer that no change helps is left as it was.

    Raises: SetupError where there are too few labels, or `base` has no blend.
    """
    if len(rows) < LEAST_LABELS:
        raise SetupError(
            f"{len(rows)} own labels: at least {LEAST_LABELS} are needed to fit {base} to them; add labels"
        )
    if out.resolve() == base.resolve():
        raise SetupError(f"{out} would be fitted onto itself; name another folder with --out")
    manifest = read_manifest(base)
    if manifest.engine != BLEND:
        raise SetupError(f"weights {base}: engine {manifest.engine} has no blend to fit; train anew with --data")
    scorer = load_scorer(manifest)
    inputs = scorer.inputs([_prepared(row) for row in rows])
    mixes = [scorer.mixes.of(row.lang) for row in rows]
    blended = [each @ mix.weights + mix.bias if mix else None for each, mix in zip(inputs, mixes, strict=True)]
    weights = {group: mix.weights.copy() for group, mix in scorer.mixes.mixes.items()}
    bias = {group: mix.bias.copy() for group, mix in scorer.mixes.mixes.items()}
    gains = []
    for answer, (_, place) in zip(ANSWERS, places(scorer.answers), strict=True):
        known, truth = _known(rows, answer, blended)
        if len(known) < LEAST_LABELS:
            continue
        logits = np.array([blended[at] for at in known])[:, place]
        gain, change = _best_change(_scaled(inputs[known]), logits, truth)
        gains.append(Gain(answer.name, *gain, len(known)))
        for group in weights:
            weights[group][:, place] += change[:-1] / _scale(inputs[known])[:, None]
            bias[group][place] += change[-1]
    _write(out, base, version, weights, bias)
    return gains


def adapted_card(version: str, gains: Sequence[Gain], labels: int) -> str:
    """What there is to say of an adapted version; everything else is on the card of what it was made from."""
    lines = [f"| {one.answer} | {one.before:.3f} | {one.after:.3f} | {one.count} |" for one in gains]
    return "\n".join(
        (
            f"# Classifier {version}",
            "",
            f"What is shipped, fitted to {labels} labels of the firm by `python -m training`. Purpose, data, quality",
            "and what it must not be used for: see the card of the shipped version. Only the blend differs.",
            "",
            "Mean cost (log loss) on labels held back; lower is better. An answer that no change helped is as it was.",
            "",
            "| answer | before | after | labels |",
            "| --- | ---: | ---: | ---: |",
            *lines,
            "",
        )
    )


def _prepared(row: Row) -> Prepared:
    text = cleaned(row.text)
    found = tokens(text)
    return Prepared(text, found, row.lang)


def _known(rows: Sequence[Row], answer: Answer, blended: Sequence[Floats | None]) -> tuple[Whole, Whole]:
    """Places of the rows that have the answer and are blended, and their classes."""
    found = [
        (at, one)
        for at, row in enumerate(rows)
        if blended[at] is not None and (one := class_of(answer, row.targets)) is not None
    ]
    table = np.array(found, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _scale(inputs: Floats) -> Floats:
    return np.asarray(inputs.std(axis=0) + 1.0)


def _scaled(inputs: Floats) -> Floats:
    """With a column of ones for the bias."""
    return np.hstack([inputs / _scale(inputs), np.ones((len(inputs), 1))])


def _best_change(inputs: Floats, logits: Floats, truth: Whole) -> tuple[tuple[float, float], Floats]:
    """Cost before and after on held-back labels, and the change `(inputs + 1, classes)`; zero where none helps."""
    before = _cost(logits, truth)
    splits = np.random.default_rng(0).permutation(np.arange(len(truth)) % SPLITS)
    held_back = {pull: _held_back_cost(inputs, logits, truth, splits, pull) for pull in PULLS}
    pull = min(PULLS, key=held_back.__getitem__)
    if held_back[pull] >= before:
        return (before, before), np.zeros((inputs.shape[1], logits.shape[1]))
    return (before, held_back[pull]), _fit(inputs, logits, truth, pull)


def _held_back_cost(inputs: Floats, logits: Floats, truth: Whole, splits: Whole, pull: float) -> float:
    found = logits.copy()
    for split in range(SPLITS):
        kept, held = splits != split, splits == split
        found[held] += inputs[held] @ _fit(inputs[kept], logits[kept], truth[kept], pull)
    return _cost(found, truth)


def _fit(inputs: Floats, logits: Floats, truth: Whole, pull: float) -> Floats:
    shape = inputs.shape[1], logits.shape[1]

    def cost(flat: Floats) -> tuple[float, Floats]:
        change = flat.reshape(shape)
        moved = logits + inputs @ change
        slope = inputs.T @ (as_probabilities(moved) - _wanted(truth, shape[1])) + pull * change
        return _cost(moved, truth) * len(truth) + pull / 2 * float((change**2).sum()), slope.ravel()

    return np.asarray(minimize(cost, np.zeros(shape).ravel(), jac=True, method="L-BFGS-B").x.reshape(shape))


def _cost(logits: Floats, truth: Whole) -> float:
    """Mean log loss, in nats."""
    found = np.clip(as_probabilities(logits), 1e-9, 1 - 1e-9)
    if found.shape[1] == 1:
        return float(-np.log(np.where(truth == 1, found[:, 0], 1 - found[:, 0])).mean())
    return float(-np.log(found[np.arange(len(truth)), truth]).mean())


def _wanted(truth: Whole, classes: int) -> Floats:
    return np.asarray(truth[:, None] == 1 if classes == 1 else truth[:, None] == np.arange(classes), dtype=np.float64)


def _write(out: Path, base: Path, version: str, weights: Mapping[str, Floats], bias: Mapping[str, Floats]) -> None:
    """All files of the base but the blend, and the manifest with the new version and hash."""
    out.mkdir(parents=True, exist_ok=True)
    manifest = read_manifest(base)
    for name in manifest.files:
        shutil.copyfile(base / name, out / name)
    arrays: dict[str, npt.NDArray[np.float32]] = {}
    for group in weights:
        arrays[f"{group}.weights"] = weights[group].astype(np.float32)
        arrays[f"{group}.bias"] = bias[group].astype(np.float32)
    save_file(dict(sorted(arrays.items())), out / ARRAYS_FILE)
    text = (base / MANIFEST).read_text(encoding="utf-8")
    text = text.replace(f'version = "{manifest.version}"', f"version = {json.dumps(version)}")
    text = text.replace(manifest.files[ARRAYS_FILE], digest_of_file(out / ARRAYS_FILE))
    (out / MANIFEST).write_text(text, encoding="utf-8")
