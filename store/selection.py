"""Which cases a list of the queue shows, and in which order: a view, filters, words and a sort."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, exists, or_, select, true

from models import CaseState, Tier
from models.clock import DUE_SOON
from store.aside_tables import snoozes
from store.columns import Instant
from store.search import Words, matching
from store.search_tables import case_facets
from store.tables import cases
from store.target_tables import targets
from store.warning_tables import case_warnings

VIEWS = (
    ("all", "mine", "unowned", "tier3", "complaints", "due_soon", "overdue", "target_soon", "target_missed")
    + ("needs_person", "early_warning", "enquiries", "bad_faith")
    + ("waiting", "snoozed", "noise")
    + ("every",)
)
NOT_ONLY_OPEN = frozenset({"waiting", "snoozed", "noise", "every", "target_soon", "target_missed"})
SORTS = ("score", "newest", "oldest", "due", "reach")
FILTERS = ("channel", "label", "tier", "priority", "team", "audience", "owner", "lang", "tag")
FACETS = ("lang", "tag")
"""Filters by what a case may have several of; the others are columns of a case."""
NOBODY = "-"
"""As an owner: the case has none."""
SOON = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Selection:
    """None of a filter lets everything through."""

    view: str = VIEWS[0]
    words: Words | None = None
    channel: str | None = None
    label: str | None = None
    tier: int | None = None
    priority: str | None = None
    team: str | None = None
    audience: str | None = None
    owner: str | None = None
    lang: str | None = None
    tag: str | None = None
    sort: str = SORTS[0]

    @property
    def is_narrowed(self) -> bool:
        return self.words is not None or any(getattr(self, name) is not None for name in FILTERS)

    def without(self, name: str) -> "Selection":
        """The same with this one filter off."""
        off: dict[str, Any] = {name: None}
        return replace(self, **off)


def condition(wanted: Selection, *, is_postgres: bool) -> Any:
    """It is to be executed with `given`."""
    return and_(base(wanted.view), narrowing(wanted, is_postgres=is_postgres))


def given(*, person: str, now: datetime) -> dict[str, Any]:
    """What `mine` and `overdue` mean to who asks, for every statement with a condition of this module."""
    return {"for_person": person, "at_now": now, "at_soon": now + SOON, "at_due_soon": now + DUE_SOON}


def base(view: str) -> Any:
    """The condition that the view shares with others of its kind: all that show open cases only have the same one."""
    return true() if view in NOT_ONLY_OPEN else IS_OPEN


def narrowing(wanted: Selection, *, is_postgres: bool) -> Any:
    """What a list asks for beyond its base."""
    parts = [_VIEWS[wanted.view]]
    for name in ("channel", "label", "tier", "priority", "team", "audience"):
        chosen = getattr(wanted, name)
        if chosen is not None:
            parts.append(cases.c[name] == chosen)
    if wanted.owner is not None:
        parts.append(cases.c.owner.is_(None) if wanted.owner == NOBODY else cases.c.owner == wanted.owner)
    for kind, value in (("lang", wanted.lang), ("tag", wanted.tag)):
        if value is not None:
            parts.append(_has_facet(kind, value, is_of_open=wanted.view not in NOT_ONLY_OPEN))
    if wanted.words is not None:
        parts.append(matching(wanted.words, is_postgres=is_postgres))
    return and_(*parts)


def _has_facet(kind: str, value: str, *, is_of_open: bool) -> Any:
    """Open cases are few: each is asked. Of all cases, the list of those with the facet is the shorter way."""
    is_meant = and_(case_facets.c.kind == kind, case_facets.c.value == value)
    if is_of_open:
        return exists().where(case_facets.c.case_id == cases.c.id, is_meant)
    return cases.c.id.in_(select(case_facets.c.case_id).where(is_meant))


def _put_off_cases() -> Any:
    """Those that stay out of the open lists: neither their time has come nor does a clock end soon.

    Asked of the clocks themselves, so that a case whose clock ends is in the lists whether or not a worker runs.
    """
    one = cases.alias("put_off")
    clock_ends = exists().where(one.c.id == snoozes.c.case_id, one.c.next_due_at <= _DUE_SOON)
    # As a join, SQLite went through the clocks of all cases: few are put off, so it is asked of each of them.
    return select(snoozes.c.case_id).where(snoozes.c.until > _NOW, ~clock_ends)


def _of_target(*due: Any) -> Any:
    """Cases, answered ones included, with one of the firm's own targets that is not met and due then: what is over has
    none. No clock of a regulator."""
    return select(targets.c.case_id).where(targets.c.met_at.is_(None), *due)


# Built once: a page counts every view, and building their conditions cost more than counting.
_NOW, _SOON, _DUE_SOON = (bindparam(name, type_=Instant()) for name in ("at_now", "at_soon", "at_due_soon"))
_PUT_OFF = cases.c.id.in_(_put_off_cases())
_SHOWN = cases.c.tier > Tier.NOISE
_MERGED = cases.alias("merged")
# Few are merged: to look each of many cases up in their list costs less than to read the state of each.
_IS_HERE = cases.c.id.not_in(select(_MERGED.c.id).where(_MERGED.c.state == CaseState.MERGED.value))
IS_OPEN = and_(cases.c.state == CaseState.OPEN.value, ~_PUT_OFF)
_VIEWS: dict[str, Any] = {
    "all": _SHOWN,
    "mine": cases.c.owner == bindparam("for_person"),
    "unowned": and_(_SHOWN, cases.c.owner.is_(None), cases.c.tier >= Tier.PERSONAL_REPLY),
    "tier3": cases.c.tier == Tier.HIGH_PRIORITY,
    "complaints": cases.c.is_complaint,
    "due_soon": and_(cases.c.next_due_at >= _NOW, cases.c.next_due_at < _SOON),
    "overdue": cases.c.next_due_at < _NOW,
    "target_soon": and_(cases.c.id.in_(_of_target(targets.c.due_at >= _NOW, targets.c.due_at < _SOON)), ~_PUT_OFF),
    "target_missed": and_(cases.c.id.in_(_of_target(targets.c.due_at < _NOW)), ~_PUT_OFF),
    "needs_person": cases.c.needs_person,
    "early_warning": cases.c.id.in_(
        select(case_warnings.c.case_id).where(case_warnings.c.level > 0, case_warnings.c.aside_at.is_(None))
    ),
    "enquiries": and_(_SHOWN, cases.c.label == "enquiry"),
    "bad_faith": or_(cases.c.label == "abuse", cases.c.label == "spam"),
    "waiting": and_(cases.c.state == CaseState.ANSWERED.value, ~_PUT_OFF),
    "snoozed": and_(_PUT_OFF, _IS_HERE),
    "noise": and_(cases.c.tier == Tier.NOISE, _IS_HERE),
    "every": _IS_HERE,
}
"""Beyond the base of each."""


def order(sort: str) -> tuple[Any, ...]:
    """Total, so that paging neither skips nor repeats."""
    orders: dict[str, tuple[Any, ...]] = {
        "score": (cases.c.score.desc(), cases.c.id),
        "newest": (cases.c.last_message_at.desc(), cases.c.id),
        "oldest": (cases.c.last_message_at, cases.c.id),
        "due": (cases.c.next_due_at.asc().nulls_last(), cases.c.score.desc(), cases.c.id),
        "reach": (cases.c.reach.desc(), cases.c.score.desc(), cases.c.id),
    }
    return orders[sort]
