"""One act on many cases: preview, order, background, undo."""

import re
from urllib.parse import urlencode

import pytest

from flow.bulk import UNDO
from inbox.roles import Role
from models import CaseState, EventKind, MentionState
from store.bulk import ItemState
from tests.inbox.conftest import add_person, log_in
from tests.inbox.factory import NOW, Said, add, add_demo, carry_out

ORDER = re.compile(r'action="(/bulk\?[^"]+)"')
KEY = re.compile(r'name="form_key" value="([^"]+)"')


@pytest.fixture
def demo(sqlite_store) -> list[int]:
    return add_demo(sqlite_store, now=NOW)


@pytest.fixture
def plain(sqlite_store) -> list[int]:
    """Three cases that are no complaints."""
    return [
        add(
            sqlite_store,
            Said(f"how do I log in? {number}", label="enquiry", handle=f"asker{number}", native_id=f"q{number}"),
            now=NOW,
        )
        for number in range(3)
    ]


def ticked(act: str, *case_ids: int, **more: object) -> str:
    since = int(NOW.timestamp() * 1000)
    pairs = [("view", "all"), ("act", act), ("since", since), *(("case", each) for each in case_ids), *more.items()]
    return f"/bulk/preview?{urlencode(pairs)}"


def order(browser, path: str, key: str | None = None):
    """Look at the preview and press its button."""
    page = browser.get(path).text
    found, form_key = ORDER.search(page), KEY.search(page)
    assert found is not None and form_key is not None, page
    return browser.post(found[1].replace("&amp;", "&"), form_key=key or form_key[1])


def run(store, clock, queues) -> list[str]:
    """Do the background work; gives the mentions that are to be judged again."""
    again: list[str] = []
    while (job := queues.take()) is not None:
        if job[0] == "bulk":
            again += carry_out(store, job[1][0], now=clock).to_judge
    return again


def case_of(store, case_id: int):
    with store.reading() as transaction:
        case = transaction.cases.get(case_id)
    assert case is not None
    return case


def events_of(store, case_id: int, kind: EventKind):
    with store.reading() as transaction:
        return [event for event in transaction.events.of_case(case_id) if event.kind is kind]


def test_the_queue_offers_ticks_and_says_how_many_match(demo, agent, as_role):
    page = agent.get("/").text
    assert page.count('class="tick"') == 9
    assert "All 9 that match this list" in page
    assert 'class="tick"' not in as_role(Role.AUDITOR).get("/").text


def test_a_preview_changes_nothing_and_says_how_many_are_refused_and_why(demo, sqlite_store, agent):
    page = agent.get(ticked("done", *demo)).text
    complaints = [case_id for case_id in demo if case_of(sqlite_store, case_id).decision.is_complaint]
    assert 0 < len(complaints) < len(demo)
    assert f"Mark done: {len(demo) - len(complaints)} of {len(demo)} cases" in page
    assert f"<strong>{len(complaints)}</strong> complaints stay" in page
    assert page.count('class="bulk-words"') == min(len(demo), 10)
    assert all(case_of(sqlite_store, case_id).state is CaseState.OPEN for case_id in demo)


def test_many_are_assigned_in_the_background_each_as_an_event_by_the_person(demo, sqlite_store, agent, clock, queues):
    answer = order(agent, ticked("assign:agent person", *demo[:3]))
    assert answer.status_code == 303
    assert case_of(sqlite_store, demo[0]).owner is None
    assert "Waits for a worker" in agent.get("/bulk?run=1").text
    run(sqlite_store, clock, queues)
    for case_id in demo[:3]:
        assert case_of(sqlite_store, case_id).owner == "agent person"
        [event] = events_of(sqlite_store, case_id, EventKind.ASSIGNED)
        assert (event.actor, event.facts) == ("agent person", {"from": "nobody", "to": "agent person", "bulk": 1})
    page = agent.get("/bulk?run=1").text
    assert "3 of 3 changed" in page
    assert "hx-trigger" not in page.split('class="card bulk-run"')[1].split(">")[0]


