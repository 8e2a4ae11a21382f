"""What `connectors.base.Desk` promises, held against every desk that ships; the real RT 5 among them (`-m servers`)."""

import pytest

from models import Priority, TicketStatus, TicketUpdate
from models.errors import RetryableError, UnknownOutcomeError
from tests.connectors.desks.examples import a_comment, a_ticket


def bodies(harness, id):
    return [held.body for held in harness.held(id)]


def notes(harness, id):
    return [note for held in harness.held(id) for note in held.notes]


def deliver(desk, ticket, tries=3):
    """What the outbox does: look, then create, until there is a receipt."""
    for _ in range(tries):
        try:
            return desk.find_ticket(ticket.external_id) or desk.create_ticket(ticket)
        except RetryableError:
            continue
    raise AssertionError(f"no receipt after {tries} tries")


def deliver_note(desk, comment, tries=3):
    for _ in range(tries):
        try:
            return desk.find_comment(comment) or desk.add_comment(comment)
        except RetryableError:
            continue
    raise AssertionError(f"no receipt after {tries} tries")


def test_a_desk_that_is_ready_passes_its_check(any_desk):
    assert any_desk.desk.check() is None


def test_a_created_ticket_has_a_reference_and_was_not_found(any_desk, id):
    receipt = any_desk.desk.create_ticket(a_ticket(id))
    assert receipt.reference
    assert not receipt.found


def test_a_ticket_that_was_never_created_is_not_found(any_desk, id):
    assert any_desk.desk.find_ticket(id) is None


def test_two_external_ids_give_two_tickets(any_desk, id):
    first = any_desk.desk.create_ticket(a_ticket(id, body="one"))
    second = any_desk.desk.create_ticket(a_ticket(id + "0", body="two"))
    assert first.reference != second.reference
    assert bodies(any_desk, id) == ["one"]
    assert bodies(any_desk, id + "0") == ["two"]


def test_whoever_looks_before_each_try_gets_one_ticket_though_the_answer_is_lost(any_desk, id):
    any_desk.lose_next_answer()
    deliver(any_desk.desk, a_ticket(id, body="once"))
    deliver(any_desk.desk, a_ticket(id, body="once"))
    assert bodies(any_desk, id) == ["once"]


def test_whoever_looks_before_each_try_gets_one_ticket_though_the_connection_is_lost(any_desk, id):
    any_desk.lose_next_connection()
    deliver(any_desk.desk, a_ticket(id, body="once"))
    assert bodies(any_desk, id) == ["once"]


def test_whoever_looks_before_each_try_gets_one_note_though_the_answer_is_lost(any_desk, id):
    deliver(any_desk.desk, a_ticket(id))
    any_desk.lose_next_answer()
    deliver_note(any_desk.desk, a_comment(id))
    deliver_note(any_desk.desk, a_comment(id))
    assert notes(any_desk, id) == ["Posted again."]


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> <b>bold</b> &amp; &lt;",
        "one\r\ntwo\rthree\nfour",
        "a\0b\0",
        "emoji 👩‍👩‍👧 é ß 漢字 \u202eright to left",
        "From here\n.\n-- \nsig\n\ttab  \n\n%s {x} $y `z`",
        "long " + "x" * 9_990 + " end!",
    ],
    ids=["html", "line ends", "nul", "emoji", "mail marks", "ten thousand characters"],
)
def test_text_arrives_as_the_plain_text_it_was(any_desk, id, text):
    expected = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    any_desk.desk.create_ticket(a_ticket(id, body=text, subject=text))
    any_desk.desk.add_comment(a_comment(id, body=text))
    assert bodies(any_desk, id) == [expected]
    assert notes(any_desk, id) == [expected]


def test_a_ticket_without_author_reach_tags_or_clock_is_taken(any_desk, id):
    bare = a_ticket(id, requestor=None, reach=None, tags=(), due_at=None, body="bare")
    any_desk.desk.create_ticket(bare)
    assert bodies(any_desk, id) == ["bare"]


def test_what_was_created_is_found_under_the_same_reference(searchable, id):
    made = searchable.desk.create_ticket(a_ticket(id))
    found = searchable.desk.find_ticket(id)
    assert found is not None
    assert (found.reference, found.url, found.found) == (made.reference, made.url, True)


@pytest.mark.parametrize(
    "awkward",
    [
        "it's",
        'a "quoted" id',
        "back\\slash\\",
        "\\'",
        "é漢字😀",
        "100% _ * (x) OR id > 0",
        "' OR Queue='Social",
        "x" * 400,
        "é" * 250,
    ],
)
def test_an_external_id_of_any_letters_is_found(searchable, id, awkward):
    made = searchable.desk.create_ticket(a_ticket(f"{id}:{awkward}"))
    found = searchable.desk.find_ticket(f"{id}:{awkward}")
    assert found is not None
    assert found.reference == made.reference
    assert searchable.desk.find_ticket(id) is None


def test_external_ids_that_differ_in_case_alone_are_two_tickets(searchable, id):
    lower = searchable.desk.create_ticket(a_ticket(f"{id}:abc"))
    assert searchable.desk.find_ticket(f"{id}:ABC") is None
    upper = searchable.desk.create_ticket(a_ticket(f"{id}:ABC"))
    assert searchable.desk.find_ticket(f"{id}:abc").reference == lower.reference
    assert searchable.desk.find_ticket(f"{id}:ABC").reference == upper.reference


def test_a_create_whose_answer_is_lost_says_so_and_is_found(searchable, id):
    searchable.lose_next_answer()
    with pytest.raises(UnknownOutcomeError):
        searchable.desk.create_ticket(a_ticket(id))
    assert searchable.desk.find_ticket(id) is not None


