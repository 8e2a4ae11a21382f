"""Figures of a period with the definition of each beside it, and the board report made of the same values."""

import io
import logging
from datetime import date

from starlette.responses import Response

from flow.reports import board_of
from inbox.compliance import section_page
from inbox.downloads import attached
from inbox.errors import bad_form
from inbox.languages import _
from inbox.visit import Visit
from measure.periods import Period, between, named
from models.errors import SetupError
from reports.content import Report, report
from reports.page import as_html
from reports.pdf import as_pdf

logger = logging.getLogger(__name__)

FORMATS = {"html": (as_html, "text/html; charset=utf-8"), "pdf": (as_pdf, "application/pdf")}
EARLIER_PERIODS = 3
HALVES_OFFERED, QUARTERS_OFFERED, MONTHS_OFFERED = 4, 4, 6


def show(visit: Visit) -> Response:
    period = _period(visit)
    context = {
        "report": _report(visit, period),
        "offered": _offered(visit),
        "chosen": period.name,
        "days": (visit.query("from"), visit.query("to")),
        "formats": list(FORMATS),
    }
    return section_page(visit, "figures", context)


def download(visit: Visit) -> Response:
    kind, period = visit.query("format", "pdf"), _period(visit)
    if kind not in FORMATS:
        raise bad_form(
            _("the format %(kind)s is unknown; use one of %(formats)s", kind=kind[:20], formats=", ".join(FORMATS))
        )
    made, media_type = FORMATS[kind]
    file = io.BytesIO(made(_report(visit, period)))
    logger.info("board report downloaded: person=%s period=%s format=%s", visit.person, period.name, kind)
    return attached(file, f"board_{period.name.replace(' ', '_')}.{kind}", media_type, {})


def _report(visit: Visit, period: Period) -> Report:
    policy = visit.inbox.policy
    with visit.inbox.store.reading() as transaction:
        board = board_of(
            transaction,
            period,
            firm=visit.inbox.settings.firm_name,
            policy=policy.version,
            zone=policy.zone,
            now=visit.now,
            earlier=EARLIER_PERIODS,
        )
    return report(board)


def _period(visit: Visit) -> Period:
    """Two days where both are given, else the one that is named, else the half-year that runs."""
    start, end = visit.query("from"), visit.query("to")
    try:
        if start or end:
            return between(date.fromisoformat(start), date.fromisoformat(end))
        return named(visit.query("period") or _halves(_today(visit))[0])
    except SetupError as error:
        raise bad_form(str(error)) from None
    except ValueError:
        raise bad_form(_("a period needs both days, written as 2026-07-01")) from None


def _today(visit: Visit) -> date:
    return visit.now.astimezone(visit.inbox.policy.zone).date()


def _halves(today: date) -> list[str]:
    return _back(f"{today.year}H{1 if today.month < 7 else 2}", HALVES_OFFERED)


def _offered(visit: Visit) -> list[str]:
    """The newest halves, quarters, months and years."""
    today = _today(visit)
    quarters = _back(f"{today.year}Q{(today.month + 2) // 3}", QUARTERS_OFFERED)
    months = _back(f"{today.year}-{today.month:02}", MONTHS_OFFERED)
    return [*_halves(today), *quarters, *months, f"{today.year}", f"{today.year - 1}"]


def _back(name: str, count: int) -> list[str]:
    periods = [named(name)]
    while len(periods) < count:
        periods.append(periods[-1].before())
    return [one.name for one in periods]
