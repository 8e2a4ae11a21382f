"""Bulgarian and Hindi in Latin letters: which texts are told, and that nobody takes them for proven English."""

from dataclasses import replace

import pytest

from classify.language import LanguageDetector
from classify.romanised import romanised
from classify.verdicts import prepared
from tests.triage.build import mention


@pytest.mark.parametrize(
    ("words", "lang"),
    [
        ("treti den chakam pratkata i nikoi ne vdiga telefona", "bg"),
        ("tova e bezobrazie nqma internet veche sedmica", "bg"),
        ("4akam ve4e 2 4asa na opashka", "bg"),
        ("kaza6e mi 5 dni za vrushtaneto na parite", "bg"),
        ("mera paisa wapas nahi aaya kya karu", "hi"),
        ("aapka app kaam nahi kar raha hai", "hi"),
        ("my card was charged twice and nobody answers", None),
        ("kartımdan iki kere para çekilmiş kimse cevap vermiyor", None),
        ("Ya sende bi boş yapma aq", None),
        ("kaç kişi kaldı ki", None),
        ("a questo punto non mi va di pagare", None),
        ("no quiero jugar porque no me gusta", None),
        ("nie mogę się zalogować na moje konto", None),
        ("nie moge sie dodzwonic do biura a paczka jest u sasiada", None),
        ("bez sensu, trzeci dzien czekam na przelew i nic", None),
        ("nu mai merge aplicatia si nu ma lasa sa platesc", None),
        ("am asteptat trei ore si tot nu vine nimeni", None),
        ("mijn pakje is niet bezorgd en niemand neemt op", None),
        ("pak dan de telefoon eens op, ik wacht al uren", None),
        ("leva a hora que for e ninguem responde", None),
        ("изтеглили сте ми два пъти парите", None),
        ("bravo", None),
        ("", None),
    ],
)
def test_at_least_two_words_tell_a_language_in_latin_letters(words, lang):
    assert romanised(words) == lang


@pytest.mark.parametrize("told", [None, "pl", "en"])
def test_the_language_of_a_message_is_the_one_that_was_told_whatever_the_platform_says(told):
    said = replace(mention("treti den chakam pratkata i nikoi ne vdiga telefona"), lang=told)
    text = prepared(said, LanguageDetector())
    assert (text.lang, text.is_romanised) == ("bg", True)


def test_own_letters_are_not_romanised():
    text = prepared(mention("изтеглили сте ми два пъти парите"), LanguageDetector())
    assert (text.lang, text.is_romanised) == ("bg", False)


def test_a_romanised_text_is_judged_with_the_wider_band_of_a_language_without_evidence(shipped):
    said = "molya vi kazhete kak da si vurna parite za pratkata"
    (verdict,) = shipped.judge([mention(said)], [None])
    assert verdict.lang == "bg"
    assert verdict.decision in ("unsure", "complaint")
