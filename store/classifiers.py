"""Which version of the classifier is live and which runs in the shadow: every decision about it, kept for good."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, select

from models import ChangeKind, ClassifierChange, Standing
from store.tables import classifier_changes


class Classifiers:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def decide(
        self, kind: ChangeKind, version: str, *, digest: str, person: str, reason: str, now: datetime
    ) -> ClassifierChange:
        row = {
            "kind": kind.value,
            "version": version,
            "digest": digest,
            "person": person,
            "reason": reason,
            "at": now,
        }
        made = self._connection.scalar(classifier_changes.insert().values(row).returning(classifier_changes.c.id))
        return ClassifierChange(int(made or 0), kind, version, digest, person, reason, now)

    def history(self) -> list[ClassifierChange]:
        """Oldest first."""
        rows = self._connection.execute(select(classifier_changes).order_by(classifier_changes.c.id))
        return [
            ClassifierChange(row.id, ChangeKind(row.kind), row.version, row.digest, row.person, row.reason, row.at)
            for row in rows
        ]

    def standing(self) -> Standing:
        """Cheap enough for every job: there are a few rows a year."""
        return standing_of(self.history())


def standing_of(history: Sequence[ClassifierChange]) -> Standing:
    """Promotions lie one on the other; a roll-back takes away the one on top."""
    promoted: list[ClassifierChange] = []
    shadow: ClassifierChange | None = None
    for change in history:
        match change.kind:
            case ChangeKind.PROMOTED:
                promoted.append(change)
            case ChangeKind.ROLLED_BACK:
                promoted = promoted[:-1]
            case ChangeKind.SHADOWED:
                shadow = change
            case ChangeKind.UNSHADOWED:
                shadow = None
    return Standing(
        live=promoted[-1] if promoted else None, shadow=shadow, before=promoted[-2] if len(promoted) > 1 else None
    )
