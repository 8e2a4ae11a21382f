from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from inbox.lists import ORDER_EXPLAINED
from inbox.roles import Role
from store.cases import VIEWS
from store.selection import Selection
from tests.inbox.factory import DEMO, NOW, Said, add, add_demo, many
from tests.inbox.test_deleted import delete, hold_everything, newest_message

LATEST = datetime(2999, 1, 1, tzinfo=UTC)


def test_every_view_shows_as_many_cases_as_its_count_says(sqlite_store, agent):
    add_demo(sqlite_store, now=NOW)
    with sqlite_store.reading() as transaction:
        counts = transaction.cases.view_counts(VIEWS, person="agent person", now=NOW)
    assert counts["all"] == 9
    for view, count in counts.items():
        page = agent.get(f"/?view={view}").text
        assert page.count('class="row tier-edge-') == count
        assert f'id="count-{view}" class="count">{count}<' in page


def test_a_row_tells_what_an_agent_needs_to_choose(sqlite_store, agent):
    add(sqlite_store, *DEMO[1], now=NOW)
    page = agent.get("/").text
    for told in (
        "coraliespends",
        "184 k followers",
        "verified",
        "Public",
        "Tier 3",
        "Complaint",
        "urgent priority",
        "acknowledge overdue 7 h 40 m",
        "influencer",
        "zero answers",
        "unowned",
        "incident",
        "Why this place",
    ):
        assert told in page, told
    assert 'class="due overdue"' in page


def test_the_highest_score_stands_first(sqlite_store, agent):
    add_demo(sqlite_store, now=NOW)
    page = agent.get("/").text
    scores = [float(part.split("<")[0]) for part in page.split('<span class="score">')[1:]]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 9


def test_pages_neither_skip_nor_repeat_a_case(sqlite_store, agent):
    many(120, sqlite_store, now=NOW)
    with sqlite_store.reading() as transaction:
        count = transaction.cases.view_counts(["all"], person="x", now=NOW)["all"]
    seen = []
    for number in range(1, 4):
        page = agent.get(f"/?page={number}").text
        seen += [part.split('"')[0] for part in page.split('class="open" href="/cases/')[1:]]
    assert len(seen) == count == len(set(seen))
    assert "Nothing further" in agent.get("/?page=9").text


def test_what_came_since_is_announced_and_the_list_does_not_move(sqlite_store, agent, clock):
    add(sqlite_store, *DEMO[0], now=NOW)
    page = agent.get("/").text
    poll = page.split('hx-get="')[1].split('"')[0].replace("&amp;", "&")
    assert "show</a>" not in agent.get(poll, **{"hx-request": "true"}).text
    clock.move(minutes=1)
    add(sqlite_store, *DEMO[1], now=clock.now)
    add(sqlite_store, *DEMO[7], now=clock.now)
    add(sqlite_store, Said("and again", conversation="2119591309734869149", native_id="n9"), now=clock.now)
    news = agent.get(poll, **{"hx-request": "true"}).text
    assert "2 new, 1 changed – show" in news
    assert 'id="count-all" class="count" hx-swap-oob="true">3<' in news
    assert "coraliespends" not in news


def test_a_poll_of_somebody_logged_out_is_refused_and_leads_nowhere(nobody):
    answer = nobody.get("/news?view=all", **{"hx-request": "true"})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/?view=everything", "/cases/99", "/cases/x", "/cases/-1", "/desk/99", "/nothing"])
def test_unknown_pages_say_so_clearly(agent, path):
    answer = agent.get(path)
    assert answer.status_code == 404
    assert "There is no" in answer.text


@pytest.mark.parametrize("query", ["page=0", "page=-3", "page=abc", "page=99999999999999", "page=²"])
def test_odd_page_numbers_do_no_harm(sqlite_store, agent, query):
    add_demo(sqlite_store, now=NOW)
    assert agent.get(f"/?{query}").status_code == 200
    assert agent.get(f"/news?view=all&newest=9&since=9999999999999&{query}").status_code == 200


