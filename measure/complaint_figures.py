"""The figures of a period that RG 271.182 asks for, as now known. Pure over `ComplaintFacts`.

Each figure's definition is printed beside it in the board report: `reports/definitions.py`.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from statistics import median

from measure.complaint_facts import CLOSED_EARLY, Closing, ComplaintFacts, Span, Standing
from measure.periods import Period
from models.complaint import Basis

UNKNOWN = "not recorded"
RESOLVED = frozenset({*CLOSED_EARLY, Basis.RESPONSE})
"""Closed by dealing with it; the others were withdrawn, or left unresolved here."""


@dataclass(frozen=True, slots=True)
class Part:
    """`count` of `total`."""

    count: int
    total: int

    @property
    def value(self) -> float | None:
        return self.count / self.total if self.total else None


@dataclass(frozen=True, slots=True)
class Movement:
    """`open_start + received + reopened - closed == open_end`, always."""

    open_start: int
    received: int
    reopened: int
    closed: int
    open_end: int


@dataclass(frozen=True, slots=True)
class Spread:
    count: int
    median: float | None
    ninetieth: float | None
    """The smallest value that at least nine in ten do not exceed."""


@dataclass(frozen=True, slots=True)
class Acknowledgement:
    """Of complaints received in the period."""

    in_time: int
    late: int
    """Acknowledged after both targets, or not at all though both have passed."""
    waiting: int
    """Not acknowledged, and a target is still to come."""
    no_target: int
    hours: Spread
    """Elapsed, of those that were acknowledged."""


@dataclass(frozen=True, slots=True)
class Timeliness:
    """Of complaints first answered in the period; the four parts add up to `answered`."""

    answered: int
    in_time: int
    after_valid_notice: int
    """Late, and a valid delay notice was given by the last day (RG 271.64 to .66)."""
    rolled: int
    """Late by the strict count, in time where the last day rolls forward past a weekend or holiday (s36(2))."""
    breach: int
    no_limit: int
    """Answered, with no last day known; not in `answered`."""
    overdue: int
    """Open and unanswered at the end of the period, the last day passed, without a valid delay notice."""
    overdue_after_notice: int

    @property
    def share_in_time(self) -> Part:
        return Part(self.in_time, self.answered)


@dataclass(frozen=True, slots=True)
class Paid:
    complaints: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Figures:
    period: Period
    movement: Movement
    ruled_out: int
    """Received in the period and found to be no complaint after all; in no other figure."""
    merged_away: int
    """Received in the period and kept under another complaint's id; in no other figure."""
    by_type: Mapping[str, int]
    by_category: Mapping[str, int]
    by_product: Mapping[str, int]
    by_issue: Mapping[str, int]
    by_channel: Mapping[str, int]
    acknowledgement: Acknowledgement
    days_to_resolve: Spread
    """Calendar days from the day of receipt to each closing in the period; withdrawn ones left out."""
    days_by_type: Mapping[str, Spread]
    by_basis: Mapping[str, int]
    by_outcome: Mapping[str, int]
    remedies: Mapping[str, int]
    resolved: int
    unresolved: int
    withdrawn: int
    paid: Mapping[str, Paid]
    """By currency."""
    timeliness: Timeliness
    delay_notices: Part
    """Valid ones of those given in the period."""
    possibly_systemic: int
    at_afca: int
    first_contact: Part
    """Of complaints first resolved in the period: early, after one answer at most, and not reopened (RG 271.156)."""


def figures(facts: Iterable[ComplaintFacts], periods: Sequence[Period], *, as_of: datetime) -> list[Figures]:
    """One per period, in order; the complaints are walked through once. `as_of`: when this is known."""
    tallies = [_Tally(period, as_of) for period in periods]
    for complaint in facts:
        for tally in tallies:
            tally.add(complaint)
    return [tally.figures() for tally in tallies]


