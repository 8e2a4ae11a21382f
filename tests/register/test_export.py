"""The register as files: whole, repeatable, and without a cell that a spreadsheet would run."""

import csv
import hashlib
import io
import json
import shutil
import subprocess
import tempfile
import time
import tracemalloc
from datetime import date
from pathlib import Path

import openpyxl
import pandas
import pytest

from models import Entry, EntryKind
from models.cells import cell
from models.errors import SetupError
from register.columns import COLUMNS
from register.export import FORMATS, write
from register.manifest import Manifest
from register.rows import rows
from register.selection import select
from register.spreadsheet import CUT, MOST_CHARACTERS, as_xlsx
from tests.register.chain import chain, opening, three_complaints
from tests.register.lives import closed, opened, register

HOSTILE = [
    '=HYPERLINK("http://evil.example","x")',
    "+1",
    "-1+cmd|' /C calc'!A0",
    "@SUM(1)",
    "\t=1+1",
    "＝1+1",
    '"; =1+1',
    "a;=1+1",
    "two\nlines, a comma",
    "Жалба şikâyet 投诉 🙂",
    "<r><t>markup</t></r>",
    "<b>&amp;</b>",
    " spaces ",
]
FORMULA_LIKE = ("=", "+", "-", "@", "\t", "＝")


def by_complaint(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.complaint_id, entry.seq))


def exported(entries: list[Entry], format: str) -> bytes:
    file = io.BytesIO()
    write(rows(entries), file, format=format)
    return file.getvalue()


def hostile_register() -> list[Entry]:
    return register(**{f"C_{n:02}": [opened("2026-06-01T09:00", basis=text)] for n, text in enumerate(HOSTILE)})


@pytest.mark.parametrize("format", FORMATS)
def test_the_same_entries_give_the_same_bytes_and_their_digest(format: str) -> None:
    files = [io.BytesIO(), io.BytesIO()]
    written = [write(rows(by_complaint(three_complaints())), file, format=format) for file in files]
    assert files[0].getvalue() == files[1].getvalue()
    assert written[0] == written[1]
    assert written[0].rows == 3
    assert written[0].sha256 == hashlib.sha256(files[0].getvalue()).hexdigest()


def test_a_workbook_holds_nothing_of_the_time_it_was_made(monkeypatch: pytest.MonkeyPatch) -> None:
    first = exported(three_complaints()[:1], "xlsx")
    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    try:
        assert exported(three_complaints()[:1], "xlsx") == first
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("format", FORMATS)
def test_an_empty_register_is_a_file_all_the_same(format: str) -> None:
    file = io.BytesIO()
    assert write(rows([]), file, format=format).rows == 0
    if format != "jsonl":
        assert b"complaint_id" in file.getvalue() or file.getvalue().startswith(b"PK")


def test_jsonl_has_one_object_a_line() -> None:
    lines = exported(by_complaint(three_complaints()), "jsonl").splitlines()
    assert [json.loads(line)["complaint_id"] for line in lines] == ["C-0000001", "C-0000002", "C-0000003"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_edge_58_a_cell_that_a_spreadsheet_would_run_becomes_text(start: str) -> None:
    assert cell(f"{start}1+1") == f"'{start}1+1"
    assert cell(f"1{start}1") == f"1{start}1"
    assert cell([f"{start}1", "2"]) == f"'{start}1, 2"


def test_edge_58_csv_keeps_quotes_newlines_and_letters_of_every_script() -> None:
    text = exported(hostile_register(), "csv").decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(lines[0]) == COLUMNS
    assert [line["basis"] for line in lines] == [cell(text) for text in HOSTILE]
    assert [line["basis"] for line in lines][8:] == HOSTILE[8:]
    assert [line["basis"][0] == "'" for line in lines] == [text.startswith(FORMULA_LIKE) for text in HOSTILE]


@pytest.mark.parametrize("delimiter", list(",;\t"))
def test_edge_58_no_cell_is_a_formula_whatever_parts_cells(delimiter: str) -> None:
    text = exported(hostile_register(), "csv").decode("utf-8-sig")
    for line in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
        assert [found for found in line if found.strip(' "').startswith(FORMULA_LIKE)] == []


def test_an_apostrophe_stands_only_before_what_would_run() -> None:
    assert cell("paid 5; -1 is left") == "paid 5; '-1 is left"
    assert cell('a;b\n"=1" \t+2') == "a;b\n\"'=1\" \t'+2"
    assert cell("1-1; 2=2, mail@larkbank") == "1-1; 2=2, mail@larkbank"
    assert cell("\n" * 100_000) == "'" + "\n" * 100_000


def test_edge_58_a_workbook_types_every_text_as_text() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(exported(hostile_register(), "xlsx"))).active
    at = COLUMNS.index("basis") + 1
    cells = [sheet.cell(line, at) for line in range(2, sheet.max_row + 1)]
    assert [found.value for found in cells] == HOSTILE
    assert {found.data_type for found in cells} == {"s"}
    assert [found.quotePrefix for found in cells] == [text.startswith(FORMULA_LIKE) for text in HOSTILE]


def test_numbers_are_numbers_in_a_workbook() -> None:
    entries = register(
        C_1=[opened("2026-06-01T09:00"), closed("2026-06-02T09:00", compensation_amount="120.50")],
        C_2=[opened("2026-06-01T09:00"), closed("2026-06-02T09:00", compensation_amount="1E+400")],
    )
    sheet = openpyxl.load_workbook(io.BytesIO(exported(entries, "xlsx"))).active
    lines = [dict(zip(COLUMNS, line, strict=True)) for line in list(sheet.values)[1:]]
    assert [line["compensation_amount"] for line in lines] == [120.5, "1E+400"]
    assert [line["tier"] for line in lines] == [2, 2]


