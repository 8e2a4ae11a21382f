"""Spikes and crises as people see them: figures, charts and the log, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flow.crisis import scope_words
from flow.topics import EVERYTHING
from inbox import wording
from inbox.charts import Chart, chart
from inbox.languages import N_, Sayings, _
from inbox.saved_replies import LANGUAGES
from inbox.visit import Visit
from measure.hours_of_week import cells, hour_of
from policy.crisis_rules import CrisisRules
from store.crises import Crisis, CrisisNote
from store.spikes import KEPT_POSTS, Spike
from store.store import Transaction

HOURS_SHOWN = 24
MOST_TIMES = 100
HOUR = timedelta(hours=1)
KINDS = Sayings(
    {
        "declared": N_("declared the crisis"),
        "statement": N_("wrote the holding statement"),
        "approved": N_("approved the holding statement"),
        "owned": N_("gave the crisis another owner"),
        "note": N_("noted"),
        "seen": N_("knows of it"),
        "called": N_("called these people"),
        "said_statement": N_("sent the holding statement"),
        "replied": N_("sent a reply"),
        "paused": N_("held an automatic answer back and called the owner"),
        "lifted": N_("lifted the crisis"),
    }
)
DEFINITIONS = Sayings(
    {
        "people": N_(
            "People who wrote about it in the hours looked at, each counted once an hour; noise, spam and praise"
            " are left out."
        ),
        "usual": N_(
            "What eight weeks before say of the same hours of the week; holidays count as Sundays, and old"
            " storms are cut down."
        ),
        "chance": N_("How often so many or more would come in such hours if nothing were the matter."),
        "weight": N_("The same people, each weighing 1 and more with reach: how many times the usual."),
        "messages": N_(
            "Messages on its topics and channels since it was declared, or since the spike began, by the hour they were"
            " written in. Languages are not told apart here."
        ),
        "reach": N_(
            "The same messages, each weighing 1, and up to the most that the policy allows with how many may read it."
        ),
        "answered": N_("Of the cases with such a message, how many are answered or done."),
    }
)


@dataclass(frozen=True, slots=True)
class ShownSpike:
    spike: Spike
    about: str
    where: str
    chart: Chart
    people: str
    usual: str
    chance: str
    weight: str
    hours: int
    by_reach: bool
    messages: int
    cases: int
    answered: int


@dataclass(frozen=True, slots=True)
class Line:
    note: CrisisNote
    saying: str


@dataclass(frozen=True, slots=True)
class ShownCrisis:
    crisis: Crisis
    scope: str
    statements: list[tuple[str, str, str]]
    """(code, language, text)."""
    log: list[Line]
    chart: Chart
    messages: int
    reach: str
    cases: int
    answered: int
    is_owner: bool
    may_approve: bool
    may_lift: bool
    has_seen: bool


def topic_words(topic: str) -> str:
    return _("everything") if topic == EVERYTHING else wording.sentence(topic)


def channel_words(channel: str) -> str:
    return _("all channels") if channel == EVERYTHING else wording.channel(channel)


def spikes_shown(visit: Visit, transaction: Transaction) -> list[ShownSpike]:
    found = transaction.spikes.open_spikes()
    sizes = transaction.spikes.sizes([one.id for one in found]) if found else {}
    return [_spike(visit, transaction, one, sizes.get(one.id, (0, 0, 0))) for one in found]


def _spike(visit: Visit, transaction: Transaction, spike: Spike, size: tuple[int, int, int]) -> ShownSpike:
    numbers = spike.numbers
    usual_weight = float(numbers["usual_weight"])
    return ShownSpike(
        spike=spike,
        about=topic_words(spike.topic),
        where=channel_words(spike.channel),
        chart=_chart_of(visit, transaction, spike),
        people=wording.whole(int(numbers["people"])),
        usual=usual_words(float(numbers["usual"])),
        chance=chance_words(float(numbers["score"])),
        weight=times_words(float(numbers["weight"]), usual_weight),
        hours=int(numbers["hours"]),
        by_reach=bool(numbers["by_reach"]),
        messages=size[0],
        cases=size[1],
        answered=size[2],
    )


def usual_words(usual: float) -> str:
    return f"{usual:.1f}" if usual >= 1 else _("less than one")


def times_words(seen: float, usual: float) -> str:
    times = seen / max(usual, 0.01)
    return f"{times:.1f}" if times <= MOST_TIMES else _("more than %(most)s", most=MOST_TIMES)


def chance_words(score: float) -> str:
    """`score` is -ln of the chance."""
    powers = min(int(score / 2.302585), 99)
    return _("less than once in %(times)s", times=f"10^{powers}" if powers > 6 else wording.whole(10**powers))


def _chart_of(visit: Visit, transaction: Transaction, spike: Spike) -> Chart:
    first = hour_of(visit.now) - HOUR * (HOURS_SHOWN - 1)
    people = dict.fromkeys((first + HOUR * number for number in range(HOURS_SHOWN)), 0)
    for _topic, channel, hour, count, _weight in transaction.spikes.hourly(first, topic=spike.topic):
        if spike.channel in (EVERYTHING, channel) and hour in people:
            people[hour] += count
    profile: Sequence[float] = spike.numbers.get("profile") or []
    zone = visit.inbox.policy.zone
    usual = [round(profile[slot]) if profile else 0 for slot in cells(first, HOURS_SHOWN, zone).tolist()]
    return chart(
        f"spike-{spike.id}",
        _(
            "%(topic)s, %(channel)s: people an hour",
            topic=topic_words(spike.topic),
            channel=channel_words(spike.channel),
        ),
        kind="columns",
        along=_("Hour"),
        places=[_clock(visit, hour) for hour in people],
        series=[
            (
                _("up to the usual"),
                "soft",
                [min(seen, common) for seen, common in zip(people.values(), usual, strict=True)],
            ),
            (
                _("above it"),
                "red",
                [max(0, seen - common) for seen, common in zip(people.values(), usual, strict=True)],
            ),
        ],
    )


def _clock(visit: Visit, hour: datetime) -> str:
    return f"{hour.astimezone(visit.inbox.policy.zone):%H:%M}"


def crisis_shown(visit: Visit, transaction: Transaction, crisis: Crisis, rules: CrisisRules) -> ShownCrisis:
    spike = transaction.spikes.spike(crisis.spike_id) if crisis.spike_id is not None else None
    began = min(crisis.declared_at, spike.began_at) if spike is not None else crisis.declared_at
    since = max(began, visit.now - KEPT_POSTS)
    hours = transaction.spikes.hours_in_scope(crisis.topics, crisis.channels, hour_of(since))
    counted, answered = transaction.spikes.cases_in_scope(crisis.topics, crisis.channels, hour_of(since))
    user = visit.user
    is_owner = user is not None and user.id == crisis.owner_id
    wrote = user is not None and user.id == crisis.statement_by_id
    return ShownCrisis(
        crisis=crisis,
        scope=scope_shown(crisis),
        statements=[
            (code, LANGUAGES.get(code, code), crisis.statement[code])
            for code in rules.languages
            if code in crisis.statement
        ],
        log=[Line(note, KINDS.get(note.kind, note.kind)) for note in reversed(transaction.crises.notes(crisis.id))],
        chart=_crisis_chart(visit, crisis, hours),
        messages=sum(count for _hour, count, _weight in hours),
        reach=f"{sum(weight for _hour, _count, weight in hours):,.0f}",
        cases=counted,
        answered=answered,
        is_owner=is_owner,
        may_approve=visit.role.value in rules.may_approve and not wrote,
        may_lift=visit.may_act and (is_owner or visit.role.value in rules.may_lift),
        has_seen=transaction.crises.has_seen(crisis.id, visit.person),
    )


def _crisis_chart(visit: Visit, crisis: Crisis, hours: Sequence[tuple[datetime, int, float]]) -> Chart:
    first = hour_of(visit.now) - HOUR * (HOURS_SHOWN - 1)
    counts = dict.fromkeys((first + HOUR * number for number in range(HOURS_SHOWN)), 0)
    counts |= {hour: count for hour, count, _weight in hours if hour in counts}
    return chart(
        f"crisis-{crisis.id}",
        _("Messages an hour in the scope of the crisis"),
        kind="columns",
        along=_("Hour"),
        places=[_clock(visit, hour) for hour in counts],
        series=[(_("messages"), "red", list(counts.values()))],
    )


def scope_shown(crisis: Crisis) -> str:
    if scope_words(crisis) == "everything":
        return _("everything")
    parts = [
        ", ".join(topic_words(topic) for topic in crisis.topics),
        ", ".join(channel_words(channel) for channel in crisis.channels),
        ", ".join(str(LANGUAGES.get(code, code)) for code in crisis.languages),
    ]
    return "; ".join(part for part in parts if part)


def choices(transaction: Transaction, rules: CrisisRules, *, now: datetime) -> Mapping[str, list[tuple[str, str]]]:
    """What a scope may name: (code, words)."""
    topics, channels = transaction.spikes.known(now - timedelta(weeks=8))
    return {
        "topics": [(one, topic_words(one)) for one in topics if one != EVERYTHING],
        "channels": [(one, channel_words(one)) for one in channels],
        "languages": [(one, str(LANGUAGES.get(one, one))) for one in rules.languages],
    }