@dataclass(slots=True)
class _Tally:
    period: Period
    as_of: datetime
    count: Counter[str] = field(default_factory=Counter)
    natures: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    hours: list[float] = field(default_factory=list)
    days: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    paid: defaultdict[str, list[Decimal]] = field(default_factory=lambda: defaultdict(list))

    def add(self, one: ComplaintFacts) -> None:
        is_received = one.received_on in self.period
        if one.standing is not Standing.COUNTED:
            self.count[one.standing] += is_received
            return
        self._move(one)
        if is_received:
            self._receive(one)
        for number, span in enumerate(one.spans):
            if span.closing is not None and span.closing.on in self.period:
                self._close(one, span.closing, is_first=number == 0)
        self._answer(one)
        self.count["notices"] += sum(on in self.period for on, _ in one.delay_notices)
        self.count["valid notices"] += sum(on in self.period and is_valid for on, is_valid in one.delay_notices)
        self.count["systemic"] += any(on in self.period for on in one.linked_on)
        self.count["afca"] += any(on in self.period for on in one.at_afca_on)

    def _move(self, one: ComplaintFacts) -> None:
        self.count["open start"] += one.is_open_after(self.period.start - timedelta(days=1))
        self.count["open end"] += one.is_open_after(self.period.end)
        self.count["reopened"] += sum(span.opened_on in self.period for span in one.spans[1:])

    def _receive(self, one: ComplaintFacts) -> None:
        self.count["received"] += 1
        natures = {"type": one.complaint_type, "category": one.category, "product": one.product, "channel": one.channel}
        for name, value in natures.items():
            self.natures[name][value or UNKNOWN] += 1
        for issue in one.issues or (UNKNOWN,):
            self.natures["issue"][issue] += 1
        self.count[f"acknowledged {_acknowledged(one, self.as_of)}"] += 1
        if one.acknowledged_at is not None:
            self.hours.append(max(0.0, (one.acknowledged_at - one.received_at).total_seconds() / 3600))

    def _close(self, one: ComplaintFacts, closing: Closing, *, is_first: bool) -> None:
        self.count["closed"] += 1
        self.natures["basis"][closing.basis.value] += 1
        self.natures["outcome"][closing.outcome or UNKNOWN] += 1
        self.natures["remedy"].update(closing.remedies or (UNKNOWN,))
        if closing.basis is not Basis.WITHDRAWN:
            self.days[one.complaint_type].append((closing.on - one.received_on).days)
        if closing.amount is not None:
            self.paid[closing.currency or UNKNOWN].append(closing.amount)
        if is_first and closing.basis in RESOLVED:
            self.count["first resolved"] += 1
            self.count["first contact"] += _at_first_contact(one, one.spans[0])

    def _answer(self, one: ComplaintFacts) -> None:
        if one.answered_on is not None and one.answered_on in self.period:
            self.count[f"answered {_answered(one)}"] += 1
        is_waiting = one.answered_on is None or one.answered_on > self.period.end
        if is_waiting and one.respond_by is not None and one.respond_by <= self.period.end:
            name = "overdue after notice" if _has_notice(one) else "overdue"
            self.count[name] += one.is_open_after(self.period.end)

    def figures(self) -> Figures:
        count, natures = self.count, self.natures
        bases = natures["basis"]
        resolved = sum(bases[basis] for basis in RESOLVED)
        return Figures(
            period=self.period,
            movement=Movement(*(count[key] for key in ("open start", "received", "reopened", "closed", "open end"))),
            ruled_out=count[Standing.RULED_OUT],
            merged_away=count[Standing.MERGED_AWAY],
            by_type=_largest_first(natures["type"]),
            by_category=_largest_first(natures["category"]),
            by_product=_largest_first(natures["product"]),
            by_issue=_largest_first(natures["issue"]),
            by_channel=_largest_first(natures["channel"]),
            acknowledgement=self._acknowledgement(),
            days_to_resolve=spread([day for days in self.days.values() for day in days]),
            days_by_type={name: spread(days) for name, days in sorted(self.days.items())},
            by_basis=_largest_first(bases),
            by_outcome=_largest_first(natures["outcome"]),
            remedies=_largest_first(natures["remedy"]),
            resolved=resolved,
            unresolved=count["closed"] - resolved - bases[Basis.WITHDRAWN],
            withdrawn=bases[Basis.WITHDRAWN],
            paid={name: Paid(len(sums), sum(sums, Decimal(0))) for name, sums in sorted(self.paid.items())},
            timeliness=self._timeliness(),
            delay_notices=Part(count["valid notices"], count["notices"]),
            possibly_systemic=count["systemic"],
            at_afca=count["afca"],
            first_contact=Part(count["first contact"], count["first resolved"]),
        )

    def _acknowledgement(self) -> Acknowledgement:
        count = self.count
        return Acknowledgement(
            in_time=count["acknowledged in time"],
            late=count["acknowledged late"],
            waiting=count["acknowledged waiting"],
            no_target=count["acknowledged no target"],
            hours=spread(self.hours),
        )

    def _timeliness(self) -> Timeliness:
        count = self.count
        return Timeliness(
            answered=sum(count[f"answered {name}"] for name in ("in time", "after notice", "rolled", "breach")),
            in_time=count["answered in time"],
            after_valid_notice=count["answered after notice"],
            rolled=count["answered rolled"],
            breach=count["answered breach"],
            no_limit=count["answered no limit"],
            overdue=count["overdue"],
            overdue_after_notice=count["overdue after notice"],
        )


def _acknowledged(one: ComplaintFacts, as_of: datetime) -> str:
    """Targets are whole seconds: anything within the last one is in time."""
    if one.acknowledge_by is None:
        return "no target"
    if one.acknowledged_at is None:
        return "late" if as_of.replace(microsecond=0) > one.acknowledge_by else "waiting"
    return "in time" if one.acknowledged_at.replace(microsecond=0) <= one.acknowledge_by else "late"


def _answered(one: ComplaintFacts) -> str:
    answered_on, rolled = one.answered_on, one.respond_by_rolled
    if one.respond_by is None or answered_on is None:
        return "no limit"
    if answered_on <= one.respond_by:
        return "in time"
    if _has_notice(one):
        return "after notice"
    return "rolled" if rolled is not None and answered_on <= rolled else "breach"


def _has_notice(one: ComplaintFacts) -> bool:
    """A valid one, given before the limit ran out (RG 271.66)."""
    return any(is_valid and (one.respond_by is None or on <= one.respond_by) for on, is_valid in one.delay_notices)


def _at_first_contact(one: ComplaintFacts, first: Span) -> bool:
    closing = first.closing
    if closing is None or closing.basis not in CLOSED_EARLY or len(one.spans) > 1:
        return False
    return sum(on <= closing.on for on in one.answers_on) <= 1


def spread(values: Sequence[float]) -> Spread:
    """The ninetieth percentile by nearest rank: a value that occurred."""
    if not values:
        return Spread(0, None, None)
    ordered = sorted(values)
    return Spread(len(ordered), float(median(ordered)), float(ordered[-(-len(ordered) * 9 // 10) - 1]))


def _largest_first(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