def test_what_xml_or_a_cell_cannot_hold_is_marked() -> None:
    texts = ["a\x00b\ud83d", "one\r\ntwo\rthree", "x" * (MOST_CHARACTERS + 1), "_x0041_"]
    entries = register(**{f"C_{n}": [opened("2026-06-01T09:00", basis=text)] for n, text in enumerate(texts)})
    chunks = as_xlsx(["basis"], rows(entries), is_formula=lambda text: False)
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(chunk for chunk, _ in chunks))).active
    found = [sheet.cell(line, 1).value for line in range(2, 6)]
    assert found[0] == "a\ufffdb\ufffd"
    assert found[1] == "one\ntwo\nthree"
    assert (len(found[2]), found[2][-len(CUT) :]) == (MOST_CHARACTERS, CUT)
    assert found[3] == "_x005F_x0041_"  # Excel and LibreOffice read it back as _x0041_; openpyxl does not


def test_more_rows_than_a_sheet_holds_go_on_in_another() -> None:
    chunks = as_xlsx(["n"], ({"n": n} for n in range(5)), is_formula=lambda text: False, most_rows=3)
    parts = list(chunks)
    book = openpyxl.load_workbook(io.BytesIO(b"".join(chunk for chunk, _ in parts)))
    assert sum(count for _, count in parts) == 5
    assert {sheet.title: [line[0] for line in sheet.values] for sheet in book} == {
        "complaints": ["n", 0, 1],
        "complaints 2": ["n", 2, 3],
        "complaints 3": ["n", 4],
    }


def test_columns_after_the_26th_have_two_letters() -> None:
    names = [f"c{n}" for n in range(703)]
    chunks = as_xlsx(names, [dict.fromkeys(names, 1)], is_formula=lambda text: False)
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(chunk for chunk, _ in chunks))).active
    assert (sheet["Z1"].value, sheet["AA1"].value, sheet["AAA1"].value) == ("c25", "c26", "c702")


@pytest.mark.parametrize("format", FORMATS)
def test_pandas_opens_the_file_without_a_warning(format: str, tmp_path: Path) -> None:
    path = tmp_path / f"register.{format}"
    path.write_bytes(exported(hostile_register(), format))
    read = {
        "csv": pandas.read_csv,
        "xlsx": pandas.read_excel,
        "jsonl": lambda file: pandas.read_json(file, lines=True),
    }[format]
    found = read(path)
    assert tuple(found.columns) == COLUMNS
    assert list(found["complaint_id"]) == [f"C-{n:02}" for n in range(len(HOSTILE))]


@pytest.mark.slow
@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_libreoffice_opens_the_file_without_a_word_and_runs_nothing(format: str, tmp_path: Path) -> None:
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice is not installed: apt-get install libreoffice-calc-nogui")
    (tmp_path / f"register.{format}").write_bytes(exported(hostile_register(), format))
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            [
                office,
                "--headless",
                *(["--infilter=Text - txt - csv (StarCalc):44,34,76"] if format == "csv" else []),
                f"-env:UserInstallation=file://{profile}",
                "--convert-to",
                "csv:Text - txt - csv (StarCalc):44,34,76,1",
                "--outdir",
                tmp_path / "out",
                tmp_path / f"register.{format}",
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    complaints = [line for line in done.stderr.splitlines() if "javaldx" not in line]  # no Java, and none is needed
    assert complaints == []
    with (tmp_path / "out" / "register.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    shown = [line["basis"].removeprefix("'") for line in lines]
    assert shown == [cell(text).removeprefix("'") if format == "csv" else text for text in HOSTILE]


@pytest.mark.parametrize("format", FORMATS)
def test_memory_does_not_grow_with_the_register(format: str) -> None:
    [entry] = chain((EntryKind.OPENED, "C-0000001", opening(0)))
    [row] = rows([entry])

    def peak(count: int) -> int:
        tracemalloc.start()
        with tempfile.TemporaryFile() as file:
            write((row for _ in range(count)), file, format=format)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    peak(10)
    assert peak(4_000) < peak(400) + 200_000


def test_a_manifest_says_how_the_file_was_made_and_nothing_of_when() -> None:
    selection = select(start=date(2026, 1, 1), end=None, wanted={"channel": ["x", "a"], "tier": []})
    written = write(rows([]), io.BytesIO(), format="csv")
    manifest = Manifest("register.csv", "csv", written, (7, "ab"), selection, more={"notice": "first"})
    told = json.loads(manifest.as_bytes())
    assert list(told)[0] == "notice"
    assert told == {
        "notice": "first",
        "file": "register.csv",
        "format": "csv",
        "format_version": "2026.2",
        "rows": 0,
        "sha256": written.sha256,
        "period": {"from": "2026-01-01", "to": None, "by": "received"},
        "filter": {"channel": ["a", "x"]},
        "personal_data": "masked",
        "register": {"seq": 7, "digest": "ab"},
    }


def test_a_period_counted_by_something_unknown_is_refused() -> None:
    with pytest.raises(SetupError, match="--by 'mood' is not known; use one of"):
        select(start=None, end=None, by="mood", wanted={})


def test_a_period_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(SetupError, match="ends before it starts; swap the two dates"):
        select(start=date(2026, 7, 1), end=date(2026, 6, 30), wanted={})
