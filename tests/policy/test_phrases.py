import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.phrases import PhraseIndex, fold_letter, read_phrase, words_of


def hits(pattern, text):
    return PhraseIndex({"it": [pattern]}).hits(text).get("it", ())


@pytest.mark.parametrize(
    ("pattern", "text", "said"),
    [
        ("outage*", "Outages!", ("Outages",)),
        ("outage", "outages", ()),
        ("charg* .. twice", "charged me for it twice", ("charged me for it twice",)),
        ("charg* .. twice", "charged twice", ("charged twice",)),
        ("charg* .. twice", "charged one two three four twice", ()),
        ("charg* .. twice", "charged", ()),
        ("can't log in", "I can’t log in", ("can’t log in",)),
        ("çift çekim", "CIFT CEKIM", ("CIFT CEKIM",)),
        ("kırık", "KIRIK", ("KIRIK",)),
        ("iade", "İADE", ("İADE",)),
        ("счупен*", "СЧУПЕНО", ("СЧУПЕНО",)),
        ("по-горно ниво", "на по-горно ниво", ("по-горно ниво",)),
        ("2 kere", "2 kere", ("2 kere",)),
        ("art*", "start", ()),
        ("no reply", "no reply, no reply", ("no reply",)),
        ("strasse", "Straße", ("Straße",)),
    ],
)
def test_a_phrase_hits_what_a_reader_expects(pattern, text, said):
    assert hits(pattern, text) == said


@pytest.mark.parametrize("pattern", ["", " .. ", "a*", "cha*ged", "(a+)+", "word .. ", "[a-z]", "a .. b .. c"])
def test_anything_but_words_stars_and_one_gap_is_refused(pattern):
    with pytest.raises(ValueError, match="word"):
        read_phrase(pattern)


@given(st.text())
def test_words_stand_where_they_say(text):
    for word in words_of(text):
        assert 0 <= word.start < word.end <= len(text)
        assert word.folded in "".join(fold_letter(letter) for letter in text[word.start : word.end])


@given(st.text(), st.text())
def test_case_makes_no_difference_to_hits(before, after):
    index = PhraseIndex({"it": ["çekim"]})
    assert "it" in index.hits(f"{before} ÇEKİM {after}")
    assert "it" in index.hits(f"{before} cekim {after}")


def test_work_grows_with_the_length_of_a_hostile_text_and_not_faster():
    index = PhraseIndex({"it": [f"aa* .. b{number}" for number in range(50)]})

    def calls(count):
        made = 0

        def profile(_frame, event, _argument):
            nonlocal made
            made += event == "call"

        sys.setprofile(profile)
        try:
            found = index.hits("aa " * count)
        finally:
            sys.setprofile(None)
        assert found == {}
        return made

    calls(10)  # letters are folded once
    assert calls(800) <= 8.5 * calls(100)


def test_a_number_sign_is_any_word_that_begins_with_a_digit_and_never_the_first():
    assert hits("happy # birthday", "Happy 38th birthday!") == ("Happy 38th birthday",)
    assert hits("happy # birthday", "Happy big birthday!") == ()
    with pytest.raises(ValueError, match="begins with a word"):
        read_phrase("# birthday")
