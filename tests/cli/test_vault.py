"""The vault, erasures and who was looked at, from the command line."""

import os
from pathlib import Path

import pytest

from models.access import AccessAct
from store.store import Store
from store.vault import Key
from tests.cli.conftest import Earshot
from tests.flow.bench import NOW
from tests.flow.retention_bench import RetentionBench


def store_of(home: Path) -> Store:
    return Store(f"sqlite:///{home / 'earshot.db'}")


def test_a_new_key_is_printed_and_can_be_used(earshot: Earshot, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    key = earshot("vault", "new-key").out.strip()
    monkeypatch.setenv("EARSHOT_VAULT_KEY", key)
    done = earshot("vault", "check")
    assert (done.code, done.out) == (0, "everything that is sealed opens\n")
    assert not (home / "vault.key").exists()


def test_rotation_says_what_it_did_and_may_be_repeated(earshot: Earshot, home: Path) -> None:
    first, second = earshot("vault", "rotate"), earshot("vault", "rotate", "--drop-old")
    assert "a new key was made" in first.out and first.code == second.code == 0
    assert "was taken out" in second.out
    assert len((home / "vault.key").read_text().split()) == 1


def test_a_wrong_key_is_said_with_the_way_out(earshot: Earshot, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    monkeypatch.setenv("EARSHOT_VAULT_KEY", "not a key")
    done = earshot("status")
    assert done.code == 2 and "EARSHOT_VAULT_KEY, part 1 is no key" in done.err and "not a key" not in done.err


def test_doctor_says_that_others_can_read_the_key_or_that_it_is_missing(
    earshot: Earshot, monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    earshot("vault", "check")
    assert "vault: key" in earshot("doctor").out
    os.chmod(home / "vault.key", 0o644)
    assert f"{home / 'vault.key'} can be read by others: run chmod 600" in earshot("doctor").out
    monkeypatch.setenv("EARSHOT_VAULT_KEY_FILE", str(home / "gone.key"))
    assert f"there is no file {home / 'gone.key'}" in earshot("doctor").out


def test_doctor_names_what_no_key_opens(earshot: Earshot, monkeypatch: pytest.MonkeyPatch, home: Path) -> None:
    from flow.configuration import configuration_key
    from settings import load

    configuration_key(load({"EARSHOT_HOME": str(home)}, env_file=None))
    monkeypatch.setenv("EARSHOT_VAULT_KEY", Key.new().written)
    done = earshot("doctor")
    assert "1 sealed values do not open: file configuration.key: sealed with key" in done.out
    assert earshot("vault", "check").code == 1


def test_an_erasure_by_two_people_from_the_command_line(earshot: Earshot, home: Path) -> None:
    store = store_of(home)
    bench = RetentionBench(store)
    bench.say("1", "just saying hello")
    store.close()
    handle = ("--channel", "x", "--handle", "mira_zanzibarite")
    assert "case 1: 1 messages, goes" in earshot("erase", "look", *handle).out
    assert earshot("erase", "ask", *handle, "--by", "agnes", "--reason", "request 4").code == 0
    own = earshot("erase", "agree", "1", "--by", "agnes")
    assert own.code == 2 and "somebody else has to agree" in own.err
    done = earshot("erase", "agree", "1", "--by", "boris")
    assert done.code == 0 and "1 messages lost their words" in done.out
    assert "done" in earshot("erase", "list").out
    assert earshot("erase", "look", *handle).code == 2
    assert b"zanzibarite" not in (home / "earshot.db").read_bytes()


def test_what_is_shown_on_the_command_line_is_noted(earshot: Earshot, home: Path) -> None:
    store = store_of(home)
    bench = RetentionBench(store)
    bench.say("1", "I was charged twice, give me a refund")
    masked = earshot("register", "export", "--format", "jsonl")
    plain = earshot("register", "export", "--format", "jsonl", "--with-personal-data")
    earshot("complaint", "show", "C-0000001")
    earshot("corrections")
    assert "zanzibarite" not in masked.out and "zanzibarite" in plain.out
    with store.reading() as transaction:
        noted = transaction.access.rows(limit=9)
    assert [(one.act, one.thing) for one in noted] == [
        (AccessAct.EXPORTED, "corrections"),
        (AccessAct.OPENED, "complaint"),
        (AccessAct.EXPORTED, "register export"),
        (AccessAct.EXPORTED, "register export"),
    ]
    assert noted[2].facts["personal_data"] is True and noted[3].facts["personal_data"] is False
    assert noted[2].person.endswith("(system)") and noted[2].at > NOW
    store.close()