def test_complaints_are_never_marked_done_or_labelled_and_are_counted(demo, sqlite_store, agent, clock, queues):
    complaints = {case_id for case_id in demo if case_of(sqlite_store, case_id).decision.is_complaint}
    for act in ("done", "label:spam"):
        order(agent, ticked(act, *demo))
        run(sqlite_store, clock, queues)
    for case_id in demo:
        is_closed = case_of(sqlite_store, case_id).state is CaseState.CLOSED
        assert is_closed == (case_id not in complaints)
    assert not any(events_of(sqlite_store, case_id, EventKind.RELABELLED) for case_id in complaints)
    page = agent.get("/bulk?run=1").text
    assert f"<strong>{len(complaints)}</strong> complaints stay" in page


def test_a_case_that_becomes_a_complaint_after_the_order_stays(plain, sqlite_store, agent, clock, queues):
    order(agent, ticked("done", *plain))
    add(sqlite_store, Said("you charged me twice", conversation="q1", native_id="late"), now=NOW)
    run(sqlite_store, clock, queues)
    assert [case_of(sqlite_store, case_id).state for case_id in plain] == [
        CaseState.CLOSED,
        CaseState.OPEN,
        CaseState.CLOSED,
    ]


def test_what_changed_after_the_list_was_seen_is_left_alone(plain, sqlite_store, agent, clock, queues):
    clock.move(minutes=1)
    add(sqlite_store, Said("anybody?", label="enquiry", conversation="q2", native_id="more"), now=clock.now)
    assert "<strong>1</strong> changed after you saw the list" in agent.get(ticked("done", *plain)).text
    order(agent, ticked("done", *plain))
    run(sqlite_store, clock, queues)
    assert case_of(sqlite_store, plain[2]).state is CaseState.OPEN
    assert case_of(sqlite_store, plain[0]).state is CaseState.CLOSED


def test_all_that_match_follows_the_view_and_its_filters(demo, sqlite_store, agent, clock, queues):
    page = agent.get("/bulk/preview?view=enquiries&scope=all&act=assign:agent+person").text
    with sqlite_store.reading() as transaction:
        count = transaction.cases.view_counts(["enquiries"], person="x", now=NOW)["enquiries"]
    assert f"Assign to agent person: {count} of {count}" in page
    assert "all that match “Enquiries”" in page
    filtered = agent.get("/bulk/preview?view=all&channel=facebook&scope=all&act=assign:agent+person").text
    assert "as filtered" in filtered
    order(agent, "/bulk/preview?view=all&channel=facebook&scope=all&act=assign:agent+person")
    run(sqlite_store, clock, queues)
    for case_id in demo:
        case = case_of(sqlite_store, case_id)
        is_meant = case.channel == "facebook" and case.decision.tier > 0 and case.state is CaseState.OPEN
        assert (case.owner == "agent person") == is_meant


def test_a_label_goes_to_the_message_that_was_shown_and_has_it_judged_again(plain, sqlite_store, agent, clock, queues):
    order(agent, ticked("label:praise", *plain))
    again = run(sqlite_store, clock, queues)
    assert len(again) == 3
    with sqlite_store.reading() as transaction:
        assert set(transaction.mentions.labels(again).values()) == {("praise", "agent person")}
        assert {item.state for item in transaction.mentions.get(again)} == {MentionState.CLASSIFIED}
    [event] = events_of(sqlite_store, plain[0], EventKind.RELABELLED)
    assert event.facts == {"from": "enquiry", "to": "praise", "bulk": 1}


def test_the_same_order_sent_twice_is_carried_out_once(plain, sqlite_store, agent, clock, queues):
    key = "a" * 32
    order(agent, ticked("done", *plain), key=key)
    again = order(agent, ticked("done", *plain), key=key)
    assert "notice=once" in again.headers["location"]
    run(sqlite_store, clock, queues)
    carry_out(sqlite_store, 1, now=clock)
    with sqlite_store.reading() as transaction:
        assert len(transaction.bulk.latest(limit=9)) == 1
        assert len(events_of(sqlite_store, plain[0], EventKind.CLOSED)) == 1


