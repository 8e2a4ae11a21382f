from dataclasses import replace
from datetime import timedelta

import pytest

from inbox.marking import marked, plain, split
from inbox.wording import compact, due, duration, probability
from models import Bystander, Kind, Reason, Repost, TicketStanding, TicketStatus
from store.changes import Wording
from tests.flow.bench import Bench, message
from tests.inbox.factory import DEMO, HOSTILE, NOW, Said, add, add_demo, add_hostile, push_ticket


def test_the_case_page_shows_all_that_the_decision_rests_on(sqlite_store, agent):
    case_id = add_demo(sqlite_store, now=NOW)[0]
    page = agent.get(f"/cases/{case_id}").text
    for told in (
        "<mark>twice overnight</mark>",
        "In reply to <bdi>larkbank</bdi>",
        "Sorry, Joss. A refund takes",
        "very likely",
        "93 %",
        "No sign of bad faith",
        "expression of dissatisfaction",
        "RG 271.27",
        "double_charge",
        "Classifier 2026.1",
        "asic-rg271 2021-09, house 2026-11",
        "dad, roof tiler, tired",
        "7 years",
        "log10 gives 0.31",
        "enforceable",
        "expected",
        "the limit is added",
        "C-0000001",
        "create ticket",
        'href="/desk/1"',
        "judged the message",
    ):
        assert told in page, told
    assert "channel: x" in page
    for kind in ("rule", "classifier", "author"):
        assert f"actor-{kind}" in page


def test_every_cue_of_bad_faith_is_named(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[9], now=NOW)
    page = agent.get(f"/cases/{case_id}").text
    assert "no picture" in page
    assert "nine hostile posts in a day" in page
    assert "Bad faith never closes a complaint" in page


def test_other_cases_of_the_author_are_linked(sqlite_store, agent):
    first = add(sqlite_store, *DEMO[0], now=NOW)
    second = add(sqlite_store, Said("and my card is gone too", native_id="other"), now=NOW)
    assert f'href="/cases/{first}"' in agent.get(f"/cases/{second}").text


def test_hostile_text_is_escaped_cut_and_still_all_there(sqlite_store, agent):
    case_id = add_hostile(sqlite_store, now=NOW)
    for path in ("/", f"/cases/{case_id}"):
        page = agent.get(path).text
        for forged in ("<script>alert", "<img src=x", "<svg onload", "<iframe", "<i>tag", "<b>⇄", "\u202e"):
            assert forged not in page, forged
        assert "&lt;b&gt;" in page
    page = agent.get(f"/cases/{case_id}").text
    assert f"Show all {len(HOSTILE):,} characters" in page
    assert "&lt;<mark>" not in page
    assert page.count("word ") >= 19_990


def test_signs_that_turn_the_direction_of_writing_are_shown():
    assert "⇄" in plain("05.013$ \u202e")
    assert "\u202e" not in plain("05.013$ \u202e")
    assert marked("a\u2066<b", [Reason("a", 1.0)]).startswith("<mark>a</mark>")


def test_reasons_are_marked_as_whole_words_whatever_their_case_and_only_when_they_spoke_for_it():
    reasons = [Reason("fee", 0.9), Reason("charged  twice", 0.8), Reason("coffee", -0.4)]
    assert marked("Coffee FEE, Charged\ntwice", reasons) == "Coffee <mark>FEE</mark>, <mark>Charged\ntwice</mark>"
    assert marked("a <b> & fee", reasons) == "a &lt;b&gt; &amp; <mark>fee</mark>"
    assert marked("nothing", []) == "nothing"


def test_a_long_text_is_cut_at_a_space_and_loses_nothing():
    text = "word " * 1000
    shown, rest = split(text)
    assert shown + rest == text
    assert len(shown) <= 1200
    assert split("short") == ("short", "")


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(30, "under a minute"), (60, "1 m"), (11_400, "3 h 10 m"), (7200, "2 h"), (180_000, "2 d 2 h"), (864_000, "10 d")],
)
def test_durations_are_said_in_two_units_at_most(seconds, words):
    assert duration(seconds) == words


def test_a_clock_says_how_long_or_how_late():
    assert due(NOW + timedelta(hours=3, minutes=10), NOW, "acknowledge") == ("acknowledge in 3 h 10 m", "soon")
    assert due(NOW - timedelta(days=2), NOW) == ("overdue 2 d", "overdue")
    assert due(NOW + timedelta(days=20), NOW)[1] == "later"


