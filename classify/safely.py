"""Judging a batch so that one bad message fails alone."""

import logging
from collections.abc import Sequence

from classify.classifier import Classifier
from models import AuthorHistory, Mention, Verdict

logger = logging.getLogger("earshot.classify")


def judge_safely(
    classifier: Classifier, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]
) -> tuple[dict[str, Verdict], dict[str, str]]:
    """Verdicts and faults by mention id."""
    found = dict(zip((m.id for m in mentions), judge_each(classifier, mentions, histories), strict=True))
    verdicts = {name: one for name, one in found.items() if isinstance(one, Verdict)}
    return verdicts, {name: one for name, one in found.items() if isinstance(one, str)}


def judge_each(
    classifier: Classifier, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]
) -> list[Verdict | str]:
    """In order, a verdict or the fault in words: what spoils a batch is found one by one."""
    try:
        return list(classifier.judge(mentions, histories))
    except Exception as error:
        logger.exception("the classifier failed on a batch of %d", len(mentions))
        if len(mentions) == 1:
            return [f"the classifier failed: {type(error).__name__}"]
    return [
        found
        for mention, history in zip(mentions, histories, strict=True)
        for found in judge_each(classifier, [mention], [history])
    ]
