import re
from datetime import datetime, timedelta

import pytest

from flow.delivery import delivered
from flow.rate_watch import RateAlarm, settled_week
from inbox.board import AGE_STARTS, live, measured_now
from inbox.roles import Role
from measure import live_board as measured
from measure.control_chart import Signal
from models import ActorKind, Event, EventKind, Receipt, Tier
from store.encoding import encode
from store.outbox import Effect
from store.store import Store
from tests.inbox.factory import NOW, SYDNEY, Said, add, add_demo, many


def answer(store: Store, case_id: int, *, at: datetime, person: str = "Priti", text: str = "We look into it.") -> None:
    """Sent and taken by the channel at that instant; by a program where `person` is empty."""
    with store.writing() as transaction:
        transaction.register.lock()
        [item] = transaction.mentions.newest_of_case(case_id, limit=1)
        payload = {"text": text, "is_private": False, "person": person}
        number = transaction.outbox.add(
            Effect.SEND_REPLY,
            sink="local",
            key=f"reply:{case_id}:{at.isoformat()}:{person}",
            case_id=case_id,
            mention_id=item.mention.id,
            payload=payload,
            now=at,
        )
        assert number is not None
        row = transaction.outbox.claim(number, worker="test", now=at, lease_seconds=60)
        assert row is not None
        delivered(transaction, row, Receipt(f"r{number}", reached_author=True), now=at)


def correct(store: Store, case_id: int, was: str, became: str, *, at: datetime, key: str) -> None:
    facts = {"from": was, "to": became}
    event = Event(f"relabelled:{key}", EventKind.RELABELLED, at, ActorKind.PERSON, "Priti", case_id, facts=facts)
    with store.writing() as transaction:
        transaction.events.record([event], now=at)


def _said(name: str, minutes_ago: float, tier: Tier = Tier.PERSONAL_REPLY, **other) -> Said:
    label = other.pop("label", "enquiry")
    return Said(f"words of {name}", label=label, native_id=name, minutes_ago=minutes_ago, tier=tier, **other)


def _live(store: Store, now: datetime = NOW):
    with store.reading() as transaction:
        return live(transaction, now=now)


def _measured(store: Store, now: datetime = NOW):
    with store.reading() as transaction:
        return measured_now(transaction, now=now, zone=SYDNEY, turn=0)


@pytest.mark.parametrize("role", [Role.LEAD, Role.COMPLIANCE, Role.ADMIN, Role.AUDITOR])
def test_the_board_is_for_leads_compliance_administrators_and_auditors(as_role, role):
    browser = as_role(role)
    for path in ("/board", "/board/live", "/board/measured", "/board/list"):
        assert browser.get(path).status_code == 200
    assert 'href="/board"' in browser.get("/").text


def test_an_agent_has_no_board(agent):
    for path in ("/board", "/board/live", "/board/measured", "/board/list"):
        assert agent.get(path).status_code == 403
    assert 'href="/board"' not in agent.get("/").text


def test_open_cases_are_counted_by_tier_and_age_and_noise_is_not(store):
    for name, minutes in (("a", 10), ("b", 239), ("c", 241), ("d", 1441), ("e", 4321)):
        add(store, _said(name, minutes), now=NOW)
    add(store, _said("f", 60, Tier.HIGH_PRIORITY), _said("g", 20, Tier.NOISE, label="abuse"), now=NOW)
    add(store, _said("h", 20, Tier.NOISE, label="spam"), now=NOW)
    found = _live(store)
    by_tier = {tier: ages for tier, _, ages in found.by_tier}
    assert by_tier[Tier.PERSONAL_REPLY] == (2, 1, 1, 1)
    assert by_tier[Tier.HIGH_PRIORITY] == (1, 0, 0, 0)
    assert by_tier[Tier.SAVED_REPLY] == (0, 0, 0, 0)
    assert found.open == 6
    assert found.oldest is not None
    assert found.oldest == (5, NOW - timedelta(minutes=4321))