def test_the_queue_is_the_same_on_both_databases(store):
    add_demo(store, now=NOW)
    with store.reading() as transaction:
        rows = transaction.cases.queue("all", person="x", now=NOW, limit=4, offset=1)
        whole = transaction.cases.queue("all", person="x", now=NOW, limit=50)
        clocks = transaction.cases.next_clocks([row.case.id for row in whole])
        came = transaction.cases.came_since("all", person="x", now=NOW, newest=0, since=NOW)
    assert [row.case.id for row in rows] == [row.case.id for row in whole[1:5]]
    assert all(row.mention_id and row.author for row in whole)
    assert {clock.key for clock in clocks.values()} == {"acknowledge_24h"}
    assert (came.new, came.changed) == (9, 0)


def test_an_empty_queue_says_what_to_do(agent):
    page = agent.get("/").text
    assert "Nothing here." in page
    assert "Health" in page


def test_the_next_clock_is_the_earliest_that_is_not_met(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[4], now=NOW)
    with sqlite_store.writing() as transaction:
        transaction.cases.meet_clocks(case_id, ["acknowledge_24h"], at=NOW - timedelta(hours=1))
    assert "close without IDR response in 6 d" in agent.get("/").text


def rows_of(page: str) -> list[int]:
    return [int(part.split('"')[0]) for part in page.split('<li id="case-')[1:]]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("channel=facebook", 2),
        ("label=enquiry", 2),
        ("tier=2", 2),
        ("tier=7", 9),
        ("owner=-", 9),
        ("team=payments", 3),
        ("priority=urgent", 2),
        ("priority=urgent&team=payments", 0),
        ("owner=agent+person", 0),
        ("lang=tr", 1),
        ("tag=charge", 2),
        ("tag=charge&channel=facebook", 1),
        ("tag=charge&q=groceries", 1),
        ("audience=public", 8),
        ("audience=private", 1),
        ("channel=%3Cscript%3E", 0),
        ("sort=sideways", 9),
    ],
)
def test_filters_narrow_a_view_and_say_how_many_are_left(sqlite_store, agent, query, count):
    add_demo(sqlite_store, now=NOW)
    page = agent.get(f"/?view=all&{query}").text
    assert len(rows_of(page)) == count
    if "tier=7" not in query and "sort" not in query:
        assert f"<b>{count} case{'' if count == 1 else 's'}</b>" in page
    assert "<script>" not in page


def test_each_choice_of_a_filter_leaves_as_many_cases_as_it_says(store):
    add_demo(store, now=NOW)
    with store.reading() as transaction:
        wanted = Selection("all", tier=3)
        choices = transaction.worklist.choices(wanted, person="x", now=NOW)
        for name, options in choices.items():
            assert options
            for value, number in options:
                one = replace(wanted, **{name: int(value) if name == "tier" else value})
                assert transaction.worklist.count(one, person="x", now=NOW) == number
    assert ("facebook", 1) in choices["channel"]
    assert dict(choices["tier"])["1"] == 2


def test_filters_come_with_their_counts_only_when_asked_for(sqlite_store, agent):
    add_demo(sqlite_store, now=NOW)
    assert "Facebook (2)" not in agent.get("/").text
    assert "Facebook (2)" in agent.get("/?filters=1").text
    fragment = agent.get("/filters?view=all&tag=charge", **{"hx-request": "true"}).text
    assert "Turkish (1)" not in fragment
    assert 'value="charge" selected' in fragment
    assert "<html" not in fragment


def test_a_filter_that_is_set_can_be_taken_off_by_its_link(sqlite_store, agent):
    add_demo(sqlite_store, now=NOW)
    page = agent.get("/?view=all&tag=charge&lang=bg").text
    assert "Tag: charge" in page and "Language: Bulgarian" in page
    assert 'href="/?view=all&amp;lang=bg"' in page


@pytest.mark.parametrize("sort", ["score", "newest", "oldest", "due", "reach"])
def test_every_order_is_kept_and_explained(store, sort):
    add_demo(store, now=NOW)
    with store.reading() as transaction:
        rows = transaction.cases.queue(Selection("all", sort=sort), person="x", now=NOW, limit=50)
    keys = {
        "score": [-row.case.decision.score for row in rows],
        "newest": [-row.case.last_message_at.timestamp() for row in rows],
        "oldest": [row.case.last_message_at.timestamp() for row in rows],
        "due": [(row.case.next_due_at or LATEST).timestamp() for row in rows],
        "reach": [-(row.case.decision.reach.score or -1.0) for row in rows],
    }[sort]
    assert len(keys) == 9
    assert keys == sorted(keys)
    assert ORDER_EXPLAINED[sort]


