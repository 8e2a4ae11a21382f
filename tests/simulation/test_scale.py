"""The simulation of many machines: what must hold whatever the costs are, and who waits in a burst."""

import pytest

from store.queue import Lane
from tests.simulation.scale.__main__ import predicted
from tests.simulation.scale.costs import Costs, Step
from tests.simulation.scale.day import Plan, live
from tests.simulation.scale.site import Machines, Site, at, batches

SAMPLE = (0.8, 0.1, 0.08, 0.02)
COSTS = Costs(
    store=Step(0.0003),
    judge=Step(0.004),
    verdicts=Step(0.0005),
    triage=Step(0.004, 0.002, 0.002),
    deliver=Step(0.005, 0.001, 0.002),
    judge_job=0.005,
    hand_job=0.03,
    effects=0.03,
    shares=SAMPLE,
    one_writer=False,
)


def test_batches_keep_every_message_in_order_and_are_never_too_big() -> None:
    found = list(batches([(1.0, 0, 200), (2.0, 3, 5), (3.0, 1, 60)], 128))
    assert [sum(number for *_, number in batch) for batch in found] == [128, 128, 9]
    assert [when for batch in found for when, *_ in batch] == [1.0, 1.0, 2.0, 3.0, 3.0]


def test_one_judge_alone_takes_as_many_as_its_costs_say() -> None:
    rate, site = predicted(COSTS, Machines(cores=None), 6_000)
    alone = COSTS.judge.wall + COSTS.verdicts.wall + COSTS.triage.wall
    assert rate == pytest.approx(1 / alone, rel=0.05)
    assert (site.told.triaged, site.told.came) == (6_000, 6_000)


def test_more_judges_bring_no_more_than_the_end_of_the_register_takes() -> None:
    rates = [predicted(COSTS, Machines(judges=judges, hands=4, cores=None), 20_000)[0] for judges in (2, 10, 30)]
    assert rates[0] < rates[2] == pytest.approx(1 / COSTS.triage.wall, rel=0.05)
    assert rates[1] == pytest.approx(rates[2], rel=0.05)


def test_two_cores_do_no_more_than_two_cores_can() -> None:
    rate, site = predicted(COSTS, Machines(judges=4, cores=2), 4_000)
    worked = sum(seconds for what, seconds in site.told.busy.items() if not what.endswith("disk"))
    assert worked <= 2 * site.told.last * 1.001
    assert rate < predicted(COSTS, Machines(judges=4, cores=None), 4_000)[0]


def test_where_one_writes_at_a_time_writers_wait_for_each_other() -> None:
    alone = Costs(**{name: getattr(COSTS, name) for name in Costs.__slots__} | {"one_writer": True, "effects": 1.0})
    several, one = (
        predicted(costs, Machines(judges=2, hands=2, cores=None), 4_000)[0]
        for costs in (Costs(**{name: getattr(alone, name) for name in Costs.__slots__} | {"one_writer": False}), alone)
    )
    assert one < several


def test_in_a_burst_noise_waits_and_what_is_urgent_does_not_and_nothing_is_lost() -> None:
    plan = Plan(messages=60_000, times=100, burst_at=600, burst=120, length=3_600)
    day = live(COSTS, Machines(judges=4, hands=2, cores=None), plan)
    assert day.came == day.triaged == pytest.approx(60_000, rel=0.01)
    assert plan.rate_at(650) > 2 / COSTS.triage.wall
    assert day.urgent_in_burst < 30 < day.noise[2]


def test_urgent_work_is_taken_before_what_was_there_first() -> None:
    site = Site(COSTS, Machines(cores=None))
    assert list(Lane)[:2] == [Lane.JUDGE, Lane.BULK]
    for _ in range(40):
        site.comes([(0.0, 0, 100), (0.0, 3, 2)])
    site.env.run(until=120)
    urgent, noise = site.told.waits[3], site.told.waits[0]
    assert at(urgent, 50) < at(noise, 50)
    assert sum(number for _, number in urgent) == 80
