"""Promises to customers as people see and give them: fields of a form, what a text seems to promise, a case's list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flow.promises import LONGEST_WORDS, Wanted, fault_of
from inbox import wording
from inbox.languages import N_, Sayings, _, say
from inbox.visit import Visit
from models.promise import Promise, PromiseKind, PromiseState
from store.cases import StoredCase
from store.outbox import Effect, OutboxState
from store.store import Transaction
from triage.promise_dates import Now, due_after
from triage.promises import Proposal, first_of, promises_in

LONGEST_BASIS = 400
MOST_OF_A_SPAN = 365
LOOKED_AT_AFTER = timedelta(days=7)
"""So long a reply in which no promise was noted is looked at for one."""
BY_DATE, BY_SPAN = "at", "span"
UNITS = Sayings(
    {
        "working_hours": N_("working hours"),
        "working_days": N_("working days"),
        "days": N_("days"),
        "weeks": N_("weeks"),
    }
)
NOT_HEARD = Sayings(
    {
        OutboxState.PENDING: N_("its reply has not been sent yet"),
        OutboxState.SENDING: N_("its reply has not been sent yet"),
        OutboxState.UNKNOWN: N_("it is not known whether its reply was sent"),
        OutboxState.FAILED: N_("its reply could not be sent: the customer has not heard it"),
        OutboxState.GIVEN_UP: N_("its reply was given up: the customer has not heard it"),
    }
)
OPEN_FIRST = (PromiseState.OPEN, PromiseState.BROKEN)


class FieldsError(ValueError):
    """What a person gave is no promise; says why, to them."""


@dataclass(frozen=True, slots=True)
class Fields:
    """A promise as it stands in a form; no kind: none is made."""

    kind: str = ""
    words: str = ""
    when: str = BY_DATE
    at: str = ""
    """Date and time in the zone of who reads, as a browser writes it."""
    amount: str = ""
    unit: str = "working_days"
    basis: str = ""
    """How the date was worked out that was proposed."""
    proposed: str = ""
    """That date; another one has no such basis."""

    @property
    def is_given(self) -> bool:
        return bool(self.kind)

    @property
    def kinds(self) -> list[str]:
        return [kind.value for kind in PromiseKind]

    @property
    def units(self) -> Mapping[str, str]:
        return UNITS

    @property
    def longest_words(self) -> int:
        return LONGEST_WORDS


def zone_of(visit: Visit) -> ZoneInfo:
    """In which dates are typed: the reader's own, else the firm's."""
    return visit.reading.zone or visit.inbox.policy.zone


def sent_fields(visit: Visit) -> Fields:
    def given(name: str, most: int) -> str:
        return visit.form.get(f"promise_{name}", "").replace("\r\n", "\n").strip()[:most]

    return Fields(
        kind=given("kind", 20),
        words=given("words", LONGEST_WORDS + 1),
        when=BY_SPAN if given("when", 10) == BY_SPAN else BY_DATE,
        at=given("at", 30),
        amount=given("amount", 10),
        unit=given("unit", 20) or "working_days",
        basis=given("basis", LONGEST_BASIS),
        proposed=given("proposed", 30),
    )


def due_of(visit: Visit, fields: Fields) -> tuple[datetime, str]:
    """(instant, how it was worked out). Raises: FieldsError."""
    return _span_of(visit, fields) if fields.when == BY_SPAN else _date_of(visit, fields)


def _date_of(visit: Visit, fields: Fields) -> tuple[datetime, str]:
    zone = zone_of(visit)
    try:
        typed = datetime.fromisoformat(fields.at)
    except ValueError:
        raise FieldsError(_("A promise has a date and a time, or an amount of time: give one.")) from None
    due = typed.replace(tzinfo=zone) if typed.tzinfo is None else typed
    if fields.basis and fields.proposed == fields.at:
        return due, fields.basis
    return due, f"given by {visit.person}, in {zone.key}"


def _span_of(visit: Visit, fields: Fields) -> tuple[datetime, str]:
    is_number = fields.amount.isascii() and fields.amount.isdigit() and len(fields.amount) < 5
    number = int(fields.amount) if is_number else 0
    if not 0 < number <= MOST_OF_A_SPAN or fields.unit not in UNITS:
        raise FieldsError(_("An amount of time is a number from 1 to %(most)s, with its unit.", most=MOST_OF_A_SPAN))
    unit = fields.unit.removeprefix("working_")
    due, basis = due_after(_now(visit), number, unit, working=fields.unit != unit)
    return due, f"{basis} ({visit.inbox.promises.working.hours.title})"


def wanted_of(visit: Visit, fields: Fields, mention_id: str | None = None) -> Wanted:
    """Raises: FieldsError."""
    if fields.kind not in set(PromiseKind):
        raise FieldsError(_("Say what kind of promise it is."))
    due, basis = due_of(visit, fields)
    wanted = Wanted(PromiseKind(fields.kind), fields.words, due, basis, mention_id)
    fault = fault_of(wanted, visit.inbox.promises, now=visit.now)
    if fault is not None:
        raise FieldsError(_("The promise cannot stand so: %(fault)s.", fault=fault))
    return wanted


def fault_of_fields(visit: Visit, fields: Fields) -> str | None:
    """Why a reply with this promise cannot go; none where it has none."""
    if not fields.is_given:
        return None
    try:
        wanted_of(visit, fields)
    except FieldsError as error:
        return str(error)
    return None


def _now(visit: Visit) -> Now:
    house = visit.inbox.promises
    return Now(visit.now, house.rules, house.working)


def proposal_of(visit: Visit, text: str) -> Proposal | None:
    """What a text seems to promise; where it is several things, one of them."""
    return first_of(promises_in(text, _now(visit))) if text.strip() else None


def proposed(visit: Visit, proposal: Proposal) -> Fields:
    """The form filled in with it."""
    at = f"{proposal.due_at.astimezone(zone_of(visit)):%Y-%m-%dT%H:%M}"
    words, basis = proposal.words[:LONGEST_WORDS], proposal.basis[:LONGEST_BASIS]
    return Fields(kind=proposal.kind.value, words=words, at=at, basis=basis, proposed=at)


@dataclass(frozen=True, slots=True)
class Line:
    """One promise of a case."""

    promise: Promise
    due: tuple[str, str] | None
    """(words, state); none once it is settled."""
    not_heard: str
    """Why the customer has not heard it yet; empty where they have."""

    @property
    def is_open(self) -> bool:
        return self.promise.state is PromiseState.OPEN

    @property
    def is_overdue(self) -> bool:
        return self.promise.is_overdue


@dataclass(frozen=True, slots=True)
class OnCase:
    """What a case's page says of promises."""

    left: list[Line]
    """Open and overdue ones, the earliest due first."""
    settled: list[Line]
    proposal: Proposal | None
    """That the newest reply seems to make, where none was noted with it."""
    fields: Fields
    zone: str

    @property
    def empty(self) -> Fields:
        return Fields()

    @property
    def next(self) -> Line | None:
        return self.left[0] if self.left else None


