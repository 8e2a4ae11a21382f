"""The threat model in SECURITY.md is held to: each line names tests, and each test named is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")


def lines() -> list[str]:
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| who |")]


def test_each_line_names_who_what_how_what_stops_it_and_a_test():
    assert len(lines()) >= 15
    for line in lines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert len(cells) == 5 and all(cells), line
        assert NAMED.search(cells[4]), line


def test_each_test_that_is_named_is_there():
    for path, name in NAMED.findall((ROOT / "SECURITY.md").read_text(encoding="utf-8")):
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}, (path, name)


def test_it_says_how_to_report():
    assert "## Report a fault" in (ROOT / "SECURITY.md").read_text(encoding="utf-8")
