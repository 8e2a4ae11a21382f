"""Engine: one linear layer over hashed words, pairs of words and pieces of words, for all questions at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError
from safetensors.numpy import load_file
from scipy.sparse import csr_array

from classify.bad_faith import TextCues, assess_author
from classify.decision import decide
from classify.features import COLUMNS, feature_matrix
from classify.language import LanguageDetector
from classify.manifest import Manifest
from classify.reasons import reasons_of
from classify.text import PLACEHOLDERS, Token, cleaned, forms, tokens, words_only
from models.author import AuthorHistory
from models.errors import SetupError
from models.mention import Mention
from models.verdict import UNSURE, Label, Reason, Verdict

WEIGHTS_FILE = "weights.safetensors"
ANSWERS_FILE = "answers.json"
ANSWERS = ("label", "complaint", "abuse", "spam", "lead", "sentiment", "severity", "urgency", "category")

Floats = npt.NDArray[np.float32]
Scores = Mapping[str, npt.NDArray[np.float64]]
"""Answer → probabilities of each text, `(n, classes)`; `(n, 1)` where an answer has one class."""

_ABUSIVE = 0.5
_MOST_POSTS_LOOKED_AT = 20
_LEAST_POSTS_FOR_ABUSE = 3
_FEWEST_CATEGORY = 0.01


@dataclass(frozen=True, slots=True)
class Layer:
    """All questions in one matrix: `weights` is `(COLUMNS, outputs)`, `answers` names each answer's outputs."""

    weights: Floats
    bias: npt.NDArray[np.float64]
    rarity: Floats
    answers: Mapping[str, tuple[str, ...]]

    def start_of(self, answer: str) -> int:
        """Output where an answer begins."""
        names = list(self.answers)
        return sum(len(self.answers[name]) for name in names[: names.index(answer)])

    def features(self, texts: Sequence[Sequence[str]]) -> csr_array:
        return feature_matrix(texts, self.rarity)

    def scores(self, features: csr_array) -> Scores:
        logits = np.asarray(features @ self.weights, dtype=np.float64) + self.bias
        found: dict[str, npt.NDArray[np.float64]] = {}
        start = 0
        for name, classes in self.answers.items():
            found[name] = _probabilities(logits[:, start : start + len(classes)])
            start += len(classes)
        return found


def _probabilities(logits: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    if logits.shape[1] == 1:
        return np.asarray(1 / (1 + np.exp(-np.clip(logits, -30, 30))))
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True))


