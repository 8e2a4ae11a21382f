"""What waits for a compliance officer: one number for each section, late or not, and the way there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from starlette.responses import Response

from flow.systemic import WARNING
from inbox import wording
from inbox.compliance import section_page
from inbox.languages import _, ngettext
from inbox.urls import Urls
from inbox.visit import Visit
from models.complaint import Status
from models.erasure import ErasureState
from models.retention import ProposalState
from register.half_years import HalfYear, half_year, half_year_of
from register.transitions import LIVE
from store.store import Transaction

SOON = timedelta(hours=24)
CLOCKS_SHOWN = 10
ERASURES_LOOKED_AT = 200
REPORTED_IN_HALF_YEARS = "asic-rg271"
LATE, NEAR, CALM = "is-red", "is-amber", ""


@dataclass(frozen=True, slots=True)
class Tile:
    key: str
    url: str
    number: str
    name: str
    says: str
    state: str = CALM


@dataclass(frozen=True, slots=True)
class NextClock:
    case_id: int
    name: str
    due_at: datetime
    owner: str
    is_missed: bool


def show(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        context = {"tiles": list(_tiles(visit, transaction)), "clocks": _next_clocks(transaction, now=visit.now)}
    return section_page(visit, "overview", context)


def _tiles(visit: Visit, transaction: Transaction) -> Iterator[Tile]:
    urls = visit.inbox.urls
    yield _clocks(urls, transaction, now=visit.now)
    yield _complaints(urls, transaction)
    if visit.inbox.policy.regulation.name == REPORTED_IN_HALF_YEARS:
        yield _half_year(visit, transaction)
    yield _review(urls, transaction)
    yield _systemic(urls, transaction)
    yield _retention(urls, transaction)
    yield _erasures(urls, transaction)


def _next_clocks(transaction: Transaction, *, now: datetime) -> list[NextClock]:
    """Missed ones first, then what is due within a day; the earliest of each first."""
    missed = transaction.board.list_clocks(now=now, until=None, limit=CLOCKS_SHOWN)
    soon = transaction.board.list_clocks(now=now, until=now + SOON, limit=CLOCKS_SHOWN)
    return [
        NextClock(one.case_id, wording.clock(one.key), one.due_at, one.owner or "", is_missed=one.due_at < now)
        for one in [*missed, *soon][:CLOCKS_SHOWN]
    ]


def _clocks(urls: Urls, transaction: Transaction, *, now: datetime) -> Tile:
    missed = transaction.board.clocks_missed(now=now)
    [soon] = transaction.board.clocks_due(now=now, until=[now + SOON])
    says = ngettext("%(count)s more is due within a day.", "%(count)s more are due within a day.", soon, count=soon)
    url = urls("/board/list", of="clocks", due="missed" if missed else "24h")
    name = ngettext("clock missed", "clocks missed", missed)
    return Tile("clocks", url, wording.whole(missed), name, says, LATE if missed else NEAR if soon else CALM)


def _complaints(urls: Urls, transaction: Transaction) -> Tile:
    counts = transaction.complaints.counts()
    live, new = sum(counts.get(status.value, 0) for status in LIVE), counts.get(Status.OPEN.value, 0)
    says = ngettext("%(count)s is not acknowledged yet.", "%(count)s are not acknowledged yet.", new, count=new)
    name = ngettext("complaint is not ended", "complaints are not ended", live)
    return Tile("complaints", urls("/complaints"), wording.whole(live), name, says)


def _half_year(visit: Visit, transaction: Transaction) -> Tile:
    """The one that ended last, where anything was received in it; else the one that runs."""
    zone, urls = visit.inbox.policy.zone, visit.inbox.urls
    today = visit.now.astimezone(zone).date()
    running = half_year_of(today)
    period = running.before() if _is_asked_for(visit, transaction, running.before(), zone) else running
    opens, closes = (wording.day(day) for day in period.window)
    lodged = transaction.lodgements.last(period.name)
    if lodged is not None:
        at = wording.day(lodged.at.astimezone(zone).date())
        says, state = _("Lodged %(at)s by %(by)s.", at=at, by=lodged.person), CALM
    elif today > period.window[1]:
        says, state = _("No file was noted as lodged; the window closed on %(day)s.", day=closes), LATE
    else:
        says = _("To be lodged with ASIC from %(opens)s to %(closes)s.", opens=opens, closes=closes)
        state = CALM if period == running else NEAR
    return Tile("half-year", urls("/register"), period.name, _("half-year to report"), says, state)


def _is_asked_for(visit: Visit, transaction: Transaction, period: HalfYear, zone: ZoneInfo) -> bool:
    first, began_at = visit.inbox.settings.first_reporting_period, transaction.complaints.first_received_at()
    is_after_first = first is None or half_year(first) <= period
    return is_after_first and began_at is not None and began_at < period.ends_at(zone)


def _review(urls: Urls, transaction: Transaction) -> Tile:
    week = transaction.review.newest_week()
    waiting = len(transaction.review.items(week.week, waiting_only=True)) if week is not None else 0
    says = _("The first sample is drawn once a whole week has been heard.")
    if week is not None:
        says = _("Sample of week %(week)s of what was judged no complaint.", week=week.week)
    name = ngettext("message to look at", "messages to look at", waiting)
    return Tile("review", urls("/compliance/review"), wording.whole(waiting), name, says, NEAR if waiting else CALM)


def _systemic(urls: Urls, transaction: Transaction) -> Tile:
    open_now = [one for one in transaction.systemic.all() if one.decision is None]
    growing = sum(one.level == WARNING for one in open_now)
    says = ngettext("%(count)s of them grows.", "%(count)s of them grow.", growing, count=growing)
    name = ngettext("systemic candidate to decide on", "systemic candidates to decide on", len(open_now))
    state = LATE if growing else NEAR if open_now else CALM
    return Tile("systemic", urls("/compliance/systemic"), wording.whole(len(open_now)), name, says, state)


def _retention(urls: Urls, transaction: Transaction) -> Tile:
    found = transaction.retention.proposals(under_way=True)
    waiting = sum(one.state is ProposalState.PROPOSED for one in found)
    name = ngettext("retention proposal to agree to", "retention proposals to agree to", waiting)
    holds = len(transaction.retention.holds())
    says = ngettext("%(count)s legal hold stands.", "%(count)s legal holds stand.", holds, count=holds)
    return Tile(
        "retention", urls("/compliance/retention"), wording.whole(waiting), name, says, NEAR if waiting else CALM
    )


def _erasures(urls: Urls, transaction: Transaction) -> Tile:
    found = transaction.erasures.newest(limit=ERASURES_LOOKED_AT)
    waiting = sum(one.state is ErasureState.ASKED for one in found)
    name = ngettext("erasure to agree to", "erasures to agree to", waiting)
    says = _("A second person agrees before anything goes.")
    return Tile("erasures", urls("/compliance/erasure"), wording.whole(waiting), name, says, NEAR if waiting else CALM)
