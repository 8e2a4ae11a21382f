import hmac
import json
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.desks.chatwoot.desk import ChatwootDesk
from connectors.desks.chatwoot.receiver import ChatwootReceiver
from connectors.desks.chatwoot.records import markdown
from models import Priority, TicketStatus, TicketUpdate
from models.errors import AccessError, PermanentError, RecordError, SetupError, SignatureError, UnknownOutcomeError
from tests.connectors.desks.examples import a_comment, a_ticket
from tests.connectors.desks.lossy import LossyTransport
from tests.fakes.chatwoot import ACCOUNT, INBOX, TOKEN, URL, FakeChatwoot, is_effect, shown

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRET = "chatwoot-secret"


@pytest.fixture
def chatwoot():
    return FakeChatwoot()


def no_sleep(seconds):
    """A wait between tries that the tests need not sit through."""


def desk_of(chatwoot, *, inbox=INBOX, token=TOKEN, transport=None):
    transport = transport or chatwoot.transport()
    return ChatwootDesk(URL, ACCOUNT, inbox, token, transport=transport, sleep=no_sleep)


def only(chatwoot):
    [held] = chatwoot.conversations.values()
    return held


def test_the_receipt_leads_people_to_the_conversation(chatwoot):
    receipt = desk_of(chatwoot).create_ticket(a_ticket())
    assert receipt.url == f"{URL}/app/accounts/{ACCOUNT}/conversations/{receipt.reference}"


def test_every_word_is_private(chatwoot):
    desk = desk_of(chatwoot)
    desk.create_ticket(a_ticket())
    desk.add_comment(a_comment())
    assert [message["private"] for message in only(chatwoot).messages] == [True, True]


def test_a_conversation_gets_priority_labels_team_and_a_contact_without_an_address(chatwoot):
    desk_of(chatwoot).create_ticket(a_ticket(priority=Priority.URGENT, tags=("Late Delivery", "vip")))
    held = only(chatwoot)
    assert (held.priority, held.labels, held.team_id) == ("urgent", ["late-delivery", "vip"], 11)
    [contact] = chatwoot.contacts.values()
    assert (contact["name"], contact["email"]) == ("@alice", None)


def test_two_tickets_of_one_author_share_the_contact_and_those_of_two_do_not(chatwoot):
    desk = desk_of(chatwoot)
    for external_id, requestor in (("one", "@alice"), ("two", "@alice"), ("three", "@bob"), ("four", None)):
        desk.create_ticket(a_ticket(external_id, requestor=requestor))
    assert len(chatwoot.contacts) == 3
    assert len(chatwoot.conversations) == 4


def test_a_label_an_agent_put_there_stays(chatwoot):
    desk = desk_of(chatwoot)
    desk.create_ticket(a_ticket())
    only(chatwoot).labels.append("by-hand")
    desk.update_ticket(TicketUpdate("earshot:x:1", "k", add_tags=("vip",)))
    assert only(chatwoot).labels == ["delivery", "negative", "by-hand", "vip"]


def test_a_team_chatwoot_does_not_know_is_left_out(chatwoot):
    desk = desk_of(chatwoot)
    desk.create_ticket(a_ticket(team="Nobody"))
    desk.update_ticket(TicketUpdate("earshot:x:1", "k", team="Billing"))
    assert only(chatwoot).team_id == 12


def test_what_could_not_be_set_at_first_is_set_when_the_ticket_is_looked_up(chatwoot):
    wire = LossyTransport(chatwoot.transport(), is_effect=is_effect)
    desk = desk_of(chatwoot, transport=wire)
    refuse = lambda request, send: httpx.Response(403, request=request)  # noqa: E731
    wire.meet(refuse, position=4)  # contact search, contact, teams, conversation, and then the priority
    with pytest.raises(UnknownOutcomeError, match="looked up"):
        desk.create_ticket(a_ticket())
    assert (only(chatwoot).priority, only(chatwoot).labels) == (None, [])

    found = desk.find_ticket("earshot:x:1")

    assert found is not None
    assert (only(chatwoot).priority, only(chatwoot).labels) == ("high", ["delivery", "negative"])
    only(chatwoot).labels.remove("negative")  # as an agent would
    desk.find_ticket("earshot:x:1")
    assert only(chatwoot).labels == ["delivery"]


def test_a_contact_made_by_a_faster_one_is_taken(chatwoot):
    desk_of(chatwoot).create_ticket(a_ticket("one"))
    search, chatwoot.hidden = chatwoot._search_contacts, True

    def late(request, body):
        if chatwoot.hidden:
            chatwoot.hidden = False
            return httpx.Response(200, json={"payload": []})
        return search(request, body)

    chatwoot._search_contacts = late
    desk_of(chatwoot).create_ticket(a_ticket("two"))
    assert len(chatwoot.contacts) == 1


def test_a_note_is_found_behind_many_messages(chatwoot):
    desk = desk_of(chatwoot)
    desk.create_ticket(a_ticket())
    first = desk.add_comment(a_comment(key="first"))
    for number in range(20):
        desk.add_comment(a_comment(key=f"later {number}"))
    assert desk.find_comment(a_comment(key="first")).reference == first.reference


