"""`earshot register …`."""

import csv
import hashlib
import io
import json
import sqlite3
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from models import Entry, EntryKind
from register.entries import make_entry
from register.profiles import SHIPPED
from store.store import Store
from tests.cli.conftest import Earshot
from tests.register.lives import acknowledged, closed, opened, register, step

H1 = ("register", "export", "--format", "asic", "--period", "2026H1")


@pytest.fixture
def books(home: Path, open_store: Callable[[str], Store]) -> Callable[..., None]:
    """Writes a register; called again, it appends to it."""
    store = open_store(f"sqlite:///{home / 'earshot.db'}")

    def write(**lives: object) -> None:
        with store.writing() as transaction:
            transaction.register.lock()
            for entry in sorted(register(**lives), key=lambda entry: entry.seq):
                seq, previous = transaction.register.head()
                transaction.register.append(chained(entry, seq + 1, previous))

    return write


def chained(entry: Entry, seq: int, previous: str) -> Entry:
    made_at = datetime.fromisoformat(entry.recorded_at)
    return make_entry(
        EntryKind(entry.kind),
        seq=seq,
        complaint_id=entry.complaint_id,
        recorded_at=made_at,
        facts=json.loads(entry.facts),
        personal=json.loads(entry.personal or "{}"),
        salt=f"salt{seq}",
        previous=previous,
    )


@pytest.fixture
def profiles(tmp_path: Path) -> Path:
    """As a firm would fill it: the example's columns and codes, without its mark."""
    folder = tmp_path / "profiles"
    folder.mkdir()
    for file in SHIPPED.glob("*"):
        text = file.read_text().replace("is_example = true", "").replace("example, not ASIC codes", "handbook")
        (folder / file.name.replace("example.toml", "2025-12.toml")).write_text(text)
    return folder


def two_complaints() -> dict[str, object]:
    return {
        "C_1": [opened("2026-06-01T09:00"), acknowledged("2026-06-01T10:00"), closed("2026-07-05T09:00")],
        "C_2": [opened("2026-06-30T23:59", channel="x")],
    }


def test_the_export_has_a_manifest_beside_it(earshot: Earshot, books: Callable[..., None], tmp_path: Path) -> None:
    books(**two_complaints())
    done = earshot("register", "export", "--format", "xlsx", "--channel", "x", "--output", "x.xlsx")
    assert done.code == 0
    data, told = (tmp_path / "x.xlsx").read_bytes(), json.loads((tmp_path / "x.xlsx.manifest.json").read_text())
    assert (told["rows"], told["sha256"]) == (1, hashlib.sha256(data).hexdigest())
    assert (told["filter"], told["personal_data"], told["register"]["seq"]) == ({"channel": ["x"]}, "masked", 4)
    assert f"1 complaints, SHA-256 {told['sha256']}" in done.err


def test_standard_output_gets_the_file_and_a_manifest_where_one_is_named(
    earshot: Earshot, books: Callable[..., None], tmp_path: Path
) -> None:
    books(**two_complaints())
    arguments = ("register", "export", "--format", "jsonl", "--by", "closed", "--from", "2026-07-01")
    done = earshot(*arguments, "--with-personal-data", "--manifest", "m.json")
    [line] = done.out.splitlines()
    assert (json.loads(line)["complaint_id"], json.loads(line)["complainant"]) == ("C-1", "mira")
    assert json.loads((tmp_path / "m.json").read_text())["personal_data"] == "shown"
    assert "(masked)" in earshot(*arguments).out


def test_the_register_as_it_stood_is_exported_again(earshot: Earshot, books: Callable[..., None]) -> None:
    books(C_1=[opened("2026-06-01T09:00")])
    before = earshot("register", "export").out
    books(C_2=[opened("2026-06-02T09:00")], C_1=[closed("2026-06-03T09:00")])
    assert earshot("register", "export", "--entry", "1").out == before
    assert earshot("register", "export").out != before


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--format", "pdf"], "csv, xlsx, jsonl, asic"),
        (["--from", "soon"], "'soon' is no date"),
        (["--from", "2026-07-02", "--to", "2026-07-01"], "ends before it starts"),
        (["--by", "moon"], "received, closed"),
        (["--period", "2026"], "2026H1"),
        (["--period", "2026H1", "--from", "2026-01-01"], "leave out --from and --to"),
        (["--entry", "9"], "the register has entries 1 to 4"),
        (["--format", "asic", "--period", "2026H1", "--entry", "9"], "the register has entries 1 to 4"),
        (["--format", "asic"], "no reporting period"),
        (["--format", "asic", "--from", "2026-01-01", "--to", "2026-03-31"], "no reporting period"),
        (["--format", "asic", "--period", "2026H1", "--status", "open"], "takes a period and nothing else"),
        (["--format", "asic", "--period", "2026H1", "--with-personal-data"], "takes a period and nothing else"),
        (["--format", "asic", "--period", "2026H1"], "no profile covers 2026H1"),
        (["--format", "asic", "--period", "2026H1", "--profiles", "gone"], "gone is not there"),
    ],
)
def test_what_cannot_be_exported_is_said(
    earshot: Earshot, books: Callable[..., None], arguments: list[str], words: str
) -> None:
    books(**two_complaints())
    done = earshot("register", "export", *arguments)
    assert (done.code, done.out) == (2, "")
    assert words in " ".join(done.err.split())


