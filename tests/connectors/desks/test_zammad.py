import hmac
import json
from datetime import UTC, datetime

import pytest

from connectors.desks.mapping import DeskWords
from connectors.desks.zammad.desk import ZammadDesk
from connectors.desks.zammad.receiver import ZammadReceiver
from models import Priority, TicketStatus, TicketUpdate
from models.errors import AccessError, RecordError, SetupError, SignatureError
from tests.connectors.desks.examples import a_comment, a_ticket
from tests.fakes.zammad import TOKEN, URL, FakeZammad

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRET = "zammad-secret"


@pytest.fixture
def zammad():
    return FakeZammad()


def no_sleep(seconds):
    """A wait between tries that the tests need not sit through."""


def desk_of(zammad, group="Social", token=TOKEN, **options):
    return ZammadDesk(URL, token, group, transport=zammad.transport(), sleep=no_sleep, **options)


def test_the_receipt_names_the_number_people_know(zammad):
    receipt = desk_of(zammad).create_ticket(a_ticket())
    assert (receipt.reference, receipt.url) == ("48001", f"{URL}/#ticket/zoom/1")


@pytest.mark.parametrize("url", [URL, URL + "/", URL + "/api/v1"])
def test_the_address_may_be_given_with_or_without_the_interface(zammad, url):
    assert ZammadDesk(url, TOKEN, "Social", transport=zammad.transport()).check() is None


def test_nobody_is_ever_mailed(zammad):
    desk = desk_of(zammad)
    desk.create_ticket(a_ticket())
    desk.add_comment(a_comment())
    articles = zammad.tickets[1].articles
    assert [(each["type"], each["internal"], each["content_type"]) for each in articles] == [
        ("note", True, "text/plain")
    ] * 2
    assert zammad.mailed == []
    assert zammad.customers == ["alice@x.social.invalid"]


@pytest.mark.parametrize(
    ("priority", "theirs"),
    [(Priority.URGENT, "3 high"), (Priority.HIGH, "3 high"), (Priority.MEDIUM, "2 normal"), (Priority.LOW, "1 low")],
)
def test_priorities_are_those_zammad_comes_with(zammad, priority, theirs):
    desk_of(zammad).create_ticket(a_ticket(priority=priority))
    assert zammad.tickets[1].values["priority"] == theirs


def test_tags_and_team_are_tags_even_with_commas(zammad):
    desk_of(zammad).create_ticket(a_ticket(tags=("a,b", "vip", "vip")))
    assert zammad.tickets[1].tags == ["a b", "vip", "team Deliveries"]


def test_a_ticket_whose_attribute_was_dropped_stops_the_desk_before_a_second_one_is_made(zammad):
    zammad.attributes = set()
    with pytest.raises(AccessError, match="48001.*earshot_id"):
        desk_of(zammad).create_ticket(a_ticket())


def test_of_a_merged_ticket_and_another_the_other_is_given(zammad):
    desk = desk_of(zammad)
    desk.create_ticket(a_ticket())
    desk.create_ticket(a_ticket())
    assert desk.find_ticket("earshot:x:1").reference == "48001"
    zammad.tickets[1].values["state"] = "merged"
    assert desk.find_ticket("earshot:x:1").reference == "48002"


def test_waiting_gets_the_reminder_zammad_wants(zammad):
    desk = desk_of(zammad, now=lambda: NOW)
    desk.create_ticket(a_ticket())
    desk.update_ticket(TicketUpdate("earshot:x:1", "k", status=TicketStatus.PENDING))
    assert zammad.tickets[1].values["pending_time"] == "2026-11-21T09:00:00+00:00"


def test_more_tickets_changed_in_one_instant_than_a_page_holds_are_all_told(zammad):
    desk = desk_of(zammad, page_size=3)
    cursor = desk.standings(None).cursor
    for number in range(10):
        desk.create_ticket(a_ticket(f"same:{number}"))
    for ticket in zammad.tickets.values():
        ticket.updated_at = zammad.tickets[1].updated_at
    told = [each.external_id for each in desk.standings(cursor).standings]
    assert sorted(told) == [f"same:{number}" for number in range(10)]


