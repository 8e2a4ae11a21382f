import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from inbox.roles import Role
from store.outbox import Effect
from tests.browser.conftest import log_in
from tests.inbox.conftest import add_person
from tests.inbox.factory import Said, add

pytestmark = pytest.mark.browser

COMPLIANCE = tuple(f"/compliance/{page}" for page in ("overview", "review", "log", "systemic", "figures", "retention"))


def test_an_agent_logs_in_opens_a_case_and_takes_it(page: Page, faults):
    expect(page.get_by_role("heading", name="All open")).to_be_visible()
    page.get_by_role("link", name="Thanks for the quick answer").click()
    expect(page.locator("mark").first).to_have_text("twice overnight")
    page.get_by_role("button", name="Assign to me").click()
    expect(page.locator(".notice")).to_have_text("Saved.")
    page.get_by_role("link", name="← Queue").click()
    page.get_by_role("navigation", name="Views").get_by_role("link", name="Mine").click()
    expect(page.locator(".row")).to_have_count(1)
    assert faults == []


def test_a_saved_reply_is_sent_only_once_its_placeholders_are_filled(page: Page, faults, sqlite_store, queues):
    page.get_by_role("link", name="Eleven hours").click()
    page.get_by_label("Saved reply").select_option(label="We know about the outage")
    page.get_by_role("button", name="Insert").click()
    area = page.get_by_label("Your reply")
    expect(area).to_have_value(
        "Hi @coraliespends, {service} is not working for some customers at the moment. Our engineers are "
        "on it, and we post news every {interval}. We are sorry that it hits you now."
    )
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("alert")).to_contain_text("Fill in {service}, {interval}")
    area.fill(area.input_value().replace("{service}", "Card payment").replace("{interval}", "hour"))
    expect(page.locator("#limit")).to_contain_text("characters left")
    for answer in page.get_by_label("not needed").all():
        answer.check()
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message.ours")).to_contain_text("Hi @coraliespends, Card payment is not working")
    with sqlite_store.reading() as transaction:
        sent = [row for case in (2, 3) for row in transaction.outbox.of_case(case) if row.effect is Effect.SEND_REPLY]
    assert len(sent) == 1
    assert queues.take() == ("deliver", (sent[0].id,))
    assert [fault for fault in faults if "422" not in fault] == []


def test_a_wrong_label_is_corrected_with_two_clicks(page: Page, faults, queues):
    page.get_by_role("link", name="Can hardly wait").click()
    page.get_by_text("Wrong", exact=True).click()
    page.get_by_role("button", name="complaint", exact=True).click()
    expect(page.locator(".notice")).to_contain_text("judged again")
    expect(page.locator(".message")).to_contain_text("Corrected, says Priti Rao")
    job = queues.take()
    assert job is not None
    assert job[0] == "triage_mentions"
    assert faults == []


def test_a_complaint_is_given_a_delay_notice_and_closed_without_leaving_its_page(page: Page, faults):
    page.get_by_role("link", name="Thanks for the quick answer").click()
    page.get_by_role("note").get_by_role("link", name="C-0000001").click()
    page.get_by_role("link", name="Delay notice").click()
    page.get_by_label("Circumstances beyond our control").check()
    page.get_by_label("How to reach us").fill("help@larkbank.example")
    page.get_by_label("What delays it").fill("We wait for a report that another bank has to give us.")
    page.get_by_label("When we expect to answer").fill("2027-03-01")
    page.get_by_role("button", name="Put into words").click()
    expect(page.get_by_label("The words")).to_have_value(re.compile("another bank has to give us"))
    expect(page.get_by_text("It holds all that a notice of this kind must hold.")).to_be_visible()
    page.get_by_role("button", name="Record it as given").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("delay notified")
    page.locator("#act-close > summary").click()
    page.get_by_label("Explained or apologised").check()
    page.get_by_label("Outcome").select_option("rejected")
    page.get_by_label("Apology").check()
    page.locator("#act-close").get_by_label("Product or service").fill("Home loan")
    page.locator("#act-close").get_by_label("Issues").fill("double charge")
    page.get_by_role("button", name="Close the complaint").click()
    expect(page.get_by_role("alert").first).to_contain_text("no further reasonable action")
    page.get_by_label("Why, or what was explained").fill("Both charges were theirs; we said why and are sorry.")
    page.get_by_role("button", name="Close the complaint").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("closed")
    assert [fault for fault in faults if "422" not in fault] == []


def test_new_cases_announce_themselves_and_the_list_stays(page: Page, faults, sqlite_store):
    before = page.locator(".row").count()
    add(sqlite_store, Said("My card was eaten by the machine", native_id="eaten"), now=datetime.now(UTC))
    page.evaluate("htmx.ajax('GET', document.querySelector('.news').getAttribute('hx-get'), '.news')")
    expect(page.locator(".news-link")).to_have_text("1 new – show")
    assert page.locator(".row").count() == before
    page.locator(".news-link").click()
    expect(page.locator(".row")).to_have_count(before + 1)
    assert faults == []


@pytest.mark.parametrize(("width", "height"), [(360, 780), (390, 844), (640, 450), (1360, 900)])
def test_no_page_scrolls_sideways_on_a_phone_or_at_twice_the_size(page: Page, sqlite_store, width, height):
    page.set_viewport_size({"width": width, "height": height})
    complaint = "/complaints/C-0000001?notice_kind=idr_response"
    for path in ("/", "/cases/1", "/register", "/health", "/desk", "/complaints", complaint):
        _fits(page, path, width)
    add_person(sqlite_store, "Cora", Role.COMPLIANCE)
    page.context.clear_cookies()
    log_in(page, "Cora")
    for path in COMPLIANCE:
        _fits(page, path, width)


def _fits(page: Page, path: str, width: int) -> None:
    answer = page.goto(path)
    assert answer is not None
    assert (answer.status, path) == (200, path)
    assert (page.evaluate("document.documentElement.scrollWidth"), path) == (width, path)
