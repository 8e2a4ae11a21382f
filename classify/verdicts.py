"""What the classifiers share: a text is prepared, a layer scores it, and the scores become a verdict with reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from classify.answers import Answers, Doubles, Scores, direction_of
from classify.bad_faith import TextCues, assess_author
from classify.decision import decide
from classify.language import LanguageDetector
from classify.manifest import Manifest
from classify.reasons import reasons_of
from classify.romanised import romanised
from classify.scale import presented, severity
from classify.text import PLACEHOLDERS, Token, cleaned, forms, tokens, words_only
from models.author import AuthorHistory
from models.mention import Mention
from models.verdict import UNSURE, Label, Reason, Verdict

_ABUSIVE = _COMPLAINT = 0.5
_MOST_POSTS_LOOKED_AT = 20
_LEAST_POSTS_FOR_ABUSE = 3
_FEWEST_CATEGORY = 0.01


@dataclass(frozen=True, slots=True)
class Prepared:
    """A text as every layer gets it."""

    text: str
    """Cleaned."""
    found: Sequence[Token]
    lang: str
    is_romanised: bool = False
    """Written in Latin letters, which are not those of its language: few complaints were learnt from in these."""

    @property
    def forms(self) -> list[str]:
        return [token.form for token in self.found]


def prepared(mention: Mention, languages: LanguageDetector) -> Prepared:
    text = cleaned(mention.text)
    found = tokens(text)
    words = words_only(text, found)
    other = romanised(words)
    return Prepared(text, found, other or languages.detect(words, mention.lang), is_romanised=other is not None)


class Scored(Protocol):
    """Texts that a layer has looked at."""

    @property
    def scores(self) -> Scores: ...

    def moved_by(self, at: int, direction: Doubles) -> Mapping[str, float]:
        """What each form of text `at` added along `direction`, `(outputs,)`: log-odds."""
        ...


class Scorer(Protocol):
    """What is inside a classifier. Scores of a text depend on that text alone."""

    answers: Answers

    def score(self, texts: Sequence[Prepared]) -> Scored: ...

    def abuse(self, posts: Sequence[Sequence[str]]) -> Doubles:
        """A quick look at texts given as forms: probability of abuse, `(n,)`."""
        ...


class ScoringClassifier:
    """A classifier around a scorer."""

    def __init__(
        self, manifest: Manifest, scorer: Scorer, languages: LanguageDetector, *, with_reasons: bool = True
    ) -> None:
        self._manifest = manifest
        self._scorer = scorer
        self._languages = languages
        self._with_reasons = with_reasons

    @property
    def version(self) -> str:
        return self._manifest.version

    def without_reasons(self) -> "ScoringClassifier":
        """The same classifier, faster, with `reasons` left empty: for sweeps over many old messages."""
        return ScoringClassifier(self._manifest, self._scorer, self._languages, with_reasons=False)

    def judge(self, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]) -> list[Verdict]:
        texts = [prepared(mention, self._languages) for mention in mentions]
        scored = self._scorer.score(texts)
        scores = self._presented(scored.scores, texts)
        verdicts = []
        for at, (mention, history) in enumerate(zip(mentions, histories, strict=True)):
            row = {name: probabilities[at] for name, probabilities in scores.items()}
            decision = self._decision(texts[at], row)
            reasons = self._reasons(texts[at], row, decision, scored, at) if self._with_reasons else ()
            verdicts.append(self._verdict(mention, history, texts[at], row, decision, reasons))
        return verdicts

    def _presented(self, scores: Scores, texts: Sequence[Prepared]) -> Scores:
        """`severity` is one number then, `(n, 1)`."""
        shown = presented(scores, [self._manifest.points_of(text.lang) for text in texts])
        levels = severity(scores["severity"], shown["complaint"][:, 0], self._manifest.severity_steps)
        return shown | {"severity": levels[:, None]}

    def _decision(self, text: Prepared, row: Mapping[str, Doubles]) -> str:
        if all(token.form in PLACEHOLDERS for token in text.found):
            return UNSURE
        return decide(
            self._label(row),
            {Label(name): value for name, value in self._named("label", row).items()},
            float(row["complaint"][0]),
            self._manifest.thresholds,
            is_proven_language=text.lang in self._manifest.proven_languages and not text.is_romanised,
        )

    def _label(self, row: Mapping[str, Doubles]) -> Label:
        return Label(self._scorer.answers["label"][int(row["label"].argmax())])

    def _reasons(
        self, text: Prepared, row: Mapping[str, Doubles], decision: str, scored: Scored, at: int
    ) -> tuple[Reason, ...]:
        """For the complaint score where that decides, else for the label against the others."""
        answer = "complaint" if decision in (UNSURE, Label.COMPLAINT) else "label"
        direction = direction_of(self._scorer.answers, answer, int(row[answer].argmax()), row[answer])
        return reasons_of(text.text, text.found, scored.moved_by(at, direction))

    def _verdict(
        self,
        mention: Mention,
        history: AuthorHistory | None,
        text: Prepared,
        row: Mapping[str, Doubles],
        decision: str,
        reasons: tuple[Reason, ...],
    ) -> Verdict:
        bad_faith, bad_faith_reasons = self._bad_faith(mention, history, row)
        return Verdict(
            lang=text.lang,
            label=self._label(row),
            decision=decision,
            probabilities={Label(name): value for name, value in self._named("label", row).items()},
            complaint_score=float(row["complaint"][0]),
            abuse_score=float(row["abuse"][0]),
            spam_score=float(row["spam"][0]),
            lead_score=float(row["lead"][0]),
            bad_faith_score=bad_faith,
            sentiment=self._named("sentiment", row),
            severity=float(row["severity"][0]),
            urgency=self._named("urgency", row),
            category=_strongest_first(self._named("category", row)),
            reasons=reasons,
            bad_faith_reasons=bad_faith_reasons,
            classifier=self.version,
        )

    def _named(self, answer: str, row: Mapping[str, Doubles]) -> dict[str, float]:
        return dict(zip(self._scorer.answers[answer], row[answer].tolist(), strict=True))

    def _bad_faith(
        self, mention: Mention, history: AuthorHistory | None, row: Mapping[str, Doubles]
    ) -> tuple[float, tuple[Reason, ...]]:
        is_looked_at = row["abuse"][0] >= _ABUSIVE and row["complaint"][0] < _COMPLAINT
        is_week_abusive = self._is_week_abusive(history) if is_looked_at else None
        return assess_author(mention, history, TextCues(float(row["spam"][0]), is_week_abusive))

    def _is_week_abusive(self, history: AuthorHistory | None) -> bool | None:
        """Looked at only where the message itself looks abusive and is no complaint: who was harmed may swear all week.

        At the latest posts only: it must stay cheap.
        """
        if history is None or len(history.posts) < _LEAST_POSTS_FOR_ABUSE:
            return None
        posts = [forms(cleaned(post.text)) for post in history.posts[-_MOST_POSTS_LOOKED_AT:]]
        return bool((self._scorer.abuse(posts) >= _ABUSIVE).mean() > 0.5)


def _strongest_first(category: Mapping[str, float]) -> dict[str, float]:
    ordered = sorted(category.items(), key=lambda item: (-item[1], item[0]))
    return {name: value for name, value in ordered if value >= _FEWEST_CATEGORY}
