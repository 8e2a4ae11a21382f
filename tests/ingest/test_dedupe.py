from datetime import timedelta

import pytest

from ingest.dedupe import Candidate, duplicate_of
from ingest.normalise import words_digest
from models import Author, Mention
from tests.ingest.build import NOW, mention

TEXT = "You charged me twice @acme!"


def candidate(identifier: str, *, text: str = TEXT, days: float = 0) -> Candidate:
    return Candidate(identifier, words_digest(text), NOW - timedelta(days=days))


def test_the_same_words_within_the_window_repeat_the_earliest() -> None:
    earlier = [candidate("m_b", days=1), candidate("m_a", days=3), candidate("m_c", days=8)]
    assert duplicate_of(mention(text="you charged me TWICE"), earlier) == "m_a"
    assert duplicate_of(mention(text="you charged me TWICE"), reversed(earlier)) == "m_a"


@pytest.mark.parametrize(("days", "found"), [(7, "m_a"), (7.01, None), (-7, "m_a"), (-7.01, None)])
def test_the_window_reaches_seven_days_to_both_sides(days: float, found: str | None) -> None:
    assert duplicate_of(mention(text=TEXT), [candidate("m_a", days=days)]) == found


def test_the_window_can_be_chosen() -> None:
    assert duplicate_of(mention(text=TEXT), [candidate("m_a", days=2)], window_days=1) is None


def test_the_same_message_is_found_by_its_id_whatever_it_says() -> None:
    stored = mention("5", text="ok")
    assert duplicate_of(stored, [candidate("m_a"), candidate(stored.id, text="else", days=400)]) == stored.id


@pytest.mark.parametrize(
    "never",
    [mention(text="charged twice!"), mention(text=TEXT, author=None), mention(text=TEXT, author=Author(""))],
)
def test_short_or_authorless_mentions_never_repeat_by_words(never: Mention) -> None:
    assert duplicate_of(never, [candidate("m_a", text=never.text)]) is None


def test_other_words_are_no_repeat() -> None:
    assert duplicate_of(mention(text="You charged me three times"), [candidate("m_a")]) is None
    assert duplicate_of(mention(text=TEXT), []) is None
