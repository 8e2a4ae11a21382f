"""`earshot channels` and `earshot key`."""

import json
from pathlib import Path

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