def test_the_exact_edge_of_an_age_belongs_to_the_older_one(store):
    add(store, _said("edge", 240), now=NOW)
    assert _live(store).ages == (0, 1, 0, 0)
    with store.reading() as transaction:
        older = transaction.board.list_open(limit=9, now=NOW, ages=AGE_STARTS, age=1)
        assert [case.id for case in older] == [1]
        assert transaction.board.list_open(limit=9, now=NOW, ages=AGE_STARTS, age=0) == []


def test_the_numbers_of_the_board_are_those_of_the_queue_s_views(sqlite_store):
    add_demo(sqlite_store, now=NOW)
    found = _live(sqlite_store)
    with sqlite_store.reading() as transaction:
        counts = transaction.cases.view_counts(["all", "unowned"], person="", now=NOW)
    assert (found.open, found.unowned) == (counts["all"], counts["unowned"])


def test_clocks_due_soon_and_missed_are_counted_answered_cases_included(store):
    day = 24 * 60
    add(store, _said("soon", day - 100, Tier.HIGH_PRIORITY, label="complaint"), now=NOW)
    add(store, _said("today", 60, Tier.HIGH_PRIORITY, label="complaint"), now=NOW)
    late = add(store, _said("late", day + 5, Tier.HIGH_PRIORITY, label="complaint"), now=NOW)
    found = _live(store)
    assert (found.due_4h, found.due_24h, found.missed) == (1, 2, 1)
    with store.writing() as transaction:
        [clock] = transaction.cases.overdue(now=NOW, limit=9)
        transaction.cases.mark_missed([clock], now=NOW)
    assert _live(store).missed == 1
    answer(store, late, at=NOW)
    assert _live(store).missed == 0


def test_cases_are_counted_by_owner_and_channel_with_what_nobody_owns_first(store):
    for name in ("a", "b", "c"):
        add(store, _said(name, 30, channel="facebook" if name == "c" else "x"), now=NOW)
    with store.writing() as transaction:
        for case_id in (1, 2):
            case = transaction.cases.get(case_id)
            transaction.cases.assign(case_id, "Priti", version=case.version, now=NOW)
    found = _live(store)
    assert [(load.name, load.open) for load in found.owners] == [("nobody", 1), ("Priti", 2)]
    assert [(load.name, load.open) for load in found.channels] == [("X", 2), ("Facebook", 1)]


def test_an_empty_board_says_so_instead_of_showing_noughts(as_role):
    page = as_role(Role.LEAD).get("/board").text
    assert "Nothing waits: every case is answered or done." in page
    assert "No answer by a person was sent this week yet." in page
    assert "nobody waits" in page
    assert "none yet" in page


def test_the_time_to_the_first_answer_counts_people_only_and_only_once(store):
    case_id = add(store, _said("a", 120), now=NOW - timedelta(hours=2))
    answer(store, case_id, at=NOW - timedelta(hours=3), person="", text="An automatic word.")
    answer(store, case_id, at=NOW - timedelta(hours=1))
    answer(store, case_id, at=NOW)
    [today, *_] = _measured(store).first_answer
    assert (today[1].count, today[1].median) == (1, 3 * 3600.0)


def test_a_second_answer_today_does_not_make_an_old_case_answered_today(store):
    case_id = add(store, _said("a", 10), now=NOW - timedelta(days=3))
    answer(store, case_id, at=NOW - timedelta(days=2))
    answer(store, case_id, at=NOW - timedelta(minutes=5))
    assert [spread.count for _, spread in _measured(store).first_answer] == [0, 1, 1]


def test_the_time_to_acknowledge_runs_from_the_receipt_of_the_complaint(store):
    case_id = add(store, _said("a", 90, Tier.HIGH_PRIORITY, label="complaint"), now=NOW)
    answer(store, case_id, at=NOW)
    [today, *_] = _measured(store).acknowledge
    assert (today[1].count, today[1].median, today[1].p90) == (1, 90 * 60.0, 90 * 60.0)


