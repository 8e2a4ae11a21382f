"""Noise review: a week's sample of what was judged no complaint, a verdict for each, and the estimated miss rate."""

from dataclasses import dataclass

from starlette.responses import Response

from flow.review import give_verdict, rates
from inbox import wording
from inbox.compliance import Refused, back, refused, section_page, status_of
from inbox.deleted import shown
from inbox.errors import not_found
from inbox.languages import _
from inbox.visit import Visit
from measure.miss_rate import MissRate, MissRates
from measure.sampling import monday_in
from models import Label
from models.errors import RecordError
from store.cases import StaleCaseError
from store.mentions import StoredMention
from store.queue import Lane
from store.review import ReviewItem, ReviewWeek
from store.store import Transaction

WEEKS_OFFERED = 26


@dataclass(frozen=True, slots=True)
class Drawn:
    """One message of the sample."""

    item: ReviewItem
    message: StoredMention
    channel: str
    judged: str
    said: str


@dataclass(frozen=True, slots=True)
class RateLine:
    name: str
    population: int
    reviewed: int
    missed: int
    rate: str
    interval: str


def show(visit: Visit) -> Response:
    return _page(visit, visit.query("week"), None, status=200)


def verdict(visit: Visit) -> Response:
    week = visit.field("week")
    try:
        corrected = _give(visit)
    except RecordError as error:
        return _page(visit, week, refused(visit, f"verdict-{visit.path_id()}", error), status=status_of(error))
    notice = "verdict"
    if corrected is not None:
        notice = visit.enqueue("triage_mentions", [corrected], lane=Lane.JUDGE, done="judging")
    return back(visit, "review", notice, anchor="#waiting", week=week)


def _give(visit: Visit) -> str | None:
    """Id of the message where it is corrected. Raises: RecordError."""
    with visit.inbox.store.writing() as transaction:
        item = transaction.review.item(visit.path_id())
        if item is not None and (item.verdict or "") != visit.field("seen"):
            raise StaleCaseError(
                _(
                    "%(person)s said meanwhile that it is %(verdict)s; yours was not saved",
                    person=item.person,
                    verdict=wording.words(item.verdict),
                )
            )
        return give_verdict(transaction, visit.path_id(), visit.field("label"), person=visit.person, now=visit.now)


def _page(visit: Visit, week: str, fault: Refused | None, *, status: int) -> Response:
    with visit.inbox.store.reading() as transaction:
        weeks = list(reversed(transaction.review.weeks()))
        chosen = _chosen(weeks, week)
        context: dict[str, object] = {"weeks": [one.week for one in weeks[:WEEKS_OFFERED]], "week": chosen}
        context |= _of_week(transaction, chosen) if chosen is not None else {}
    return section_page(visit, "review", context | {"labels": list(Label), "refused": fault}, status=status)


def _chosen(weeks: list[ReviewWeek], week: str) -> ReviewWeek | None:
    """The newest where none is named. Raises: RefusedError (404)."""
    if not week:
        return weeks[0] if weeks else None
    found = next((one for one in weeks if one.week == week), None)
    if found is None:
        raise not_found(_("sample of week %(week)s", week=week[:20]))
    return found


def _of_week(transaction: Transaction, week: ReviewWeek) -> dict[str, object]:
    drawn = _drawn(transaction, week.week)
    monday = monday_in(week.week)
    of_week = rates(transaction, since=monday, until=monday)
    return {
        "waiting": [one for one in drawn if one.item.verdict is None],
        "reviewed": [one for one in drawn if one.item.verdict is not None],
        "overall": _line(_("this week"), of_week.overall),
        "ever": _line(_("all weeks so far"), rates(transaction).overall),
        "strata": _strata(of_week),
    }


def _drawn(transaction: Transaction, week: str) -> list[Drawn]:
    items = transaction.review.items(week)
    seen = shown(transaction, transaction.mentions.get([item.mention_id for item in items]), {})
    messages = {one.mention.id: one for one in seen.mentions}
    return [
        Drawn(
            item,
            messages[item.mention_id],
            wording.channel(item.channel),
            wording.sentence(item.label),
            wording.sentence(item.verdict) if item.verdict else "",
        )
        for item in items
    ]


def _line(name: str, one: MissRate) -> RateLine:
    rate = f"{one.value:.2%}" if one.value is not None else "–"
    return RateLine(
        name,
        one.population,
        one.reviewed,
        one.missed,
        rate,
        _("%(low)s to %(high)s", low=format(one.low, ".2%"), high=format(one.high, ".2%")),
    )


def _strata(found: MissRates) -> list[RateLine]:
    return [
        RateLine(
            f"{wording.sentence(one.label)}, {wording.channel(one.channel)}",
            one.population,
            one.reviewed,
            one.missed,
            f"{share.value:.2%}" if share.total else "–",
            _("%(low)s to %(high)s", low=format(share.low, ".2%"), high=format(share.high, ".2%")),
        )
        for one, share in found.strata
    ]
