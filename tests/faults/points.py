"""Where a process can be killed: found by counting, not by hand.

Every statement and commit, every enqueue, and every call to the world outside is a point. An undisturbed run counts
them; then the job is run again and again, and killed at each.
"""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine, event

WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass
class Points:
    """Counts what is passed; at number `kill_at` the process is killed as by `kill -9`."""

    kill_at: int | None = None
    passed: list[str] = field(default_factory=list)
    has_written: bool = False

    def reach(self, name: str) -> None:
        self.passed.append(name)
        if self.kill_at == len(self.passed):
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, engine: Engine) -> None:
        """Its statements, and the instants just before and just after each commit."""

        def statement(_connection: Any, _cursor: Any, text: str, *_more: Any) -> None:
            verb = text.split(maxsplit=1)[0].upper()
            if verb in WRITES:
                self.has_written = True
                self.reach(f"write {verb.lower()}")
            else:
                self.reach("read")

        commit = engine.dialect.do_commit

        def committing(connection: Any) -> None:
            what = "commit" if self.has_written else "end of reading"
            self.reach(f"before {what}")
            commit(connection)
            self.has_written = False
            self.reach(f"after {what}")

        event.listen(engine, "before_cursor_execute", statement)
        engine.dialect.do_commit = committing  # type: ignore[method-assign]


def worth_killing_at(passed: Sequence[str], *, every: bool) -> list[int]:
    """Numbers of the points: all, or without those that change nothing for whoever comes after: in the middle of a
    transaction only the first and the last write are kept, and reads are left out."""
    if every:
        return list(range(1, len(passed) + 1))
    return [
        number
        for number, name in enumerate(passed, 1)
        if not (name == "read" or name.endswith("end of reading"))
        and not (name.startswith("write") and not _is_first_or_last(passed, number - 1))
    ]


def _is_first_or_last(passed: Sequence[str], place: int) -> bool:
    before = [name for name in passed[:place] if name != "read"]
    after = [name for name in passed[place + 1 :] if name != "read"]
    is_first = not before or not before[-1].startswith("write")
    return is_first or not after or not after[0].startswith("write")
