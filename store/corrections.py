"""What people corrected, as far as it can be learnt from."""

from typing import Any

from sqlalchemy import Connection, func, select

from models import Correction
from models.retention import DELETED, REDACTED
from store.tables import author_snapshots, labels, mentions, verdicts


class Corrections:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> list[Correction]:
        """The latest of each message whose words are still there, by the time it was given, oldest first."""
        latest = select(func.max(labels.c.id)).group_by(labels.c.mention_id).scalar_subquery()
        rows = self._connection.execute(
            select(
                labels.c.mention_id,
                labels.c.label,
                labels.c.given_at,
                mentions.c.channel,
                mentions.c.text,
                mentions.c.lang.label("told_lang"),
                verdicts.c.verdict["lang"].as_string().label("found_lang"),
                author_snapshots.c.facts,
            )
            .select_from(
                labels.join(mentions, mentions.c.id == labels.c.mention_id)
                .outerjoin(author_snapshots, author_snapshots.c.id == mentions.c.snapshot_id)
                .outerjoin(verdicts, verdicts.c.mention_id == labels.c.mention_id)
            )
            .where(labels.c.id.in_(latest), mentions.c.text.not_in([REDACTED, DELETED]))
            .order_by(labels.c.id, verdicts.c.judged_at)
        )
        return list({row.mention_id: _correction(row) for row in rows}.values())


def _correction(row: Any) -> Correction:
    author = row.facts or {}
    return Correction(
        mention_id=row.mention_id,
        channel=row.channel,
        text=row.text,
        lang=row.found_lang or row.told_lang,
        label=row.label,
        corrected_at=row.given_at,
        names=tuple(str(author[key]) for key in ("handle", "name") if author.get(key)),
    )
