"""The units, read by systemd itself."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.deploy.parts import SYSTEMD, unit
from tests.servers.programs import missing

UNITS = sorted(path.name for path in SYSTEMD.iterdir() if path.is_file())
WORST_EXPOSURE = 2.0
"""systemd's own figure from 0 to 10; "OK" ends at 5."""


def analyze(*arguments: str | Path, units: Path) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        missing("systemd-analyze", "systemd")
    environment = {**os.environ, "SYSTEMD_UNIT_PATH": f"{units}:/lib/systemd/system", "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        [program, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )


@pytest.fixture
def units(tmp_path: Path) -> Path:
    """As they are, but for a program that is there."""
    shutil.copytree(SYSTEMD, tmp_path / "units")
    for path in (tmp_path / "units").glob("*.service"):
        path.write_text(path.read_text().replace("/opt/earshot/.venv/bin/earshot", sys.executable))
    return tmp_path / "units"


def test_systemd_takes_every_unit_without_a_word(units: Path) -> None:
    done = analyze("verify", "--man=no", *(units / name for name in UNITS), units=units)
    ours = [line for line in (done.stdout + done.stderr).splitlines() if "earshot" in line]
    assert (done.returncode, ours) == (0, [])


def test_every_service_is_shut_in(units: Path) -> None:
    found = {}
    for name in (name for name in UNITS if name.endswith(".service")):
        done = analyze("security", "--offline=true", "--no-pager", units / name, units=units)
        exposure = re.search(r"Overall exposure level for \S+: ([\d.]+)", done.stdout)
        assert exposure is not None, done.stdout + done.stderr
        found[name] = float(exposure[1])
    assert {name: exposure for name, exposure in found.items() if exposure > WORST_EXPOSURE} == {}


def test_the_target_starts_what_there_is() -> None:
    wanted = re.findall(r"earshot-[\w@]+\.(?:service|timer)", (SYSTEMD / "earshot.target").read_text())
    assert {re.sub(r"@\d+", "@", name) for name in wanted} == {
        name for name in UNITS if name not in {"earshot.target", "earshot-migrate.service", "earshot-backup.service"}
    }


@pytest.mark.parametrize("name", [name for name in UNITS if name.endswith(".service")])
def test_what_needs_the_tables_waits_for_them(name: str) -> None:
    told = unit(SYSTEMD / name)
    if name in {"earshot-migrate.service", "earshot-backup.service"}:
        assert told["Service"]["Type"] == "oneshot"
        return
    assert told["Unit"]["Requires"] == told["Unit"]["After"] == "earshot-migrate.service"
    assert (told["Unit"]["PartOf"], told["Service"]["Restart"]) == ("earshot.target", "always")
