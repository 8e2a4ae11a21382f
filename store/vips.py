"""The firm's list of customers, and what its CRM said of an author."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, exists, func, or_, select, update

from models import CaseState
from models.retention import REDACTED
from store.statements import insert
from store.tables import authors, cases
from store.vip_tables import crm_answers, vips

_STANDS = vips.c.ended_at.is_(None)


@dataclass(frozen=True, slots=True)
class Vip:
    id: int
    channel: str
    handle: str
    """In small letters, without @; or the platform's own id."""
    reference: str
    band: str
    reason: str
    policy: str
    added_by: str
    added_at: datetime
    until: datetime
    ended_at: datetime | None
    ended_by: str | None


@dataclass(frozen=True, slots=True)
class NewVip:
    form_key: str
    channel: str
    handle: str
    reference: str
    band: str
    reason: str
    policy: str
    until: datetime


@dataclass(frozen=True, slots=True)
class ToAsk:
    """An author of an open case of whom the CRM was not asked, or long ago."""

    author_id: str
    channel: str
    native_id: str
    handle: str | None


@dataclass(frozen=True, slots=True)
class CrmAnswer:
    band: str | None
    value: float | None
    asked_at: datetime
    good_until: datetime
    fault: str | None


class Vips:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._knows: bool | None = None

    def knows_anybody(self) -> bool:
        """Whether the list or the CRM says anything of anybody. Most firms have neither, and every message asks: it is
        looked up once in a transaction, and again after something was added in it."""
        if self._knows is None:
            anybody = or_(exists().where(_STANDS), exists(select(crm_answers.c.author_id).limit(1)))
            self._knows = bool(self._connection.scalar(select(anybody)))
        return self._knows

    # the list

    def is_known(self, form_key: str) -> bool:
        return self._connection.scalar(select(vips.c.id).where(vips.c.form_key == form_key)) is not None

    def add(self, new: NewVip, *, by: str, now: datetime) -> int | None:
        """Its number; None where this form was carried out before, or the account stands in the list."""
        row = {name: getattr(new, name) for name in new.__dataclass_fields__} | {"added_by": by, "added_at": now}
        self._knows = None
        adding = insert(self._connection, vips).values(row).on_conflict_do_nothing().returning(vips.c.id)
        number: int | None = self._connection.scalar(adding)
        return number

    def get(self, number: int) -> Vip | None:
        row = self._connection.execute(select(vips).where(vips.c.id == number)).one_or_none()
        return _vip(row) if row is not None else None

    def listed(self, *, is_past: bool = False, limit: int, offset: int = 0) -> list[Vip]:
        """Those that stand by name; or those that are over, the newest first."""
        order = (vips.c.ended_at.desc(), vips.c.id) if is_past else (vips.c.channel, vips.c.handle)
        where = ~_STANDS if is_past else _STANDS
        rows = self._connection.execute(select(vips).where(where).order_by(*order).limit(limit).offset(offset))
        return [_vip(row) for row in rows]

    def count(self, *, is_past: bool = False) -> int:
        where = ~_STANDS if is_past else _STANDS
        return self._connection.scalar(select(func.count()).select_from(vips).where(where)) or 0

    def of_author(self, author_id: str) -> Vip | None:
        """The entry that stands for this author, by handle or by the platform's own id."""
        same = and_(authors.c.channel == vips.c.channel, _names(authors))
        found = select(vips).join_from(vips, authors, same).where(authors.c.id == author_id, _STANDS)
        row = self._connection.execute(found.order_by(vips.c.id).limit(1)).one_or_none()
        return _vip(row) if row is not None else None

    def end(self, number: int, *, by: str, now: datetime) -> bool:
        """False where it is over already."""
        ending = update(vips).where(vips.c.id == number, _STANDS).values(ended_at=now, ended_by=by)
        return self._connection.execute(ending).rowcount == 1

    def run_out(self, *, now: datetime, limit: int) -> list[Vip]:
        """Those that stand, and whose time is over."""
        rows = self._connection.execute(
            select(vips).where(_STANDS, vips.c.until <= now).order_by(vips.c.until, vips.c.id).limit(limit)
        )
        return [_vip(row) for row in rows]

    def open_cases_of(self, numbers: Collection[int]) -> list[int]:
        """Cases of the authors that these entries stand, or stood, for."""
        same = and_(authors.c.channel == vips.c.channel, _names(authors))
        ids = select(authors.c.id).join_from(vips, authors, same).where(vips.c.id.in_(numbers))
        return self._open(cases.c.author_id.in_(ids))

    def open_cases_of_authors(self, author_ids: Collection[str]) -> list[int]:
        return self._open(cases.c.author_id.in_(author_ids))

    def _open(self, where: Any) -> list[int]:
        over = (CaseState.CLOSED.value, CaseState.MERGED.value)
        return list(
            self._connection.scalars(select(cases.c.id).where(where, cases.c.state.not_in(over)).order_by(cases.c.id))
        )

    # the CRM

    def crm_answer(self, author_id: str) -> CrmAnswer | None:
        row = self._connection.execute(select(crm_answers).where(crm_answers.c.author_id == author_id)).one_or_none()
        return CrmAnswer(row.band, row.value, row.asked_at, row.good_until, row.fault) if row is not None else None

    def to_ask(self, *, since: datetime, now: datetime, limit: int) -> list[ToAsk]:
        """Authors of cases in which somebody wrote since, the newest first."""
        good = select(crm_answers.c.author_id).where(crm_answers.c.good_until > now)
        newest = func.max(cases.c.last_message_at)
        rows = self._connection.execute(
            select(authors.c.id, authors.c.channel, authors.c.native_id, authors.c.handle)
            .join_from(cases, authors, authors.c.id == cases.c.author_id)
            .where(cases.c.last_message_at >= since, cases.c.state == CaseState.OPEN.value, authors.c.id.not_in(good))
            .group_by(authors.c.id, authors.c.channel, authors.c.native_id, authors.c.handle)
            .order_by(newest.desc(), authors.c.id)
            .limit(limit)
        )
        return [ToAsk(row.id, row.channel, row.native_id, row.handle) for row in rows]

    def keep_answer(self, author_id: str, answer: CrmAnswer) -> None:
        values = {name: getattr(answer, name) for name in answer.__dataclass_fields__}
        self._knows = None
        keeping = insert(self._connection, crm_answers).values(author_id=author_id, **values)
        self._connection.execute(keeping.on_conflict_do_update(index_elements=["author_id"], set_=values))

    # erasure

    def forget(self, author_ids: Collection[str]) -> None:
        """What names these people; that there was an entry, who made it and its band stay."""
        self._connection.execute(delete(crm_answers).where(crm_answers.c.author_id.in_(author_ids)))
        known = select(authors.c.channel, authors.c.handle, authors.c.native_id).where(authors.c.id.in_(author_ids))
        for row in self._connection.execute(known).all():
            names = [name for name in (folded(row.handle), row.native_id) if name]
            same = and_(vips.c.channel == row.channel, vips.c.handle.in_(names))
            numbers = list(self._connection.scalars(select(vips.c.id).where(same)))
            for number in numbers:
                self._empty(number)

    def forget_ended(self, *, before: datetime) -> int:
        """Of entries that ended before; gives how many."""
        over = (vips.c.ended_at < before, vips.c.reason != REDACTED)
        numbers = list(self._connection.scalars(select(vips.c.id).where(*over)))
        for number in numbers:
            self._empty(number)
        return len(numbers)

    def has_ended(self, *, before: datetime) -> bool:
        over = (vips.c.ended_at < before, vips.c.reason != REDACTED)
        return self._connection.scalar(select(vips.c.id).where(*over).limit(1)) is not None

    def _empty(self, number: int) -> None:
        gone = {"handle": f"redacted:{number}", "reference": REDACTED, "reason": REDACTED}
        self._connection.execute(update(vips).where(vips.c.id == number).values(gone))


def folded(handle: str | None) -> str:
    return (handle or "").strip().lstrip("@").lower()


def _names(table: Any) -> Any:
    return or_(func.lower(func.ltrim(table.c.handle, "@")) == vips.c.handle, table.c.native_id == vips.c.handle)


def _vip(row: Row[Any]) -> Vip:
    return Vip(**{name: getattr(row, name) for name in Vip.__dataclass_fields__})
