"""Who may import whom, where each library lives, and how long things may be. Reads the source; runs none of it."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from graphlib import TopologicalSorter
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PURE = {"models", "policy"}
"""What a pure stage needs: records and rules; no clock, network, database or environment."""
STAGES = {"ingest", "connectors", "classify", "triage", "register", "measure"}
COMMANDS = {"cli", "cli_start", "cli_classifier", "cli_clocks", "cli_half_year", "cli_learning", "cli_register"} | {
    "cli_backup",
    "cli_channels",
    "cli_keys",
    "cli_retention",
    "cli_reports",
    "cli_review",
    "cli_systemic",
    "cli_crisis",
    "cli_policy",
    "cli_replay",
    "cli_replay_output",
    "cli_run",
    "cli_sandbox",
    "cli_complaint",
    "cli_connect",
    "cli_figures",
    "cli_vault",
    "cli_vip",
    "cli_erase",
}

MAY_IMPORT: dict[str, set[str]] = {
    "models": set(),
    "settings": {"models", "settings_accounts", "settings_channels", "settings_desks", "settings_watching"},
    "settings_accounts": set(),
    "settings_channels": set(),
    "settings_desks": set(),
    "settings_watching": set(),
    "tracing": set(),  # spans of jobs; its exporter is loaded by name, where a collector is set
    "policy": {"models"},
    "store": {"models", "tracing"},
    "ingest": PURE,
    "classify": PURE,
    "triage": PURE,
    "register": PURE,
    "measure": PURE,
    "reports": {"models", "measure"},
    "connectors": PURE | {"settings", "store", "tracing"},  # the registry reads settings; the local desk is a table
    "training": PURE | {"classify"},
    # what the jobs of `workers` write down
    "flow": PURE | {"settings", "store", "reports", "tracing"} | STAGES - {"classify"},
    "learning": {"models", "store", "classify", "training"},  # the trainer only for `earshot evaluate`
    "workers": PURE | {"settings", "store", "flow", "learning", "tracing"} | STAGES,
    "intake": {"models", "connectors", "ingest", "store", "workers"},  # `earshot ingest`
    "running": {"models", "settings", "store"},
    "inbox": PURE
    | {"settings", "store", "flow", "reports"}
    | STAGES - {"classify"},  # so that it never loads a classifier
    "benchmarks": PURE
    | {"settings", "store", "training", "workers", "intake", "running"}
    | STAGES,  # the whole program
    "cli_start": {"models", "settings", "store", "running", "workers"},
    "cli_classifier": {"models", "store", "flow", "learning", "measure", "workers", "cli_start"},
    "cli_backup": {"models", "settings", "store", "register", "running", "cli_start"},
    "cli_channels": {"store", "flow", "cli_start"},
    "cli_keys": {"models", "flow", "cli_start"},
    "cli_clocks": PURE | {"settings", "triage"},
    "cli_figures": {"models", "flow", "measure", "triage", "cli_start"},
    "cli_complaint": {"models", "store", "flow", "register", "workers", "cli_start"},
    "cli_connect": {"models", "settings", "connectors", "cli_start"},
    "cli_half_year": {"models", "store", "register", "workers", "cli_start"},
    "cli_learning": {"models", "classify", "store", "learning", "workers", "cli_start"},
    "cli_register": {"models", "store", "register", "cli_start", "cli_half_year"},
    "cli_retention": PURE | {"store", "flow", "cli_start"},
    "cli_reports": {"models", "flow", "measure", "reports", "cli_start"},
    "cli_review": {"models", "store", "flow", "measure", "register", "cli_start"},
    "cli_systemic": {"models", "store", "flow", "cli_start"},
    "cli_crisis": {"policy", "store", "flow", "measure", "triage", "cli_start"},
    "cli_policy": {"policy", "settings", "inbox", "cli_start"},
    "cli_replay": PURE | {"store", "flow", "measure", "workers", "cli_start", "cli_replay_output"},
    "cli_replay_output": {"models", "measure", "store"},
    "cli_run": {"models", "settings", "store", "connectors", "classify", "flow", "learning", "inbox", "intake"}
    | {"running", "workers", "cli_start"},
    "cli_vault": {"flow", "store", "cli_start"},
    "cli_vip": {"flow", "store", "models", "cli_start"},
    "cli_erase": PURE | {"flow", "store", "workers", "cli_start"},
    "cli_sandbox": PURE | {"settings", "store", "flow", "workers", "cli_start"},
    "cli": PURE
    | {"settings", "store", "flow", "learning", "workers", "intake", "running", "inbox", "cli_start", "cli_classifier"}
    | {
        "cli_backup",
        "cli_channels",
        "cli_clocks",
        "cli_keys",
        "cli_complaint",
        "cli_figures",
        "cli_connect",
        "cli_learning",
        "cli_register",
        "cli_retention",
    }
    | {"cli_vault", "cli_vip", "cli_erase"}
    | {"cli_run", "cli_policy", "cli_replay", "cli_sandbox", "cli_reports", "cli_review", "cli_systemic", "cli_crisis"}
    | STAGES,
}
HOMES: dict[str, set[str]] = {
    "torch": {"classify", "training", "benchmarks"},
    "transformers": {"classify", "training", "benchmarks"},
    "tokenizers": {"classify", "training", "benchmarks"},
    "mmh3": {"classify"},
    "sklearn": {"training"},
    "sqlalchemy": {"store", "benchmarks"},
    "alembic": {"store"},
    "redis": {"store"},
    "cryptography": {"store"},
    "rq": {"store"},
    "httpx": {"connectors"},
    "authlib": {"connectors"},
    "joserfc": {"connectors"},
    "pyotp": {"inbox"},
    "segno": {"inbox"},
    "opentelemetry": {"tracing"},
    "prometheus_client": {"inbox"},
    "tweepy": {"connectors"},
    "fastapi": {"inbox"},
    "starlette": {"inbox"},
    "jinja2": {"inbox", "reports"},
    "typst": {"reports"},
    "uvicorn": {"inbox", "cli", "running"},
    "typer": COMMANDS,
    "rich": COMMANDS | {"intake", "training", "benchmarks"},
}
NEVER_IMPORTED = {"psycopg", "python-multipart", "tzdata"}
"""SQLAlchemy, the web framework and `zoneinfo` look for these by themselves."""
LONGEST_FUNCTION_LINES = 60
LONGEST_MODULE_LINES = 450

PARTS = [part for part in MAY_IMPORT if (ROOT / part).is_dir() or (ROOT / f"{part}.py").is_file()]


def files_of(part: str) -> list[Path]:
    single = ROOT / f"{part}.py"
    if single.is_file():
        return [single]
    return sorted(path for path in (ROOT / part).rglob("*.py") if "node_modules" not in path.parts)


MODULES = [path for part in PARTS for path in files_of(part)]
IDS = [str(path.relative_to(ROOT)) for path in MODULES]
PACKAGES = [path for path in MODULES if path.name == "__init__.py"]
READ_BY_PEOPLE = [path for path in MODULES if "migrations" not in path.parts]
"""A migration is a list of statements, written once and never changed."""


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def imports_in(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """Top-level names imported anywhere in it, and the line."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield ("." * node.level + (node.module or "")).split(".")[0], node.lineno


