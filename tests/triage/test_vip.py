from dataclasses import replace

from tests.triage.build import NSW, decided
from triage.score import total
from triage.vip import with_value


def test_points_for_value_are_one_named_part_of_the_score_and_nothing_else_changes() -> None:
    plain = decided()
    valued = with_value(plain, NSW.house.weights.vip)
    [part] = set(valued.score_parts) - set(plain.score_parts)
    assert (part.name, part.points) == ("customer_value", NSW.house.weights.vip)
    assert valued.score == total(valued.score_parts) == plain.score + part.points
    assert replace(valued, score=plain.score, score_parts=plain.score_parts) == plain


def test_points_are_put_in_the_place_of_earlier_ones_and_taken_back_without_a_trace() -> None:
    plain = decided()
    assert with_value(with_value(plain, 6.0), 2.0) == with_value(plain, 2.0)
    assert with_value(with_value(plain, 6.0), 0.0) == plain


def test_two_equal_complaints_of_a_vip_and_of_another_have_the_same_clocks_and_the_same_tier() -> None:
    another = decided()
    vip = with_value(another, NSW.house.weights.vip)
    assert vip.dues == another.dues and another.dues
    assert (vip.tier, vip.priority, vip.definition, vip.team) == (
        another.tier,
        another.priority,
        another.definition,
        another.team,
    )
