from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from store.store import Store
from tests.cli.conftest import Earshot
from tests.flow.bench import NOW, Bench, message

SPAM = 4


@pytest.fixture
def filled(home: Path, open_store: Callable[[str], Store]) -> Store:
    """Two complaints and some spam, three weeks ago."""
    store = open_store(f"sqlite:///{home / 'earshot.db'}")
    bench = Bench(store)
    bench.time = datetime.now(UTC) - timedelta(weeks=3)
    texts = ["charged twice", "refund"] + ["free crypto =1+1"] * SPAM
    said_at = (bench.time - timedelta(minutes=1)).isoformat()
    bench.read(
        *(
            message(text, id=str(number), author={"id": f"u{number}"}, created_at=said_at)
            for number, text in enumerate(texts)
        )
    )
    bench.drain()
    return store


def test_the_board_report_is_written_in_both_formats(earshot: Earshot, filled: Store, tmp_path: Path) -> None:
    year = str(datetime.now(UTC).year)
    for name, start in (("board.html", b"<!doctype html>"), ("board.pdf", b"%PDF-")):
        done = earshot("report", "board", "--period", year, "--out", str(tmp_path / name))
        assert done.code == 0 and "complaints received" in done.err
        assert (tmp_path / name).read_bytes().startswith(start)
    done = earshot("report", "board", "--from", "2020-01-01", "--to", "2020-01-31", "--earlier", "0")
    assert done.code == 0 and "0 complaints received" in done.out


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--period", "2026H3"], "2026H1"),
        ([], "say which period"),
        (["--period", "2026", "--from", "2026-01-01"], "say which period"),
        (["--from", "2026-01-01", "--to", "soon"], "no date"),
        (["--from", "2026-02-01", "--to", "2026-01-01"], "ends before"),
        (["--period", "2026", "--format", "docx"], "html, pdf"),
    ],
)
def test_a_report_that_cannot_be_made_is_refused_with_the_way_out(
    earshot: Earshot, home: Path, arguments: list[str], says: str
) -> None:
    done = earshot("report", "board", *arguments)
    assert done.code == 2 and says in done.err


def test_a_sample_is_drawn_reviewed_and_told(earshot: Earshot, filled: Store) -> None:
    with filled.reading() as transaction:
        first = transaction.review.first_received_at()
    assert first is not None
    week = "{}-W{:02}".format(*first.astimezone(ZoneInfo("Australia/Sydney")).isocalendar()[:2])  # the firm's own week
    shown = earshot("review", "sample", "--week", week)
    assert shown.code == 0 and shown.out.count("spam on x") == SPAM and "4 wait" in shown.err
    assert earshot("review", "sample", "--week", week, "--json", "--limit", "1").out.count("\n") == 1
    agreed = earshot("review", "verdict", "1", "spam", "--by", "Eva")
    assert agreed.code == 0 and "stays" in agreed.out
    corrected = earshot("review", "verdict", "2", "complaint", "--by", "Eva")
    assert corrected.code == 0 and "corrected" in corrected.out
    told = earshot("review", "miss-rate")
    assert told.code == 0 and "50.00%" in told.out and "label spam" in told.out
    assert '"missed": 1' in earshot("review", "miss-rate", "--json").out


def test_the_log_of_what_is_no_complaint_is_a_safe_table(earshot: Earshot, filled: Store, tmp_path: Path) -> None:
    file = tmp_path / "none.csv"
    done = earshot("review", "log", "--output", str(file))
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    assert done.code == 0 and f"{SPAM} messages" in done.err and len(lines) == SPAM + 1
    assert lines[0].startswith('"message_id"') and "classifier:keywords" in lines[1]
    assert "crypto" not in file.read_text(encoding="utf-8-sig")
    none = earshot("review", "log", "--from", "2020-01-01", "--to", "2020-01-31")
    assert none.code == 0 and "0 messages" in none.err


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["sample"], 2, "no week is drawn"),
        (["miss-rate"], 2, "no week of this time"),
        (["verdict", "7", "spam", "--by", "Eva"], 2, "number 7"),
        (["log", "--from", "soon"], 2, "no date"),
    ],
)
def test_what_cannot_be_reviewed_is_said(
    earshot: Earshot, home: Path, arguments: list[str], code: int, says: str
) -> None:
    done = earshot("review", *arguments)
    assert done.code == code and says in done.err


def test_the_bench_lies_in_the_past() -> None:
    assert NOW < datetime.now(UTC)