def imported_by(part: str) -> dict[str, str]:
    """Name imported → the first place that imports it."""
    places: dict[str, str] = {}
    for path in files_of(part):
        for name, line in imports_in(tree_of(path)):
            places.setdefault(name, f"{path.relative_to(ROOT)}:{line}")
    return places


def functions_in(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree_of(path)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_the_table_has_no_circle() -> None:
    assert set(TopologicalSorter(MAY_IMPORT).static_order()) == set(MAY_IMPORT)


def test_every_part_of_the_program_is_in_the_table() -> None:
    folders = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    modules = {path.stem for path in ROOT.glob("*.py")}
    assert folders | modules <= set(MAY_IMPORT)


def test_every_part_of_the_program_is_packed() -> None:
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packed = tools["py-modules"] + tools["packages"]["find"]["include"]
    assert {name.removesuffix("*") for name in packed} == set(MAY_IMPORT)


def test_every_library_that_is_imported_is_declared_and_the_other_way_round() -> None:
    imported = libraries(name for part in PARTS for name in imported_by(part))
    assert imported - declared("dependencies") == set()
    assert declared("dependencies") - imported == NEVER_IMPORTED


def test_every_library_that_the_tests_import_is_declared() -> None:
    imported = libraries(name for path in (ROOT / "tests").rglob("*.py") for name, _ in imports_in(tree_of(path)))
    assert imported - declared("dependencies") - declared("dev") == set()


def libraries(names: Iterable[str]) -> set[str]:
    """What has to be installed for these imports."""
    homes = packages_distributions()
    others = set(names) - set(MAY_IMPORT) - {"tests"} - sys.stdlib_module_names
    return {_plain(name) for other in others for name in _of_namespace(homes.get(other, [other]))}


def _plain(name: str) -> str:
    """Underlines and dashes are the same to whoever installs it."""
    return name.lower().replace("_", "-")


def _of_namespace(libraries: list[str]) -> list[str]:
    """OpenTelemetry's parts share one name; those that are declared stand for all."""
    ours = [name for name in libraries if name.startswith("opentelemetry-") and name in declared("dependencies")]
    return ours or libraries[:1]


def declared(group: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    lines = {**project["project"], **project["dependency-groups"]}[group]
    return {_plain(re.split(r"[^A-Za-z0-9_.-]", line)[0]) for line in lines}


@pytest.mark.parametrize("part", PARTS)
def test_a_part_imports_only_what_it_may(part: str) -> None:
    ours = {name: place for name, place in imported_by(part).items() if name in {*MAY_IMPORT, "tests"}}
    assert {name: place for name, place in ours.items() if name not in MAY_IMPORT[part] | {part}} == {}


@pytest.mark.parametrize("part", PARTS)
def test_a_library_is_imported_only_in_its_home(part: str) -> None:
    astray = {name: place for name, place in imported_by(part).items() if part not in HOMES.get(name, {part})}
    assert astray == {}


@pytest.mark.parametrize("path", MODULES, ids=IDS)
def test_imports_are_absolute_and_stand_at_the_top(path: Path) -> None:
    inside = [(name, line) for function in functions_in(path) for name, line in imports_in(function)]
    relative = [(name, line) for name, line in imports_in(tree_of(path)) if not name]
    assert inside + relative == []


def test_modules_import_each_other_in_no_circle() -> None:
    known = {module_name(path): path for path in MODULES}
    graph = {name: {used for used in modules_used(path) if used in known} - {name} for name, path in known.items()}
    assert set(TopologicalSorter(graph).static_order()) == set(known)


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def modules_used(path: Path) -> Iterator[str]:
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name != "settings.py"], ids=lambda path: module_name(path)
)
def test_the_environment_is_read_in_settings_only(path: Path) -> None:
    readers = {"environ", "environb", "getenv", "getenvb", "putenv"}
    lines = [
        node.lineno
        for node in ast.walk(tree_of(path))
        if (isinstance(node, ast.Attribute) and node.attr in readers and ast.unparse(node.value) == "os")
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and readers & {alias.name for alias in node.names})
    ]
    assert lines == [] or path.name == "settings.py"


@pytest.mark.parametrize("path", READ_BY_PEOPLE, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_too_long_to_read(path: Path) -> None:
    length = {function.name: (function.end_lineno or 0) - function.lineno + 1 for function in functions_in(path)}
    assert {name: lines for name, lines in length.items() if lines > LONGEST_FUNCTION_LINES} == {}
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST_MODULE_LINES


@pytest.mark.parametrize(
    "path", [path for path in MODULES if path.name == "__init__.py"], ids=lambda path: module_name(path)
)
def test_a_package_says_what_it_takes_and_gives_and_holds_no_code(path: Path) -> None:
    body = tree_of(path).body
    assert ast.get_docstring(tree_of(path)) is not None or path.parent.parent != ROOT
    reexports = path.parent.name == "models"
    assert [node.lineno for node in body[1:] if not (reexports and isinstance(node, ast.ImportFrom | ast.Assign))] == []