def test_a_create_without_a_connection_certainly_did_nothing(searchable, id):
    searchable.lose_next_connection()
    with pytest.raises(RetryableError) as raised:
        searchable.desk.create_ticket(a_ticket(id))
    assert not isinstance(raised.value, UnknownOutcomeError)
    assert bodies(searchable, id) == []


def test_a_note_is_found_by_its_key_on_its_own_ticket_only(searchable, id):
    searchable.desk.create_ticket(a_ticket(id))
    searchable.desk.create_ticket(a_ticket(id + ":other"))
    assert searchable.desk.find_comment(a_comment(id, "mention:2")) is None
    made = searchable.desk.add_comment(a_comment(id, "mention:2"))
    found = searchable.desk.find_comment(a_comment(id, "mention:2"))
    assert found is not None
    assert (found.reference, found.url, found.found) == (made.reference, made.url, True)
    assert searchable.desk.find_comment(a_comment(id, "mention:3")) is None
    assert searchable.desk.find_comment(a_comment(id + ":other", "mention:2")) is None


def test_a_note_whose_answer_is_lost_says_so_and_is_found(searchable, id):
    searchable.desk.create_ticket(a_ticket(id))
    searchable.lose_next_answer()
    with pytest.raises(UnknownOutcomeError):
        searchable.desk.add_comment(a_comment(id))
    assert searchable.desk.find_comment(a_comment(id)) is not None


def test_a_note_for_a_ticket_that_is_not_there_is_certainly_not_added(searchable, id):
    assert searchable.desk.find_comment(a_comment(id)) is None
    with pytest.raises(RetryableError) as raised:
        searchable.desk.add_comment(a_comment(id))
    assert not isinstance(raised.value, UnknownOutcomeError)


def update(desk, change, tries=3):
    """What the outbox does with an update: nothing is looked up, a repeat does no harm."""
    for _ in range(tries):
        try:
            return desk.update_ticket(change)
        except UnknownOutcomeError:
            raise
        except RetryableError:
            continue
    raise AssertionError(f"not changed after {tries} tries")


EVERYTHING = {"priority": Priority.URGENT, "team": "Claims", "add_tags": ("vip", "delivery")}


def test_an_update_sets_what_it_names_and_leaves_the_rest(any_desk, id):
    any_desk.desk.create_ticket(a_ticket(id, body="once", priority=Priority.LOW))
    [before] = any_desk.held(id)
    any_desk.desk.update_ticket(TicketUpdate(id, "raise", **EVERYTHING))
    [after] = any_desk.held(id)
    assert after.priority is Priority.URGENT
    assert after.tags == before.tags | {"vip"}
    assert (after.body, after.status) == ("once", before.status)
    assert before.tags >= {"delivery", "negative"}


def test_an_update_carried_out_twice_changes_nothing_more(any_desk, id):
    made = any_desk.desk.create_ticket(a_ticket(id))
    change = TicketUpdate(id, "raise", **EVERYTHING, status=TicketStatus.SOLVED)
    first = any_desk.desk.update_ticket(change)
    once = any_desk.held(id)
    second = any_desk.desk.update_ticket(change)
    assert any_desk.held(id) == once
    assert first.reference == second.reference
    assert first.reference == made.reference or any_desk.set_status is None


@pytest.mark.parametrize("status", list(TicketStatus))
def test_a_ticket_can_be_set_to_every_status_the_desk_tells_apart(any_desk, id, status):
    any_desk.desk.create_ticket(a_ticket(id))
    any_desk.desk.update_ticket(TicketUpdate(id, "a", status=TicketStatus.OPEN))
    any_desk.desk.update_ticket(TicketUpdate(id, "b", status=status))
    [held] = any_desk.held(id)
    assert held.status is status or status not in any_desk.statuses


def test_an_update_of_nothing_changes_nothing(any_desk, id):
    any_desk.desk.create_ticket(a_ticket(id))
    before = any_desk.held(id)
    assert any_desk.desk.update_ticket(TicketUpdate(id, "nothing")).reference
    assert any_desk.held(id) == before


@pytest.mark.parametrize("loss", ["lose_next_answer", "lose_next_connection"])
def test_an_update_whose_answer_is_lost_is_simply_repeated(any_desk, id, loss):
    any_desk.desk.create_ticket(a_ticket(id))
    getattr(any_desk, loss)()
    update(any_desk.desk, TicketUpdate(id, "raise", **EVERYTHING, status=TicketStatus.PENDING))
    [held] = any_desk.held(id)
    assert (held.priority, held.status) == (Priority.URGENT, TicketStatus.PENDING)
    assert "vip" in held.tags


def test_a_solved_ticket_still_takes_notes_and_can_be_opened_again(any_desk, id):
    any_desk.desk.create_ticket(a_ticket(id))
    any_desk.desk.update_ticket(TicketUpdate(id, "solve", status=TicketStatus.SOLVED))
    any_desk.desk.add_comment(a_comment(id))
    any_desk.desk.update_ticket(TicketUpdate(id, "reopen", status=TicketStatus.OPEN))
    [held] = any_desk.held(id)
    assert (held.notes, held.status) == (["Posted again."], TicketStatus.OPEN)


def test_an_update_of_a_ticket_that_is_not_there_certainly_does_nothing(searchable, id):
    with pytest.raises(RetryableError) as raised:
        searchable.desk.update_ticket(TicketUpdate(id, "raise", **EVERYTHING))
    assert not isinstance(raised.value, UnknownOutcomeError)
