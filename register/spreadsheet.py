"""Rows as an Excel workbook, written row by row: texts typed as texts, the same rows always the same bytes.

Written here and not by a library, for the reasons and the measurements of ADR 0012. The parts follow ECMA-376: inline
texts, one style for texts that look like formulas, one for the header.
"""

import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import count
from typing import Any, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

SHEET = "complaints"
MOST_ROWS = 1_048_576
"""Of one sheet, its header included; more rows go on in another sheet."""
MOST_BYTES = 2**31
"""Of one sheet before it is packed: older programs cannot unpack more than twice this."""
MOST_CHARACTERS = 32_767
"""Of one cell."""
CUT = " … (cut: a cell holds no more; the CSV and JSON Lines files have it whole)"
CHUNK_BYTES = 64 * 1024
NUMBERS = frozenset({"compensation_amount"})
"""Decimal texts that people add up."""
A_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
SPECIAL = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_x")
NO_LETTERS = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML cannot hold."""
LOOKS_ESCAPED = re.compile("_(x[0-9A-Fa-f]{4}_)")
"""Read back as one letter, unless its underscore is escaped itself."""

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
PLAIN, AS_TEXT, HEADER = 0, 1, 2
STYLES = (
    f'<styleSheet xmlns="{MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyNumberFormat="1"/>'
    '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
)
BEGIN = (
    f'{HEAD}<worksheet xmlns="{MAIN}"><sheetViews><sheetView workbookViewId="0">'
    '<pane xSplit="1" ySplit="1" topLeftCell="B2" activePane="bottomRight" state="frozen"/></sheetView></sheetViews>'
    "<sheetData>"
)
END = "</sheetData></worksheet>"


def as_xlsx(
    columns: Sequence[str],
    rows: Iterable[dict[str, Any]],
    *,
    is_formula: Callable[[str], bool],
    most_rows: int = MOST_ROWS,
) -> Iterator[tuple[bytes, int]]:
    """The file in chunks, each with the number of rows it accounts for.

    A text for which `is_formula` holds is marked as typed with an apostrophe: it stays text when edited, too.
    """
    with tempfile.TemporaryFile() as file:
        written = _fill(file, columns, rows, is_formula=is_formula, most_rows=most_rows)
        file.seek(0)
        while chunk := file.read(CHUNK_BYTES):
            yield chunk, 0
        yield b"", written


def _fill(
    file: BinaryIO,
    columns: Sequence[str],
    rows: Iterable[dict[str, Any]],
    *,
    is_formula: Callable[[str], bool],
    most_rows: int,
) -> int:
    """Gives the number of rows."""
    lines = _Lines(columns, iter(rows), is_formula)
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=2) as archive:
        for sheets in count(1):  # pragma: no branch
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w") as part:  # dated 1980
                for chunk in lines.sheet(most_rows):
                    part.write(chunk)
            if lines.are_over:
                break
        for name, text in _frame(sheets):
            with archive.open(name, "w") as part:
                part.write((HEAD + text).encode())
    return lines.count


class _Lines:
    """The rows as XML, sheet by sheet."""

    def __init__(
        self, columns: Sequence[str], rows: Iterator[dict[str, Any]], is_formula: Callable[[str], bool]
    ) -> None:
        self._columns = [(name, _letters(at), name in NUMBERS) for at, name in enumerate(columns)]
        self._rows = rows
        self._is_formula = is_formula
        self._next = next(rows, None)
        self.count = 0

    @property
    def are_over(self) -> bool:
        return self._next is None

    def sheet(self, most_rows: int) -> Iterator[bytes]:
        cells = "".join(_text_cell(f"{letters}1", name, HEADER) for name, letters, _ in self._columns)
        held, size, line = [f'{BEGIN}<row r="1">{cells}</row>'], 0, 1
        while self._next is not None and line < most_rows and size < MOST_BYTES:
            line += 1
            held.append(self._line(self._next, line))
            self.count += 1
            if len(held) > 32:
                chunk = "".join(held).encode()
                size += len(chunk)
                held.clear()
                yield chunk
            self._next = next(self._rows, None)
        yield "".join((*held, END)).encode()

    def _line(self, row: dict[str, Any], line: int) -> str:
        parts = [f'<row r="{line}">']
        for name, letters, is_number in self._columns:
            value = row[name]
            if value is None or value == "" or value == []:
                continue
            if isinstance(value, int) or (is_number and A_NUMBER.fullmatch(str(value))):
                parts.append(f'<c r="{letters}{line}"><v>{value}</v></c>')
                continue
            text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
            style = AS_TEXT if self._is_formula(text) else PLAIN
            parts.append(_text_cell(f"{letters}{line}", text, style))
        parts.append("</row>")
        return "".join(parts)


def _text_cell(at: str, text: str, style: int) -> str:
    if len(text) > MOST_CHARACTERS:
        text = text[: MOST_CHARACTERS - len(CUT)] + CUT
    if SPECIAL.search(text):
        text = _escaped(text)
    styled = f' s="{style}"' if style else ""
    return f'<c r="{at}"{styled} t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _escaped(text: str) -> str:
    text = LOOKS_ESCAPED.sub(r"_x005F_\1", NO_LETTERS.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n")))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _letters(at: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    return (_letters(at // 26 - 1) if at >= 26 else "") + chr(ord("A") + at % 26)


def _frame(sheets: int) -> Iterator[tuple[str, str]]:
    """The parts around the sheets."""
    numbers = range(1, sheets + 1)
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{TYPE}.worksheet+xml"/>'
        for number in numbers
    )
    named = "".join(
        f'<sheet name="{SHEET if number == 1 else f"{SHEET} {number}"}" sheetId="{number}" r:id="rId{number}"/>'
        for number in numbers
    )
    linked = "".join(
        f'<Relationship Id="rId{number}" Type="{DOCUMENT}/relationships/worksheet" '
        f'Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    yield "xl/styles.xml", STYLES
    yield (
        "xl/workbook.xml",
        (
            f'<workbook xmlns="{MAIN}" xmlns:r="{DOCUMENT}/relationships"><bookViews><workbookView/></bookViews>'
            f"<sheets>{named}</sheets></workbook>"
        ),
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        (
            f'<Relationships xmlns="{PACKAGE}/relationships">{linked}<Relationship Id="rId{sheets + 1}" '
            f'Type="{DOCUMENT}/relationships/styles" Target="styles.xml"/></Relationships>'
        ),
    )
    yield (
        "_rels/.rels",
        (
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{DOCUMENT}/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
    )
    yield (
        "[Content_Types].xml",
        (
            f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Default Extension="xml" ContentType="application/xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>{overrides}</Types>'
        ),
    )
