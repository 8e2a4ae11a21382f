"""Memory, open files and processor time of our processes, as Linux counts them in `/proc`."""

import os
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")
POSTGRES = "postgres"
PROGRAMS = re.compile(r"redis-server|postgres")
Names = Callable[[], Mapping[int, str]]
"""Process → the part it is; asked each time, for parts are started again."""


@dataclass(frozen=True, slots=True)
class Use:
    """What one part uses at one moment, the children it forked included."""

    memory: int
    """Bytes; what several processes share is divided between them (PSS)."""
    heap: int
    """Of that, what comes from no file: other programs that use the same libraries do not change it."""
    files: int
    processor_seconds: float
    """Since its start, ended children included."""


@dataclass(frozen=True, slots=True)
class Sample:
    at: float
    """Seconds after the first."""
    uses: Mapping[str, Use]
    """By the part's name."""

    @property
    def memory(self) -> int:
        """Of our own processes; a database server's is set by its own settings."""
        return sum(use.memory for name, use in self.uses.items() if name != POSTGRES)


@dataclass(slots=True)
class Watch:
    samples: list[Sample] = field(default_factory=list)

    @property
    def peak_memory(self) -> int:
        """Bytes of all parts together, at the moment at which it was most."""
        return max((sample.memory for sample in self.samples), default=0)

    def processor_seconds(self) -> dict[str, float]:
        """By part, from the first sample to the last."""
        first, last = self.samples[0].uses, self.samples[-1].uses
        return {
            name: use.processor_seconds - (first[name].processor_seconds if name in first else 0.0)
            for name, use in last.items()
        }


@contextmanager
def watching(
    root: int, names: Names, *, every: float = 1.0, also: Callable[[], Mapping[str, Use]] = dict
) -> Iterator[Watch]:
    """Sample all that descends from process `root`, itself left out, and `also` others, while the block lasts."""
    watch, done, began = Watch(), threading.Event(), time.monotonic()

    def look() -> None:
        watch.samples.append(Sample(time.monotonic() - began, {**uses_below(root, names()), **also()}))

    def keep_looking() -> None:
        while not done.wait(every):
            look()

    look()
    thread = threading.Thread(target=keep_looking, daemon=True)
    thread.start()
    try:
        yield watch
    finally:
        done.set()
        thread.join()
        look()


def uses_below(root: int, names: Mapping[int, str], *, itself: str = "") -> dict[str, Use]:
    """By part: a process that has no name of ours belongs to the part that started it. `itself`: name of the root,
    where it counts too."""
    children = defaultdict(list)
    for pid, parent in _parents():
        children[parent].append(pid)
    found = dict[str, Use]()

    def add(pid: int, part: str) -> None:
        name = part or names.get(pid) or _program(pid)
        with suppress(OSError):
            use, before = _use(pid), found.get(name or "other", Use(0, 0, 0, 0.0))
            found[name or "other"] = Use(
                before.memory + use.memory,
                before.heap + use.heap,
                before.files + use.files,
                before.processor_seconds + use.processor_seconds,
            )
        for child in children[pid]:
            add(child, name)

    for pid in [root] if itself else children[root]:
        add(pid, itself)
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for folder in PROC.iterdir():
        if folder.name.isdigit():
            with suppress(OSError):
                yield int(folder.name), int(_fields(int(folder.name))[1])


def _fields(pid: int) -> list[str]:
    """Of `stat`, from the state on; the name before it may hold anything."""
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _use(pid: int) -> Use:
    fields = _fields(pid)
    if fields[0] == "Z":
        return Use(0, 0, 0, 0.0)
    ticks = sum(map(int, fields[11:15]))
    return Use(*_memory(pid), len(os.listdir(PROC / str(pid) / "fd")), ticks * TICK_SECONDS)


def _memory(pid: int) -> tuple[int, int]:
    """All of it, and what comes from no file, in bytes."""
    said = (PROC / str(pid) / "smaps_rollup").read_text()
    found = {name: int(kilobytes) * 1024 for name, kilobytes in re.findall(r"^(\w+):\s+(\d+) kB", said, re.MULTILINE)}
    return found.get("Pss", 0), found.get("Pss_Anon", 0)


def _program(pid: int) -> str:
    with suppress(OSError):
        said = (PROC / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        found = PROGRAMS.search(said)
        return found[0] if found else ""
    return ""
