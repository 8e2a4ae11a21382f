"""What `connectors.base.Desk` promises, held against every desk that ships; the real RT 5 among them (`-m servers`)."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import httpx
import pytest

from connectors.base import Desk
from connectors.desk_in_memory import DeskFault, DeskInMemory
from connectors.desks.request_tracker.desk import RequestTrackerDesk
from connectors.desks.webhook.desk import WebhookDesk
from models.errors import RetryableError, UnknownOutcomeError
from tests.connectors.desks.examples import a_comment, a_ticket
from tests.connectors.desks.fake_receiver import SECRET, FakeReceiver
from tests.connectors.desks.fake_request_tracker import ROOT, TOKEN, FakeRequestTracker
from tests.connectors.desks.lossy import LossyTransport
from tests.servers.request_tracker.server import start_request_tracker

RUNS = count(1)


def no_sleep(seconds):
    """A wait between tries that the tests need not sit through."""


@dataclass
class Harness:
    """A desk, the faults it can be made to meet, and a look at what it holds that does not go through our client."""

    desk: Desk
    lose_next_answer: Callable[[], None]
    lose_next_connection: Callable[[], None]
    bodies: Callable[[str], list[str]]
    notes: Callable[[str], list[str]]
    """Both by external id."""


def in_memory():
    desk = DeskInMemory()
    return Harness(
        desk,
        lambda: desk.fail_next_effects(DeskFault.AFTER_COMMIT),
        lambda: desk.fail_next_effects(DeskFault.BEFORE),
        lambda id: [held.body for held in desk.tickets if held.ticket.external_id == id],
        lambda id: [held.body for held in desk.comments if held.comment.external_id == id],
    )


def webhook():
    receiver = FakeReceiver()
    wire = LossyTransport(receiver.transport())
    return Harness(
        WebhookDesk("https://desk.test/hook", [SECRET], transport=wire, sleep=no_sleep),
        wire.lose_next_answer,
        wire.lose_next_connection,
        lambda id: [data["body"] for data in receiver.data("earshot.ticket.create", id)],
        lambda id: [data["body"] for data in receiver.data("earshot.ticket.comment", id)],
    )


def fake_rt():
    fake = FakeRequestTracker()
    wire = LossyTransport(fake.transport())

    def held(id):
        return [ticket for ticket in fake.tickets.values() if ticket.values["ExternalId"] == [id]]

    return Harness(
        RequestTrackerDesk(ROOT, TOKEN, "Social", transport=wire, sleep=no_sleep),
        wire.lose_next_answer,
        wire.lose_next_connection,
        lambda id: [ticket.body for ticket in held(id)],
        lambda id: [note for ticket in held(id) for note in ticket.comments],
    )


@pytest.fixture(scope="module")
def rt_server(tmp_path_factory):
    with start_request_tracker(tmp_path_factory.mktemp("rt")) as server:
        yield server


@pytest.fixture
def real_rt(rt_server):
    wire = LossyTransport(httpx.HTTPTransport())

    def held(id):
        return [ticket for ticket in rt_server.tickets() if ticket.external_id == id]

    yield Harness(
        RequestTrackerDesk(rt_server.url, rt_server.token, rt_server.queue, transport=wire),
        wire.lose_next_answer,
        wire.lose_next_connection,
        lambda id: [ticket.body for ticket in held(id)],
        lambda id: [note for ticket in held(id) for note in ticket.comments],
    )
    wire.close()


SEARCHABLE = ["in_memory", "fake_rt", pytest.param("real_rt", marks=pytest.mark.servers)]
MAKERS = {"in_memory": in_memory, "webhook": webhook, "fake_rt": fake_rt}


def harness_for(request):
    make = MAKERS.get(request.param)
    return make() if make else request.getfixturevalue(request.param)


@pytest.fixture(params=["webhook", *SEARCHABLE])
def any_desk(request):
    return harness_for(request)


@pytest.fixture(params=SEARCHABLE)
def searchable(request):
    return harness_for(request)


@pytest.fixture
def id():
    """An external id no other test uses: the real server keeps its tickets between tests."""
    return f"earshot:x:{next(RUNS)}"


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
    assert any_desk.bodies(id) == ["one"]
    assert any_desk.bodies(id + "0") == ["two"]


def test_whoever_looks_before_each_try_gets_one_ticket_though_the_answer_is_lost(any_desk, id):
    any_desk.lose_next_answer()
    deliver(any_desk.desk, a_ticket(id, body="once"))
    deliver(any_desk.desk, a_ticket(id, body="once"))
    assert any_desk.bodies(id) == ["once"]


def test_whoever_looks_before_each_try_gets_one_ticket_though_the_connection_is_lost(any_desk, id):
    any_desk.lose_next_connection()
    deliver(any_desk.desk, a_ticket(id, body="once"))
    assert any_desk.bodies(id) == ["once"]


def test_whoever_looks_before_each_try_gets_one_note_though_the_answer_is_lost(any_desk, id):
    deliver(any_desk.desk, a_ticket(id))
    any_desk.lose_next_answer()
    deliver_note(any_desk.desk, a_comment(id))
    deliver_note(any_desk.desk, a_comment(id))
    assert any_desk.notes(id) == ["Posted again."]


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
    assert any_desk.bodies(id) == [expected]
    assert any_desk.notes(id) == [expected]


def test_a_ticket_without_author_reach_tags_or_clock_is_taken(any_desk, id):
    bare = a_ticket(id, requestor=None, reach=None, tags=(), due_at=None, body="bare")
    any_desk.desk.create_ticket(bare)
    assert any_desk.bodies(id) == ["bare"]


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
    assert searchable.bodies(id) == []


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
