"""What was lodged for which period."""

from dataclasses import asdict

from sqlalchemy import Connection, select

from models.lodgement import Lodgement
from store.lodgement_tables import lodgements


class Lodgements:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def add(self, lodgement: Lodgement) -> None:
        self._connection.execute(lodgements.insert().values(**asdict(lodgement)))

    def all(self) -> list[Lodgement]:
        """By period, then in the order they were lodged."""
        rows = self._connection.execute(select(lodgements).order_by(lodgements.c.period, lodgements.c.number))
        return [Lodgement(**row._mapping) for row in rows]

    def last(self, period: str) -> Lodgement | None:
        """The one that counts."""
        return next((one for one in reversed(self.all()) if one.period == period), None)
