"""Commands that need no workers."""

import gzip
import json
import sqlite3
from pathlib import Path

import pytest

import cli
import cli_run
from connectors.desk_in_memory import DeskFault, DeskInMemory
from models.errors import SetupError
from settings import Settings
from store.migrate import upgrade
from store.store import Store
from tests.cli.conftest import Earshot
from tests.flow.bench import Bench
from tests.flow.keyword_classifier import KeywordClassifier

GOOD = b'{"id": "1", "text": "charged twice"}\n'


def test_clocks_print_the_contract(earshot: Earshot) -> None:
    done = earshot("clocks", "--place", "AU-NSW", "--received", "2026-06-05T23:50+10:00", "--json")
    assert done.code == 0
    answer = json.loads(done.out)
    assert (answer["pack"], answer["day_zero"]) == ("asic-rg271", "2026-06-05")
    dates = {due["key"]: due["date"] for due in answer["due"]}
    assert dates == {
        "acknowledge_24h": "2026-06-06",
        "acknowledge_1bd": "2026-06-09",
        "close_5bd": "2026-06-15",
        "respond": "2026-07-05",
        "respond_s36": "2026-07-06",
    }
    respond = next(due for due in answer["due"] if due["key"] == "respond")
    assert respond["at"] == "2026-07-05T23:59:59+10:00"
    assert (respond["paragraph"], respond["force"]) == ("RG 271.56", "enforceable")
    assert respond["steps"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["clocks", "--received", "2026-06-05T23:50"], "no offset"),
        (["clocks", "--received", "yesterday"], "'yesterday' is no ISO 8601 instant"),
        (["clocks", "--received", "2026-06-05T23:50+10:00", "--place", "AU-XX"], "AU-XX"),
        (["clocks", "--received", "2026-06-05T23:50+10:00", "--type", "wish"], "wish"),
        (["clocks", "--received", "2021-10-04T09:00+11:00"], "2021-10-04"),
        (["clocks", "--received", "2026-06-05T23:50+10:00", "--event", "acknowledged"], "KIND=INSTANT"),
        (["ingest", "no-such-file.jsonl"], "no-such-file.jsonl"),
        (["judge", "no-such-file.jsonl"], "no-such-file.jsonl"),
        (["work", "judge", "push"], "cannot share"),
        (["work", "jugde"], "jugde"),
    ],
)
def test_what_cannot_be_done_is_said_with_exit_code_2(earshot: Earshot, arguments: list[str], words: str) -> None:
    done = earshot(*arguments)
    assert done.code == 2
    assert words in " ".join(done.err.split())
    assert "Traceback" not in done.err


