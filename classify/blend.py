"""Engine: the n-gram layer and a fine-tuned encoder, blended by language; what the first settles the second never sees.

The blend is linear in the logits of both, so it is known what each word added to its answers, whichever of the two read
it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from classify.answers import Answers, Doubles, outputs_of, scores_of
from classify.cascade import Conditions, read_conditions, settled
from classify.classifier import NumericForm
from classify.encoder import Encoder, Readings, load_encoder
from classify.language import LanguageDetector
from classify.manifest import Manifest
from classify.ngrams import NgramScored, NgramScorer, load_layer
from classify.reasons import weight_by_place
from classify.text import Piece, encoder_pieces
from classify.verdicts import Prepared, ScoringClassifier
from models.errors import SetupError

BLEND_FILE = "blend.json"
ARRAYS_FILE = "blend.safetensors"
EVERY_OTHER = "*"


@dataclass(frozen=True, slots=True)
class Mix:
    """How the logits of both make one answer, for one group of languages."""

    weights: Doubles
    """`(n-gram outputs + encoder outputs, outputs)`."""
    bias: Doubles
    certain: Conditions
    """Under these the n-grams settle a text alone."""


@dataclass(frozen=True, slots=True)
class Mixes:
    groups: Mapping[str, str]
    """Language → group; `*` stands for every other language."""
    mixes: Mapping[str, Mix]

    def group_of(self, lang: str) -> str:
        return self.groups.get(lang, self.groups.get(EVERY_OTHER, ""))

    def of(self, lang: str) -> Mix | None:
        """None where the n-grams answer alone."""
        return self.mixes.get(self.group_of(lang))


class BlendScored:
    def __init__(self, texts: Sequence[Prepared], ngrams: NgramScored, mixes: Mixes, encoder: Encoder) -> None:
        self._texts = texts
        self._ngrams = ngrams
        self._mixes = [mixes.of(text.lang) for text in texts]
        self.asked = _asked(self._mixes, ngrams)
        """Places of the texts that the encoder read."""
        self._pieces = {at: encoder_pieces(texts[at].text, texts[at].found) for at in self.asked}
        self._readings = encoder.read([_written(self._pieces[at]) for at in self.asked])
        self._row = {at: row for row, at in enumerate(self.asked)}
        self.scores = scores_of(_blended(ngrams.logits, self._readings, self._row, self._mixes), ngrams.answers)

    def moved_by(self, at: int, direction: Doubles) -> Mapping[str, float]:
        mix = self._mixes[at]
        if mix is None or at not in self._row:
            return self._ngrams.moved_by(at, direction)
        inputs = mix.weights @ direction
        outputs = len(direction)
        moved = dict(self._ngrams.moved_by(at, inputs[:outputs]))
        offsets, shares = self._readings.shares(self._row[at])
        origins = [origin for piece in self._pieces[at] for origin in piece.origins]
        places = [origins[start:end] for start, end in offsets]
        contributions = shares @ inputs[outputs:]
        # What is gone with a token is its share less that of the average token, which the mean of the rest still holds.
        contributions -= contributions.mean()
        for form, weight in weight_by_place(self._texts[at].found, places, contributions).items():
            moved[form] += weight
        return moved


def _asked(mixes: Sequence[Mix | None], ngrams: NgramScored) -> list[int]:
    """Places of the texts that the encoder must read."""
    asked = np.array([mix is not None for mix in mixes], dtype=np.bool_)
    for mix in {id(mix): mix for mix in mixes if mix is not None}.values():
        here = np.array([each is mix for each in mixes], dtype=np.bool_)
        asked &= ~(here & settled(ngrams.scores, mix.certain))
    return [int(at) for at in np.flatnonzero(asked)]


def _written(pieces: Sequence[Piece]) -> str:
    return "".join(piece.written for piece in pieces)


def _blended(logits: Doubles, readings: Readings, rows: Mapping[int, int], mixes: Sequence[Mix | None]) -> Doubles:
    """The n-grams' own logits where nobody else was asked."""
    blended = logits.copy()
    for at, row in rows.items():
        mix = mixes[at]
        if mix is not None:
            # One text at a time, so that the last digit does not depend on its neighbours.
            blended[at] = np.concatenate([logits[at], readings.logits[row]]) @ mix.weights + mix.bias
    return blended


