"""What came of a run, read from its database and from what its processes logged."""

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

from store.store import Store

TICKETS = (
    "SELECT outbox.mention_id, receipts.received_at FROM outbox JOIN receipts ON receipts.outbox_id = outbox.id"
    " WHERE outbox.effect = 'create_ticket'"
)
RECEIPTS = "SELECT MAX(received_at) FROM receipts"
DECIDED = "SELECT mention_id, recorded_at, facts FROM events WHERE kind = 'triaged'"
TIERS = ("noise", "saved reply", "personal reply", "high priority")


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds from the arrival at the door, in ascending order."""

    seconds: tuple[float, ...]

    def at(self, percent: int) -> float | None:
        """Nearest of the hundred cuts; None of nothing."""
        if not self.seconds:
            return None
        return quantiles([*self.seconds, *self.seconds[-1:]], n=100, method="inclusive")[percent - 1]

    def as_json(self) -> dict[str, float | int | None]:
        rounded = {f"p{percent}": _rounded(self.at(percent)) for percent in (50, 95, 99)}
        return {"count": len(self.seconds), **rounded, "most": _rounded(max(self.seconds, default=None))}


@dataclass(frozen=True, slots=True)
class Outcome:
    to_ticket: Waits
    decided: Mapping[str, Waits]
    """By tier: until the decision stood, with its case, register entry and effects."""
    urgent_tickets: Waits
    """Of tier 3 alone."""
    seconds: float
    """From the first arrival to the last decision or effect."""


def outcome(store: Store, came_at: Mapping[str, datetime], *, first: datetime) -> Outcome:
    """Of the messages in `came_at`."""
    with store.engine.connect() as connection:
        tickets = [(row[0], _instant(row[1])) for row in connection.exec_driver_sql(TICKETS)]
        triaged = [(row[0], _instant(row[1]), _tier(row[2])) for row in connection.exec_driver_sql(DECIDED)]
        last = connection.exec_driver_sql(RECEIPTS).scalar()
    by_tier, tier_of, ends = defaultdict[str, list[float]](list), dict[str, int](), [first]
    for mention_id, at, tier in triaged:
        if mention_id in came_at and mention_id not in tier_of:
            by_tier[TIERS[tier]].append((at - came_at[mention_id]).total_seconds())
            tier_of[mention_id] = tier
            ends.append(at)
    waits = {key: (at - came_at[key]).total_seconds() for key, at in tickets if key in came_at}
    urgent = [wait for key, wait in waits.items() if tier_of.get(key) == len(TIERS) - 1]
    ends += [_instant(last)] if last is not None and waits else []
    return Outcome(
        Waits(tuple(sorted(waits.values()))),
        {tier: Waits(tuple(sorted(found))) for tier, found in by_tier.items()},
        Waits(tuple(sorted(urgent))),
        (max(ends) - first).total_seconds(),
    )


def _instant(value: Any) -> datetime:
    read = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
    return read.replace(tzinfo=UTC) if read.tzinfo is None else read.astimezone(UTC)


def _tier(facts: Any) -> int:
    return int((json.loads(facts) if isinstance(facts, str | bytes) else facts)["tier"])


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


# what the processes logged


@dataclass(frozen=True, slots=True)
class Job:
    name: str
    ended_at: datetime
    seconds: float
    outcome: object


def jobs(log: Path, *, since: datetime) -> Iterator[Job]:
    """Those that ended after `since`, in order of their lines."""
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if '"job"' not in line:
            continue
        try:
            said = json.loads(line)
        except ValueError:
            continue
        at = datetime.fromisoformat(said["at"])
        if at >= since:
            yield Job(said["job"], at, float(said["seconds"]), said["outcome"])


def seconds_by_job(found: Sequence[Job]) -> dict[str, float]:
    """Busy seconds of all processes together."""
    sums = defaultdict[str, float](float)
    for job in found:
        sums[job.name] += job.seconds
    return dict(sums)
