"""Putting off by key, and hiding, muting and reporting, in a real browser."""

import re
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from models import Tier
from tests.browser.conftest import log_in
from tests.inbox.factory import Said, add

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")


@pytest.fixture
def case_id(sqlite_store, address) -> int:
    said = Said(
        "Is the branch open on Friday?", label="enquiry", handle="noor", tier=Tier.SAVED_REPLY, native_id="friday"
    )
    return add(sqlite_store, said, now=datetime.now(UTC))


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in SERIOUS]


def test_two_keys_put_a_case_off_and_one_click_brings_it_back(page: Page, case_id: int, faults: list[str]) -> None:
    page.goto(f"/cases/{case_id}")
    page.keyboard.press("z")
    expect(page.get_by_label("In 1 hour")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Put off until")).to_be_visible()
    page.goto("/?view=snoozed")
    expect(page.locator(f"#case-{case_id}")).to_contain_text("back ")
    page.goto(f"/cases/{case_id}")
    page.get_by_role("button", name="Bring it back now").click()
    expect(page.get_by_text("The case is back, as it was before.")).to_be_visible()
    assert faults == []


def test_a_time_of_ones_own_and_a_preset_exclude_each_other(page: Page, case_id: int) -> None:
    page.goto(f"/cases/{case_id}")
    page.keyboard.press("z")
    at = page.locator("#snooze-at")
    at.fill(at.get_attribute("min") or "")
    expect(page.get_by_label("At a time of your own")).to_be_checked()
    page.get_by_label("Tomorrow").check()
    expect(at).to_have_value("")


def test_in_the_list_the_key_prepares_many(page: Page, case_id: int) -> None:
    page.goto("/?view=enquiries")
    page.locator(f"#case-{case_id} a.open").focus()
    page.keyboard.press("x")
    page.keyboard.press("z")
    expect(page.locator("#bulk-act")).to_have_value("snooze:hour")
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name=re.compile("Snooze until"))).to_be_visible()


@pytest.mark.parametrize("width", [1440, 360])
def test_the_forms_have_no_serious_fault(
    browser: Browser, address: str, case_id: int, sqlite_store, scheme: str, width: int
) -> None:
    context = browser.new_context(
        base_url=address, color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    )
    page = context.new_page()
    log_in(page, "Priti Rao")
    with sqlite_store.reading() as transaction:
        mention_id = transaction.mentions.of_case(case_id)[0].mention.id
    page.goto(f"/cases/{case_id}?aside={mention_id}")
    page.locator("#snooze > summary").click()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    for act in ("mute", "report"):
        page.goto(f"/cases/{case_id}?aside={mention_id}")
        page.locator(f"#{act}-{mention_id}-ground").select_option("spam")
        page.locator(f"#{act}-{mention_id}-words").fill("the same words every day")
        with page.expect_navigation():
            page.locator(f"form[action$='/{act}'] button").click()
    page.locator("#snooze > summary").click()
    page.get_by_role("button", name="Snooze", exact=True).click()
    expect(page.get_by_text("Put off until")).to_be_visible()
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    context.close()
