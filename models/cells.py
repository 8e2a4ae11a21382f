"""Cells of the files that a spreadsheet program opens: none runs as a formula, whoever wrote what stands in it."""

import re
from collections.abc import Iterable

FORMULA_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""Some programs run the wide ones of East Asian keyboards, too."""
FORMULA_STARTS = (*FORMULA_SIGNS, "\t", "\r", "\n")
PARTING = re.compile(r"""[;\t\r\n]["'\s]*+""")


def cell(value: object) -> str:
    """Text of one cell; what a spreadsheet would run as a formula is made plain text by an apostrophe before it.

    Also within the text, after what parts cells or lines elsewhere: where semicolons or tabs part cells, quotes that
    do not begin a cell protect nothing.
    """
    if value is None:
        return ""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    if text.startswith(FORMULA_STARTS):
        text = f"'{text}"
    return PARTING.sub(_defused, text)


def plain_row(cells: Iterable[object]) -> list[object]:
    """A row for a CSV writer: numbers as they are, words as `cell` writes them."""
    return [one if isinstance(one, int | float) else cell(one) for one in cells]


def _defused(found: re.Match[str]) -> str:
    is_formula = found.string.startswith(FORMULA_SIGNS, found.end())
    return f"{found[0]}'" if is_formula else found[0]
