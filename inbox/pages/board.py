"""The live board of a team lead: what waits now, how fast we were, what came in, and ten answers to look at."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from starlette.responses import Response

from flow.rate_watch import alarms_now
from inbox import wording
from inbox.agreement import DAYS, agreement
from inbox.board import AGE_NAMES, AGE_STARTS, SOON, Measured, live, measured_now
from inbox.errors import not_found
from inbox.figures import SIGNALS, chart_title
from inbox.kept import KeptAMinute
from inbox.languages import Sayings, _, translated
from inbox.targets import by_team
from inbox.visit import Visit
from measure import live_board as measured
from measure.live_board import Stretch
from models import Tier
from store.board import ListedCase
from store.store import Transaction

LIST_ROWS = 200
MOST_TURNS = 100
LIVE_SECONDS, MEASURED_SECONDS = 15, 120
_KEPT = KeptAMinute[Measured]()


def show(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        context = _live(visit, transaction)
    return visit.page("board.html", context | _measured(visit))


def show_live(visit: Visit) -> Response:
    """A fragment: the figures that change by the minute."""
    with visit.inbox.store.reading() as transaction:
        context = _live(visit, transaction)
    return visit.page("board_live.html", context)


def show_measured(visit: Visit) -> Response:
    """A fragment: the figures of days and weeks."""
    return visit.page("board_measured.html", _measured(visit))


def _live(visit: Visit, transaction: Transaction) -> dict[str, object]:
    common = {"define": Sayings(measured.DEFINITIONS), "ages": AGE_NAMES, "every": (LIVE_SECONDS, MEASURED_SECONDS)}
    return common | {
        "live": live(transaction, now=visit.now),
        "target_teams": by_team(visit, transaction),
        "warnings": transaction.warnings.by_level(now=visit.now),
    }


def _measured(visit: Visit) -> dict[str, object]:
    found = _kept(visit, min(visit.query_number("turn", 0), MOST_TURNS))
    with visit.inbox.store.reading() as transaction:
        agreed = agreement(transaction, now=visit.now)
        monday, alarms = alarms_now(transaction, zone=visit.inbox.policy.zone, now=visit.now)
    context = {"define": Sayings(measured.DEFINITIONS), "measured": found}
    context |= {"rate_week": monday, "rate_alarms": [(chart_title(one.group, one.name), one) for one in alarms]}
    return context | {"agreement": agreed, "agreement_days": DAYS, "signals": SIGNALS}


def _kept(visit: Visit, turn: int) -> Measured:
    """Weeks change slowly, and cost most. What is said depends on the language."""
    store, now, zone = visit.inbox.store, visit.now, visit.inbox.policy.zone

    def make() -> Measured:
        with store.reading() as transaction:
            return measured_now(transaction, now=now, zone=zone, turn=turn)

    return _KEPT.get(store, (visit.reading.language, turn), make, now=now)[1]


@dataclass(frozen=True, slots=True)
class Cell:
    text: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """What stands behind one number of the board."""

    title: str
    meaning: str
    head: tuple[str, ...]
    rows: list[tuple[int | None, tuple[Cell, ...]]] = field(default_factory=list)
    """(case, the other cells)."""


def show_list(visit: Visit) -> Response:
    lists: Mapping[str, Callable[[Visit, Transaction], Listed]] = {
        "open": _open,
        "clocks": _clocks,
        "first_answer": _first_answers,
        "acknowledge": _acknowledgements,
        "label": _judged,
        "corrections": _corrections,
    }
    name = visit.query("of", "open")
    if name not in lists:
        raise not_found(_("list %(name)s", name=name[:40]))
    with visit.inbox.store.reading() as transaction:
        listed = lists[name](visit, transaction)
    return visit.page("board_list.html", {"listed": listed, "most": LIST_ROWS})


def _open(visit: Visit, transaction: Transaction) -> Listed:
    tier = visit.query_number("tier", 0) or None
    age = visit.query_number("age", len(AGE_NAMES))
    owner, channel, is_unowned = visit.query("owner"), visit.query("channel"), visit.query("unowned") == "1"
    age_wanted = age if age < len(AGE_NAMES) else None
    found = transaction.board.list_open(
        limit=LIST_ROWS,
        now=visit.now,
        tier=tier,
        ages=AGE_STARTS,
        age=age_wanted,
        owner=owner or None,
        is_unowned=is_unowned,
        channel=channel or None,
    )
    parts = [
        wording.tier(Tier(tier)) if tier in set(Tier) else "",
        translated(AGE_NAMES[age_wanted]) if age_wanted is not None else "",
        _("owned by nobody") if is_unowned else _("owned by %(owner)s", owner=owner) if owner else "",
        wording.channel(channel) if channel else "",
    ]
    named = ", ".join(part for part in parts if part)
    return Listed(
        _("Open cases: %(named)s", named=named) if named else _("Open cases"),
        translated(measured.DEFINITIONS["open"]),
        (_("Tier"), _("Label"), _("Channel"), _("Owner"), _("Newest message"), _("Next due")),
        [(one.id, _case_cells(one)) for one in found],
    )


def _case_cells(one: ListedCase) -> tuple[Cell, ...]:
    due = Cell(at=one.next_due_at) if one.next_due_at is not None else Cell(_("no clock"))
    return (
        Cell(wording.tier(Tier(one.tier))),
        Cell(wording.sentence(one.label)),
        Cell(wording.channel(one.channel)),
        Cell(one.owner or "nobody"),
        Cell(at=one.last_message_at),
        due,
    )


def _clocks(visit: Visit, transaction: Transaction) -> Listed:
    spans = {"4h": (_("Clocks due within 4 hours"), SOON[0]), "24h": (_("Clocks due within 24 hours"), SOON[1])}
    title, within = spans.get(visit.query("due"), (_("Clocks missed and still not met"), None))
    until = visit.now + within if within is not None else None
    found = transaction.board.list_clocks(now=visit.now, until=until, limit=LIST_ROWS)
    rows = [
        (one.case_id, (Cell(wording.clock(one.key)), Cell(at=one.due_at), Cell(one.owner or _("nobody"))))
        for one in found
    ]
    return Listed(title, translated(measured.DEFINITIONS["clocks"]), (_("Clock"), _("Due"), _("Owner")), list(rows))


def _stretch(visit: Visit) -> Stretch:
    """The one that is asked for; the longest where it is none of ours."""
    offered = measured.stretches(visit.now, visit.inbox.policy.zone)
    return next((one for one in offered if one.days == visit.query_number("days", 0)), offered[-1])


def _first_answers(visit: Visit, transaction: Transaction) -> Listed:
    stretch = _stretch(visit)
    first = transaction.board.event_since(stretch.since)
    step, some = measured.every_few(transaction.board.answered_cases(since=stretch.since, first=first))
    took = transaction.board.first_answers(some, since=stretch.since)
    slowest = sorted(took, key=lambda one: one.began - one.ended)[:LIST_ROWS]
    return Listed(
        _("First answers: %(lower)s, the slowest first", lower=translated(stretch.name).lower())
        + (_(", of every %(step)sth answered case", step=step) if step > 1 else ""),
        translated(measured.DEFINITIONS["first_answer"]),
        (_("Took"), _("First message"), _("Answered"), _("By")),
        [
            (one.case_id, (_took(one.began, one.ended), Cell(at=one.began), Cell(at=one.ended), Cell(one.by)))
            for one in slowest
        ],
    )


def _acknowledgements(visit: Visit, transaction: Transaction) -> Listed:
    stretch = _stretch(visit)
    took = transaction.board.acknowledgements(since=stretch.since)
    slowest = sorted(took, key=lambda one: one.began - one.ended)[:LIST_ROWS]
    return Listed(
        _("Acknowledgements: %(lower)s, the slowest first", lower=translated(stretch.name).lower()),
        translated(measured.DEFINITIONS["acknowledge"]),
        (_("Took"), _("Received"), _("Acknowledged")),
        [
            (one.case_id or None, (_took(one.began, one.ended), Cell(at=one.began), Cell(at=one.ended)))
            for one in slowest
        ],
    )


def _took(began: datetime, ended: datetime) -> Cell:
    return Cell(wording.duration(max(0.0, (ended - began).total_seconds())))


def _judged(visit: Visit, transaction: Transaction) -> Listed:
    stretch, label = _stretch(visit), visit.query("label", "complaint")[:20]
    first = transaction.board.event_since(stretch.since)
    found = transaction.board.list_judged(label, since=stretch.since, first=first, limit=LIST_ROWS)
    return Listed(
        _(
            "Messages judged %(label)s: %(lower)s, the newest first",
            label=wording.words(label),
            lower=translated(stretch.name).lower(),
        ),
        translated(measured.DEFINITIONS["labels"]),
        (_("Judged"),),
        [(case_id, (Cell(at=at),)) for case_id, at in found],
    )


def _corrections(visit: Visit, transaction: Transaction) -> Listed:
    stretch = _stretch(visit)
    first = transaction.board.event_since(stretch.since)
    found = transaction.board.corrections(since=stretch.since, first=first, limit=LIST_ROWS)
    return Listed(
        _("Corrections: %(lower)s, the newest first", lower=translated(stretch.name).lower()),
        translated(measured.DEFINITIONS["corrections"]),
        (_("It was"), _("It became"), _("By"), _("When")),
        [
            (
                one.case_id,
                (Cell(wording.sentence(one.was)), Cell(wording.sentence(one.became)), Cell(one.by), Cell(at=one.at)),
            )
            for one in found
        ],
    )
