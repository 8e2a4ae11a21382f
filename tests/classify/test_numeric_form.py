import logging
from itertools import count

import numpy as np
import pytest

from classify.numeric_form import MOST_DIFFERENCE, MOST_SECONDS, PROBES, chosen


class Machine:
    """Readers that take the time they are told to, on a clock of their own."""

    def __init__(self):
        self.now = 0.0
        self.passes = count()

    def reader(self, seconds, *, adds=0.0):
        def read(texts):
            next(self.passes)
            self.now += seconds
            return np.full((len(texts), 2), 1.0 + adds, dtype=np.float32)

        return read

    def chosen(self, **readers):
        return chosen(readers, clock=lambda: self.now)


@pytest.fixture
def machine():
    return Machine()


@pytest.mark.parametrize(("bf16_seconds", "form"), [(0.01, "bf16"), (0.05, "fp32")])
def test_the_faster_form_is_taken(machine, bf16_seconds, form):
    assert machine.chosen(fp32=machine.reader(0.03), bf16=machine.reader(bf16_seconds, adds=0.01)) == form


@pytest.mark.parametrize("adds", [2 * MOST_DIFFERENCE, np.nan, np.inf])
def test_a_form_that_says_something_else_is_not_taken(machine, adds):
    assert machine.chosen(fp32=machine.reader(0.03), bf16=machine.reader(0.01, adds=adds)) == "fp32"


def test_the_choice_is_logged_with_its_numbers(machine, caplog):
    with caplog.at_level(logging.INFO):
        machine.chosen(fp32=machine.reader(0.03), bf16=machine.reader(0.01, adds=0.05))

    (line,) = caplog.messages
    assert line == (
        "encoder: computes in bf16; fp32 differs by 0.0000, takes 30 ms, bf16 differs by 0.0500, takes 10 ms"
    )


def test_measuring_ends_early_on_a_slow_machine(machine):
    machine.chosen(fp32=machine.reader(MOST_SECONDS), bf16=machine.reader(5 * MOST_SECONDS))

    assert next(machine.passes) == 5  # one to compare with, one each to compare, one each to measure


def test_what_is_told_is_not_measured(machine):
    assert machine.chosen(bf16=machine.reader(1.0)) == "bf16"
    assert next(machine.passes) == 0


def test_the_probes_are_of_different_lengths():
    assert len({len(probe) for probe in PROBES}) == len(PROBES)
