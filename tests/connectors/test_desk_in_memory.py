import pytest

from connectors.desk_in_memory import DeskFault, DeskInMemory
from models.errors import AccessError, PermanentError, RetryableError, UnknownOutcomeError
from tests.connectors.desks.examples import a_comment, a_ticket


@pytest.fixture
def desk():
    return DeskInMemory()


@pytest.mark.parametrize(
    ("fault", "error", "tickets"),
    [
        (DeskFault.BEFORE, RetryableError, 0),
        (DeskFault.AFTER_COMMIT, UnknownOutcomeError, 1),
        (DeskFault.LOST, UnknownOutcomeError, 0),
        (DeskFault.ACCESS, AccessError, 0),
        (DeskFault.REFUSED, PermanentError, 0),
    ],
)
def test_a_fault_raises_its_kind_and_leaves_what_it_says(desk, fault, error, tickets):
    desk.fail_next_effects(fault)
    with pytest.raises(error) as raised:
        desk.create_ticket(a_ticket())
    assert type(raised.value) is error
    assert len(desk.tickets) == tickets


def test_faults_are_met_in_order_and_then_all_is_well(desk):
    desk.fail_next_effects(DeskFault.BEFORE, DeskFault.ACCESS)
    with pytest.raises(RetryableError):
        desk.create_ticket(a_ticket())
    with pytest.raises(AccessError):
        desk.create_ticket(a_ticket())
    assert desk.create_ticket(a_ticket()).reference == "1"


def test_faults_of_lookups_and_of_effects_are_apart(desk):
    desk.fail_next_lookups(DeskFault.BEFORE, DeskFault.ACCESS, DeskFault.ACCESS)
    desk.create_ticket(a_ticket())
    with pytest.raises(RetryableError):
        desk.find_ticket(a_ticket().external_id)
    with pytest.raises(AccessError):
        desk.find_comment(a_comment())
    with pytest.raises(AccessError):
        desk.check()


def test_creating_twice_without_looking_makes_two(desk):
    desk.create_ticket(a_ticket())
    desk.create_ticket(a_ticket())
    assert [held.reference for held in desk.tickets] == ["1", "2"]
    assert desk.find_ticket(a_ticket().external_id).reference == "1"


def test_lookups_are_counted(desk):
    desk.find_ticket("a")
    desk.find_comment(a_comment())
    assert desk.lookups == 2


def test_a_note_lost_after_commit_is_held_once(desk):
    desk.create_ticket(a_ticket())
    desk.fail_next_effects(DeskFault.AFTER_COMMIT)
    with pytest.raises(UnknownOutcomeError):
        desk.add_comment(a_comment())
    assert [held.ticket_reference for held in desk.comments] == ["1"]
