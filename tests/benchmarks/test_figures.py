"""Figures keep every run, and say the middle, the least and the most of them."""

import json

import pytest

from benchmarks.figures import Figure, Missing, Ratio, as_json, interleaved


def test_what_is_compared_is_run_in_turn() -> None:
    order = list[str]()

    def run(name: str) -> float:
        order.append(name)
        return float(len(order))

    taken = interleaved({"ours": lambda: run("ours"), "peer": lambda: run("peer")}, times=2)
    assert order == ["ours", "peer", "ours", "peer"]
    assert taken == {"ours": (1.0, 3.0), "peer": (2.0, 4.0)}


def test_the_median_of_the_rounds_stands_for_them() -> None:
    figure = Figure("judging", "ours", 100, (1.0, 4.0, 2.0))
    assert figure.rates == (100.0, 25.0, 50.0)
    assert figure.rate == 50.0


def test_a_ratio_compares_rounds_that_ran_beside_each_other() -> None:
    ours, peer = Figure("judging", "ours", 100, (1.0, 2.0, 1.0)), Figure("judging", "peer", 100, (10.0, 40.0, 20.0))
    assert Ratio(ours, peer).rounds == pytest.approx((10.0, 20.0, 20.0))
    assert Ratio(ours, peer).middle == pytest.approx(20.0)


def test_json_holds_every_run_every_ratio_and_what_is_missing() -> None:
    ours, peer = Figure("judging", "ours", 10, (1.0, 2.0)), Figure("judging", "peer", 10, (5.0, 5.0))
    missing = Missing("flow", "PostgreSQL", "PostgreSQL is not installed")
    found = json.loads(json.dumps(as_json([ours, peer, Ratio(ours, peer), missing])))
    assert [figure["seconds"] for figure in found["figures"]] == [[1.0, 2.0], [5.0, 5.0]]
    assert found["figures"][0]["messages_per_second"] == {"median": 7.5, "least": 5.0, "most": 10.0}
    assert found["ratios"][0]["times"] == {"median": 3.75, "least": 2.5, "most": 5.0}
    assert found["not_measured"] == [{"group": "flow", "name": "PostgreSQL", "reason": "PostgreSQL is not installed"}]
