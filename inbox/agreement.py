"""How often people say that the classifier's labels are right, by label, with the interval of the true share."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from measure.shares import Share, share
from models import Label
from store.store import Transaction

DAYS = 90


@dataclass(frozen=True, slots=True)
class Agreement:
    label: str
    share: Share
    unsure: int


def agreement(transaction: Transaction, *, now: datetime, classifier: str | None = None) -> list[Agreement]:
    """Of the last 90 days. Messages that the classifier left to a person have no label to agree with.

    Args:
        classifier: only what was said of this version.
    """
    found = transaction.opinions.agreed(since=now - timedelta(days=DAYS), classifier=classifier)
    return [Agreement(one.label, share(one.right, one.total), one.unsure) for one in found if one.label in set(Label)]
