"""Is every channel heard: gaps, silence by its own rhythm, credentials that end. Silence is an alarm."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from connectors.connector import Connector
from connectors.world import World
from flow.pushes import heard_as
from measure.silence import PAST_WEEKS, learn, silence
from models import ActorKind, Event, EventKind
from models.errors import EarshotError
from store.channel_health import Gap, StoredCredential, StoredSilence
from store.connections import ConnectionState
from store.store import Store, Transaction
from triage.calendar import Calendar

logger = logging.getLogger("earshot.channels")

LOOK_EVERY = timedelta(minutes=10)
PROBE_EVERY = timedelta(hours=24)
ENDS_SOON = timedelta(days=14)
LONGEST_PAUSE_BETWEEN_PULLS = timedelta(minutes=15)
"""With nothing read for longer than this (or ten times the pace, if that is more), the source was not listened to."""
SATURDAY = 5
FEW, FEW_SHARE = 3, 0.2
"""So many messages, or this share of them, may be missing here without a word."""
NOT_RUNNING = "Earshot did not listen"


@dataclass(frozen=True, slots=True)
class SourceStanding:
    name: str
    state: ConnectionState
    gaps: Sequence[Gap]
    """Newest first."""
    recovered: Sequence[int]
    """For each gap, messages of that time that we hold now."""


@dataclass(frozen=True, slots=True)
class ChannelStanding:
    """One vendor: what it is connected as, how it is heard, and what is wrong."""

    name: str
    title: str
    credential: StoredCredential | None
    sources: Sequence[SourceStanding]
    silences: Sequence[StoredSilence]
    troubles: Sequence[str]
    """In words, the gravest first; empty: all is well."""


def standing_of(transaction: Transaction, world: World, *, now: datetime) -> list[ChannelStanding]:
    """Those that are switched on, in the order of the registry."""
    silences = transaction.health.silences()
    return [
        _standing(
            transaction, connector, [*world.pulled(connector), *map(heard_as, connector.receivers)], silences, now=now
        )
        for connector in world.connectors
    ]


def _standing(
    transaction: Transaction,
    connector: Connector,
    heard: Sequence[str],
    silences: dict[str, StoredSilence],
    *,
    now: datetime,
) -> ChannelStanding:
    credential = transaction.health.credential(connector.name)
    channel = next(iter(connector.channels), connector.name)
    sources = []
    for name in heard:
        gaps = transaction.health.gaps(name, limit=5)
        recovered = [
            transaction.health.said_between(channel, gap.began_at, gap.ended_at) if gap.ended_at else 0 for gap in gaps
        ]
        sources.append(SourceStanding(name, transaction.connections.get(name), gaps, recovered))
    quiet = [silences[name] for name in connector.channels if name in silences]
    troubles = [*_silent(quiet), *_failing(sources), *_ending(credential, now=now)]
    return ChannelStanding(connector.name, connector.title, credential, sources, quiet, troubles)


def _silent(quiet: Sequence[StoredSilence]) -> list[str]:
    return [
        f"{one.channel} is silent since {one.since:%Y-%m-%d %H:%M} UTC; {one.expected:.0f} messages were to be expected"
        for one in quiet
        if one.is_alarm and one.since is not None and one.expected is not None
    ]


def _failing(sources: Sequence[SourceStanding]) -> list[str]:
    return [source.state.last_error for source in sources if source.state.last_error]


def _ending(credential: StoredCredential | None, *, now: datetime) -> list[str]:
    if credential is None:
        return []
    until = credential.valid_until
    ends = [] if until is None or until > now + ENDS_SOON else [f"the credential ends {until:%Y-%m-%d %H:%M} UTC"]
    return [*ends, *_lacking(credential), *credential.missing]


def _lacking(credential: StoredCredential) -> list[str]:
    """Both counts are of days, and ours leaves out our own mails and what could not be read: a few are no alarm."""
    shown, held = credential.shown_in_week, credential.held_of_week
    if shown is None or held is None or shown - held <= max(FEW, shown * FEW_SHARE):
        return []
    return [f"the platform shows {shown} messages of the last seven days, and {held} are here"]


def silent_channels(transaction: Transaction) -> list[str]:
    """Names of channels whose silence is an alarm."""
    return [name for name, found in transaction.health.silences().items() if found.is_alarm]


def look_at_silence(
    store: Store, world: World, calendar: Calendar, *, zone: ZoneInfo, false_alarms_per_year: float, now: datetime
) -> int:
    """Judge the silence of each channel, every ten minutes; gives how many alarms are new."""
    with store.reading() as transaction:
        known = transaction.health.silences()
    due = [
        (name, list(world.pulled(connector)))
        for connector in world.connectors
        for name in connector.channels
        if name not in known or known[name].checked_at <= now - LOOK_EVERY
    ]
    if not due:
        return 0
    often, quiet = false_alarms_per_year, _holidays(calendar, zone, now=now)
    return sum(
        _look(store, name, pulled, quiet, zone=zone, false_alarms_per_year=often, now=now) for name, pulled in due
    )


def _holidays(calendar: Calendar, zone: ZoneInfo, *, now: datetime) -> frozenset[date]:
    """Weekdays of the past that is learnt from, and of two weeks to come, on which customers keep Sunday's hours."""
    today = now.astimezone(zone).date()
    days = (today + timedelta(days=number) for number in range(-7 * PAST_WEEKS, 15))
    return frozenset(day for day in days if day.weekday() < SATURDAY and calendar.why_closed(day))