# the half-year file


def test_the_half_year_file_follows_from_its_days_too(
    earshot: Earshot, books: Callable[..., None], profiles: Path, tmp_path: Path
) -> None:
    books(**two_complaints())
    days = ("--from", "2026-01-01", "--to", "2026-06-30", "--profiles", str(profiles))
    done = earshot("register", "export", "--format", "asic", *days, "--output", "h1.csv")
    assert done.code == 0
    data = (tmp_path / "h1.csv").read_bytes()
    lines = list(csv.DictReader(io.StringIO(data.decode())))
    assert [line["Complaint unique identifier"] for line in lines] == ["C-1", "C-2"]
    assert "2026H1: the register holds 2 made in the period" in done.err
    assert "2 complaints in the file agree with it" in done.err
    told = json.loads((tmp_path / "h1.csv.manifest.json").read_text())
    assert (told["profile"], told["reporting_period"], told["rows"]) == ("2025-12", "2026H1", 2)
    assert "notice" not in told
    assert earshot("register", "export", "--format", "asic", *days).out.encode() == data


def test_the_example_is_marked_and_cannot_be_lodged(
    earshot: Earshot, books: Callable[..., None], tmp_path: Path
) -> None:
    books(**two_complaints())
    done = earshot(*H1, "--profile", "example", "--output", "h1.csv")
    assert done.code == 0
    assert "example, not ASIC codes" in done.err
    told = json.loads((tmp_path / "h1.csv.manifest.json").read_text())
    assert list(told.items())[0] == ("notice", "example, not ASIC codes")
    lodged = earshot("register", "lodge", "--period", "2026H1", "--by", "Ann", "--file", "h1.csv")
    assert lodged.code == 2
    assert "cannot be lodged" in lodged.err


def test_edge_59_unmapped_items_block_and_are_all_listed(
    earshot: Earshot, books: Callable[..., None], profiles: Path, tmp_path: Path
) -> None:
    books(C_1=[opened("2026-06-01T09:00", product="yacht")], C_2=[opened("2026-06-02T09:00", product=None)])
    done = earshot(*H1, "--profiles", str(profiles), "--output", "h1.csv")
    assert (done.code, (tmp_path / "h1.csv").exists()) == (2, False)
    assert "C-1: column 'Product or service': product 'yacht' has no code" in done.err
    assert "C-2: column 'Product or service': the register has no product" in done.err
    assert "2 items named above" in done.err


def test_edge_57_a_nil_period_has_no_file_and_says_how_it_is_lodged(
    earshot: Earshot, books: Callable[..., None], tmp_path: Path
) -> None:
    done = earshot(*H1, "--output", "h1.csv")
    assert (done.code, (tmp_path / "h1.csv").exists()) == (0, False)
    assert "lodge a nil submission in ASIC's Regulatory Portal from 2026-07-01 to 2026-08-31" in done.err
    assert "warning: a nil return for 2026H1" in done.err
    assert "nil submission" in earshot("register", "lodge", "--period", "2026H1", "--by", "Ann").out
    (tmp_path / "h1.csv").write_text("x")
    again = ("register", "lodge", "--period", "2026H1", "--by", "Ann", "--again", "asked")
    assert "without --file" in earshot(*again, "--file", "h1.csv").err
    books(C_1=[opened("2026-06-01T09:00")])
    done = earshot(*H1)
    assert "nil submission" in done.err
    assert "C-1: (in the file): lodged 'no', now 'yes'" in done.err


def test_edge_64_a_period_after_the_repeal_without_a_profile_is_warned_of(
    earshot: Earshot, books: Callable[..., None]
) -> None:
    assert "Instrument 2022/205 is repealed on 2027-04-01" in earshot("register", "periods").err
    done = earshot("register", "export", "--format", "asic", "--period", "2026H2")
    assert "warning: no profile covers 2027H1" in done.err
    assert "2026H2 is not over" in done.err