def test_check_names_what_is_missing(chatwoot):
    assert desk_of(chatwoot).check() is None
    with pytest.raises(SetupError, match="no inbox 99"):
        desk_of(chatwoot, inbox=99).check()
    with pytest.raises(SetupError, match="of the kind API"):
        desk_of(chatwoot, inbox=8).check()
    chatwoot.attributes = [{"attribute_key": "earshot_id", "attribute_display_type": "number"}]
    with pytest.raises(SetupError, match="type number"):
        desk_of(chatwoot).check()
    chatwoot.attributes = []
    with pytest.raises(SetupError, match="no conversation attribute 'earshot_id'"):
        desk_of(chatwoot).check()


def test_a_wrong_token_stops_the_desk_and_is_not_shown(chatwoot):
    with pytest.raises(AccessError) as raised:
        desk_of(chatwoot, token="secret-token").check()
    assert "secret-token" not in str(raised.value)


def test_an_attribute_that_is_no_longer_defined_makes_no_second_ticket(chatwoot):
    desk = desk_of(chatwoot)
    desk.create_ticket(a_ticket())
    chatwoot.attributes = []
    with pytest.raises(PermanentError, match="422"):
        desk.find_ticket("earshot:x:1")


def test_standings_tell_who_works_on_it(chatwoot):
    desk = desk_of(chatwoot)
    desk.create_ticket(a_ticket())
    cursor = desk.standings(None).cursor
    only(chatwoot).assignee = "Agent One"
    chatwoot.set_status("earshot:x:1", TicketStatus.SOLVED)
    [told] = desk.standings(cursor).standings
    assert (told.status, told.status_name, told.assignee) == (TicketStatus.SOLVED, "resolved", "Agent One")


@pytest.mark.parametrize(
    "text",
    [
        "https://x.test/a_b_c?q=1&r=2",
        "see https://x.test/~joss/1, *now*",
        "# a\n- b\n1. c\n> d\n~~~\n| e |",
        "5 * 3 < 16 && a_b",
    ],
)
def test_markup_in_a_text_is_shown_as_it_was_written(text):
    assert shown(markdown(text)) == text


def test_a_web_address_stays_one_that_can_be_clicked():
    assert "https://x.test/alice/status_1" in markdown("see https://x.test/alice/status_1 *now*")


@given(st.text(alphabet=st.characters(exclude_characters="\0\r", exclude_categories=["Cs"]), max_size=60))
def test_whatever_is_escaped_reads_as_it_was(text):
    assert shown(markdown(text)) == text


def test_a_text_that_is_all_markup_still_fits():
    assert len(markdown("*" * 200_000)) <= 150_000


def pushed(status="resolved", event="conversation_status_changed", **changes):
    body = {
        "event": event, "id": 12, "inbox_id": INBOX, "status": status, "labels": [], "updated_at": 1795283655.25,
        "custom_attributes": {"earshot_id": "earshot-1"}, "meta": {"assignee": {"id": 5, "name": "Agent One"}},
    }  # fmt: skip
    return json.dumps(body | changes).encode()


def signed(body, at=NOW, secret=SECRET):
    timestamp = str(int(at.timestamp()))
    signature = hmac.new(secret.encode(), timestamp.encode() + b"." + body, sha256).hexdigest()
    return {
        "x-chatwoot-signature": f"sha256={signature}",
        "x-chatwoot-timestamp": timestamp,
        "x-chatwoot-delivery": "delivery-1",
    }


def test_a_signed_push_is_taken_and_its_delivery_named():
    body = pushed()
    assert ChatwootReceiver(SECRET).verify(signed(body), body, now=NOW) == "delivery-1"


@pytest.mark.parametrize("at", [NOW - timedelta(minutes=6), NOW + timedelta(minutes=6)])
def test_an_old_push_is_refused(at):
    with pytest.raises(SignatureError, match="five minutes"):
        ChatwootReceiver(SECRET).verify(signed(pushed(), at), pushed(), now=NOW)


def test_a_push_signed_by_another_or_changed_is_refused():
    receiver = ChatwootReceiver(SECRET)
    for headers, body in ((signed(pushed(), secret="other"), pushed()), (signed(pushed()), pushed("open"))):
        with pytest.raises(SignatureError):
            receiver.verify(headers, body, now=NOW)


def test_a_push_tells_where_the_conversation_stands():
    [told] = ChatwootReceiver(SECRET).parse(pushed(), received_at=NOW)
    assert (told.reference, told.external_id, told.status) == ("12", "earshot-1", TicketStatus.SOLVED)
    assert (told.assignee, told.changed_at) == ("Agent One", datetime.fromtimestamp(1795283655.25, UTC))


def test_a_push_without_a_time_counts_from_when_it_came():
    [told] = ChatwootReceiver(SECRET).parse(pushed(updated_at=None), received_at=NOW)
    assert told.changed_at == NOW


def test_a_push_about_something_else_tells_nothing():
    receiver = ChatwootReceiver(SECRET)
    assert receiver.parse(pushed(custom_attributes={}), received_at=NOW) == []
    assert receiver.parse(pushed(event="message_created"), received_at=NOW) == []


def test_a_push_that_cannot_be_read_is_a_record_error_without_its_words():
    with pytest.raises(RecordError) as raised:
        ChatwootReceiver(SECRET).parse(b'{"event": "conversation_status_changed", "id": "alice"}', received_at=NOW)
    assert "alice" not in str(raised.value)
