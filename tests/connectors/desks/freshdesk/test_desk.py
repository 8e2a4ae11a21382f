import json
from datetime import timedelta

import httpx
import pytest

from connectors.desks.freshdesk.connector import FRESHDESK
from connectors.desks.freshdesk.desk import FreshdeskDesk
from models import Priority, TicketStatus, TicketUpdate
from models.errors import AccessError, PermanentError, RetryableError, SetupError
from settings import Settings
from tests.connectors.desks.examples import a_comment, a_ticket
from tests.fakes.freshdesk import FIELD, KEY, ROOT, FakeFreshdesk

RAISE = TicketUpdate("earshot:x:1", "raise", priority=Priority.URGENT, add_tags=("vip",))


@pytest.fixture
def freshdesk():
    return FakeFreshdesk()


def no_sleep(seconds):
    """A wait between tries that the tests need not sit through."""


def desk_of(freshdesk, key=KEY, transport=None, **options):
    wire = transport or freshdesk.transport()
    return FreshdeskDesk(ROOT, key, **({"group_id": 11} | options), transport=wire, sleep=no_sleep)


def sent(freshdesk, method):
    return [json.loads(request.content) for request in freshdesk.requests if request.method == method]


def only(freshdesk):
    [ticket] = freshdesk.tickets.values()
    return ticket


def test_a_ticket_is_filled_in_whole(freshdesk):
    receipt = desk_of(freshdesk).create_ticket(a_ticket())
    assert sent(freshdesk, "POST") == [
        {
            "subject": "@alice: my order never arrived",
            "description": "<div>@acme my order never arrived &lt;b&gt;!!&lt;/b&gt;<br>https://x.test/alice/1</div>",
            "name": "@alice",
            "email": "alice@x.social.invalid",
            "priority": 3,
            "status": 2,
            "source": 2,
            "tags": ["delivery", "negative"],
            "custom_fields": {"cf_earshot_id": "earshot:x:1"},
            "group_id": 13,
        }
    ]
    assert (receipt.reference, receipt.url) == ("4001", f"{ROOT}/a/tickets/4001")


def test_a_ticket_of_nobody_has_a_requester_all_the_same_for_freshdesk_takes_none_without(freshdesk):
    desk_of(freshdesk).create_ticket(a_ticket(requestor=None, team="Nobody knows"))
    assert (only(freshdesk).name, only(freshdesk).email) == ("unknown", "unknown@x.social.invalid")
    assert only(freshdesk).group_id == 11


def test_a_ticket_the_search_does_not_know_yet_is_found_among_those_just_changed(freshdesk):
    desk = desk_of(freshdesk)
    freshdesk.search_lag = timedelta(days=1)
    made = desk.create_ticket(a_ticket())
    assert desk.find_ticket("earshot:x:1").reference == made.reference


def test_a_ticket_of_long_ago_is_found_by_the_search(freshdesk):
    desk = desk_of(freshdesk, now=freshdesk.now)
    made = desk.create_ticket(a_ticket())
    freshdesk.ahead = timedelta(days=400)
    assert desk.find_ticket("earshot:x:1").reference == made.reference


def test_of_two_tickets_with_one_id_the_older_is_given(freshdesk):
    desk = desk_of(freshdesk)
    for _ in range(2):
        desk.create_ticket(a_ticket())
    assert desk.find_ticket("earshot:x:1").reference == "4001"
    freshdesk.search_lag = timedelta()
    assert desk.find_ticket("earshot:x:1").reference == "4001"


def test_a_ticket_just_made_is_found_behind_hundreds_of_others(freshdesk):
    desk = desk_of(freshdesk)
    made = desk.create_ticket(a_ticket())
    for number in range(250):
        desk.create_ticket(a_ticket(f"earshot:{number}"))
    only_made = freshdesk.tickets[int(made.reference)]
    only_made.updated -= timedelta(minutes=5)
    assert desk.find_ticket("earshot:x:1").reference == made.reference


def test_every_note_is_private_and_ends_in_the_mark_it_is_found_by(freshdesk):
    desk = desk_of(freshdesk)
    desk.create_ticket(a_ticket())
    for number in range(120):
        desk.add_comment(a_comment(key=f"key {number}", body="<i>hello</i>"))
    notes = only(freshdesk).notes
    assert all(note["private"] for note in notes)
    assert notes[0]["body"].startswith("<div>&lt;i&gt;hello&lt;/i&gt;<br><br>[Earshot note ")
    assert desk.find_comment(a_comment(key="key 119")).reference == str(notes[-1]["id"])
    assert desk.find_comment(a_comment(key="key 120")) is None


def test_only_what_differs_is_sent_and_tags_are_added_to_those_that_are_there(freshdesk):
    desk = desk_of(freshdesk)
    desk.create_ticket(a_ticket(priority=Priority.URGENT))
    freshdesk.change(only(freshdesk), tags=["by hand"])
    desk.update_ticket(RAISE)
    desk.update_ticket(RAISE)
    assert sent(freshdesk, "PUT") == [{"tags": ["by hand", "vip"]}]


