"""The register as people read it, and as files."""

import csv
import hashlib
import io
import json
from datetime import date

import pytest

from models import Entry, EntryKind
from register.export import cell, write
from register.rows import COLUMNS, rows
from tests.register.chain import chain, opening, three_complaints


def by_complaint(entries: list[Entry]) -> list[Entry]:
    return sorted(entries, key=lambda entry: (entry.complaint_id, entry.seq))


def test_one_row_a_complaint_with_what_became_of_it() -> None:
    found = {row["complaint_id"]: row for row in rows(by_complaint(three_complaints()))}
    assert list(found) == ["C-0000001", "C-0000002", "C-0000003"]
    assert found["C-0000001"]["acknowledged_at"] == "2026-06-30T15:59:00+00:00"
    assert found["C-0000001"]["entries"] == "1-3"
    assert found["C-0000002"]["status"] == "ruled_out"
    assert found["C-0000002"]["basis"] == "a joke"
    assert found["C-0000003"]["status"] == "open"


def test_a_period_is_counted_by_the_local_day_of_receipt() -> None:
    entries = by_complaint(three_complaints())
    first_half = [row["complaint_id"] for row in rows(entries, end=date(2026, 6, 30))]
    second_half = [row["complaint_id"] for row in rows(entries, start=date(2026, 7, 1))]
    assert first_half == ["C-0000001"]
    assert second_half == ["C-0000002", "C-0000003"]


def test_personal_data_is_masked_unless_asked_for() -> None:
    entries = by_complaint(three_complaints())
    masked, open_ = next(rows(entries)), next(rows(entries, with_personal_data=True))
    assert (masked["complainant"], masked["text"]) == ("(masked)", "(masked)")
    assert (open_["complainant"], open_["text"]) == ("person1", "charged twice")


@pytest.mark.parametrize("format", ["csv", "jsonl"])
def test_the_same_entries_give_the_same_bytes_and_the_manifest_their_digest(format: str) -> None:
    files = [io.BytesIO(), io.BytesIO()]
    manifests = [write(rows(by_complaint(three_complaints())), file, format=format) for file in files]
    assert files[0].getvalue() == files[1].getvalue()
    assert manifests[0] == manifests[1]
    assert manifests[0].rows == 3
    assert manifests[0].sha256 == hashlib.sha256(files[0].getvalue()).hexdigest()


def test_csv_keeps_quotes_newlines_and_letters_of_every_script() -> None:
    hostile = 'say "no",\nЖалба şikâyet'
    entries = chain((EntryKind.OPENED, "C-0000001", opening(0, basis=hostile)))
    file = io.BytesIO()
    write(rows(entries), file, format="csv")
    text = file.getvalue().decode("utf-8-sig")
    header, row = csv.reader(io.StringIO(text, newline=""))
    assert tuple(header) == COLUMNS
    assert dict(zip(header, row, strict=True))["basis"] == hostile


def test_jsonl_has_one_object_a_line() -> None:
    file = io.BytesIO()
    write(rows(by_complaint(three_complaints())), file, format="jsonl")
    assert [json.loads(line)["complaint_id"] for line in file.getvalue().splitlines()] == [
        "C-0000001",
        "C-0000002",
        "C-0000003",
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_a_cell_that_a_spreadsheet_would_run_becomes_text(start: str) -> None:
    assert cell(f"{start}1+1") == f"'{start}1+1"
    assert cell(f"1{start}1") == f"1{start}1"
