from datetime import timedelta

import pytest

from store.cases import VIEWS
from tests.inbox.factory import DEMO, NOW, Said, add, add_demo, many


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
