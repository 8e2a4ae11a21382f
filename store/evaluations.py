"""What was found when a version of the classifier was measured on labelled rows, and what people said of its work."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, case, func, select

from models import UNSURE
from models.evaluation import Evaluation, EvaluationFigures
from store.encoding import decode, encode
from store.evaluation_tables import classifier_evaluations
from store.statements import insert
from store.tables import labels, verdicts

_KEY = ("digest", "against_digest", "rows_digest")


@dataclass(frozen=True, slots=True)
class Relabelled:
    """Messages that one version judged and people then gave a label."""

    decided: int
    """It had decided on a label of its own."""
    corrected: int
    """Of these, people gave another one."""
    left: int
    """It had left them to a person."""


class Evaluations:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def keep(self, one: Evaluation) -> None:
        """The same versions on the same rows replace what was found before: they give the same, or are measured by a
        newer program. So repeating a command leaves one row, and it counts as the last evaluation."""
        table = classifier_evaluations
        row = {name: getattr(one, name) for name in ("version", "against", *_KEY, "row_count", "at")}
        row["figures"] = encode(one.figures)
        again = {name: row[name] for name in row if name not in _KEY}
        adding = insert(self._connection, table).values(row)
        self._connection.execute(adding.on_conflict_do_update(index_elements=list(_KEY), set_=again))

    def all(self) -> list[Evaluation]:
        """The last first; there are a few a year."""
        table = classifier_evaluations.c
        rows = self._connection.execute(select(classifier_evaluations).order_by(table.at.desc(), table.id.desc()))
        return [_evaluation(row) for row in rows]

    def last_of(self, digest: str) -> Evaluation | None:
        """Against another version; beside itself none is better or worse."""
        return next((one for one in self.all() if one.digest == digest and not one.is_of_itself), None)

    def relabelled(self, classifier: str, *, since: datetime) -> Relabelled:
        """By the last label that people gave a message in this time; each message once."""
        last = select(func.max(labels.c.id)).where(labels.c.given_at >= since).group_by(labels.c.mention_id)
        decision = verdicts.c.verdict["decision"].as_string()
        is_left, is_other = decision == UNSURE, decision != labels.c.label
        row = self._connection.execute(
            select(
                func.coalesce(func.sum(case((is_left, 0), else_=1)), 0),
                func.coalesce(func.sum(case((is_left, 0), (is_other, 1), else_=0)), 0),
                func.coalesce(func.sum(case((is_left, 1), else_=0)), 0),
            )
            .select_from(
                labels.join(
                    verdicts,
                    and_(verdicts.c.mention_id == labels.c.mention_id, verdicts.c.classifier == classifier),
                )
            )
            .where(labels.c.id.in_(last))
        ).one()
        return Relabelled(*(int(number) for number in row))


def _evaluation(row: Row[Any]) -> Evaluation:
    return Evaluation(
        version=row.version,
        digest=row.digest,
        against=row.against,
        against_digest=row.against_digest,
        rows_digest=row.rows_digest,
        row_count=row.row_count,
        at=row.at,
        figures=decode(EvaluationFigures, row.figures),
    )
