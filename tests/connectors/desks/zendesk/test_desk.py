import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from connectors.desks.zendesk.connector import ZENDESK
from connectors.desks.zendesk.desk import ZendeskDesk
from connectors.limits import retry_after
from connectors.quota import LedgerInMemory, Quota
from models import Priority, TicketStatus, TicketUpdate
from models.errors import AccessError, PermanentError, RetryableError, SetupError, UnknownOutcomeError
from settings import Settings
from tests.connectors.desks.examples import a_comment, a_ticket
from tests.fakes.zendesk import EMAIL, ROOT, TOKEN, FakeZendesk

RAISE = TicketUpdate("earshot:x:1", "raise", priority=Priority.URGENT, add_tags=("vip",))


@pytest.fixture
def zendesk():
    return FakeZendesk()


def no_sleep(seconds):
    """A wait between tries that the tests need not sit through."""


def desk_of(zendesk, token=TOKEN, transport=None, **options):
    wire = transport or zendesk.transport()
    return ZendeskDesk(ROOT, EMAIL, token, **({"group_id": 1} | options), transport=wire, sleep=no_sleep)


def sent(zendesk, method, path):
    found = [each for each in zendesk.requests if each.method == method and each.url.path.endswith(path)]
    return [json.loads(request.content) for request in found]


def only(zendesk):
    [ticket] = zendesk.tickets.values()
    return ticket


def test_a_ticket_is_filled_in_whole(zendesk):
    receipt = desk_of(zendesk).create_ticket(a_ticket(tags=("Delivery late", "negative")))
    assert sent(zendesk, "POST", "/tickets.json") == [
        {
            "ticket": {
                "subject": "@alice: my order never arrived",
                "comment": {
                    "body": "@acme my order never arrived <b>!!</b>\nhttps://x.test/alice/1",
                    "public": False,
                },
                "external_id": "earshot:x:1",
                "priority": "high",
                "tags": ["delivery_late", "negative"],
                "requester": {"name": "@alice", "email": "alice@x.social.invalid"},
                "group_id": 3,
            }
        }
    ]
    assert (receipt.reference, receipt.url) == ("35436", f"{ROOT}/agent/tickets/35436")


def test_a_team_that_is_no_group_goes_to_the_group_of_the_settings(zendesk):
    desk_of(zendesk).create_ticket(a_ticket(team="Nobody knows", requestor=None))
    assert only(zendesk).group_id == 1
    assert only(zendesk).requester is None


def test_nothing_is_ever_shown_to_the_customer(zendesk):
    desk = desk_of(zendesk)
    desk.create_ticket(a_ticket())
    desk.add_comment(a_comment())
    desk.update_ticket(RAISE)
    assert only(zendesk).public == []


def test_a_create_told_twice_makes_one_ticket_by_its_key(zendesk):
    desk = desk_of(zendesk)
    first, second = (desk.create_ticket(a_ticket()) for _ in range(2))
    assert first.reference == second.reference
    assert len(zendesk.tickets) == 1


def test_the_same_key_with_another_text_means_an_earlier_try_took_effect(zendesk):
    desk = desk_of(zendesk)
    desk.create_ticket(a_ticket())
    with pytest.raises(UnknownOutcomeError, match="took effect"):
        desk.create_ticket(a_ticket(body="the clocks moved on"))
    assert desk.find_ticket("earshot:x:1") is not None


def test_a_note_bears_its_mark_unseen_and_is_found_behind_many_changes(zendesk):
    desk = desk_of(zendesk)
    desk.create_ticket(a_ticket())
    made = desk.add_comment(a_comment(key="first"))
    for _ in range(7):
        zendesk.change(only(zendesk))
    assert only(zendesk).notes == ["Posted again."]
    assert desk.find_comment(a_comment(key="first")).reference == made.reference


