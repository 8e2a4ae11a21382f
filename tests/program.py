"""The program as its users run it: `python -m cli …` in a process of its own, with a folder of its own."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

ROOT = Path(__file__).resolve().parents[1]


class Program:
    """`home` is its EARSHOT_HOME; `environment` holds further settings."""

    def __init__(self, home: Path, environment: Mapping[str, str] | None = None) -> None:
        self.home = home
        kept = {key: value for key, value in os.environ.items() if not key.startswith("EARSHOT_")}
        given = {"EARSHOT_HOME": str(home), "EARSHOT_WEB_PORT": str(free_port()), "PYTHONPATH": str(ROOT)}
        self.environment = kept | given | dict(environment or {})

    def run(self, *arguments: str, stdin: bytes = b"", timeout: float = 240) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-m", "cli", *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            timeout=timeout,
            cwd=self.home.parent,
            check=False,
        )

    def start(self, *arguments: str) -> subprocess.Popen[bytes]:
        with (self.home.parent / "program.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "cli", *arguments],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=self.home.parent,
            )

    @contextmanager
    def up(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """Everything runs for as long as the block lasts; stopped as by Ctrl-C."""
        process = self.start("up", *arguments)
        try:
            self.wait_for(lambda: bool(self.children(process, "work")) and self.lanes_answer(), process=process)
            yield process
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)

    def lanes_answer(self) -> bool:
        return self.status()["lanes"] is not None

    def status(self) -> dict[str, Any]:
        done = self.run("status", "--json")
        assert done.returncode == 0, done.stderr.decode()
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def children(self, process: subprocess.Popen[bytes], word: str) -> list[psutil.Process]:
        """Those of its child processes whose command line has `word` in it."""
        try:
            children = psutil.Process(process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []
        return [child for child in children if word in _command_line(child)]

    def wait_for(
        self, happened: Callable[[], bool], *, process: subprocess.Popen[bytes] | None = None, seconds: float = 120
    ) -> None:
        deadline = time.monotonic() + seconds
        while not happened():
            if process is not None and process.poll() is not None:
                raise AssertionError(f"ended with {process.returncode}: {self.log()[-3000:]}")
            if time.monotonic() > deadline:
                raise AssertionError(f"did not happen within {seconds:.0f} s: {self.log()[-3000:]}")
            time.sleep(0.2)

    def log(self) -> str:
        path = self.home.parent / "program.log"
        return path.read_text(errors="replace") if path.exists() else ""


def _command_line(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except (psutil.NoSuchProcess, psutil.ZombieProcess):
        return []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
