import re
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from inbox.roles import Role
from models import Rejected
from tests.browser.conftest import listened_to, log_in
from tests.inbox.conftest import add_person
from tests.inbox.factory import Said, add
from tests.inbox.test_board import answer

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")
PATHS = ("/board", "/board/list?of=open", "/operations")


@pytest.fixture
def lead(browser: Browser, address: str, sqlite_store, faults: list[str]) -> Iterator[Page]:
    """An administrator, who sees the board and the operator's page, with something to see on both."""
    add_person(sqlite_store, "Ada Lead", Role.ADMIN)
    answer(sqlite_store, 1, at=datetime.now(UTC))
    with sqlite_store.writing() as transaction:
        transaction.quarantine.park("file", [Rejected("line 17", "no text", b"{")], now=datetime.now(UTC))
    context = browser.new_context(base_url=address)
    opened = listened_to(context.new_page(), faults)
    log_in(opened, "Ada Lead", "/board")
    yield opened
    context.close()


def _renew(page: Page, part: str) -> None:
    """What the page does by itself every 15 or 120 seconds."""
    page.evaluate(
        """id => {
            const at = document.getElementById(id);
            return htmx.ajax('GET', at.getAttribute('hx-get'), at).catch(() => null);
        }""",
        part,
    )


def test_charts_are_drawn_from_the_tables_under_the_strict_policy(lead: Page, faults):
    for name in ("ages", "incoming"):
        expect(lead.locator(f"[data-plot=data-{name}] canvas")).to_be_visible()
    painted = lead.locator("[data-plot=data-ages] canvas").evaluate(
        "canvas => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some(each => each > 0)"
    )
    assert painted
    assert faults == []


def test_the_board_renews_itself_and_neither_moves_nor_loses_the_focus(lead: Page, faults, sqlite_store):
    opened = int(lead.locator("#tally-open b").inner_text())
    lead.set_viewport_size({"width": 1200, "height": 500})
    lead.locator("#numbers-ages > summary").click()
    lead.evaluate("scrollTo(0, 300)")
    lead.locator("#age-all").evaluate("each => each.focus({ preventScroll: true })")
    before = lead.evaluate("scrollY")
    add(sqlite_store, Said("My card was eaten by the machine", native_id="eaten"), now=datetime.now(UTC))
    _renew(lead, "live")
    expect(lead.locator("#tally-open b")).to_have_text(str(opened + 1))
    assert lead.evaluate("scrollY") == before
    assert lead.evaluate("document.activeElement.id") == "age-all"
    assert lead.locator("#numbers-ages").get_attribute("open") is not None
    assert faults == []


def test_a_board_that_cannot_be_renewed_says_so_until_it_can(lead: Page):
    lead.route("**/board/live", lambda route: route.abort())
    _renew(lead, "live")
    expect(lead.locator("#board-state")).to_be_visible()
    lead.unroute("**/board/live")
    _renew(lead, "live")
    expect(lead.locator("#board-state")).to_be_hidden()


def test_without_script_every_number_is_there_as_text(browser: Browser, lead: Page, address: str):
    context = browser.new_context(
        base_url=address, java_script_enabled=False, storage_state=lead.context.storage_state()
    )
    bare = context.new_page()
    bare.goto("/board")
    expect(bare.locator("#tally-open b")).to_have_text(re.compile(r"\d+"))
    expect(bare.locator(".plot")).to_have_count(3)
    assert not any(bare.locator(".plot").nth(place).is_visible() for place in range(3))
    bare.locator("#numbers-ages > summary").click()
    expect(bare.locator("#data-ages")).to_be_visible()
    context.close()


def test_a_delivery_is_given_up_with_a_reason_in_the_browser(lead: Page, faults):
    lead.goto("/operations")
    lead.get_by_text("Give up", exact=True).first.click()
    lead.get_by_label("Reason").first.fill("The desk was replaced")
    lead.get_by_role("button", name=re.compile("Give up delivery")).first.click()
    expect(lead.locator(".notice")).to_contain_text("Given up")
    assert faults == []


def test_the_board_and_the_operations_can_be_read_by_everybody(lead: Page, scheme):
    lead.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    found = []
    for path in PATHS:
        lead.goto(path)
        lead.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        for item in Axe().run(lead).response["violations"]:
            if item["impact"] in SERIOUS:
                found.append(f"{path}: {item['id']} at {item['nodes'][0]['target']}")
    assert found == []


@pytest.mark.parametrize(("width", "height"), [(360, 780), (640, 450), (1360, 900)])
def test_neither_page_scrolls_sideways_on_a_phone_or_at_twice_the_size(lead: Page, width, height):
    lead.set_viewport_size({"width": width, "height": height})
    for path in PATHS:
        lead.goto(path)
        assert (lead.evaluate("document.documentElement.scrollWidth"), path) == (width, path)
