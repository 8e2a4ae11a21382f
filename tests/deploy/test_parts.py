"""What is started anywhere is what the program has: commands, lanes, settings, probes, ports."""

import re
from collections import Counter
from pathlib import Path

import pytest

from inbox.open_routes import open_routes
from running.tree import worker_parts
from settings import PREFIX, Settings
from store.queue import JUDGE_LANES, Lane
from tests.deploy.parts import (
    COMPOSE,
    DEPLOY,
    DOCKERFILE,
    KINDS,
    SYSTEMD,
    Part,
    compose,
    containers,
    lanes_of,
    parsed,
    parts,
    unit,
    workloads,
)

PORT = Settings.model_fields["web_port"].default
LONGEST_JOB_SECONDS = 120
"""What a worker is given to end the job at hand: docs/running.md."""
FILES = sorted(path for path in DEPLOY.rglob("*") if path.is_file())


@pytest.mark.parametrize("part", parts(), ids=str)
def test_every_command_line_is_one_that_the_program_takes(part: Part) -> None:
    name, _ = parsed(part.words)
    assert name in {"web", "work", "cron", "migrate", "backup"}


@pytest.mark.parametrize("kind", KINDS)
def test_every_lane_is_served_by_one_part_and_the_rest_is_there_once(kind: str) -> None:
    ours = [part for part in parts() if part.kind == kind]
    assert Counter(lane for part in ours for lane in lanes_of(part)) == Counter(Lane)
    names = Counter(part.words[0] for part in ours if "--check" not in part.words)
    assert {name: names[name] for name in ("web", "cron", "migrate", "backup")} == dict.fromkeys(
        ("web", "cron", "migrate", "backup"), 1
    )


@pytest.mark.parametrize("kind", KINDS)
def test_the_lanes_are_shared_out_as_in_one_process_tree(kind: str, tmp_path: Path) -> None:
    tree = [part.command for part in worker_parts(Settings(home=tmp_path))]
    wanted = {tuple(line[line.index("work") + 1 : line.index("--name")]) for line in tree if "work" in line}
    assert {tuple(lanes_of(part)) for part in parts() if part.kind == kind and part.words[0] == "work"} == wanted


def test_only_the_classifier_and_the_backup_run_in_the_image_that_holds_all() -> None:
    heavy = {part for part in parts() if part.image == "earshot-worker"}
    assert all(part.words[0] == "backup" or set(lanes_of(part)) == set(JUDGE_LANES) for part in heavy)
    light = {part for part in parts() if part.image == "earshot-web"}
    assert not any(set(lanes_of(part)) & set(JUDGE_LANES) for part in light)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(DEPLOY)))
def test_every_setting_that_is_given_exists(path: Path) -> None:
    given = set(re.findall(rf"\b{PREFIX}([A-Z_]*[A-Z])\b", path.read_text(encoding="utf-8")))
    assert given - {name.upper() for name in Settings.model_fields} == set()


def test_every_page_that_is_probed_is_there() -> None:
    text = DOCKERFILE.read_text(encoding="utf-8")
    probed = set(re.findall(rf"http://127\.0\.0\.1:{PORT}(/\w+)", text))
    for _, container in containers():
        probed |= {probe["httpGet"]["path"] for probe in probes(container) if "httpGet" in probe}
    assert probed == {"/readyz"}
    assert probed <= set(re.findall(r'"(/[a-z]+)"', Path(str(open_routes.__code__.co_filename)).read_text()))


def probes(container: dict) -> list[dict]:
    return [container[name] for name in ("startupProbe", "livenessProbe", "readinessProbe") if name in container]


def test_the_port_is_the_same_everywhere() -> None:
    told = set(map(int, re.findall(r"(?:EXPOSE |EARSHOT_WEB_PORT=|127\.0\.0\.1:)(\d+)", DOCKERFILE.read_text())))
    told |= {int(port) for line in compose()["services"]["web"]["ports"] for port in line.split(":")[1:]}
    web = next(container for name, container in containers() if name == "earshot-web/web")
    assert told | {web["ports"][0]["containerPort"]} == {PORT}
    for probe in probes(web):
        assert next(value["port"] for value in probe.values() if isinstance(value, dict)) == web["ports"][0]["name"]


def test_who_has_no_port_is_probed_by_the_file_that_it_touches() -> None:
    file = re.search(r"EARSHOT_ALIVE_FILE=(\S+)", DOCKERFILE.read_text())
    assert file is not None
    wanted = ["python", "-m", "running.alive", file[1], "900"]
    workers = {part.name: part for part in parts() if part.words[0] in {"work", "cron"}}
    for name, container in containers():
        if name in workers:
            assert [probe["exec"]["command"] for probe in probes(container)] == [wanted] * 3
    for name, service in compose()["services"].items():
        if name in workers:
            assert service["healthcheck"]["test"] == ["CMD", *wanted]


def test_everybody_is_asked_to_stop_by_sigterm_and_given_the_time_of_the_longest_job() -> None:
    common = unit(SYSTEMD / "earshot-.service.d/10-common.conf")["Service"]
    assert (common["KillSignal"], common["KillMode"]) == ("SIGTERM", "mixed")
    waits = [int(common["TimeoutStopSec"])]
    waits += [pod["terminationGracePeriodSeconds"] for _, pod in workloads()]
    for name, service in compose()["services"].items():
        if service["image"].startswith("earshot-"):
            assert service["stop_signal"] == "SIGTERM", name
            waits.append(int(service["stop_grace_period"].removesuffix("s")))
    assert min(waits) > LONGEST_JOB_SECONDS
    dockerfile = DOCKERFILE.read_text()
    assert "STOPSIGNAL SIGTERM" in dockerfile
    assert 'ENTRYPOINT ["/usr/bin/tini", "--", "earshot"]' in dockerfile


def test_nothing_secret_is_written_into_the_files() -> None:
    for path in FILES:
        for line in path.read_text(encoding="utf-8").splitlines():
            found = re.search(r"(?:PASSWORD|SECRET|TOKEN|_KEY)\s*[=:]\s*(\S+)", line)
            assert found is None or found[1].isupper() or found[1].startswith(("/", "false")), f"{path}: {line}"
    assert COMPOSE.with_name("earshot.env.example").is_file()
    assert not COMPOSE.with_name("earshot.env").exists() or "deploy/compose/earshot.env" in (
        DEPLOY.parent / ".gitignore"
    ).read_text(encoding="utf-8")