def test_an_unknown_setting_names_the_closest(earshot: Earshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_PLAICE", "AU-NSW")
    done = earshot("status")
    assert done.code == 2
    assert "unknown setting EARSHOT_PLAICE: did you mean EARSHOT_PLACE?" in done.err


def test_a_desk_that_would_drop_something_stops_the_start_and_one_that_is_down_does_not(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = DeskInMemory()
    engine = Bench(Store(f"sqlite:///{home / 'earshot.db'}"), desk).flow
    desk.fail_next_lookups(DeskFault.BEFORE, DeskFault.ACCESS)
    cli_run.check_desks(engine)
    cli_run.check_desks(engine)
    assert capsys.readouterr().err.count("tickets wait until that is mended") == 2

    def unprepared() -> None:
        raise SetupError("in_memory: the custom field ExternalId is missing")

    monkeypatch.setattr(desk, "check", unprepared)
    with pytest.raises(SetupError, match="ExternalId"):
        cli_run.check_desks(engine)


def test_a_folder_that_cannot_be_written_is_said(earshot: Earshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_HOME", "/proc/earshot")
    done = earshot("ingest", "-", stdin=GOOD)
    assert done.code == 2
    assert "cannot write to the folder /proc/earshot" in done.err


def test_a_database_of_a_newer_program_is_refused(earshot: Earshot, tmp_path: Path) -> None:
    assert earshot("status").code == 0
    with sqlite3.connect(tmp_path / "home" / "earshot.db") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    done = earshot("status")
    assert done.code == 2
    assert "version 9999" in done.err


def test_an_unsupported_database_is_said(earshot: Earshot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARSHOT_DATABASE_URL", "mysql://u:secret@h/d")
    done = earshot("status")
    assert done.code == 2
    assert "mysql is not supported" in done.err and "secret" not in done.err


def test_ingest_stores_without_workers_and_a_second_run_changes_nothing(earshot: Earshot) -> None:
    first = earshot("ingest", "-", stdin=GOOD)
    assert (first.code, "1 read, 1 new, 0 parked" in first.out) == (0, True)
    again = earshot("ingest", "-", stdin=GOOD)
    assert (again.code, "1 read, 0 new, 0 parked" in again.out) == (0, True)
    status = json.loads(earshot("status", "--json").out)
    assert status["messages"]["received"] == 1
    assert status["lanes"] is None


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"{not json", "line 2"),
        (b"[1, 2]", "line 2"),
        (b'{"id": "2"}', "text"),
        (b'{"text": 5}', "text"),
        (b'{"text": "\xff\xfe"}', "UTF-8"),
        (b'{"text": "' + b"x" * 10_000_000 + b'"}', "line 2"),
        (b'{"text": "a\x00b"}', "line 2"),
    ],
    ids=["half", "list", "no text", "number", "encoding", "10 MB", "NUL"],
)
def test_a_bad_line_is_named_and_parked_and_the_rest_goes_on(earshot: Earshot, line: bytes, words: str) -> None:
    after = b'{"id": "3", "text": "thanks"}\n'
    done = earshot("ingest", "-", stdin=GOOD + line + b"\n" + after)
    assert done.code == 1
    assert "2 new, 1 parked" in done.out
    assert "line 2" in done.err and words in done.err
    status = json.loads(earshot("status", "--json").out)
    assert status["messages"]["received"] == 2
    assert status["quarantine"] == 1


def test_a_half_written_gzip_gives_what_it_holds_and_says_so(earshot: Earshot, tmp_path: Path) -> None:
    lines = b"".join(b'{"id": "%d", "text": "message number %d"}\n' % (n, n * 7919) for n in range(4000))
    (tmp_path / "half.jsonl.gz").write_bytes(gzip.compress(lines)[:-3000])
    done = earshot("ingest", "half.jsonl.gz")
    assert done.code == 1
    assert "and after" in done.err
    stored = json.loads(earshot("status", "--json").out)["messages"]["received"]
    assert 1000 < stored < 4000


def test_a_redis_that_was_named_and_does_not_answer_is_an_error_and_nothing_is_lost(
    earshot: Earshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_REDIS_URL", "redis://127.0.0.1:1/0")
    done = earshot("ingest", "-", stdin=GOOD)
    assert done.code == 1
    assert "Redis does not answer" in done.err
    assert json.loads(earshot("status", "--json").out)["messages"]["received"] == 1
    waited = earshot("ingest", "-", "--wait", stdin=GOOD)
    assert waited.code == 2
    assert "nothing was started: Redis does not answer" in waited.err


def test_an_empty_register_exports_its_header_and_verifies(earshot: Earshot, tmp_path: Path) -> None:
    done = earshot("register", "export", "--format", "csv", "--output", "register.csv")
    assert done.code == 0
    assert "0 complaints, SHA-256" in done.err
    assert (tmp_path / "register.csv").read_bytes().startswith(b"\xef\xbb\xbfcomplaint_id,")
    assert not (tmp_path / "register.csv.part").exists()
    assert "0 entries verify" in earshot("register", "verify").out


def test_every_command_has_help_with_an_example(earshot: Earshot) -> None:
    assert earshot("--help").code == 0
    for command in ("judge", "ingest", "status", "clocks", "up", "web", "work", "cron", "doctor", "retry"):
        done = earshot(command, "--help")
        assert done.code == 0 and "Example: earshot" in done.out


def test_a_start_leaves_no_connection_that_a_forked_job_could_share(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'earshot.db'}")
    upgrade(store.engine)
    engine = Bench(store, home=tmp_path).flow
    cli_run.note_what_is_set(engine, "earshot work")
    assert "engine" not in vars(store), "opened anew by whoever needs it, in its own process"
    with store.reading() as transaction:
        assert transaction.configuration.rows(part=None, limit=1)


def test_doctor_says_why_no_links_go_out_to_customers(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    assert "EARSHOT_PUBLIC_URL is not set" in cli._look_at_follow_up(settings)
    assert "links go out" in cli._look_at_follow_up(settings.model_copy(update={"public_url": "https://care.test"}))


def test_a_text_on_which_the_classifier_fails_is_named_and_the_others_are_judged(
    earshot: Earshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.load_weights", lambda _folder: KeywordClassifier())
    lines = [{"id": "1", "text": "charged twice"}, {"id": "2", "text": "poison"}, {"id": "2", "text": "thank you"}]

    done = earshot("judge", stdin="\n".join(map(json.dumps, lines)).encode())

    assert done.code == 1
    assert [json.loads(line)["id"] for line in done.out.splitlines()] == ["1", "2"]
    assert "2: the classifier failed: ValueError" in done.err
    assert "1 lines could not be read or judged, the others were judged" in " ".join(done.err.split())