def test_messages_fall_into_the_hour_they_were_written_in(store):
    local = NOW.astimezone(SYDNEY)
    into_hour = local.minute + local.second / 60
    add(store, _said("now", 0, Tier.HIGH_PRIORITY, label="complaint"), now=NOW)
    add(store, _said("edge", into_hour, Tier.NOISE, label="spam"), now=NOW)
    add(store, _said("before", into_hour + 0.5), now=NOW)
    add(store, _said("long ago", 60 * 30), now=NOW)
    numbers = {one.name: one.numbers for one in _measured(store).incoming.series}
    assert numbers["Complaints"][-1] == 1
    assert numbers["Noise"][-1] == 1
    assert numbers["Others"][-2:] == (1, 0)
    assert sum(map(sum, numbers.values())) == 3


def test_labels_count_what_a_message_was_first_judged_to_be(store):
    for name, days in (("a", 0), ("b", 3), ("c", 20), ("d", 40)):
        add(store, _said(name, 1), now=NOW - timedelta(days=days))
    found = _measured(store)
    assert found.labels == [("enquiry", (1, 2, 3))]
    again = Event("triaged:again", EventKind.TRIAGED, NOW, ActorKind.RULE, "p", 1, facts={"label": "praise"})
    with store.writing() as transaction:
        transaction.events.record([again], now=NOW)
    assert _measured(store).labels == found.labels


def test_a_correction_counts_where_a_person_gave_another_label(store):
    case_id = add(store, _said("a", 1), now=NOW)
    correct(store, case_id, "enquiry", "complaint", at=NOW, key="1")
    correct(store, case_id, "complaint", "complaint", at=NOW, key="2")
    correct(store, case_id, "enquiry", "praise", at=NOW - timedelta(days=10), key="3")
    found = _measured(store)
    assert found.corrected == (1, 1, 2)
    assert ("enquiry", "complaint", 1) in found.pairs


def test_events_are_found_by_their_time_however_many_came_before(store):
    for days in range(40, 0, -1):
        add(store, _said(f"day {days}", 1), now=NOW - timedelta(days=days))
    since = NOW - timedelta(days=5, minutes=30)
    with store.reading() as transaction:
        first = transaction.board.event_since(since)
        assert transaction.board.judged([since], first=first) == {"enquiry": (5,)}
        assert transaction.board.judged([since], first=0) == {"enquiry": (5,)}
        assert transaction.board.event_since(NOW + timedelta(days=1)) > first > 1
        assert transaction.board.event_since(NOW - timedelta(days=400)) <= 1


def test_the_sample_holds_ten_answers_of_people_of_this_week(sqlite_store, as_role):
    many(14, sqlite_store, now=NOW)
    with sqlite_store.reading() as transaction:
        ids = [case.id for case in transaction.board.list_open(limit=50, now=NOW)]
    for place, case_id in enumerate(ids):
        answer(sqlite_store, case_id, at=NOW, person="" if place == 0 else "Priti")
    answer(sqlite_store, ids[0], at=measured.week_of(NOW, SYDNEY) - timedelta(hours=1), person="Last Week")
    lead = as_role(Role.LEAD)
    page = lead.get("/board").text
    drawn = set(re.findall(r'id="sample-(\d+)"', page))
    assert len(drawn) == 10
    assert str(ids[0]) not in drawn
    assert drawn == set(re.findall(r'id="sample-(\d+)"', lead.get("/board").text))
    assert drawn != set(re.findall(r'id="sample-(\d+)"', lead.get("/board?turn=1").text))


def test_figures_of_weeks_are_worked_out_at_most_once_a_minute_and_those_of_now_each_time(sqlite_store, as_role, clock):
    lead = as_role(Role.LEAD)
    assert "No message was judged" in lead.get("/board").text
    add(sqlite_store, _said("a", 1), now=NOW)
    clock.move(seconds=59)
    assert "No message was judged" in lead.get("/board").text
    assert 'id="tally-open" href="/?view=all"><b>1</b>' in lead.get("/board/live").text
    clock.move(seconds=1)
    assert "No message was judged" not in lead.get("/board").text


