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

from benchmarks.databases import Database, databases
from benchmarks.inbox.filling import fill
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
    table = Table("database", "open cases", "due", "seconds", f"wanted: under {WANTED_SECONDS} s")
    slowest = 0.0
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as name, databases(Path(name)) as found:
        for database in found:
            for count in options.open:
                for due, seconds in _measured(database, count, options.due, Path(name)):
                    slowest = max(slowest, seconds)
                    is_fast = "yes" if seconds < WANTED_SECONDS else "NO"
                    table.add_row(database.name, f"{count:,}", f"{due:,}", f"{seconds:.3f}", is_fast)
    console.print(table)
    return 0 if slowest < WANTED_SECONDS or not options.fail else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tick", description=__doc__)
    parser.add_argument("--open", type=int, nargs="+", default=[1_000, 10_000], help="open cases")
    parser.add_argument("--due", type=int, nargs="+", default=[0, 30, 300, 3_000], help="what is due at once")
    parser.add_argument("--fail", action="store_true", help=f"end with 1 where a look takes {WANTED_SECONDS} s or more")
    return parser.parse_args()


def _measured(database: Database, count: int, dues: Sequence[int], home: Path) -> list[tuple[int, float]]:
    """(what was due, seconds of one tick); with nothing due the median of five."""
    url = database.new()
    store = fill(url, count=int(count / SHARE_OPEN), share_open=SHARE_OPEN)
    flow = Flow(Settings(home=home), store=store, queues=QueuesInMemory())
    try:
        _watch(store, count)
        flow.tick()  # what is drawn once a week, and tables read for the first time
        found = [(0, statistics.median(_seconds(flow) for _ in range(5)))]
        for due in dues:
            if 0 < due <= count:
                _make_due(store, due)
                found.append((due, _seconds(flow)))
    finally:
        store.close()
    return found


def _seconds(flow: Flow) -> float:
    began = time.perf_counter()
    flow.tick()
    return time.perf_counter() - began


def _watch(store: Store, count: int) -> None:
    """Every open case has a running clock, two targets and an escalation, none of them due."""
    now = datetime.now(UTC)
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        ids = [row.id for row in connection.execute(cases.select().where(cases.c.state != "closed").limit(count))]
        connection.execute(targets_to_come.delete())
        connection.execute(clocks.delete())
        connection.execute(cases.update().values(next_due_at=now + LATER))
        connection.execute(clocks.insert(), [_clock(each, now) for each in ids])
        connection.execute(
            targets.insert(), [_target(each, key, now) for each in ids for key in ("update", "resolution")]
        )
        connection.execute(escalations.insert(), [_escalation(each, now) for each in ids])
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("ANALYZE")


def _clock(case_id: int, now: datetime) -> dict[str, object]:
    due = {"due_at": now + LATER, "force": "enforceable", "paragraph": "RG 271.56"}
    return {"case_id": case_id, "key": "respond"} | due


def _target(case_id: int, key: str, now: datetime) -> dict[str, object]:
    times = {"started_at": now, "due_at": now + LATER, "warn_at": now + LATER, "look_at": now + LATER}
    return {"case_id": case_id, "key": key, "priority": "medium", "policy": "targets", "steps": []} | times


def _escalation(case_id: int, now: datetime) -> dict[str, object]:
    path = {"path": "care", "path_name": "Care", "path_version": "paths", "kind": "functional", "steps": STEPS}
    begun = {"reason": "unsure", "note": "", "by": "Agent 1", "is_by_rule": False, "opened_at": now, "state": "open"}
    step = {"team": "care", "owner": "Agent 1", "place": 0, "step_at": now, "step_due_at": now + LATER}
    return {"key": f"escalated:{case_id}", "case_id": case_id} | path | begun | step


def _make_due(store: Store, count: int) -> None:
    ago = datetime.now(UTC) - timedelta(minutes=1)
    with store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        each = count // 3
        for table, row, values in (
            (clocks, clocks.c.met_at.is_(None) & clocks.c.missed_at.is_(None), {"due_at": ago}),
            (targets, targets.c.key == "resolution", {"due_at": ago, "warn_at": ago, "look_at": ago}),
            (escalations, escalations.c.state == "open", {"step_due_at": ago}),
        ):
            wanted = table.select().where(row).order_by(table.c.case_id.desc()).limit(each)
            ids = [found.case_id for found in connection.execute(wanted)]
            connection.execute(table.update().where(table.c.case_id.in_(ids), row).values(values))


if __name__ == "__main__":
    sys.exit(main())
