"""A real browser on a served inbox. On a laptop without Chromium these tests are skipped; in CI they fail."""

import os
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright

from connectors.local.channel import LocalChannel
from inbox import vendor
from inbox.app import create_app
from inbox.roles import Role
from settings import Settings
from store.queue_in_memory import QueuesInMemory
from store.store import Store
from tests.inbox.conftest import CHEAP, PASSWORD, add_person
from tests.inbox.factory import add_demo

NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 20
FORM_ON = {
    "web_form": True,
    "mailbox_imap": "imaps://mail.firm.example",
    "mailbox_smtp": "smtps://mail.firm.example",
    "mailbox_address": "care@firm.example",
}
"""Pages that are off as shipped are looked at, too."""


@pytest.fixture(scope="session")
def chromium() -> str:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    lacking = vendor.missing()
    if found is not None and not lacking:
        return found
    reason = (
        f"the inbox lacks {', '.join(lacking)}: run make setup" if lacking else f"none of {', '.join(NAMES)} is on PATH"
    )
    if os.environ.get("CI"):
        pytest.fail(f"browser tests cannot run in CI: {reason}")
    pytest.skip(f"no browser tests: {reason}")


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=list(QUIET))
        yield opened
        opened.close()


@pytest.fixture
def queues() -> QueuesInMemory:
    return QueuesInMemory()


@pytest.fixture
def address(chromium: str, sqlite_store: Store, queues: QueuesInMemory, tmp_path: Path) -> Iterator[str]:
    """Where a filled inbox is served."""
    add_demo(sqlite_store, now=datetime.now(UTC))
    add_person(sqlite_store, "Priti Rao", Role.AGENT)
    settings = Settings(home=tmp_path / "home", **FORM_ON)
    app = create_app(
        settings, sqlite_store, queues, channel_for=lambda name, _, its: LocalChannel(its), passwords=CHEAP
    )
    ready = threading.Event()
    server = _Announcing(uvicorn.Config(app, port=0, log_level="warning", ws="none", lifespan="off"), ready)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    assert ready.wait(START_SECONDS), "the inbox did not start"
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    app.state.watch.close()
    server.should_exit = True
    thread.join()


class _Announcing(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: threading.Event) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets=None) -> None:
        await super().startup(sockets)
        self._ready.set()


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def faults() -> list[str]:
    """What the browser complained about: refused scripts, broken requests."""
    return []


@pytest.fixture
def page(browser: Browser, address: str, faults: list[str]) -> Iterator[Page]:
    """Logged in, on the queue."""
    context = browser.new_context(base_url=address)
    opened = listened_to(context.new_page(), faults)
    log_in(opened, "Priti Rao")
    yield opened
    context.close()


def log_in(page: Page, name: str, path: str = "/") -> None:
    """Leaves ``path`` loaded, so that its scripts hear the first key."""
    page.set_default_timeout(15_000)
    page.goto(f"/login?next={path}")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url(lambda address: urlsplit(address).path == path)


def listened_to(page: Page, faults: list[str]) -> Page:
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    return page
