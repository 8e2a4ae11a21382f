"""The queue as lists: one page, its counts, what may be filtered by, and the neighbours of a case."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from store.search import Words, holds_all
from store.search_tables import case_facets
from store.selection import (
    FACETS,
    FILTERS,
    IS_OPEN,
    NOBODY,
    NOT_ONLY_OPEN,
    Selection,
    condition,
    given,
    narrowing,
    order,
)
from store.tables import author_snapshots, cases, mentions

MOST_CHOICES = 60
MOST_COUNTED = 1_000
MOST_MESSAGES = 1_000
"""Of all cases of one page, looked through for the message that holds the words."""
EXCERPT_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Brief:
    """One line of the narrow list beside a case."""

    id: int
    channel: str
    label: str
    tier: int
    owner: str | None
    next_due_at: datetime | None
    last_message_at: datetime
    state: str
    text: str
    lang: str | None
    handle: str | None
    mention_id: str | None


@dataclass(frozen=True, slots=True)
class Hit:
    """The message of a case in which the words stand."""

    mention_id: str
    text: str
    lang: str | None
    is_private: bool
    author: Mapping[str, Any] | None


class Worklist:
    """`person` and `now` are what `mine` and `overdue` mean."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_postgres = connection.dialect.name == "postgresql"

    def count(self, wanted: Selection, *, person: str, now: datetime) -> int:
        return self.counts({"": wanted}, person=person, now=now)[""]

    def counts(self, wanted: Mapping[str, Selection], *, person: str, now: datetime) -> dict[str, int]:
        """Those that show open cases only are counted in one reading of the open cases. The others grow for ever: each
        is counted to `MOST_COUNTED` and one more, which says that there are more than these."""
        found: dict[str, int] = {}
        meant = given(person=person, now=now)
        of_open = {key: one for key, one in wanted.items() if one.view not in NOT_ONLY_OPEN}
        for key, one in wanted.items():
            if key not in of_open:
                some = select(cases.c.id).where(self._condition(one)).limit(MOST_COUNTED + 1).subquery()
                found[key] = self._connection.scalar(select(func.count()).select_from(some), meant) or 0
        if of_open:
            counted = [
                func.count().filter(narrowing(one, is_postgres=self._is_postgres)).label(f"count_{place}")
                for place, one in enumerate(of_open.values())
            ]
            row = self._connection.execute(select(*counted).select_from(cases).where(IS_OPEN), meant).one()
            found |= dict(zip(of_open, row, strict=True))
        return {key: found[key] for key in wanted}

    def choices(self, wanted: Selection, *, person: str, now: datetime) -> dict[str, list[tuple[str, int]]]:
        """For each filter what it may be set to, and how many cases that leaves with the other filters as they are."""
        meant = given(person=person, now=now)
        free = [name for name in FILTERS if name not in FACETS and getattr(wanted, name) is None]
        found = self._of_columns(free, self._condition(wanted), meant)
        for name in FILTERS:
            where = self._condition(wanted.without(name))
            if name in FACETS:
                found[name] = self._of_facet(name, where, meant, is_of_all=wanted.view in NOT_ONLY_OPEN)
            elif name not in found:
                found |= self._of_columns([name], where, meant)
        return {name: found[name] for name in FILTERS}

    def _of_columns(
        self, names: Sequence[str], where: Any, meant: Mapping[str, Any]
    ) -> dict[str, list[tuple[str, int]]]:
        """In one reading of the cases, which costs more than adding up what it gives."""
        columns = [cases.c[name] for name in names]
        counts: dict[str, Counter[str]] = {name: Counter() for name in names}
        counted = select(func.count(), *columns).select_from(cases).where(where).group_by(*columns)
        for number, *values in self._connection.execute(counted, meant) if names else ():
            for name, value in zip(names, values, strict=True):
                counts[name][NOBODY if value is None else str(value)] += number
        return {name: _most_frequent(counted) for name, counted in counts.items()}

    def _of_facet(self, name: str, where: Any, meant: Mapping[str, Any], *, is_of_all: bool) -> list[tuple[str, int]]:
        value = case_facets.c.value
        # Open cases are few: from each of them to what it holds. Of all cases: from what there is to their list.
        of_kind = (case_facets.c.kind if is_of_all else case_facets.c.kind.concat("")) == name
        counted = select(value, func.count()).where(of_kind, case_facets.c.case_id.in_(select(cases.c.id).where(where)))
        rows = self._connection.execute(counted.group_by(value), meant)
        return _most_frequent(Counter({row[0]: row[1] for row in rows}))

    def briefs(
        self, wanted: Selection, *, person: str, now: datetime, limit: int, offset: int = 0, case_id: int | None = None
    ) -> list[Brief]:
        """A part of the list, or one case whether or not it is in it."""
        where = self._condition(wanted) if case_id is None else cases.c.id == case_id
        page = select(cases.c.id).where(where).order_by(*order(wanted.sort)).limit(limit).offset(offset).subquery()
        shown = (
            *(cases.c[name] for name in ("id", "channel", "label", "tier", "owner", "next_due_at", "last_message_at")),
            cases.c.state,
            func.substr(mentions.c.text, 1, EXCERPT_CHARACTERS).label("text"),
            mentions.c.lang,
            mentions.c.id.label("mention_id"),
            author_snapshots.c.facts,
        )
        joined = (
            cases.join(page, page.c.id == cases.c.id)
            .outerjoin(mentions, mentions.c.id == newest_words())
            .outerjoin(author_snapshots, author_snapshots.c.id == mentions.c.snapshot_id)
        )
        ordered = select(*shown).select_from(joined).order_by(*order(wanted.sort))
        return [_brief(row) for row in self._connection.execute(ordered, given(person=person, now=now))]

    def hits(self, ids: Sequence[int], words: Words) -> dict[int, Hit]:
        """Case id → its newest message that holds the words, for those that have one."""
        columns = (mentions.c.case_id, mentions.c.id, mentions.c.text, mentions.c.lang, mentions.c.kind)
        rows = self._connection.execute(
            select(*columns, author_snapshots.c.facts)
            .select_from(mentions.outerjoin(author_snapshots, author_snapshots.c.id == mentions.c.snapshot_id))
            .where(mentions.c.case_id.in_(ids))
            .order_by(mentions.c.created_at.desc(), mentions.c.id)
            .limit(MOST_MESSAGES)
        )
        found: dict[int, Hit] = {}
        for row in rows:
            facts = row.facts or {}
            names = f"{facts.get('handle') or ''} {facts.get('name') or ''}"
            if row.case_id not in found and holds_all(f"{row.text} {names}", words):
                found[row.case_id] = Hit(row.id, row.text, row.lang, row.kind == "dm", row.facts)
        return found

    def _condition(self, wanted: Selection) -> Any:
        return condition(wanted, is_postgres=self._is_postgres)


def _most_frequent(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:MOST_CHOICES]


def newest_words() -> Any:
    """The newest message of the person whose case it is, not of somebody who joined the thread."""
    newest = select(mentions.c.id).where(mentions.c.case_id == cases.c.id).correlate(cases).limit(1)
    newest = newest.order_by(mentions.c.created_at.desc(), mentions.c.id)
    by_author = newest.where(mentions.c.author_id == cases.c.author_id)
    return func.coalesce(by_author.scalar_subquery(), newest.scalar_subquery())


def _brief(row: Any) -> Brief:
    facts = row.facts or {}
    return Brief(
        id=row.id,
        channel=row.channel,
        label=row.label,
        tier=row.tier,
        owner=row.owner,
        next_due_at=row.next_due_at,
        last_message_at=row.last_message_at,
        state=row.state,
        text=row.text or "",
        lang=row.lang,
        handle=facts.get("handle") or facts.get("name"),
        mention_id=row.mention_id,
    )
