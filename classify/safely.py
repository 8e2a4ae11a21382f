"""Judging a batch so that one bad message fails alone."""

import logging
from collections.abc import Sequence

from classify.classifier import Classifier
from models import AuthorHistory, Mention, Verdict

logger = logging.getLogger("earshot.classify")


def judge_safely(
    classifier: Classifier, mentions: Sequence[Mention], histories: Sequence[AuthorHistory | None]
) -> tuple[dict[str, Verdict], dict[str, str]]:
    """Verdicts and faults by mention id: what spoils a batch is found one by one."""
    try:
        return dict(zip((m.id for m in mentions), classifier.judge(mentions, histories), strict=True)), {}
    except Exception as error:
        logger.exception("the classifier failed on a batch of %d", len(mentions))
        if len(mentions) == 1:
            return {}, {mentions[0].id: f"the classifier failed: {type(error).__name__}"}
    verdicts, faults = dict[str, Verdict](), dict[str, str]()
    for mention, history in zip(mentions, histories, strict=True):
        one, fault = judge_safely(classifier, [mention], [history])
        verdicts |= one
        faults |= fault
    return verdicts, faults
