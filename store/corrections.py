"""What people corrected, as far as it can be learnt from."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, func, select

from models import Correction
from models.learning import Labelled
from models.retention import DELETED, REDACTED
from store.retention_tables import platform_deletions
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

    def newest(self, limit: int, *, not_of: Sequence[int]) -> list[Labelled]:
        """The newest first, each message once, without those of these cases; what was erased or deleted is left out.

        Args:
            limit: of the labels looked at.
        """
        last = select(labels).order_by(labels.c.id.desc()).limit(limit).subquery()
        rows = self._connection.execute(
            select(last, mentions.c.case_id, mentions.c.text)
            .select_from(
                last.join(mentions, mentions.c.id == last.c.mention_id).outerjoin(
                    platform_deletions, platform_deletions.c.mention_id == last.c.mention_id
                )
            )
            .where(
                mentions.c.case_id.not_in(not_of),
                mentions.c.text.not_in([REDACTED, DELETED]),
                platform_deletions.c.mention_id.is_(None),
            )
            .order_by(last.c.id.desc())
        )
        found: dict[str, Labelled] = {}
        for row in rows:
            one = Labelled(row.mention_id, row.case_id, row.text, row.label, row.person, row.given_at)
            found.setdefault(row.mention_id, one)
        return list(found.values())


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
