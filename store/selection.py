"""Which cases a list of the queue shows, and in which order: a view, filters, words and a sort."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select, true

from models import CaseState, Tier
from store.search import Words, matching
from store.search_tables import case_facets
from store.tables import cases

VIEWS = (
    ("all", "mine", "unowned", "tier3", "complaints", "due_soon", "overdue", "needs_person", "enquiries", "bad_faith")
    + ("waiting", "noise")
    + ("every",)
)
NOT_ONLY_OPEN = frozenset({"waiting", "noise", "every"})
SORTS = ("score", "newest", "oldest", "due")
FILTERS = ("channel", "label", "tier", "owner", "lang", "tag")
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


def condition(wanted: Selection, *, person: str, now: datetime, is_postgres: bool) -> Any:
    parts = [view_condition(wanted.view, person=person, now=now)]
    for name in ("channel", "label", "tier"):
        given = getattr(wanted, name)
        if given is not None:
            parts.append(cases.c[name] == given)
    if wanted.owner is not None:
        parts.append(cases.c.owner.is_(None) if wanted.owner == NOBODY else cases.c.owner == wanted.owner)
    for kind, value in (("lang", wanted.lang), ("tag", wanted.tag)):
        if value is not None:
            parts.append(cases.c.id.in_(_with_facet(kind, value)))
    if wanted.words is not None:
        parts.append(matching(wanted.words, is_postgres=is_postgres))
    return and_(*parts)


def _with_facet(kind: str, value: str) -> Any:
    return select(case_facets.c.case_id).where(case_facets.c.kind == kind, case_facets.c.value == value)


def view_condition(view: str, *, person: str, now: datetime) -> Any:
    is_open = cases.c.state == CaseState.OPEN.value
    shown = cases.c.tier > Tier.NOISE
    conditions = {
        "all": and_(is_open, shown),
        "mine": and_(is_open, cases.c.owner == person),
        "unowned": and_(is_open, shown, cases.c.owner.is_(None), cases.c.tier >= Tier.PERSONAL_REPLY),
        "tier3": and_(is_open, cases.c.tier == Tier.HIGH_PRIORITY),
        "complaints": and_(is_open, cases.c.is_complaint),
        "due_soon": and_(is_open, cases.c.next_due_at >= now, cases.c.next_due_at < now + SOON),
        "overdue": and_(is_open, cases.c.next_due_at < now),
        "needs_person": and_(is_open, cases.c.needs_person),
        "enquiries": and_(is_open, shown, cases.c.label == "enquiry"),
        "bad_faith": and_(is_open, or_(cases.c.label == "abuse", cases.c.label == "spam")),
        "waiting": cases.c.state == CaseState.ANSWERED.value,
        "noise": cases.c.tier == Tier.NOISE,
        "every": true(),
    }
    return conditions[view]


def order(sort: str) -> tuple[Any, ...]:
    """Total, so that paging neither skips nor repeats."""
    orders: dict[str, tuple[Any, ...]] = {
        "score": (cases.c.score.desc(), cases.c.id),
        "newest": (cases.c.last_message_at.desc(), cases.c.id),
        "oldest": (cases.c.last_message_at, cases.c.id),
        "due": (cases.c.next_due_at.asc().nulls_last(), cases.c.score.desc(), cases.c.id),
    }
    return orders[sort]
