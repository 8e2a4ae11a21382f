"""The images hold what their parts need, and no more: by the Dockerfile, the locks, and processes without the rest."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.deploy.parts import DOCKERFILE, ROOT
from tests.deploy.without_classifier import left_out

PAGES = [
    "tests/inbox/test_queue.py::test_a_row_tells_what_an_agent_needs_to_choose",
    "tests/inbox/test_case.py::test_the_case_page_shows_all_that_the_decision_rests_on",
    "tests/inbox/test_figures.py::test_each_dashboard_says_the_definition_beside_each_number",
]


def locked(name: str) -> dict[str, str]:
    """Library → how it is pinned, hashes included."""
    text = (ROOT / "requirements" / name).read_text(encoding="utf-8").replace("\\\n", " ")
    lines = [re.sub(r"\s+#.*", "", line).strip() for line in text.splitlines() if re.match(r"[a-z]", line)]
    return {re.split(r"[=\s]", line)[0]: " ".join(line.split()) for line in lines}


def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_dockerfile_has_no_fault_that_hadolint_finds() -> None:
    program = Path(sys.executable).with_name("hadolint")
    assert program.exists(), "make setup installs it, from requirements/dev.lock"
    done = subprocess.run([program, "--no-color", DOCKERFILE], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_the_locks_agree_and_the_inbox_leaves_out_the_classifier_alone() -> None:
    web, runtime = locked("web.lock"), locked("runtime.lock")
    assert {name: pin for name, pin in web.items() if name in runtime and pin_of(runtime[name]) != pin_of(pin)} == {}
    assert set(web) - set(runtime) == set()
    declared = {re.split(r"[^a-z0-9_-]", line.lower())[0] for line in pyproject()["project"]["dependencies"]}
    assert declared - set(web) == left_out()
    assert not any(name.startswith(("torch", "nvidia", "transformers", "scikit")) for name in web)


def pin_of(line: str) -> str:
    return line.split()[0]


def test_every_file_that_is_copied_is_there_and_is_let_through() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    sources = [source for line in copied for source in line.split()[:-1]]
    assert [source for source in sources if not (ROOT / source).exists()] == []
    let_through = {line[1:] for line in ignored() if line.startswith("!")}
    needed = {source.split("/")[0] for source in sources if source != "."}
    tops = {entry.split("/")[0] for entry in let_through}
    assert needed <= tops


def ignored() -> list[str]:
    return [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] not in "# "]


def test_every_package_of_the_program_goes_into_the_images_and_nothing_else() -> None:
    tools = pyproject()["tool"]["setuptools"]
    packages = {name.removesuffix("*") for name in tools["packages"]["find"]["include"]} - {"benchmarks"}
    folders = {line[1:] for line in ignored() if line.startswith("!") and (ROOT / line[1:]).is_dir()}
    assert folders == packages
    assert ignored()[0] == "*"
    assert {"**/.*", "inbox/static/vendor"} <= set(ignored())


def test_the_python_of_the_images_is_the_one_that_is_tested() -> None:
    bases = re.findall(r"^FROM python:(\d+\.\d+)-\S+ AS base$", DOCKERFILE.read_text(encoding="utf-8"), re.MULTILINE)
    assert bases == ["3.11"]
    assert pyproject()["tool"]["mypy"]["python_version"] == "3.11"
    assert all(
        name in {"base", "runtime"} for name in re.findall(r"^FROM (?!python:)(\S+)", DOCKERFILE.read_text(), re.M)
    )


def test_the_images_run_as_nobody_in_particular_and_end_without_tools_to_build() -> None:
    stages = re.split(r"^FROM ", DOCKERFILE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    for stage in stages:
        if stage.startswith("runtime AS"):
            assert "USER 10001:10001" in stage
            assert "HEALTHCHECK" in stage
            assert "pip" not in stage
    assert "pip uninstall --yes wheel setuptools pip" in DOCKERFILE.read_text(encoding="utf-8")


def test_every_library_is_installed_by_its_hash_but_pytorch() -> None:
    installs = re.findall(r"pip(?: --python \S+)? install (.+?)(?: \\)?$", DOCKERFILE.read_text(), re.MULTILINE)
    assert len(installs) == 6
    without = [line for line in installs if "--require-hashes" not in line]
    assert sum("torch.txt" in line for line in without) == 1
    assert all("torch.txt" in line or "--editable" in line for line in without)
    assert all("--no-deps" in line for line in installs)


def test_the_inbox_serves_its_pages_where_the_classifiers_libraries_are_not_installed() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.deploy.without_classifier", *PAGES],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_who_starts_a_judge_there_is_told_where_to(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.deploy.without_classifier", "--program", "work", "judge", "bulk", "shadow"],
        cwd=ROOT,
        input="",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={"EARSHOT_HOME": str(tmp_path / "home"), "PATH": os.environ["PATH"]},
    )
    assert done.returncode == 2, done.stderr
    told = " ".join(done.stderr.split())
    assert "this installation has no classifier" in told
    assert "worker's image" in told
