from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.normalise import LONGEST_TEXT, clean_text, language, normalise, words_digest
from models import Author
from tests.ingest.build import NOW, UNHURRIED, mention

ANY_TEXT = st.text(st.characters(exclude_categories=()) | st.sampled_from("\r\n\t \x85\u2028\u202e\ufeff\u0301\u200d"))


@pytest.mark.parametrize(
    ("given_text", "expected"),
    [
        ("cafe\u0301", "café"),
        ("a\r\nb\rc\u2028d\x85e", "a\nb\nc\nd\ne"),
        ("  a\tb \n", "a\tb"),
        ("a\n\n\n\n\n\nb", "a\n\n\nb"),
        ("a\n \n\t\n  \n\nb", "a\n\n\nb"),
        ("a\n\n\nb", "a\n\n\nb"),
        ("a\x00\x07b\x7f\x9f", "ab"),
        ("safe\u202egpj.exe\u202c \u2066x\u2069", "safegpj.exe x"),
        ("\ufeffhi", "hi"),
        ("👩\u200d👩\u200d👧 ok", "👩\u200d👩\u200d👧 ok"),
        ("\u200fשלום\u200e", "\u200fשלום\u200e"),
        ("cut \ud83d", "cut \ufffd"),
        (" \n ", ""),
    ],
)
def test_text_takes_one_form(given_text: str, expected: str) -> None:
    assert clean_text(given_text) == expected


@UNHURRIED
@given(ANY_TEXT)
def test_cleaning_text_twice_changes_nothing_and_leaves_what_a_database_takes(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once and "\0" not in once and once.encode().decode() == once


@UNHURRIED
@given(ANY_TEXT, st.none() | ANY_TEXT, st.none() | st.integers(), st.none() | st.datetimes(timezones=st.just(UTC)))
def test_normalising_twice_changes_nothing(
    text: str, other: str | None, count: int | None, created_at: datetime | None
) -> None:
    author = Author("a", handle=other, name=other, bio=other, followers=count, posts=count, created_at=created_at)
    received = mention(text=text, lang=other, url=other, author=author, created_at=created_at or NOW)
    once = normalise(received)
    assert normalise(once) == once


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "en"), ("EN-au", "en"), ("de_DE.UTF-8", "de"), ("zh-Hant-TW", "zh"), ("eng", "en"), ("tur", "tr"),
        ("fil", "fil"), ("und", None), ("zxx", None), ("qme", None), ("", None), (None, None), ("english", None),
        ("12", None),
    ],
)  # fmt: skip
def test_a_language_tag_gives_its_language(tag: str | None, expected: str | None) -> None:
    assert language(tag) == expected


def test_the_tag_the_platform_gave_is_kept_where_it_said_more() -> None:
    normal = normalise(mention(lang="en-AU"))
    assert normal.lang == "en" and normal.raw == {"lang": "en-AU"}


def test_a_long_text_is_cut_and_the_whole_is_kept() -> None:
    long_text = "word " * LONGEST_TEXT
    normal = normalise(mention(text=long_text))
    assert len(normal.text) <= LONGEST_TEXT and normal.raw["original_text"] == long_text.strip()
    assert normal.raw["earshot_notes"] == ["text was cut from 499999 to 100000 characters"]


def test_a_given_key_of_the_same_name_is_never_overwritten() -> None:
    normal = normalise(mention(text="a" * (LONGEST_TEXT + 1), raw={"original_text": "theirs"}))
    assert normal.raw["original_text"] == "theirs" and len(str(normal.raw["earshot_original_text"])) == LONGEST_TEXT + 1


def test_removed_characters_are_counted_in_a_note() -> None:
    assert normalise(mention(text="a\u202eb\0")).raw["earshot_notes"] == ["2 control characters were removed from text"]


def test_a_text_without_words_stays_a_message() -> None:
    assert normalise(mention(text=" \u200b\u202e ")).text in ("", "\u200b")
    assert normalise(mention(text="\x07")).text == ""


def test_handles_lose_their_at_sign_and_names_their_line_breaks() -> None:
    author = normalise(mention(author=Author("a", handle=" @@jane ", name="Jane\n\u202eDoe", bio="  "))).author
    assert author == Author("a", handle="jane", name="Jane Doe")


@pytest.mark.parametrize(("count", "kept"), [(0, 0), (12, 12), (-1, None), (10**10, 10**10), (10**10 + 1, None)])
def test_counts_that_cannot_be_are_unknown(count: int, kept: int | None) -> None:
    normal = normalise(mention(author=Author("a", followers=count)))
    assert normal.author is not None and normal.author.followers == kept
    assert ("earshot_notes" in normal.raw) is (kept is None)
    assert normalise(mention(shares=count)).shares == kept


@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "//x.com", "https://x.com/a b", " "])
def test_only_web_addresses_remain_links(url: str) -> None:
    normal = normalise(mention(url=url))
    assert normal.url is None and normal.raw["url"] == url


@pytest.mark.parametrize("said_at", [NOW + timedelta(minutes=6), datetime(1999, 12, 31, tzinfo=UTC)])
def test_a_source_that_gives_an_impossible_instant_is_corrected_too(said_at: datetime) -> None:
    normal = normalise(mention(created_at=said_at))
    assert normal.created_at == NOW and normal.created_at_assumed
    assert normal.raw["created_at"] == said_at.isoformat()


def test_a_naive_instant_is_refused() -> None:
    assert normalise(mention(created_at=datetime(2026, 6, 5, 13))).created_at_assumed  # noqa: DTZ001


WORDS = st.lists(st.text("abcdeçğışöüийжß0123456789", min_size=1), min_size=1, max_size=6)
GLUE = st.sampled_from([" ", "  ", "\n", ", ", "! ", " - ", " 😡 ", " @jane ", " https://t.co/Xy1 ", "\u200b"])


@UNHURRIED
@given(WORDS, GLUE, st.sampled_from(["", "!!!", " 👍🏽", " ❤️", " www.a.de/b", " @a@b.social"]))
def test_the_digest_sees_words_only(words: list[str], glue: str, end: str) -> None:
    assert words_digest(glue.join(words) + end) == words_digest(" ".join(words))


@UNHURRIED
@given(WORDS)
def test_the_digest_sees_no_case(words: list[str]) -> None:
    assert words_digest(" ".join(words).upper()) == words_digest(" ".join(words))


@UNHURRIED
@given(ANY_TEXT)
def test_the_digest_is_32_hex_digits_or_empty(text: str) -> None:
    assert len(words_digest(text)) in (0, 32)


@pytest.mark.parametrize("text", ["", "😡😡", "@acme https://t.co/a", "?!…", "❤️"])
def test_without_words_the_digest_is_empty(text: str) -> None:
    assert words_digest(text) == ""


@pytest.mark.parametrize(
    ("one", "other"), [("order 123", "order 124"), ("not paid", "paid not"), ("किताब", "कताब"), ("naïve", "nave")]
)
def test_other_words_have_another_digest(one: str, other: str) -> None:
    assert words_digest(one) != words_digest(other)


def test_dotted_and_dotless_capitals_of_turkish_agree() -> None:
    assert words_digest("İADE IŞIK") == words_digest("iade ışık")
