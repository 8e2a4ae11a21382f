import hmac
import json
from datetime import UTC, datetime
from hashlib import sha256

import httpx
import pytest

from connectors.desks.jira_service_management.desk import JiraDesk
from connectors.desks.jira_service_management.receiver import JiraReceiver
from connectors.desks.jira_service_management.records import document
from connectors.desks.mapping import DeskWords
from models import Priority, TicketStatus, TicketUpdate
from models.errors import AccessError, PermanentError, RecordError, SetupError, SignatureError
from tests.connectors.desks.examples import a_comment, a_ticket
from tests.connectors.desks.lossy import LossyTransport
from tests.fakes.jira import EMAIL, TOKEN, URL, FakeJira, text_of

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRET = "jira-secret"


@pytest.fixture
def jira():
    return FakeJira()


def no_sleep(seconds):
    """A wait between tries that the tests need not sit through."""


def desk_of(jira, *, transport=None, **changes):
    numbers = {"project": "CARE", "service_desk_id": "2", "request_type_id": "31"} | changes
    return JiraDesk(URL, EMAIL, TOKEN, **numbers, transport=transport or jira.transport(), sleep=no_sleep)


def test_a_request_is_made_with_what_it_is_found_by_in_one_step(jira):
    receipt = desk_of(jira).create_ticket(a_ticket())
    assert (receipt.reference, receipt.url) == ("CARE-1", f"{URL}/browse/CARE-1")
    assert jira.issues["CARE-1"].fields["labels"] == [
        "earshot", "earshot:earshot:x:1", "delivery", "negative", "team-Deliveries",
    ]  # fmt: skip
    assert [request.method for request in jira.requests] == ["GET", "POST"]


def test_text_is_a_document_in_which_nothing_is_markup():
    assert document("*a*\n\n{b}")["content"][0]["content"] == [
        {"type": "text", "text": "*a*"}, {"type": "hardBreak"}, {"type": "hardBreak"}, {"type": "text", "text": "{b}"},
    ]  # fmt: skip
    assert text_of(document("")) == ""


def test_every_comment_is_internal(jira):
    desk = desk_of(jira)
    desk.create_ticket(a_ticket())
    desk.add_comment(a_comment())
    assert [comment["jsdPublic"] for comment in jira.issues["CARE-1"].comments] == [False]


def test_a_comment_that_customers_see_stops_the_desk(jira):
    desk = desk_of(jira)
    desk.create_ticket(a_ticket())
    jira.shows_comments = True
    with pytest.raises(AccessError, match="visible to customers"):
        desk.add_comment(a_comment())


def test_a_priority_that_is_not_on_the_form_is_set_afterwards(jira):
    del jira.form["priority"]
    desk_of(jira).create_ticket(a_ticket(priority=Priority.URGENT))
    assert jira.issues["CARE-1"].fields["priority"] == {"name": "Highest"}


def test_a_priority_that_cannot_be_set_makes_no_second_request(jira, caplog):
    del jira.form["priority"]
    wire = LossyTransport(jira.transport())
    desk = desk_of(jira, transport=wire)
    wire.meet(lambda request, send: httpx.Response(400, request=request), position=2)
    receipt = desk.create_ticket(a_ticket())
    assert receipt.reference == "CARE-1"
    assert "CARE-1 was made, but without its priority" in caplog.text


def test_a_request_moved_to_another_project_is_still_found(jira):
    desk = desk_of(jira)
    desk.create_ticket(a_ticket())
    jira.issues["OPS-9"] = jira.issues.pop("CARE-1")
    jira.issues["OPS-9"].key = "OPS-9"
    assert desk.find_ticket("earshot:x:1").reference == "OPS-9"


def test_a_comment_is_found_behind_many(jira):
    desk = desk_of(jira)
    desk.create_ticket(a_ticket())
    first = desk.add_comment(a_comment(key="first"))
    for number in range(10):
        desk.add_comment(a_comment(key=f"later {number}"))
    assert desk.find_comment(a_comment(key="first")).reference == first.reference


def test_more_requests_changed_in_one_instant_than_a_page_holds_are_all_told(jira):
    desk = desk_of(jira, page_size=3)
    cursor = desk.standings(None).cursor
    for number in range(10):
        desk.create_ticket(a_ticket(f"same:{number}"))
    for issue in jira.issues.values():
        issue.updated = jira.issues["CARE-1"].updated
    told = [each.external_id for each in desk.standings(cursor).standings]
    assert sorted(told) == [f"same:{number}" for number in range(10)]


def close(desk, status=TicketStatus.CLOSED):
    desk.update_ticket(TicketUpdate("earshot:x:1", "k", status=status))


def test_a_workflow_without_such_a_status_takes_the_nearest(jira):
    jira.workflow["Waiting for support"] = ["Resolved"]
    desk = desk_of(jira)
    desk.create_ticket(a_ticket())
    close(desk)
    close(desk)
    assert jira.issues["CARE-1"].status == "Resolved"


