import pytest

from models.author import AuthorHistory, Post
from models.mention import Kind
from tests.triage.build import NOW, SAID_AT, mention
from triage.addressed import contacts, names_account, told_to_us


@pytest.mark.parametrize("text", ["@acme_bank help", "hey @ACME_BANK!", "acme_bank is late"])
def test_our_account_is_found_in_the_text(text):
    assert names_account(text, "@acme_bank")


def test_a_longer_handle_is_somebody_else():
    assert not names_account("@acme_bank_fans say hi", "acme_bank")


def test_an_account_with_dots_and_a_domain_is_found_as_a_row_of_words():
    assert names_account("@acme.bsky.social why", "acme.bsky.social")
    assert not names_account("@acme.org why", "acme.bsky.social")


def test_an_account_without_words_is_named_by_nothing():
    assert not names_account("hello", "@")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"kind": Kind.DM, "on_owned_channel": None}, True),
        ({"kind": Kind.COMMENT, "on_owned_channel": True}, True),
        ({"kind": Kind.MENTION, "on_owned_channel": None}, True),
        ({"kind": Kind.REVIEW, "on_owned_channel": None}, False),
        ({"kind": Kind.MENTION, "on_owned_channel": False}, False),
        ({"kind": Kind.COMMENT, "on_owned_channel": False, "text": "@acme_bank look"}, True),
    ],
)
def test_words_are_told_to_us_in_private_on_our_page_or_by_name(changes, told):
    assert told_to_us(mention(**changes)) is told


def test_contacts_are_the_larger_of_our_count_and_what_the_platform_shows():
    posts = tuple(Post(str(number), "@acme_bank hello?", SAID_AT) for number in range(1, 5))
    history = AuthorHistory(posts, NOW, complete=True)
    assert contacts(history, mention(native_id="1"), 1) == 3
    assert contacts(history, mention(native_id="1"), 9) == 9
    assert contacts(None, mention(), 2) == 2
