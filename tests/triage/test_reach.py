from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import MOST_COUNTED, AuthorHistory, Post, SharedPost
from models.author import Author
from tests.triage.build import NOW, NSW, SAID_AT, mention
from triage.reach import is_influencer, most_shares, reach_of

RULE = NSW.house.reach
COUNTS = st.integers(-5, 2 * MOST_COUNTED)


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


def shared(shares, followers=99, verified=None, rule=RULE):
    return reach_of(Author(id="7", followers=followers, verified=verified), rule, shares=shares)


@pytest.mark.parametrize(("shares", "added"), [(0, 0.0), (99, 0.125), (9_999, 0.25), (50_000_000, 0.25), (-4, 0.0)])
def test_what_was_shared_adds_by_its_logarithm_up_to_the_bonus(shares, added):
    assert shared(shares).score == pytest.approx(reach(99).score + added, abs=1e-3)


def test_shares_that_nobody_told_add_nothing_and_say_nothing():
    assert shared(None) == reach(99)


def test_what_was_shared_is_told_in_words_with_all_that_it_was_worked_out_from():
    found = shared(999, followers=999_999, verified=True)
    assert found.steps == (
        "followers 999999: log10(1 + 999999) / log10(1 + 1000000) = 1.000",
        "verified account: + 0.25 = 1.250",
        "most shared message of 30 days 999: + 0.25 × log10(1 + 999) / log10(1 + 10000), at most 0.25: + 0.187 = 1.437",
        "at most 1",
    )
    assert (found.score, found.shares) == (1.0, 999)


def test_where_followers_are_unknown_what_was_shared_counts_alone():
    found = shared(9_999, followers=None, verified=True)
    assert found.score == pytest.approx(0.25, abs=1e-3)
    assert found.steps[0] == "followers unknown: only what was shared counts, so this is the least that it can be"
    assert reach_of(None, RULE, shares=9_999).score == found.score


@pytest.mark.parametrize("shares", [0, -1, None])
def test_unknown_followers_and_nothing_shared_give_no_score(shares):
    assert shared(shares, followers=None).score is None


def test_a_pack_without_the_bonus_leaves_shares_out():
    without = replace(RULE, virality_bonus=0.0)
    assert shared(5_000, rule=without) == reach(99)
    assert shared(5_000, followers=None, rule=without).score is None


def test_a_viral_author_of_few_followers_is_an_influencer():
    assert is_influencer(shared(20_000, followers=1_000), RULE)
    assert not is_influencer(shared(100, followers=1_000), RULE)


@given(COUNTS, COUNTS, st.none() | COUNTS, st.booleans())
def test_more_shares_never_reach_fewer_and_the_bonus_is_the_most_they_add(one, other, followers, verified):
    less, more = (shared(count, followers, verified).score for count in sorted((one, other)))
    without = shared(None, followers, verified).score or 0.0
    assert (less or 0.0) <= (more or 0.0) <= min(1.0, without + RULE.virality_bonus) + 1e-4
    assert 0 <= (less or 0.0)


def ago(days, shares, name="9", is_gone=False):
    return SharedPost(name, SAID_AT - timedelta(days=days), shares, is_gone)


@pytest.mark.parametrize(
    ("ours", "most"),
    [
        ([], None),
        ([ago(2, None)], None),
        ([ago(2, 0)], 0),
        ([ago(2, 5), ago(30, 7), ago(1, 3)], 7),
        ([ago(30.01, 5_000), ago(3, 4)], 4),  # too long ago
        ([ago(-1, 5_000), ago(3, 4)], 4),  # said later than what is judged
        ([ago(2, 5_000, is_gone=True), ago(3, 4, "8")], 4),
    ],
)
def test_the_most_shared_of_the_days_before_counts(ours, most):
    assert most_shares(mention(), ours, None, RULE) == most


def test_the_platforms_own_history_counts_but_for_what_is_gone_since():
    posts = (Post("8", "a", SAID_AT - timedelta(days=6), 40), Post("9", "b", SAID_AT - timedelta(days=5), 900))
    history = AuthorHistory(posts, NOW, complete=True)
    assert most_shares(mention(), [], history, RULE) == 900
    assert most_shares(mention(), [ago(5, None, is_gone=True)], history, RULE) == 40


def test_the_message_itself_counts_as_it_came():
    assert most_shares(mention(shares=70), [ago(2, 5)], None, RULE) == 70
    assert most_shares(mention(shares=70, author=None), [], None, RULE) == 70


def test_an_influencer_is_above_the_threshold():
    assert is_influencer(reach(50_000), RULE)
    assert not is_influencer(reach(5_000), RULE)
    assert is_influencer(reach(5_000, verified=True), RULE)
    assert not is_influencer(reach(500, verified=True), RULE)


@given(st.integers(0, 10**10), st.integers(0, 10**10))
def test_more_followers_never_reach_fewer(one, other):
    low, high = sorted((one, other))
    assert 0 <= reach(low).score <= reach(high).score <= 1
