"""One child process: started apart from the terminal's signals, and never outliving us."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

DIE_WITH_PARENT = 1
"""PR_SET_PDEATHSIG of Linux's prctl(2)."""


@dataclass(slots=True)
class Child:
    """What runs under a name, and how often it had to be started again."""

    name: str
    command: Sequence[str]
    log: Path | None = None
    """File its output is added to; None: our own output."""
    pass_fds: Sequence[int] = ()
    """Open files that it is given, under the same numbers."""
    process: subprocess.Popen[bytes] | None = None
    failures: int = 0
    """How often in a row it died soon after its start."""
    started_at: float = 0.0
    """Monotonic seconds."""
    start_again_at: float = 0.0
    """Monotonic seconds; 0 while it runs."""

    def start(self) -> None:
        self.started_at = time.monotonic()
        output = self.log.open("ab") if self.log is not None else None
        # A session of its own: Ctrl-C in the terminal reaches only the supervisor, which stops all in order.
        self.process = subprocess.Popen(  # noqa: S603  our own program, or the Redis found by `redis_server`
            list(self.command),
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            preexec_fn=_die_with_parent(),
            pass_fds=tuple(self.pass_fds),
        )
        if output is not None:
            output.close()  # the child has its own

    @property
    def pid(self) -> int:
        return self.process.pid if self.process is not None else 0

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def ask_to_stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)

    def wait(self, seconds: float) -> bool:
        """Until it has ended; killed, with all it started, once the time is over. False where it had to be killed."""
        if self.process is None:
            return True
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            return False
        return True


def _die_with_parent() -> Callable[[], object] | None:
    """Linux ends the child when we are killed without a chance to stop it; elsewhere the lock of the home tells."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(DIE_WITH_PARENT, signal.SIGTERM)
