import pytest

from classify.language import LanguageDetector


@pytest.fixture(scope="module")
def detector():
    return LanguageDetector()


@pytest.mark.parametrize(
    ("words", "lang"),
    [
        ("my card was charged twice and nobody answers", "en"),
        ("kartımdan iki kere para çekilmiş kimse cevap vermiyor", "tr"),
        ("изтеглили сте ми два пъти парите и никой не отговаря", "bg"),
        ("ich warte seit drei Wochen auf mein Paket", "de"),
    ],
)
def test_a_sentence_is_told_by_its_words(detector, words, lang):
    assert detector.detect(words, None) == lang


def test_a_short_text_is_believed_to_be_what_the_platform_says(detector):
    assert detector.detect("super", "tr-TR") == "tr"


def test_a_long_text_overrides_the_platform(detector):
    assert detector.detect("изтеглили сте ми два пъти парите и никой не отговаря", "en") == "bg"


@pytest.mark.parametrize("given", [None, "und", "", "zxx", "x-klingon"])
def test_too_little_is_undetermined(detector, given):
    assert detector.detect("", given) == "und"
