"""Edited rules tried against history: what would be otherwise, before anybody switches them on."""

import secrets
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from starlette.responses import RedirectResponse, Response

from flow.dry_runs import CLASSIFIER, KEPT, Wish, ask
from flow.named import RefusedError as NotNowError
from flow.teamwork import By
from inbox.classifier import ROLES, versions
from inbox.compliance import in_words
from inbox.composer import sent_form_key
from inbox.downloads import as_csv, attached
from inbox.errors import not_found
from inbox.languages import N_, Sayings, _
from inbox.roles import DECIDES_REPLIES
from inbox.visit import Visit
from measure.replayed import CaseChange, Tally
from models.errors import SetupError
from policy.edited import PLACES, FileKind
from policy.loading import PACKS
from policy.sector import known_sectors
from store.dry_runs import DryRun
from store.encoding import decode
from store.queue import Lane, QueueDownError
from store.store import Transaction

MAY_TRY = DECIDES_REPLIES
RUNS_SHOWN = 20
CASES_SHOWN = 100
CSV_BATCH = 1000
COLUMNS = ("case", "channel", "first_said", "people_acted", "as_decided", "what", "before", "after")
KINDS = Sayings(
    {
        FileKind.HOUSE: N_("House policy"),
        FileKind.REGULATION: N_("Regulation pack"),
        FileKind.SECTOR: N_("Sector pack"),
        FileKind.CALENDAR: N_("Holidays"),
        FileKind.APPROVALS: N_("Approvals"),
        FileKind.PATHS: N_("Escalation paths"),
        FileKind.TARGETS: N_("Targets"),
        CLASSIFIER: N_("Classifier"),
    }
)


@dataclass(frozen=True, slots=True)
class RuleLine:
    name: str
    before: int
    after: int
    examples: list[int]


@dataclass(frozen=True, slots=True)
class RunLine:
    run: DryRun
    kind: str
    tally: Tally
    first_day: date
    last_day: date

    @property
    def moves(self) -> bool:
        return self.run.finished_at is None

    @property
    def is_of_decisions(self) -> bool:
        """Whether cases were decided again; approvals, paths and targets decide nothing about a case."""
        return self.run.kind not in (FileKind.APPROVALS, FileKind.PATHS, FileKind.TARGETS)

    @property
    def place(self) -> str:
        """Where the file goes; empty where there is none, or settings say where it lies."""
        kind = self.run.kind
        is_placed = bool(self.run.rules.strip()) and kind in PLACES
        return PLACES[FileKind(kind)].format(name=self.run.title.split(", ")[0].split()[-2]) if is_placed else ""

    @property
    def rules(self) -> list[RuleLine]:
        """Those that change most first."""
        found = [RuleLine(name, one.before, one.after, one.examples) for name, one in self.tally.rules.items()]
        return sorted(found, key=lambda line: (-abs(line.after - line.before), line.name))

    @property
    def left_out(self) -> int:
        return sum(self.tally.left_out.values())


def show(visit: Visit) -> Response:
    return _form(visit)


def _form(visit: Visit, *, fault: str = "", status: int = 200) -> Response:
    with visit.inbox.store.reading() as transaction:
        runs = [_line(visit, run) for run in transaction.dry_runs.latest(limit=RUNS_SHOWN)]
        known = versions(transaction, visit.inbox.settings)
    first, last = _last_month(visit)
    context = {
        "runs": runs,
        "fault": fault,
        "may_try": visit.role in MAY_TRY,
        "first": visit.form.get("first", first.isoformat()),
        "last": visit.form.get("last", last.isoformat()),
        "rules": visit.form.get("rules", ""),
        "sectors": known_sectors(PACKS),
        "sector": visit.form.get("sector", ""),
        "versions": known,
        "roles": ROLES,
        "classifier": visit.form.get("classifier", ""),
        "form_key": secrets.token_hex(16),
        "kept_days": KEPT.days,
    }
    return visit.page("dry_run.html", context, status=status)


