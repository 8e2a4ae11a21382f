"""Help for customers: read strictly, about what cases can be about, in every language of the pages."""

import pytest

from inbox.languages import LANGUAGES
from models.errors import SetupError
from policy.help_articles import FILE, checked_help, read_help, shipped_help
from policy.loading import load_policy
from policy.table import table_of
from settings import Settings

TEXT = FILE.read_text(encoding="utf-8")


def read(text: str):
    return read_help(table_of(text, file="help/help.toml"))


def test_every_article_as_shipped_has_words_in_every_language_and_is_off():
    rules = shipped_help()
    assert not rules.is_on
    assert rules.fitting(["outage"], None) == ()
    for article in rules.articles:
        assert set(article.answers) == set(LANGUAGES), article.key


def test_a_language_without_words_of_its_own_gets_the_english_ones():
    article = shipped_help().articles[0]
    assert article.answer("de") == article.answer("en") != article.answer("tr")


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("on = false", "", "key 'on' is missing"),
        ('key = "outage"', 'key = "charged_twice"', "holds a key twice"),
        ("[articles.en]", "[articles.de]", "'articles.en'|en' is missing"),
        ('title = "If you cannot log in"', 'title = ""', "must be a text that is not empty"),
        ('title = "If you cannot log in"', f'title = "{"x" * 121}"', "has 121 characters; at most 120"),
        (
            'title = "If you cannot log in"',
            'title = "If you cannot log in"\nlink = "javascript:alert(1)"',
            "must begin with https://",
        ),
    ],
)
def test_what_cannot_be_is_refused_with_its_key(was: str, becomes: str, said: str):
    assert was in TEXT
    with pytest.raises(SetupError, match=said):
        read(TEXT.replace(was, becomes, 1))


def test_an_article_about_what_no_case_is_about_is_refused_at_the_start():
    house = load_policy(**Settings().policy).house
    with pytest.raises(SetupError, match="article 'outage' is about 'outages', which is no tag and no category"):
        checked_help(read(TEXT.replace('about = ["outage"', 'about = ["outages"', 1)), house)
