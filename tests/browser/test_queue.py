"""The queue and the list beside a case in a real browser: search, filters, moving on, the next case fetched ahead."""

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.inbox.factory import Said, add

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")


def test_words_are_searched_filters_are_counted_when_opened_and_a_view_is_saved(page: Page, faults):
    page.get_by_role("searchbox").fill("home loan")
    page.get_by_role("searchbox").press("Enter")
    expect(page.locator(".row")).to_have_count(1)
    expect(page.locator(".row mark").first).to_have_text("home")
    page.get_by_role("link", name="Clear").click()
    page.locator(".filters > summary").click()
    page.get_by_label("Channel").select_option("facebook")
    expect(page.get_by_label("Channel")).to_contain_text("Facebook (2)")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator(".row")).to_have_count(2)
    page.get_by_text("Save this view").click()
    page.get_by_placeholder("Name").fill("On Facebook")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Mine").click()
    page.get_by_role("link", name="On Facebook 2").click()
    expect(page.locator(".row")).to_have_count(2)
    assert faults == []


def test_the_next_case_is_fetched_ahead_and_opens_from_what_was_fetched(page: Page, faults):
    page.set_viewport_size({"width": 1440, "height": 900})
    fetched = []
    page.on("requestfinished", lambda request: fetched.append(request.url))
    page.get_by_role("link", name=re.compile("Eleven hours")).click()
    following = page.locator(".pane a[rel=next]").get_attribute("href") or ""
    expect(page.locator(".pane [aria-current=page]")).to_contain_text("coraliespends")
    with page.expect_request_finished(lambda request: request.url.endswith(following)):
        page.reload()
    page.locator(".pane a[rel=next]").click()
    expect(page).to_have_url(re.compile(re.escape(following)))
    [arrival] = page.evaluate("performance.getEntriesByType('navigation').map(each => each.transferSize)")
    assert arrival == 0
    assert any(url.endswith(following) for url in fetched)
    expect(page.locator(".pane [aria-current=page]")).to_be_in_viewport()
    assert faults == []


def test_the_list_beside_folds_away_on_a_narrow_screen_and_the_moves_stay(page: Page, faults):
    page.get_by_role("link", name=re.compile("Eleven hours")).click()
    page.set_viewport_size({"width": 360, "height": 780})
    expect(page.locator(".pane-list")).to_be_hidden()
    page.get_by_role("link", name="Next").click()
    expect(page.get_by_role("link", name="Previous")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert faults == []


def test_the_list_does_not_move_while_a_new_case_announces_itself_in_a_filtered_view(page: Page, faults, sqlite_store):
    page.goto("/?view=all&lang=tr")
    before = page.locator(".row").all_inner_texts()
    add(sqlite_store, Said("Kartım yine çalışmıyor", lang="tr", native_id="new"), now=datetime.now(UTC))
    add(sqlite_store, Said("My card again", native_id="other"), now=datetime.now(UTC))
    page.evaluate("htmx.ajax('GET', document.querySelector('.news').getAttribute('hx-get'), '.news')")
    expect(page.locator(".news-link")).to_have_text("1 new – show")
    assert page.locator(".row").all_inner_texts() == before
    page.locator(".news-link").click()
    expect(page.locator(".row")).to_have_count(len(before) + 1)
    assert faults == []


def test_search_filters_and_the_list_beside_can_be_used_by_everybody(page: Page, scheme, faults):
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 1440, "height": 900})
    for path in ("/?q=loan&view=all&filters=1&tag=charge", "/?q=nothing+like+this", "/cases/1?view=all&at=3"):
        page.goto(path)
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        found = [each for each in Axe().run(page).response["violations"] if each["impact"] in SERIOUS]
        assert [(path, each["id"], each["nodes"][0]["target"]) for each in found] == []
