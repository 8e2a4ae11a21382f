"""What of an answer is a rating, and whom nobody asks."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import CaseState, Kind, Tier
from models.complaint import Status
from models.follow_up import WhyNotAsked
from policy.follow_up import load_follow_up
from tests.inbox.factory import NOW, Said, decision_of
from triage.follow_up import Scored, Solved, scored, stays_quiet, why_not_asked

RULES = replace(load_follow_up().survey, is_on=True)
TEN = replace(RULES, scale=10)
ENQUIRY = decision_of(Said("How do I log in?", label="enquiry", tier=Tier.SAVED_REPLY), NOW)
SOLVED = Solved(
    state=CaseState.CLOSED,
    decision=ENQUIRY,
    channel="telegram",
    kind=Kind.DM,
    complaint=None,
    was_answered=True,
    wrote_since=False,
    asked_at=None,
)


def why(**other: object) -> WhyNotAsked | None:
    return why_not_asked(replace(SOLVED, **other), RULES, now=NOW)


def decided(**said: object):
    return decision_of(Said("x", **{"label": "enquiry", "tier": Tier.SAVED_REPLY, **said}), NOW)


def test_a_solved_private_case_that_we_answered_is_asked_about():
    assert why() is None


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        ({"state": CaseState.OPEN}, WhyNotAsked.REOPENED),
        ({"wrote_since": True}, WhyNotAsked.WROTE_AGAIN),
        ({"complaint": Status.OPEN}, WhyNotAsked.COMPLAINT),
        ({"complaint": Status.AT_AFCA}, WhyNotAsked.COMPLAINT),
        ({"complaint": Status.RESPONDED}, WhyNotAsked.COMPLAINT),
        ({"decision": decided(label="complaint")}, WhyNotAsked.COMPLAINT),
        ({"may_write": False}, WhyNotAsked.ONLY_A_PERSON_WRITES),
        ({"decision": decided(tags=("safety",))}, WhyNotAsked.SENSITIVE),
        ({"decision": decided(label="abuse")}, WhyNotAsked.ABUSE),
        ({"decision": decided(label="spam")}, WhyNotAsked.NOT_CHOSEN),
        ({"is_held": True}, WhyNotAsked.ON_HOLD),
        ({"is_muted": True}, WhyNotAsked.MUTED),
        ({"is_unreachable": True}, WhyNotAsked.UNREACHABLE),
        ({"kind": None}, WhyNotAsked.UNREACHABLE),
        ({"kind": Kind.MENTION}, WhyNotAsked.PUBLIC),
        ({"was_answered": False}, WhyNotAsked.NOT_ANSWERED),
        ({"asked_at": NOW - timedelta(days=29)}, WhyNotAsked.ASKED_LATELY),
    ],
)
def test_whom_nobody_asks(other, reason):
    assert why(**other) is reason


def test_a_closed_complaint_may_be_asked_about_and_so_may_a_customer_asked_long_ago():
    assert why(complaint=Status.CLOSED, decision=decided(label="complaint")) is None
    assert why(asked_at=NOW - timedelta(days=30)) is None


@pytest.mark.parametrize(
    ("text", "score"),
    [
        ("5", 5), (" 4 ", 4), ("5!", 5), ("5 👍", 5), ("5/5", 5), ("4 out of 5", 4), ("5 thanks", 5),
        ("3, thank you", 3), ("4 stars", 4), ("4 yıldız", 4), ("5 Teşekkürler", 5),
        ("5, благодаря!", 5), ("1 please", 1),
    ],
)  # fmt: skip
def test_a_score_alone_or_with_a_few_words_is_a_rating(text, score):
    assert scored(text, RULES) == Scored(score, is_bare=True)


@pytest.mark.parametrize(
    "text",
    [
        "0", "6", "10", "4.5", "45", "", "five", "2 weeks and nothing", "3 of my cards are blocked", "4 times I called",
        "I give you a 1", "1 2 3", "call me at 5", "5 5 5", "5/10", "my PIN is 5",
    ],
)  # fmt: skip
def test_a_number_that_says_something_else_is_no_rating(text):
    assert scored(text, RULES) is None


def test_ten_is_a_score_on_the_long_scale_and_words_below_are_a_comment():
    assert scored("10", TEN) == Scored(10, is_bare=True)
    assert scored("8/10", TEN) == Scored(8, is_bare=True)
    assert scored("2\nmy card is still blocked", TEN) == Scored(2, is_bare=False)


@given(st.text(max_size=200))
def test_whatever_is_written_a_score_is_one_of_the_scale(text):
    found = scored(text, TEN)
    assert found is None or 1 <= found.score <= 10


def test_a_complaint_and_whatever_needs_a_person_is_never_quiet():
    assert stays_quiet(decided(label="praise"), RULES)
    assert not stays_quiet(decided(label="enquiry"), RULES)
    assert not stays_quiet(decided(label="complaint"), RULES, is_bare=True)
    assert not stays_quiet(decided(label="praise", tier=Tier.HIGH_PRIORITY), RULES, is_bare=True)
    assert not stays_quiet(decided(label="praise", is_unsure=True), RULES)
    assert stays_quiet(decided(label="praise", is_unsure=True), RULES, is_bare=True)
