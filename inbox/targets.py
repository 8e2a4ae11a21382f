"""The firm's own targets in words: on the case, in the queue, on the board. They are no clocks of a regulator."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from inbox import wording
from inbox.languages import N_, Sayings, _
from inbox.visit import Visit
from models import CaseState
from store.cases import StoredCase
from store.store import Transaction
from store.targets import StoredTarget

NAMES = Sayings({"first_answer": N_("First answer"), "update": N_("Next update"), "resolution": N_("Resolution")})
IN_QUEUE = Sayings(
    {"first_answer": N_("target: first answer"), "update": N_("target: update"), "resolution": N_("target: resolution")}
)
SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class TargetLine:
    name: str
    due: tuple[str, str]
    """(words, state)."""
    at: datetime
    priority: str
    policy: str
    steps: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnCase:
    lines: list[TargetLine]
    may_tell: bool
    """A person may note that the customer was told by another way."""


@dataclass(frozen=True, slots=True)
class TeamLine:
    """How a team stands with its targets."""

    team: str
    missed: int
    soon: int
    missed_today: int


def on_case(visit: Visit, transaction: Transaction, case: StoredCase) -> OnCase:
    found = transaction.targets.of([case.id])
    may_tell = visit.may_act and case.state in (CaseState.OPEN, CaseState.ANSWERED)
    return OnCase([_line(target, visit.now) for target in found], may_tell)


def _line(target: StoredTarget, now: datetime) -> TargetLine:
    return TargetLine(
        name=NAMES[target.key],
        due=_state(target, now),
        at=target.due_at,
        priority=target.priority.value,
        policy=target.policy,
        steps=target.steps,
    )


def _state(target: StoredTarget, now: datetime) -> tuple[str, str]:
    if target.met_at is None:
        return wording.due(target.due_at, now)
    return (_("met"), "met") if target.met_at <= target.due_at else (_("met, but late"), "late")


def in_queue(transaction: Transaction, case_ids: Collection[int], *, now: datetime) -> dict[int, tuple[str, str]]:
    """Case → its next target in words."""
    found = transaction.targets.next_of(case_ids)
    return {case_id: wording.due(one.due_at, now, IN_QUEUE[one.key]) for case_id, one in found.items()}


def by_team(visit: Visit, transaction: Transaction) -> list[TeamLine]:
    """Those with the most missed first."""
    zone, now = visit.inbox.policy.zone, visit.now
    today = datetime.combine(now.astimezone(zone).date(), time(0), zone)
    said = transaction.targets.missed_since(today, first=transaction.board.event_since(today))
    standing = {one.team: one for one in transaction.targets.by_team(now=now, until=now + SOON)}
    lines = [
        TeamLine(team, standing[team].missed, standing[team].soon, said.get(team, 0))
        if team in standing
        else TeamLine(team, 0, 0, said[team])
        for team in sorted({*standing, *said})
    ]
    return sorted(lines, key=lambda line: (-line.missed, -line.soon, line.team))