def test_figures_are_short_and_unknown_is_not_zero():
    assert [compact(number) for number in (None, 0, 999, 1200, 184_000, 2_100_000)] == [
        "unknown",
        "0",
        "999",
        "1.2 k",
        "184 k",
        "2.1 M",
    ]
    assert probability(0.93) == "very likely"
    assert probability(0.0) == "very unlikely"


def test_a_case_of_very_many_messages_shows_the_newest_and_the_rest_on_demand(sqlite_store, agent):
    sayings = [
        Said(f"number {n} of many", conversation="c", native_id=f"n{n}", minutes_ago=500 - n, kind=Kind.REPLY)
        for n in range(205)
    ]
    case_id = add(sqlite_store, *sayings, now=NOW)
    page = agent.get(f"/cases/{case_id}").text
    assert "Show 5 earlier messages" in page
    assert "number 4 of many" not in page.split("What happened")[0].split('id="author-title"')[0]
    assert "number 204 of many" in page
    assert "number 4 of many" in agent.get(f"/cases/{case_id}?all=1").text


def test_a_failed_ticket_says_why(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[1], now=NOW)
    push_ticket(sqlite_store, case_id, now=NOW, fails_with="503 from https://rt.example.com")
    page = agent.get(f"/cases/{case_id}").text
    assert "503 from https://rt.example.com" in page
    assert "Try again" in page


@pytest.mark.parametrize(
    ("channel", "words"), [("email", "also teaches the next classifier"), ("x", "nothing is learnt from it")]
)
def test_beside_a_label_stands_whether_it_is_learnt_from(sqlite_store, agent, channel, words):
    case_id = add(sqlite_store, replace(DEMO[0][0], channel=channel), now=NOW)
    assert words in agent.get(f"/cases/{case_id}").text


def test_the_thread_around_a_message_is_shown_and_its_edits_and_the_state_of_its_ticket(sqlite_store, agent):
    case_id = add_demo(sqlite_store, now=NOW)[0]
    with sqlite_store.writing() as transaction:
        case = transaction.cases.get(case_id)
        [item, *_] = transaction.mentions.of_case(case_id)
        mention = item.mention
        ours = replace(mention, id="m_ours", native_id="ours", text="We are sorry to hear that")
        theirs = replace(mention, id="m_theirs", native_id="theirs", text="Same here <b>!</b>")
        around = [
            (Bystander(ours, is_ours=True), case.conversation_key),
            (Bystander(theirs, False), case.conversation_key),
        ]
        transaction.changes.keep_bystanders(around)
        earlier = Wording("", "what it said before", mention.created_at)
        transaction.changes.keep_wording(mention.id, earlier, now=NOW)
        transaction.changes.keep_reposts([Repost(mention.channel, mention.native_id, "zoe", NOW)])
        ticket = next(row for row in transaction.outbox.of_case(case_id) if row.reference)
        standing = TicketStanding(ticket.reference, None, TicketStatus.PENDING, "stalled", NOW, "Noor")
        transaction.standings.keep(ticket.sink, standing, now=NOW)
    page = agent.get(f"/cases/{case_id}").text
    for told in (
        "We are sorry to hear that",
        "written in the channel",
        "Same here &lt;b&gt;!&lt;/b&gt;",
        "in the thread, not judged",
        "Edited by its author",
        "what it said before",
        "Shown again by 1 account",
        "<q>stalled</q>",
        "<bdi>Noor</bdi> works on it",
    ):
        assert told in page, told


def test_the_page_shows_what_an_earlier_message_of_the_author_added_to_reach(sqlite_store, agent):
    bench = Bench(sqlite_store)
    bench.read(message("nice weather", id="1", shares=4_000))
    bench.read(message("I was charged twice", id="2", conversation_id="2"))
    bench.drain()
    with sqlite_store.reading() as transaction:
        [item] = transaction.mentions.by_native_ids("x", "acme", ["2"])
        case = next(each.case_id for each in transaction.mentions.get([item.id]))
    page = agent.get(f"/cases/{case}").text
    for step in (
        "followers 120: log10(1 + 120) / log10(1 + 1000000) = 0.347",
        "most shared message of 30 days 4000: + 0.25 × log10(1 + 4000) / log10(1 + 10000), at most 0.25",
        ": + 0.225 = 0.572",
    ):
        assert step in page, step
