"""`python -m benchmarks.tick`: what one look at the clock costs, by how much is due and by how much is open.

Of what is due a third each are clocks of the regulator that run out, targets of the house, and steps of escalation
paths.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table
from sqlalchemy import String, cast, literal, select
from sqlalchemy import Table as SqlTable

from benchmarks.databases import Database, databases
from benchmarks.inbox.copying import fill_quickly
from benchmarks.machine import machine_facts
from policy.paths import Does, Level, Step
from policy.service_hours import Counted, Span
from settings import Settings
from store.encoding import encode
from store.escalation_tables import escalations
from store.queue_in_memory import QueuesInMemory
from store.store import Store
from store.tables import cases, clocks
from store.target_tables import targets, targets_to_come
from workers import Flow

WANTED_SECONDS = 10
SHARE_OPEN = 0.65
"""Of the cases that are filled in; the rest is noise or done."""
LATER = timedelta(days=30)
HOUR = Span(timedelta(hours=1), Counted.CALENDAR)
STEPS = [encode(Step("care", Level.MEMBER, Does.NOTIFY, after)) for after in (None, HOUR, HOUR)]


def main() -> int:
    options = _options()
    console = Console() if sys.stdout.isatty() else Console(width=120)
    for name, value in machine_facts().items():
        console.print(f"{name}: {value}", highlight=False, markup=False, soft_wrap=True)
    table = Table("database", "open cases", "due", "seconds", "of our processor", f"wanted: under {WANTED_SECONDS} s")
    slowest = 0.0
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as name, databases(Path(name)) as found:
        for database in (one for one in found if options.database in (None, one.name)):
            for count in options.open:
                for due, seconds, own in _measured(database, count, options.due, Path(name)):
                    slowest = max(slowest, seconds)
                    is_fast = "yes" if seconds < WANTED_SECONDS else "NO"
                    table.add_row(database.name, f"{count:,}", f"{due:,}", f"{seconds:.3f}", f"{own:.3f}", is_fast)
    console.print(table)
    return 0 if slowest < WANTED_SECONDS or not options.fail else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tick", description=__doc__)
    parser.add_argument("--open", type=int, nargs="+", default=[1_000, 10_000, 100_000], help="open cases")
    parser.add_argument("--due", type=int, nargs="+", default=[0, 300, 3_000], help="what is due at once")
    parser.add_argument("--database", choices=["SQLite", "PostgreSQL"], help="only this one")
    parser.add_argument("--fail", action="store_true", help=f"end with 1 where a look takes {WANTED_SECONDS} s or more")
    return parser.parse_args()


def _measured(database: Database, count: int, dues: Sequence[int], home: Path) -> list[tuple[int, float, float]]:
    """(What was due, seconds of one tick, and those that our own process worked); with nothing due medians of five."""
    url = database.new()
    store = fill_quickly(url, count=int(count / SHARE_OPEN), share_open=SHARE_OPEN)
    flow = Flow(Settings(home=home), store=store, queues=QueuesInMemory())
    try:
        _watch(store, count)
        _catch_up(flow)
        times = [_seconds(flow) for _ in range(5)]
        wall, own = (statistics.median(one[side] for one in times) for side in (0, 1))
        found: list[tuple[int, float, float]] = [(0, wall, own)]
        for due in dues:
            if 0 < due <= count:
                _make_due(store, due)
                found.append((due, *_seconds(flow)))
    finally:
        store.close()
    return found


def _catch_up(flow: Flow) -> None:
    """What is drawn once a week, and the counts of topics: a past that was filled in at once takes several looks."""
    began, looked = datetime.now(UTC), None
    while looked is None or looked[0] < began:
        flow.tick()
        with flow.store.reading() as transaction:
            looked = transaction.spikes.looked()


def _seconds(flow: Flow) -> tuple[float, float]:
    began, own = time.perf_counter(), time.process_time()
    flow.tick()
    return time.perf_counter() - began, time.process_time() - own


def _watch(store: Store, count: int) -> None:
    """Every open case has a running clock, two targets and an escalation, none of them due."""
    now = datetime.now(UTC)
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        connection.execute(targets_to_come.delete())
        connection.execute(clocks.delete())
        connection.execute(cases.update().values(next_due_at=now + LATER))
        some = select(cases.c.id).where(cases.c.state != "closed").order_by(cases.c.id.desc()).limit(count).subquery()
        rows: list[tuple[SqlTable, dict[str, object]]]
        rows = [(clocks, _clock(now)), (escalations, _escalation(now))]
        rows += [(targets, _target(key, now)) for key in ("update", "resolution")]
        for table, values in rows:
            given = [literal(value, table.c[name].type).label(name) for name, value in values.items()]
            if table is escalations:
                given.append((literal("escalated:") + cast(some.c.id, String)).label("key"))
            names = ["case_id", *(one.name for one in given)]
            connection.execute(table.insert().from_select(names, select(some.c.id, *given)))
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")


def _clock(now: datetime) -> dict[str, object]:
    return {"key": "respond", "due_at": now + LATER, "force": "enforceable", "paragraph": "RG 271.56"}


def _target(key: str, now: datetime) -> dict[str, object]:
    times = {"started_at": now, "due_at": now + LATER, "warn_at": now + LATER, "look_at": now + LATER}
    target: dict[str, object] = {"key": key, "priority": "medium", "policy": "targets", "steps": []}
    return target | times


def _escalation(now: datetime) -> dict[str, object]:
    path = {"path": "care", "path_name": "Care", "path_version": "paths", "kind": "functional", "steps": STEPS}
    begun = {"reason": "unsure", "note": "", "by": "Agent 1", "is_by_rule": False, "opened_at": now, "state": "open"}
    step = {"team": "care", "owner": "Agent 1", "place": 0, "step_at": now, "step_due_at": now + LATER}
    return path | begun | step


def _make_due(store: Store, count: int) -> None:
    """Of what nobody has looked at yet."""
    ago, later = (datetime.now(UTC) + span for span in (-timedelta(minutes=1), LATER / 2))
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        each = count // 3
        for table, row, values in (
            (clocks, clocks.c.due_at > later, {"due_at": ago}),
            (
                targets,
                (targets.c.key == "resolution") & (targets.c.look_at > later),
                {"due_at": ago, "warn_at": ago, "look_at": ago},
            ),
            (escalations, (escalations.c.place == 0) & (escalations.c.step_due_at > later), {"step_due_at": ago}),
        ):
            wanted = select(table.c.case_id).where(row).order_by(table.c.case_id.desc()).limit(each)
            connection.execute(table.update().where(table.c.case_id.in_(wanted), row).values(values))


if __name__ == "__main__":
    sys.exit(main())