def _look(
    store: Store,
    channel: str,
    pulled: Sequence[str],
    quiet_days: frozenset[date],
    *,
    zone: ZoneInfo,
    false_alarms_per_year: float,
    now: datetime,
) -> bool:
    since = now - timedelta(weeks=PAST_WEEKS)
    with store.reading() as transaction:
        first, last = transaction.health.first_arrival(channel), transaction.health.last_arrival(channel)
        arrivals = transaction.health.arrivals(channel, since=since)
        blind = [(gap.began_at, gap.ended_at or now) for name in pulled for gap in transaction.health.gaps(name)]
        heard = [transaction.connections.get(name).last_success_at for name in pulled]
    # What cannot be read at all is said as a failure; silence is judged up to where we did listen.
    until = max((at for at in heard if at is not None), default=now)
    watched = max(first, since) if first is not None else now
    rhythm = learn(arrivals, watched_since=watched, zone=zone, quiet_days=quiet_days, blind=blind)
    found = silence(rhythm, last=last, now=min(until, now), false_alarms_per_year=false_alarms_per_year)
    kept = StoredSilence(
        channel,
        now,
        found.since,
        found.expected_messages,
        found.probability,
        is_alarm=found.is_alarm,
        alarm_at=found.quiet_until_alarm,
    )
    with store.writing() as transaction:
        was = transaction.health.silence(channel)
        transaction.health.keep_silence(kept)
        if found.is_alarm == (was is not None and was.is_alarm):
            return False
        facts = {"channel": channel, "alarm": found.is_alarm, "expected": round(found.expected_messages or 0, 1)}
        key = f"{EventKind.CHANNEL_SILENT.value}:{channel}:{now.isoformat()}"
        event = Event(key, EventKind.CHANNEL_SILENT, now, ActorKind.RULE, "earshot", facts=facts)
        transaction.events.record([event], now=now)
    logger.warning("%s is %s", channel, "silent: see `earshot channels`" if found.is_alarm else "heard again")
    return found.is_alarm


def note_gap(transaction: Transaction, source: str, *, cause: str, now: datetime) -> None:
    """A try failed: from the last success on, nothing was read."""
    since = transaction.connections.get(source).last_success_at or now
    transaction.health.open_gap(source, since=since, cause=cause)


def end_gap(store: Store, world: World, source: str, before: ConnectionState, *, now: datetime) -> None:
    """It was read again: from where it had stopped, or from as far back as the platform still shows. Writes only where
    there was a gap."""
    connector = world.connector_of(source)
    if connector is None:
        return
    pace = max(LONGEST_PAUSE_BETWEEN_PULLS, timedelta(seconds=10 * world.pulled(connector).get(source, 0)))
    last = before.last_success_at
    paused_since = last if before.last_error is None and last is not None and now - last > pace else None
    with store.reading() as transaction:
        if paused_since is None and not transaction.health.has_open_gap(source):
            return
    is_lost = connector.keeps is not None and last is not None and now - last > connector.keeps
    with store.writing() as transaction:
        if paused_since is not None:
            transaction.health.open_gap(source, since=paused_since, cause=NOT_RUNNING)
        transaction.health.close_gap(source, lost=is_lost, now=now)


def probe_each(store: Store, world: World, *, now: datetime) -> int:
    """Test each credential live, once a day; gives how many were tested."""
    with store.reading() as transaction:
        known = {each.name: transaction.health.credential(each.name) for each in world.connectors}
    due = [each for each in world.connectors if _is_due(known[each.name], now=now)]
    for connector in due:
        try:
            found = world.probe(connector)
        except EarshotError as error:  # one that cannot be tested keeps no other from its test
            logger.warning("%s: the credential could not be tested: %s", connector.name, error)
            continue
        with store.writing() as transaction:
            transaction.health.probed(
                connector.name,
                account=found.account,
                valid_until=found.valid_until,
                scopes=found.scopes,
                missing=found.missing,
                shown_in_week=found.shown_in_week,
                held_of_week=_held(transaction, connector, now=now) if found.shown_in_week is not None else None,
                now=now,
            )
            _tell_of_end(transaction, connector.name, found.valid_until, now=now)
    return len(due)


def _held(transaction: Transaction, connector: Connector, *, now: datetime) -> int:
    since = now - timedelta(days=7)
    return sum(transaction.health.said_between(name, since, now) for name in connector.channels)


def _is_due(known: StoredCredential | None, *, now: datetime) -> bool:
    return known is None or known.probed_at <= now - PROBE_EVERY


def _tell_of_end(transaction: Transaction, name: str, until: datetime | None, *, now: datetime) -> None:
    """Once for each end."""
    if until is None or until > now + ENDS_SOON:
        return
    key = f"{EventKind.CREDENTIAL_ENDS.value}:{name}:{until.isoformat()}"
    facts = {"channel": name, "until": until.isoformat()}
    event = Event(key, EventKind.CREDENTIAL_ENDS, now, ActorKind.RULE, "earshot", facts=facts)
    transaction.events.record([event], now=now)
