"""Which points of the checklist the words of an answer hold, and how they may sound."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policy.answer_rules import CHECKS, LOUD, load_answer_rules
from triage.answer import look_at

RULES = load_answer_rules()

WHOLE = {
    "en": "I am sorry, Priti: this is our mistake. We have checked the payment and our cards team has it. You hear from"
    " me by Friday. Until then write to me here.",
    "tr": "Özür dileriz, hata yaptık. Ödemenizi kontrol ettik, kart ekibi bakıyor. Yarın size döneceğiz. O zamana kadar"
    " bize yazın.",
    "bg": "Извиняваме се, грешката е наша. Проверихме плащането. До края на деня ще имате отговор. Дотогава пишете ни"
    " тук.",
}
PLAIN = {
    "en": "Thank you for telling us.",
    "tr": "Bize yazdığınız için teşekkürler.",
    "bg": "Благодарим, че ни писахте.",
}


@pytest.mark.parametrize("lang", WHOLE)
def test_an_answer_that_says_it_all_ticks_it_all_and_gets_no_hint(lang):
    seen = look_at(WHOLE[lang], RULES)
    assert set(seen.said) == set(CHECKS)
    assert all(words in WHOLE[lang] for words in seen.said.values())
    assert seen.hints == ()


@pytest.mark.parametrize("lang", PLAIN)
def test_one_that_says_none_of_it_ticks_nothing(lang):
    assert look_at(PLAIN[lang], RULES).said == {}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("We are sorry if this may have caused any inconvenience.", "half_apology"),
        ("You should have read the terms.", "blames"),
        ("Lütfen sakin olun.", "blames"),
        ("As we already told you, the card is on its way.", "impatient"),
        ("Както вече Ви писахме, картата пътува.", "impatient"),
        ("There is nothing we can do.", "closes_the_door"),
        ("Yapabileceğimiz bir şey yok.", "closes_the_door"),
        ("PLEASE READ THIS again", LOUD),
        ("We have told you!!", LOUD),
    ],
)
def test_what_may_sound_wrong_is_named_with_its_words(text, key):
    [hint] = look_at(text, RULES).hints
    assert (hint.key, hint.why) == (key, RULES.why[key])
    assert hint.words in text


def test_short_names_in_capitals_are_not_shouting():
    assert look_at("Your ATM card and the SMS of the NAB are fine!", RULES).hints == ()


@given(st.text(max_size=400))
def test_whatever_is_written_only_what_stands_there_is_named(text):
    seen = look_at(text, RULES)
    assert set(seen.said) <= set(CHECKS)
    assert all(words in text for words in (*seen.said.values(), *(hint.words for hint in seen.hints)))