def promises_on(visit: Visit, transaction: Transaction, case: StoredCase) -> OnCase:
    found = transaction.promises.of_case(case.id)
    lines = [_line(visit, transaction, one) for one in found]
    left = [one for one in lines if one.is_open or one.is_overdue]
    proposal = _unnoted(visit, transaction, case) if visit.may_act else None
    fields = proposed(visit, proposal) if proposal is not None else Fields()
    return OnCase(left, [one for one in lines if one not in left], proposal, fields, zone_of(visit).key)


def _line(visit: Visit, transaction: Transaction, promise: Promise) -> Line:
    row = transaction.outbox.find(promise.outbox_id) if promise.outbox_id is not None else None
    is_left = promise.state is PromiseState.OPEN or promise.is_overdue
    due = wording.due(promise.due_at, visit.now) if is_left else None
    return Line(promise, due, NOT_HEARD.get(row.state, "") if row is not None and is_left else "")


def _unnoted(visit: Visit, transaction: Transaction, case: StoredCase) -> Proposal | None:
    replies = [row for row in transaction.outbox.of_case(case.id) if row.effect is Effect.SEND_REPLY]
    newest = max(replies, key=lambda row: row.id, default=None)
    if newest is None or visit.now - newest.created_at > LOOKED_AT_AFTER:
        return None
    since = [one for one in transaction.promises.of_case(case.id) if one.made_at >= newest.created_at]
    is_of_person = bool(newest.payload.get("person"))
    return proposal_of(visit, str(newest.payload.get("text", ""))) if is_of_person and not since else None


def said_in_closing(visit: Visit, promise: Promise) -> tuple[str, str]:
    """(what becomes of it: kept, withdrawn, running or nothing; the reason)."""
    answer = visit.form.get(f"promise-{promise.id}", "")
    return answer if answer in CLOSING else "", visit.form.get(f"why-{promise.id}", "").strip()


CLOSING = Sayings(
    {
        "kept": N_("It is kept"),
        "withdrawn": N_("It is withdrawn, because"),
        "running": N_("It runs on: close the case anyway, and it is still owed"),
    }
)
LISTS = Sayings(
    {
        "due": N_("Due"),
        "overdue": N_("Overdue"),
        "kept": N_("Kept"),
        "broken": N_("Broken"),
        "withdrawn": N_("Withdrawn"),
    }
)
EMPTY = N_("No promise belongs to this list now.")


def nothing_here() -> str:
    return say(EMPTY)