def test_a_team_that_is_a_group_takes_the_ticket_over(freshdesk):
    desk = desk_of(freshdesk)
    desk.create_ticket(a_ticket())
    desk.update_ticket(TicketUpdate("earshot:x:1", "team", team="claims"))
    assert only(freshdesk).group_id == 12


def test_a_change_the_account_sets_back_is_left_to_a_person(freshdesk):
    desk = desk_of(freshdesk)
    desk.create_ticket(a_ticket())
    freshdesk.refuses = {"priority"}
    with pytest.raises(PermanentError, match="kept its priority"):
        desk.update_ticket(RAISE)


@pytest.mark.parametrize(
    ("number", "status", "name"),
    [
        (2, TicketStatus.OPEN, "Open"),
        (3, TicketStatus.PENDING, "Pending"),
        (6, TicketStatus.PENDING, "6"),
        (7, TicketStatus.PENDING, "7"),
        (4, TicketStatus.SOLVED, "Resolved"),
        (5, TicketStatus.CLOSED, "Closed"),
        (12, TicketStatus.OPEN, "12"),
    ],
)
def test_every_status_is_told_in_our_words_and_theirs(freshdesk, number, status, name):
    desk = desk_of(freshdesk)
    desk.create_ticket(a_ticket())
    freshdesk.change(only(freshdesk), status=number, responder_id=501)
    [told] = desk.standings(None).standings
    assert (told.status, told.status_name, told.assignee) == (status, name, "Priya Natarajan")


def test_an_agent_the_form_does_not_name_is_told_by_number(freshdesk):
    desk = desk_of(freshdesk)
    desk.create_ticket(a_ticket())
    freshdesk.change(only(freshdesk), responder_id=777)
    assert desk.standings(None).standings[-1].assignee == "777"


def test_tickets_of_others_and_in_the_trash_are_not_told_and_hide_nothing(freshdesk):
    desk = desk_of(freshdesk, page_size=2)
    for number in range(6):
        desk.create_ticket(a_ticket(f"earshot:{number}"))
    tickets = list(freshdesk.tickets.values())
    tickets[1].custom_fields = {FIELD: None}
    tickets[2].is_in_trash = True
    found, cursor = [], None
    for _ in range(5):
        page = desk.standings(cursor)
        found += [told.external_id for told in page.standings]
        cursor = page.cursor
    assert found == ["earshot:0", "earshot:3", "earshot:4", "earshot:5"]


def test_check_passes_where_everything_is_prepared(freshdesk):
    assert desk_of(freshdesk).check() is None
    assert desk_of(freshdesk, group_id=None).check() is None


def test_check_names_the_field_without_which_no_ticket_is_found_again(freshdesk):
    freshdesk.fields = {}
    with pytest.raises(SetupError, match="no field 'cf_earshot_id'.*single-line text field"):
        desk_of(freshdesk).check()


def test_check_names_a_field_of_the_wrong_type(freshdesk):
    freshdesk.fields[FIELD] = "custom_number"
    with pytest.raises(SetupError, match="of type custom_number"):
        desk_of(freshdesk).check()


@pytest.mark.parametrize("tells_groups", [True, False])
def test_check_names_a_group_that_is_not_there(freshdesk, tells_groups):
    freshdesk.tells_groups = tells_groups
    assert desk_of(freshdesk).check() is None
    with pytest.raises(SetupError, match="no group 99"):
        desk_of(freshdesk, group_id=99).check()


def test_check_names_a_refused_key(freshdesk):
    with pytest.raises(AccessError, match="401"):
        desk_of(freshdesk, key="wrong").check()


def test_a_ticket_refused_for_its_fields_names_them_and_nothing_of_what_was_sent(freshdesk):
    desk = desk_of(freshdesk, field="cf_gone")
    with pytest.raises(PermanentError, match="refuses these fields: cf_gone") as raised:
        desk.create_ticket(a_ticket())
    assert "alice" not in str(raised.value)


def test_somebody_elses_change_at_the_same_moment_is_waited_for():
    with pytest.raises(RetryableError, match="409"):
        desk_of(None, transport=httpx.MockTransport(lambda request: httpx.Response(409))).find_ticket("earshot:x:1")


def test_the_registry_opens_it_with_the_settings(freshdesk, tools_on):
    settings = Settings(
        desk="freshdesk", freshdesk_url=ROOT, freshdesk_key=KEY, freshdesk_requester_domain="nobody.test",
        desk_priorities="high=1",
    )  # fmt: skip
    FRESHDESK.open(settings, tools_on(freshdesk)).create_ticket(a_ticket())
    assert (only(freshdesk).priority, only(freshdesk).email) == (1, "alice@x.nobody.test")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"freshdesk_url": None}, "FRESHDESK_URL"),
        ({"freshdesk_key": None}, "FRESHDESK_KEY"),
        ({"desk_priorities": "high=5"}, "high=5"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(changed, words, tools):
    given = {"desk": "freshdesk", "freshdesk_url": ROOT, "freshdesk_key": KEY} | changed
    with pytest.raises(SetupError, match=words):
        FRESHDESK.open(Settings(**given), tools)