def test_tags_are_added_and_never_replaced(zendesk):
    desk = desk_of(zendesk)
    desk.create_ticket(a_ticket())
    zendesk.change(only(zendesk), tags=["delivery", "by_hand"])
    desk.update_ticket(RAISE)
    assert only(zendesk).tags == ["delivery", "by_hand", "vip"]
    assert [each["ticket"] for each in sent(zendesk, "PUT", f"/{only(zendesk).id}.json")] == [{"priority": "urgent"}]


def test_a_team_that_is_a_group_takes_the_ticket_over(zendesk):
    desk = desk_of(zendesk)
    desk.create_ticket(a_ticket())
    desk.update_ticket(TicketUpdate("earshot:x:1", "team", team="claims"))
    assert only(zendesk).group_id == 2


def test_to_be_closed_is_to_be_solved_so_that_notes_are_still_taken(zendesk):
    desk = desk_of(zendesk)
    desk.create_ticket(a_ticket())
    desk.update_ticket(TicketUpdate("earshot:x:1", "close", status=TicketStatus.CLOSED))
    assert only(zendesk).status == "solved"
    desk.add_comment(a_comment())


def test_a_ticket_zendesk_closed_takes_nothing_and_says_so(zendesk):
    desk = desk_of(zendesk)
    desk.create_ticket(a_ticket())
    zendesk.change(only(zendesk), status="closed")
    for effect in (lambda: desk.add_comment(a_comment()), lambda: desk.update_ticket(RAISE)):
        with pytest.raises(PermanentError, match="a closed ticket takes none"):
            effect()
    assert desk.update_ticket(TicketUpdate("earshot:x:1", "close", status=TicketStatus.CLOSED)).found


@pytest.mark.parametrize("kept", ["priority", "tags"])
def test_a_change_the_account_sets_back_is_left_to_a_person(zendesk, kept):
    desk = desk_of(zendesk)
    desk.create_ticket(a_ticket())
    zendesk.refuses = {kept}
    with pytest.raises(PermanentError, match="kept for a person"):
        desk.update_ticket(RAISE)


@pytest.mark.parametrize("word", ["hold", "pending"])
def test_on_hold_is_pending(zendesk, word):
    desk = desk_of(zendesk)
    desk.create_ticket(a_ticket())
    zendesk.change(only(zendesk), status=word, assignee_id=501)
    zendesk.settle()
    told = desk.standings(None).standings[-1]
    assert (told.status, told.status_name, told.assignee) == (TicketStatus.PENDING, word, "Priya Natarajan")


def test_a_deleted_ticket_is_closed_and_not_found(zendesk):
    desk = desk_of(zendesk)
    desk.create_ticket(a_ticket())
    zendesk.change(only(zendesk), status="deleted")
    zendesk.settle()
    assert desk.standings(None).standings[-1].status is TicketStatus.CLOSED
    assert desk.find_ticket("earshot:x:1") is None


def test_tickets_of_others_are_not_told(zendesk):
    desk = desk_of(zendesk)
    for external_id in ("crm-77", "earshot:1"):
        desk.create_ticket(a_ticket(external_id))
    zendesk.settle()
    assert [told.external_id for told in desk.standings(None).standings] == ["earshot:1"]


def test_check_passes_where_everything_is_prepared(zendesk):
    assert desk_of(zendesk).check() is None


def test_check_names_refused_credentials_though_zendesk_says_200(zendesk):
    with pytest.raises(AccessError, match="refused"):
        desk_of(zendesk, token="wrong").check()


@pytest.mark.parametrize(
    "me", [{"role": "end-user"}, {"role": "agent", "role_type": 1}, {"role": "agent", "role_type": 2}]
)
def test_check_names_a_user_who_makes_no_tickets(zendesk, me):
    zendesk.me |= me
    with pytest.raises(SetupError, match="makes no tickets"):
        desk_of(zendesk).check()


def test_check_names_a_group_that_is_not_there_and_those_that_are(zendesk):
    with pytest.raises(SetupError, match="no group 9; there are: 2 claims, 3 deliveries, 1 social"):
        desk_of(zendesk, group_id=9).check()


