"""Escalating a case, sending it back or settling it; the ledger of escalated cases; who is in which team."""

import logging
import secrets
from collections.abc import Callable, Iterator

from starlette.responses import Response

from flow.escalating import Escalating
from flow.named import RefusedError as NotNowError
from flow.teams import Teams, change_team
from flow.teamwork import By
from inbox import wording
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.downloads import as_csv, attached
from inbox.errors import RefusedError, not_found
from inbox.escalations import ALARMS, ENDS, KINDS, STATES, reason_of, team_of
from inbox.languages import _
from inbox.roles import DECIDES_REPLIES, EXPORTING, MANAGING
from inbox.visit import Visit
from models import CaseState
from store.cases import StoredCase
from store.escalations import Escalation, EscalationState, Wanted
from store.store import Transaction
from triage.paths import facts_of

logger = logging.getLogger(__name__)

PAGE_ROWS, MOST_PAGES, ALARMS_SHOWN = 50, 10_000, 50
FIELDS = (
    "escalation",
    "case",
    "path",
    "path_version",
    "kind",
    "reason",
    "by",
    "by_rule",
    "opened_at",
    "team",
    "owner",
    "step",
    "steps",
    "next_step_due_at",
    "answered_at",
    "hops",
    "state",
    "ended_at",
    "ended_by",
    "ended_why",
    "case_state",
)
ALL = "all"


def escalate(visit: Visit) -> Response:
    path, reason = visit.field("path"), visit.field("reason")

    def act(transaction: Transaction, case: StoredCase, doing: Escalating, by: By) -> bool:
        return doing.escalate(case, path, reason, visit.field("note"), by) is not None

    return _act(visit, act, done="escalated")


def not_sure(visit: Visit) -> Response:
    """One click: up the chain of command."""

    def act(transaction: Transaction, case: StoredCase, doing: Escalating, by: By) -> bool:
        newest = transaction.mentions.newest_of_case(case.id, limit=1)
        verdicts = transaction.verdicts.latest([item.mention.id for item in newest])
        category = next((verdict.category for verdict in verdicts.values()), {})
        return doing.not_sure(case, facts_of(case.decision, category), visit.form.get("note", ""), by) is not None

    return _act(visit, act, done="escalated")


def send_back(visit: Visit) -> Response:
    def act(transaction: Transaction, case: StoredCase, doing: Escalating, by: By) -> bool:
        return doing.send_back(case, _theirs(visit, transaction, case), visit.field("text"), by)

    return _act(visit, act, done="escalation_returned")


def settle(visit: Visit) -> Response:
    def act(transaction: Transaction, case: StoredCase, doing: Escalating, by: By) -> bool:
        return doing.settle(case, _theirs(visit, transaction, case), visit.form.get("text", ""), by)

    return _act(visit, act, done="escalation_settled")


def _act(visit: Visit, act: Callable[[Transaction, StoredCase, Escalating, By], bool], *, done: str) -> Response:
    """One transaction; the same form twice is carried out once, and one that is out of date not at all."""
    by = By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        if _is_done(transaction, visit.path_id(), by.form_key):
            return visit.go(f"/cases/{visit.path_id()}", notice="once")
        case = visit.open_as_shown(transaction, visit.path_id())
        notify = sorted(visit.inbox.settings.notify)
        doing = Escalating(transaction, visit.inbox.policy, now=visit.now, notify=notify)
        try:
            is_new = act(transaction, case, doing, by)
        except NotNowError as error:
            words = _("Nothing was changed: %(in_words)s", in_words=in_words(error))
            raise RefusedError(409, _("That was not done"), words) from error
    return visit.go(f"/cases/{case.id}", notice=done if is_new else "once")


def _is_done(transaction: Transaction, case_id: int, form_key: str) -> bool:
    found = transaction.escalations.of_cases(transaction.merges.family(case_id))
    return any(form_key == one.ended_key or one.opening.key.endswith(f":{form_key}") for one in found)


def _theirs(visit: Visit, transaction: Transaction, case: StoredCase) -> Escalation:
    """The open escalation, where this person may end it. Raises: RefusedError."""
    standing = transaction.escalations.standing(transaction.merges.family(case.id))
    if standing is None or str(standing.id) != visit.field("escalation"):
        raise RefusedError(
            409,
            _("This escalation is over, or another one took its place"),
            _("Nothing was changed. Open the case again to see how it stands."),
        )
    if visit.person not in (standing.owner, standing.opening.by) and visit.role not in DECIDES_REPLIES:
        raise RefusedError(
            403,
            _("Its owner, who escalated it, or a lead decides"),
            _("Nothing was changed. Write a note, or take the case over first."),
        )
    return standing


# the ledger


