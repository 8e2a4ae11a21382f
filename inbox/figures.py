"""From figures to what a dashboard shows: cards with words, tables by group, and the control chart as a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

from flow.figures import Charts, Choice, Rules, drawn
from inbox import wording
from inbox.charts import Chart, chart
from inbox.languages import N_, Sayings, _, translated
from inbox.visit import Inbox
from measure.control_chart import ALARMS, LEAST_CASES, Charted, Signal
from measure.handling_definitions import DEFINITIONS, GROUPS, LEFT_OUT, Unit
from measure.handling_sheet import Figure
from models import Tier
from settings import Settings
from store.store import Transaction
from triage.working_time import working_time_of

VIEWS = Sayings({"team": N_("Team"), "complaints": N_("Complaints"), "running": N_("Channels and classifier")})
KEYS = {
    "team": (
        *("same_day", "first_answer", "first_answer_working", "acknowledge_escalation", "first_contact", "escalated"),
        *("resolution", "wait", "reply", "escalation_reasons", "hops", "promises", "csat", "quality"),
    ),
    "complaints": (
        *("acknowledge_complaint", "resolution", "escalated", "minutes_complaint", "cost_complaint", "promises"),
        *("miss_rate", "agreement"),
    ),
    "running": ("detection_lag", "same_day", "public_reply", "first_answer", "miss_rate", "agreement"),
}
BARS = {
    "team": ("escalation_reasons", "reason"),
    "running": ("same_day", "channel"),
    "complaints": ("resolution", "case"),
}
WIDTH, HEIGHT, LEFT, TOP, BOTTOM = 720, 220, 44, 12, 26
AS_WRITTEN = frozenset({"person", "team", "product"})
"""What the firm named itself: shown as it is."""


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    is_ours: bool
    """A name of the firm's or of a person: not to be translated."""
    cells: tuple[str, ...]
    count: int
    at: tuple[str, str]
    """(group, value), for the link to the cases."""


@dataclass(frozen=True, slots=True)
class Card:
    key: str
    name: str
    meaning: str
    value: str
    """The headline; empty where nothing was counted."""
    said: str
    """What stands beside it."""
    count: int
    head: tuple[str, ...]
    left_out: tuple[str, ...]
    groups: tuple[tuple[str, tuple[Line, ...]], ...]
    has_cases: bool


WITHOUT_CASES = frozenset({"csat", "miss_rate", "agreement"})
HEADS = Sayings(
    {
        "median": N_("Median"),
        "p90": N_("90 %%"),
        "mean": N_("Mean"),
        "share": N_("Share"),
        "interval": N_("95 %% interval"),
        "times": N_("Times"),
    }
)


def rules_of(inbox: Inbox) -> Rules:
    return rules_from(inbox.settings, inbox)


def rules_from(settings: Settings, inbox: Inbox) -> Rules:
    working = working_time_of(inbox.policy)
    return Rules(inbox.policy.zone, working.between, settings.handling_cap, settings.handling_rate)


def cards(view: str, figures: Sequence[Figure], settings: Settings) -> list[Card]:
    """Of the figures that this dashboard shows, also of those that nothing was counted for."""
    found = [_card(key, [one for one in figures if one.key == key], settings) for key in KEYS[view]]
    return [one for one in found if one.key != "cost_complaint" or settings.handling_rate]


def _card(key: str, figures: Sequence[Figure], settings: Settings) -> Card:
    definition = DEFINITIONS[key]
    everything = next((one for one in figures if not one.group), Figure(key, "", "", definition.unit, 0, None))
    groups = []
    for group in sorted({one.group for one in figures if one.group}, key=list(GROUPS).index):
        lines = [_line(one, settings) for one in figures if one.group == group]
        groups.append((translated(GROUPS[group]), tuple(sorted(lines, key=lambda line: (-line.count, line.name)))))
    head = _head(everything)
    value, said = _headline(everything, settings)
    return Card(
        key=key,
        name=translated(definition.name),
        meaning=translated(definition.meaning),
        value=value,
        said=said,
        count=everything.count,
        head=tuple(HEADS[name] % {} for name in head),
        left_out=tuple(f"{number} {translated(LEFT_OUT[why])}" for why, number in everything.left_out if number),
        groups=tuple(groups),
        has_cases=key not in WITHOUT_CASES,
    )


def _head(one: Figure) -> tuple[str, ...]:
    if one.unit is Unit.SHARE:
        return ("share", "interval")
    return ("times",) if one.key == "escalation_reasons" else ("median", "p90", "mean")


def _headline(one: Figure, settings: Settings) -> tuple[str, str]:
    if not one.count or one.value is None:
        return "", ""
    cells = _cells(one, settings)
    if one.unit is Unit.SHARE:
        return cells[0], _("%(interval)s, of %(count)s", interval=cells[1], count=wording.whole(one.count))
    if one.key == "escalation_reasons":
        return cells[0], ""
    return cells[0], _("median; nine of ten within %(p90)s; mean %(mean)s", p90=cells[1], mean=cells[2])


def _line(one: Figure, settings: Settings) -> Line:
    return Line(
        named(one.group, one.name), one.group in AS_WRITTEN, _cells(one, settings), one.count, (one.group, one.name)
    )


