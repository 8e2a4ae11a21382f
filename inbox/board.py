"""From what the store counted to what the live board shows."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from inbox import wording
from inbox.charts import Chart, chart
from inbox.languages import _, translated
from measure import live_board as measured
from measure.live_board import Spread, Stretch
from models import Tier
from store.board import Corrected, ListedCase, OpenGroup, Took
from store.escalations import Wanted
from store.store import Transaction

AGE_NAMES = tuple(name for name, _ in measured.AGES)
AGE_STARTS = tuple(start for _, start in measured.AGES)
SOON = (timedelta(hours=4), timedelta(hours=24))
TIERS = (Tier.HIGH_PRIORITY, Tier.PERSONAL_REPLY, Tier.SAVED_REPLY)
TIER_COLOURS = {Tier.HIGH_PRIORITY: "red", Tier.PERSONAL_REPLY: "amber", Tier.SAVED_REPLY: "green"}
LABEL_ORDER = ("complaint", "enquiry", "praise", "abuse", "spam", "other", "unsure")
OWNERS_SHOWN = 60
PAIRS_SHOWN = 6
MOST_ALARMS = 100
CANDIDATES = 1_000
"""Of the answered cases, drawn by chance; the first ten that a person answered are shown."""


@dataclass(frozen=True, slots=True)
class Load:
    """Open cases of one owner or channel."""

    key: str | None
    name: str
    open: int
    tier3: int
    late: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Live:
    """As it stands at one instant."""

    by_tier: tuple[tuple[Tier, str, tuple[int, ...]], ...]
    ages: tuple[int, ...]
    unowned: int
    oldest: tuple[int, datetime] | None
    """(case, its newest message)."""
    ownerless_escalations: int
    bouncing: int
    """Cases that go back and forth."""
    due_4h: int
    due_24h: int
    missed: int
    owners: list[Load]
    channels: list[Load]
    chart: Chart

    @property
    def open(self) -> int:
        return sum(self.ages)


def live(transaction: Transaction, *, now: datetime) -> Live:
    groups = transaction.board.open_groups(AGE_STARTS, now=now)
    by_tier = tuple(
        (tier, wording.tier(tier), _ages(group for group in groups if group.tier == tier)) for tier in TIERS
    )
    oldest = min((group.oldest for group in groups), default=None)
    case_id = transaction.board.oldest_open(oldest) if oldest is not None else None
    due_4h, due_24h = transaction.board.clocks_due(now=now, until=[now + each for each in SOON])
    return Live(
        by_tier=by_tier,
        ages=_ages(groups),
        unowned=sum(sum(group.ages) for group in groups if group.owner is None and group.tier > Tier.SAVED_REPLY),
        oldest=(case_id, oldest) if case_id is not None and oldest is not None else None,
        ownerless_escalations=transaction.escalations.count(Wanted(is_unowned=True)),
        bouncing=len(transaction.hops.alarms(limit=MOST_ALARMS)),
        due_4h=due_4h,
        due_24h=due_24h,
        missed=transaction.board.clocks_missed(now=now),
        owners=_loads(groups, lambda group: group.owner, lambda key: key or "nobody")[:OWNERS_SHOWN],
        channels=_loads(groups, lambda group: group.channel, lambda key: wording.channel(key or "")),
        chart=_chart_of_ages(by_tier),
    )


def _chart_of_ages(by_tier: Sequence[tuple[Tier, str, tuple[int, ...]]]) -> Chart:
    series = [(name, TIER_COLOURS[tier], ages) for tier, name, ages in by_tier]
    return chart(
        "ages",
        _("Open cases by age and tier"),
        kind="bars",
        along=_("Age"),
        places=[translated(name) for name in AGE_NAMES],
        series=series,
    )


def _ages(groups: Iterable[OpenGroup]) -> tuple[int, ...]:
    return tuple(map(sum, zip(*(group.ages for group in groups), strict=True))) or (0,) * len(AGE_NAMES)


def _loads(
    groups: Iterable[OpenGroup], key_of: Callable[[OpenGroup], str | None], name_of: Callable[[str | None], str]
) -> list[Load]:
    """The fullest first; what nobody owns before all."""
    together: defaultdict[str | None, list[OpenGroup]] = defaultdict(list)
    for group in groups:
        together[key_of(group)].append(group)
    loads = [
        Load(
            key,
            name_of(key),
            open=sum(sum(group.ages) for group in some),
            tier3=sum(sum(group.ages) for group in some if group.tier == Tier.HIGH_PRIORITY),
            late=sum(group.late for group in some),
            oldest=min(group.oldest for group in some),
        )
        for key, some in together.items()
    ]
    return sorted(loads, key=lambda load: (load.key is not None, -load.open, load.name))


@dataclass(frozen=True, slots=True)
class Measured:
    """Of periods that end at `made_at`."""

    made_at: datetime
    stretches: tuple[Stretch, ...]
    first_answer: tuple[tuple[Stretch, Spread], ...]
    step: int
    """Of the answered cases every so many were measured: all where it is 1."""
    acknowledge: tuple[tuple[Stretch, Spread], ...]
    labels: list[tuple[str, tuple[int, ...]]]
    judged: tuple[int, ...]
    corrected: tuple[int, ...]
    pairs: list[tuple[str, str, int]]
    """(what it was, what it became, how often) in the longest period, the most frequent first."""
    incoming: Chart
    shares: Chart
    sample: list[tuple[ListedCase, str, datetime]]
    turn: int


def measured_now(transaction: Transaction, *, now: datetime, zone: ZoneInfo, turn: int) -> Measured:
    board, stretches = transaction.board, measured.stretches(now, zone)
    longest = stretches[-1].since
    first = board.event_since(longest)
    labels = _in_order(board.judged([one.since for one in stretches], first=first))
    corrected = board.corrections(since=longest, first=first)
    step, some = measured.every_few(board.answered_cases(since=longest, first=first))
    return Measured(
        made_at=now,
        stretches=stretches,
        first_answer=_spreads(board.first_answers(some, since=longest), stretches),
        step=step,
        acknowledge=_spreads(board.acknowledgements(since=longest), stretches),
        labels=labels,
        judged=tuple(sum(numbers[place] for _, numbers in labels) for place in range(len(stretches))),
        corrected=tuple(sum(each.at >= one.since for each in corrected) for one in stretches),
        pairs=_pairs(corrected),
        incoming=_incoming(transaction, now=now, zone=zone),
        shares=_shares(labels, stretches),
        sample=sample(transaction, now=now, zone=zone, turn=turn),
        turn=turn,
    )


def sample(
    transaction: Transaction, *, now: datetime, zone: ZoneInfo, turn: int
) -> list[tuple[ListedCase, str, datetime]]:
    week = measured.week_of(now, zone)
    answered = transaction.board.answered_cases(since=week, first=transaction.board.event_since(week))
    shuffled = measured.draw(answered, week=week, turn=turn, count=CANDIDATES)
    by_people = set(transaction.board.answered_by_people(shuffled, since=week))
    chosen = [each for each in shuffled if each in by_people][: measured.SAMPLE]
    return transaction.board.last_answers(chosen)


def _spreads(took: Sequence[Took], stretches: Sequence[Stretch]) -> tuple[tuple[Stretch, Spread], ...]:
    return measured.spreads([(each.began, each.ended) for each in took], stretches)


def _in_order(labels: Mapping[str, tuple[int, ...]]) -> list[tuple[str, tuple[int, ...]]]:
    names = [*LABEL_ORDER, *sorted(set(labels) - set(LABEL_ORDER))]
    return [(name, labels[name]) for name in names if name in labels]


def _pairs(corrected: Sequence[Corrected]) -> list[tuple[str, str, int]]:
    counted = Counter((each.was, each.became) for each in corrected)
    return [(was, became, number) for (was, became), number in counted.most_common(PAIRS_SHOWN)]


def _incoming(transaction: Transaction, *, now: datetime, zone: ZoneInfo) -> Chart:
    began = measured.hours(now, zone)
    first = transaction.board.event_since(began[0])
    found = transaction.board.by_hour(began, until=now + measured.HOUR, first=first)
    return chart(
        "incoming",
        _("Messages by hour, last 24 hours"),
        kind="columns",
        along=_("Hour"),
        places=[f"{at.astimezone(zone):%H:%M}" for at in began],
        series=[
            (_("Complaints"), "red", found["complaint"]),
            (_("Others"), "accent", found["other"]),
            (_("Noise"), "soft", found["noise"]),
        ],
    )


def _shares(labels: Sequence[tuple[str, tuple[int, ...]]], stretches: Sequence[Stretch]) -> Chart:
    return chart(
        "labels",
        _("Labels of the last %(name)s", name=translated(stretches[-1].name)),
        kind="bars",
        along=_("Label"),
        places=[wording.sentence(name) for name, _ in labels],
        series=[(_("Messages"), "accent", [numbers[-1] for _, numbers in labels])],
    )