def show(visit: Visit) -> Response:
    wanted, given = _wanted(visit)
    page = min(max(visit.query_number("page", 1), 1), MOST_PAGES)
    with visit.inbox.store.reading() as transaction:
        found = transaction.escalations.ledger(wanted, limit=PAGE_ROWS + 1, offset=(page - 1) * PAGE_ROWS)
        unowned = transaction.escalations.ledger(Wanted(is_unowned=True), limit=ALARMS_SHOWN)
        hops = transaction.hops.alarms(limit=ALARMS_SHOWN)
        counted = transaction.hops.counts([one.case_id for one, _state in found])
        people = [user.name for user in transaction.accounts.all() if user.disabled_at is None]
    paths = visit.inbox.policy.paths
    context = {
        "rows": found[:PAGE_ROWS],
        "is_last": len(found) <= PAGE_ROWS,
        "page": page,
        "given": given,
        "asked": {name: value for name, value in given.items() if value},
        "unowned": unowned,
        "alarmed": [(hop, ALARMS[hop.alarm]) for hop in hops if hop.alarm is not None],
        "hop_counts": counted,
        "paths": paths,
        "people": people,
        "states": STATES,
        "ends": ENDS,
        "kinds": KINDS,
        "due_of": lambda at: wording.due(at, visit.now),
        "team_of": lambda key: team_of(paths, key),
        "reason_of": lambda code: reason_of(paths, code),
        "may_export": visit.role in EXPORTING,
        "closed": CaseState.CLOSED,
    }
    return visit.page("escalations.html", context)


def download(visit: Visit) -> Response:
    """All that the filter lets through, as CSV; without what people wrote to each other."""
    wanted, given = _wanted(visit)
    with visit.inbox.store.reading() as transaction:
        file, rows = as_csv(FIELDS, _rows(transaction, wanted))
    logger.info("ledger of escalations exported: person=%s rows=%d", visit.person, rows)
    name = f"escalations_{given['from'] or 'beginning'}_{given['to'] or 'today'}.csv"
    return attached(file, name, "text/csv; charset=utf-8", {"x-ledger-rows": str(rows)})


def _rows(transaction: Transaction, wanted: Wanted) -> Iterator[tuple[object, ...]]:
    for one, state in transaction.escalations.all(wanted):
        opening, hops = one.opening, transaction.hops.counts([one.case_id])
        yield (
            one.id,
            one.case_id,
            opening.path,
            opening.path_version,
            opening.kind,
            opening.reason,
            opening.by,
            "yes" if opening.is_by_rule else "no",
            one.opened_at.isoformat(),
            one.team,
            one.owner or "",
            one.place + 1,
            len(opening.steps),
            one.step_due_at.isoformat() if one.step_due_at and one.place + 1 < len(opening.steps) else "",
            one.stopped_at.isoformat() if one.stopped_at else "",
            hops.get(one.case_id, 0),
            one.state.value,
            one.ended_at.isoformat() if one.ended_at else "",
            one.ended_by or "",
            one.ended_why.value if one.ended_why else "",
            state.value,
        )


def _wanted(visit: Visit) -> tuple[Wanted, dict[str, str]]:
    since, until = visit.query_period()
    names = ("state", "via", "team", "owner", "from", "to")
    given = {name: visit.query(name).strip()[:80] for name in names}
    given["state"] = given["state"] or EscalationState.OPEN.value
    if given["state"] not in (*EscalationState, ALL):
        raise not_found(_("list %(name)s", name=given["state"][:40]))
    wanted = Wanted(
        state="" if given["state"] == ALL else given["state"],
        path=given["via"],
        team=given["team"],
        owner=given["owner"],
        since=since,
        until=until,
    )
    return wanted, given


# teams


def show_teams(visit: Visit) -> Response:
    paths = visit.inbox.policy.paths
    with visit.inbox.store.reading() as transaction:
        teams = Teams(transaction, paths)
        users = [user for user in transaction.accounts.all() if user.disabled_at is None and user.role != "auditor"]
        entered = transaction.teams.all()
        shown = [
            (team, teams.people(team), [paths.teams[team.otherwise].name] if team.otherwise else [])
            for team in paths.teams.values()
        ]
    context = {
        "teams": shown,
        "paths": paths,
        "users": [user for user in users if user.password_hash is not None],
        "ids": {one.name: one.user_id for one in entered},
        "may_manage": visit.role in MANAGING,
        "form_key": secrets.token_hex(16),
    }
    return visit.page("teams.html", context)


def change(visit: Visit) -> Response:
    """Enter somebody as member or lead, or take them out."""
    team, place = visit.field("team"), visit.field("place")
    by = By(visit.person, visit.now, sent_form_key(visit))
    with visit.inbox.store.writing() as transaction:
        user = transaction.accounts.by_id(visit.number_field("user_id"))
        if user is None:
            raise not_found(_("person with this number"))
        try:
            change_team(transaction, visit.inbox.policy.paths, team, user, place=place, by=by)
        except NotNowError as error:
            raise RefusedError(
                409, _("That was not done"), _("Nothing was changed: %(in_words)s", in_words=in_words(error))
            ) from error
    return visit.go("/teams", notice="saved", anchor=f"#team-{team}")