def test_check_names_an_agent_to_whom_no_status_would_come_back(zendesk):
    zendesk.may_export = False
    with pytest.raises(SetupError, match="administrator, or set up the webhook"):
        desk_of(zendesk).check()
    with pytest.raises(AccessError):
        desk_of(zendesk).standings(None)


def test_where_the_webhook_tells_the_export_need_not_be_read(zendesk):
    zendesk.may_export = False
    desk = desk_of(zendesk, is_pushed=True)
    assert desk.check() is None
    page = desk.standings(None)
    assert list(page.standings) == []
    zendesk.may_export = True
    assert list(desk.standings(page.cursor).standings) == []


def test_a_redirect_is_not_followed():
    elsewhere = httpx.MockTransport(lambda request: httpx.Response(302, headers={"location": "https://x.test/"}))
    with pytest.raises(AccessError, match="final address"):
        desk_of(None, transport=elsewhere).check()


def test_somebody_elses_change_at_the_same_moment_is_waited_for():
    conflict = httpx.MockTransport(lambda request: httpx.Response(409))
    with pytest.raises(RetryableError) as raised:
        desk_of(None, transport=conflict).find_ticket("earshot:x:1")
    assert not isinstance(raised.value, UnknownOutcomeError)


def test_a_limit_once_told_is_kept_to_without_asking_again(zendesk):
    now = datetime(2026, 11, 22, tzinfo=UTC)
    asked = []

    def refuse(request):
        asked.append(request)
        return httpx.Response(429, headers={"retry-after": "93"})

    quota = Quota("zendesk", LedgerInMemory(), read=retry_after, now=lambda: now)
    desk = desk_of(None, transport=httpx.MockTransport(refuse), quota=quota)
    for _ in range(2):
        with pytest.raises(RetryableError) as raised:
            desk.find_ticket("earshot:x:1")
        assert raised.value.retry_after_seconds == 93
    assert len(asked) == 1


def test_the_first_question_goes_back_a_little_and_a_lost_cursor_far():
    asked = []

    def answer(request):
        asked.append(request.url.params)
        return httpx.Response(200, json={"tickets": [], "after_cursor": None, "end_of_stream": True})

    now = datetime(2026, 11, 22, tzinfo=UTC)
    desk = desk_of(None, transport=httpx.MockTransport(answer), now=lambda: now)
    page = desk.standings(None)
    desk.standings(page.cursor)
    desk.standings("rubbish")
    starts = [datetime.fromtimestamp(int(params["start_time"]), UTC) for params in asked]
    assert [now - start for start in starts] == [timedelta(minutes=5), timedelta(minutes=5), timedelta(days=30)]


def test_a_priority_zendesk_does_not_know_stops_the_start(tools):
    settings = Settings(
        zendesk_url=ROOT, zendesk_email=EMAIL, zendesk_token=TOKEN, desk="zendesk", desk_priorities="urgent=P1"
    )
    with pytest.raises(SetupError, match="urgent=P1"):
        ZENDESK.open(settings, tools)


def test_the_registry_opens_it_with_the_settings(zendesk, tools_on):
    settings = Settings(
        zendesk_url=ROOT, zendesk_email=EMAIL, zendesk_token=TOKEN, desk="zendesk",
        zendesk_requester_domain="nobody.test", desk_priorities="high=urgent", desk_tags="delivery=logistics",
    )  # fmt: skip
    ZENDESK.open(settings, tools_on(zendesk)).create_ticket(a_ticket())
    ticket = only(zendesk)
    assert (ticket.priority, ticket.tags) == ("urgent", ["logistics", "negative"])
    assert ticket.requester["email"] == "alice@x.nobody.test"


@pytest.mark.parametrize("field", ["zendesk_url", "zendesk_email", "zendesk_token"])
def test_a_missing_setting_is_named(field, tools):
    given = {"zendesk_url": ROOT, "zendesk_email": EMAIL, "zendesk_token": TOKEN} | {field: None}
    with pytest.raises(SetupError, match=field.upper()):
        ZENDESK.open(Settings(desk="zendesk", **given), tools)
