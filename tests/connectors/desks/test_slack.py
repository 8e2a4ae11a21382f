import json

import httpx
import pytest

from connectors.desks.slack.client import PAGE_SIZE
from connectors.desks.slack.desk import SlackDesk
from connectors.desks.slack.records import escaped
from models import Priority, TicketStatus, TicketUpdate
from models.errors import AccessError, PermanentError, RetryableError, SetupError, UnknownOutcomeError
from tests.connectors.desks.examples import a_comment, a_ticket
from tests.connectors.desks.lossy import LossyTransport
from tests.fakes.slack import API, CHANNEL, TOKEN, FakeSlack, body_of, is_effect, refused
from tests.servers import emulate
from tests.servers.emulate import start_slack


@pytest.fixture
def slack():
    return FakeSlack()


def no_sleep(seconds):
    """A wait between tries that the tests need not sit through."""


def desk_of(slack, *, token=TOKEN, channel=CHANNEL, transport=None, **options):
    return SlackDesk(API, token, channel, transport=transport or slack.transport(), sleep=no_sleep, **options)


def desk_answered(*answers):
    """A desk whose requests are answered with these, one each, in order; an error is raised instead."""
    left = list(answers)

    def answer(request):
        given = left.pop(0)
        if isinstance(given, Exception):
            raise given
        return given

    return SlackDesk(API, TOKEN, CHANNEL, transport=httpx.MockTransport(answer), sleep=no_sleep)


def test_the_receipt_leads_people_to_the_message(slack):
    receipt = desk_of(slack).create_ticket(a_ticket())
    assert receipt.reference == f"{CHANNEL}:1795283655.000001"
    assert receipt.url == f"https://slack.com/archives/{CHANNEL}/p1795283655000001"


def test_a_customer_can_neither_mention_anybody_nor_format_anything(slack):
    desk_of(slack).create_ticket(a_ticket(subject="<!channel> & *now*", body="<@U7> <https://evil.test|click> :fire:"))
    [message] = slack.messages
    assert message["text"] == "[high] &lt;!channel&gt; &amp; *now*"
    texts = [block["text"] for block in message["blocks"] if "text" in block]
    texts += [each for block in message["blocks"] for each in block.get("elements", ())]
    assert {text["type"] for text in texts} == {"plain_text"}
    assert {text["emoji"] for text in texts} == {False}
    assert body_of(message) == "<@U7> <https://evil.test|click> :fire:"
    asked = json.loads(slack.requests[-1].content)
    assert (asked["parse"], asked["link_names"], asked["unfurl_links"]) == ("none", False, False)


def test_the_three_letters_of_slacks_markup_are_escaped():
    assert escaped("a & <b> &amp;") == "a &amp; &lt;b&gt; &amp;amp;"


@pytest.mark.parametrize("awkward", ["it's", 'a "b"', "back\\slash", "é漢字😀", "x" * 400, "A", "a"])
def test_an_external_id_of_any_letters_is_found_exactly(slack, awkward):
    desk = desk_of(slack)
    for external_id in ("a", "A", "other", awkward + "!"):
        desk.create_ticket(a_ticket(external_id))
    made = desk.create_ticket(a_ticket(awkward)) if awkward not in "aA" else desk.find_ticket(awkward)
    assert desk.find_ticket(awkward).reference == made.reference
    assert desk.find_ticket(awkward + "?") is None


def test_of_two_messages_about_one_ticket_the_older_is_given(slack):
    desk = desk_of(slack)
    first = desk.create_ticket(a_ticket())
    desk.create_ticket(a_ticket())
    assert desk.find_ticket("earshot:x:1").reference == first.reference


def test_a_note_hangs_in_the_thread_of_its_ticket_and_is_found_there(slack):
    desk = desk_of(slack)
    made = desk.create_ticket(a_ticket())
    note = desk.add_comment(a_comment())
    assert slack.messages[1]["thread_ts"] == made.reference.partition(":")[2]
    assert desk.find_comment(a_comment()).reference == note.reference
    assert desk.find_comment(a_comment(key="another")) is None


def test_a_ticket_that_was_never_told_takes_no_note_and_no_change(slack):
    desk = desk_of(slack)
    with pytest.raises(RetryableError, match="yet to add"):
        desk.add_comment(a_comment())
    with pytest.raises(RetryableError, match="yet to change"):
        desk.update_ticket(TicketUpdate("earshot:x:1", "k", priority=Priority.LOW))
    assert slack.messages == []


def far_back(slack):
    desk = desk_of(slack, most_pages=1)
    desk.create_ticket(a_ticket())
    for number in range(PAGE_SIZE):
        slack.say(f"chatter {number}")
    return desk


def test_a_message_too_far_back_is_not_found_and_its_note_stands_alone(slack):
    desk = far_back(slack)
    assert desk.find_ticket("earshot:x:1") is None
    note = desk.add_comment(a_comment())
    assert "thread_ts" not in slack.messages[-1]
    assert desk.find_comment(a_comment()).reference == note.reference


def test_a_message_too_far_back_stays_as_it_is(slack):
    desk = far_back(slack)
    before = dict(slack.messages[0])
    assert desk.update_ticket(TicketUpdate("earshot:x:1", "k", priority=Priority.LOW)).found
    assert slack.messages[0] == before


def test_a_message_is_found_behind_pages_of_chatter(slack):
    desk = desk_of(slack)
    made = desk.create_ticket(a_ticket())
    for number in range(PAGE_SIZE + 50):
        slack.say(f"chatter {number}")
    assert desk.find_ticket("earshot:x:1").reference == made.reference


