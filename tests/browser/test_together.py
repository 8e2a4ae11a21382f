"""Two agents in two browsers on one case."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from inbox.roles import Role
from models import Tier
from store.outbox import Effect
from tests.browser.conftest import log_in
from tests.inbox.conftest import add_person
from tests.inbox.factory import Said, add

pytestmark = pytest.mark.browser

SERIOUS = ("serious", "critical")
Open = Callable[..., Page]


@pytest.fixture
def case_id(sqlite_store, address) -> int:
    said = Said(
        "Is the branch open on Friday?", label="enquiry", handle="noor", tier=Tier.SAVED_REPLY, native_id="friday"
    )
    return add(sqlite_store, said, now=datetime.now(UTC))


@pytest.fixture
def enter(browser: Browser, address: str, sqlite_store) -> Iterator[Open]:
    """A browser of its own for a person, logged in."""
    add_person(sqlite_store, "Keiko Ito", Role.AGENT)
    with ExitStack() as opened:

        def enter_one(name: str, *, prepare: Callable[[BrowserContext], None] = lambda _: None) -> Page:
            context = browser.new_context(base_url=address)
            opened.callback(context.close)
            prepare(context)
            page = context.new_page()
            log_in(page, name)
            return page

        yield enter_one


def _area(page: Page):
    return page.locator("#reply-text")


def _type(page: Page, words: str) -> None:
    _area(page).click()
    page.keyboard.press("Control+A")
    page.keyboard.type(words)


def _send(page: Page) -> None:
    page.locator("#composer .send button").click()


def test_two_agents_see_each_other_and_the_second_answer_waits_for_a_word(enter: Open, case_id, sqlite_store):
    priti, keiko = enter("Priti Rao"), enter("Keiko Ito")
    priti.goto(f"/cases/{case_id}")
    expect(priti.locator("#together")).to_have_text("")
    keiko.goto(f"/cases/{case_id}")
    expect(keiko.locator("#together")).to_contain_text("Priti Rao is looking at this case")
    expect(priti.locator("#together")).to_contain_text("Keiko Ito is looking at this case")

    _type(keiko, "Yes, from nine to five. Keiko")
    expect(priti.locator("#together")).to_contain_text("Keiko Ito is writing here")
    assert "nine to five" not in priti.content(), "what somebody else types is never shown"
    _type(priti, "We open at nine. Priti")
    expect(keiko.locator("#together")).to_contain_text("Priti Rao is writing here")

    _send(keiko)
    expect(keiko.locator(".message.ours")).to_contain_text("nine to five")
    expect(priti.locator("#together")).to_contain_text("Keiko Ito has answered meanwhile")
    _send(priti)
    expect(priti.get_by_role("alert").first).to_contain_text("Keiko Ito answered this message already")
    expect(_area(priti)).to_have_value("We open at nine. Priti")
    assert len(_replies(sqlite_store, case_id)) == 1

    priti.get_by_label("Send mine as well").check()
    _send(priti)
    expect(priti.locator(".message.ours")).to_have_count(2)
    expect(_area(priti)).to_have_value("")
    assert len(_replies(sqlite_store, case_id)) == 2

    keiko.goto("/")
    expect(priti.locator("#together")).not_to_contain_text("is looking")


def _replies(store, case_id):
    with store.reading() as transaction:
        return [row for row in transaction.outbox.of_case(case_id) if row.effect is Effect.SEND_REPLY]


def test_where_a_stream_does_not_come_through_presence_is_asked_for(enter: Open, case_id):
    priti = enter("Priti Rao", prepare=lambda context: context.route("**/live?*", lambda route: route.abort()))
    priti.goto(f"/cases/{case_id}")
    enter("Keiko Ito").goto(f"/cases/{case_id}")
    expect(priti.locator("#together")).to_contain_text("Keiko Ito is looking at this case", timeout=15_000)


def test_a_draft_outlives_its_page_and_is_there_on_another_device_of_the_same_person_only(enter: Open, case_id):
    desk, phone, keiko = enter("Priti Rao"), enter("Priti Rao"), enter("Keiko Ito")
    desk.goto(f"/cases/{case_id}")
    _type(desk, "Half a sentence, and")
    desk.goto("/")  # at once: the page saves as it goes
    desk.goto(f"/cases/{case_id}")
    expect(_area(desk)).to_have_value("Half a sentence, and")

    phone.goto(f"/cases/{case_id}")
    expect(_area(phone)).to_have_value("Half a sentence, and")
    _type(phone, "Half a sentence, and more")
    expect(phone.locator(".draft-state")).to_have_text("Draft saved")
    _look_away_and_back(desk)
    expect(_area(desk)).to_have_value("Half a sentence, and more")

    keiko.goto(f"/cases/{case_id}")
    assert "Half a sentence" not in keiko.content()
    _send(phone)
    expect(phone.locator(".message.ours")).to_have_count(1)
    desk.goto(f"/cases/{case_id}")
    expect(_area(desk)).to_have_value("")


def _look_away_and_back(page: Page) -> None:
    page.evaluate(
        "for (const hidden of [true, false]) {"
        " Object.defineProperty(document, 'hidden', { configurable: true, get: () => hidden });"
        " document.dispatchEvent(new Event('visibilitychange')); }"
    )


def test_a_text_outlives_a_session_that_ran_out(enter: Open, case_id):
    page = enter("Priti Rao")
    page.goto(f"/cases/{case_id}")
    page.context.clear_cookies()
    _type(page, "Typed while nobody was logged in")
    expect(page.get_by_role("alert")).to_contain_text("you are logged out")
    _send(page)
    expect(page.get_by_role("heading", name="You are not logged in")).to_be_visible()
    log_in(page, "Priti Rao")
    page.goto(f"/cases/{case_id}")
    expect(_area(page)).to_have_value("Typed while nobody was logged in")
    expect(page.locator(".draft-state")).to_have_text("Draft saved")


def test_a_text_is_saved_once_a_lost_connection_is_back(enter: Open, case_id):
    page = enter("Priti Rao")
    page.goto(f"/cases/{case_id}")
    page.context.set_offline(True)
    _type(page, "Written in a tunnel")
    expect(page.get_by_role("alert")).to_contain_text("no answer from the server")
    page.context.set_offline(False)
    expect(page.locator(".draft-state")).to_have_text("Draft saved", timeout=15_000)


def test_a_note_names_somebody_with_the_keyboard_alone_and_they_see_it(enter: Open, case_id):
    priti, keiko = enter("Priti Rao"), enter("Keiko Ito")
    priti.goto(f"/cases/{case_id}?mode=note")
    _area(priti).focus()
    priti.keyboard.type("Who knows the branch? @kei")
    expect(priti.locator(".name-list").get_by_role("option", name="Keiko Ito")).to_be_visible()
    priti.keyboard.press("Enter")
    priti.keyboard.type("perhaps")
    expect(_area(priti)).to_have_value("Who knows the branch? @Keiko Ito perhaps")
    expect(priti.locator(".name-list")).to_have_count(0)
    _send(priti)
    expect(priti.locator(".message.note")).to_contain_text("@Keiko Ito perhaps")

    keiko.reload()
    keiko.get_by_role("link", name="For you 1 new").click()
    keiko.get_by_role("link", name=f"case {case_id}").click()
    expect(keiko.locator(".message.note")).to_contain_text("@Keiko Ito perhaps")
    keiko.wait_for_timeout(500)
    keiko.reload()
    expect(keiko.get_by_role("link", name=re.compile("For you .*new"))).to_have_count(0)


def test_an_owner_hands_over_and_a_colleague_takes_over(enter: Open, case_id):
    priti, keiko = enter("Priti Rao"), enter("Keiko Ito")
    priti.goto(f"/cases/{case_id}")
    priti.get_by_role("button", name="Assign to me").click()
    keiko.goto(f"/cases/{case_id}")
    keiko.get_by_role("button", name="Take over", exact=True).click()
    expect(keiko.locator(".owner strong")).to_have_text("Keiko Ito")
    keiko.locator("summary", has_text="Hand over").click()
    keiko.get_by_label("To whom").select_option("Priti Rao")
    keiko.get_by_role("textbox", name="What they need to know").fill("They wait for a call.")
    keiko.get_by_role("button", name="Hand over", exact=True).click()
    expect(keiko.locator(".owner strong")).to_have_text("Priti Rao")
    priti.goto("/called")
    expect(priti.locator(".call")).to_have_count(2)
    expect(priti.locator(".call").first).to_contain_text("handed over to you")


def test_what_is_shown_of_others_can_be_read_by_everybody(enter: Open, case_id, scheme):
    priti, keiko = enter("Priti Rao"), enter("Keiko Ito")
    priti.emulate_media(color_scheme=scheme)
    keiko.goto(f"/cases/{case_id}")
    keiko.get_by_role("button", name="Assign to me").click()
    keiko.goto(f"/cases/{case_id}?mode=note")
    _area(keiko).fill("@Priti Rao please look")
    _send(keiko)
    keiko.goto(f"/cases/{case_id}")
    _type(keiko, "Hello")
    found = []
    for path in ("/called", f"/cases/{case_id}"):
        priti.goto(path)
        if path != "/called":
            expect(priti.locator("#together")).to_contain_text("Keiko Ito is writing here")
        priti.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
        result = Axe().run(priti).response["violations"]
        found += [(path, each["id"], each["help"]) for each in result if each["impact"] in SERIOUS]
    assert found == []
    priti.set_viewport_size({"width": 360, "height": 740})
    assert priti.evaluate("document.documentElement.scrollWidth") <= 360