def test_a_lodged_period_is_locked_and_what_came_later_is_listed(
    earshot: Earshot, books: Callable[..., None], profiles: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_PROFILES", str(profiles))
    books(**two_complaints())
    assert earshot(*H1, "--output", "h1.csv").code == 0
    lodged_bytes = (tmp_path / "h1.csv").read_bytes()
    books(C_1=[step(EntryKind.CORRECTED, "2026-08-01T09:00", product="home_loan", reason="typo")])

    lodged = earshot("register", "lodge", "--period", "2026H1", "--file", "h1.csv", "--by", "Ann Lee")
    assert "2026H1 lodged by Ann Lee: 2 complaints, SHA-256" in lodged.out
    assert "register entry 4" in lodged.out

    again = earshot(*H1)
    assert again.out.encode() == lodged_bytes
    assert "late correction: C-1: Product or service: lodged 'EX04', now 'EX05' (entries 5)" in again.err
    assert earshot(*H1, "--current").out.encode() != lodged_bytes
    assert "entry 4" in earshot("register", "export", "--period", "2026H1").err
    listed = earshot("register", "periods", "--period", "2026H1")
    assert "1 late corrections of 2026H1 since entry 4" in listed.out

    locked = earshot("register", "lodge", "--period", "2026H1", "--by", "Ann Lee")
    assert (locked.code, "is locked" in locked.err) == (2, True)
    other = earshot(
        "register", "lodge", "--period", "2026H1", "--by", "Ann Lee", "--again", "sent back", "--file", "h1.csv",
        "--entry", "5",
    )  # fmt: skip
    assert "name with --entry the entry" in other.err
    second = earshot("register", "lodge", "--period", "2026H1", "--by", "Ann Lee", "--again", "sent back")
    assert second.code == 0
    assert "late correction" not in earshot(*H1).err

    found = json.loads(earshot("register", "periods", "--json").out)
    [first] = [one for one in found if one["period"] == "2026H1"]
    assert (first["state"], first["lodged"]["number"], first["lodged"]["reason"]) == ("lodged", 2, "sent back")
    assert "2026H1  lodge 2026-07-01 to 2026-08-31  profile 2025-12  lodged on" in earshot("register", "periods").out

    (profiles / "example-product.csv").write_text("ours,code\ncredit_card,1\nhome_loan,2\n")
    changed = earshot(*H1)
    assert (changed.code, "no longer the one that 2026H1 was lodged with" in changed.err) == (2, True)


def test_a_lodged_file_that_no_longer_comes_out_is_an_alarm(
    earshot: Earshot, books: Callable[..., None], profiles: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_PROFILES", str(profiles))
    books(**two_complaints())
    assert earshot("register", "lodge", "--period", "2026H1", "--by", "Ann").code == 0
    with sqlite3.connect(home / "earshot.db") as database:
        database.execute("UPDATE register_entries SET facts = replace(facts, 'credit_card', 'home_loan')")
    done = earshot(*H1)
    assert (done.code, "run `earshot register verify`" in done.err) == (2, True)
    assert earshot("register", "verify").code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--period", "2026H2", "--by", "Ann"], "2026H2 is not over"),
        (["--period", "2026H1", "--by", " "], "say who lodged it"),
        (["--period", "2026H1", "--by", "Ann", "--file", "gone.csv"], "cannot read gone.csv"),
        (["--period", "2026H1", "--by", "Ann", "--file", "bad.csv"], "bad.csv.manifest.json is no manifest"),
    ],
)
def test_what_cannot_be_lodged_is_said(
    earshot: Earshot, books: Callable[..., None], tmp_path: Path, arguments: list[str], words: str
) -> None:
    (tmp_path / "bad.csv").write_text("x")
    (tmp_path / "bad.csv.manifest.json").write_text("[1]")
    books(**two_complaints())
    done = earshot("register", "lodge", *arguments)
    assert (done.code, words in " ".join(done.err.split())) == (2, True)


def test_a_period_that_was_not_lodged_has_no_late_corrections(earshot: Earshot, home: Path) -> None:
    done = earshot("register", "periods", "--period", "2026H1")
    assert (done.code, "was not lodged" in done.err) == (2, True)


def test_every_register_command_has_help_with_an_example(earshot: Earshot) -> None:
    for command in ("export", "verify", "lodge", "periods"):
        done = earshot("register", command, "--help")
        assert done.code == 0 and "Example: earshot" in done.out
