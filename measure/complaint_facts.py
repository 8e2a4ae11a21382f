"""One complaint as figures need it: from its life and its register entries, with nothing that names a person.

Figures are as now known: a receipt that was corrected counts where it was corrected to; what was ruled out, or is kept
under another complaint's id, is no complaint of its own.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from models import Entry, EntryKind
from models.complaint import Basis, Life, Status

CLOSED_EARLY = frozenset({Basis.SATISFIED_IN_5BD, Basis.EXPLAINED_IN_5BD})
"""A complaint closed on such a ground needs no written response (RG 271.71)."""
ROLLED = "respond_s36"


class Standing(StrEnum):
    """Whether it counts as a complaint of its own."""

    COUNTED = "counted"
    RULED_OUT = "ruled_out"
    MERGED_AWAY = "merged_away"


@dataclass(frozen=True, slots=True)
class Closing:
    on: date
    basis: Basis
    outcome: str | None = None
    remedies: tuple[str, ...] = ()
    amount: Decimal | None = None
    """Paid with this closing, in `currency`."""
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A time in which the complaint was open; the first begins with its receipt, each other with a reopening."""

    opened_on: date
    closing: Closing | None = None


@dataclass(frozen=True, slots=True)
class ComplaintFacts:
    """All dates are local ones of the licensee; spans follow each other in time."""

    complaint_id: str
    received_at: datetime
    spans: tuple[Span, ...]
    standing: Standing = Standing.COUNTED
    complaint_type: str = "standard"
    category: str | None = None
    product: str | None = None
    brand: str | None = None
    channel: str | None = None
    issues: tuple[str, ...] = ()
    acknowledge_by: datetime | None = None
    """The later of the acknowledgement targets: in time is who met either (INTERP)."""
    acknowledged_at: datetime | None = None
    respond_by: date | None = None
    respond_by_rolled: date | None = None
    """Rolled forward by s36(2): decides only whether a late answer is a breach (INTERP)."""
    answered_on: date | None = None
    """First response, or first closing that needs none."""
    delay_notices: tuple[tuple[date, bool], ...] = ()
    """(given on, valid)."""
    linked_on: tuple[date, ...] = ()
    """When it was tied to a possible systemic issue."""
    at_afca_on: tuple[date, ...] = ()
    answers_on: tuple[date, ...] = ()
    """Answers that were sent to the complainant; not in the register, so the caller adds them."""

    @property
    def received_on(self) -> date:
        return self.spans[0].opened_on

    def is_open_after(self, day: date) -> bool:
        """At the end of that day."""
        return any(span.opened_on <= day and (span.closing is None or span.closing.on > day) for span in self.spans)


def facts_of(life: Life, entries: Iterable[Entry], *, zone: ZoneInfo) -> ComplaintFacts:
    """`life` is what these entries of one complaint, in order of `seq`, add up to."""
    past = _Past(zone)
    for entry in entries:
        past.take(EntryKind(entry.kind), json.loads(entry.facts), entry.recorded_at)
    dues = dict(life.dues)
    rolled = dues.get(ROLLED)
    return ComplaintFacts(
        complaint_id=life.complaint_id,
        received_at=life.received_at,
        spans=_spans(life.received_on, past.turns),
        standing=_STANDINGS.get(life.status, Standing.COUNTED),
        complaint_type=life.complaint_type,
        category=life.category,
        product=life.product,
        brand=life.brand,
        channel=life.channel,
        issues=life.issues,
        acknowledge_by=max((at for key, at in dues.items() if key.startswith("acknowledge")), default=None),
        acknowledged_at=life.first_acknowledged_at,
        respond_by=life.respond_due_on,
        respond_by_rolled=rolled.astimezone(zone).date() if rolled is not None else None,
        answered_on=min(past.answered, default=None),
        delay_notices=tuple(past.notices),
        linked_on=tuple(past.linked),
        at_afca_on=tuple(past.at_afca),
    )