def undo(agent, sqlite_store, clock, queues, number: int = 1) -> None:
    clock.move(minutes=5)
    assert agent.post(f"/bulk/{number}/undo").status_code == 303
    run(sqlite_store, clock, queues)


@pytest.mark.parametrize("act", ["done", "assign:agent person", "label:praise"])
def test_undo_puts_back_what_nobody_changed_since(plain, sqlite_store, agent, clock, queues, act):
    before = [(case_of(sqlite_store, each).owner, case_of(sqlite_store, each).state) for each in plain]
    order(agent, ticked(act, *plain))
    given = run(sqlite_store, clock, queues)
    undo(agent, sqlite_store, clock, queues)
    assert [(case_of(sqlite_store, each).owner, case_of(sqlite_store, each).state) for each in plain] == before
    with sqlite_store.reading() as transaction:
        assert transaction.mentions.labels(given) == {}
        assert transaction.bulk.counts([1])[1] == {(ItemState.UNDONE, None): 3}
    assert "3 put back" in agent.get("/bulk?run=1").text
    assert "Undo" not in agent.get("/bulk?run=1").text.split("bulk-run")[1].replace("Undone", "")


def tags_of(store, case_id: int) -> tuple[str, ...]:
    return case_of(store, case_id).decision.tags


def test_a_tag_is_added_to_many_and_taken_back_where_nobody_set_anything_since(
    plain, sqlite_store, agent, clock, queues
):
    before = [tags_of(sqlite_store, each) for each in plain]
    page = agent.get(ticked("tag:", *plain, words=" Press ")).text
    assert "Add the tag press: 3 cases" in page
    order(agent, ticked("tag:", *plain, words=" Press "))
    run(sqlite_store, clock, queues)
    assert all("press" in tags_of(sqlite_store, each) for each in plain)
    [event] = events_of(sqlite_store, plain[0], EventKind.SET_BY_HAND)
    assert (event.actor, event.facts["tags"]) == ("agent person", ["press"])
    assert "already so" in agent.get(ticked("tag:", *plain, words="press", since=0)).text
    clock.move(minutes=1)
    fields = {"tier": "1", "priority": "medium", "tags": "press, branch", "reason": "as agreed", "form_key": "ab" * 16}
    assert agent.post(f"/cases/{plain[0]}/by-hand", version=agent.version(plain[0]), **fields).status_code == 303
    undo(agent, sqlite_store, clock, queues)
    assert [tags_of(sqlite_store, each) for each in plain] == [("branch", "press"), *before[1:]]
    assert case_of(sqlite_store, plain[1]).by_hand is None
    assert 'id="case-' not in agent.get("/?view=every&tag=press").text.replace(f'id="case-{plain[0]}"', "")
    assert "<strong>1</strong> changed since by somebody" in agent.get("/bulk?run=1").text


def test_a_priority_is_set_for_complaints_too_and_their_tier_and_clocks_stay(demo, sqlite_store, agent, clock, queues):
    with sqlite_store.reading() as transaction:
        clocks = {each: transaction.cases.clocks_of(each) for each in demo}
    before = {each: case_of(sqlite_store, each).decision for each in demo}
    order(agent, ticked("priority:urgent", *demo))
    run(sqlite_store, clock, queues)
    for each in demo:
        now = case_of(sqlite_store, each).decision
        assert (now.priority.value, now.tier) == ("urgent", before[each].tier)
    with sqlite_store.reading() as transaction:
        assert {each: transaction.cases.clocks_of(each) for each in demo} == clocks
    undo(agent, sqlite_store, clock, queues)
    assert {each: case_of(sqlite_store, each).decision.priority for each in demo} == {
        each: decision.priority for each, decision in before.items()
    }


