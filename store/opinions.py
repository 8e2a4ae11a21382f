"""What people said of the classifier's labels: right, wrong, not sure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, delete, func, select, update

from models.opinion import Agreed, Opinion, SaidOpinion
from store.opinion_tables import opinions
from store.statements import insert_new
from store.tables import labels


class Opinions:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, one: SaidOpinion) -> None:
        """The same key twice is kept once."""
        row = {
            "key": one.key,
            "mention_id": one.mention_id,
            "opinion": one.opinion.value,
            "said": one.said,
            "given": one.given,
            "classifier": one.classifier,
            "person": one.person,
            "at": one.at,
        }
        insert_new(self._connection, opinions, [row])

    def standing(self, mention_ids: Sequence[str]) -> dict[str, SaidOpinion]:
        """Mention id → the last one that nobody took back."""
        kept = (opinions.c.mention_id.in_(mention_ids), opinions.c.taken_back_at.is_(None))
        rows = self._connection.execute(select(opinions).where(*kept).order_by(opinions.c.id))
        return {row.mention_id: _opinion(row) for row in rows}

    def take_back(self, one: SaidOpinion, *, now: datetime) -> bool:
        """False where somebody did already. The label that came with it goes: it must teach nobody."""
        same = (opinions.c.key == one.key, opinions.c.taken_back_at.is_(None))
        if self._connection.execute(update(opinions).where(*same).values(taken_back_at=now)).rowcount != 1:
            return False
        if one.given is not None:
            label = (labels.c.mention_id == one.mention_id, labels.c.label == one.given)
            given = (labels.c.person == one.person, labels.c.given_at == one.at)
            self._connection.execute(delete(labels).where(*label, *given))
        return True

    def agreed(self, *, since: datetime, until: datetime | None = None, classifier: str | None = None) -> list[Agreed]:
        """By what the classifier said, the most frequent first. A message counts once, by the last word on it.

        Args:
            classifier: only what was said of this version.
        """
        wanted = [] if until is None else [opinions.c.at < until]
        wanted += [] if classifier is None else [opinions.c.classifier == classifier]
        last = (
            select(func.max(opinions.c.id))
            .where(opinions.c.taken_back_at.is_(None), opinions.c.at >= since, *wanted)
            .group_by(opinions.c.mention_id)
        )
        is_right, is_definite = opinions.c.given == opinions.c.said, opinions.c.given.is_not(None)
        total = func.sum(case((is_definite, 1), else_=0))
        rows = self._connection.execute(
            select(
                opinions.c.said,
                func.sum(case((and_(is_definite, is_right), 1), else_=0)).label("right"),
                total.label("total"),
                func.sum(case((is_definite, 0), else_=1)).label("unsure"),
            )
            .where(opinions.c.id.in_(last))
            .group_by(opinions.c.said)
            .order_by(total.desc(), opinions.c.said)
        )
        return [Agreed(row.said, int(row.right), int(row.total), int(row.unsure)) for row in rows]


def _opinion(row: Row[Any]) -> SaidOpinion:
    return SaidOpinion(
        key=row.key,
        mention_id=row.mention_id,
        opinion=Opinion(row.opinion),
        said=row.said,
        given=row.given,
        classifier=row.classifier,
        person=row.person,
        at=row.at,
    )
