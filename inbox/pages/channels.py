"""Every channel: how it is heard, its credential, gaps, silence, limits and cost."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from starlette.responses import Response

from connectors.registry import CONNECTORS
from connectors.world import World
from flow.channel_watch import ChannelStanding, standing_of
from inbox.visit import Visit

LIMITS_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Spending:
    credential: str
    calls: int
    cost: Decimal
    budget: Decimal | None
    """Of the month, where one is set; nothing is bought beyond it."""

    @property
    def share(self) -> float:
        return float(self.cost / self.budget) if self.budget else 0.0


@dataclass(frozen=True, slots=True)
class Spent:
    """A limit that is used up, and when it starts anew."""

    credential: str
    endpoint: str
    in_minutes: int


def show(visit: Visit) -> Response:
    inbox, month = visit.inbox, visit.now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    world = World(inbox.settings, inbox.store)
    with inbox.store.reading() as transaction:
        standings = standing_of(transaction, world, now=visit.now)
        used = transaction.quotas.used(since=month)
        limits = transaction.quotas.limits()
        pushes = transaction.pushes.failed()
    on = {one.name for one in standings}
    context = {
        "channels": sorted(standings, key=lambda one: not one.troubles),
        "off": sorted(connector.title for name, connector in CONNECTORS.items() if name not in on),
        "spending": [Spending(name, *told, _budget(visit, name)) for name, told in used.items()],
        "spent": [
            Spent(credential, endpoint, max(1, round((limit.resets_at - visit.now) / timedelta(minutes=1))))
            for (credential, endpoint), limit in limits.items()
            if limit.remaining < 1 and limit.resets_at > visit.now
        ][:LIMITS_SHOWN],
        "failed_pushes": pushes,
        "hooks": _hooks(visit, world, standings),
    }
    return visit.page("channels.html", context)


def _budget(visit: Visit, credential: str) -> Decimal | None:
    """Only X bills by what is read."""
    return visit.inbox.settings.x_monthly_budget if credential.startswith("x:") else None


def _hooks(visit: Visit, world: World, standings: list[ChannelStanding]) -> dict[str, list[str]]:
    """Connector → addresses platforms push to."""
    root = (visit.inbox.settings.public_url or "").rstrip("/")
    found = {connector.name: list(connector.receivers) for connector in world.connectors}
    paths = visit.inbox.urls
    return {one.name: [f"{root}{paths('/hooks/' + name)}" for name in found.get(one.name, [])] for one in standings}