def test_what_was_set_by_hand_before_stands_again_after_an_undo(plain, sqlite_store, agent, clock, queues):
    fields = {"tier": "2", "priority": "high", "tags": "vip", "reason": "as agreed", "form_key": "cd" * 16}
    assert agent.post(f"/cases/{plain[0]}/by-hand", version=agent.version(plain[0]), **fields).status_code == 303
    standing = case_of(sqlite_store, plain[0])
    clock.move(minutes=1)
    since = int(clock.now.timestamp() * 1000)
    order(agent, f"/bulk/preview?view=all&act=priority:low&since={since}&case={plain[0]}")
    run(sqlite_store, clock, queues)
    assert case_of(sqlite_store, plain[0]).decision.priority.value == "low"
    undo(agent, sqlite_store, clock, queues)
    assert case_of(sqlite_store, plain[0]).by_hand == standing.by_hand
    assert case_of(sqlite_store, plain[0]).decision == standing.decision


def test_one_note_goes_to_many_calls_whom_it_names_once_a_case_and_is_not_undone(
    demo, sqlite_store, agent, clock, queues
):
    add_person(sqlite_store, "Priti", Role.AGENT)
    order(agent, ticked("note:", *demo[:3], words="the outage is over\n@Priti please answer"))
    run(sqlite_store, clock, queues)
    for each in demo[:3]:
        [event] = events_of(sqlite_store, each, EventKind.NOTED)
        assert event.facts["text"] == "the outage is over\n@Priti please answer"
    page = agent.get("/bulk?run=1").text
    assert "Write the note “the outage is over @Priti please answer”" in page
    assert 'action="/bulk/1/undo"' not in page
    refused = agent.post("/bulk/1/undo")
    assert refused.status_code == 409 and "stays in the log" in refused.text


def test_undo_says_what_it_could_not_put_back(plain, sqlite_store, agent, clock, queues):
    add_person(sqlite_store, "Priti", Role.AGENT)
    order(agent, ticked("assign:agent person", *plain))
    run(sqlite_store, clock, queues)
    clock.move(minutes=1)
    version = agent.version(plain[0])
    assert agent.post(f"/cases/{plain[0]}/assign", owner="Priti", version=version).status_code == 303
    undo(agent, sqlite_store, clock, queues)
    assert [case_of(sqlite_store, each).owner for each in plain] == ["Priti", None, None]
    page = agent.get("/bulk?run=1").text
    assert "2 put back" in page
    assert "<strong>1</strong> changed after you saw the list" not in page
    assert "<strong>1</strong> changed since by somebody" in page
    assert f'href="/cases/{plain[0]}"' in page


def test_undo_of_a_run_under_way_stops_the_rest(plain, sqlite_store, agent, clock, queues):
    order(agent, ticked("done", *plain))
    clock.move(minutes=1)
    assert agent.post("/bulk/1/undo").status_code == 303
    run(sqlite_store, clock, queues)
    assert all(case_of(sqlite_store, each).state is CaseState.OPEN for each in plain)
    assert "<strong>3</strong> stopped before it was their turn" in agent.get("/bulk?run=1").text


def test_after_a_day_nothing_is_undone_any_more(plain, sqlite_store, agent, clock, queues):
    order(agent, ticked("done", *plain))
    run(sqlite_store, clock, queues)
    clock.now += UNDO
    agent.client.cookies.clear()
    log_in(agent, "agent person")
    assert 'action="/bulk/1/undo"' in agent.get("/bulk?run=1").text
    clock.move(seconds=1)
    assert 'action="/bulk/1/undo"' not in agent.get("/bulk?run=1").text
    assert agent.post("/bulk/1/undo").status_code == 409


