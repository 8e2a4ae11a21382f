"""The board report as plain values, in order: both the page and the PDF are made of these and nothing else."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime

from measure.board import Board, SystemicIssue
from measure.complaint_figures import Figures, Part, Spread
from reports import charts
from reports.definitions import DEFINITIONS

NAMES = {
    "5bd_satisfied": "within five business days, satisfied",
    "5bd_explained": "within five business days, explained",
    "response": "by a response",
    "at_afca": "it is at AFCA",
    "x": "X",
}


@dataclass(frozen=True, slots=True)
class Number:
    name: str
    value: str
    before: str
    """The same in the period before; empty where there is none."""
    meaning: str
    paragraph: str


@dataclass(frozen=True, slots=True)
class Chart:
    caption: str
    svg: str
    is_small: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Section:
    title: str
    text: str
    numbers: tuple[Number, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    title: str
    firm: str
    made_at: datetime
    period: str
    before: str
    about: tuple[tuple[str, str], ...]
    headline: tuple[str, ...]
    sections: tuple[Section, ...] = field(default=())

    def plain(self) -> dict[str, object]:
        """As JSON can hold it; the instant is told in `about`."""
        return {name: value for name, value in asdict(self).items() if name != "made_at"}


def report(board: Board) -> Report:
    now, before = board.now, board.before
    return Report(
        title="Complaints: report to the board",
        firm=board.firm,
        made_at=board.made_at,
        period=f"{now.period.name}: {_day(now.period.start)} to {_day(now.period.end)}",
        before=before.period.name if before is not None else "",
        about=_about(board),
        headline=_headline(board),
        sections=(
            _volumes(board),
            _causes(now, before),
            _acknowledgement(now, before),
            _timeliness(board),
            _outcomes(now, before),
            _systemic(board),
            _missed(board),
        ),
    )


def _about(board: Board) -> tuple[tuple[str, str], ...]:
    return (
        ("Made", f"{board.made_at:%-d %B %Y %H:%M} ({board.zone})"),
        ("From", "the complaint register, as known at that moment; days are local"),
        ("Rules", board.policy),
        ("Holds", "no name and no words of any customer"),
    )


def _headline(board: Board) -> tuple[str, ...]:
    """What changed and what needs the board, in sentences."""
    now, before = board.now, board.before
    said = [f"{now.movement.received:,} complaints received{_change(now, before)}; {now.movement.closed:,} closed."]
    times = now.timeliness
    if times.answered:
        late = times.answered - times.in_time
        said.append(f"{_share(times.share_in_time)} answered in time; {late:,} late, {times.breach:,} without excuse.")
    if times.overdue:
        said.append(f"{times.overdue:,} open past their last day without a valid delay notice.")
    causes = [name for name in now.by_category if name != "not recorded"]
    if causes:
        said.append(f"Most frequent cause: {_words(causes[0])} ({now.by_category[causes[0]]:,}).")
    growing = sum(issue.level == "warning" for issue in board.issues)
    undecided = sum(issue.decision is None for issue in board.issues)
    if board.issues:
        said.append(f"{len(board.issues)} systemic candidates: {undecided} undecided, {growing} growing.")
    return tuple(said)


def _change(now: Figures, before: Figures | None) -> str:
    if before is None or not before.movement.received:
        return ""
    change = now.movement.received / before.movement.received - 1
    return f" ({change:+.0%} on {before.period.name})"


def _volumes(board: Board) -> Section:
    now, before = board.now, board.before
    keys = ("open_start", "received", "reopened", "closed", "open_end")
    numbers = [
        _number(key, f"{getattr(now.movement, key):,}", f"{getattr(before.movement, key):,}" if before else "")
        for key in keys
    ]
    others = [
        _number(key, f"{getattr(now, key):,}", f"{getattr(before, key):,}" if before else "")
        for key in ("ruled_out", "merged_away")
    ]
    names = [one.period.name for one in board.figures]
    series = {
        "received": [one.movement.received for one in board.figures],
        "closed": [one.movement.closed for one in board.figures],
    }
    chart = Chart(
        "Received and closed, by period", charts.columns(names, series, title="Received and closed by period")
    )
    return Section("Volumes", "How many came, how many went, and what is open.", (*numbers, *others), (chart,))


def _causes(now: Figures, before: Figures | None) -> Section:
    old = before.by_category if before is not None else None
    words = {_words(name): count for name, count in now.by_category.items()}
    chart = charts.bars(
        words, {_words(name): count for name, count in (old or {}).items()} if old else None, title="Causes"
    )
    tables = [
        _counts("By category of the classifier", now.by_category, old),
        _counts("By type", now.by_type, before.by_type if before else None),
        _counts("By product", now.by_product, before.by_product if before else None),
        _counts("By issue; a complaint may have several", now.by_issue, before.by_issue if before else None),
        _counts("By channel", now.by_channel, before.by_channel if before else None),
    ]
    caption = "Complaints received, by category" + (f"; pale: {before.period.name}" if before else "")
    text = "What complaints received in the period are about."
    return Section("Nature and causes", text, charts=(Chart(caption, chart),), tables=tuple(tables))


def _acknowledgement(now: Figures, before: Figures | None) -> Section:
    def in_time(one: Figures) -> str:
        known = one.acknowledgement
        return _share(Part(known.in_time, known.in_time + known.late))

    numbers = (
        _number("acknowledged_in_time", in_time(now), in_time(before) if before else ""),
        _number(
            "hours_to_acknowledge",
            _spread(now.acknowledgement.hours),
            _spread(before.acknowledgement.hours) if before else "",
        ),
    )
    return Section("Acknowledgement", f"{now.acknowledgement.waiting:,} not acknowledged yet, and not late.", numbers)


def _timeliness(board: Board) -> Section:
    now, before = board.now, board.before
    keys = ("after_valid_notice", "rolled", "breach", "overdue", "overdue_after_notice")
    counts = [
        _number(key, f"{getattr(now.timeliness, key):,}", f"{getattr(before.timeliness, key):,}" if before else "")
        for key in keys
    ]
    numbers = (
        _number(
            "answered_in_time",
            _share(now.timeliness.share_in_time),
            _share(before.timeliness.share_in_time) if before else "",
        ),
        *counts,
        _number("days_to_resolve", _spread(now.days_to_resolve), _spread(before.days_to_resolve) if before else ""),
        _number("delay_notices", _notices(now), _notices(before) if before else ""),
        _number("first_contact", _share(now.first_contact), _share(before.first_contact) if before else ""),
    )
    shares = [one.timeliness.share_in_time.value for one in board.figures]
    chart = charts.line([one.period.name for one in board.figures], shares, title="Share answered in time by period")
    rows = tuple(
        (_words(name), f"{one.count:,}", _plain(one.median), _plain(one.ninetieth))
        for name, one in now.days_by_type.items()
    )
    table = Table("Days to resolve, by type", ("Type", "Closings", "Median", "Nine in ten"), rows)
    return Section(
        "Timeliness", "Whether answers came in time.", numbers, (Chart("Answered in time, by period", chart),), (table,)
    )


def _outcomes(now: Figures, before: Figures | None) -> Section:
    keys = ("resolved", "unresolved", "withdrawn", "at_afca")
    numbers = [_number(key, f"{getattr(now, key):,}", f"{getattr(before, key):,}" if before else "") for key in keys]
    numbers.append(_number("paid", _paid(now), _paid(before) if before else ""))
    tables = (
        _counts("By ground of closing", now.by_basis, before.by_basis if before else None),
        _counts("By outcome", now.by_outcome, before.by_outcome if before else None),
        _counts("By remedy; a closing may have several", now.remedies, before.remedies if before else None),
    )
    return Section("Outcomes", "How complaints closed in the period ended.", tuple(numbers), tables=tables)


def _systemic(board: Board) -> Section:
    now, before = board.now, board.before
    number = _number(
        "possibly_systemic", f"{now.possibly_systemic:,}", f"{before.possibly_systemic:,}" if before else ""
    )
    head = ("No.", "About", "Complaints", "People", "Trend", "Owner", "Decision", "Escalated", "Outcome")
    rows = tuple(_issue(issue) for issue in board.issues)
    tables = (Table("Candidates found in complaints, and what became of them", head, rows),) if rows else ()
    drawn = tuple(
        Chart(
            f"No. {issue.id}: complaints a week", charts.spark(issue.weeks, title=f"Candidate {issue.id} by week"), True
        )
        for issue in board.issues[:6]
    )
    text = "What affects, or could affect, more than one consumer (RG 271.117 to .120)."
    return Section("Systemic issues", text if rows else f"{text} No candidates.", (number,), drawn, tables)


def _issue(issue: SystemicIssue) -> tuple[str, ...]:
    about = f"{_words(issue.name)}: {', '.join(issue.words)}" if issue.words else _words(issue.name)
    decided = f"{issue.decision} on {_day(issue.decided_on)}" if issue.decision and issue.decided_on else "none yet"
    escalated = f"{_day(issue.escalated_on)}, {issue.escalated_to}" if issue.escalated_on else "no"
    outcome = f"{issue.outcome} ({_day(issue.outcome_on)})" if issue.outcome and issue.outcome_on else "none yet"
    counts = (f"{issue.complaints:,}", f"{issue.authors:,}")
    return (str(issue.id), about, *counts, issue.level, issue.owner or "nobody", decided, escalated, outcome)


def _missed(board: Board) -> Section:
    missed = board.missed
    title, asked = (
        "Complaints that were missed",
        "What was judged to be no complaint is sampled each week and looked at.",
    )
    if missed is None or missed.value is None:
        return Section(title, f"{asked} No verdicts for this period yet.")
    value = f"{missed.value:.2%} ({missed.low:.2%} to {missed.high:.2%})"
    text = (
        f"{asked} {missed.reviewed:,} of {missed.population:,} messages were looked at, {missed.missed:,} were"
        f" complaints; about {missed.expected:,.0f} may be missed in all."
    )
    return Section(title, text, (_number("missed", value, ""),))


# shared


def _number(key: str, value: str, before: str) -> Number:
    definition = DEFINITIONS[key]
    return Number(definition.name, value, before, definition.meaning, definition.paragraph)


def _counts(caption: str, now: Mapping[str, int], before: Mapping[str, int] | None) -> Table:
    total = sum(now.values())
    names = [*now, *(name for name in before or {} if name not in now)]
    rows = tuple(
        (
            _words(name),
            f"{now.get(name, 0):,}",
            f"{now.get(name, 0) / total:.0%}" if total else "–",
            f"{before.get(name, 0):,}" if before is not None else "–",
        )
        for name in names
    )
    return Table(caption, ("", "Number", "Share", "Before"), rows)


def _share(part: Part) -> str:
    return f"{part.value:.1%} ({part.count:,} of {part.total:,})" if part.value is not None else "–"


def _spread(one: Spread) -> str:
    return f"{_plain(one.median)}, nine in ten within {_plain(one.ninetieth)}" if one.count else "–"


def _plain(value: float | None) -> str:
    return "–" if value is None else f"{value:,.1f}".removesuffix(".0")


def _notices(one: Figures) -> str:
    return f"{one.delay_notices.total:,}, {one.delay_notices.count:,} valid"


def _paid(one: Figures) -> str:
    sums = [f"{paid.total:,.2f} {currency} ({paid.complaints:,})" for currency, paid in one.paid.items()]
    return ", ".join(sums) or "nothing"


def _words(name: str) -> str:
    return NAMES.get(name) or name.replace("_", " ")


def _day(day: object) -> str:
    return f"{day:%-d %b %Y}" if day is not None else ""