def test_check_names_what_is_missing(zammad):
    assert desk_of(zammad).check() is None
    with pytest.raises(SetupError, match="no group 'Nowhere'"):
        desk_of(zammad, group="Nowhere").check()
    zammad.attributes = {"other"}
    with pytest.raises(SetupError, match="no attribute 'earshot_id'"):
        desk_of(zammad).check()
    with pytest.raises(AccessError):
        desk_of(zammad, token="wrong").check()


def test_a_token_that_may_not_see_objects_looks_at_a_ticket_instead(zammad):
    zammad.may_see_objects = False
    desk = desk_of(zammad)
    assert desk.check() is None  # there is no ticket yet
    desk.create_ticket(a_ticket())
    assert desk.check() is None
    zammad.attributes = {"other"}
    with pytest.raises(SetupError, match="earshot_id"):
        desk.check()


def test_a_priority_zammad_does_not_have_is_named(zammad):
    words = DeskWords({each: "5 burning" for each in Priority})
    with pytest.raises(SetupError, match="no priority '5 burning'.*EARSHOT_DESK_PRIORITIES"):
        desk_of(zammad, words=words).check()


def pushed(**changes):
    ticket = {
        "id": 1, "number": "48001", "title": "secret words", "state": "closed", "earshot_id": "earshot-1",
        "updated_at": "2026-11-20T08:59:00.000Z", "owner": {"id": 5, "login": "agent@larkbank.example"},
    }  # fmt: skip
    return json.dumps({"ticket": ticket | changes, "article": {"id": 7}}).encode()


def signed(body, secret=SECRET):
    return {"x-hub-signature": "sha1=" + hmac.new(secret.encode(), body, "sha1").hexdigest(), "x-zammad-delivery": "d"}


def test_a_signed_push_is_taken_and_its_delivery_named():
    assert ZammadReceiver(SECRET).verify(signed(pushed()), pushed(), now=NOW) == "d"


def test_a_push_signed_by_another_or_changed_is_refused():
    receiver = ZammadReceiver(SECRET)
    for headers, body in ((signed(pushed(), "other"), pushed()), (signed(pushed()), pushed(state="open")), ({}, b"")):
        with pytest.raises(SignatureError):
            receiver.verify(headers, body, now=NOW)


def test_a_push_tells_where_the_ticket_stands():
    [told] = ZammadReceiver(SECRET).parse(pushed(), received_at=NOW)
    assert (told.reference, told.external_id, told.status) == ("48001", "earshot-1", TicketStatus.SOLVED)
    assert (told.assignee, told.changed_at) == ("agent@larkbank.example", datetime(2026, 11, 20, 8, 59, tzinfo=UTC))
    assert told.changed_at.tzinfo is UTC


def test_a_state_may_come_as_an_object_and_one_of_the_firms_own_counts_as_open():
    receiver = ZammadReceiver(SECRET)
    [told] = receiver.parse(pushed(state={"id": 3, "name": "pending reminder"}, owner=None), received_at=NOW)
    assert (told.status, told.assignee) == (TicketStatus.PENDING, None)
    [told] = receiver.parse(pushed(state="with the lawyers"), received_at=NOW)
    assert (told.status, told.status_name) == (TicketStatus.OPEN, "with the lawyers")


def test_a_push_about_a_ticket_of_others_tells_nothing():
    assert ZammadReceiver(SECRET).parse(pushed(earshot_id=None), received_at=NOW) == []


def test_a_push_that_cannot_be_read_is_a_record_error_without_its_words():
    with pytest.raises(RecordError) as raised:
        ZammadReceiver(SECRET).parse(pushed(id="secret words"), received_at=NOW)
    assert "secret" not in str(raised.value)
