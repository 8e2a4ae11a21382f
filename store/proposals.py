"""Proposals of saved replies that somebody waved away, by a digest of their words."""

from datetime import datetime

from sqlalchemy import Connection, select

from store.opinion_tables import dismissed_proposals
from store.statements import insert_new


class DismissedProposals:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def all(self) -> frozenset[str]:
        return frozenset(self._connection.scalars(select(dismissed_proposals.c.digest)))

    def dismiss(self, digest: str, *, person: str, now: datetime) -> None:
        insert_new(self._connection, dismissed_proposals, [{"digest": digest, "person": person, "at": now}])
