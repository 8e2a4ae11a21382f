"""The firm's list of customers: who enters and ends, and what that does to their cases: points in the queue, no more.

No clock, no target, no tier and no definition is touched, nor is any case of anybody else.
"""

import csv
import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flow.named import RefusedError
from flow.teamwork import By, record
from models import ActorKind, Decision, Event, EventKind
from policy.loading import Policy
from policy.vip_rules import Band
from store.store import Store, Transaction
from store.vips import CrmAnswer, NewVip, Vip, folded
from triage.vip import with_value

COLUMNS = ("channel", "handle", "band", "until", "reason", "reference")
MOST_ROWS = 5_000
LONGEST_HANDLE, LONGEST_REASON, LONGEST_REFERENCE = 200, 500, 100
AT_ONCE = 500
KEPT = timedelta(days=90)
"""So long an entry that is over says whom it was about."""
PROGRAM = "earshot"


@dataclass(frozen=True, slots=True)
class Wanted:
    """An entry as somebody writes it."""

    channel: str
    handle: str
    band: str
    until: str
    """A local date, its last day."""
    reason: str
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Value:
    """What an author is worth to the firm, and who says so."""

    band: Band
    vip: Vip | None
    answer: CrmAnswer | None


def value_of(transaction: Transaction, policy: Policy, author_key: str | None) -> Value | None:
    """By the list, else by the CRM; a band that the policy does not have any more is none."""
    if author_key is None or not transaction.vips.knows_anybody():
        return None
    vip = transaction.vips.of_author(author_key)
    band = policy.vips.band(vip.band) if vip is not None else None
    if vip is not None and band is not None:
        return Value(band, vip, None)
    answer = transaction.vips.crm_answer(author_key)
    band = policy.vips.band(answer.band) if answer is not None and answer.band is not None else None
    return Value(band, None, answer) if band is not None else None


def valued(transaction: Transaction, policy: Policy, author_key: str | None, decision: Decision) -> Decision:
    """The decision with the points of its author's value in the score, and with no other points of one."""
    value = value_of(transaction, policy, author_key)
    return with_value(decision, policy.house.weights.vip * value.band.share if value is not None else 0.0)


def add(transaction: Transaction, policy: Policy, wanted: Wanted, by: By) -> int | None:
    """Its number; None where this form was carried out already. Raises: RefusedError in words."""
    number = _add(transaction, policy, wanted, by, by.form_key)
    if number is not None:
        rescore(transaction, policy, transaction.vips.open_cases_of([number]))
    return number


def add_all(transaction: Transaction, policy: Policy, file: bytes, by: By) -> tuple[int, int]:
    """All lines of a CSV file or none: (how many were added, how many stand in the list already).

    Raises: RefusedError naming the line.
    """
    numbers, known = list[int](), 0
    for line, wanted in _lines(file):
        try:
            number = _add(transaction, policy, wanted, by, f"{by.form_key}:{line}", is_of_file=True)
        except RefusedError as error:
            raise RefusedError(f"line {line}: {error}; nothing was added") from None
        known += number is None
        numbers += [number] if number is not None else []
    for start in range(0, len(numbers), AT_ONCE):
        rescore(transaction, policy, transaction.vips.open_cases_of(numbers[start : start + AT_ONCE]))
    return len(numbers), known


def _lines(file: bytes) -> Iterator[tuple[int, Wanted]]:
    try:
        if b"\0" in file:
            raise RefusedError("this is no CSV file in UTF-8: it holds zero characters; nothing was added")
        rows = csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline=""), strict=True)
        missing = [name for name in COLUMNS[:-1] if name not in (rows.fieldnames or ())]
        if missing:
            raise RefusedError(f"the first line lacks {', '.join(missing)}; it has to hold {', '.join(COLUMNS)}")
        for place, row in enumerate(rows, start=2):
            if place > MOST_ROWS + 1:
                raise RefusedError(f"a file may hold {MOST_ROWS:,} lines; split it")
            yield place, Wanted(**{name: (row.get(name) or "").strip() for name in COLUMNS})
    except (UnicodeDecodeError, csv.Error) as error:
        raise RefusedError(f"this is no CSV file in UTF-8 ({type(error).__name__}); nothing was added") from None


