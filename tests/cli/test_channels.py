"""`earshot channels` and `earshot key`."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from store.store import Store
from tests.cli.conftest import Earshot


def test_without_a_channel_it_says_how_to_get_one(earshot: Earshot, home: Path) -> None:
    done = earshot("channels")
    assert done.code == 0
    assert "earshot connect" in done.out


def test_the_same_as_json(earshot: Earshot, home: Path) -> None:
    assert json.loads(earshot("channels", "--json").out) == {"channels": [], "this_month": {}}


def test_a_key_is_shown_once_listed_without_itself_and_revoked(earshot: Earshot, home: Path) -> None:
    key = earshot("key", "add", "bridge").out.strip()
    assert key.startswith("ek_")
    listed = earshot("key", "list").out
    assert "bridge" in listed
    assert key not in listed
    assert earshot("key", "revoke", "1").code == 0
    again = earshot("key", "revoke", "1")
    assert again.code == 2
    assert "no key 1 stands" in again.err


def test_until_when_a_credential_is_good_is_shown(
    earshot: Earshot, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARSHOT_META_APP_SECRET", "app-secret")
    store = Store(f"sqlite:///{home / 'earshot.db'}")
    with store.writing() as transaction:
        transaction.health.probed(
            "meta",
            account="Threads larkbank",
            valid_until=datetime(2099, 8, 4, 12, tzinfo=UTC),
            scopes=(),
            missing=("The Threads token could not be renewed and ends soon.",),
            shown_in_week=None,
            held_of_week=None,
            now=datetime(2026, 6, 5, tzinfo=UTC),
        )
    store.close()

    done = earshot("channels")

    assert "valid until 2099-08-04 12:00 UTC" in done.out
    assert "could not be renewed" in done.out
    assert done.code == 1
