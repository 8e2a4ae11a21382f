"""Two people in two browsers: one writes a reply and asks, the other reads it and lets it go."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from inbox.roles import Role
from models import Tier
from store.outbox import Effect
from tests.browser.conftest import listened_to, log_in
from tests.inbox.conftest import add_person
from tests.inbox.factory import Said, add

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")
PICTURES = os.environ.get("EARSHOT_TEST_PICTURES")
"""A folder for pictures of what is tested, for a person who looks."""
Open = Callable[..., Page]


@pytest.fixture
def case_id(sqlite_store, address) -> int:
    said = Said(
        "Is the branch open on Friday?", label="enquiry", handle="noor", tier=Tier.SAVED_REPLY, native_id="friday"
    )
    return add(sqlite_store, said, now=datetime.now(UTC))


@pytest.fixture
def enter(browser: Browser, address: str, sqlite_store, faults) -> Iterator[Open]:
    add_person(sqlite_store, "Lena Vogt", Role.LEAD)
    with ExitStack() as opened:

        def enter_one(name: str, **options) -> Page:
            context = browser.new_context(base_url=address, **options)
            opened.callback(context.close)
            page = listened_to(context.new_page(), faults)
            log_in(page, name)
            return page

        yield enter_one


def _seen(page: Page, name: str) -> None:
    found = [each for each in Axe().run(page).response["violations"] if each["impact"] in SERIOUS]
    assert found == [], name
    if PICTURES:
        page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)


def test_one_asks_another_approves_and_it_is_sent(enter: Open, case_id, sqlite_store, faults):
    priti, lena = enter("Priti Rao"), enter("Lena Vogt", color_scheme="dark")
    priti.goto(f"/cases/{case_id}")
    priti.locator("#reply-text").fill("Yes, from nine to five. Priti")
    priti.locator(".ask-approval summary").click()
    priti.get_by_label("To who approves it").fill("Is Friday right?")
    priti.get_by_role("button", name="Ask for approval").click()
    expect(priti.locator(".approval-item")).to_contain_text("Waits for approval")
    expect(priti.locator("#reply-text")).to_have_value("")
    _seen(priti, "case-waiting-light")

    lena.goto("/")
    expect(lena.locator(".approvals-link .calls-count")).to_contain_text("1")
    lena.keyboard.press("g")
    lena.keyboard.press("a")
    card = lena.locator(".approval")
    expect(card).to_contain_text("Is Friday right?")
    _seen(lena, "approvals-dark")
    lena.set_viewport_size({"width": 360, "height": 800})
    assert lena.evaluate("document.documentElement.scrollWidth") <= 360
    _seen(lena, "approvals-360-dark")
    lena.set_viewport_size({"width": 1440, "height": 900})
    lena.emulate_media(color_scheme="light")
    lena.reload()  # colours that still fade from dark to light have no contrast to measure
    _seen(lena, "approvals-light")
    card.get_by_label("The reply").fill("Yes, from nine to four. Priti")
    card.get_by_role("button", name="Approve and send").click()
    expect(lena.locator(".empty")).to_contain_text("No reply waits")
    _seen(lena, "approvals-empty-light")

    priti.goto(f"/cases/{case_id}")
    expect(priti.locator(".message.ours")).to_contain_text("nine to four")
    expect(priti.locator(".approval-item")).to_have_count(0)
    with sqlite_store.reading() as transaction:
        rows = [row for row in transaction.outbox.of_case(case_id) if row.effect is Effect.SEND_REPLY]
    assert [(row.payload["text"], row.payload["person"]) for row in rows] == [
        ("Yes, from nine to four. Priti", "Priti Rao")
    ]
    assert faults == []


def test_two_that_wait_are_chosen_between(enter: Open, case_id, sqlite_store):
    add_person(sqlite_store, "Keiko Ito", Role.AGENT)
    for name in ("Priti Rao", "Keiko Ito"):
        page = enter(name)
        page.goto(f"/cases/{case_id}")
        page.locator("#reply-text").fill(f"We open at nine. {name}")
        page.locator(".ask-approval summary").click()
        page.get_by_role("button", name="Ask for approval").click()
        expect(page.locator(".approval-item").last).to_contain_text(name)
    lena = enter("Lena Vogt", viewport={"width": 360, "height": 800})
    lena.goto("/approvals")
    expect(lena.locator(".approval")).to_have_count(2)
    lena.get_by_role("button", name="Approve and send").first.click()
    expect(lena.locator(".fault")).to_contain_text("Which of them goes?")
    _seen(lena, "approvals-conflict-360-light")
    lena.get_by_label("This one goes").first.check()
    lena.get_by_role("button", name="Approve and send").first.click()
    expect(lena.locator(".approval")).to_have_count(1)
    lena.get_by_role("button", name="Approve and send").click()
    expect(lena.get_by_label("Send anyway")).to_be_visible()
