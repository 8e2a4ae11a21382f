import json

import httpx
import pytest

from connectors.desks.teams.desk import TeamsDesk
from models import Priority, TicketStatus, TicketUpdate
from models.errors import AccessError, PermanentError, RetryableError, SetupError, UnknownOutcomeError
from tests.connectors.desks.examples import a_comment, a_ticket
from tests.connectors.desks.lossy import LossyTransport
from tests.fakes.teams import LONGEST_BYTES, URL, FakeTeams, body_of, lines_of


@pytest.fixture
def teams():
    return FakeTeams()


def no_sleep(seconds):
    """A wait between tries that the tests need not sit through."""


def desk_of(teams, transport=None):
    return TeamsDesk(URL, transport=transport or teams.transport(), sleep=no_sleep)


def desk_answered(answer):
    def give(request):
        if isinstance(answer, Exception):
            raise answer
        return answer

    return TeamsDesk(URL, transport=httpx.MockTransport(give), sleep=no_sleep)


def test_a_ticket_is_one_card_with_its_facts(teams):
    receipt = desk_of(teams).create_ticket(a_ticket())
    [card] = teams.cards
    assert lines_of(card)[0] == "[high] @alice: my order never arrived"
    assert lines_of(card)[-1] == (
        "priority high · team Deliveries · x · 12,000 followers · due 2026-12-01 03:04 UTC · tags delivery, negative"
        f" · Earshot {receipt.reference}"
    )
    assert body_of(card) == a_ticket().body


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script> **bold** _it_ [click](https://evil.test) # no\n- a\n1. b",
        "one\n\n\ntwo\n",
        "emoji 👩‍👩‍👧 é ß 漢字 \u202eright to left",
        "long " + "x" * 9_990 + " end!",
    ],
)
def test_text_arrives_as_it_was_because_no_markdown_is_read_there(teams, text):
    desk = desk_of(teams)
    desk.create_ticket(a_ticket(body=text))
    desk.add_comment(a_comment(body=text))
    assert [body_of(card) for card in teams.cards] == [text, text]
    assert {block["type"] for card in teams.cards for block in card["body"]} == {"RichTextBlock"}


@pytest.mark.parametrize(
    "text",
    ["words, " * 15_000, "line\n" * 20_000, "漢字" * 50_000, '"\\' * 50_000, "a" * 26_000 + "\n" + "b" * 90_000],
    ids=["words", "lines", "wide letters", "escapes", "two lines"],
)
def test_a_long_text_is_cut_to_what_teams_takes_and_says_where_the_rest_is(teams, text):
    desk_of(teams).create_ticket(a_ticket(body=text, subject=text, tags=tuple(text[:5_000].split())))
    [card] = teams.cards
    kept = body_of(card)
    whole, mark = kept.rsplit("[… cut here", 1)
    assert text.startswith(whole.rstrip("\n"))
    assert "Earshot" in mark
    assert 20_000 < len(teams.requests[0].content) <= LONGEST_BYTES


def test_notes_and_changes_are_cards_that_name_the_first(teams):
    desk = desk_of(teams)
    first = desk.create_ticket(a_ticket())
    note = desk.add_comment(a_comment())
    change = TicketUpdate("earshot:x:1", "k", Priority.URGENT, "Claims", ("vip",), TicketStatus.SOLVED)
    changed = desk.update_ticket(change)
    assert [lines_of(card)[-1].endswith(f"Earshot {first.reference}") for card in teams.cards] == [True] * 3
    assert body_of(teams.cards[2]) == "priority urgent\nteam Claims\nstatus solved\ntags vip"
    assert len({first.reference, note.reference, changed.reference}) == 3


def test_nothing_can_be_asked(teams):
    desk = desk_of(teams)
    desk.create_ticket(a_ticket())
    assert desk.find_ticket("earshot:x:1") is None
    assert desk.find_comment(a_comment()) is None
    assert list(desk.standings(None).standings) == []
    assert desk.check() is None
    assert len(teams.requests) == 1


def test_a_lost_answer_is_an_unknown_outcome_and_the_next_try_tells_it_again_rather_than_never(teams):
    wire = LossyTransport(teams.transport())
    desk = desk_of(teams, wire)
    wire.lose_next_answer()
    with pytest.raises(UnknownOutcomeError):
        desk.create_ticket(a_ticket())
    assert desk.find_ticket("earshot:x:1") or desk.create_ticket(a_ticket())
    assert len(teams.cards) == 2


def test_a_lost_connection_tells_it_once(teams):
    wire = LossyTransport(teams.transport())
    desk = desk_of(teams, wire)
    wire.lose_next_connection()
    with pytest.raises(RetryableError) as raised:
        desk.create_ticket(a_ticket())
    assert not isinstance(raised.value, UnknownOutcomeError)
    desk.create_ticket(a_ticket())
    assert len(teams.cards) == 1


def test_an_update_never_leaves_its_outcome_open():
    desk = desk_answered(httpx.ReadTimeout("slow"))
    with pytest.raises(RetryableError) as raised:
        desk.update_ticket(TicketUpdate("earshot:x:1", "k", priority=Priority.LOW))
    assert not isinstance(raised.value, UnknownOutcomeError)


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, PermanentError), (401, AccessError), (402, AccessError), (403, AccessError), (404, AccessError)]
    + [
        (410, AccessError),
        (302, AccessError),
        (413, PermanentError),
        (429, RetryableError),
        (500, UnknownOutcomeError),
    ],
)
def test_a_refusal_is_read_and_the_address_never_shown(status, kind):
    with pytest.raises(kind) as raised:
        desk_answered(httpx.Response(status, headers={"retry-after": "30"})).create_ticket(a_ticket())
    assert "secret" not in str(raised.value)
    assert "larkbank" not in str(raised.value)
    if status == 429:
        assert raised.value.retry_after_seconds == 30


@pytest.mark.parametrize(("inside", "kind"), [(429, RetryableError), (503, RetryableError), (413, PermanentError)])
def test_an_answer_of_200_with_an_error_inside_is_one(inside, kind):
    said = f"Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error {inside} with …"
    with pytest.raises(kind, match=str(inside)):
        desk_answered(httpx.Response(200, text=said)).create_ticket(a_ticket())


@pytest.mark.parametrize("body", [b"", b"1", b"<html>", b'{"a":'])
def test_whatever_else_is_said_with_200_is_a_yes(body):
    assert desk_answered(httpx.Response(200, content=body)).create_ticket(a_ticket()).reference


@pytest.mark.parametrize("url", ["http://larkbank.test/x", "larkbank.test", "", "https://"])
def test_an_address_that_is_none_stops_the_start(url):
    with pytest.raises(SetupError, match="EARSHOT_TEAMS_URL"):
        TeamsDesk(url)


def test_the_message_is_what_workflows_expect(teams):
    desk_of(teams).create_ticket(a_ticket())
    sent = json.loads(teams.requests[0].content)
    assert sent["type"] == "message"
    assert sent["attachments"][0]["content"]["type"] == "AdaptiveCard"
    assert teams.requests[0].headers["content-type"] == "application/json; charset=utf-8"
