"""`earshot vip …`; what an entry does is in `tests/flow/test_vips.py`."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.cli.conftest import Earshot
from tests.flow.bench import Bench

UNTIL = f"{datetime.now(UTC) + timedelta(days=60):%Y-%m-%d}"
ENTRY = ("vip", "add", "x", "@Mira", "--band", "key", "--until", UNTIL, "--reason", "Largest", "--by", "Lena")


def test_an_account_is_entered_listed_and_ended(earshot: Earshot, bench: Bench) -> None:
    assert earshot(*ENTRY).out.startswith("entry 1;")
    again = earshot(*ENTRY)
    assert again.code != 0 and "stands in the list already" in again.err
    assert "mira on x" in earshot("vip", "list").out
    assert earshot("vip", "end", "1", "--by", "Lena").out == "entry 1 is over\n"
    refused = earshot("vip", "end", "1", "--by", "Lena")
    assert refused.code != 0 and "no entry 1 stands" in refused.err
    assert earshot("vip", "list", "--json").out == "[]\n"
    [over] = json.loads(earshot("vip", "list", "--past", "--json").out)
    assert (over["handle"], over["ended_by"]) == ("mira", "Lena")


def test_a_file_is_entered_wholly_or_not_at_all(earshot: Earshot, bench: Bench, tmp_path: Path) -> None:
    file, head = tmp_path / "customers.csv", "channel,handle,band,until,reason,reference\n"
    file.write_text(f"{head}x,one,key,{UNTIL},Large,\nx,two,gold,{UNTIL},Large,\n", encoding="utf-8")
    refused = earshot("vip", "import", str(file), "--by", "Lena")
    assert refused.code != 0 and "line 3" in refused.err
    file.write_text(f"{head}x,one,key,{UNTIL},Large,\nx,two,known,{UNTIL},Large,K-2\n", encoding="utf-8")
    assert earshot("vip", "import", str(file), "--by", "Lena").out == "2 entered, 0 stood in the list already\n"
    assert len(json.loads(earshot("vip", "list", "--json").out)) == 2