def test_the_order_is_said_in_words(agent):
    assert "The score is a sum of points" in agent.get("/").text
    assert "Cases without a clock come last" in agent.get("/?sort=due").text


def test_a_person_saves_a_view_sees_its_count_and_removes_it(sqlite_store, agent, as_role):
    add_demo(sqlite_store, now=NOW)
    page = agent.get("/?view=all&tag=charge&sort=oldest").text
    query = page.split('name="query" value="')[1].split('"')[0].replace("&amp;", "&")
    for _ in range(2):
        answer = agent.post("/views", name="Double charges", query=query)
        assert answer.headers["location"] == "/?notice=saved&view=all&tag=charge&sort=oldest"
    page = agent.get("/").text
    assert page.count("Double charges</bdi>") == 1
    assert 'id="count-saved-1" class="count">2<' in page
    assert 'id="count-saved-1" class="count" hx-swap-oob="true">2<' in agent.get("/news?view=all").text
    lead = as_role(Role.LEAD)
    assert "Double charges" not in lead.get("/").text
    assert lead.post("/views/1/remove").status_code == 303
    assert "Double charges" in agent.get("/").text
    assert agent.post("/views/1/remove").status_code == 303
    assert "Double charges" not in agent.get("/").text


def test_a_lead_shares_a_view_with_everybody(sqlite_store, agent, as_role):
    add_demo(sqlite_store, now=NOW)
    lead = as_role(Role.LEAD)
    query = "view=all&tag=charge"
    assert "for everybody" in lead.get(f"/?{query}").text
    assert lead.post("/views", name="Charges", query=query, shared="1").status_code == 303
    page = agent.get("/").text
    assert "Shared views" in page and "Charges</bdi>" in page and 'id="count-saved-1" class="count">2<' in page
    assert "Remove the view Charges" not in page
    assert agent.post("/views/1/remove").status_code == 303
    assert "Charges" in agent.get("/").text
    assert lead.post("/views", name="Charges", query=query).status_code == 303  # saved again, for the lead alone
    assert "Charges" not in agent.get("/").text


def test_a_lead_removes_what_another_shares_and_an_agent_shares_nothing(agent, as_role):
    assert "for everybody" not in agent.get("/?view=all&tag=charge").text
    refused = agent.post("/views", name="Charges", query="view=all&tag=charge", shared="1")
    assert refused.status_code == 403 and "Save it for yourself" in refused.text
    admin, lead = as_role(Role.ADMIN), as_role(Role.LEAD)
    assert admin.post("/views", name="Charges", query="view=all&tag=charge", shared="1").status_code == 303
    assert lead.post("/views/1/remove").status_code == 303
    assert "Charges" not in admin.get("/").text


def test_twenty_shared_views_are_enough_and_one_of_them_can_be_changed(agent, as_role):
    admin, lead = as_role(Role.ADMIN), as_role(Role.LEAD)
    for number in range(20):
        who = admin if number % 2 else lead
        assert who.post("/views", name=f"view {number}", query="view=mine&q=card", shared="1").status_code == 303
    refused = lead.post("/views", name="one more", query="view=mine", shared="1")
    assert refused.status_code == 400 and "many shared views" in refused.text
    assert lead.post("/views", name="view 0", query="view=every", shared="1").status_code == 303
    assert lead.post("/views", name="one more", query="view=mine").status_code == 303


@pytest.mark.parametrize(
    "fields", [{"name": "", "query": "view=all"}, {"name": "x" * 41, "query": "view=all"}, {"name": "a\u202eb"}]
)
def test_a_view_without_a_proper_name_or_query_is_refused(agent, fields):
    assert agent.post("/views", **fields).status_code == 400


def test_a_view_of_nothing_known_is_refused_and_twenty_are_enough(agent):
    assert agent.post("/views", name="x", query="view=nowhere").status_code == 404
    for number in range(20):
        assert agent.post("/views", name=f"view {number}", query="view=mine&q=card").status_code == 303
    assert agent.post("/views", name="one more", query="view=mine").status_code == 400
    assert agent.get("/").status_code == 200


