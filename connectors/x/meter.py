"""What X lets us do now, and what it costs: asked before every call, told after it."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

from connectors.limits import Headers, epoch_seconds
from connectors.quota import Ledger, Quota
from connectors.x.prices import Prices
from models.errors import BudgetError
from models.limit import Limit

MILLIONTH = Decimal("0.000001")
"""The unit `Quota` counts in, of a dollar: one call brings things of several prices."""

NOTHING = Decimal(0)

WINDOWS = tuple(
    epoch_seconds(f"{prefix}-remaining", f"{prefix}-reset")
    for prefix in ("x-rate-limit", "x-app-limit-24hour", "x-user-limit-24hour")
)

MENTIONS = "GET /2/users/:id/mentions"
TIMELINE = "GET /2/users/:id/tweets"
OWN_TIMELINE = "GET /2/users/:own/tweets"
SEARCH = "GET /2/tweets/search/recent"
POSTS = "GET /2/tweets"
USERS = "GET /2/users"
ME = "GET /2/users/me"
DM_EVENTS = "GET /2/dm_events"
DM_CONVERSATION = "GET /2/dm_conversations/with/:id/dm_events"
POST = "POST /2/tweets"
DM = "POST /2/dm_conversations/with/:id/messages"
ENDPOINTS = (MENTIONS, TIMELINE, OWN_TIMELINE, SEARCH, POSTS, USERS, ME, DM_EVENTS, DM_CONVERSATION, POST, DM)

MOST_INCLUDED_USERS = 4
"""Of one post: its author, whom it answers, and the authors of the posts it answers and quotes."""
MOST_INCLUDED_POSTS = 2


def endpoint_of(method: str, route: str, own_id: str) -> str:
    """How X's pages of limits call it: numbers become `:id`. Our own timeline has a price of its own."""
    if route == f"/2/users/{own_id}/tweets":
        return OWN_TIMELINE
    return f"{method} " + re.sub(r"(?<=\w)/\d+(?=/|$)", "/:id", route)


def tightest(headers: Headers, now: datetime) -> Limit | None:
    """Of the windows an answer tells of: one that is used up, the longest first; else the usual one of 15 minutes."""
    told = [limit for read in WINDOWS if (limit := read(headers, now)) is not None]
    used_up = [limit for limit in told if limit.remaining < 1]
    return max(used_up, key=lambda limit: limit.resets_at) if used_up else told[0] if told else None


@dataclass(frozen=True, slots=True)
class Came:
    """Things that came with an answer, by id."""

    things: Sequence[str] = ()
    """What was asked for."""
    posts: Sequence[str] = ()
    """Came along."""
    users: Sequence[str] = ()


class Meter:
    """Limits and budget of one account of ours."""

    def __init__(
        self,
        own_id: str,
        ledger: Ledger,
        prices: Prices,
        *,
        monthly_budget: Decimal | None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.quota = Quota(
            f"x:{own_id}",
            ledger,
            read=tightest,
            prices=dict.fromkeys(ENDPOINTS, MILLIONTH),
            monthly_budget=monthly_budget,
            now=now,
        )
        self.prices = prices
        self._now = now
        self._paid_day: date | None = None
        self._paid: set[str] = set()

    def most(self, endpoint: str, sizes: Sequence[int], *, with_context: bool = True) -> int:
        """The largest of `sizes` (falling) whose dearest answer the budget still allows.

        Raises: BudgetError where not even the smallest fits; RetryableError while the platform's limit is used up.
        """
        for size in sizes[:-1]:
            try:
                self.quota.ask(endpoint, units=self.dearest(endpoint, size, with_context=with_context))
            except BudgetError:
                continue
            return size
        self.quota.ask(endpoint, units=self.dearest(endpoint, sizes[-1], with_context=with_context))
        return sizes[-1]

    def dearest(self, endpoint: str, size: int, *, with_context: bool = True) -> int:
        """What `size` things can cost at most, in millionths of a dollar."""
        each = self._price(endpoint) + (self._context(endpoint) if with_context else NOTHING)
        return millionths(size * each)

    def _context(self, endpoint: str) -> Decimal:
        """What can come along with one thing, at most."""
        along = self.prices.included
        if _kind(endpoint) == "dm":
            return along.user
        return MOST_INCLUDED_POSTS * along.post + MOST_INCLUDED_USERS * along.user

    def came(self, endpoint: str, came: Came) -> None:
        """Note a reading call. X charges a thing once in a day (UTC), and so do we, as long as the process lives."""
        along = self.prices.included
        cost = self._fresh(_kind(endpoint), came.things, self._price(endpoint))
        cost += self._fresh("post", came.posts, along.post) + self._fresh("user", came.users, along.user)
        self.quota.used(endpoint, units=millionths(cost))

    def sent(self, endpoint: str, price: Decimal) -> None:
        """Note a writing call."""
        self.quota.used(endpoint, units=millionths(price))

    def _price(self, endpoint: str) -> Decimal:
        reads = self.prices.reads
        if endpoint in (MENTIONS, OWN_TIMELINE):
            return reads.owned_post
        if endpoint in (USERS, ME):
            return reads.user
        return reads.dm_event if endpoint in (DM_EVENTS, DM_CONVERSATION) else reads.post

    def _fresh(self, kind: str, ids: Iterable[str], price: Decimal) -> Decimal:
        today = self._now().astimezone(UTC).date()
        if today != self._paid_day:
            self._paid_day, self._paid = today, set()
        new = {f"{kind}:{each}" for each in ids} - self._paid
        self._paid |= new
        return len(new) * price


def _kind(endpoint: str) -> str:
    if endpoint in (USERS, ME):
        return "user"
    return "dm" if endpoint in (DM_EVENTS, DM_CONVERSATION) else "post"


def millionths(dollars: Decimal) -> int:
    return int(dollars / MILLIONTH)
