"""Engine: one linear layer over hashed words, pairs of words and pieces of words, for all questions at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file
from scipy.sparse import csr_array

from classify.answers import ANSWERS, Answers, Doubles, Scores, outputs_of, scores_of
from classify.classifier import NumericForm
from classify.features import COLUMNS, feature_matrix
from classify.language import LanguageDetector
from classify.manifest import Manifest
from classify.reasons import weight_by_form
from classify.verdicts import Prepared, ScoringClassifier
from models.errors import SetupError

WEIGHTS_FILE = "weights.safetensors"
ANSWERS_FILE = "answers.json"

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Layer:
    """All questions in one matrix: `weights` is `(COLUMNS, outputs)`, `answers` names each answer's outputs."""

    weights: Floats
    bias: Doubles
    rarity: Floats
    answers: Answers

    def features(self, texts: Sequence[Sequence[str]]) -> csr_array:
        return feature_matrix(texts, self.rarity)

    def logits(self, features: csr_array) -> Doubles:
        return np.asarray(features @ self.weights, dtype=np.float64) + self.bias

    def scores(self, features: csr_array) -> Scores:
        return scores_of(self.logits(features), self.answers)


class NgramScored:
    """Linear, so it is known exactly what each word added."""

    def __init__(self, layer: Layer, texts: Sequence[Prepared]) -> None:
        self._layer = layer
        self.answers = layer.answers
        self._forms = [text.forms for text in texts]
        self._features = layer.features(self._forms)
        self.logits = layer.logits(self._features)
        self.scores = scores_of(self.logits, layer.answers)

    def moved_by(self, at: int, direction: Doubles) -> Mapping[str, float]:
        start, end = self._features.indptr[at : at + 2]
        asked = np.flatnonzero(direction)
        weights = self._layer.weights[np.ix_(self._features.indices[start:end], asked)] @ direction[asked]
        return weight_by_form(self._forms[at], self._features.data[start:end] * weights)


class NgramScorer:
    """Fast, and able to say exactly which words moved it."""

    def __init__(self, layer: Layer) -> None:
        self._layer = layer
        self.answers = layer.answers

    def score(self, texts: Sequence[Prepared]) -> NgramScored:
        return NgramScored(self._layer, texts)

    def abuse(self, posts: Sequence[Sequence[str]]) -> Doubles:
        return self._layer.scores(self._layer.features(posts))["abuse"][:, 0]


def load(manifest: Manifest, *, numeric_form: NumericForm | None = None) -> ScoringClassifier:
    """Raises: SetupError where a file does not hold what this engine needs."""
    del numeric_form  # there is but one
    return ScoringClassifier(manifest, NgramScorer(load_layer(manifest)), LanguageDetector())


def load_layer(manifest: Manifest) -> Layer:
    path = manifest.path(WEIGHTS_FILE)
    try:
        arrays = load_file(path)
        answers = json.loads(manifest.path(ANSWERS_FILE).read_text(encoding="utf-8"))
        layer = Layer(
            weights=arrays["weights"].astype(np.float32) * arrays["scale"],
            bias=arrays["bias"].astype(np.float64),
            rarity=arrays["rarity"].astype(np.float32),
            answers={name: tuple(answers[name]) for name in ANSWERS},
        )
    except (SafetensorError, KeyError, ValueError) as error:
        raise SetupError(f"weights {path}: not what {__name__} needs ({error}); restore or train again") from error
    outputs = outputs_of(layer.answers)
    if layer.weights.shape != (COLUMNS, outputs) or not np.isfinite(layer.weights).all():
        raise SetupError(f"weights {path}: expected finite numbers {COLUMNS} x {outputs}; restore or train again")
    return layer
