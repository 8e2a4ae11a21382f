"""The labelled sets: where each comes from, under what licence, and what its labels say about our questions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

Raw = Mapping[str, object]
Targets = dict[str, str | int]
"""Question → answer; a row trains only the questions it has an answer to."""


class Status(StrEnum):
    """Whether weights trained on a set may be handed on."""

    CLEAR = "clear"
    UNCLEAR = "unclear"
    EXCLUDED = "excluded"


@dataclass(frozen=True, slots=True)
class Dataset:
    """One labelled set. `weight` is how much a row counts beside a row of a set with weight 1."""

    name: str
    licence: str
    status: Status
    why: str
    targets: Callable[[Raw], Targets]
    weight: float = 1.0
    channel: str = "tweet"
    """Kind of text: tweet, review, comment, direct message, sms, forum, subtitle."""
    passes: float = 1.0
    """How often the encoder learns from a row, on average; large sets far from what is asked are thinned out."""
    passes_if_multilingual: float | None = None
    """The same of an encoder that reads other languages than English; None: as often."""
    is_near: bool = False
    """Stands near to what is asked: the encoder learns from it last, in folds."""
    languages: frozenset[str] | None = None
    """Only rows in these languages; None for all."""
    has_official_dev: bool = False
    """Rows with split `dev` are never trained on while measuring."""
    unclear_sources: frozenset[str] = frozenset()
    """Values of `source` that are left out with the unclear sets."""

    @property
    def multilingual_passes(self) -> float:
        return self.passes if self.passes_if_multilingual is None else self.passes_if_multilingual


_SIX = {
    "complaint": "complaint",
    "troll_abuse": "abuse",
    "spam": "spam",
    "praise": "praise",
    "question_lead": "enquiry",
    "other": "other",
}
_DISPLEASED = {"annoyance", "disappointment", "anger", "disapproval", "disgust"}
OWN_LABELS = "earshot-labels"


def _number(raw: Raw, key: str) -> int:
    value = raw[key]
    if not isinstance(value, int):
        raise ValueError(f"{key}: expected a whole number, got {value!r}")
    return value


def _complaints(raw: Raw) -> Targets:
    return {"complaint": _number(raw, "complaint"), "severity": _number(raw, "severity")}


def _reviews(raw: Raw) -> Targets:
    found = _complaints(raw) | {"sentiment": str(raw["sentiment"])}
    if raw.get("category_coarse"):
        category = str(raw["category_coarse"])
        found["category"] = "delivery_delay" if category == "delivery_packaging" else category
    return found


def _six_way(raw: Raw) -> Targets:
    label = _SIX[str(raw["label"])]
    return {"label": label} | {name: int(label == name) for name in ("complaint", "abuse", "spam")}


def _offensive(raw: Raw) -> Targets:
    return {"abuse": int(raw["label"] == "offensive")}


def _spam(raw: Raw) -> Targets:
    return {"spam": int(raw["label"] == "spam")}


def _weak_sentiment(raw: Raw) -> Targets:
    return {"sentiment": str(raw["sentiment_weak"])} if raw.get("sentiment_weak") else {}


def _emotions(raw: Raw) -> Targets:
    found = raw["label"]
    felt = set(found) if isinstance(found, list) else {str(found)}
    return {"displeased": int(bool(felt & _DISPLEASED))}


def _bank_questions(raw: Raw) -> Targets:
    urgency = "high" if _number(raw, "urgent_weak") else "low"
    return {"category": str(raw["category_coarse"]), "urgency": urgency}


def _crisis(raw: Raw) -> Targets:
    urgency = raw.get("urgency_weak")
    return {"urgency": "low" if urgency == "none" else str(urgency)} if urgency else {}


def _own(raw: Raw) -> Targets:
    label = str(raw["label"])
    found: Targets = {"label": label} | {name: int(label == name) for name in ("complaint", "abuse", "spam")}
    found |= {name: str(raw[name]) for name in ("category", "urgency", "sentiment") if raw.get(name)}
    found |= {name: _number(raw, name) for name in ("severity", "lead") if raw.get(name) is not None}
    if label == "complaint":
        del found["abuse"]  # a complaint may also be abusive: the label does not say
    return found


DATASETS = (
    Dataset(
        "xci",
        "MIT (text is tweets)",
        Status.CLEAR,
        "X-CI: complaint and severity",
        _complaints,
        weight=2.0,
        passes=3.0,
        is_near=True,
    ),
    Dataset(
        "cesamard",
        "MIT (text is shop reviews)",
        Status.CLEAR,
        "complaint, severity, aspect",
        _reviews,
        channel="review",
        passes=1.2,
        is_near=True,
    ),
    Dataset(
        "noise-composite",
        "mixed, inherits each source",
        Status.CLEAR,
        "six-way starter set; its OLID, SemEval, OffensEval, SMS and YouTube rows are unclear",
        _six_way,
        weight=0.5,
        unclear_sources=frozenset({"olid", "semeval", "offenseval-tr", "bg-toxic", "sms", "youtube"}),
    ),
    Dataset(
        "banking77",
        "CC BY 4.0",
        Status.CLEAR,
        "category, weak urgency",
        _bank_questions,
        channel="direct message",
        passes=1.5,
    ),
    Dataset(
        "crisislex-t26",
        "MIT (text is tweets)",
        Status.CLEAR,
        "weak urgency, disasters",
        _crisis,
        weight=0.3,
        passes=0.7,
    ),
    Dataset(
        "germeval2018",
        "CC BY 4.0",
        Status.CLEAR,
        "German offence",
        _offensive,
        weight=0.5,
        passes=0.0,
        passes_if_multilingual=1.0,
    ),
    Dataset(
        "goemotions",
        "CC BY 4.0",
        Status.CLEAR,
        "displeasure, which helps other questions",
        _emotions,
        channel="comment",
        passes=0.35,
    ),
    Dataset(
        "purchase-intent",
        "MIT (text is tweets)",
        Status.CLEAR,
        "leads, one product only",
        lambda raw: {"lead": int(raw["label"] == "purchase_intent")},
        passes=1.5,
        is_near=True,
    ),
    Dataset(
        "xed-bg-tr",
        "CC BY 4.0",
        Status.CLEAR,
        "weak sentiment of film subtitles",
        _weak_sentiment,
        weight=0.3,
        channel="subtitle",
        passes=0.0,
        passes_if_multilingual=0.35,
    ),
    Dataset(
        "tweeteval-offensive",
        "none stated (OLID)",
        Status.UNCLEAR,
        "English offence",
        _offensive,
        has_official_dev=True,
    ),
    Dataset(
        "offenseval2020",
        "unclear: cards disagree",
        Status.UNCLEAR,
        "Turkish offence; other languages left out",
        _offensive,
        languages=frozenset({"tr"}),
        has_official_dev=True,
        passes=0.4,
        passes_if_multilingual=1.0,
    ),
    Dataset(
        "bg-toxic",
        "BSD-3-Clause, but says research and education",
        Status.UNCLEAR,
        "Bulgarian offence",
        lambda raw: {"abuse": _number(raw, "troll_abuse")},
        channel="forum",
    ),
    Dataset(
        "semeval-sentiment",
        "none stated (SemEval-2017 task 4)",
        Status.UNCLEAR,
        "sentiment",
        lambda raw: {"sentiment": str(raw["label"])},
        has_official_dev=True,
        passes=0.55,
    ),
    Dataset(
        "umsab",
        "Apache-2.0, eight sources keep their terms",
        Status.UNCLEAR,
        "sentiment in eight languages",
        lambda raw: {"sentiment": str(raw["label"])},
        passes=0.0,
        passes_if_multilingual=0.7,
    ),
    Dataset("sms-spam", "none stated (CC BY 4.0 elsewhere)", Status.UNCLEAR, "spam", _spam, weight=0.5, channel="sms"),
    Dataset("youtube-spam", "none stated (CC BY 4.0 elsewhere)", Status.UNCLEAR, "spam", _spam, channel="comment"),
    Dataset(
        "tweeteval-irony",
        "none stated (SemEval-2018 task 3)",
        Status.UNCLEAR,
        "irony, which helps other questions",
        lambda raw: {"irony": int(raw["label"] == "irony")},
        has_official_dev=True,
    ),
    Dataset(
        "isarcasm",
        "MIT",
        Status.CLEAR,
        "irony told by its own writer, which helps other questions",
        lambda raw: {"irony": int(raw["label"] == "sarcastic")},
        languages=frozenset({"en"}),
        passes=0.5,
    ),
    Dataset("tr-fsmtsa", "conflicting", Status.EXCLUDED, "its terms contradict each other", lambda raw: {}),
    Dataset("bg-cinexio", "research only", Status.EXCLUDED, "may not be used for a product", lambda raw: {}),
    Dataset(
        "clinc150", "CC BY 3.0", Status.EXCLUDED, "requests to a voice assistant, hardly any to a firm", lambda raw: {}
    ),
    Dataset(
        "tweeteval-hate", "none stated", Status.EXCLUDED, "hatred of groups is no question of ours", lambda raw: {}
    ),
    Dataset("tweeteval-emotion", "none stated", Status.EXCLUDED, "goemotions asks it, with a licence", lambda raw: {}),
    Dataset(
        "account-bots",
        "MIT",
        Status.EXCLUDED,
        "numbers of accounts, no texts: it bears out cues of bad faith",
        lambda raw: {},
    ),
    Dataset(
        OWN_LABELS,
        "Apache-2.0, the project's own",
        Status.CLEAR,
        "invented messages, labelled by us",
        _own,
        weight=8.0,
        passes=2.0,
        is_near=True,
    ),
)
