"""What a case's page says of putting it off: until when it is, what is offered, and what a clock says to that."""

from dataclasses import dataclass
from datetime import datetime

from flow import snoozing
from inbox.visit import Visit
from store.cases import StoredCase
from store.snoozes import Snooze
from store.store import Transaction


@dataclass(frozen=True, slots=True)
class SnoozeForm:
    snooze: Snooze | None
    back_at: datetime | None
    """When it comes back: as asked for, or before, where a clock ends. None where it is not put off."""
    refusal: str | None
    latest: datetime | None
    """What a clock allows; None where none runs."""
    presets: list[snoozing.Preset]
    first: str
    """The least that can be typed, in the firm's zone."""
    last: str


def snooze_form(visit: Visit, transaction: Transaction, case: StoredCase) -> SnoozeForm:
    zone = visit.inbox.policy.zone
    snooze, latest = transaction.snoozes.get(case.id), snoozing.back_at_latest(case)
    back_at = min(snooze.until, latest) if snooze and latest else snooze.until if snooze else None
    first, last = visit.now + snoozing.SHORTEST, visit.now + snoozing.LONGEST
    return SnoozeForm(
        snooze,
        back_at,
        snoozing.why_not(case, now=visit.now),
        latest,
        snoozing.presets(visit.now, zone),
        f"{first.astimezone(zone):%Y-%m-%dT%H:%M}",
        f"{last.astimezone(zone):%Y-%m-%dT%H:%M}",
    )


def chosen_time(name: str, typed: str, visit: Visit) -> datetime | None:
    """The instant of a preset, or, for `at`, of a date and time in the firm's zone; None where it makes no sense."""
    zone = visit.inbox.policy.zone
    if name != "at":
        return next((one.until for one in snoozing.presets(visit.now, zone) if one.key == name), None)
    try:
        given = datetime.fromisoformat(typed.strip())
    except ValueError:
        return None
    return given.replace(tzinfo=zone) if given.tzinfo is None else given
