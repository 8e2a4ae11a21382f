"""A case changes hands: its escalation follows, each change is counted, and one too many is an alarm."""

from collections.abc import Sequence
from datetime import datetime

from models import ActorKind, Event, EventKind
from store.hops import Hop, HopAlarm
from store.store import Store, Transaction

RETURNED = "returned"
"""Sent back with advice: the one way back that is meant to be."""
MOST_AT_ONCE = 500


def owner_changed(
    transaction: Transaction,
    case_id: int,
    before: str | None,
    to: str | None,
    *,
    key: str,
    reason: str,
    by: str,
    at: datetime,
    teams: tuple[str | None, str | None] = (None, None),
) -> None:
    """After a case went from one owner to another. The first owner is no hop, nor is taking the case from everybody.

    Args:
        key: of the event that says so.
        teams: whose it was, and whose it is, where that is known.
    """
    transaction.escalations.give_to(transaction.merges.family(case_id), to)
    changes_person = None not in (before, to) and before != to
    changes_team = None not in teams and teams[0] != teams[1]
    if changes_person or changes_team:
        transaction.hops.add(Hop(key, case_id, at, before, to, teams[0], teams[1], reason, by))


def alarm_of(hop: Hop, earlier: Sequence[Hop], *, most: int) -> HopAlarm | None:
    """Whether it is one too many. `earlier`: those of the same case before it."""
    owners = {owner for one in earlier for owner in (one.from_owner, one.to_owner)} - {None, hop.from_owner}
    teams = {one.from_team for one in earlier} - {None, hop.from_team}
    if hop.reason != RETURNED and (hop.to_owner in owners or hop.to_team in teams):
        return HopAlarm.PING_PONG
    return HopAlarm.TOO_MANY if len(earlier) >= most else None


def look_at_hops(store: Store, *, most: int, now: datetime) -> int:
    """All that nobody has looked at, however many; gives how many alarms there are among them. Each is raised once."""
    total = 0
    while True:
        with store.reading() as transaction:
            found = transaction.hops.to_look_at(limit=MOST_AT_ONCE)
        if not found:
            return total
        with store.writing() as transaction:
            total += sum(_look_at(transaction, hop, most=most, now=now) for hop in found)


def _look_at(transaction: Transaction, hop: Hop, *, most: int, now: datetime) -> bool:
    here = transaction.hops.of_cases(transaction.merges.family(transaction.merges.living(hop.case_id)))
    earlier = [one for one in here if one.id < hop.id]
    alarm = alarm_of(hop, earlier, most=most)
    if not transaction.hops.looked_at(hop.id, alarm, now=now) or alarm is None:
        return False
    facts = {"alarm": alarm.value, "hops": len(earlier) + 1, "from": hop.from_owner, "to": hop.to_owner or hop.to_team}
    event = Event(f"ping_pong:{hop.id}", EventKind.PING_PONG, now, ActorKind.RULE, "earshot", hop.case_id, facts=facts)
    transaction.events.record([event], now=now)
    return True
