"""What the files in `deploy/` start: every command line with where it stands, read the way each kind is read."""

import configparser
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from typer.main import get_command

import cli
from store.queue import Lane, with_followers

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "compose/compose.yaml"
SYSTEMD = DEPLOY / "systemd"
KUBERNETES = DEPLOY / "kubernetes"
DOCKERFILE = DEPLOY / "docker/Dockerfile"
KINDS = ("compose", "kubernetes", "systemd")
WORKLOADS = ("Deployment", "Job", "CronJob")
IN_A_SHELL = re.compile(r"earshot [^']+")


@dataclass(frozen=True, slots=True)
class Part:
    """One process that is started: by what, under which name, and the words after `earshot`."""

    kind: str
    name: str
    words: tuple[str, ...]
    image: str = ""

    def __str__(self) -> str:
        return f"{self.kind}: {self.name}"


@cache
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return found


@cache
def documents(folder: str) -> tuple[dict[str, Any], ...]:
    """Of all files of a folder of `deploy/kubernetes`, in the order of their names."""
    files = sorted((KUBERNETES / folder).glob("*.yaml"))
    return tuple(one for file in files for one in yaml.safe_load_all(file.read_text(encoding="utf-8")))


def workloads() -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and pod of each."""
    for one in documents("base"):
        if one["kind"] in WORKLOADS:
            spec = one["spec"]["jobTemplate"]["spec"] if one["kind"] == "CronJob" else one["spec"]
            yield one["metadata"]["name"], spec["template"]["spec"]


def containers() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, pod in workloads():
        for container in (*pod.get("initContainers", ()), *pod["containers"]):
            yield f"{name}/{container['name']}", container


@cache
def unit(path: Path) -> configparser.RawConfigParser:
    """The last of several lines of one name; enough for what is asked here."""
    found = configparser.RawConfigParser(strict=False, delimiters=("=",), comment_prefixes=("#",))
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read_string(path.read_text(encoding="utf-8"))
    return found


@cache
def parts() -> tuple[Part, ...]:
    return (*_of_compose(), *_of_kubernetes(), *_of_systemd())


def _of_compose() -> Iterator[Part]:
    for name, service in compose()["services"].items():
        if service["image"].startswith("earshot-"):
            words = _shell(service["entrypoint"]) if "entrypoint" in service else service["command"]
            yield Part("compose", name, tuple(words), service["image"])


def _of_kubernetes() -> Iterator[Part]:
    for name, container in containers():
        words = _shell(container["command"]) if "command" in container else container["args"]
        yield Part("kubernetes", name, tuple(words), container["image"])


def _of_systemd() -> Iterator[Part]:
    for path in sorted(SYSTEMD.glob("*.service")):
        line = shlex.split(unit(path)["Service"]["ExecStart"].replace("%i", "1"))
        words = _shell(line) if line[0] == "/bin/sh" else line[1:]
        yield Part("systemd", path.name, tuple(words))


def _shell(line: list[str]) -> list[str]:
    """The words after `earshot` in what a shell is given."""
    assert line[:2] == ["/bin/sh", "-ec"], line
    found = re.search(r"\bearshot (.+)", line[2])
    assert found is not None, line
    return shlex.split(re.sub(r"\$?\$\([^)]*\)", "2026-11-22", found[1]))


def parsed(words: tuple[str, ...]) -> tuple[str, dict[str, Any]]:
    """By the program's own parser. Raises: click's UsageError."""
    name, *rest = words
    command = get_command(cli.program).commands[name]  # type: ignore[attr-defined]
    with command.make_context(name, list(rest)) as context:
        return name, dict(context.params)


def lanes_of(part: Part) -> list[Lane]:
    name, options = parsed(part.words)
    return with_followers(options["lanes"]) if name == "work" else []
