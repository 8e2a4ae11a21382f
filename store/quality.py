"""Scores that leads gave to handled cases: the last one of each lead for each case."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from store.handling_tables import quality_scores
from store.statements import insert


@dataclass(frozen=True, slots=True)
class Score:
    case_id: int
    scored_by: str
    scored_at: datetime
    rubric: str
    marks: Mapping[str, str]
    points: float
    team: str


class Quality:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, score: Score) -> None:
        """In the place of an earlier one by the same person."""
        row = {name: getattr(score, name) for name in Score.__slots__} | {"marks": dict(score.marks)}
        statement = insert(self._connection, quality_scores).values(row)
        new = {name: statement.excluded[name] for name in row if name not in ("case_id", "scored_by")}
        self._connection.execute(statement.on_conflict_do_update(index_elements=["case_id", "scored_by"], set_=new))

    def of_cases(self, case_ids: Collection[int]) -> list[Score]:
        """The newest first."""
        wanted = select(quality_scores).where(quality_scores.c.case_id.in_(case_ids))
        rows = self._connection.execute(wanted.order_by(quality_scores.c.scored_at.desc(), quality_scores.c.id.desc()))
        return [_score(row) for row in rows]

    def given(self, since: datetime, until: datetime) -> list[Score]:
        wanted = (quality_scores.c.scored_at >= since, quality_scores.c.scored_at < until)
        rows = self._connection.execute(select(quality_scores).where(*wanted).order_by(quality_scores.c.id))
        return [_score(row) for row in rows]


def _score(row: Row[Any]) -> Score:
    return Score(*(getattr(row, name) for name in Score.__slots__))
