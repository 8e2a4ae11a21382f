"""How a saved reply calls the author and the agent."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.addressing import AT, LONGEST_CHARACTERS, agent_of, name_of, plain_name
from models import Author
from policy.public_replies import load_public_reply_rules
from triage.reply_guard import Addressee, revealed_by


@pytest.mark.parametrize(
    ("channel", "handle", "name", "in_public", "in_private"),
    [
        ("x", "joss_wattle", "Joss Wattleby", "@joss_wattle", "Joss Wattleby"),
        ("x", "joss_wattle", None, "@joss_wattle", "@joss_wattle"),
        ("youtube", "@alice", "Alice", "@alice", "Alice"),
        ("mastodon", "joss@social.example", "Joss 🦊", "@joss@social.example", "Joss"),
        ("bluesky", "joss.bsky.social", "", "@joss.bsky.social", "@joss.bsky.social"),
        ("facebook", "radostina.p", "Радостина Петрова", "Радостина Петрова", "Радостина Петрова"),
        ("app_store", "busdriver bill", None, "busdriver bill", "busdriver bill"),
        ("app_store", None, None, "", ""),
        ("x", "two words", "www.evil.example", "", ""),
    ],
)
def test_in_public_the_handle_comes_first_where_the_channel_has_one(channel, handle, name, in_public, in_private):
    author = Author("id", handle=handle, name=name)
    assert name_of(author, channel, is_private=False) == in_public
    assert name_of(author, channel, is_private=True) == in_private


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("  Joss\n Wattleby\u200b\u202e ", "Joss Wattleby"),
        ("Zoë O’Brien-Şahin 💛", "Zoë O’Brien-Şahin"),
        ("J. R. Wattleby", "J. R. Wattleby"),
        ("a " * 60, ("a " * 20).strip()),
        ("a" * 41, ""),
        ("joss.example", ""),
        ("http //evil", ""),
        ("joss@home", ""),
        ("{status_link}", ""),
        ("#1 fan", ""),
        ("Z" + "\u0351" * 30, ""),
        ("1234", ""),
        ("", ""),
    ],
)
def test_a_name_is_one_plain_line_or_none(name, plain):
    assert plain_name(name) == plain


@given(st.text(max_size=80))
def test_whatever_an_account_is_called_nothing_hidden_comes_into_a_reply(name):
    plain = plain_name(name)
    assert len(plain) <= LONGEST_CHARACTERS
    assert not any(unicodedata.category(each)[0] == "C" or each in "{}@#<>/:\n" for each in plain)
    assert plain_name(plain) in (plain, "")


def test_an_agent_is_named_in_full_in_private_only():
    assert (agent_of("Priti Rao", is_private=True), agent_of("Priti Rao", is_private=False)) == ("Priti Rao", "Priti")
    assert agent_of("priti@larkbank.example", is_private=False) == ""


@pytest.mark.parametrize(
    "handle",
    ["joss_wattle", "joss.bsky.social", "radostina.p", "joss@social.example", "user12345678", "jw19880214"],
)
def test_the_guard_of_public_replies_lets_the_handle_pass_that_we_put_in(handle):
    who, rules = Addressee(handle=handle, display_name="Joss"), load_public_reply_rules()
    called = name_of(Author("id", handle=handle, name="Joss"), sorted(AT)[0], is_private=False)
    assert called == f"@{handle}"
    assert revealed_by(f"Hi {called}, thank you for asking. We are open {called}.", who, rules) == ()


def test_an_address_beside_the_handle_is_still_found():
    who, rules = Addressee(handle="joss.bsky.social"), load_public_reply_rules()
    for words in ("write to joss@joss.bsky.social", "Hi @joss.bsky.social, is it jw1988@post.example?"):
        assert [one.kind for one in revealed_by(words, who, rules)] == ["email"]
