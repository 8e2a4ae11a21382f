"""Every few minutes: what came in is counted by hour and topic, and what is far above its usual is said, once."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flow import severe
from flow.late import PROGRAM, leads_of
from flow.topics import EVERYTHING, topics_of
from measure.hours_of_week import cells, hour_of
from measure.spike_replay import Replayed, replay
from measure.spikes import (
    LATE,
    PAST_WEEKS,
    WINDOWS,
    Baseline,
    Found,
    Hourly,
    Series,
    SpikeRule,
    calm,
    gathered,
    learn,
    look,
    weight_of,
)
from models import ActorKind, Event, EventKind
from policy.crisis_rules import CrisisRules, Spikes
from store.callouts import Call
from store.spikes import KEPT_POSTS, Counted, Spike
from store.store import Store, Transaction
from triage.calendar import Calendar

HOUR = timedelta(hours=1)
AT_ONCE, MOST_BATCHES = 1_000, 20
PAST = timedelta(weeks=PAST_WEEKS)
NEWEST = LATE + max(WINDOWS)
KEPT_HOURS = timedelta(weeks=61)
"""A year beside the weeks that it is learnt from: `own_history` goes through it again."""
MOST_SERIES = 300
EXAMPLES = 5
SAME = 0.5
"""A series whose messages are so far those of a spike that is open is that spike."""


@dataclass(frozen=True, slots=True)
class Looked:
    """What is usual, and what is there."""

    baseline: Baseline | None
    newest: Hourly
    slots: Any


def rule_of(spikes: Spikes) -> SpikeRule:
    return SpikeRule(spikes.false_alarms_per_year, spikes.least_people, spikes.least_times)


def look_for_spikes(
    store: Store,
    rules: CrisisRules,
    *,
    zone: ZoneInfo,
    calendar: Calendar | None = None,
    notify: Collection[str] = (),
    now: datetime,
) -> int:
    """Gives how many spikes began or ended and how many failures were told of; looks at most every few minutes, and
    says the same thing once."""
    with store.reading() as transaction:
        looked = transaction.spikes.looked()
    if not rules.spikes.is_on or (looked is not None and now - looked[0] < rules.spikes.look_every):
        return 0
    if not _count(store, rules, now=now):
        return 0
    told = severe.look(store, rules, looked_at=looked[0] if looked is not None else now, notify=notify, now=now)
    return told + _look_at_hours(store, rules, zone=zone, calendar=calendar, now=now)


def _look_at_hours(
    store: Store, rules: CrisisRules, *, zone: ZoneInfo, calendar: Calendar | None, now: datetime
) -> int:
    with store.reading() as transaction:
        seen = measured(transaction, rules, zone=zone, quiet_days=holidays(calendar, zone, now=now), now=now)
        found = look(seen.baseline, seen.newest, seen.slots, rule_of(rules.spikes)) if seen.baseline else []
        is_any = bool(found or transaction.spikes.open_spikes())
    if not is_any:
        return 0
    with store.writing() as transaction:
        began = sum(_begin(transaction, one, _profile(seen, one), rules, now=now) for one in found)
        return began + _go_on(transaction, seen, found, rules, now=now)


def holidays(calendar: Calendar | None, zone: ZoneInfo, *, now: datetime, past: timedelta = PAST) -> frozenset[date]:
    """Days on which people keep other hours."""
    if calendar is None:
        return frozenset()
    today = now.astimezone(zone).date()
    days = (today - timedelta(days=back) for back in range(-1, past.days + 1))
    return frozenset(day for day in days if calendar.holiday(day))


def _count(store: Store, rules: CrisisRules, *, now: datetime) -> bool:
    """Whether everything that was decided on is counted. A long past is counted over several looks."""
    for _ in range(MOST_BATCHES):
        with store.writing() as transaction:
            was = transaction.spikes.looked()
            messages = transaction.spikes.since(was[1] if was else 0, limit=AT_ONCE)
            last = messages[-1].event if messages else was[1] if was else 0
            is_last = len(messages) < AT_ONCE
            at = now if is_last else was[0] if was else now - rules.spikes.look_every
            if not transaction.spikes.begin_look(was, last, now=at):
                return False  # another process looks
            _add(transaction, messages, rules.spikes, now=now)
            if is_last:
                transaction.spikes.forget(posts_before=now - KEPT_POSTS, hours_before=now - KEPT_HOURS)
                return True
    return False


def _add(transaction: Transaction, messages: Sequence[Counted], rules: Spikes, *, now: datetime) -> None:
    """Each author counts once an hour for a topic on a channel; who is not known always does."""
    posts, people = list[dict[str, Any]](), dict[tuple[datetime, str, str], tuple[int, float]]()
    recent = [one for one in messages if now - KEPT_HOURS <= one.written_at <= now + HOUR]
    known = transaction.spikes.authors_counted({hour_of(one.written_at) for one in recent})
    for one in recent:
        decision, hour = one.decision or {}, hour_of(one.written_at)
        weight = weight_of((decision.get("reach") or {}).get("score"), rules.most_weight)
        label, tags = str(decision.get("label") or ""), decision.get("tags") or ()
        for topic in topics_of(label, tags, one.category, rules):
            key = (hour, topic[:80], one.channel)
            row = {"mention_id": one.mention_id, "topic": key[1], "channel": key[2], "hour": hour}
            posts.append(row | {"author_id": one.author_id, "weight": weight})
            if one.author_id is None or (*key, one.author_id) not in known:
                count, heard = people.get(key, (0, 0.0))
                people[key] = count + 1, heard + weight
                known |= {(*key, one.author_id)} if one.author_id is not None else set()
    transaction.spikes.add(posts, people)


def measured(
    transaction: Transaction,
    rules: CrisisRules,
    *,
    zone: ZoneInfo,
    quiet_days: Collection[date] = (),
    now: datetime,
    past: timedelta = PAST,
) -> Looked:
    """The last weeks as arrays, the baseline learnt from them, and the newest hours; without hours there is none."""
    hourly = history(transaction, now=now, past=past)
    slots = cells(hourly.start, hourly.hours, zone, quiet_days)
    begin = max(0, hourly.hours - NEWEST)
    baseline = learn(hourly.part(0, begin), slots[:begin], rule_of(rules.spikes)) if begin else None
    return Looked(baseline, hourly.part(begin, hourly.hours), slots[begin:])


def history(transaction: Transaction, *, now: datetime, past: timedelta = PAST) -> Hourly:
    """From the first hour that was counted on, the busiest series; the last hour runs still."""
    last = hour_of(now)
    since = last - past
    told = transaction.spikes.hourly(since)
    rows = [(Series(topic, channel), hour, people, weight) for topic, channel, hour, people, weight in told]
    rows = [row for row in rows if row[1] <= last]
    start = min((hour for _, hour, _, _ in rows), default=last)
    sizes = dict[Series, int]()
    for one, _, people, _ in rows:
        sizes[one] = sizes.get(one, 0) + people
    kept = set(sorted(sizes, key=lambda one: (-sizes[one], one))[:MOST_SERIES])
    hours = int((last - start) / HOUR) + 1
    return gathered([row for row in rows if row[0] in kept], start, hours, every=EVERYTHING)


def _profile(seen: Looked, found: Found) -> list[float]:
    """What is usual in each hour of the week, for the picture of the spike."""
    if seen.baseline is None:
        return []
    return [round(float(rate), 3) for rate in seen.baseline.people[seen.baseline.series.index(found.series)]]


def _begin(
    transaction: Transaction, found: Found, profile: Sequence[float], rules: CrisisRules, *, now: datetime
) -> bool:
    """True where it is a new spike, and no other name of one that is open."""
    began = found.until - timedelta(hours=found.hours)
    posts = _posts(transaction, found.series, began)
    open_now = transaction.spikes.open_spikes()
    if any((one.topic, one.channel) == found.series or _is_same(transaction, one, posts) for one in open_now):
        return False
    numbers = numbers_of(found, rules)
    values = {"topic": found.series.topic, "channel": found.series.channel, "found_at": now, "began_at": began}
    spike_id = transaction.spikes.open_spike(
        values | {"numbers": {**numbers, "profile": profile}, "examples": posts[:EXAMPLES]}
    )
    if spike_id is None:
        return False
    transaction.spikes.join(spike_id, posts)
    first = transaction.spikes.cases_of(spike_id, limit=1)
    case_id = first[0][0] if first else None
    facts = {"spike": spike_id, "topic": found.series.topic, "channel": found.series.channel, **numbers}
    key = f"{EventKind.SPIKE_FOUND.value}:{spike_id}"
    event = Event(key, EventKind.SPIKE_FOUND, now, ActorKind.RULE, rules.title, case_id, facts=facts)
    transaction.events.record([event], now=now)
    if case_id is not None:
        called = [user.id for user in leads_of(transaction.accounts.all())]
        transaction.callouts.add(key, called, case_id, Call.SPIKE, by=PROGRAM, now=now)
    return True


def numbers_of(found: Found, rules: CrisisRules) -> Mapping[str, object]:
    return {
        "hours": found.hours,
        "until": found.until.isoformat(),
        "people": found.people,
        "usual": round(found.expected, 2),
        "weight": round(found.weight, 2),
        "usual_weight": round(found.expected_weight, 2),
        "score": round(found.score, 2),
        "threshold": round(found.threshold, 2),
        "by_reach": found.is_by_reach,
        "policy": rules.title,
    }


def _posts(transaction: Transaction, series: Series, since: datetime) -> list[str]:
    channel = None if series.channel == EVERYTHING else series.channel
    return transaction.spikes.posts_since(series.topic, channel, since)


def _is_same(transaction: Transaction, spike: Spike, posts: Sequence[str]) -> bool:
    theirs = transaction.spikes.posts_of(spike.id) | set(
        _posts(transaction, Series(spike.topic, spike.channel), spike.began_at)
    )
    return bool(posts) and len(theirs.intersection(posts)) >= SAME * min(len(posts), len(theirs))


def _go_on(transaction: Transaction, seen: Looked, found: Sequence[Found], rules: CrisisRules, *, now: datetime) -> int:
    """What came since belongs to spikes that are open; those that are over are closed. Gives how many were."""
    still = {one.series for one in found}
    quiet = (
        dict(zip(seen.newest.series, calm(seen.baseline, seen.newest, seen.slots), strict=True))
        if seen.baseline
        else {}
    )
    over = 0
    for spike in transaction.spikes.open_spikes():
        series = Series(spike.topic, spike.channel)
        transaction.spikes.join(spike.id, _posts(transaction, series, spike.began_at))
        is_calm = quiet.get(series, True) and series not in still
        is_long = now - spike.found_at >= rules.spikes.longest
        since = spike.quiet_since or now
        if is_long or (is_calm and now - since >= rules.spikes.over_after):
            over += _end(transaction, spike, rules, is_long=is_long, now=now)
        elif is_calm != (spike.quiet_since is not None):
            transaction.spikes.change_spike(spike.id, {"quiet_since": now if is_calm else None})
    return over


def _end(transaction: Transaction, spike: Spike, rules: CrisisRules, *, is_long: bool, now: datetime) -> int:
    if not transaction.spikes.change_spike(spike.id, {"ended_at": now}):
        return 0
    messages, cases, answered = transaction.spikes.sizes([spike.id]).get(spike.id, (0, 0, 0))
    facts = {"spike": spike.id, "topic": spike.topic, "channel": spike.channel, "messages": messages, "cases": cases}
    facts |= {"answered": answered, "because": "longest" if is_long else "over"}
    key = f"{EventKind.SPIKE_OVER.value}:{spike.id}"
    transaction.events.record(
        [Event(key, EventKind.SPIKE_OVER, now, ActorKind.RULE, rules.title, facts=facts)], now=now
    )
    return 1


def own_history(
    transaction: Transaction, rules: CrisisRules, *, zone: ZoneInfo, calendar: Calendar | None, now: datetime
) -> Replayed:
    """The firm's own past gone through again with these rules: every alarm that they would have raised in it.

    What of them was false, people know: true spikes are in it, so the rate is at most this.
    """
    hourly = history(transaction, now=now, past=KEPT_HOURS)
    quiet = holidays(calendar, zone, now=now, past=KEPT_HOURS)
    return replay(hourly, rule_of(rules.spikes), zone=zone, quiet_days=quiet)
