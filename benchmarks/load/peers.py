"""What judges the same messages beside us: `transformers.pipeline`, and obsei in an environment that is thrown away."""

import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from sysconfig import get_path

from benchmarks.figures import Missing
from benchmarks.judging import has_encoder, pass_seconds, peer
from benchmarks.messages import Messages
from benchmarks.programs import Program, started
from classify.loading import SHIPPED
from models.errors import SetupError

OBSEI = "obsei[analyzer]==0.0.15"
"""The last before its rewrite; 1.x has no such pipeline."""
INSTALL_SECONDS = 600
GROUP = "judging alone"


@dataclass(frozen=True, slots=True)
class Peers:
    rounds: dict[str, Callable[[], float]]
    """Name → seconds of one pass."""
    missing: list[Missing]


@contextmanager
def peers(messages: Messages, *, obsei_python: Path | None) -> Iterator[Peers]:
    """Loaded and warm. `obsei_python`: of an environment that has it; else one is made and thrown away."""
    found = Peers({}, [])
    with ExitStack() as stack:
        if not has_encoder(SHIPPED):
            found.missing.append(
                Missing(GROUP, "the peers", f"the weights in {SHIPPED} have no encoder to run them on")
            )
            yield found
            return
        beside = stack.enter_context(peer(SHIPPED, messages))
        threads = f"{beside.facts['threads']} threads"
        found.rounds[f"peer: transformers pipeline, one call a message, {threads}"] = partial(
            pass_seconds, beside, "one"
        )
        found.rounds[f"peer: transformers pipeline, list with batch_size=32, {threads}"] = partial(
            pass_seconds, beside, "list"
        )
        try:
            program = stack.enter_context(_obsei(beside, messages, obsei_python))
            name = f"peer: obsei {program.facts['version']}, texts to TextClassificationAnalyzer to LoggerSink"
            found.rounds[name] = partial(pass_seconds, program, "pass")
        except (SetupError, OSError, subprocess.SubprocessError) as error:
            reason = str(error).strip().splitlines()
            found.missing.append(Missing(GROUP, "peer: obsei", reason[-1] if reason else type(error).__name__))
        yield found


@contextmanager
def _obsei(beside: Program, messages: Messages, python: Path | None) -> Iterator[Program]:
    """With the very model of the other peer.

    Raises: SetupError, OSError or SubprocessError where it cannot be installed or started.
    """
    with tempfile.TemporaryDirectory(prefix="earshot-obsei-") as name:
        folder = Path(name)
        python = python or _installed(folder / "environment")
        beside.ask(f"save {folder / 'model'}")
        texts = folder / "texts.json"
        texts.write_text(json.dumps([mention.text for mention in messages.mentions]), encoding="utf-8")
        with started(
            "benchmarks.load.obsei_peer",
            folder / "model",
            texts,
            environment=["--unset=OMP_NUM_THREADS"],
            python=python,
        ) as program:
            yield program


def _installed(folder: Path) -> Path:
    """obsei and what only it needs; PyTorch and transformers are those of our own environment: the comparison is of
    the programs and not of versions."""
    print(f"installing {OBSEI} into {folder}, for this run alone", file=sys.stderr)
    venv.create(folder, with_pip=True)
    python = folder / "bin" / "python"
    ours = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages" / "ours.pth"
    ours.write_text(get_path("purelib") + "\n", encoding="utf-8")
    command = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", OBSEI]
    run = subprocess.run(  # noqa: S603  the interpreter made above
        list(map(str, command)), capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
    )
    if run.returncode:
        lines = run.stderr.strip().splitlines() or ["pip said nothing"]
        raise SetupError(f"{OBSEI} could not be installed: {lines[-1]}")
    return python