def test_only_who_did_it_or_a_lead_undoes_it(plain, sqlite_store, agent, as_role, clock, queues):
    order(agent, ticked("done", *plain))
    run(sqlite_store, clock, queues)
    assert as_role(Role.COMPLIANCE).post("/bulk/1/undo").status_code == 409
    lead = as_role(Role.LEAD)
    undo(lead, sqlite_store, clock, queues)
    [event] = events_of(sqlite_store, plain[0], EventKind.REOPENED)
    assert (event.actor, event.facts) == ("lead person", {"undone": True, "bulk": 1})


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/bulk/preview?act=explode&case=1", 400),
        ("/bulk/preview?act=label:complaint&case=1", 422),
        ("/bulk/preview?act=label:&case=1", 422),
        ("/bulk/preview?act=assign:nobody+here&case=1", 422),
        ("/bulk/preview?act=priority:very&case=1", 422),
        ("/bulk/preview?act=tag:&case=1", 422),
        ("/bulk/preview?act=tag:&words=two,tags&case=1", 422),
        ("/bulk/preview?act=tag:&words=%3Cb%3E&case=1", 422),
        ("/bulk/preview?act=note:&words=+&case=1", 422),
        (f"/bulk/preview?act=note:&words={'x' * 2001}&case=1", 422),
        ("/bulk/preview?act=done", 422),
        ("/bulk/preview?act=done&case=x&case=²", 422),
        ("/bulk/preview?act=done&scope=all&view=nonsense", 404),
        ("/bulk?run=99", 404),
        ("/bulk/preview", 200),
        ("/bulk/preview?act=done&case=99999", 200),
    ],
)
def test_odd_orders_are_refused_in_words(demo, agent, path, status):
    assert agent.get(path).status_code == status


def test_without_redis_the_order_is_kept_and_found_later(plain, sqlite_store, agent, clock, queues):
    queues.is_down = True
    assert "notice=later" in order(agent, ticked("done", *plain)).headers["location"]
    with sqlite_store.reading() as transaction:
        assert transaction.bulk.unfinished() == [(1, 3)]


def test_a_run_of_many_is_cut_into_parts_and_goes_on(sqlite_store, agent, clock, queues):
    for number in range(120):
        add(sqlite_store, Said("hello", label="enquiry", native_id=f"n{number}", handle=f"h{number}"), now=NOW)
    order(agent, "/bulk/preview?view=all&scope=all&act=done")
    assert queues.take() == ("bulk", (1,))
    outcome = carry_out(sqlite_store, 1, now=clock, seconds=0)
    assert (outcome.looked_at, outcome.left) == (50, 70)
    page = agent.get("/bulk?run=1").text
    assert "50 of 120" in page
    assert 'hx-trigger="every 2s"' in page
    assert carry_out(sqlite_store, 1, now=clock).looked_at == 70
    assert "120 of 120 changed" in agent.get("/bulk?run=1").text


def test_runs_are_the_same_on_both_databases(store):
    with store.writing() as transaction:
        user = transaction.accounts.add("Agnes", "agent", now=NOW)
        assert transaction.preferences.get(user, "keys") == {}
        for value in ({"are_on": False}, {"are_on": True, "bound": {"reply": "w"}}):
            transaction.preferences.set(user, "keys", value, now=NOW)
        assert transaction.preferences.get(user, "keys") == {"are_on": True, "bound": {"reply": "w"}}
    ids = add_demo(store, now=NOW)
    with store.writing() as transaction:
        versions = {each: 2 for each in ids}
        first = transaction.bulk.start(
            form_key="k",
            person="Agnes",
            act="done",
            target=None,
            chosen="x",
            versions=versions,
            refused={ids[0]: "complaint"},
            now=NOW,
        )
        again = transaction.bulk.start(
            form_key="k", person="Agnes", act="done", target=None, chosen="x", versions=versions, refused={}, now=NOW
        )
        assert (first[1], again) == (True, (first[0], False))
        assert transaction.bulk.unfinished() == [(first[0], len(ids) - 1)]
        assert len(transaction.bulk.take(first[0], ItemState.WAITING, limit=3)) == 3
    carry_out(store, first[0], now=lambda: NOW)
    with store.reading() as transaction:
        assert transaction.bulk.unfinished() == []
