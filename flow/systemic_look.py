"""Once a day: which complaints are about the same thing, and does any of it grow faster than its own past?"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flow.systemic import LINKED_BY_RULE, STEADY, WARNING, link
from measure.growth import PAST_WEEKS, Growth, growth
from measure.systemic import WEEKS_SHOWN, Cluster, ComplaintText, clusters, weeks_of
from models import ActorKind, Event, EventKind
from store.store import Store, Transaction
from store.systemic import Candidate, Member

LOOK_EVERY = timedelta(days=1)
WINDOW = timedelta(weeks=WEEKS_SHOWN)
SAME_SHARE = 0.3
"""Of the smaller of the two: so much of a cluster has to be in a candidate already for it to be that candidate."""


def look(store: Store, *, zone: ZoneInfo, now: datetime) -> int:
    """Look, where that was not done in the last day; gives the number of events.

    Clustering reads many words and takes seconds, so it is done before the transaction that writes begins.
    """
    with store.reading() as transaction:
        last = transaction.systemic.last_look()
        if last is not None and now - last < LOOK_EVERY:
            return 0
        since = (now - WINDOW).astimezone(zone).date()
        said = [
            ComplaintText(one.complaint_id, one.author, one.received_on, one.product, one.category, one.text)
            for one in transaction.systemic.said_since(since)
        ]
    found = clusters(said)
    with store.writing() as transaction:
        transaction.register.lock()
        again = transaction.systemic.last_look()
        return _note(transaction, found, len(said), zone=zone, now=now) if again == last else 0


def _note(transaction: Transaction, found: Sequence[Cluster], complaints: int, *, zone: ZoneInfo, now: datetime) -> int:
    """Clusters become candidates, or join those they belong to; what grows is said once."""
    touched, new = dict[int, Cluster](), set[int]()
    for cluster in found:
        candidate_id, is_new = _candidate_of(transaction, cluster, now)
        if candidate_id not in touched:  # the largest cluster of a candidate gives it its words
            touched[candidate_id] = cluster
        new |= {candidate_id} if is_new else set()
    events = [
        event for one in transaction.systemic.all() for event in _refresh(transaction, one, touched, new, zone, now)
    ]
    transaction.events.record(events, now=now)
    warned = sum(event.kind is EventKind.SYSTEMIC_WARNED and event.facts["level"] == WARNING for event in events)
    transaction.systemic.note_look(complaints=complaints, clusters=len(found), found=len(new), warned=warned, now=now)
    return len(events)


def _candidate_of(transaction: Transaction, cluster: Cluster, now: datetime) -> tuple[int, bool]:
    """The candidate that this cluster is, with all its complaints in it; and whether it was opened for it."""
    known = transaction.systemic.candidates_of(cluster.complaint_ids)
    shares = Counter(known.values()).most_common(1)
    fits = bool(shares) and shares[0][1] >= SAME_SHARE * _smaller(transaction, shares[0][0], cluster)
    candidate_id = shares[0][0] if fits else transaction.systemic.open(_values(cluster), now=now)
    transaction.systemic.join(candidate_id, [one for one in cluster.complaint_ids if one not in known], now=now)
    return candidate_id, not fits


def _smaller(transaction: Transaction, candidate_id: int, cluster: Cluster) -> int:
    """Sizes, as far as both could hold the same complaints."""
    members = [one for one in transaction.systemic.members(candidate_id) if one.received_on >= cluster.first_on]
    return min(len(members), len(cluster.complaint_ids))


def _values(cluster: Cluster) -> dict[str, object]:
    told = {"name": cluster.name, "words": list(cluster.words), "examples": list(cluster.examples)}
    return told | {"size": 0, "people": 0, "weeks": [], "level": STEADY, "chance": 1.0}


def _refresh(
    transaction: Transaction,
    candidate: Candidate,
    touched: dict[int, Cluster],
    new: set[int],
    zone: ZoneInfo,
    now: datetime,
) -> list[Event]:
    """Size, trend and level as of now; a candidate that nothing joined any more goes on having both."""
    members, cluster = transaction.systemic.members(candidate.id), touched.get(candidate.id)
    days = [(one.received_on, _person(one)) for one in members]
    weeks = weeks_of(days, until=now.astimezone(zone).date())
    rate = growth(weeks[-1 - PAST_WEEKS :])
    level = WARNING if rate.is_faster else STEADY
    values: dict[str, object] = {
        "size": len(members),
        "people": len({one.author for one in members if one.author is not None}),
        "weeks": list(weeks),
        "level": level,
        "chance": rate.chance,
    }
    if cluster is not None:
        told = _values(cluster)
        values |= {"seen_at": now} | {key: told[key] for key in ("name", "words", "examples")}
    transaction.systemic.change(candidate.id, values)
    link(transaction, candidate, by=LINKED_BY_RULE, at=now, now=now)
    return _events(candidate, len(members), level, rate, is_new=candidate.id in new, now=now)


def _person(member: Member) -> str:
    return member.author or member.complaint_id


def _events(candidate: Candidate, size: int, level: str, rate: Growth, *, is_new: bool, now: datetime) -> list[Event]:
    facts: dict[str, object] = {"candidate": candidate.id, "about": candidate.name, "complaints": size}
    found = _event(EventKind.SYSTEMIC_FOUND, f"systemic_found:{candidate.id}", facts, now)
    if level == candidate.level:
        return [found] if is_new else []
    facts = facts | {"level": level, "last week": rate.recent, "expected": round(rate.expected, 2)}
    key = f"systemic_warned:{candidate.id}:{now.isoformat()}"
    return ([found] if is_new else []) + [_event(EventKind.SYSTEMIC_WARNED, key, facts, now)]


def _event(kind: EventKind, key: str, facts: dict[str, object], now: datetime) -> Event:
    return Event(key, kind, now, ActorKind.RULE, "earshot", facts=facts)
