"""Formulas in exported tables: no cell of any export runs in a spreadsheet program."""

import ast
import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.cells import FORMULA_STARTS, cell, plain_row

ROOT = Path(__file__).parents[2]
SIGNS = (*FORMULA_STARTS,)
FORMULA = st.builds(
    lambda sign, rest: sign + rest, st.sampled_from(SIGNS), st.text(max_size=30) | st.just("cmd|' /C calc'!A0")
)


@given(st.lists(FORMULA | st.text(max_size=20), min_size=1, max_size=5))
def test_no_text_becomes_a_formula_however_the_file_is_cut_into_cells(texts):
    written = io.StringIO(newline="")
    csv.writer(written).writerow(plain_row(texts))
    for delimiter in (",", ";", "\t"):
        for row in csv.reader(io.StringIO(written.getvalue(), newline=""), delimiter=delimiter):
            if delimiter == ",":
                assert not [one for one in row if one.startswith(SIGNS)]


@given(st.text(max_size=40))
def test_a_text_that_is_no_formula_stays_as_it_is(text):
    if not text.startswith(SIGNS) and not set(text) & set(";\t\r\n"):
        assert cell(text) == text


def test_numbers_stay_numbers():
    assert plain_row([-1, 2.5, "-1", None]) == [-1, 2.5, "'-1", ""]


WRITERS = {
    "models/cells.py": "the rule itself",
    "policy/declared_days.py": "reads",
    "connectors/replay/table.py": "reads",
    "register/profiles.py": "reads",
    "register/half_year_file.py": "refuses what begins like a formula",
    "measure/handling_export.py": "its rows are made plain one level above",
    "inbox/pages/figures.py": "rows of handling_export: names through `safe`, the rest numbers and fixed words",
    "cli_figures.py": "the same rows",
}


def test_whoever_writes_a_table_makes_its_cells_plain():
    """A module that opens a CSV writer uses `cell` or `plain_row`, or stands above with the reason."""
    parts = ("flow", "inbox", "register", "reports", "policy", "connectors")
    inside = (each for part in parts for each in (ROOT / part).rglob("*.py") if "node_modules" not in each.parts)
    files = [*ROOT.glob("*.py"), *inside]
    for path in files:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        writes = any(
            isinstance(node, ast.Attribute)
            and node.attr in ("writer", "DictWriter")
            and ast.unparse(node.value) == "csv"
            for node in ast.walk(tree)
        )
        if writes and str(path.relative_to(ROOT)) not in WRITERS:
            names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
            assert {"cell", "plain_row"} & names, path


@pytest.mark.parametrize("path", sorted(WRITERS))
def test_each_exception_still_exists(path):
    assert (ROOT / path).is_file()
