"""The firm's list of customers on screen, and what an author is worth on the page of a case."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from flow.vips import value_of
from inbox.visit import Visit
from store.cases import StoredCase
from store.store import Transaction

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ValueShown:
    """None of it is shown to who wrote."""

    band: str
    reason: str
    added_by: str
    until: datetime | None
    """The last instant of its last day."""
    is_by_crm: bool
    points: float


def value_shown(visit: Visit, transaction: Transaction, case: StoredCase) -> ValueShown | None:
    policy = visit.inbox.policy
    value = value_of(transaction, policy, case.author_key)
    if value is None:
        return None
    points, vip = policy.house.weights.vip * value.band.share, value.vip
    if vip is None:
        return ValueShown(value.band.name, "", "", None, is_by_crm=True, points=points)
    return ValueShown(value.band.name, vip.reason, vip.added_by, last_of(vip.until), is_by_crm=False, points=points)


def last_of(until: datetime) -> datetime:
    """A day that still counts, for one that does not any more."""
    return until - timedelta(seconds=1)
