"""Right, wrong and not sure by key, in a real browser: on a case and in the list; the first steps and the log page."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from inbox.roles import Role
from tests.browser.conftest import listened_to, log_in
from tests.inbox.conftest import add_person

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")


def _labels(store):
    with store.engine.connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT label, person FROM labels ORDER BY id")]


def _judged_again(store):
    """As the workers would have done it by now."""
    with store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE mentions SET state = 'triaged'")


def test_on_a_case_one_key_says_right_another_wrong_and_a_letter_the_label(page: Page, faults, sqlite_store):
    page.goto("/cases/1")
    page.keyboard.press("y")
    expect(page.locator(".said-right").last).to_contain_text("Right, says Priti Rao")
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".said")).to_have_count(0)
    _judged_again(sqlite_store)
    page.goto("/cases/1")
    page.keyboard.press("w")
    expect(page.locator(".label-choice button").last.locator("xpath=..").locator("button").first).to_be_focused()
    page.keyboard.press("e")
    expect(page.locator(".said-wrong").last).to_contain_text("Corrected, says Priti Rao")
    assert _labels(sqlite_store) == [("enquiry", "Priti Rao")]
    assert faults == []


def test_escape_closes_the_choice_of_a_label_and_nothing_is_said(page: Page, faults, sqlite_store):
    page.goto("/cases/1")
    page.keyboard.press("w")
    page.keyboard.press("Escape")
    expect(page.locator("details.relabel[open]")).to_have_count(0)
    assert _labels(sqlite_store) == []
    assert faults == []


def test_not_sure_puts_the_case_before_somebody_else(page: Page, faults, sqlite_store):
    page.goto("/cases/1")
    page.keyboard.press("q")
    expect(page.locator(".notice")).to_contain_text("Needs a person")
    expect(page.locator(".said-unsure").last).to_contain_text("Not sure, says Priti Rao")
    assert _labels(sqlite_store) == []
    assert faults == []


def test_in_the_list_the_keys_mean_the_row_in_focus_and_the_list_stays(page: Page, faults, sqlite_store):
    rows = page.locator("li.row[data-mention]")
    first = rows.nth(0)
    first.locator("a.open").focus()
    page.keyboard.press("y")
    expect(first.locator(".row-said")).to_contain_text(re.compile("^Right: .*, says Priti Rao"))
    first.get_by_role("button", name="Take back").click()
    expect(first.locator(".row-said")).to_have_text("Taken back")
    second = rows.nth(1)
    second.locator("a.open").focus()
    page.keyboard.press("w")
    expect(second.get_by_role("button", name="complaint")).to_be_focused()
    page.keyboard.press("Escape")
    expect(second.locator("a.open")).to_be_focused()
    page.keyboard.press("w")
    page.keyboard.press("o")
    expect(second.locator(".row-said")).to_contain_text("Wrong: it is other, says Priti Rao")
    expect(second.locator("a.open")).to_be_focused()
    assert [label for label, _ in _labels(sqlite_store)] == ["other"]
    assert page.url.endswith("/")
    assert faults == []


def test_keys_that_are_bound_anew_say_it_and_the_old_ones_do_not(page: Page, faults, sqlite_store):
    page.goto("/keys")
    page.get_by_label("The label is right").fill("v")
    page.get_by_role("button", name="Save my keys").click()
    expect(page.locator(".notice")).to_have_text("Saved.")
    page.goto("/cases/1")
    page.keyboard.press("y")
    expect(page.locator(".said")).to_have_count(0)
    page.keyboard.press("v")
    expect(page.locator(".said-right").last).to_be_visible()
    assert faults == []


def test_first_steps_are_ticked_and_put_away_and_come_back(page: Page, faults, sqlite_store):
    expect(page.get_by_role("heading", name="First steps")).to_contain_text("0 of 3 done")
    page.goto("/cases/1")
    page.keyboard.press("y")
    expect(page.locator(".said-right").last).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", name="First steps")).to_contain_text("1 of 3 done")
    page.get_by_role("button", name="Put away").click()
    expect(page.get_by_role("heading", name="First steps")).to_have_count(0)
    page.goto("/first-steps")
    page.get_by_role("button", name="Show them above the queue again").click()
    expect(page.get_by_role("heading", name="First steps")).to_be_visible()
    assert faults == []


@pytest.fixture
def admin(browser, address, faults, sqlite_store):
    add_person(sqlite_store, "Keiko Ito", Role.ADMIN)
    context = browser.new_context(base_url=address)
    opened = listened_to(context.new_page(), faults)
    log_in(opened, "Keiko Ito")
    yield opened
    context.close()


def test_everybody_can_use_these_pages_and_nothing_scrolls_sideways(admin: Page, scheme, faults):
    admin.emulate_media(color_scheme=scheme)
    paths = ("/", "/cases/1", "/first-steps", "/compliance/configuration", "/replies", "/board")
    found = []
    for path in paths:
        admin.goto(path)
        if path == "/cases/1":
            admin.keyboard.press("w")
        answer = Axe().run(admin)
        serious = [one for one in answer.response["violations"] if one["impact"] in SERIOUS]
        found += [f"{path}: {one['id']} at {one['nodes'][0]['target']}" for one in serious]
    admin.set_viewport_size({"width": 360, "height": 780})
    for path in paths:
        admin.goto(path)
        if path == "/cases/1":
            admin.keyboard.press("w")
        width = admin.evaluate("document.documentElement.scrollWidth")
        found += [f"{path} is {width} wide"] if width > 360 else []
    assert found == []
    assert faults == []
