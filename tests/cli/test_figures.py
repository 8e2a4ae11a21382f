import csv
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from measure.handling_definitions import DEFINITIONS
from store.store import Store
from tests.cli.conftest import Earshot
from tests.flow.bench import Bench, message

YEAR = str(datetime.now(UTC).year)


@pytest.fixture
def filled(home: Path, open_store: Callable[[str], Store]) -> Store:
    store = open_store(f"sqlite:///{home / 'earshot.db'}")
    bench = Bench(store)
    bench.time = datetime.now(UTC)
    bench.read(message("you charged twice", id="1"), message("how do i log in?", id="2", conversation_id="b"))
    bench.drain()
    return store


def test_figures_are_printed_as_table_csv_and_json(earshot: Earshot, filled: Store) -> None:
    shown = earshot("figures", "--from", "2026-01-01", "--to", f"{YEAR}-12-31")
    assert shown.code == 0 and "Escalated" in shown.out and "figures" in shown.err
    told = earshot("figures", "--period", "2026", "--format", "json")
    lines = json.loads(told.out)["figures"]
    [whole] = [line for line in lines if line["figure"] == "escalated" and line["group"] == "all"]
    assert whole["count"] == 2 and whole["definition"] == DEFINITIONS["escalated"].meaning
    rows = list(csv.DictReader(io.StringIO(earshot("figures", "--period", "2026", "--format", "csv").out)))
    assert len(rows) == len(lines)
    other = json.loads(earshot("figures", "--period", "2026", "--format", "json", "--channel", "email").out)
    assert [line for line in other["figures"] if line["figure"] == "escalated"] == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "say which period"),
        (["--period", "2026-W99"], "2026-W23"),
        (["--period", "2026", "--format", "xls"], "table, csv, json"),
        (["--from", "2026-02-01", "--to", "2026-01-01"], "ends before"),
    ],
)
def test_what_cannot_be_shown_is_refused_with_the_way_out(
    earshot: Earshot, home: Path, arguments: list[str], says: str
) -> None:
    done = earshot("figures", *arguments)
    assert done.code == 2 and says in done.err
