import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.author import Author
from tests.triage.build import NSW
from triage.reach import is_influencer, reach_of

RULE = NSW.house.reach


def reach(followers, verified=None):
    return reach_of(Author(id="7", followers=followers, verified=verified), RULE)


def test_unknown_followers_give_no_score_even_when_verified():
    assert reach(None, verified=True).score is None
    assert reach_of(None, RULE).score is None
    assert not is_influencer(reach(None), RULE)


@pytest.mark.parametrize(("followers", "score"), [(0, 0.0), (999, 0.5), (1_000_000, 1.0), (50_000_000, 1.0), (-3, 0.0)])
def test_reach_grows_with_the_logarithm_of_followers_up_to_one(followers, score):
    assert reach(followers).score == pytest.approx(score, abs=1e-3)


def test_verification_adds_a_little():
    assert reach(999, verified=True).score == pytest.approx(0.75, abs=1e-3)
    assert reach(999, verified=False) == reach(999)


def test_the_arithmetic_is_told_in_words():
    assert reach(5_000_000, verified=True).steps == (
        "followers 5000000: log10(1 + 5000000) / log10(1 + 1000000) = 1.116",
        "verified account: + 0.25 = 1.366",
        "at most 1",
    )


def test_an_influencer_is_above_the_threshold():
    assert is_influencer(reach(50_000), RULE)
    assert not is_influencer(reach(5_000), RULE)
    assert is_influencer(reach(5_000, verified=True), RULE)
    assert not is_influencer(reach(500, verified=True), RULE)


@given(st.integers(0, 10**10), st.integers(0, 10**10))
def test_more_followers_never_reach_fewer(one, other):
    low, high = sorted((one, other))
    assert 0 <= reach(low).score <= reach(high).score <= 1
