"""`earshot migrate`: the tables before the parts; `--check` only looks."""

from tests.cli.conftest import Earshot


def test_the_tables_are_made_once_and_looked_at_without_being_changed(earshot: Earshot) -> None:
    before = earshot("migrate", "--check")
    assert (before.code, "run `earshot migrate`" in " ".join(before.err.split())) == (1, True)
    assert earshot("migrate").code == 0
    after = earshot("migrate", "--check")
    assert (after.code, after.err) == (0, "")
    assert earshot("migrate").code == 0