def test_an_update_changes_the_last_line_and_nothing_else(slack):
    desk = desk_of(slack)
    desk.create_ticket(a_ticket())
    before = json.loads(json.dumps(slack.messages[0]))
    desk.update_ticket(TicketUpdate("earshot:x:1", "k", priority=Priority.URGENT, status=TicketStatus.SOLVED))
    after = slack.messages[0]
    assert after["blocks"][:-1] == before["blocks"][:-1]
    [line] = after["blocks"][-1]["elements"]
    assert line["text"] == "Priority: urgent · Team: Deliveries · Tags: delivery, negative · Status: solved"
    assert after["text"] == before["text"]
    calls = len(slack.requests)
    desk.update_ticket(TicketUpdate("earshot:x:1", "k", priority=Priority.URGENT))
    assert [request.url.path for request in slack.requests[calls:]] == ["/api/conversations.history"]


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("ratelimited", RetryableError),
        ("token_revoked", AccessError),
        ("missing_scope", AccessError),
        ("channel_not_found", AccessError),
        ("is_archived", AccessError),
        ("invalid_blocks", PermanentError),
        ("unheard_of", PermanentError),
        ("internal_error", UnknownOutcomeError),
        ("fatal_error", UnknownOutcomeError),
        ("", PermanentError),
    ],
)
def test_an_error_in_an_answer_of_200_is_one(error, kind):
    with pytest.raises(kind) as raised:
        desk_answered(refused(error)).create_ticket(a_ticket())
    assert type(raised.value) is kind


def test_a_question_that_meets_slacks_own_trouble_is_asked_again(slack):
    answers = [refused("internal_error"), refused("internal_error"), refused("internal_error")]
    with pytest.raises(RetryableError) as raised:
        desk_answered(*answers).find_ticket("earshot:x:1")
    assert not isinstance(raised.value, UnknownOutcomeError)


def test_being_told_to_wait_inside_an_answer_says_how_long():
    with pytest.raises(RetryableError) as raised:
        desk_answered(refused("ratelimited", **{"retry-after": "30"})).create_ticket(a_ticket())
    assert raised.value.retry_after_seconds == 30


def test_an_answer_that_names_no_message_is_an_unknown_outcome():
    with pytest.raises(UnknownOutcomeError):
        desk_answered(httpx.Response(200, json={"ok": True})).create_ticket(a_ticket())


def test_a_post_whose_answer_is_lost_is_found_by_looking(slack):
    wire = LossyTransport(slack.transport(), is_effect=is_effect)
    desk = desk_of(slack, transport=wire)
    wire.lose_next_answer()
    with pytest.raises(UnknownOutcomeError):
        desk.create_ticket(a_ticket())
    assert desk.find_ticket("earshot:x:1") is not None


def test_check_names_what_is_missing(slack):
    assert desk_of(slack).check() is None
    with pytest.raises(AccessError, match="channel_not_found"):
        desk_of(slack, channel="C0").check()
    with pytest.raises(AccessError, match="invalid_auth") as raised:
        desk_of(slack, token="xoxb-secret").check()
    assert "xoxb-secret" not in str(raised.value)
    slack.is_member = False
    with pytest.raises(SetupError, match="/invite"):
        desk_of(slack).check()
    slack.is_archived = True
    with pytest.raises(SetupError, match="archived"):
        desk_of(slack).check()


def test_nothing_is_read_back(slack):
    page = desk_of(slack).standings(None)
    assert (list(page.standings), desk_of(slack).standings("x").cursor) == ([], "x")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with start_slack(tmp_path_factory.mktemp("emulate")) as server:
        yield server


@pytest.fixture
def real(server):
    wire = LossyTransport(httpx.HTTPTransport(), is_effect=is_effect)
    yield SlackDesk(server.api, emulate.TOKEN, server.channel, transport=wire, sleep=no_sleep), server, wire
    wire.close()


@pytest.mark.servers
def test_a_server_that_speaks_slacks_interface_takes_a_ticket_a_note_and_a_change(real):
    desk, server, _ = real
    text = "<b>&amp; *x* 👩‍👩‍👧\n" + "long " * 2_000
    desk.check()
    made = desk.create_ticket(a_ticket("real:1", subject=text, body=text))
    desk.add_comment(a_comment("real:1", body=text))
    desk.update_ticket(TicketUpdate("real:1", "k", priority=Priority.URGENT, add_tags=("vip",)))
    assert desk.find_ticket("real:1").reference == made.reference
    assert desk.find_ticket("REAL:1") is None
    assert desk.find_comment(a_comment("real:1")) is not None
    assert desk.find_comment(a_comment("real:1", "mention:3")) is None
    [held] = server.held("real:1")
    assert (held.body, held.notes, held.priority) == (text, [text], Priority.URGENT)
    assert held.tags == {"delivery", "negative", "vip"}


@pytest.mark.servers
def test_that_server_holds_one_ticket_and_one_note_though_every_answer_is_lost(real):
    desk, server, wire = real
    for effect, look in (
        (lambda: desk.create_ticket(a_ticket("real:2")), lambda: desk.find_ticket("real:2")),
        (lambda: desk.add_comment(a_comment("real:2")), lambda: desk.find_comment(a_comment("real:2"))),
    ):
        wire.lose_next_answer()
        with pytest.raises(UnknownOutcomeError):
            effect()
        assert look() is not None
    [held] = server.held("real:2")
    assert held.notes == ["Posted again."]


@pytest.mark.servers
def test_that_server_refuses_in_the_way_we_read(real):
    _, server, wire = real
    elsewhere = SlackDesk(server.api, emulate.TOKEN, "C0NOPE", transport=wire, sleep=no_sleep)
    with pytest.raises(AccessError, match="channel_not_found"):
        elsewhere.create_ticket(a_ticket())
