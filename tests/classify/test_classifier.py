import random

import pytest

BROKEN = {
    "nothing": "",
    "white space": " \n\t ",
    "emoji only": "😡😡😡🔥",
    "address only": "https://example.com/x?y=1",
    "handle only": "@acme",
    "number only": "12345",
    "very long": "refund " * 20_000,
    "one very long word": "a" * 100_000,
    "mixed scripts": "refund возврат iade 退款 استرداد धनवापसी",
    "zalgo": "r̷̛̗̈́e̸͎͝f̴̰̌ű̵̱n̶̬̏d̷͇̎",
    "half a surrogate pair": "bad \ud83d text \udc00",
    "NUL": "my\x00card\x00was charged twice",
    "right to left marks": "\u202ecard\u202c \u200bcharged",
    "html": "&lt;b&gt;refund&lt;/b&gt; &amp; now &#128545;",
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN.keys())
def test_any_text_gets_a_verdict_with_sound_probabilities(tiny, mention, text):
    (verdict,) = tiny.judge([mention(text)], [None])

    scores = [verdict.complaint_score, verdict.abuse_score, verdict.spam_score, verdict.lead_score]
    assert sum(verdict.probabilities.values()) == pytest.approx(1)
    assert sum(verdict.sentiment.values()) == pytest.approx(1)
    assert sum(verdict.urgency.values()) == pytest.approx(1)
    assert sum(verdict.category.values()) <= 1 + 1e-9
    assert all(0 <= score <= 1 for score in [*scores, verdict.bad_faith_score])
    assert 0 <= verdict.severity <= 4


@pytest.mark.parametrize("name", ["nothing", "white space", "address only", "handle only", "number only"])
def test_a_text_without_words_is_unsure(tiny, mention, name):
    (verdict,) = tiny.judge([mention(BROKEN[name])], [None])

    assert verdict.decision == "unsure"
    assert verdict.lang == "und"


def test_the_label_is_the_most_probable_of_six(tiny, mention):
    (verdict,) = tiny.judge([mention("my card was charged twice")], [None])

    assert len(verdict.probabilities) == 6
    assert verdict.label == max(verdict.probabilities, key=verdict.probabilities.__getitem__) == "complaint"
    assert list(verdict.category.values()) == sorted(verdict.category.values(), reverse=True)
    assert verdict.classifier == tiny.version


def test_a_verdict_is_the_same_alone_and_in_a_batch_of_128(tiny, mention):
    texts = [*BROKEN.values(), *(f"my lamp number {at} arrived broken, refund {'!' * at}" for at in range(114))]
    random.Random(1).shuffle(texts)
    mentions = [mention(text) for text in texts]

    batch = tiny.judge(mentions, [None] * len(mentions))
    alone = [tiny.judge([one], [None])[0] for one in mentions]

    assert len(batch) == 128
    assert batch == alone


def test_no_mentions_give_no_verdicts(tiny):
    assert tiny.judge([], []) == []


def test_one_history_is_wanted_for_each_mention(tiny, mention):
    with pytest.raises(ValueError, match="shorter"):
        tiny.judge([mention("a"), mention("b")], [None])


def test_who_is_addressed_does_not_matter(tiny, mention):
    first, second = tiny.judge([mention("@acme my card broke"), mention("@somebody.else my card broke")], [None, None])

    assert first.probabilities == second.probabilities


def test_reasons_are_words_of_the_text_strongest_first(tiny, mention):
    text = "@jane Hello, my lamp was charged twice https://example.com/jane"
    (verdict,) = tiny.judge([mention(text)], [None])

    weights = [abs(reason.weight) for reason in verdict.reasons]
    assert 0 < len(weights) <= 8
    assert weights == sorted(weights, reverse=True)
    for reason in verdict.reasons:
        words = [word for word in reason.text.split() if not word.startswith("<")]
        assert all(word in text for word in words)
        assert "jane" not in reason.text


def test_reasons_can_be_left_out(tiny, mention):
    full, bare = (one.judge([mention("still no refund")], [None])[0] for one in (tiny, tiny.without_reasons()))

    assert full.reasons
    assert bare.reasons == ()
    assert bare.probabilities == full.probabilities
