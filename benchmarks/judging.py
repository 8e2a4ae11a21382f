"""Judging alone, no database: our classifier, and the peer beside it on the same texts."""

import json
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.messages import Messages
from benchmarks.programs import Program, started
from classify.classifier import Classifier
from classify.encoder import CONFIG_FILE


def judge_seconds(classifier: Classifier, messages: Messages, *, batch: int) -> float:
    """Of one pass over all messages, `batch` at a time."""
    began = time.perf_counter()
    for start in range(0, messages.count, batch):
        some = messages.mentions[start : start + batch]
        classifier.judge(some, [None] * len(some))
    return time.perf_counter() - began


def has_encoder(weights: Path) -> bool:
    """Without one there is nothing for the peer to run."""
    return (weights / CONFIG_FILE).is_file()


@contextmanager
def peer(weights: Path, messages: Messages) -> Iterator[Program]:
    """The peer, loaded and warm: answers `one`, one call a text, or `list`, all at once, with the seconds it took.

    Raises: SetupError with the peer's own words where it cannot be started.
    """
    with tempfile.TemporaryDirectory(prefix="earshot-peer-") as folder:
        texts = Path(folder) / "texts.json"
        texts.write_text(json.dumps([mention.text for mention in messages.mentions]), encoding="utf-8")
        # PyTorch would take the number of threads that `make` sets for our own workers.
        with started("benchmarks.peer", weights, texts, environment=["--unset=OMP_NUM_THREADS"]) as program:
            yield program


def pass_seconds(program: Program, how: str) -> float:
    return float(program.ask(how)["seconds"])
