"""The keyboard's map: one for everybody, changed by each person for themselves."""

import re
from itertools import combinations

import pytest

from inbox.keys import COMMANDS, faults, keys_of, targets
from inbox.roles import Role
from models.errors import RetryableError
from models.saved_reply import Macro, MacroAct, MacroActKind
from tests.inbox.conftest import add_person, log_in
from tests.inbox.factory import NOW, add_demo

SHIPPED = {command.name: command.keys for command in COMMANDS if Role.AGENT in command.roles}
"""What an agent has."""


def fields(**changed: str) -> dict[str, str]:
    return {"are_on": "yes"} | {f"key-{name}": keys for name, keys in (SHIPPED | changed).items()}


def keys_on(page: str) -> dict[str, str]:
    """Command → keys, as the script reads them from the page."""
    return dict(re.findall(r'<div data-command="(\w+)" data-keys="([^"]*)"', page))


def test_no_two_commands_as_shipped_share_keys_and_none_is_the_beginning_of_another():
    everything = {command.name: command.keys for command in COMMANDS}
    assert faults(everything) == {}
    for one, other in combinations(everything.values(), 2):
        assert one != other
        assert not other.startswith(f"{one} ")


def test_every_page_holds_the_map_and_the_command_bar(sqlite_store, agent):
    add_demo(sqlite_store, now=NOW)
    for path in ("/", "/cases/1", "/cases/999", "/health", "/keys", "/bulk"):
        page = agent.get(path).text
        assert keys_on(page) == SHIPPED
        assert 'id="command-bar"' in page
        assert page.count("<script") == page.count("<script src=")


def test_the_log_in_has_no_keys(nobody):
    assert "key-map" not in nobody.get("/login").text


def test_a_person_binds_a_command_anew_and_only_for_themselves(sqlite_store, agent, open_browser):
    assert agent.post("/keys", **fields(reply="v", go_desk="g t")).status_code == 303
    assert keys_on(agent.get("/").text) == SHIPPED | {"reply": "v", "go_desk": "g t"}
    add_person(sqlite_store, "Priti", Role.AGENT)
    other = open_browser()
    log_in(other, "Priti")
    assert keys_on(other.get("/").text) == SHIPPED


def test_a_command_may_have_no_key_at_all(agent):
    assert agent.post("/keys", **fields(done="")).status_code == 303
    page = agent.get("/").text
    assert keys_on(page)["done"] == ""
    assert "no key" in page
    assert 'id="command-done"' in page


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reply": "j"}, "“j” is taken by “Next row”"),
        ({"reply": "g"}, "cannot be told apart"),
        ({"go_desk": "j q"}, "cannot be told apart"),
        ({"reply": "abc"}, "Type one letter, digit or sign"),
        ({"reply": "é\u0301"}, "Type one letter, digit or sign"),
        ({"reply": "\u202e"}, "Type one letter, digit or sign"),
    ],
)
def test_keys_that_cannot_be_are_refused_in_words_and_nothing_is_saved(agent, changed, said):
    answer = agent.post("/keys", **fields(**changed))
    assert answer.status_code == 422
    assert said in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert keys_on(agent.get("/").text) == SHIPPED


def test_letters_of_other_alphabets_may_be_keys(agent):
    assert agent.post("/keys", **fields(reply="щ", note="ı")).status_code == 303
    assert keys_on(agent.get("/").text)["reply"] == "щ"


def test_two_commands_swap_their_keys_in_one_go(agent):
    assert agent.post("/keys", **fields(down="k", up="j")).status_code == 303
    assert keys_on(agent.get("/").text)["down"] == "k"


def test_single_keys_are_switched_off_and_on_again(agent):
    assert 'data-on="yes"' in agent.get("/").text
    agent.post("/keys", **(fields() | {"are_on": "no"}))
    page = agent.get("/").text
    assert 'data-on="no"' in page
    assert "You switched single keys off" in page
    agent.post("/keys", reset="1")
    assert 'data-on="yes"' in agent.get("/").text


def test_back_to_the_keys_as_shipped(agent):
    agent.post("/keys", **fields(reply="w"))
    assert agent.post("/keys", reset="1", **fields(reply="w")).status_code == 303
    assert keys_on(agent.get("/").text) == SHIPPED


def test_an_auditor_has_no_keys_that_change_anything_and_may_switch_theirs_off(as_role):
    auditor = as_role(Role.AUDITOR)
    assert set(keys_on(auditor.get("/").text)).isdisjoint({"reply", "assign", "done", "tick"})
    assert auditor.post("/keys", are_on="no").status_code == 303
    assert 'data-on="no"' in auditor.get("/").text


def test_what_was_kept_and_no_longer_fits_gives_the_keys_as_shipped():
    clash = {"bound": {"reply": "j"}, "are_on": "nonsense"}
    for chosen in ({}, clash, {"bound": "nonsense"}, {"bound": {"reply": "far too long"}}, {"bound": {"gone": "j"}}):
        keys = keys_of(chosen, Role.AGENT)
        assert {command.name: command.keys for command in keys.commands} == SHIPPED
        assert keys.are_on


def test_the_command_bar_leads_only_where_the_role_may_go():
    assert "/people" not in {target.path for target in targets(Role.AGENT)}
    assert "/people" in {target.path for target in targets(Role.ADMIN)}


@pytest.mark.parametrize(
    ("role", "letters"),
    [
        (Role.AGENT, ""),
        (Role.LEAD, "bf"),
        (Role.COMPLIANCE, "bfm"),
        (Role.AUDITOR, "bfmo"),
        (Role.ADMIN, "bfmo"),
    ],
)
def test_g_leads_to_the_pages_of_the_role_and_each_can_be_opened(as_role, role, letters):
    browser = as_role(role)
    paths = {command.keys: command.path for command in keys_of({}, role).commands if command.path}
    assert {keys for keys in paths if keys.removeprefix("g ") in "bfmo"} == {f"g {letter}" for letter in letters}
    assert {browser.get(path).status_code for path in paths.values()} == {200}
    assert set(paths.values()).isdisjoint(target.path for target in targets(role) if not target.query)


def test_a_macro_may_have_a_key_and_stands_in_the_map(sqlite_store, agent):
    macro = Macro("m-thanks", "Thank and close", (MacroAct(MacroActKind.NOTE, "thanked"),))
    with sqlite_store.writing() as transaction:
        transaction.saved_replies.add_macro(macro)
    assert 'data-command="macro:m-thanks" data-keys=""' in agent.get("/").text
    assert agent.post("/keys", **{"are_on": "yes", "key-macro:m-thanks": "t"}).status_code == 303
    assert 'data-command="macro:m-thanks" data-keys="t"' in agent.get("/").text
    refused = agent.post("/keys", **{"are_on": "yes", "key-macro:m-thanks": "j"})
    assert "“j” is taken by “Next row”" in refused.text


def test_a_database_that_does_not_answer_takes_nobody_their_keys(agent, monkeypatch):
    def refuse(*_):
        raise RetryableError("the database refused")

    monkeypatch.setattr("store.preferences.Preferences.of", refuse)
    page = agent.get("/")
    assert page.status_code == 200
    assert keys_on(page.text) == SHIPPED
