"""Once a week a sample of what was judged no complaint is drawn; people say of each message what it is."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from heapq import nsmallest
from zoneinfo import ZoneInfo

from measure.miss_rate import MissRates, Stratum, miss_rates
from measure.sampling import allocate, monday_in, monday_of, rank, week_of
from models import ActorKind, Event, EventKind, Label, MentionState
from models.errors import RecordError
from store.mentions import StoredMention
from store.review import NoComplaint, ReviewItem, ReviewWeek
from store.store import Store, Transaction

WEEKLY = 100
"""Messages drawn a week. A quarter of such weeks without a miss puts the rate under about a third of a percent."""
WEEKS_BACK = 4
"""Weeks that are drawn afterwards, where nothing ran when they ended."""
SETTLES = timedelta(hours=6)
"""After a week ends, for what it brought to be judged."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A drawn message and its place in the sample."""

    item: ReviewItem
    message: StoredMention


def draw(store: Store, *, zone: ZoneInfo, now: datetime, size: int = WEEKLY) -> int:
    """Draw each week that is over and has no sample yet, once, however often this runs; gives how many weeks."""
    with store.reading() as transaction:
        weeks = _undrawn(transaction, zone, now)
    return sum(_draw(store, *week, size=size, now=now) for week in weeks)


def _undrawn(transaction: Transaction, zone: ZoneInfo, now: datetime) -> list[tuple[str, datetime, datetime]]:
    """(Week, since, until), oldest first; none before the first message."""
    this_monday = monday_of((now - SETTLES).astimezone(zone).date())
    mondays = [this_monday - timedelta(weeks=back) for back in range(WEEKS_BACK, 0, -1)]
    drawn = transaction.review.drawn([week_of(monday) for monday in mondays])
    left = [monday for monday in mondays if week_of(monday) not in drawn]
    first = transaction.review.first_received_at() if left else None
    spans = [(week_of(monday), _start(monday, zone), _start(monday + timedelta(weeks=1), zone)) for monday in left]
    return [span for span in spans if first is not None and first < span[2]]


