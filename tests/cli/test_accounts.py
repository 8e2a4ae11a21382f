"""Accounts on the command line: the first person's link, and keys of programs."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest

from cli_run import _greet
from cli_start import ready
from tests.cli.conftest import Earshot


def test_the_first_persons_link_goes_to_the_terminal_and_into_no_file_and_no_log(
    earshot: Earshot, home: Path, capfdbinary: pytest.CaptureFixture[bytes], caplog: pytest.LogCaptureFixture
) -> None:
    assert earshot("status").code == 0
    engine = ready()
    caplog.set_level("DEBUG")
    _greet(engine)
    told = capfdbinary.readouterr()
    link = next(word for word in told.err.decode().split() if "/welcome/" in word)
    token = urlsplit(link).path.rsplit("/", 1)[1]
    engine.store.close()
    assert told.out == b""
    assert len(token) >= 43
    assert token not in caplog.text
    files = [path for path in home.rglob("*") if path.is_file()]
    assert files
    assert [path for path in files if token.encode() in path.read_bytes()] == []


def test_a_key_may_what_it_was_made_for_and_as_long(earshot: Earshot, home: Path) -> None:
    made = earshot("key", "add", "warehouse", "--scope", "figures:read", "--scope", "register:export", "--days", "30")
    assert made.code == 0
    listed = earshot("key", "list").out
    assert "figures:read" in listed and "register:export" in listed and "messages:write" not in listed
    assert earshot("key", "add", "bridge").code == 0
    assert "messages:write" in earshot("key", "list").out


@pytest.mark.parametrize("wrong", [("--scope", "everything"), ("--days", "0"), ("--days", "99999")])
def test_a_key_for_what_is_unknown_is_refused(earshot: Earshot, home: Path, wrong: tuple[str, str]) -> None:
    assert earshot("key", "add", "bridge", *wrong).code == 2
    assert "bridge" not in earshot("key", "list").out