def test_what_came_since_is_counted_for_the_filtered_list_only(sqlite_store, agent, clock):
    poll = agent.get("/?view=all&channel=facebook").text.split('hx-get="/news')[1].split('"')[0].replace("&amp;", "&")
    clock.move(minutes=1)
    add(sqlite_store, *DEMO[1], now=clock.now)
    assert "show</a>" not in agent.get("/news" + poll, **{"hx-request": "true"}).text
    add(sqlite_store, *DEMO[2], now=clock.now)
    assert "1 new – show</a>" in agent.get("/news" + poll, **{"hx-request": "true"}).text


def pane_of(page: str) -> list[int]:
    pane = page.split('<nav class="pane"')[1].split("</nav>")[0]
    return [int(part.split("?")[0]) for part in pane.split('<ol class="pane-list">')[1].split('href="/cases/')[1:]]


def link_of(page: str, rel: str) -> str | None:
    if f'<a rel="{rel}"' not in page:
        return None
    return page.split(f'<a rel="{rel}" href="')[1].split('"')[0].replace("&amp;", "&")


def test_the_list_beside_a_case_is_the_one_it_was_opened_from(sqlite_store, agent):
    add_demo(sqlite_store, now=NOW)
    queue = agent.get("/?view=all&tier=3&sort=oldest").text
    listed = rows_of(queue)
    first = queue.split('class="open" href="')[1].split('"')[0].replace("&amp;", "&")
    assert first == f"/cases/{listed[0]}?view=all&tier=3&sort=oldest&at=0"
    page, seen = agent.get(first).text, [listed[0]]
    assert pane_of(page) == listed
    assert link_of(page, "prev") is None
    while following := link_of(page, "next"):
        page = agent.get(following).text
        seen.append(int(following.split("/cases/")[1].split("?")[0]))
    assert seen == listed
    assert f"/cases/{listed[-2]}?" in (link_of(page, "prev") or "")


def test_a_case_that_left_the_list_keeps_its_place_and_the_next_one_follows(sqlite_store, agent):
    add_demo(sqlite_store, now=NOW)
    listed = rows_of(agent.get("/?view=all").text)
    here = f"/cases/{listed[2]}?view=all&at=2"
    answer = agent.client.post(
        f"/cases/{listed[2]}/assign",
        data={"form_token": agent.token(), "owner": "agent person", "version": agent.version(listed[2])},
        headers={"referer": f"http://testserver{here}"},
    )
    assert answer.headers["location"] == f"/cases/{listed[2]}?notice=saved&view=all&at=2"
    with sqlite_store.engine.begin() as connection:
        connection.execute(text("UPDATE cases SET state = 'closed' WHERE id = :id"), {"id": listed[2]})
    page = agent.get(here).text
    assert "no longer in this list" in page
    assert pane_of(page) == listed
    assert (link_of(page, "next") or "").startswith(f"/cases/{listed[3]}?")
    assert (link_of(page, "next") or "").endswith("at=2")
    assert (link_of(page, "prev") or "").startswith(f"/cases/{listed[1]}?")


@pytest.mark.parametrize(
    "query", ["view=nowhere", "view=all&at=x", "view=all&at=9999999", "at=3", "view=mine&at=0", "q="]
)
def test_an_odd_list_does_no_harm_to_a_case(sqlite_store, agent, query):
    add_demo(sqlite_store, now=NOW)
    assert agent.get(f"/cases/1?{query}").status_code == 200


def test_a_referer_of_elsewhere_adds_nothing_to_where_an_action_leads(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    for referer in ("https://evil.example/cases/1?view=nowhere&at=1", "x", "http://[", f"/cases/{case_id}"):
        answer = agent.client.post(
            f"/cases/{case_id}/assign",
            data={"form_token": agent.token(), "owner": "", "version": agent.version(case_id)},
            headers={"referer": referer},
        )
        assert answer.headers["location"] == f"/cases/{case_id}?notice=saved"


def test_words_of_a_deleted_message_do_not_stand_in_the_list_beside(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    other = add(sqlite_store, *DEMO[1], now=NOW)
    hold_everything(sqlite_store)
    delete(sqlite_store, newest_message(sqlite_store, case_id))
    page = agent.get(f"/cases/{other}").text
    assert "two kids" not in page


def test_only_a_page_that_is_fetched_ahead_may_be_kept_for_a_moment(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    ahead = agent.get(f"/cases/{case_id}", **{"sec-purpose": "prefetch"})
    assert ahead.headers["cache-control"] == "private, max-age=30"
    assert agent.get(f"/cases/{case_id}").headers["cache-control"] == "no-store"