def _start(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def _draw(store: Store, week: str, since: datetime, until: datetime, *, size: int, now: datetime) -> bool:
    with store.writing() as transaction:
        populations = transaction.review.populations(since=since, until=until)
        shares = allocate(populations, size)
        strata = [
            {"label": key[0], "channel": key[1], "population": populations[key], "drawn": shares[key]}
            for key in sorted(populations)
        ]
        if not transaction.review.keep(ReviewWeek(week, since, until, now, tuple(strata))):
            return False
        transaction.review.add(week, _chosen(transaction, week, since, until, shares))
        facts = {"week": week, "messages": sum(populations.values()), "drawn": sum(shares.values())}
        event = Event(f"review:{week}", EventKind.REVIEW_DRAWN, now, ActorKind.RULE, "earshot", facts=facts)
        transaction.events.record([event], now=now)
    return True


def _chosen(
    transaction: Transaction, week: str, since: datetime, until: datetime, shares: dict[tuple[str, str], int]
) -> list[tuple[str, str, str]]:
    """Those with the smallest digests in each stratum; shuffled by them, too, so that the first half is a sample."""
    chosen: dict[tuple[str, str], list[tuple[str, str]]] = {key: [] for key in shares}
    for mention_id, label, channel in transaction.review.population(since=since, until=until):
        held, most = chosen[label, channel], shares[label, channel]
        held.append((rank(week, mention_id), mention_id))
        if len(held) > 2 * most + 100:
            chosen[label, channel] = nsmallest(most, held)
    drawn = [
        (mark, mention_id, *key) for key, held in chosen.items() for mark, mention_id in nsmallest(shares[key], held)
    ]
    return [(mention_id, label, channel) for _, mention_id, label, channel in sorted(drawn)]


def waiting(transaction: Transaction, week: str, *, limit: int | None = None) -> list[Waiting]:
    """What has no verdict yet, in the order of the draw."""
    items = transaction.review.items(week, waiting_only=True, limit=limit)
    messages = {one.mention.id: one for one in transaction.mentions.get([item.mention_id for item in items])}
    return [Waiting(item, messages[item.mention_id]) for item in items]


def give_verdict(transaction: Transaction, item_id: int, label: str, *, person: str, now: datetime) -> str | None:
    """Note what a person says the message is. Where that is another label, the message is corrected as in the inbox:
    its id is given, to be triaged again once this is committed.

    Raises: RecordError for an unknown item or label, no name, or a message that is being judged anew.
    """
    item = transaction.review.item(item_id)
    if item is None:
        raise RecordError(f"no drawn message has the number {item_id}; `earshot review sample` lists them")
    if label not in set(Label):
        raise RecordError(f"{label[:40]!r} is no label; use one of {', '.join(Label)}")
    if not person.strip():
        raise RecordError("a verdict needs the name of who gives it")
    [message] = transaction.mentions.get([item.mention_id])
    before = _label_now(transaction, message)
    transaction.review.give(item.id, label, person=person, now=now)
    facts = {"week": item.week, "drawn as": item.label, "verdict": label}
    events = [_event(EventKind.REVIEWED, f"reviewed:{item.id}:{now.isoformat()}", message, person, facts, now)]
    if label != before:
        transaction.mentions.relabel(item.mention_id, label, person=person, now=now)
        transaction.mentions.send_back([item.mention_id], to=MentionState.CLASSIFIED)
        key = f"relabelled:{item.mention_id}:review:{item.id}:{now.isoformat()}"
        events.append(_event(EventKind.RELABELLED, key, message, person, {"from": before, "to": label}, now))
    transaction.events.record(events, now=now)
    return item.mention_id if label != before else None


def _label_now(transaction: Transaction, message: StoredMention) -> str:
    is_judged = message.state in (MentionState.TRIAGED, MentionState.CLASSIFIED)
    if not is_judged or message.decision is None or not transaction.verdicts.latest([message.mention.id]):
        raise RecordError(f"message {message.mention.id} is being judged anew; try again in a minute")
    given = transaction.mentions.labels([message.mention.id]).get(message.mention.id)
    return given[0] if given is not None else message.decision.label


def _event(
    kind: EventKind, key: str, message: StoredMention, person: str, facts: Mapping[str, object], now: datetime
) -> Event:
    return Event(key, kind, now, ActorKind.PERSON, person, message.case_id, message.mention.id, facts)


def rates(transaction: Transaction, *, since: date | None = None, until: date | None = None) -> MissRates:
    """Of the weeks whose Monday lies from `since` to `until`, both included; of all, where neither is given."""
    first, last = since or date.min, until or date.max
    weeks = [one for one in transaction.review.weeks() if first <= monday_in(one.week) <= last]
    counted = {
        (one.week, one.label, one.channel): one for one in transaction.review.counted([one.week for one in weeks])
    }
    strata = []
    for week in weeks:
        for said in week.strata:
            one = counted.get((week.week, said["label"], said["channel"]))
            seen = (one.reviewed, one.missed) if one is not None else (0, 0)
            strata.append(Stratum(week.week, said["label"], said["channel"], said["population"], *seen))
    return miss_rates(strata)


LOG_COLUMNS = (
    *("message_id", "case_id", "complaint_id", "channel", "account", "kind", "said_at", "decided_at", "label"),
    *("decided_by", "basis", "limbs", "rules", "tier", "policy"),
)


def log_rows(lines: Iterable[NoComplaint]) -> Iterator[dict[str, object]]:
    """What was judged or ruled to be no complaint, by whom and why: without its words and its author's name."""
    for line in lines:
        decision = line.decision
        definition = decision["definition"]
        yield {
            "message_id": line.mention_id,
            "case_id": line.case_id,
            "complaint_id": line.complaint_id,
            "channel": line.channel,
            "account": line.account,
            "kind": line.kind,
            "said_at": line.said_at.isoformat(),
            "decided_at": line.decided_at.isoformat() if line.decided_at is not None else None,
            "label": decision["label"],
            "decided_by": definition["decided_by"],
            "basis": definition["basis"],
            "limbs": [f"{limb['name']}: {limb['verdict']}" for limb in definition["limbs"]],
            "rules": decision["rules"],
            "tier": decision["tier"],
            "policy": decision["policy_version"],
        }
