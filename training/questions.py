"""What is asked of a text: the yes-or-no scores learnt first, and the answers that are made of them.

First level: one linear score per yes-or-no question, learnt on every set that answers it. Second level: each final
answer is a small regression over first-level scores of texts that the first level had not seen, which also
calibrates it. Linear over linear is linear: both levels fold into one matrix, and a reason read off its weights is
exact.
"""

from collections.abc import Callable
from dataclasses import dataclass

from training.datasets import OWN_LABELS, Targets

LABELS = ("complaint", "abuse", "spam", "praise", "enquiry", "other")
SENTIMENTS = ("negative", "neutral", "positive")
SEVERITIES = ("0", "1", "2", "3", "4")
URGENCIES = ("low", "medium", "high")
CATEGORIES = (
    "delivery_delay",
    "cancellation_refund",
    "lost_damaged",
    "fraud_security",
    "billing_payment",
    "account_access",
    "technical_app",
    "staff_service",
    "product_quality",
    "price_value",
    "booking_order",
    "info_question",
    "other",
)


@dataclass(frozen=True, slots=True)
class Score:
    """A first-level score: does `holds` say yes to the answer to `question`?"""

    name: str
    question: str
    holds: Callable[[str | int], bool]
    sets: frozenset[str] | None = None
    """Learnt only on answers of these sets, which stand nearer to what is asked, each text once; None for all."""
    freedom: float = 2.0
    """Inverse strength of the pull towards zero."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A final answer. One class is a probability on its own; several share one."""

    name: str
    question: str
    classes: tuple[str, ...]
    scores: tuple[str, ...]
    """First-level scores that it is made of."""


def _is(wanted: str) -> Callable[[str | int], bool]:
    return lambda answer: answer == wanted


def _above(least: int) -> Callable[[str | int], bool]:
    return lambda answer: int(answer) > least


def _yes(answer: str | int) -> bool:
    return answer == 1


_BRAND = frozenset({"xci", OWN_LABELS})
_OWN = frozenset({OWN_LABELS})

SCORES = (
    *(Score(f"label:{name}", "label", _is(name)) for name in LABELS),
    *(Score(name, name, _yes) for name in ("abuse", "displeased")),
    Score("complaint", "complaint", _yes, freedom=10.0),
    Score("spam", "spam", _yes, freedom=5.0),
    Score("lead", "lead", _yes, freedom=3.0),
    *(Score(f"sentiment:{name}", "sentiment", _is(name), freedom=1.0) for name in ("negative", "positive")),
    *(Score(f"severity>{least}", "severity", _above(least), freedom=10.0) for least in (1, 2, 3)),
    *(Score(f"urgency:{name}", "urgency", _is(name), freedom=1.0) for name in ("low", "high")),
    *(Score(f"category:{name}", "category", _is(name), freedom=10.0) for name in CATEGORIES),
    Score("brand complaint", "complaint", _yes, _BRAND, freedom=8.0),
    *(Score(f"brand severity>{least}", "severity", _above(least), _BRAND, freedom=8.0) for least in (1, 2, 3)),
    *(Score(f"own label:{name}", "label", _is(name), _OWN, freedom=10.0) for name in LABELS),
    *(Score(f"own category:{name}", "category", _is(name), _OWN, freedom=10.0) for name in CATEGORIES),
    *(Score(f"own urgency:{name}", "urgency", _is(name), _OWN, freedom=5.0) for name in URGENCIES),
    *(Score(f"own sentiment:{name}", "sentiment", _is(name), _OWN, freedom=5.0) for name in SENTIMENTS),
)

_LABELS = tuple(one.name for one in SCORES if one.question == "label")
_TONE = ("displeased", *(one.name for one in SCORES if one.question == "sentiment"))
_SEVERITY = tuple(one.name for one in SCORES if one.question == "severity")
_URGENCY = tuple(one.name for one in SCORES if one.question == "urgency")
_CATEGORY = tuple(one.name for one in SCORES if one.question == "category")
_ALONE = ("complaint", "abuse", "spam", "lead", "brand complaint")

ANSWERS = (
    Answer("label", "label", LABELS, (*_LABELS, *_ALONE, *_TONE, *_SEVERITY)),
    Answer("complaint", "complaint", ("complaint",), (*_LABELS, *_ALONE, *_TONE, *_SEVERITY)),
    Answer("abuse", "abuse", ("abuse",), ("label:abuse", "abuse", "displeased", "sentiment:negative")),
    Answer("spam", "spam", ("spam",), ("label:spam", "spam")),
    Answer("lead", "lead", ("lead",), ("lead", "label:enquiry")),
    Answer("sentiment", "sentiment", SENTIMENTS, _TONE),
    Answer(
        "severity",
        "severity",
        SEVERITIES,
        ("complaint", "brand complaint", "label:complaint", *_SEVERITY, *_TONE),
    ),
    Answer("urgency", "urgency", URGENCIES, (*_URGENCY, "complaint", "brand complaint", *_SEVERITY)),
    Answer("category", "category", CATEGORIES, _CATEGORY),
)


def class_of(answer: Answer, targets: Targets) -> int | None:
    """Index of the class a row belongs to; 1 or 0 for an answer of one class; None where the row has no answer."""
    found = targets.get(answer.question)
    if found is None:
        return None
    if len(answer.classes) == 1:
        return int(found == 1)
    return answer.classes.index(str(found)) if str(found) in answer.classes else None