def test_every_number_leads_to_the_list_behind_it(sqlite_store, as_role):
    ids = add_demo(sqlite_store, now=NOW)
    answer(sqlite_store, ids[0], at=NOW)
    correct(sqlite_store, ids[1], "enquiry", "complaint", at=NOW, key="1")
    lead = as_role(Role.LEAD)
    page = lead.get("/board").text
    links = {link.replace("&amp;", "&") for link in re.findall(r'href="(/[^"#]*)"', page) if "static" not in link}
    assert len(links) > 20
    for link in links:
        answered = lead.get(link)
        assert (answered.status_code, link) == (200, link)
        if link.startswith("/board/list"):
            assert ("Nothing is on this list now." not in answered.text, link) == ("due=" not in link, link) or (
                "due=" in link
            )


@pytest.mark.parametrize(
    ("query", "rows"),
    [("of=open&tier=3&age=0", 1), ("of=open&unowned=1", 2), ("of=open&channel=x", 2), ("of=label", 1)],
)
def test_a_list_holds_as_many_rows_as_its_number_says(sqlite_store, as_role, query, rows):
    add(sqlite_store, _said("a", 10, Tier.HIGH_PRIORITY, label="complaint"), now=NOW)
    add(sqlite_store, _said("b", 300), now=NOW)
    page = as_role(Role.LEAD).get(f"/board/list?{query}").text
    assert page.count('<th scope="row">') == rows


@pytest.mark.parametrize("query", ["of=nothing", "of=../x"])
def test_an_unknown_list_is_a_clear_404(as_role, query):
    assert as_role(Role.LEAD).get(f"/board/list?{query}").status_code == 404


@pytest.mark.parametrize(
    "query",
    ["tier=99&age=99", "of=open&owner=%00%3Cscript%3E", "of=clocks&due=x", "of=label&label=%27--&days=9", "days=1"],
)
def test_a_strange_question_gets_an_empty_list_and_no_fault(as_role, query):
    answered = as_role(Role.LEAD).get(f"/board/list?{query}")
    assert answered.status_code == 200
    assert "<script>" not in answered.text


def test_a_fragment_is_no_whole_page_and_holds_no_inline_script(sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    lead = as_role(Role.LEAD)
    for path in ("/board/live", "/board/measured"):
        part = lead.get(path).text
        assert "<html" not in part
        assert "<script" not in part
    page = lead.get("/board").text
    assert " style=" not in page
    assert page.count("<script") == page.count("<script src=")


def test_no_words_of_customers_stand_on_the_board(sqlite_store, as_role):
    ids = add_demo(sqlite_store, now=NOW)
    answer(sqlite_store, ids[0], at=NOW)
    page = as_role(Role.LEAD).get("/board").text
    assert "joss_wattle" not in page
    assert "repayment" not in page


def test_a_week_of_unusually_many_escalations_stands_on_the_board(sqlite_store, as_role):
    monday = settled_week(SYDNEY, now=NOW)
    alarm = RateAlarm("channel", "x", Signal.HIGH, escalated=9, cases=30, low=0.02, high=0.14)
    facts = {"week": monday.isoformat(), "charts": 2, "alarms": [encode(alarm)]}
    judged = Event(f"rate_judged:{monday}", EventKind.RATE_JUDGED, NOW, ActorKind.RULE, "earshot", facts=facts)
    lead = as_role(Role.LEAD)
    assert "out of the ordinary" not in lead.get("/board").text

    with sqlite_store.writing() as transaction:
        transaction.events.record([judged], now=NOW)

    page = lead.get("/board").text
    assert "By channel: X" in page
    assert "30 % of 30 cases; usual is 2 % to 14 %." in " ".join(page.split())
