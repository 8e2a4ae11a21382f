"""An agent's day in a real browser on the real program: `earshot up` with its Redis, its workers and its classifier."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from inbox.roles import Role
from store.store import Store
from tests.browser.conftest import log_in
from tests.inbox.conftest import add_person
from tests.program import Program

pytestmark = [pytest.mark.slow, pytest.mark.browser]
PATIENCE_MS = 60_000
"""A worker judges with the shipped classifier, and a list asks for news every 15 seconds."""


class Day:
    """The program, its database, and browsers at its address."""

    def __init__(self, program: Program, store: Store, browser: Browser) -> None:
        self.program = program
        self.store = store
        self._browser = browser
        self._said = 0

    def say(self, *texts: str) -> None:
        """Messages to a firm, one by each author, through the command that a person would use."""
        lines = []
        for text in texts:
            self._said += 1
            author = {"id": f"u{self._said}", "handle": f"asker{self._said}", "followers": 40}
            at = datetime.now(UTC).isoformat()
            lines.append({"id": f"m{self._said}", "channel": "x", "text": text, "author": author, "created_at": at})
        path = self.program.home.parent / f"posts-{self._said}.jsonl"
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines), encoding="utf-8")
        done = self.program.run("ingest", str(path), "--wait")
        assert done.returncode == 0, done.stderr.decode()

    def page_of(self, name: str) -> Page:
        context = self._browser.new_context(base_url=self.address, locale="en-AU")
        page = context.new_page()
        log_in(page, name)
        page.set_default_timeout(PATIENCE_MS)
        return page

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.program.environment['EARSHOT_WEB_PORT']}"


@pytest.fixture
def day(browser: Browser, tmp_path: Path, open_store: Callable[[str], Store]) -> Iterator[Day]:
    program = Program(tmp_path / "home")
    with program.up():
        store = open_store(f"sqlite:///{program.home / 'earshot.db'}")
        for name in ("Priti Rao", "Keiko Abe"):
            add_person(store, name, Role.AGENT, now=datetime.now(UTC))
        yield Day(program, store, browser)


def test_a_message_arrives_is_answered_and_many_are_changed_and_put_back(day: Day) -> None:
    day.say("@acme how do I change my address?", "@acme what are your opening hours on Saturday, please?")
    page = day.page_of("Priti Rao")
    page.goto("/?view=every")
    expect(page.locator("li.row")).to_have_count(2)

    # a live message announces itself, and the list does not move
    day.say("@acme you charged my card twice and nobody answers, I want my money back")
    announced = page.locator(".news").get_by_role("link")
    expect(announced).to_have_text("1 new – show", timeout=PATIENCE_MS)
    expect(page.locator("li.row")).to_have_count(2)
    announced.click()
    expect(page.locator("li.row")).to_have_count(3)
    expect(page.locator("li.row").first.get_by_text("Complaint", exact=True).first).to_be_visible()

    # two browsers at one case see each other; the answer goes through a worker
    page.goto("/?view=enquiries")
    page.locator("li.row").first.locator("a.open").click()
    other = day.page_of("Keiko Abe")
    other.goto(page.url)
    expect(page.locator("#together")).to_contain_text("Keiko Abe", timeout=PATIENCE_MS)
    page.get_by_label("Your reply").fill("We are here on Saturday from nine to noon. You are welcome.")
    page.locator("#composer .send button[type=submit]").last.click()
    delivery = page.locator(".message.ours .delivery")
    expect(delivery).to_be_visible()
    for _ in range(60):
        if delivery.text_content() == "recorded here, not sent out":
            break
        page.wait_for_timeout(1_000)
        page.reload()
    expect(delivery).to_have_text("recorded here, not sent out")
    other.reload()
    expect(other.locator(".message.ours")).to_contain_text("from nine to noon")

    # many at once, in the background and back again
    page.goto("/?view=every")
    for box in page.locator(".tick").all()[1:3]:
        box.check()
    page.select_option("#bulk-act", "tag:")
    page.fill("#bulk-words", "saturday")
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Add the tag saturday: 2 cases").click()
    expect(page.get_by_text("Finished:")).to_be_visible(timeout=PATIENCE_MS)
    page.goto("/?view=every&tag=saturday")
    expect(page.locator("li.row")).to_have_count(2)
    page.goto("/bulk?run=1")
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_text("Undone:", exact=True)).to_be_visible(timeout=PATIENCE_MS)
    page.goto("/?view=every&tag=saturday")
    expect(page.locator("li.row")).to_have_count(0)
