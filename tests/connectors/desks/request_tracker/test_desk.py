import json
from datetime import timedelta

import httpx
import pytest

from connectors.desks.request_tracker.desk import RequestTrackerDesk
from connectors.desks.request_tracker.payload import FieldNames
from models import Priority, TicketStatus, TicketUpdate
from models.errors import AccessError, PermanentError, RetryableError, SetupError, UnknownOutcomeError
from tests.connectors.desks.examples import a_comment, a_ticket
from tests.fakes.request_tracker import ROOT, TOKEN, FakeRequestTracker


@pytest.fixture
def rt():
    return FakeRequestTracker()


def no_sleep(seconds):
    """A wait between tries that the tests need not sit through."""


def desk_of(rt, queue="Social", token=TOKEN, **options):
    return RequestTrackerDesk(ROOT, token, queue, transport=rt.transport(), sleep=no_sleep, **options)


def desk_answered(*answers):
    """A desk whose requests are answered with these, one each, in order; an error is raised instead."""
    left = list(answers)

    def answer(request):
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return RequestTrackerDesk(ROOT, TOKEN, "Social", transport=httpx.MockTransport(answer), sleep=no_sleep)


def refused(status, message="no", **headers):
    return httpx.Response(status, json={"message": message}, headers=headers)


MADE = httpx.Response(201, json={"id": "7", "type": "ticket"})


def test_the_receipt_leads_people_to_the_ticket(rt):
    receipt = desk_of(rt).create_ticket(a_ticket())
    assert (receipt.reference, receipt.url) == ("1", "http://rt.test/Ticket/Display.html?id=1")


@pytest.mark.parametrize(
    "url", ["http://rt.test", "http://rt.test/", "http://rt.test/REST/2.0", "http://rt.test/REST/2.0/"]
)
def test_the_address_may_be_given_with_or_without_the_interface(rt, url):
    assert RequestTrackerDesk(url, TOKEN, "Social", transport=rt.transport()).check() is None


