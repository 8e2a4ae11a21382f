import pytest

from measure.agreement import DECISIONS, compare
from models import JudgedTwice


def pair(
    live: str, shadow: str, *, id: str = "m", scores: tuple[float, float] = (0.5, 0.5), correction: str | None = None
) -> JudgedTwice:
    return JudgedTwice(id, "x", "en", live, live, scores[0], shadow, shadow, scores[1], correction)


def test_agreement_confusion_and_groups_are_counted() -> None:
    pairs = [pair("complaint", "complaint"), pair("complaint", "unsure"), pair("other", "other"), pair("spam", "other")]
    found = compare(pairs)
    assert (found.all.count, found.all.same.count) == (4, 2)
    assert (found.all.live_complaints, found.all.shadow_complaints) == (2, 1)
    assert (found.all.live_unsure.count, found.all.shadow_unsure.count) == (0, 1)
    at = DECISIONS.index
    assert found.confusion[at("complaint")][at("unsure")] == 1
    assert found.confusion[at("spam")][at("other")] == 1
    assert sum(map(sum, found.confusion)) == 4
    assert [(one.name, one.count) for one in found.by_language] == [("en", 4)]


def test_the_widest_apart_are_named_first() -> None:
    pairs = [
        pair("other", "unsure", id="near", scores=(0.2, 0.4)),
        pair("other", "complaint", id="far", scores=(0.1, 0.9)),
        pair("other", "other", id="same", scores=(0.0, 0.3)),
    ]
    found = compare(pairs)
    assert [one.mention_id for one in found.disagreements] == ["far", "near"]
    assert found.scores.mean_difference == pytest.approx((0.2 + 0.8 + 0.3) / 3)
    assert found.scores.half_within == pytest.approx(0.3)


def test_a_person_says_which_of_the_two_was_right() -> None:
    told = "complaint"
    pairs = [
        *[pair("other", "complaint", correction=told)] * 9,
        pair("complaint", "unsure", correction=told),
        pair("complaint", "complaint", correction=told),
        pair("spam", "other", correction=told),
        pair("spam", "other"),
    ]
    found = compare(pairs).corrected
    assert (found.count, found.only_live, found.only_shadow, found.both, found.neither) == (12, 1, 9, 1, 1)
    assert found.chance == pytest.approx(22 / 1024)


def test_of_no_messages_there_is_nothing_to_say() -> None:
    found = compare([])
    assert (found.all.count, found.disagreements, found.corrected.chance) == (0, (), 1.0)
