"""Every enforceable paragraph of RG 271 is done or exempt, and what it points at exists."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from models.clock import Force
from policy.loading import PACKS, load_regulation
from tests.situations.situation import all_situations

ROOT = Path(__file__).parents[2]
MATRIX = tomllib.loads((PACKS / "asic-rg271" / "matrix.toml").read_text(encoding="utf-8"))
ROWS = MATRIX["paragraphs"]
REGULATION = ROOT.parent / "shared" / "regulation.md"
SITUATIONS = "tests/situations/test_clocks.py"
KEYS = {"done": {"asks", "status", "where", "tests"}, "exempt": {"asks", "status", "reason"}}
DONE = [pytest.param(row, id=name) for name, row in ROWS.items() if row["status"] == "done"]
EXEMPT = [pytest.param(row, id=name) for name, row in ROWS.items() if row["status"] == "exempt"]


def spread(listed: list[str]) -> list[str]:
    """`27-29` is 27, 28 and 29."""
    paragraphs = []
    for item in listed:
        first, _, last = item.partition("-")
        paragraphs += [str(each) for each in range(int(first), int(last) + 1)] if last else [item]
    return paragraphs


def missing_and_unknown(rows: dict[str, object], listed: list[str]) -> tuple[list[str], list[str]]:
    enforceable = spread(listed)
    return [name for name in enforceable if name not in rows], [name for name in rows if name not in enforceable]


def named_tests(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_enforceable_paragraph_has_a_row_and_no_other_has():
    assert missing_and_unknown(ROWS, MATRIX["enforceable"]) == ([], [])


@pytest.mark.parametrize(
    ("changes", "found"),
    [({"56": None}, (["56"], [])), ({"51": {}}, ([], ["51"])), ({"Table 2": None}, (["Table 2"], []))],
)
def test_a_paragraph_missing_or_unknown_is_named(changes, found):
    rows = {name: row for name, row in (ROWS | changes).items() if row is not None}
    assert missing_and_unknown(rows, MATRIX["enforceable"]) == found


def test_the_list_of_enforceable_paragraphs_is_that_of_the_notes_on_the_guide():
    if not REGULATION.is_file():
        pytest.skip(f"no notes on the regulation at {REGULATION}")
    section = REGULATION.read_text(encoding="utf-8").partition("### 2.1")[2]
    block = re.sub(r"\(.*?\)", " ", section.split("```")[1]).replace("+ Table 2", " Table_2")
    noted = [word.replace("_", " ") for word in block.split()]
    assert sorted(spread(noted)) == sorted(spread(MATRIX["enforceable"]))


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_done_or_exempt_and_says_what_the_paragraph_asks(name):
    row = ROWS[name]
    assert set(row) - {"left"} == KEYS[row["status"]]
    assert row["asks"].strip()


@pytest.mark.parametrize("row", DONE)
def test_what_is_done_names_modules_and_tests_that_exist(row):
    assert row["where"] and row["tests"]
    assert [path for path in row["where"] if not (ROOT / path).is_file()] == []
    for test in row["tests"]:
        path, _, name = test.partition("::")
        assert path.startswith("tests/") and (ROOT / path).is_file(), path
        assert not name or name in named_tests(ROOT / path), test


@pytest.mark.parametrize("name", [name for name, row in ROWS.items() if SITUATIONS in row.get("tests", ())])
def test_a_paragraph_proven_by_situations_is_the_ground_of_one(name):
    grounds = {number for _, one in all_situations() if one.pack == "asic-rg271" for number in cited(one.paragraph)}
    assert name in grounds


@pytest.mark.parametrize("row", EXEMPT)
def test_what_is_exempt_gives_a_reason(row):
    assert len(row["reason"].split()) >= 5


def test_a_clock_can_be_breached_only_where_the_guide_labels_a_paragraph_that_it_cites():
    enforceable = set(spread(MATRIX["enforceable"]))
    rows = [clock for clock in load_regulation("asic-rg271").clocks if clock.force is Force.ENFORCEABLE]
    assert [(row.key, row.paragraph) for row in rows if not enforceable & set(cited(row.paragraph))] == []


def cited(paragraphs: str) -> list[str]:
    """The numbers in `RG 271.77-.78`, every one of a range, and `Table 2`."""
    ranges = re.findall(r"\.(\d+)(?:-\.?(\d+))?", paragraphs)
    return spread([f"{first}-{last}" if last else first for first, last in ranges]) + re.findall("Table 2", paragraphs)
