"""What the documents name exists: files, commands, settings, targets of make."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from typer.main import get_command

import cli
from settings import PREFIX, Settings

ROOT = Path(__file__).parents[1]
DOCUMENTS = [
    path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md")))
    if path.is_file()
]
IDS = [str(path.relative_to(ROOT)) for path in DOCUMENTS]
MADE_LATER = (".env", ".venv", ".servers", "inbox/static/vendor", "node_modules", ".setup")
"""What making and running puts there."""
NOT_SEARCHED = {".git", ".venv", ".servers", "node_modules", "__pycache__"}
SUFFIXES = tuple("py md toml lock jsonl html css js json mjs pl txt example safetensors".split())

FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|[\s/|;&(])earshot ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?")
QUOTED = re.compile(r"`([^`\n]+)`")
LOOKS_LIKE_A_PATH = re.compile(rf"\.?[\w-][\w.*-]*(/[\w.*-]+)*/?|[\w.*/-]+\.({'|'.join(SUFFIXES)})")


def prose(document: Path) -> str:
    return FENCED.sub("", document.read_text(encoding="utf-8"))


def code(document: Path) -> Iterator[str]:
    """Everything in backticks, whole blocks too."""
    yield from FENCED.findall(document.read_text(encoding="utf-8"))
    yield from QUOTED.findall(prose(document))


@cache
def names_at_the_top() -> frozenset[str]:
    return frozenset(path.name for path in ROOT.iterdir()) - NOT_SEARCHED


@cache
def all_files() -> tuple[Path, ...]:
    tops = (path for path in ROOT.iterdir() if path.name not in NOT_SEARCHED)
    inside = (found for top in tops for found in ([top] if top.is_file() else top.rglob("*")))
    return tuple(path for path in inside if not NOT_SEARCHED & set(path.parts))


def paths_named_in(document: Path) -> Iterator[str]:
    for quoted in QUOTED.findall(prose(document)):
        word = quoted.split("::")[0]
        if not LOOKS_LIKE_A_PATH.fullmatch(word) or word.startswith(MADE_LATER):
            continue
        with_suffix = word.rsplit(".", 1)[-1] in SUFFIXES and "." in word
        if with_suffix or ("/" in word and word.split("/")[0] in names_at_the_top()):
            yield word


def exists(word: str, document: Path) -> bool:
    """From the root, from beside the document, or, for a bare file name, anywhere."""
    if any(next(base.glob(word), None) for base in (ROOT, document.parent)):
        return True
    return "/" not in word and any(path.match(word) for path in all_files())


def test_the_first_documents_are_there() -> None:
    assert {"README.md", "CONTRIBUTING.md", "docs/adr/0001-records-and-tables.md"} <= set(IDS)


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_file_a_document_names_exists(document: Path) -> None:
    assert [word for word in paths_named_in(document) if not exists(word, document)] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose(document))
    ours = [link for link in links if "://" not in link and not link.startswith("mailto:")]
    assert [link for link in ours if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_target_of_make_that_a_document_names_exists(document: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {word for text in code(document) for word in re.findall(r"(?:^|[\s;&])make ([a-z]+)", text)}
    assert named - targets == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_setting_a_document_names_exists(document: Path) -> None:
    named = set(re.findall(rf"\b{PREFIX}([A-Z][A-Z_]*[A-Z])\b", document.read_text(encoding="utf-8")))
    assert named - {name.upper() for name in Settings.model_fields} == set()


@pytest.mark.parametrize("document", DOCUMENTS, ids=IDS)
def test_every_command_a_document_names_exists(document: Path) -> None:
    named = {words for text in code(document) for words in COMMAND.findall(text)}
    assert [f"earshot {first} {second}" for first, second in sorted(named) if not is_command(first, second)] == []


def is_command(first: str, second: str) -> bool:
    """`second` counts only where `first` is a group of commands."""
    commands = all_commands()
    return first in commands and (commands[first] is None or second in {*(commands[first] or ()), ""})


@cache
def all_commands() -> dict[str, tuple[str, ...] | None]:
    program = get_command(cli.program)
    found = getattr(program, "commands", {})
    return {name: tuple(getattr(command, "commands", ())) or None for name, command in found.items()}


def example_lines() -> list[str]:
    return (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()


def test_every_setting_is_in_the_example_file_in_order_with_its_default_and_nothing_else_is() -> None:
    lines = [line for line in example_lines() if PREFIX in line.split("=")[0]]
    assert lines == [f"# {PREFIX}{name.upper()}={default_of(name)}" for name in Settings.model_fields]


def test_every_setting_in_the_example_file_says_what_it_is() -> None:
    text = " ".join(line.removeprefix("# ") for line in example_lines())
    assert [name for name, field in Settings.model_fields.items() if str(field.description) not in text] == []


def default_of(name: str) -> str:
    """As somebody would write it."""
    value = Settings.model_fields[name].get_default(call_default_factory=True)
    if isinstance(value, Path):
        return str(value).replace(str(Path.home()), "~")
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, frozenset | tuple):
        return ",".join(sorted(str(part) for part in value))
    return f"{value:g}" if isinstance(value, float) else str(value if value is not None else "")
