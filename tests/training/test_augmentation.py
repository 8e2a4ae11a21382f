import numpy as np

from training.augmentation import SWEAR_WORDS, Augmentation
from training.rows import Row


def row(text, *, lang="en", **targets):
    return Row(forms=[], lang=lang, fold=0, is_dev=False, text=text, targets=targets)


def changed(one, *, share=1.0, times=200):
    augmentation = Augmentation(np.random.default_rng(3), share)
    return [augmentation.of(one) for _ in range(times)]


def test_a_swearing_complaint_stays_one_and_is_not_said_to_be_no_abuse():
    found = changed(row("@user where is my refund", complaint=1, abuse=0))
    swearing = [learnt for text, learnt in found if any(word in text for word in SWEAR_WORDS)]

    assert swearing
    assert all(one.targets == {"complaint": 1} for one in swearing)


def test_nothing_but_an_english_complaint_is_made_to_swear():
    for one in (row("lovely new shop", complaint=0), row("param nerede", lang="tr", complaint=1)):
        assert not any(word in text.split() for text, _ in changed(one) for word in SWEAR_WORDS)


def test_no_text_is_left_empty():
    assert all(text for text, _ in changed(row("@user 😡😡")))


def test_without_a_share_nothing_changes():
    assert {text for text, _ in changed(row("@user where is my refund", complaint=1), share=0.0)} == {
        "@user where is my refund"
    }
