"""What every desk that can be asked tells of its tickets: each change is told, however the telling is interrupted."""

from datetime import UTC, timedelta

from models import TicketStatus
from tests.connectors.desks.examples import a_comment, a_ticket

LONGEST = 40


def drain(harness, cursor):
    """Everything after `cursor`, and the cursor that nothing comes after."""
    found = []
    for _ in range(LONGEST):
        page = harness.desk.standings(cursor)
        found += page.standings
        if not page.standings and page.cursor == cursor:
            return found, cursor
        cursor = page.cursor
    raise AssertionError(f"the desk still tells something after {LONGEST} pages")


def ours(found, id):
    return [standing for standing in found if standing.external_id is not None and standing.external_id.startswith(id)]


def with_tickets(harness, id, how_many):
    ids = [f"{id}:{number}" for number in range(how_many)]
    for each in ids:
        harness.desk.create_ticket(a_ticket(each))
    harness.settle()
    return ids


def test_a_change_at_the_desk_is_told_with_everything_that_is_known(telling, id):
    made = telling.desk.create_ticket(a_ticket(id))
    _, cursor = drain(telling, None)
    telling.set_status(id, TicketStatus.SOLVED)
    telling.settle()
    found, _ = drain(telling, cursor)
    told = ours(found, id)[-1]
    assert (told.reference, told.external_id, told.status) == (made.reference, id, TicketStatus.SOLVED)
    assert told.status_name
    assert told.changed_at.utcoffset() == timedelta()
    assert told.changed_at.tzinfo is UTC
    assert told.assignee is None


def test_the_last_of_several_changes_is_what_is_told_last(telling, id):
    telling.desk.create_ticket(a_ticket(id))
    _, cursor = drain(telling, None)
    for status in (TicketStatus.OPEN, TicketStatus.SOLVED, TicketStatus.PENDING):
        telling.set_status(id, status)
    telling.settle()
    found, _ = drain(telling, cursor)
    assert ours(found, id)[-1].status is TicketStatus.PENDING


def test_more_changes_than_a_page_holds_are_all_told_and_oldest_first(telling, id):
    ids = with_tickets(telling, id, 7)
    _, cursor = drain(telling, None)
    for each in ids:
        telling.set_status(each, TicketStatus.SOLVED)
    telling.settle()
    page = telling.desk.standings(cursor)
    found, _ = drain(telling, cursor)
    assert {told.external_id for told in ours(found, id) if told.status is TicketStatus.SOLVED} == set(ids)
    instants = [told.changed_at for told in page.standings]
    assert instants == sorted(instants)


def test_whoever_stops_anywhere_and_goes_on_misses_nothing(telling, id):
    ids = with_tickets(telling, id, 4)
    _, cursor = drain(telling, None)
    stops = []
    for each in ids:
        stops.append((cursor, each))
        telling.set_status(each, TicketStatus.SOLVED)
        telling.settle()
        cursor = telling.desk.standings(cursor).cursor
    for position, (stop, _) in enumerate(stops):
        found, _ = drain(telling, stop)
        solved = {told.external_id for told in ours(found, id) if told.status is TicketStatus.SOLVED}
        assert solved >= set(ids[position:])


def test_a_page_asked_for_twice_tells_the_same(telling, id):
    [only] = with_tickets(telling, id, 1)
    _, cursor = drain(telling, None)
    telling.set_status(only, TicketStatus.SOLVED)
    telling.settle()
    first, second = (telling.desk.standings(cursor) for _ in range(2))
    assert ours(first.standings, id)
    assert ours(first.standings, id) == ours(second.standings, id)


def test_where_nothing_changed_nothing_is_told(telling, id):
    with_tickets(telling, id, 1)
    _, cursor = drain(telling, None)
    page = telling.desk.standings(cursor)
    assert (list(page.standings), page.cursor) == ([], cursor)


def test_our_own_notes_never_make_a_ticket_look_changed_to_another_status(telling, id):
    telling.desk.create_ticket(a_ticket(id))
    telling.set_status(id, TicketStatus.OPEN)
    telling.settle()
    _, cursor = drain(telling, None)
    telling.desk.add_comment(a_comment(id))
    telling.settle()
    found, _ = drain(telling, cursor)
    assert {told.status for told in ours(found, id)} <= {TicketStatus.OPEN}


def test_a_cursor_that_cannot_be_read_tells_too_much_rather_than_too_little(searched_over_network, id):
    desk = searched_over_network
    [only] = with_tickets(desk, id, 1)
    desk.set_status(only, TicketStatus.SOLVED)
    desk.settle()
    for unreadable in ("", "{", "7", '{"since": "yesterday"}', "null"):
        found, _ = drain(desk, unreadable)
        assert ours(found, id)[-1].status is TicketStatus.SOLVED
