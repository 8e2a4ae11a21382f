"""Programs measured in processes of their own: each answers a line of standard input with one of JSON."""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from models.errors import SetupError

ROOT = Path(__file__).parents[1]


class Program:
    """One that runs. `facts` is what it said of itself once it was ready."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self._process, self._log = process, log
        began = time.perf_counter()
        self.facts = self.answer()
        self.ready_seconds = time.perf_counter() - began

    def ask(self, line: str) -> dict[str, Any]:
        self.send(line)
        return self.answer()

    def send(self, line: str) -> None:
        if self._process.stdin is not None:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()

    def answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise SetupError(f"{self._log.stem} ended without an answer:\n{self._said()}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-1500:]


@contextmanager
def started(
    module: str, *arguments: object, environment: Sequence[str], python: str | Path = sys.executable
) -> Iterator[Program]:
    """A module of ours, ready.

    Args:
        environment: for `env`: `NAME=value`, or `--unset=NAME`.

    Raises: SetupError with the program's own words where it cannot be started.
    """
    command = ["env", *environment, "HF_HUB_OFFLINE=1", f"PYTHONPATH={ROOT}", str(python), "-m", module]
    with tempfile.TemporaryDirectory(prefix="earshot-bench-") as folder:
        log = Path(folder) / f"{module}.log"
        with log.open("w") as errors:
            process = subprocess.Popen(  # noqa: S603  our own program
                [*command, *map(str, arguments)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        try:
            yield Program(process, log)
        finally:
            process.kill()
            process.communicate()


# the other side


def answers_only() -> TextIO:
    """Our standard output; what libraries print there, as the tokenizer's training does, goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return answers


def say(answers: TextIO, answer: dict[str, object]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()
