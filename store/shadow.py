"""What the classifier in the shadow said, and how it fared: kept apart from verdicts, so that nothing acts on it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, and_, case, exists, func, select, update

from models import ClassifierChange, JudgedTwice, Verdict
from store.statements import insert_new
from store.tables import labels, mentions, shadow_runs, shadow_verdicts, verdicts

FAILED = "failed"
"""The decision of a version that gave no answer."""


@dataclass(frozen=True, slots=True)
class ShadowRun:
    """How one version's loading went since it was put into the shadow."""

    loads_begun: int = 0
    loads_ended: int = 0
    last_error: str | None = None
    last_error_at: datetime | None = None


class Shadow:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def run(self, change_id: int) -> ShadowRun:
        row = self._connection.execute(select(shadow_runs).where(shadow_runs.c.change_id == change_id)).one_or_none()
        return ShadowRun(*row[1:]) if row is not None else ShadowRun()

    def load_begins(self, change_id: int) -> None:
        self._raise(change_id, loads_begun=1)

    def load_ended(self, change_id: int) -> None:
        self._raise(change_id, loads_ended=1)

    def load_worked(self, change_id: int) -> None:
        """What went wrong before is over."""
        self._connection.execute(
            update(shadow_runs).where(shadow_runs.c.change_id == change_id).values(last_error=None, last_error_at=None)
        )

    def load_failed(self, change_id: int, error: str, *, now: datetime) -> None:
        self._raise(change_id)
        self._connection.execute(
            update(shadow_runs).where(shadow_runs.c.change_id == change_id).values(last_error=error, last_error_at=now)
        )

    def add(self, judged: Mapping[str, Verdict], *, now: datetime) -> None:
        """A second verdict for the same message and version changes nothing."""
        rows = [
            {
                "mention_id": key,
                "classifier": verdict.classifier,
                "judged_at": now,
                "label": verdict.label.value,
                "decision": verdict.decision,
                "complaint_score": verdict.complaint_score,
            }
            for key, verdict in judged.items()
        ]
        insert_new(self._connection, shadow_verdicts, rows)

    def add_failed(self, ids: Sequence[str], classifier: str, *, now: datetime) -> None:
        """It gave no answer on these; they are counted, and it is not asked again."""
        nothing = {"classifier": classifier, "judged_at": now, "label": "", "decision": FAILED, "complaint_score": 0.0}
        insert_new(self._connection, shadow_verdicts, [{"mention_id": key, **nothing} for key in ids])

    def _raise(self, change_id: int, **by: int) -> None:
        counts = dict.fromkeys(("loads_begun", "loads_ended"), 0)
        insert_new(self._connection, shadow_runs, [{"change_id": change_id, **counts}])
        raised = {name: shadow_runs.c[name] + number for name, number in by.items()}
        if raised:
            self._connection.execute(update(shadow_runs).where(shadow_runs.c.change_id == change_id).values(raised))

    def judged_twice(self, classifier: str, *, since: datetime) -> list[JudgedTwice]:
        """What both said of the same messages, in the order in which the live version judged them."""
        found: dict[str, JudgedTwice] = {}
        for row in self._connection.execute(_both(classifier, since)):
            if row.live_classifier != classifier:  # after a promotion it judged what it had judged in the shadow
                found[row.mention_id] = JudgedTwice(*row[:-1])
        return list(found.values())

    def decided(self, classifier: str, *, since: datetime) -> dict[tuple[str, str], int]:
        """(decision of the live version, of this one) → messages that both judged."""
        both = _both(classifier, since).order_by(None).subquery()
        live, shadow = both.c[4], both.c[7]
        rows = self._connection.execute(
            select(live, shadow, func.count()).where(both.c.live_classifier != classifier).group_by(live, shadow)
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def counts(self, change: ClassifierChange) -> tuple[int, int]:
        """(messages the version judged since it was put into the shadow, messages it failed on)."""
        table = shadow_verdicts.c
        failed = func.coalesce(func.sum(case((table.decision == FAILED, 1), else_=0)), 0)
        row = self._connection.execute(
            select(func.count(), failed)
            .select_from(shadow_verdicts)
            .where(table.classifier == change.version, table.judged_at >= change.at)
        ).one()
        return row[0] - row[1], row[1]

    def missing(self, change: ClassifierChange, live: str, *, until: datetime, limit: int) -> list[str]:
        """Messages that the live version judged since, and this one was not asked about, the newest first."""
        asked = and_(
            shadow_verdicts.c.mention_id == verdicts.c.mention_id, shadow_verdicts.c.classifier == change.version
        )
        rows = self._connection.scalars(
            select(verdicts.c.mention_id)
            .where(verdicts.c.classifier == live, verdicts.c.judged_at >= change.at, verdicts.c.judged_at < until)
            .where(~exists().where(asked))
            .order_by(verdicts.c.judged_at.desc())
            .limit(limit)
        )
        return list(rows)

    def live_count(self, *, since: datetime) -> int:
        """How many messages were judged since then, by whichever version was live."""
        judged = select(func.count()).select_from(verdicts).where(verdicts.c.judged_at >= since)
        return self._connection.scalar(judged) or 0


def _both(classifier: str, since: datetime) -> Select[Any]:
    said, latest = verdicts.c.verdict, select(func.max(labels.c.id)).group_by(labels.c.mention_id).scalar_subquery()
    return (
        select(
            shadow_verdicts.c.mention_id,
            mentions.c.channel,
            said["lang"].as_string(),
            said["label"].as_string(),
            said["decision"].as_string(),
            said["complaint_score"].as_float(),
            shadow_verdicts.c.label,
            shadow_verdicts.c.decision,
            shadow_verdicts.c.complaint_score,
            labels.c.label,
            verdicts.c.classifier.label("live_classifier"),
        )
        .select_from(
            shadow_verdicts.join(mentions, mentions.c.id == shadow_verdicts.c.mention_id)
            .join(verdicts, verdicts.c.mention_id == shadow_verdicts.c.mention_id)
            .outerjoin(labels, and_(labels.c.mention_id == shadow_verdicts.c.mention_id, labels.c.id.in_(latest)))
        )
        .where(
            shadow_verdicts.c.classifier == classifier,
            shadow_verdicts.c.judged_at >= since,
            shadow_verdicts.c.decision != FAILED,
        )
        .order_by(verdicts.c.judged_at, shadow_verdicts.c.mention_id)
    )
