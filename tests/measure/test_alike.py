import pytest
from hypothesis import given
from hypothesis import strategies as st

from measure.alike import LEAST_CLOSENESS, MOST_FOUND, most_alike

REFUND = "My card was charged twice and nobody answers about the refund"
OTHERS = [
    "love the new app, thank you",
    "charged twice for one ticket, where is my refund?",
    "my card arrived today",
    "Kartımdan iki kere para çekildi, iade istiyorum",
    "you charged my card twice, refund it",
]


def test_the_closest_comes_first_with_the_words_that_both_hold() -> None:
    found = most_alike(REFUND, OTHERS)
    assert [one.at for one in found] == [4, 1]
    assert set(found[0].shared) == {"charged", "card", "twice", "refund"}
    assert found[0].closeness > found[1].closeness >= LEAST_CLOSENESS


def test_a_rare_word_says_more_than_a_frequent_one() -> None:
    others = [
        "the parcel was late again",
        "the router was late again",
        *(f"the parcel was on time {at}" for at in range(9)),
    ]
    found = most_alike("the router was never on time", others)
    assert found[0].at == 1 and found[0].shared[0] == "router"


def test_endings_do_not_hide_a_word() -> None:
    (one,) = most_alike("iade istiyorum, kartımdaki para", ["kartımdan çekilen para için iade istedim"])
    assert set(one.shared) == {"kartımdaki", "para", "iade"}


def test_one_common_word_is_no_likeness_nor_are_handles_links_and_numbers() -> None:
    assert most_alike("about my refund", ["no refund"]) == []
    assert most_alike("@acme https://a.example 12345 refund", ["@acme https://a.example 12345 parcel"]) == []


def test_what_says_the_same_stands_once_and_the_first_wins() -> None:
    (one,) = most_alike(REFUND, [REFUND, REFUND.upper(), f"{REFUND}!!"])
    assert (one.at, one.closeness) == (0, pytest.approx(1))


def test_words_that_hold_nothing_are_like_nothing() -> None:
    for text in ("", "😡😡", "a b c", "http://x.example"):
        assert most_alike(text, ["", "😡😡", "a b c", REFUND]) == []
    assert most_alike(REFUND, []) == []


@given(st.text(max_size=80), st.lists(st.text(alphabet="abcdefg ıжş,", max_size=40), max_size=12))
def test_whatever_is_written_the_order_holds_and_nothing_is_raised(text: str, others: list[str]) -> None:
    found = most_alike(text, others)
    assert len(found) <= MOST_FOUND and len({one.at for one in found}) == len(found)
    assert all(LEAST_CLOSENESS <= one.closeness <= 1 and len(one.shared) > 1 for one in found)
    assert [one.closeness for one in found] == sorted((one.closeness for one in found), reverse=True)
