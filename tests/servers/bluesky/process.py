"""A server started for tests: it is ready when it says so, and it ends with whoever started it."""

import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

STOP_SECONDS = 15


class ServerFailed(Exception):
    """A server ended, or stayed silent, before it was ready; the message holds the end of its log."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ends_with_us(stop_signal: signal.Signals, *, user: str | None = None) -> list[str]:
    """Command prefix: the kernel stops the server when we die, even by SIGKILL, and it runs as `user` where given.

    Linux only; elsewhere nothing is added, and a killed test run may leave a server behind.
    """
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        return []
    as_user = [f"--reuid={user}", f"--regid={user}", "--init-groups"] if user else []
    return [setpriv, *as_user, f"--pdeathsig={stop_signal.name.removeprefix('SIG')}", "--"]


@contextmanager
def running(
    command: Sequence[object],
    *,
    ready: str,
    log: Path,
    seconds: float = 60,
    stop_signal: signal.Signals = signal.SIGTERM,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
) -> Iterator[str]:
    """Start it, give the line of its output that holds `ready`, and stop it on the way out, by force if need be."""
    process = subprocess.Popen(
        [str(part) for part in command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
        cwd=folder,
        start_new_session=True,
    )
    with _Output(process, ready, log) as output:
        try:
            yield output.wait(seconds)
        finally:
            _stop(process, stop_signal)


def _stop(process: subprocess.Popen[str], stop_signal: signal.Signals) -> None:
    process.send_signal(stop_signal)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        sys.stderr.write(f"{process.args!r} did not stop within {STOP_SECONDS} s and is killed\n")


class _Output:
    """Copies a server's output to its log and watches for the line that says it is ready."""

    def __init__(self, process: subprocess.Popen[str], ready: str, log: Path) -> None:
        self._process, self._ready, self._log = process, ready, log
        self._decided = threading.Event()
        self._line: str | None = None
        self._thread = threading.Thread(target=self._copy, daemon=True)

    def __enter__(self) -> "_Output":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        self._thread.join(STOP_SECONDS)
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                stream.close()

    def wait(self, seconds: float) -> str:
        if self._decided.wait(seconds) and self._line is not None:
            return self._line
        tail = self._log.read_text()[-2000:]
        raise ServerFailed(f"{self._process.args!r} was not ready within {seconds:.0f} s:\n{tail}")

    def _copy(self) -> None:
        assert self._process.stdout is not None
        with self._log.open("w") as log:
            for line in self._process.stdout:
                log.write(line)
                log.flush()
                if self._line is None and self._ready in line:
                    self._line = line
                    self._decided.set()
        self._decided.set()
