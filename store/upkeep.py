"""What an operator asks of the database itself."""

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class Database:
    kind: str
    """With its version."""
    bytes: int
    revision: str
    """Of the schema; empty where it was never migrated."""


class Upkeep:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def database(self) -> Database:
        """Its size is that of the tables and indexes; a write-ahead log comes on top."""
        is_sqlite = self._connection.dialect.name == "sqlite"
        revision = self._connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
        return Database(*(self._sqlite() if is_sqlite else self._postgres()), str(revision or ""))

    def _sqlite(self) -> tuple[str, int]:
        size = self._connection.scalar(
            text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()")
        )
        return f"SQLite {self._connection.scalar(text('SELECT sqlite_version()'))}", int(size or 0)

    def _postgres(self) -> tuple[str, int]:
        size = self._connection.scalar(text("SELECT pg_database_size(current_database())"))
        version = str(self._connection.scalar(text("SHOW server_version")))
        return f"PostgreSQL {version.split()[0]}", int(size or 0)
