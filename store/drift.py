"""How often which score was given, and what was found when that was last compared."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select

from models import SCORE_STEPS, UNSURE, ScoreCounts
from store.statements import insert
from store.tables import drift_looks, mentions, verdicts

ROWS_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class DriftLook:
    looked_at: datetime
    level: str
    report: Mapping[str, Any]


class Drift:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def first_judged_at(self, classifier: str) -> datetime | None:
        """When this version gave its first verdict as the live one."""
        table = verdicts.c
        found: datetime | None = self._connection.scalar(
            select(func.min(table.judged_at)).where(table.classifier == classifier)
        )
        return found

    def scores(self, classifier: str, *, since: datetime, until: datetime) -> list[ScoreCounts]:
        """What was judged in this time, `until` not included, per language and channel."""
        steps: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0] * SCORE_STEPS)
        unsure: dict[tuple[str, str], int] = defaultdict(int)
        said = verdicts.c.verdict
        rows = self._connection.execute(
            select(
                said["lang"].as_string().label("lang"),
                mentions.c.channel,
                said["complaint_score"].as_float().label("score"),
                said["decision"].as_string().label("decision"),
            )
            .join_from(verdicts, mentions, mentions.c.id == verdicts.c.mention_id)
            .where(verdicts.c.classifier == classifier, verdicts.c.judged_at >= since, verdicts.c.judged_at < until)
            .execution_options(yield_per=ROWS_AT_ONCE)
        )
        for row in rows:
            key = (row.lang, row.channel)
            steps[key][min(int(row.score * SCORE_STEPS), SCORE_STEPS - 1)] += 1
            unsure[key] += row.decision == UNSURE
        return [ScoreCounts(*key, tuple(counted), unsure[key]) for key, counted in sorted(steps.items())]

    def last_look(self, classifier: str) -> DriftLook | None:
        row = self._connection.execute(select(drift_looks).where(drift_looks.c.classifier == classifier)).one_or_none()
        return DriftLook(row.looked_at, row.level, row.report) if row is not None else None

    def note(self, classifier: str, *, level: str, report: Mapping[str, Any], now: datetime) -> None:
        values = {"looked_at": now, "level": level, "report": dict(report)}
        statement = insert(self._connection, drift_looks).values(classifier=classifier, **values)
        self._connection.execute(statement.on_conflict_do_update(index_elements=["classifier"], set_=values))
