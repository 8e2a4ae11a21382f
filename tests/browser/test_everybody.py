"""Every whole page, from the table of the routes, in light and in dark: nothing serious for who reads it otherwise."""

from datetime import UTC, datetime

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from inbox.roles import Role
from settings import Settings
from tests.browser.conftest import listened_to, log_in
from tests.inbox.conftest import add_person
from tests.inbox.screens import CODE_PAGE, HALF_WAY, OPEN_SCREENS, SCREENS, fill

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SERIOUS = ("serious", "critical")
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}
"""What a second look in the other colours can find anew."""
AS_WELL = (
    "/?view=all&owner=-",
    "/complaints/C-0000001?notice_kind=delay_notice",
    "/cases/1/merge?other=2",
    "/figures/classifier?version=firm-1",
)


@pytest.fixture
def filled(address, sqlite_store, tmp_path) -> dict[str, str]:
    add_person(sqlite_store, "Agnes", Role.ADMIN)
    return fill(sqlite_store, Settings(home=tmp_path / "home"), now=datetime.now(UTC))


def test_every_page_of_the_inbox_can_be_read_by_everybody(browser, address, filled, faults):
    context = browser.new_context(base_url=address, reduced_motion="reduce")
    page = listened_to(context.new_page(), faults)
    log_in(page, "Agnes")
    paths = [path.format(**filled) for path in (*SCREENS, *AS_WELL)]
    found = [one for path in paths for one in _looked_at(page, path)]
    context.close()
    assert (found, faults) == ([], [])


def test_every_page_for_people_who_are_not_logged_in_can_be_read_by_everybody(browser, address, filled, faults):
    context = browser.new_context(base_url=address, reduced_motion="reduce")
    page = listened_to(context.new_page(), faults)
    found = [one for path in (*OPEN_SCREENS, "/contact") for one in _looked_at(page, path.format(**filled))]
    context.add_cookies([{**HALF_WAY, "url": address}])
    found += _looked_at(page, CODE_PAGE)
    context.close()
    assert (found, faults) == ([], [])


def test_what_cannot_be_read_is_found_in_either_colours(page):
    page.evaluate("document.querySelector('main').insertAdjacentHTML('beforeend', '<p id=faint>hard to read</p>')")
    page.evaluate(AXE_SCRIPT)
    for scheme, shade in (("light", "#eeeeee"), ("dark", "#222222")):
        page.evaluate("shade => { document.getElementById('faint').style.color = shade }", shade)
        [found] = _violations(page, "/", scheme, COLOURS)
        assert found.startswith(f"/, {scheme}: color-contrast at ['#faint']")


def _looked_at(page: Page, path: str) -> list[str]:
    page.emulate_media(color_scheme="light")
    answer = page.goto(path, wait_until="load")
    assert answer is not None
    assert (answer.status, path) == (200, path)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.evaluate(AXE_SCRIPT)
    return _violations(page, path, "light", {}) + _violations(page, path, "dark", COLOURS)


def _violations(page: Page, path: str, scheme: str, options: dict[str, object]) -> list[str]:
    page.emulate_media(color_scheme=scheme)
    page.evaluate("document.getAnimations().forEach(each => { each.finish() })")  # colours on their way are neither
    answer = page.evaluate(
        "options => axe.run(document, options)", {"resultTypes": ["violations"], "preload": False, **options}
    )
    return [
        f"{path}, {scheme}: {item['id']} at {item['nodes'][0]['target']}: {item['nodes'][0].get('failureSummary', '')}"
        for item in answer["violations"]
        if item["impact"] in SERIOUS
    ]