class NgramClassifier:
    """Linear, fast, and able to say exactly which words moved it."""

    def __init__(
        self, manifest: Manifest, layer: Layer, languages: LanguageDetector, *, with_reasons: bool = True
    ) -> None:
        self._manifest = manifest
        self._layer = layer
        self._languages = languages
        self._with_reasons = with_reasons

    @property
    def version(self) -> str:
        return self._manifest.version

    def without_reasons(self) -> "NgramClassifier":
        """The same classifier, faster, with `reasons` left empty: for sweeps over many old messages."""
        return NgramClassifier(self._manifest, self._layer, self._languages, with_reasons=False)

    def judge(self, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]) -> list[Verdict]:
        texts = [cleaned(mention.text) for mention in mentions]
        found = [tokens(text) for text in texts]
        features = self._layer.features([[token.form for token in each] for each in found])
        scores = self._layer.scores(features)
        verdicts = []
        for at, (mention, history) in enumerate(zip(mentions, histories, strict=True)):
            reading = _Reading(mention, history, texts[at], found[at])
            row = {name: probabilities[at] for name, probabilities in scores.items()}
            verdicts.append(self._verdict(reading, row, features, at))
        return verdicts

    def _verdict(
        self, reading: "_Reading", row: Mapping[str, npt.NDArray[np.float64]], features: csr_array, at: int
    ) -> Verdict:
        lang = self._languages.detect(words_only(reading.text, reading.found), reading.mention.lang)
        label, decision = self._decision(reading, row, lang)
        bad_faith, bad_faith_reasons = self._bad_faith(reading, row)
        return Verdict(
            lang=lang,
            label=label,
            decision=decision,
            probabilities={Label(name): value for name, value in self._named("label", row).items()},
            complaint_score=float(row["complaint"][0]),
            abuse_score=float(row["abuse"][0]),
            spam_score=float(row["spam"][0]),
            lead_score=float(row["lead"][0]),
            bad_faith_score=bad_faith,
            sentiment=self._named("sentiment", row),
            severity=float(row["severity"] @ np.arange(len(row["severity"]))),
            urgency=self._named("urgency", row),
            category=_strongest_first(self._named("category", row)),
            reasons=self._reasons(reading, label, decision, features, at) if self._with_reasons else (),
            bad_faith_reasons=bad_faith_reasons,
            classifier=self.version,
        )

    def _named(self, answer: str, row: Mapping[str, npt.NDArray[np.float64]]) -> dict[str, float]:
        return dict(zip(self._layer.answers[answer], row[answer].tolist(), strict=True))

    def _decision(
        self, reading: "_Reading", row: Mapping[str, npt.NDArray[np.float64]], lang: str
    ) -> tuple[Label, str]:
        best = int(row["label"].argmax())
        label = Label(self._layer.answers["label"][best])
        if all(token.form in PLACEHOLDERS for token in reading.found):
            return label, UNSURE
        manifest = self._manifest
        return label, decide(
            label,
            float(row["label"][best]),
            float(row["complaint"][0]),
            manifest.thresholds,
            is_proven_language=lang in manifest.proven_languages,
        )

    def _bad_faith(
        self, reading: "_Reading", row: Mapping[str, npt.NDArray[np.float64]]
    ) -> tuple[float, tuple[Reason, ...]]:
        abuse_score = float(row["abuse"][0])
        is_week_abusive = self._is_week_abusive(reading.history) if abuse_score >= _ABUSIVE else None
        return assess_author(
            reading.mention, reading.history, TextCues(abuse_score, float(row["spam"][0]), is_week_abusive)
        )

    def _is_week_abusive(self, history: AuthorHistory | None) -> bool | None:
        """Looked at only where the message itself looks abusive, and at the latest posts only: it must stay cheap."""
        if history is None or len(history.posts) < _LEAST_POSTS_FOR_ABUSE:
            return None
        posts = [forms(cleaned(post.text)) for post in history.posts[-_MOST_POSTS_LOOKED_AT:]]
        scores = self._layer.scores(self._layer.features(posts))["abuse"][:, 0]
        return bool((scores >= _ABUSIVE).mean() > 0.5)

    def _reasons(
        self, reading: "_Reading", label: Label, decision: str, features: csr_array, at: int
    ) -> tuple[Reason, ...]:
        """For the complaint score where that decides, else for the label against the others."""
        if decision in (UNSURE, Label.COMPLAINT):
            output = self._layer.start_of("complaint")
        else:
            output = self._layer.start_of("label") + self._layer.answers["label"].index(label)
        start, end = features.indptr[at : at + 2]
        weights = self._layer.weights[features.indices[start:end], output]
        return reasons_of(reading.text, reading.found, features.data[start:end] * weights)


@dataclass(frozen=True, slots=True)
class _Reading:
    """A mention with its prepared text."""

    mention: Mention
    history: AuthorHistory | None
    text: str
    found: list[Token]


def _strongest_first(category: Mapping[str, float]) -> dict[str, float]:
    ordered = sorted(category.items(), key=lambda item: (-item[1], item[0]))
    return {name: value for name, value in ordered if value >= _FEWEST_CATEGORY}


def load(manifest: Manifest) -> NgramClassifier:
    """Raises: SetupError where a file does not hold what this engine needs."""
    return NgramClassifier(manifest, _layer(manifest), LanguageDetector())


def _layer(manifest: Manifest) -> Layer:
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
    outputs = sum(len(classes) for classes in layer.answers.values())
    if layer.weights.shape != (COLUMNS, outputs) or not np.isfinite(layer.weights).all():
        raise SetupError(f"weights {path}: expected finite numbers {COLUMNS} x {outputs}; restore or train again")
    return layer
