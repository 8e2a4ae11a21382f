"""Figures of how cases were handled: a dashboard for leads, compliance and operators, the cases behind, and files."""

import csv
import io
import json
import logging
import secrets
from datetime import date, timedelta

from starlette.responses import RedirectResponse, Response

from flow.figures import Charts, Choice, escalation_chart, figures_of
from flow.quality import score, was_scored
from flow.teamwork import By
from flow.weekly_report import states_of, week_due
from inbox import figures as shown
from inbox.board import sample
from inbox.composer import sent_form_key
from inbox.downloads import attached
from inbox.errors import bad_form, not_found
from inbox.kept import KeptAMinute
from inbox.languages import N_, Sayings, _, translated
from inbox.roles import MANAGING, SEES_OPERATIONS, Role
from inbox.visit import Visit
from measure.control_chart import FALSE_ALARMS_PER_100_WEEKS, FALSE_ALARMS_WHERE_WEEKS_SCATTER
from measure.handling_definitions import DEFINITIONS, GROUPS
from measure.handling_export import COLUMNS, rows
from measure.handling_sheet import Figure
from measure.live_board import week_of as monday_of
from measure.periods import Period, between, named, week_of
from models.errors import RecordError, SetupError
from policy.quality_rubric import Mark, Rubric, load_rubric
from store.cases import StaleCaseError

logger = logging.getLogger(__name__)

LIST_ROWS = 500
USUAL_DAYS = 28
WEEKS_OFFERED, MONTHS_OFFERED, QUARTERS_OFFERED = 5, 6, 4
FIRST_VIEW = {Role.COMPLIANCE: "complaints", Role.ADMIN: "running", Role.AUDITOR: "complaints"}
_KEPT = KeptAMinute[tuple[list[Figure], Charts]]()
MARKS = Sayings(
    {
        Mark.YES: N_("yes"),
        Mark.PARTLY: N_("partly"),
        Mark.NO: N_("no"),
        Mark.NOT_APPLICABLE: N_("does not apply"),
    }
)


def show(visit: Visit) -> Response:
    view = visit.query("view") or FIRST_VIEW.get(visit.role, "team")
    if view not in shown.VIEWS:
        raise not_found(_("dashboard %(name)s", name=view[:40]))
    choice, settings = _choice(visit), visit.inbox.settings
    made_at, (found, charts) = _KEPT.get(visit.inbox.store, choice, lambda: _of(visit, choice), now=visit.now)
    with visit.inbox.store.reading() as transaction:
        filters = shown.offered(transaction, choice)
    context = {
        "view": view,
        "made_at": made_at,
        "views": shown.VIEWS,
        "choice": choice,
        "cards": shown.cards(view, found, settings),
        "bars": shown.bars(view, found),
        "plots": shown.plots(charts),
        "signals": shown.SIGNALS,
        "false_alarms": (FALSE_ALARMS_PER_100_WEEKS, FALSE_ALARMS_WHERE_WEEKS_SCATTER),
        "size": (shown.WIDTH, shown.HEIGHT, shown.LEFT),
        "days": (visit.query("from"), visit.query("to")),
        "filters": filters,
        "asked": _asked(visit, choice) | {"view": view},
        "offered": _offered(visit),
        "period_name": visit.query("period"),
        "sees_operations": visit.role in SEES_OPERATIONS,
        "sees_compliance": visit.role not in (Role.AGENT, Role.LEAD),
        "zone": visit.inbox.policy.zone.key,
        "report_states": _report_states(visit),
    }
    return visit.page("figures.html", context)


def _of(visit: Visit, choice: Choice) -> tuple[list[Figure], Charts]:
    with visit.inbox.store.reading() as transaction:
        found, _behind = figures_of(transaction, choice, shown.rules_of(visit.inbox), now=visit.now)
        charts = escalation_chart(transaction, choice, visit.inbox.policy.zone, now=visit.now)
    return found, charts


def _report_states(visit: Visit) -> dict[str, int]:
    """Of the weekly report that was due last: how many mails are in which state; empty where none is sent."""
    settings = visit.inbox.settings
    period = week_due(settings, visit.inbox.policy.zone, now=visit.now) if settings.report_to else None
    if period is None:
        return {}
    states = [state.value for state in states_of(visit.inbox.store, settings, period)]
    waiting = len(settings.report_to) - len(states)
    return {"waiting": waiting} | {state: states.count(state) for state in sorted(set(states))}


def show_cases(visit: Visit) -> Response:
    """The cases behind one figure."""
    key, group, name = visit.query("of", "same_day"), visit.query("by"), visit.query("name")
    if key not in DEFINITIONS or group not in GROUPS or key in shown.WITHOUT_CASES:
        raise not_found(_("figure %(name)s", name=key[:40]))
    choice, settings = _choice(visit), visit.inbox.settings
    place = (key, group, name)
    with visit.inbox.store.reading() as transaction:
        _all, cases = figures_of(transaction, choice, shown.rules_of(visit.inbox), now=visit.now, behind=place)
    definition = DEFINITIONS[key]
    listed = sorted(cases, key=lambda one: (-one[1], one[0]))
    context = {
        "title": translated(definition.name),
        "part": shown.named(group, name) if group else "",
        "is_ours": group in shown.AS_WRITTEN,
        "meaning": translated(definition.meaning),
        "choice": choice,
        "rows": [(case_id, shown.amount(definition.unit, value, settings)) for case_id, value in listed[:LIST_ROWS]],
        "is_share": definition.unit.value == "share",
        "hits": [value > 0 for _case, value in listed[:LIST_ROWS]],
        "count": len(listed),
        "most": LIST_ROWS,
        "back": visit.inbox.urls("/figures", view=visit.query("view"), **_asked(visit, choice)),
    }
    return visit.page("figures_cases.html", context)


