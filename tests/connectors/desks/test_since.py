from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from connectors.desks.since import LOOK_BACK, MOST_PAGES, Listed, standings_since
from models import TicketStanding, TicketStatus

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class FakeList:
    """Tickets by the second of their last change, as a desk would list them; `leaves_out_the_start` for `>`."""

    def __init__(self, *, size=3, leaves_out_the_start=False):
        self.changed: dict[str, datetime] = {}
        self.size = size
        self.leaves_out_the_start = leaves_out_the_start
        self.asked = 0

    def __call__(self, since, page):
        self.asked += 1
        after = [
            (at, name)
            for name, at in self.changed.items()
            if (at > since if self.leaves_out_the_start else at >= since)
        ]
        shown = sorted(after)[(page - 1) * self.size : page * self.size]
        return [Listed(name, at, standing(name, at)) for at, name in shown]

    def read(self, cursor, now=NOON):
        return standings_since(self, cursor, now=now, page_size=self.size)


def standing(name, at):
    return None if name.startswith("foreign") else TicketStanding(name, name, TicketStatus.OPEN, "open", at)


def drain(listed, cursor):
    told = []
    for _ in range(200):
        page = listed.read(cursor)
        told += [each.reference for each in page.standings]
        if page.cursor == cursor:
            return told, cursor
        cursor = page.cursor
    raise AssertionError("no end")


def test_more_changes_in_one_second_than_a_page_holds_are_all_told():
    listed = FakeList()
    listed.changed = {f"t{number}": NOON for number in range(10)}
    told, _ = drain(listed, None)
    assert sorted(told) == sorted(listed.changed)


def test_a_change_that_becomes_visible_late_is_told_all_the_same():
    listed = FakeList()
    listed.changed = {"early": NOON}
    _, cursor = drain(listed, None)
    listed.changed["late"] = NOON - LOOK_BACK + timedelta(seconds=5)
    assert drain(listed, cursor)[0] == ["late"]


def test_tickets_of_others_move_the_cursor_and_are_not_told():
    listed = FakeList()
    listed.changed = {f"foreign{number}": NOON + timedelta(seconds=number) for number in range(20)} | {"ours": NOON}
    told, cursor = drain(listed, None)
    assert told == ["ours"]
    assert str((NOON + timedelta(seconds=19)).second) in cursor


def test_one_call_reads_a_bounded_number_of_pages_and_the_next_goes_on():
    listed = FakeList(size=2)
    listed.changed = {f"t{number:03}": NOON + timedelta(seconds=number) for number in range(100)}
    first = listed.read(None)
    assert MOST_PAGES <= listed.asked <= MOST_PAGES + 3
    assert 0 < len(first.standings) < 100
    told, _ = drain(listed, first.cursor)
    assert {each.reference for each in first.standings} | set(told) == set(listed.changed)


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), max_size=40),
    st.sets(st.integers(0, 40)),
    st.booleans(),
)
def test_whatever_changes_and_whenever_it_is_read_every_ticket_is_told_since_its_last_change(
    changes, reads, leaves_out_the_start
):
    listed = FakeList(leaves_out_the_start=leaves_out_the_start)
    cursor, now, told = listed.read(None).cursor, NOON, {}

    def read():
        nonlocal cursor
        page = listed.read(cursor, now)
        told.update({each.reference: each.changed_at for each in page.standings})
        cursor = page.cursor
        return page

    for position, (number, seconds) in enumerate(changes):
        now += timedelta(seconds=seconds)
        listed.changed[f"t{number}"] = now
        if position in reads:
            read()
    while read().standings:
        pass
    assert told == listed.changed
