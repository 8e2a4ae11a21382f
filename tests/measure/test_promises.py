"""The rate of kept promises, against a count by hand."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from measure.promises import DEFINITION, keeping, keeping_by_kind
from models.promise import Promise, PromiseKind, PromiseState

JUNE, JULY = datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)
NOW = datetime(2026, 6, 20, tzinfo=UTC)


def promise(
    state: PromiseState, *, day: int = 5, month: int = 6, kind: PromiseKind = PromiseKind.REFUND, **more
) -> Promise:
    due = datetime(2026, month, day, tzinfo=UTC)
    made = due - timedelta(days=3)
    return Promise(1, 1, "m", kind, "", "", made, "Priti", due, None, state, "k", **more)


def test_kept_of_kept_and_broken_in_the_period_and_what_is_left_out_stands_beside():
    found = keeping(
        [
            promise(PromiseState.KEPT),
            promise(PromiseState.KEPT),
            promise(PromiseState.KEPT, reason="see the log"),
            promise(PromiseState.BROKEN),
            promise(PromiseState.BROKEN, late_at=NOW),
            promise(PromiseState.OPEN),  # its instant has passed, and the clock was not looked at
            promise(PromiseState.OPEN, day=25),
            promise(PromiseState.WITHDRAWN),
            promise(PromiseState.WITHDRAWN, replaced_by=7),
            promise(PromiseState.WAITING),
            promise(PromiseState.KEPT, month=5),
            promise(PromiseState.BROKEN, month=7),
        ],
        since=JUNE,
        until=JULY,
        now=NOW,
    )
    assert (found.kept, found.said_late, found.broken, found.kept_late) == (3, 1, 3, 1)
    assert (found.withdrawn, found.moved, found.not_due) == (1, 1, 1)
    assert (found.rate.count, found.rate.total, found.rate.value) == (3, 6, 0.5)


def test_without_any_the_rate_says_that_nothing_is_known():
    rate = keeping([], since=JUNE, until=JULY, now=NOW).rate
    assert (rate.total, rate.low, rate.high) == (0, 0.0, 1.0)
    assert "of those that were kept or broken" in DEFINITION


STATES = st.lists(st.tuples(st.sampled_from(PromiseState), st.integers(1, 30), st.sampled_from(PromiseKind)))


@given(STATES)
def test_every_promise_is_counted_once_and_the_kinds_add_up(rows):
    made = [promise(state, day=day, kind=kind) for state, day, kind in rows]
    whole = keeping(made, since=JUNE, until=JULY, now=NOW)
    counted = whole.kept + whole.broken + whole.withdrawn + whole.moved + whole.not_due
    assert counted == sum(state is not PromiseState.WAITING for state, _, _ in rows)
    parts = keeping_by_kind(made, since=JUNE, until=JULY, now=NOW).values()
    assert sum(part.kept for part in parts) == whole.kept
    assert sum(part.broken for part in parts) == whole.broken
