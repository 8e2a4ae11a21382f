"""Hostile posts in real Chromium: nothing runs, nothing is loaded from elsewhere, whichever page shows them."""

from urllib.parse import urlsplit

import pytest

from inbox.roles import Role
from tests.attacks.test_hostile_posts import add_hostile
from tests.browser.conftest import log_in
from tests.inbox.conftest import add_person

PAGES = (
    *("/", "/?q=canary", "/?view=every", "/?view=early_warning", "/complaints", "/register", "/escalations", "/desk"),
    *("/people", "/board", "/compliance/log", "/compliance/systemic", "/figures", "/approvals", "/health"),
    "/operations",
)


@pytest.mark.browser
@pytest.mark.slow
def test_no_hostile_post_runs_or_loads_anything(browser, address, sqlite_store):
    cases = add_hostile(sqlite_store)
    add_person(sqlite_store, "Agnes", Role.ADMIN)
    context = browser.new_context(base_url=address)
    page = context.new_page()
    elsewhere, dialogs = list[str](), list[str]()
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda one: _note(one.url, address, elsewhere))
    log_in(page, "Agnes")
    for path in (*PAGES, *(f"/cases/{case_id}" for case_id in cases), "/complaints/C-0000001"):
        answer = page.goto(path, wait_until="load")
        assert answer is not None
        assert (answer.status, path) == (200, path)
        assert page.evaluate("window.pwned") is None, path
        assert urlsplit(page.url).netloc == urlsplit(address).netloc
        assert (
            page.locator("iframe, object, embed, base, main form[action^='http'], main script:not([src^='/'])").count()
            == 0
        ), path
    context.close()
    assert (elsewhere, dialogs) == ([], [])


def _note(url: str, address: str, elsewhere: list[str]) -> None:
    if not url.startswith((address, "data:image/")):
        elsewhere.append(url)