def download(visit: Visit) -> Response:
    kind, choice = visit.query("format", "csv"), _choice(visit)
    if kind not in ("csv", "json"):
        raise bad_form(_("the format %(kind)s is unknown; use one of %(formats)s", kind=kind[:20], formats="csv, json"))
    found, charts = _of(visit, choice)
    lines = list(rows(found, charts, choice.period, known_at=visit.now))
    file = io.BytesIO()
    if kind == "csv":
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, COLUMNS)
        writer.writeheader()
        writer.writerows(lines)
        file.write(text.getvalue().encode("utf-8-sig"))
    else:
        filters = {"channel": choice.channel, "team": choice.team, "product": choice.product}
        file.write(json.dumps({"filter": filters, "figures": lines}, ensure_ascii=False, indent=1).encode())
    media_type = "text/csv; charset=utf-8" if kind == "csv" else "application/json"
    logger.info("figures downloaded: period=%s format=%s", choice.period.name, kind)
    return attached(file, f"figures_{choice.period.name.replace(' ', '_')}.{kind}", media_type, {})


def _asked(visit: Visit, choice: Choice) -> dict[str, str]:
    """The query that gives this choice again."""
    days = {"from": choice.period.start.isoformat(), "to": choice.period.end.isoformat()}
    period = {"period": visit.query("period")} if visit.query("period") else days
    filters = {"channel": choice.channel, "team": choice.team, "product": choice.product}
    return period | {name: value for name, value in filters.items() if value}


def _choice(visit: Visit) -> Choice:
    return Choice(_period(visit), visit.query("channel"), visit.query("team"), visit.query("product"))


def _period(visit: Visit) -> Period:
    """The one that is named, else the two days, else the last four weeks."""
    start, end = visit.query("from"), visit.query("to")
    try:
        if visit.query("period"):
            return named(visit.query("period"))
        if start or end:
            return between(date.fromisoformat(start), date.fromisoformat(end))
    except SetupError as error:
        raise bad_form(str(error)) from None
    except ValueError:
        raise bad_form(_("a period needs both days, written as 2026-07-01")) from None
    today = _today(visit)
    return between(today - timedelta(days=USUAL_DAYS - 1), today)


def _today(visit: Visit) -> date:
    return visit.now.astimezone(visit.inbox.policy.zone).date()


def _offered(visit: Visit) -> list[str]:
    """The newest weeks, months and quarters."""
    today = _today(visit)
    found = []
    for first, count in (
        (week_of(today), WEEKS_OFFERED),
        (named(f"{today.year}-{today.month:02}"), MONTHS_OFFERED),
        (named(f"{today.year}Q{(today.month + 2) // 3}"), QUARTERS_OFFERED),
    ):
        periods = [first]
        while len(periods) < count:
            periods.append(periods[-1].before())
        found += [one.name for one in periods]
    return found


# the weekly sample, scored


def show_quality(visit: Visit) -> Response:
    """The ten answers of the board, with what was scored."""
    now, zone = visit.now, visit.inbox.policy.zone
    with visit.inbox.store.reading() as transaction:
        drawn = sample(transaction, now=now, zone=zone, turn=0)
        scores = transaction.quality.of_cases([case.id for case, _by, _at in drawn])
    context = {
        "sample": drawn,
        "scores": {case.id: [one for one in scores if one.case_id == case.id] for case, _by, _at in drawn},
        "monday": monday_of(now, zone).date(),
        "may_score": visit.role in MANAGING,
        "rubric": load_rubric(),
    }
    return visit.page("figures_quality.html", context)


def show_scorecard(visit: Visit) -> Response:
    return _scorecard(visit, {}, "")


def _scorecard(visit: Visit, given: dict[str, str], fault: str) -> Response:
    with visit.inbox.store.reading() as transaction:
        case = visit.open_case(transaction, visit.path_id())
        scores = transaction.quality.of_cases([case.id])
    own = next((one for one in scores if one.scored_by == visit.person), None)
    rubric = load_rubric()
    context = {
        "case": case,
        "rubric": rubric,
        "marks": MARKS,
        "given": given or (dict(own.marks) if own is not None else {}),
        "scores": scores,
        "fault": fault,
        "may_score": visit.role in MANAGING,
        "form_key": secrets.token_hex(16),
    }
    return visit.page("figures_scorecard.html", context, status=422 if fault else 200)


def keep_score(visit: Visit) -> Response:
    key, rubric = sent_form_key(visit), load_rubric()
    given = {one.key: visit.form.get(f"mark.{one.key}", "") for one in rubric.questions}
    by = By(visit.person, visit.now, key)
    try:
        marks = _marks(given, rubric)
        with visit.inbox.store.writing() as transaction:
            case = visit.open_case(transaction, visit.path_id())
            is_stale = case.version != visit.number_field("version")
            if is_stale and not was_scored(transaction, case.id, by):
                raise StaleCaseError(f"case {case.id} was changed meanwhile; nothing was done: look at it again")
            score(transaction, case, rubric, marks, by)
    except StaleCaseError:
        raise
    except RecordError as error:
        return _scorecard(visit, given, str(error))
    return RedirectResponse(visit.inbox.urls("/figures/quality", notice="saved"), status_code=303)


def _marks(given: dict[str, str], rubric: Rubric) -> dict[str, Mark]:
    unknown = [key for key, value in given.items() if value not in set(Mark)]
    if unknown:
        number = [one.key for one in rubric.questions].index(unknown[0]) + 1
        raise RecordError(_("Question %(number)s has no answer; give one to each.", number=number))
    return {key: Mark(value) for key, value in given.items()}