class BlendScorer:
    def __init__(self, ngrams: NgramScorer, encoder: Encoder, mixes: Mixes) -> None:
        self.ngrams = ngrams
        self.encoder = encoder
        self.mixes = mixes
        self.answers = ngrams.answers

    def score(self, texts: Sequence[Prepared]) -> BlendScored:
        return BlendScored(texts, self.ngrams.score(texts), self.mixes, self.encoder)

    def abuse(self, posts: Sequence[Sequence[str]]) -> Doubles:
        return self.ngrams.abuse(posts)

    def inputs(self, texts: Sequence[Prepared]) -> Doubles:
        """What the blend makes its answers of, `(n, inputs)`: also of texts that the n-grams would settle."""
        read = self.encoder.logits([_written(encoder_pieces(text.text, text.found)) for text in texts])
        return np.hstack([self.ngrams.score(texts).logits, read])


def load(manifest: Manifest, *, numeric_form: NumericForm | None = None) -> ScoringClassifier:
    """Raises: SetupError where a file does not hold what this engine needs."""
    return ScoringClassifier(manifest, load_scorer(manifest, numeric_form=numeric_form), LanguageDetector())


def load_scorer(manifest: Manifest, *, numeric_form: NumericForm | None = None) -> BlendScorer:
    """As `load`, without what makes verdicts of the scores."""
    layer = load_layer(manifest)
    encoder = load_encoder(manifest, numeric_form=numeric_form)
    return BlendScorer(NgramScorer(layer), encoder, load_mixes(manifest, layer.answers, encoder.answers))


def load_mixes(manifest: Manifest, answers: Answers, encoder_answers: Answers) -> Mixes:
    path = manifest.path(ARRAYS_FILE)
    try:
        described = json.loads(manifest.path(BLEND_FILE).read_text(encoding="utf-8"))
        arrays = load_file(path)
        certain = {group: read_conditions(conditions) for group, conditions in described["cascade"].items()}
        groups = {name.removesuffix(".weights") for name in arrays if name.endswith(".weights")}
        mixes = {
            group: Mix(
                arrays[f"{group}.weights"].astype(np.float64),
                arrays[f"{group}.bias"].astype(np.float64),
                certain.get(group, {}),
            )
            for group in sorted(groups)
        }
        languages = {str(lang): str(group) for lang, group in described["groups"].items()}
    except (SafetensorError, KeyError, ValueError, AttributeError) as error:
        raise SetupError(f"weights {path}: not what {__name__} needs ({error!r}); restore or train again") from error
    _check(path, mixes, outputs_of(answers), outputs_of(answers) + outputs_of(encoder_answers), answers)
    return Mixes(languages, mixes)


def _check(path: Path, mixes: Mapping[str, Mix], outputs: int, inputs: int, answers: Answers) -> None:
    for group, mix in mixes.items():
        if mix.weights.shape != (inputs, outputs) or mix.bias.shape != (outputs,):
            wanted = f"expected {inputs} x {outputs} numbers and {outputs} more"
            raise SetupError(f"weights {path}: group {group}: {wanted}; restore or train again")
        if not (np.isfinite(mix.weights).all() and np.isfinite(mix.bias).all()):
            raise SetupError(f"weights {path}: group {group} holds what is no number; restore or train again")
        if unknown := mix.certain.keys() - answers.keys():
            raise SetupError(f"weights {path}: the cascade of {group} names {sorted(unknown)}, which is no answer")
