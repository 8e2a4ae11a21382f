"""A classifier that knows a handful of words: its verdicts are plain to whoever reads a test."""

from collections.abc import Sequence

from models import AuthorHistory, Label, Mention, Reason, Verdict

WORDS = {
    "charged twice": Label.COMPLAINT,
    "refund": Label.COMPLAINT,
    "third time": Label.COMPLAINT,
    "idiots": Label.ABUSE,
    "free crypto": Label.SPAM,
    "thank": Label.PRAISE,
    "how do i": Label.ENQUIRY,
}


class KeywordClassifier:
    """Implements `classify.classifier.Classifier`. A text with `poison` in it makes the whole batch fail."""

    version = "keywords"

    def __init__(self) -> None:
        self.judged: list[str] = []
        self.is_healed = False

    def judge(self, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]) -> list[Verdict]:
        if not self.is_healed and any("poison" in mention.text for mention in mentions):
            raise ValueError("poison")
        self.judged += [mention.id for mention in mentions]
        return [self._verdict(mention.text.lower()) for mention in mentions]

    def _verdict(self, text: str) -> Verdict:
        found = {label: word for word, label in WORDS.items() if word in text}
        label = Label.COMPLAINT if Label.COMPLAINT in found else next(iter(found), Label.OTHER)
        return Verdict(
            lang="en",
            label=label,
            decision="unsure" if "perhaps" in text else label.value,
            probabilities={each: 0.95 if each is label else 0.01 for each in Label},
            complaint_score=0.95 if label is Label.COMPLAINT else 0.05,
            abuse_score=0.9 if Label.ABUSE in found else 0.05,
            spam_score=0.9 if label is Label.SPAM else 0.05,
            lead_score=0.05,
            bad_faith_score=0.05,
            sentiment={"negative": 0.8, "neutral": 0.1, "positive": 0.1},
            severity=2.0 if label is Label.COMPLAINT else 0.0,
            urgency={"low": 0.2, "medium": 0.3, "high": 0.5},
            category={"billing_payment": 0.7},
            reasons=tuple(Reason(word, 2.0) for word in found.values()),
            bad_faith_reasons=(),
            classifier=self.version,
        )
