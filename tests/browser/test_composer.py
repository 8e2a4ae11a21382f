import re
from datetime import UTC, datetime

import pytest
from playwright.sync_api import Page, expect

from models.saved_reply import SavedReply
from store.outbox import Effect
from tests.browser.test_keys import _violations

pytestmark = pytest.mark.browser

PRAISE = "Thank you for the kind words! We have passed them on"


def _sent(store):
    with store.reading() as transaction:
        rows = [row for case in range(1, 11) for row in transaction.outbox.of_case(case)]
    return [row for row in rows if row.effect is Effect.SEND_REPLY]


def test_a_simple_reply_takes_two_clicks(page: Page, faults, sqlite_store):
    page.goto("/cases/9")
    page.get_by_role("button", name="Thank you for the praise").click()
    expect(page.get_by_label("Your reply")).to_have_value(f"{PRAISE} to the team at Larkbank; they will be delighted.")
    page.get_by_role("button", name="Send in public").click()
    expect(page.locator(".message.ours")).to_contain_text(PRAISE)
    (row,) = _sent(sqlite_store)
    assert row.payload["saved_reply"] == "praise_thanks"
    assert faults == []


def test_a_reply_that_greets_by_name_takes_two_clicks_too(page: Page, faults, sqlite_store):
    hours = {"en": "Hi {name}, we are closed on public holidays. {agent}, {firm}"}
    reply = SavedReply("hours", "Public holidays", frozenset({"enquiry"}), frozenset(), hours)
    with sqlite_store.writing() as transaction:
        transaction.saved_replies.add(reply, act="added", person="Ann", now=datetime.now(UTC))
    page.goto("/cases/8")
    page.get_by_role("button", name="Public holidays").click()
    expect(page.get_by_label("Your reply")).to_have_value(re.compile("^Hi @desleyb, we .*Priti, Larkbank$"))
    page.get_by_role("button", name="Send in public").click()
    expect(page.locator(".message.ours")).to_contain_text("Hi @desleyb, we are closed")
    assert len(_sent(sqlite_store)) == 1
    assert faults == []


def test_a_simple_reply_takes_two_keys(page: Page, faults, sqlite_store):
    page.goto("/cases/9")
    page.keyboard.press("Alt+1")
    expect(page.get_by_role("button", name="Send in public")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".message.ours")).to_contain_text(PRAISE)
    assert len(_sent(sqlite_store)) == 1
    assert faults == []


def test_what_is_left_to_fill_in_is_selected_and_named(page: Page, faults):
    page.goto("/cases/2")
    page.keyboard.press("Alt+1")
    area = page.get_by_label("Your reply")
    expect(area).to_have_value(re.compile("^Hi @coraliespends, {service}"))
    expect(area).to_be_focused()
    page.keyboard.type("BPAY")
    expect(area).to_have_value(
        "Hi @coraliespends, BPAY is not working for some customers at the moment. Our engineers are "
        "on it, and we post news every {interval}. We are sorry that it hits you now."
    )
    expect(page.locator("#to-fill")).to_have_text("Still to fill in: {interval}")
    page.locator("#to-fill").get_by_role("button", name="{interval}").click()
    page.keyboard.type("hour")
    expect(area).to_have_value(re.compile("news every hour"))
    assert faults == []


def test_an_escalated_reply_is_sent_once_its_checklist_is_answered(page: Page, faults, sqlite_store):
    page.goto("/cases/2")
    page.get_by_label("Your reply").fill("We are on it, and you hear from us within the hour.")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("alert")).to_contain_text("Go through the checklist before sending")
    expect(page.get_by_label("Your reply")).to_have_value("We are on it, and you hear from us within the hour.")
    for name, answer in (("Steps so far", "said"), ("When they hear from us", "said")):
        page.get_by_role("radiogroup", name=name).get_by_label(answer).check()
    for name in ("Our error, where there was one", "An apology", "Whom they can reach, and how"):
        page.get_by_role("radiogroup", name=name).get_by_label("not needed").check()
    page.get_by_role("button", name="Send in public").click()
    expect(page.locator(".message.ours")).to_contain_text("within the hour")
    assert len(_sent(sqlite_store)) == 1
    assert [fault for fault in faults if "422" not in fault] == []


def test_the_checklist_ticks_itself_while_somebody_writes_and_leaves_the_cursor_where_it_is(page: Page, faults):
    page.goto("/cases/2")
    area = page.get_by_label("Your reply")
    area.press_sequentially("We are sorry if it bothered you")
    apology = page.get_by_role("radiogroup", name="An apology")
    expect(apology.get_by_label("said", exact=True)).to_be_checked()
    expect(page.locator(".tone")).to_contain_text("apologises for how they feel")
    expect(area).to_be_focused()
    apology.get_by_label("not needed").check()
    area.press_sequentially(". More follows.")
    page.wait_for_timeout(1500)
    expect(apology.get_by_label("not needed")).to_be_checked()
    area.fill("Thank you.")
    expect(page.locator(".tone")).to_have_count(0)
    assert faults == []


def test_the_modes_differ_in_words_shape_and_colour_and_a_note_is_not_sent(page: Page, faults, sqlite_store):
    page.goto("/cases/2")
    looks = []
    for mode, button in (("public", "Send in public"), ("private", "Send in private"), ("note", "Keep the note")):
        page.locator(f"#mode-{mode}").check()
        expect(page.get_by_role("button", name=button)).to_be_visible()
        looks.append(
            page.locator("#composer").evaluate(
                "each => { const look = getComputedStyle(each);"
                " return [look.borderInlineStartStyle, look.borderInlineStartColor].join() }"
            )
        )
    assert len(set(looks)) == 3
    expect(page.locator(".checklist")).to_be_hidden()
    page.get_by_label("Your reply").fill("She called twice today.")
    page.get_by_role("button", name="Keep the note").click()
    expect(page.locator(".message.note")).to_contain_text("She called twice today.")
    assert _sent(sqlite_store) == []
    assert faults == []


def test_the_server_counts_while_one_types(page: Page, faults):
    page.goto("/cases/9")
    with page.expect_response("**/count") as answer:
        page.get_by_label("Your reply").fill("x" * 9_990)
    assert answer.value.status == 200
    expect(page.locator("#limit")).to_contain_text("10 characters left of 10,000")
    with page.expect_response("**/count"):
        page.get_by_label("Your reply").fill("x" * 10_004)
    expect(page.locator("#limit .over")).to_contain_text("4 characters too many")
    assert faults == []


def test_composer_and_pages_of_replies_can_be_used_by_everybody(page: Page, scheme, faults):
    page.emulate_media(color_scheme=scheme)
    found = []
    for path in ("/replies", "/macros", "/cases/3", "/cases/3?mode=note", "/cases/4?mode=private"):
        page.goto(path)
        found += _violations(page, path)
    assert found == []
    for width in (360, 640, 1360):
        page.set_viewport_size({"width": width, "height": 780})
        for path in ("/replies", "/macros", "/cases/3"):
            page.goto(path)
            assert (page.evaluate("document.documentElement.scrollWidth"), path) == (width, path)
    assert faults == []