def _add(
    transaction: Transaction, policy: Policy, wanted: Wanted, by: By, key: str, *, is_of_file: bool = False
) -> int | None:
    if transaction.vips.is_known(key):
        return None
    new = _checked(policy, wanted, by, key)
    number = transaction.vips.add(new, by=by.person, now=by.at)
    if number is None:
        if is_of_file:
            return None
        raise RefusedError(f"{new.handle} on {new.channel} stands in the list already: end that entry first")
    facts: dict[str, object] = {"entry": number, "band": new.band, "until": new.until.isoformat()}
    record(transaction, EventKind.VIP_ADDED, f"vip_added:{number}", by, facts | {"policy": new.policy})
    return number


def _checked(policy: Policy, wanted: Wanted, by: By, key: str) -> NewVip:
    handle, bands = folded(wanted.handle), ", ".join(band.code for band in policy.vips.bands)
    if not wanted.channel or len(wanted.channel) > 40:
        raise RefusedError("a channel belongs to it, such as x or bluesky")
    if not handle or len(handle) > LONGEST_HANDLE:
        raise RefusedError(f"a handle or the platform's own id belongs to it, of {LONGEST_HANDLE} characters at most")
    if policy.vips.band(wanted.band) is None:
        raise RefusedError(f"band {wanted.band[:40]!r} is unknown; known bands: {bands}")
    if not wanted.reason or len(wanted.reason) > LONGEST_REASON:
        raise RefusedError(f"a reason belongs to it, of {LONGEST_REASON} characters at most")
    if len(wanted.reference) > LONGEST_REFERENCE:
        raise RefusedError(f"the customer's number is longer than {LONGEST_REFERENCE} characters")
    until = _end_of(wanted.until, policy.zone)
    if until <= by.at:
        raise RefusedError(f"{wanted.until} has passed: choose a later day")
    if until > by.at + policy.vips.longest + timedelta(days=1):
        raise RefusedError(
            f"an entry lasts {policy.vips.longest.days} days at most: choose an earlier day than {wanted.until}"
        )
    return NewVip(key, wanted.channel, handle, wanted.reference, wanted.band, wanted.reason, policy.vips.title, until)


def _end_of(day: str, zone: ZoneInfo) -> datetime:
    """The first instant after that local day."""
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=1), time.min, zone)
    except (ValueError, OverflowError):
        raise RefusedError(f"{day[:20]!r} is no date; write it as 2026-11-30") from None


def end(transaction: Transaction, policy: Policy, number: int, by: By) -> bool:
    """False where it is over already."""
    if not transaction.vips.end(number, by=by.person, now=by.at):
        return False
    record(transaction, EventKind.VIP_ENDED, f"vip_ended:{number}", by, {"entry": number})
    rescore(transaction, policy, transaction.vips.open_cases_of([number]))
    return True


def end_due(store: Store, policy: Policy, *, now: datetime) -> int:
    """All whose last day is over; gives how many."""
    total = 0
    while True:
        with store.reading() as transaction:
            is_any = bool(transaction.vips.run_out(now=now, limit=1))
        if not is_any:
            return total
        with store.writing() as transaction:
            ended = [one for one in transaction.vips.run_out(now=now, limit=AT_ONCE) if _run_out(transaction, one, now)]
            rescore(transaction, policy, transaction.vips.open_cases_of([one.id for one in ended]))
        total += len(ended)


def forget_ended(store: Store, *, now: datetime) -> int:
    """What names people in entries that are over for `KEPT`; gives how many."""
    with store.reading() as transaction:
        if not transaction.vips.has_ended(before=now - KEPT):
            return 0
    with store.writing() as transaction:
        return transaction.vips.forget_ended(before=now - KEPT)


def _run_out(transaction: Transaction, vip: Vip, now: datetime) -> bool:
    if not transaction.vips.end(vip.id, by=PROGRAM, now=vip.until):
        return False
    facts = {"entry": vip.id, "because": "time"}
    event = Event(f"vip_ended:{vip.id}", EventKind.VIP_ENDED, vip.until, ActorKind.RULE, PROGRAM, facts=facts)
    transaction.events.record([event], now=now)
    return True


def rescore(transaction: Transaction, policy: Policy, case_ids: Collection[int]) -> int:
    """Only where these cases stand in the queue; gives how many moved."""
    moved = 0
    ids = sorted(case_ids)
    for start in range(0, len(ids), AT_ONCE):
        some = ids[start : start + AT_ONCE]
        transaction.merges.lock(some)
        for case in transaction.cases.several(some):
            decision = valued(transaction, policy, case.author_key, case.decision)
            if decision is not case.decision:
                transaction.warnings.rescore(case.id, decision)
                moved += 1
    return moved
