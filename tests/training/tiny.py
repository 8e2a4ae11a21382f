"""A few invented rows, and the weights that come of them in seconds."""

import io
import json
from pathlib import Path

from rich.console import Console

from training.__main__ import Plan, train
from training.datasets import DATASETS, OWN_LABELS

_TEXTS = {
    "complaint": ("my {} was charged twice", "still no refund for the {}", "the {} arrived broken again"),
    "abuse": ("you {} idiots", "shut up you {} clown", "disgusting {} scum"),
    "spam": ("win a free {} now http://x.example", "cheap {} followers, click my bio", "earn money with {} today"),
    "praise": ("great {}, thank you", "love the new {}", "best {} ever, well done"),
    "enquiry": ("where can I find the {}?", "how do I open a {}?", "do you sell a {}?"),
    "other": ("saw a {} in the rain", "monday and {} again", "my cat likes the {}"),
}
_THINGS = ("card", "parcel", "phone", "loan", "ticket", "lamp", "chair", "router", "account", "coat", "watch", "car")


def tiny_rows() -> list[dict[str, object]]:
    return [
        _row(label, pattern.format(thing), at)
        for label, patterns in _TEXTS.items()
        for pattern in patterns
        for at, thing in enumerate(_THINGS)
    ]


def _row(label: str, text: str, at: int) -> dict[str, object]:
    is_complaint = label == "complaint"
    return {
        "text": text,
        "lang": "en",
        "label": label,
        "severity": 1 + at % 4 if is_complaint else 0,
        "urgency": ("low", "medium", "high")[at % 3],
        "sentiment": {"praise": "positive", "complaint": "negative", "abuse": "negative"}.get(label, "neutral"),
        "lead": int("sell" in text),
        "category": ("billing_payment", "lost_damaged")[at % 2] if is_complaint else None,
    }


def train_tiny(folder: Path) -> Path:
    """The folder of weights."""
    labels = folder / "labels.jsonl"
    labels.write_text("".join(json.dumps(row) + "\n" for row in tiny_rows()), encoding="utf-8")
    own = next(one for one in DATASETS if one.name == OWN_LABELS)
    plan = Plan(out=folder / "weights", work=folder / "work", encoder=None)
    train({own: [labels]}, plan, Console(file=io.StringIO()))
    return folder / "weights"
