"""Every part that the compose file starts, as a process with the words that stand there, beside real servers."""

import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.deploy.parts import ROOT, Part, parts
from tests.faults.servers import MortalRedis
from tests.program import free_port

pytestmark = [pytest.mark.slow, pytest.mark.servers, pytest.mark.postgres]

STARTED_BY_UP = ("web", "judge", "hands", "ears", "slow", "cron")
STOP_SECONDS = 150
"""What each is given to end in."""
LINK = re.compile(r"(http://\S+/welcome/\S+)")
MESSAGES = [
    "You charged me twice and nobody answers. I want my money back and I will go to the ombudsman.",
    "Thanks, the branch in Leeds was lovely today!",
    "My account is frozen since Monday and I cannot pay my rent. This is a complaint.",
]


class Parts:
    """Processes as the images run them: those of the image of the inbox find no library of the classifier."""

    def __init__(self, folder: Path, database: str, redis: str) -> None:
        self.folder, self.port = folder, free_port()
        kept = {name: value for name, value in os.environ.items() if not name.startswith("EARSHOT_")}
        self.environment = kept | {
            "EARSHOT_HOME": str(folder / "home"),
            "EARSHOT_DATABASE_URL": database,
            "EARSHOT_REDIS_URL": redis,
            "EARSHOT_WEB_PORT": str(self.port),
            "EARSHOT_WEB_PROCESSES": "2",
            "EARSHOT_SWEEP_SECONDS": "2",
        }
        (folder / "light").mkdir()
        # Python reads this at its start, so that the children of the inbox find nothing either.
        (folder / "light/sitecustomize.py").write_text(
            "import sys; from tests.deploy.without_classifier import leave_out; leave_out()"
        )
        self.light = f"{folder / 'light'}{os.pathsep}{ROOT}"
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, part: Part) -> subprocess.Popen[bytes]:
        path = str(ROOT) if part.image == "earshot-worker" else self.light
        with self.log(part.name).open("ab") as log:
            self.running[part.name] = subprocess.Popen(
                [sys.executable, "-m", "cli", *part.words],
                env=self.environment | {"EARSHOT_ALIVE_FILE": str(self.alive(part.name)), "PYTHONPATH": path},
                stdout=log,
                stderr=log,
                cwd=self.folder,
            )
        return self.running[part.name]

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def alive(self, name: str) -> Path:
        return self.folder / f"{name}.alive"

    def told(self) -> str:
        return "\n".join(f"--- {path.name}\n{path.read_text()[-1500:]}" for path in sorted(self.folder.glob("*.log")))

    def wait_for(self, happened: Callable[[], bool], *, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not happened():
            ended = {name: process.poll() for name, process in self.running.items() if process.poll() is not None}
            if ended or time.monotonic() > deadline:
                raise AssertionError(f"ended: {ended}\n{self.told()}")
            time.sleep(0.2)

    def is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


class Person:
    """A browser without pictures."""

    def __init__(self) -> None:
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def get(self, address: str) -> str:
        with self._opener.open(address, timeout=30) as answer:
            return answer.read().decode()

    def post(self, address: str, **fields: str) -> str:
        with self._opener.open(address, urllib.parse.urlencode(fields).encode(), timeout=30) as answer:
            return answer.read().decode()


def test_all_parts_of_the_compose_file_bring_a_complaint_into_the_queue_and_end_when_asked(
    database: str, redis: MortalRedis, tmp_path: Path
) -> None:
    ours = {part.name: part for part in parts() if part.kind == "compose"}
    crew = Parts(tmp_path, database, redis.url)
    try:
        assert crew.start(ours["migrate"]).wait(120) == 0, crew.told()
        del crew.running["migrate"]
        for name in STARTED_BY_UP:
            crew.start(ours[name])
        crew.wait_for(crew.is_ready)
        send(crew)
        person, base = first_person(crew), f"http://127.0.0.1:{crew.port}"
        crew.wait_for(lambda: "ombudsman" in person.get(f"{base}/?view=all"))
        crew.wait_for(lambda: all(crew.alive(name).exists() for name in STARTED_BY_UP if name != "web"))
        for name in ("hands", "cron"):
            assert probe(crew.alive(name), 900) == 0
            assert probe(crew.alive(name).with_suffix(".none"), 900) == 1
        ends = {name: stopped(crew.running.pop(name)) for name in STARTED_BY_UP}
        assert set(ends.values()) == {0}, f"{ends}\n{crew.told()}"
    finally:
        for process in crew.running.values():
            process.kill()
            process.wait()


def send(crew: Parts) -> None:
    lines = [json.dumps({"id": str(number), "text": text}) for number, text in enumerate(MESSAGES)]
    (crew.folder / "posts.jsonl").write_text("\n".join(lines))
    subprocess.run(
        [sys.executable, "-m", "cli", "ingest", "posts.jsonl"],
        env=crew.environment | {"PYTHONPATH": str(ROOT)},
        cwd=crew.folder,
        check=True,
    )


def first_person(crew: Parts) -> Person:
    link = LINK.search(crew.log("web").read_text())
    assert link is not None, crew.told()
    person, secret = Person(), "a sentence that is long enough"
    for address in (link[1], f"http://127.0.0.1:{crew.port}/login"):
        token = re.search(r'name="form_token" value="([^"]+)"', person.get(address))
        assert token is not None
        person.post(address, form_token=token[1], name="ada", password=secret, again=secret)
    return person


def probe(file: Path, seconds: int) -> int:
    return subprocess.run(
        [sys.executable, "-m", "running.alive", file, str(seconds)], cwd=ROOT, check=False, capture_output=True
    ).returncode


def stopped(process: subprocess.Popen[bytes]) -> int:
    process.send_signal(signal.SIGTERM)
    return process.wait(STOP_SECONDS)
