"""One measurement in a process of its own, so that its peak of memory is its own: seconds, rows and megabytes as JSON.

`python -m benchmarks.register.ours DATABASE WHAT FILE`; WHAT is `verify`, `loop` or a format of the export.
"""

import json
import resource
import sqlite3
import sys
import time
from collections.abc import Callable
from pathlib import Path

from models.digests import canonical, digest
from register.export import write
from register.rows import rows
from register.verify import verify_stored
from store.store import Store


def main() -> None:
    database, what, file = sys.argv[1:]
    work: Callable[[], int] = {"verify": lambda: _verify(database), "loop": lambda: _loop(database)}.get(
        what, lambda: _export(database, what, Path(file))
    )
    before, began = _megabytes(), time.perf_counter()
    count = work()
    seconds = time.perf_counter() - began
    answer = {"seconds": seconds, "count": count, "megabytes": _megabytes(), "megabytes_before": before}
    answer["cpu_seconds"] = time.process_time()
    print(json.dumps(answer))


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _verify(database: str) -> int:
    with Store(f"sqlite:///{database}").reading() as transaction:
        result = verify_stored(transaction.register.stored(), head=transaction.register.head())
    if result.fault is not None:
        raise SystemExit(result.fault)
    return result.entries


def _export(database: str, format: str, path: Path) -> int:
    with Store(f"sqlite:///{database}").reading() as transaction, path.open("wb") as file:
        return write(rows(transaction.register.entries(by_complaint=True)), file, format=format).rows


def _loop(database: str) -> int:
    """What one writes without thinking of speed: read, parse, write canonically again, hash."""
    connection, previous, count = sqlite3.connect(database), "0" * 64, 0
    for row in connection.execute(
        "SELECT seq, complaint_id, kind, recorded_at, facts, personal, salt, personal_digest, previous, digest "
        "FROM register_entries ORDER BY seq"
    ):
        seq, complaint_id, kind, recorded_at, facts, personal, salt, personal_digest, before, own = row
        hidden = digest(f"{salt}\n{canonical(json.loads(personal))}")
        parts = (str(seq), complaint_id, kind, recorded_at, canonical(json.loads(facts)), hidden, previous)
        if (before, hidden, digest("".join(f"{len(part)}:{part}\n" for part in parts))) != (
            previous,
            personal_digest,
            own,
        ):
            raise SystemExit(f"entry {seq} was changed")
        previous, count = own, count + 1
    return count


if __name__ == "__main__":
    main()