def _last_month(visit: Visit) -> tuple[date, date]:
    today = visit.now.astimezone(visit.inbox.policy.zone).date()
    last = today.replace(day=1) - timedelta(days=1)
    return last.replace(day=1), last


def start(visit: Visit) -> Response:
    zone = visit.inbox.policy.zone
    try:
        first, last = date.fromisoformat(visit.field("first")), date.fromisoformat(visit.field("last"))
        since, until = datetime.combine(first, time(), zone), datetime.combine(last, time(), zone) + timedelta(days=1)
    except (ValueError, OverflowError):
        return _form(visit, fault=_("The first or the last day is no date."), status=422)
    by = By(visit.person, visit.now, sent_form_key(visit))
    try:
        with visit.inbox.store.writing() as transaction:
            number, is_new = ask(transaction, visit.inbox.policy, _wish(visit, transaction, since, until), by=by)
    except NotNowError as error:
        return _form(visit, fault=in_words(error), status=422)
    except SetupError as error:
        fault = _("These rules cannot be read, and nothing was tried: %(error)s", error=error)
        return _form(visit, fault=fault, status=422)
    if is_new:
        with suppress(QueueDownError):  # then it is found within minutes of being back
            visit.inbox.queues.enqueue("look_back", lane=Lane.SLOW)
    return RedirectResponse(visit.inbox.urls(f"/dry-run/{number}"), status_code=303)


def _wish(visit: Visit, transaction: Transaction, since: datetime, until: datetime) -> Wish:
    """Raises: NotNowError for a version that is not known here."""
    classifier = visit.form.get("classifier") or None
    known = [one.command for one in versions(transaction, visit.inbox.settings)]
    if classifier is not None and classifier not in known:
        raise NotNowError(f"classifier {classifier[:60]!r} is not known here; known versions: {', '.join(known)}")
    rules = visit.field("rules").replace("\r\n", "\n")
    return Wish(since.astimezone(UTC), until.astimezone(UTC), rules, visit.form.get("sector") or None, classifier)


def show_one(visit: Visit) -> Response:
    with visit.inbox.store.reading() as transaction:
        run = transaction.dry_runs.get(visit.path_id())
        if run is None:
            raise _gone(visit)
        changes = [decode(CaseChange, one) for one in transaction.dry_runs.changes(run.id, limit=CASES_SHOWN)]
    context = {"line": _line(visit, run), "changes": changes, "most": CASES_SHOWN, "instant_of": _instant_of}
    return visit.page("dry_run_result.html", context)


def download(visit: Visit) -> Response:
    """One line for each thing that would be otherwise."""
    with visit.inbox.store.reading() as transaction:
        run = transaction.dry_runs.get(visit.path_id())
        if run is None:
            raise _gone(visit)
        file, _rows = as_csv(COLUMNS, _lines(transaction, run.id))
    return attached(file, f"dry-run-{run.id}.csv", "text/csv; charset=utf-8")


def _lines(transaction: Transaction, run_id: int) -> Iterator[tuple[object, ...]]:
    after = 0
    while found := transaction.dry_runs.changes(run_id, after=after, limit=CSV_BATCH):
        for change in (decode(CaseChange, one) for one in found):
            place = (change.case_id, change.channel, change.received_at.isoformat())
            flags = ("yes" if change.is_touched else "no", "yes" if change.as_decided else "no")
            yield from ((*place, *flags, one.what, one.before, one.after) for one in change.changes)
            after = change.case_id


def _instant_of(text: str) -> datetime | None:
    """Of a change that is an instant, as those of clocks and rules are; numbers, dates and codes are none."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at if at.tzinfo is not None else None


def _gone(visit: Visit) -> Exception:
    return not_found(_("dry run %(number)s; one is kept for %(days)s days", number=visit.path_id(), days=KEPT.days))


def _line(visit: Visit, run: DryRun) -> RunLine:
    zone = visit.inbox.policy.zone
    first = run.since.astimezone(zone).date()
    last = (run.until - timedelta(seconds=1)).astimezone(zone).date()
    return RunLine(run, KINDS[run.kind], decode(Tally, run.tally), first, last)
