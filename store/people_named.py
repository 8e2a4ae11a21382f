"""Handles and names of people that the database knows, and who said what, for what must not name anybody."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from store.channel_tables import bystanders
from store.tables import author_snapshots, authors, mentions, users

STREAMED = 1000


class PeopleNamed:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def spellings(self) -> Iterator[str]:
        """Every handle, name and id of authors and bystanders, and the names of who works here; some more than once."""
        streamed = self._connection.execution_options(yield_per=STREAMED)
        for row in streamed.execute(select(authors.c.native_id, authors.c.handle)):
            yield from (one for one in row if one)
        for table, column in ((author_snapshots, "facts"), (bystanders, "author")):
            for facts in streamed.scalars(select(table.c[column])):
                yield from (str(facts[name]) for name in ("id", "handle", "name") if facts and facts.get(name))
        yield from streamed.scalars(select(users.c.name))

    def texts(self, case_ids: list[int]) -> Iterator[tuple[str, str]]:
        """(Author, words) of every message in these cases."""
        for start in range(0, len(case_ids), STREAMED):
            chosen = mentions.c.case_id.in_(case_ids[start : start + STREAMED])
            for row in self._connection.execute(select(mentions.c.author_id, mentions.c.text).where(chosen)):
                yield row.author_id or "", row.text