def test_nothing_is_ever_sent_to_the_customer(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    desk.add_comment(a_comment())
    assert [request.url.path for request in rt.requests if request.method == "POST"] == [
        "/REST/2.0/ticket",
        "/REST/2.0/ticket/1/comment",
    ]
    assert rt.tickets[1].squelched == rt.tickets[1].requestor == "alice@x.social.invalid"


def test_text_is_sent_as_plain_text_only(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket(body="<b>"))
    desk.add_comment(a_comment(body="<i>"))
    kinds = [json.loads(request.content)["ContentType"] for request in rt.requests if request.method == "POST"]
    assert kinds == ["text/plain", "text/plain"]


def test_a_ticket_moved_to_a_queue_without_the_field_is_still_found(rt):
    desk = desk_of(rt)
    made = desk.create_ticket(a_ticket())
    rt.tickets[1].queue = "Bare"
    assert desk.find_ticket(a_ticket().external_id).reference == made.reference


def test_a_ticket_merged_into_another_is_found_as_that_other(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket("one"))
    desk.create_ticket(a_ticket("two"))
    rt.tickets[1].merged_into = 2
    assert desk.find_ticket("one").reference == "2"
    desk.add_comment(a_comment("one", body="follows"))
    assert rt.tickets[2].comments == ["follows"]
    assert desk.find_comment(a_comment("one")) is not None


def test_of_two_tickets_with_one_external_id_the_older_is_given(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    desk.create_ticket(a_ticket())
    assert desk.find_ticket(a_ticket().external_id).reference == "1"


def test_a_note_is_found_behind_hundreds_of_entries_some_of_them_hidden(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    first = desk.add_comment(a_comment(key="first"))
    for number in range(250):
        type = "EmailRecord" if number % 2 else "Set"
        rt.tickets[1].history.append({"type": "transaction", "id": str(1000 + number), "Type": type, "Data": ""})
    assert desk.find_comment(a_comment(key="first")).reference == first.reference


def test_a_history_without_end_is_left_to_a_person(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    rt.tickets[1].history = [{"type": "transaction", "id": "1", "Type": "Set", "Data": ""}] * 10_001
    with pytest.raises(PermanentError, match="by hand"):
        desk.find_comment(a_comment())


def test_check_passes_where_everything_is_prepared(rt):
    assert desk_of(rt).check() is None


def test_check_names_a_refused_token(rt):
    with pytest.raises(AccessError, match="401"):
        desk_of(rt, token="1-1-bad").check()


def test_check_names_a_queue_that_is_not_there(rt):
    with pytest.raises(SetupError, match="no queue 'Nope' at http://rt.test.*Create"):
        desk_of(rt, "Nope").check()


def test_check_names_a_queue_no_ticket_can_be_made_in(rt):
    rt.may_create_in.clear()
    with pytest.raises(SetupError, match="CreateTicket"):
        desk_of(rt).check()


@pytest.mark.parametrize("name", ["ExternalId", "Channel", "Tags", "AuthorReach"])
def test_check_names_a_custom_field_that_rt_would_drop(rt, name):
    rt.queues["Social"].remove(name)
    with pytest.raises(SetupError, match=f"custom field '{name}' does not apply to queue 'Social'.*create it in RT"):
        desk_of(rt).check()


def test_check_asks_only_for_the_fields_that_are_sent(rt):
    rt.queues["Social"] = ["ExternalId"]
    assert desk_of(rt, fields=FieldNames(channel="", tags="", reach="")).check() is None


@pytest.mark.parametrize(
    ("name", "type", "most"), [("ExternalId", "Select", 1), ("ExternalId", "Freeform", 0), ("Tags", "Freeform", 1)]
)
def test_check_names_a_custom_field_of_the_wrong_type(rt, name, type, most):
    rt.fields[name].type, rt.fields[name].most_values = type, most
    with pytest.raises(SetupError, match=f"'{name}' is of type {type} for {most} values"):
        desk_of(rt).check()


def test_check_names_an_rt_too_old(rt):
    rt.version = "4.4.6"
    with pytest.raises(SetupError, match=r"4\.4\.6"):
        desk_of(rt).check()


def test_check_names_a_login_page_in_front_of_rt():
    with pytest.raises(AccessError, match="login page"):
        desk_answered(httpx.Response(200, html="<form>")).check()


def test_check_names_a_redirect():
    with pytest.raises(AccessError, match="final address"):
        desk_answered(httpx.Response(302, headers={"location": "https://rt.test/"})).check()


def test_a_queue_that_takes_no_ticket_stops_the_desk_and_not_the_ticket(rt):
    with pytest.raises(AccessError, match="takes no ticket in this queue"):
        desk_of(rt, "Nope").create_ticket(a_ticket())


def test_a_ticket_whose_external_id_was_dropped_stops_the_desk(rt):
    rt.drops.add("ExternalId")
    with pytest.raises(AccessError, match="ticket 1 was made, but RT dropped its 'ExternalId'.*ModifyCustomField"):
        desk_of(rt).create_ticket(a_ticket())


def test_a_ticket_that_was_made_is_a_success_though_the_proof_could_not_be_read():
    down = [refused(503) for _ in range(3)]
    assert desk_answered(MADE, *down).create_ticket(a_ticket()).reference == "7"


@pytest.mark.parametrize("status", [500, 502, 504, 408])
def test_a_create_that_failed_at_the_server_may_have_taken_effect(status):
    with pytest.raises(UnknownOutcomeError, match=str(status)):
        desk_answered(refused(status)).create_ticket(a_ticket())


def test_a_create_answered_with_anything_but_a_ticket_may_have_taken_effect():
    with pytest.raises(UnknownOutcomeError, match="may have taken effect"):
        desk_answered(httpx.Response(200, html="<p>")).create_ticket(a_ticket())


def test_a_create_that_was_told_to_wait_certainly_did_not_take_effect():
    with pytest.raises(RetryableError) as raised:
        desk_answered(refused(503, **{"retry-after": "120"})).create_ticket(a_ticket())
    assert not isinstance(raised.value, UnknownOutcomeError)
    assert raised.value.retry_after_seconds == 120


@pytest.mark.parametrize("status", [400, 404, 409, 412, 422])
def test_a_create_refused_as_it_stands_is_left_to_a_person(status):
    with pytest.raises(PermanentError, match=str(status)):
        desk_answered(refused(status)).create_ticket(a_ticket())


def test_a_refusal_for_another_reason_than_the_queue_asks_for_other_credentials():
    with pytest.raises(AccessError, match="renew"):
        desk_answered(httpx.Response(403, text="blocked by the proxy")).create_ticket(a_ticket())


def test_a_lookup_is_tried_again_by_itself():
    found = httpx.Response(
        200, json={"items": [{"id": "7", "CustomFields": [{"name": "ExternalId", "values": ["a"]}]}]}
    )
    assert desk_answered(refused(502), httpx.ReadTimeout("lost"), found).find_ticket("a").reference == "7"


def test_no_message_holds_the_text_the_handle_or_the_token(rt):
    secrets = ("never arrived", "alice", TOKEN)
    for desk in (desk_of(rt, "Nope"), desk_answered(refused(400)), desk_answered(httpx.ReadTimeout("lost"))):
        with pytest.raises((AccessError, PermanentError, RetryableError)) as raised:
            desk.create_ticket(a_ticket())
        assert not any(secret in str(raised.value) for secret in secrets)


RAISE = TicketUpdate("earshot:x:1", "raise", priority=Priority.URGENT, add_tags=("vip",))


def puts(rt):
    return [json.loads(request.content) for request in rt.requests if request.method == "PUT"]


def test_only_what_differs_is_sent_and_tags_are_added_to_those_that_are_there(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket(priority=Priority.URGENT))
    rt.change(rt.tickets[1], values=rt.tickets[1].values | {"Tags": ["delivery", "by hand"]})
    desk.update_ticket(RAISE)
    assert puts(rt) == [{"CustomFields": {"Tags": ["delivery", "by hand", "vip"]}}]


def test_a_change_that_somebody_makes_between_is_not_lost(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    meddling = iter([lambda: rt.change(rt.tickets[1], values=rt.tickets[1].values | {"Tags": ["theirs"]})])
    rt.before_update = lambda: next(meddling, lambda: None)()
    desk.update_ticket(RAISE)
    assert rt.tickets[1].values["Tags"] == ["theirs", "vip"]
    assert rt.tickets[1].priority == 100


def test_a_ticket_that_never_rests_is_left_for_later(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    rt.before_update = lambda: rt.change(rt.tickets[1])
    with pytest.raises(RetryableError, match="all the time") as raised:
        desk.update_ticket(RAISE)
    assert not isinstance(raised.value, UnknownOutcomeError)
    assert len(puts(rt)) == 5


def test_a_change_rt_takes_with_200_and_does_not_make_stops_the_desk(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    rt.may_modify = False
    with pytest.raises(AccessError, match="left Priority, CustomFields as it was: give the token's user.*ModifyTicket"):
        desk.update_ticket(RAISE)


def test_a_status_the_lifecycle_does_not_know_is_left_to_a_person(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    rt.lifecycle = {"new", "open", "resolved"}
    with pytest.raises(PermanentError, match="left Status as it was: does the lifecycle"):
        desk.update_ticket(TicketUpdate("earshot:x:1", "wait", status=TicketStatus.PENDING))


def test_a_word_of_another_lifecycle_stands_for_work_in_progress(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    rt.change(rt.tickets[1], status="with the branch")
    desk.update_ticket(TicketUpdate("earshot:x:1", "open", status=TicketStatus.OPEN))
    assert puts(rt) == []
    [told] = desk.standings(None).standings
    assert (told.status, told.status_name) == (TicketStatus.OPEN, "with the branch")


def test_the_team_is_kept_where_rt_has_a_field_for_it_and_nowhere_else(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    desk.update_ticket(TicketUpdate("earshot:x:1", "team", team="Claims"))
    assert puts(rt) == []
    rt.fields["Team"] = type(rt.fields["Tags"])(6, "Team")
    rt.queues["Social"].append("Team")
    desk.update_ticket(TicketUpdate("earshot:x:1", "team", team="Claims"))
    assert rt.tickets[1].values["Team"] == ["Claims"]
    assert desk.check() is None


def test_who_has_the_ticket_is_told_and_nobody_is_nobody(rt):
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    page = desk.standings(None)
    assert page.standings[0].assignee is None
    rt.change(rt.tickets[1], owner="priya")
    assert desk.standings(page.cursor).standings[-1].assignee == "priya"


def test_a_ticket_moved_to_another_queue_is_still_followed(rt):
    desk = desk_of(rt)
    made = desk.create_ticket(a_ticket())
    rt.change(rt.tickets[1], queue="Bare", status="resolved")
    [told] = desk.standings(None).standings
    assert (told.reference, told.external_id, told.status) == (made.reference, None, TicketStatus.SOLVED)


@pytest.mark.parametrize("minutes", [-600, -7, 7, 600])
def test_a_clock_that_differs_from_ours_hides_no_change(rt, minutes):
    rt.ahead = timedelta(minutes=minutes)
    desk = desk_of(rt)
    desk.create_ticket(a_ticket())
    cursor = desk.standings(None).cursor
    rt.change(rt.tickets[1], status="resolved")
    assert [told.status for told in desk.standings(cursor).standings] == [TicketStatus.SOLVED]


def test_a_ticket_removed_between_two_pages_hides_no_other(rt):
    desk = desk_of(rt, page_size=2)
    for number in range(5):
        desk.create_ticket(a_ticket(f"earshot:{number}"))
    answer, turns = rt._changed, []

    def after_the_first_page(request, field, seconds_ago):
        turns.append(request)
        if len(turns) == 2:
            rt.tickets[1].values = {}
        return answer(request, field, seconds_ago)

    rt._changed = after_the_first_page
    assert {told.external_id for told in desk.standings(None).standings} >= {f"earshot:{n}" for n in range(1, 5)}


def test_an_answer_without_the_instant_of_the_change_is_not_taken_for_none():
    version = httpx.Response(200, json={"Version": "5.0.3"})
    bare = httpx.Response(200, json={"items": [{"id": "7", "Status": "new"}]})
    with pytest.raises(AccessError, match="does not say when"):
        desk_answered(version, bare).standings(None)
