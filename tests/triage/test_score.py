from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.case import Priority, Reach, Tier
from tests.triage.build import NOW, NSW, decided, verdict
from triage.clocks import due_dates
from triage.score import due_soon, score_parts, total

SCORES = st.floats(0, 1)
VERDICTS = st.builds(
    lambda bad_faith, severity, high, negative: verdict(
        bad_faith_score=bad_faith,
        severity=severity * 4,
        urgency={"high": high, "medium": 1 - high},
        sentiment={"negative": negative},
    ),
    SCORES,
    SCORES,
    SCORES,
    SCORES,
)
REACHES = st.one_of(st.none(), SCORES).map(lambda score: Reach(score, ()))
UNKNOWN = Reach(None, ())
DUES = due_dates(NSW, complaint_type="standard", received_at=NOW)


def score(a_verdict, *, is_complaint, tier=Tier.PERSONAL_REPLY, priority=Priority.LOW, reach=UNKNOWN, hours=0):
    parts = score_parts(
        weights=NSW.house.weights,
        verdict=a_verdict,
        is_complaint=is_complaint,
        tier=tier,
        priority=priority,
        reach=reach,
        dues=DUES if hours else (),
        now=NOW + timedelta(hours=hours),
    )
    return total(parts)


@given(VERDICTS, VERDICTS, st.sampled_from(Tier), st.sampled_from(Priority), REACHES, st.integers(0, 2000))
def test_within_a_tier_no_complaint_stands_behind_a_non_complaint(low, high, tier, priority, reach, hours):
    complaint = score(low, is_complaint=True, tier=tier)
    other = score(high, is_complaint=False, tier=tier, priority=priority, reach=reach, hours=hours)
    assert complaint > other


@given(VERDICTS, VERDICTS, st.sampled_from(list(Tier)[:-1]), st.sampled_from(Priority), REACHES)
def test_no_tier_stands_before_a_higher_one(low, high, tier, priority, reach):
    below = score(high, is_complaint=True, tier=tier, priority=priority, reach=reach, hours=2000)
    assert score(low, is_complaint=False, tier=Tier(tier + 1)) > below


@given(SCORES)
def test_bad_faith_lowers_at_most_by_its_weight(bad_faith):
    plain = decided().score
    lowered = decided(bad_faith_score=bad_faith).score
    assert plain - NSW.house.weights.bad_faith - 1e-6 <= lowered <= plain


def test_every_part_is_named_and_they_add_up():
    decision = decided("You charged me twice")
    assert [part.name for part in decision.score_parts] == [
        "tier",
        "complaint",
        "priority",
        "severity",
        "urgency",
        "reach",
        "sentiment",
        "due_soon",
        "bad_faith",
    ]
    assert decision.score == pytest.approx(sum(part.points for part in decision.score_parts))


@pytest.mark.parametrize(
    ("now", "share"),
    [
        ("2026-06-01T00:00:00+10:00", 0.0),
        ("2026-06-05T23:59:00+10:00", 0.5),
        ("2026-06-06T23:50:00+10:00", 1.0),
        ("2026-08-01T00:00:00+10:00", 1.0),
    ],
)
def test_a_clock_adds_points_the_nearer_it_comes(now, share):
    dues = due_dates(NSW, complaint_type="standard", received_at=datetime.fromisoformat("2026-06-05T23:50+10:00"))
    assert due_soon([due.at for due in dues], datetime.fromisoformat(now), 48) == pytest.approx(share, abs=0.01)


def test_without_clocks_nothing_is_due_soon():
    assert due_soon((), NOW, 48) == 0
