"""Judging alone, no database: our classifier, and the peer beside it on the same texts."""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from benchmarks.messages import Messages
from classify.classifier import Classifier
from models.errors import SetupError

ROOT = Path(__file__).parents[1]
NEEDED = ("torch", "transformers")


def judge_seconds(classifier: Classifier, messages: Messages, *, batch: int) -> float:
    """Of one pass over all messages, `batch` at a time."""
    began = time.perf_counter()
    for start in range(0, messages.count, batch):
        some = messages.mentions[start : start + batch]
        classifier.judge(some, [None] * len(some))
    return time.perf_counter() - began


def missing_library() -> str | None:
    """The first that the peer needs and that is not installed."""
    return next((name for name in NEEDED if find_spec(name) is None), None)


class Peer:
    """Talks to `benchmarks.peer`, line by line."""

    def __init__(self, process: "subprocess.Popen[str]", log: Path) -> None:
        self._process, self._log = process, log
        self.facts = self._answer()

    def seconds(self, how: str) -> float:
        """Of one pass over all texts: `one` call a text, or all as a `list`."""
        if self._process.stdin is not None:
            self._process.stdin.write(how + "\n")
            self._process.stdin.flush()
        return float(self._answer()["seconds"])

    def _answer(self) -> dict[str, Any]:
        line = self._process.stdout.readline() if self._process.stdout is not None else ""
        if not line:
            raise SetupError(f"the peer ended without an answer:\n{self._log.read_text(errors='replace')[-1500:]}")
        answer: dict[str, Any] = json.loads(line)
        return answer


@contextmanager
def peer(messages: Messages) -> Iterator[Peer]:
    """The peer, loaded and warm.

    Raises: SetupError with the peer's own words where it cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="earshot-peer-") as folder:
        texts, log = Path(folder) / "texts.json", Path(folder) / "log"
        texts.write_text(json.dumps([mention.text for mention in messages.mentions]), encoding="utf-8")
        # PyTorch would take the number of threads that `make` sets for our own workers.
        command = ["env", "--unset=OMP_NUM_THREADS", "HF_HUB_OFFLINE=1", f"PYTHONPATH={ROOT}"]
        with log.open("w") as errors:
            process = subprocess.Popen(  # noqa: S603  our own program
                [*command, sys.executable, "-m", "benchmarks.peer", str(texts)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        try:
            yield Peer(process, log)
        finally:
            process.kill()
            process.communicate()
