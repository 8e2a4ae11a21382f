"""The keyboard in a real browser: a whole case without a mouse, the map, the command bar, many cases and undo."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from inbox.roles import Role
from models import CaseState
from store.outbox import Effect
from tests.browser.conftest import listened_to, log_in
from tests.inbox.conftest import add_person
from tests.inbox.factory import DEMO, add, carry_out

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")


def now_in_utc() -> datetime:
    return datetime.now(UTC)


def path_of(page: Page) -> str:
    return page.evaluate("location.pathname + location.search")


def test_a_case_is_found_opened_taken_answered_and_left_without_a_mouse(page: Page, faults, sqlite_store):
    expect(page.locator(".row").first).to_be_visible()
    links = page.locator(".row a.open")
    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    opened, second = links.nth(0).get_attribute("href"), links.nth(1).get_attribute("href")
    page.keyboard.press("o")
    page.wait_for_url(f"**{opened}")
    page.keyboard.press("a")
    expect(page.locator(".notice")).to_have_text("Saved.")
    page.keyboard.press("i")
    expect(page.get_by_role("radio", name="Internal note")).to_be_checked()
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.type("jeans? no: a joke")
    expect(page.locator("#reply-text")).to_have_value("jeans? no: a joke")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".talk")).to_contain_text("jeans? no: a joke")
    page.keyboard.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#reply-text")).not_to_be_focused()
    page.keyboard.press("n")
    page.wait_for_url(f"**{second}*")
    page.keyboard.press("p")
    page.wait_for_url(f"**{opened}*")
    page.keyboard.press("u")
    expect(page.locator(".row").first).to_be_visible()
    assert faults == []


def test_g_and_a_letter_lead_to_the_pages(page: Page, faults):
    for letter, path in (("c", "/complaints"), ("d", "/desk"), ("r", "/register"), ("h", "/health"), ("q", "/")):
        page.keyboard.press("g")
        page.keyboard.press(letter)
        page.wait_for_url(f"**{path}")
        assert path_of(page) == path
    assert faults == []


def test_a_whole_case_is_looked_for_answered_and_closed_with_keys_alone(page: Page, faults, sqlite_store):
    expect(page.locator(".row").first).to_be_visible()
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("branches open")
    page.keyboard.press("Enter")
    expect(page.locator(".row")).to_have_count(1)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/8*")
    page.keyboard.press("a")
    expect(page.locator(".notice")).to_have_text("Saved.")
    page.keyboard.press("r")
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.type("Most branches are closed that day.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".message.ours")).to_contain_text("Most branches are closed that day.")
    with sqlite_store.reading() as transaction:
        sent = [row.payload["text"] for row in transaction.outbox.of_case(8) if row.effect is Effect.SEND_REPLY]
    assert sent == ["Most branches are closed that day."]
    page.keyboard.press("e")
    expect(page.locator(".notice")).to_have_text("The case is done.")
    with sqlite_store.reading() as transaction:
        closed = transaction.cases.get(8)
    assert closed is not None
    assert closed.state is CaseState.CLOSED
    assert faults == []


def test_each_act_on_a_case_has_a_key_that_leads_to_its_field(page: Page, faults):
    page.goto("/cases/9")
    page.keyboard.press("s")
    expect(page.locator("#saved")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("E")
    expect(page.locator("#escalate [name=path]:checked")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("P")
    expect(page.get_by_label("Tier", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("H")
    expect(page.get_by_role("status").filter(has_text="Hand over: not on this page")).to_have_count(1)
    page.keyboard.press("m")
    expect(page.get_by_role("radio", name="Private reply")).to_be_checked()
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    expect(page.locator(".notice")).to_have_text("Saved.")
    page.keyboard.press("H")
    expect(page.locator("#hand-over-to")).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("l")
    expect(page.locator("details.relabel[open] button").first).to_be_focused()
    assert faults == []


def test_a_case_of_somebody_else_is_taken_over_and_done_and_the_next_is_there(page: Page, faults, sqlite_store):
    with sqlite_store.writing() as transaction:
        for number in (8, 9):
            case = transaction.cases.get(number)
            assert case is not None
            transaction.cases.assign(number, "Ann", version=case.version, now=now_in_utc())
    page.goto("/cases/8?view=all&sort=newest&at=0")
    page.keyboard.press("T")
    expect(page.get_by_role("button", name="Take over")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".actions .owner")).to_contain_text("Priti Rao")
    following = page.locator(".pane a[rel=next]").get_attribute("href")
    assert following is not None
    page.keyboard.press("d")
    page.wait_for_url(f"**{following.split('?')[0]}?*")
    expect(page.locator(".notice")).to_have_text("The case is done.")
    assert faults == []


def test_in_the_list_all_is_ticked_news_is_shown_and_the_filters_open(page: Page, faults, sqlite_store):
    expect(page.locator(".row").first).to_be_visible()
    page.keyboard.press("*")
    expect(page.locator(".tick:checked")).to_have_count(page.locator(".tick").count())
    page.keyboard.press("*")
    expect(page.locator(".tick:checked")).to_have_count(0)
    page.keyboard.press("f")
    expect(page.locator("#filter-fields select").first).to_be_focused()
    page.keyboard.press("Escape")
    page.evaluate("document.activeElement.blur()")
    add(sqlite_store, replace(DEMO[0][0], native_id="came later"), now=now_in_utc())
    page.evaluate("htmx.ajax('GET', document.querySelector('.news').getAttribute('hx-get'), '.news')")
    expect(page.locator(".news-link")).to_contain_text("1 new")
    rows = page.locator(".row").count()
    page.keyboard.press(".")
    expect(page.locator(".row")).to_have_count(rows + 1)
    assert faults == []


def test_g_leads_who_may_to_the_board_the_figures_compliance_and_operations(address, browser, sqlite_store, faults):
    add_person(sqlite_store, "Ada", Role.ADMIN)
    with browser.new_context(base_url=address) as context:
        page = listened_to(context.new_page(), faults)
        log_in(page, "Ada")
        pages = {"b": "/board", "f": "/figures", "m": "/compliance", "o": "/operations", "e": "/escalations"}
        for letter, path in (pages | {"p": "/promises"}).items():
            page.keyboard.press("g")
            page.keyboard.press(letter)
            page.wait_for_url(f"**{path}")
    assert faults == []


def test_the_map_opens_and_closes_and_holds_the_focus(page: Page, faults):
    expect(page.locator(".row").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("g")
    page.keyboard.press("h")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.locator(".row a.open").first).to_be_focused()
    assert faults == []


def test_the_command_bar_filters_and_goes_to_a_case(page: Page, faults):
    expect(page.locator(".row").first).to_be_visible()
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Command, page or case")
    expect(field).to_be_focused()
    page.keyboard.type("noi")
    options = page.locator("#command-list [role=option]:visible")
    expect(options).to_have_text(["View: Noise", "Search all cases for “noi”"])
    expect(page.locator("#command-count")).to_have_text("2 found")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?view=noise")
    page.keyboard.press("Control+k")
    page.keyboard.type("case 3")
    expect(page.get_by_role("option", name="Open case 3")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/3")
    page.keyboard.press("Control+k")
    page.keyboard.type("reply")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator("#reply-text")).to_be_focused()
    page.keyboard.press("Control+k")
    page.keyboard.type("twice overnight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/?view=every&q=twice%20overnight")
    expect(page.locator(".row")).to_have_count(1)
    assert faults == []


def test_keys_that_are_switched_off_do_nothing_and_the_command_bar_still_works(page: Page, faults):
    page.goto("/keys")
    page.get_by_label("Off: I speak").check()
    page.get_by_role("button", name="Save my keys").click()
    expect(page.locator(".notice")).to_have_text("Saved.")
    page.goto("/")
    for key in ("j", "?", "g", "d"):
        page.keyboard.press(key)
    assert path_of(page) == "/"
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    assert faults == []


def test_a_key_that_was_bound_anew_works_and_the_old_one_does_not(page: Page, faults):
    page.goto("/keys")
    page.get_by_label("Next row").fill("v")
    page.get_by_role("button", name="Save my keys").click()
    page.goto("/")
    expect(page.locator(".row").first).to_be_visible()
    page.keyboard.press("j")
    expect(page.locator(".row a.open").first).not_to_be_focused()
    page.keyboard.press("v")
    expect(page.locator(".row a.open").first).to_be_focused()
    assert faults == []


def test_many_cases_are_changed_and_put_back_with_keys(page: Page, faults, sqlite_store, queues):
    expect(page.locator(".row").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk-count")).to_have_text("2 ticked")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Preview")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Assign to Priti Rao: 2 of 2 cases")
    page.get_by_role("button", name="Assign to Priti Rao").press("Enter")
    expect(page.get_by_text("Waits for a worker:")).to_be_visible()
    carry_out(sqlite_store, 1, now=now_in_utc)
    expect(page.get_by_text("Finished:")).to_be_visible()
    page.get_by_role("button", name="Undo").press("Enter")
    expect(page.get_by_text("Being undone:")).to_be_visible()
    carry_out(sqlite_store, 1, now=now_in_utc)
    expect(page.get_by_text("Undone:")).to_be_visible()
    assert faults == []


def test_the_map_the_bar_and_the_pages_can_be_used_by_everybody(page: Page, scheme, faults, sqlite_store):
    page.emulate_media(color_scheme=scheme)
    found = []
    for path, key in (("/", "?"), ("/", "Control+k"), ("/keys", ""), ("/bulk", ""), ("/", "j x")):
        page.goto(path)
        for each in key.split():
            page.keyboard.press(each)
        found += _violations(page, f"{path} {key}")
    page.goto("/bulk/preview?act=done&scope=all&view=all")
    found += _violations(page, "preview")
    assert found == []


def _violations(page: Page, path: str) -> list[str]:
    answer = Axe().run(page)
    return [
        f"{path}: {item['id']} at {item['nodes'][0]['target']}: {item['nodes'][0].get('failureSummary', '')}"
        for item in answer.response["violations"]
        if item["impact"] in SERIOUS
    ]


@pytest.mark.parametrize("width", [360, 640, 1440])
def test_nothing_of_it_scrolls_sideways(page: Page, width):
    page.set_viewport_size({"width": width, "height": 780})
    for path, key in (("/", "?"), ("/", "Control+k"), ("/keys", ""), ("/bulk", ""), ("/", "*")):
        page.goto(path)
        if key:
            page.keyboard.press(key)
        assert (page.evaluate("document.documentElement.scrollWidth"), path) == (width, path)