@dataclass(slots=True)
class _Past:
    """What a complaint's life keeps only the latest of."""

    zone: ZoneInfo
    turns: list[tuple[date, Closing | None]] = field(default_factory=list)
    """Closings and reopenings (None), in order of entry; they take turns."""
    answered: list[date] = field(default_factory=list)
    notices: list[tuple[date, bool]] = field(default_factory=list)
    linked: list[date] = field(default_factory=list)
    at_afca: list[date] = field(default_factory=list)

    def take(self, kind: EntryKind, facts: Mapping[str, Any], recorded_at: str) -> None:
        at = facts.get("at") or facts.get("closed_at") or recorded_at
        on = datetime.fromisoformat(at).astimezone(self.zone).date()
        if kind is EntryKind.CLOSED:
            self._close(_closing(on, facts))
        elif kind is EntryKind.WITHDRAWN:
            self._close(Closing(on, Basis.WITHDRAWN))
        elif kind is EntryKind.REOPENED and self.turns and self.turns[-1][1] is not None:
            self.turns.append((on, None))
        elif kind is EntryKind.RESPONDED and not facts.get("missing"):
            self.answered.append(on)
        elif kind is EntryKind.DELAY_NOTIFIED:
            self.notices.append((on, bool(facts.get("is_valid"))))
        elif kind is EntryKind.SYSTEMIC_LINKED:
            self.linked.append(on)
        elif kind is EntryKind.AT_AFCA:
            self.at_afca.append(on)
        elif kind is EntryKind.CORRECTED:
            self._correct(facts)

    def _correct(self, facts: Mapping[str, Any]) -> None:
        """What was said of the latest closing may be put right later; its day and ground stay."""
        on, closing = self.turns[-1] if self.turns else (None, None)
        if on is not None and closing is not None:
            said = {name: facts[key] for key, name in _OF_CLOSING.items() if key in facts}
            self.turns[-1] = (on, replace(closing, **_read(said)))

    def _close(self, closing: Closing) -> None:
        """What is closed once more, as one that was withdrawn may be, stays closed on the day it was."""
        if closing.basis in CLOSED_EARLY:
            self.answered.append(closing.on)
        if self.turns and self.turns[-1][1] is not None:
            closing = replace(closing, on=self.turns.pop()[0])
        self.turns.append((closing.on, closing))


_STANDINGS = {Status.RULED_OUT: Standing.RULED_OUT, Status.MERGED_AWAY: Standing.MERGED_AWAY}


def _spans(received_on: date, turns: Iterable[tuple[date, Closing | None]]) -> tuple[Span, ...]:
    """In time order by construction: what is dated before the turn ahead of it counts on that turn's day."""
    spans, earliest = [Span(received_on)], received_on
    for on, closing in turns:
        earliest = max(on, earliest)
        if closing is None:
            spans.append(Span(earliest))
        else:
            spans[-1] = replace(spans[-1], closing=replace(closing, on=earliest))
    return tuple(spans)


def _closing(on: date, facts: Mapping[str, Any]) -> Closing:
    said = {name: facts.get(key) for key, name in _OF_CLOSING.items()}
    return Closing(on, Basis(facts.get("basis") or Basis.OTHER), **_read(said))


_OF_CLOSING = {
    "outcome": "outcome",
    "remedies": "remedies",
    "compensation_amount": "amount",
    "compensation_currency": "currency",
}
"""Key in an entry → field."""


def _read(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _READ[name](value) for name, value in said.items()}


def _amount(text: object) -> Decimal | None:
    try:
        return Decimal(str(text)) if text not in (None, "") else None
    except InvalidOperation:
        return None


_READ: Mapping[str, Callable[[Any], Any]] = {
    "outcome": lambda text: text or None,
    "remedies": lambda codes: tuple(codes or ()),
    "amount": _amount,
    "currency": lambda text: text or None,
}