def test_a_workflow_without_a_way_is_named(jira):
    jira.workflow["Waiting for support"] = []
    desk = desk_of(jira)
    desk.create_ticket(a_ticket())
    with pytest.raises(PermanentError, match="no way to a status that means closed"):
        close(desk)


def test_a_move_whose_answer_was_lost_is_not_taken_for_refused(jira):
    wire = LossyTransport(jira.transport())
    desk = desk_of(jira, transport=wire)
    desk.create_ticket(a_ticket())
    wire.lose_next_answer()
    close(desk)
    assert jira.issues["CARE-1"].status == "Closed"


def test_a_move_that_is_refused_says_so(jira):
    wire = LossyTransport(jira.transport())
    desk = desk_of(jira, transport=wire)
    desk.create_ticket(a_ticket())
    wire.meet(lambda request, send: httpx.Response(400, request=request), position=3)
    with pytest.raises(PermanentError, match="transitions: 400"):
        close(desk)


def test_check_names_what_is_missing(jira):
    assert desk_of(jira).check() is None
    with pytest.raises(SetupError, match="no service desk 3"):
        desk_of(jira, service_desk_id="3").check()
    with pytest.raises(SetupError, match="request type 99"):
        desk_of(jira, request_type_id="99").check()
    with pytest.raises(SetupError, match="belongs to project 'CARE'"):
        desk_of(jira, project="OPS").check()
    with pytest.raises(SetupError, match="no priority '5'"):
        desk_of(jira, words=DeskWords({each: "5" for each in Priority})).check()
    jira.form["customfield_10050"] = True
    with pytest.raises(SetupError, match="requires 'customfield_10050'"):
        desk_of(jira).check()
    jira.form = {"summary": True, "description": False}
    with pytest.raises(SetupError, match="no field 'labels'"):
        desk_of(jira).check()


@pytest.mark.parametrize(
    ("name", "category", "status"),
    [
        ("Open", "new", TicketStatus.NEW),
        ("In progress", "indeterminate", TicketStatus.OPEN),
        ("Waiting for customer", "indeterminate", TicketStatus.PENDING),
        ("Resolved", "done", TicketStatus.SOLVED),
        ("Canceled", "done", TicketStatus.CLOSED),
        ("Brand new", "undefined", TicketStatus.OPEN),
    ],
)
def test_statuses_are_read_by_name_and_else_by_category(name, category, status):
    [told] = JiraReceiver(SECRET).parse(pushed(name, category), received_at=NOW)
    assert (told.status, told.status_name) == (status, name)


def pushed(name="Resolved", category="done", labels=("earshot", "earshot:earshot-1"), event="jira:issue_updated"):
    fields = {
        "labels": list(labels), "summary": "secret words", "updated": "2026-11-20T08:59:00.500+0100",
        "status": {"name": name, "statusCategory": {"key": category}}, "assignee": {"displayName": "Agent One"},
    }  # fmt: skip
    issue = {"id": "10", "key": "CARE-1", "fields": fields}
    return json.dumps({"timestamp": 1795283655000, "webhookEvent": event, "issue": issue}).encode()


def signed(body, secret=SECRET):
    signature = hmac.new(secret.encode(), body, sha256).hexdigest()
    return {"x-hub-signature": f"sha256={signature}", "x-atlassian-webhook-identifier": "w"}


def test_a_signed_push_is_taken_and_its_delivery_named():
    assert JiraReceiver(SECRET).verify(signed(pushed()), pushed(), now=NOW) == "w"


def test_a_push_signed_by_another_or_changed_is_refused():
    receiver = JiraReceiver(SECRET)
    for headers, body in ((signed(pushed(), "other"), pushed()), (signed(pushed()), pushed("Open")), ({}, b"")):
        with pytest.raises(SignatureError):
            receiver.verify(headers, body, now=NOW)


def test_a_push_tells_where_the_request_stands():
    [told] = JiraReceiver(SECRET).parse(pushed(), received_at=NOW)
    assert (told.reference, told.external_id, told.status) == ("CARE-1", "earshot-1", TicketStatus.SOLVED)
    assert (told.assignee, told.changed_at) == ("Agent One", datetime(2026, 11, 20, 7, 59, 0, 500_000, tzinfo=UTC))


def test_a_push_about_something_else_tells_nothing():
    receiver = JiraReceiver(SECRET)
    assert receiver.parse(pushed(labels=["other"]), received_at=NOW) == []
    assert receiver.parse(pushed(event="comment_created"), received_at=NOW) == []


def test_a_push_that_cannot_be_read_is_a_record_error_without_its_words():
    with pytest.raises(RecordError) as raised:
        JiraReceiver(SECRET).parse(b'{"issue": "secret words"}', received_at=NOW)
    assert "secret" not in str(raised.value)