def _cells(one: Figure, settings: Settings) -> tuple[str, ...]:
    if one.unit is Unit.SHARE:
        low, high = wording.percent(one.low or 0.0), wording.percent(one.high or 0.0)
        return wording.percent(one.value or 0.0), _("%(low)s to %(high)s", low=low, high=high)
    if one.key == "escalation_reasons":
        return (wording.whole(one.count),)
    return tuple(amount(one.unit, number, settings) for number in (one.median, one.p90, one.value))


def amount(unit: Unit, number: float | None, settings: Settings) -> str:
    if number is None:
        return "–"
    if unit is Unit.SECONDS:
        return wording.duration(number)
    if unit is Unit.MINUTES:
        return _("%(minutes)s m", minutes=wording.decimal(number, 0))
    if unit is Unit.MONEY:
        return f"{settings.handling_currency} {wording.decimal(number, 2)}"
    if unit is Unit.SHARE:
        return wording.percent(number)
    return wording.decimal(number, 1)


def named(group: str, name: str) -> str:
    """A value of a group, in words."""
    if group == "channel":
        return wording.channel(name)
    if group == "tier" and name.isdigit():
        return wording.tier(Tier(int(name)))
    if group == "team_reason":
        team, _sep, reason = name.partition(": ")
        return f"{team}: {wording.words(reason)}"
    return name if group in AS_WRITTEN else wording.sentence(name)


def bars(view: str, figures: Sequence[Figure]) -> Chart | None:
    """One plain chart of the dashboard, where there is anything to draw."""
    key, group = BARS[view]
    found = [one for one in figures if (one.key, one.group) == (key, group) and one.value is not None]
    if not found:
        return None
    if DEFINITIONS[key].unit is Unit.SHARE:
        title, series = _("%(name)s, %%", name=translated(DEFINITIONS[key].name)), _("Share, %%")
        numbers = [round(100 * (one.value or 0.0)) for one in found]
    elif DEFINITIONS[key].unit is Unit.SECONDS:
        title, series = _("%(name)s, median hours", name=translated(DEFINITIONS[key].name)), _("Hours")
        numbers = [round((one.median or 0.0) / 3600) for one in found]
    else:
        title, series, numbers = translated(DEFINITIONS[key].name), _("Times"), [one.count for one in found]
    places = [named(group, one.name) for one in found]
    along = wording.capital(translated(GROUPS[group]))
    return chart(f"figure-{key}", title, kind="bars", along=along, places=places, series=[(series, "accent", numbers)])


# the control chart

SIGNALS = Sayings(
    {
        Signal.NONE: N_("within the limits"),
        Signal.HIGH: N_("too high"),
        Signal.LOW: N_("too low"),
        Signal.TOO_EARLY: N_("too few weeks before it"),
        Signal.TOO_FEW: N_("too few cases"),
        Signal.YOUNG: N_("not settled yet"),
    }
)


@dataclass(frozen=True, slots=True)
class Dot:
    x: float
    y: float
    signal: str


@dataclass(frozen=True, slots=True)
class Plot:
    title: str
    group: str
    weeks: tuple[Charted, ...]
    line: str
    low: str
    high: str
    dots: tuple[Dot, ...]
    ticks: tuple[tuple[float, str], ...]
    """(y, share in words)."""
    alarms: int


def plots(charts: Charts) -> list[Plot]:
    """All, then the largest of each group."""
    return [_plot(chart_title(group, name), group, weeks) for (group, name), weeks in drawn(charts)]


def chart_title(group: str, name: str) -> str:
    return wording.capital(f"{translated(GROUPS[group])}: {named(group, name)}") if group else _("All cases")


def _plot(title: str, group: str, weeks: Sequence[Charted]) -> Plot:
    limits = [(one.low, one.high) if one.week.total >= LEAST_CASES else (None, None) for one in weeks]
    seen = [*(one.week.share for one in weeks), *(high for _low, high in limits)]
    most = max([0.02, *(value for value in seen if value is not None)])
    step = (WIDTH - LEFT) / max(1, len(weeks))

    def place(number: int, value: float) -> tuple[float, float]:
        return round(LEFT + step * (number + 0.5), 1), round(
            HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * value / most, 1
        )

    def path(values: Sequence[float | None]) -> str:
        points = [place(number, value) for number, value in enumerate(values) if value is not None]
        return " ".join(f"{x},{y}" for x, y in points)

    dots = [
        Dot(*place(number, one.week.share), one.signal.value)
        for number, one in enumerate(weeks)
        if one.week.share is not None
    ]
    return Plot(
        title=title,
        group=group,
        weeks=tuple(weeks),
        line=path([one.week.share for one in weeks]),
        low=path([low for low, _high in limits]),
        high=path([high for _low, high in limits]),
        dots=tuple(dots),
        ticks=tuple((place(0, part * most)[1], wording.percent(part * most)) for part in (0.0, 0.5, 1.0)),
        alarms=sum(one.signal in ALARMS for one in weeks),
    )


def offered(transaction: Transaction, choice: Choice) -> dict[str, list[str]]:
    """What can be chosen to filter by; what was chosen is always among it."""
    found = transaction.handling.choices()
    chosen = {"channel": choice.channel, "team": choice.team, "product": choice.product}
    return {name: sorted({*values, *filter(None, [chosen[name]])}) for name, values in found.items()}
