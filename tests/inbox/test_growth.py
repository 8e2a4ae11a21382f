"""What is done costs nobody anything: the work of the database for a page or a look at the clock does not grow with it.

Work is counted in steps of SQLite's machine, so that it is the same on every machine and under any load.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import event

from benchmarks.inbox.copying import add_done
from benchmarks.inbox.filling import fill
from inbox.roles import Role
from settings import Settings
from store.cases import VIEWS
from store.queue_in_memory import QueuesInMemory
from store.store import Store
from tests.inbox.conftest import Browser, Clock
from workers import Flow

CASES, MORE = 1_500, 13_500
MOST = 100
"""Counted, and looked through for words: a part of what there is at the start, too."""
GROWTH, LEAST = 1.2, 20
STEPS = 100
"""A step is so many instructions."""
ROUNDS = 8
WORDS = ("refund", '"charged me"', "mortgage rate", "kartım", "превод", "ref9", "person_77")
QUEUE = (
    *(f"/?view={view}" for view in VIEWS),
    *(f"/?{urlencode({'view': 'all', 'tag': 'charge', 'channel': 'x', 'sort': sort})}" for sort in ("due", "oldest")),
    *(f"/?{urlencode({'view': 'all', 'q': word})}" for word in WORDS),
    "/?view=all&page=5",
    "/filters?view=all",
    "/news?view=all&newest=1000000000&since=0",
)

LOGS = ("/compliance/log", "/compliance/log?page=3")


class Steps:
    """Counts what all connections of a store do."""

    def __init__(self, store: Store) -> None:
        self.done = 0
        self._engine = store.engine
        event.listen(self._engine, "checkout", self._watch)

    def _watch(self, connection: object, *_: object) -> None:
        connection.set_progress_handler(self._count, STEPS)  # type: ignore[attr-defined]

    def _count(self) -> int:
        self.done += 1
        return 0

    def of(self, act: Callable[[], object]) -> int:
        before = self.done
        act()
        return self.done - before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("role", "listed"), [(Role.AGENT, QUEUE), (Role.COMPLIANCE, LOGS)], ids=["an agent", "compliance"]
)
def test_a_page_costs_the_same_with_ten_times_as_many_cases_done(
    as_role: Callable[[Role], Browser],
    sqlite_store: Store,
    sqlite_url: str,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    role: Role,
    listed: tuple[str, ...],
) -> None:
    monkeypatch.setattr("store.worklist.MOST_COUNTED", MOST)
    monkeypatch.setattr("store.search.MOST_MESSAGES", MOST)
    clock.now = datetime.now(UTC)
    fill(sqlite_url, count=CASES, share_open=0.1).close()
    sqlite_store.engine.dispose()
    steps, person = Steps(sqlite_store), as_role(role)
    with sqlite_store.reading() as transaction:
        opened = transaction.cases.ids_of_view("all", person="", now=clock.now, limit=3)
    pages = (*listed, *(f"/cases/{case_id}" for case_id in opened))
    before = {page: steps.of(partial(person.get, page)) for page in pages * 2}
    add_done(sqlite_store, MORE)
    after = {page: steps.of(partial(person.get, page)) for page in pages}
    assert min(before.values()) > LEAST, "what they do is counted"
    grown = {page: (before[page], after[page]) for page in pages if after[page] > GROWTH * before[page]}
    assert grown == {}


@pytest.mark.slow
def test_a_look_at_the_clock_and_a_sweep_cost_the_same_with_ten_times_as_many_cases_done(
    sqlite_store: Store, sqlite_url: str, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    fill(sqlite_url, count=CASES, share_open=0.1).close()
    sqlite_store.engine.dispose()
    steps = Steps(sqlite_store)
    flow = Flow(Settings(home=tmp_path), store=sqlite_store, queues=QueuesInMemory(), now=lambda: now)
    before = {act.__name__: _at_rest(steps, act) for act in (flow.tick, flow.sweep)}
    add_done(sqlite_store, MORE)
    after = {act.__name__: _at_rest(steps, act) for act in (flow.tick, flow.sweep)}
    grown = {name: (before[name], after[name]) for name in before if after[name] > before[name] + LEAST}
    assert grown == {}


def _at_rest(steps: Steps, act: Callable[[], object]) -> int:
    """What it costs once nothing is left to be done."""
    for _ in range(ROUNDS):
        act()
    return steps.of(act)
