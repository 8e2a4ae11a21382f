"""An inbox over a real database, with queues in memory, and browsers for each role."""

import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.testclient import TestClient

from connectors.local.channel import LocalChannel
from inbox import vendor
from inbox.app import create_app
from inbox.passwords import Passwords
from inbox.roles import Role
from settings import Settings
from store.queue_in_memory import QueuesInMemory
from store.store import Store
from tests.inbox.factory import NOW

PASSWORD = "a short sentence"
CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
TOKEN = re.compile(r'name="form_token" value="([^"]+)"')
FORM_KEY = re.compile(r'name="form_key" value="([^"]+)"')


class Clock:
    """Stands still until it is told to move."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now

    def move(self, **amount: float) -> None:
        self.now += timedelta(**amount)


@dataclass(frozen=True, slots=True)
class Browser:
    """A client that carries the form token of the page it looked at last."""

    client: TestClient
    root: str = ""

    def get(self, path: str, **headers: str):
        return self.client.get(self.root + path, headers=headers)

    def token(self) -> str:
        found = TOKEN.search(self.get("/health").text)
        assert found is not None
        return found[1]

    def post(self, path: str, **fields: str):
        """With a form key of its own, unless one is given."""
        return self.client.post(
            self.root + path, data={"form_token": self.token(), "form_key": secrets.token_hex(16), **fields}
        )

    def form_key(self, case_id: int) -> str:
        found = FORM_KEY.search(self.get(f"/cases/{case_id}").text)
        assert found is not None
        return found[1]

    def version(self, case_id: int) -> str:
        found = re.search(r'name="version" value="(\d+)"', self.get(f"/cases/{case_id}").text)
        assert found is not None
        return found[1]


@pytest.fixture(scope="session", autouse=True)
def _front_end() -> None:
    """The start refuses without the fetched libraries; what is served is not what these tests are about."""
    lacking = vendor.missing()
    vendor.TARGET.mkdir(parents=True, exist_ok=True)
    for name in lacking:
        (vendor.TARGET / name).write_bytes(b"")
    yield
    for name in lacking:
        (vendor.TARGET / name).unlink()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def queues() -> QueuesInMemory:
    return QueuesInMemory()


WHOLE_SESSION = 12 * 60.0
"""Tests move the clock by hours; how long somebody may do nothing is tested in test_sessions.py."""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", session_idle_minutes=WHOLE_SESSION)


def make_app(settings: Settings, store: Store, queues: QueuesInMemory, clock: Clock) -> Starlette:
    return create_app(
        settings, store, queues, channel_for=lambda name, _, its: LocalChannel(its), clock=clock, passwords=CHEAP
    )


@pytest.fixture
def app(settings: Settings, sqlite_store: Store, queues: QueuesInMemory, clock: Clock) -> Starlette:
    return make_app(settings, sqlite_store, queues, clock)


@pytest.fixture
def open_browser(app: Starlette) -> Iterator[Callable[[], Browser]]:
    with ExitStack() as opened:

        def open_one() -> Browser:
            client = TestClient(app, follow_redirects=False, raise_server_exceptions=False)
            return Browser(opened.enter_context(client))

        yield open_one


@pytest.fixture
def nobody(open_browser: Callable[[], Browser]) -> Browser:
    return open_browser()


def add_person(store: Store, name: str, role: Role, *, now: datetime = NOW) -> int:
    with store.writing() as transaction:
        user_id = transaction.accounts.add(name, role.value, now=now)
        transaction.accounts.set_password(user_id, CHEAP.hash(PASSWORD))
    return user_id


def log_in(browser: Browser, name: str, password: str = PASSWORD, target: str = "/"):
    found = TOKEN.search(browser.get("/login").text)
    assert found is not None
    fields = {"form_token": found[1], "name": name, "password": password, "next": target}
    return browser.client.post(browser.root + "/login", data=fields)


@pytest.fixture
def as_role(sqlite_store: Store, open_browser: Callable[[], Browser]) -> Callable[[Role], Browser]:
    def enter(role: Role) -> Browser:
        add_person(sqlite_store, f"{role.value} person", role)
        browser = open_browser()
        assert log_in(browser, f"{role.value} person").status_code == 303
        return browser

    return enter


@pytest.fixture
def agent(as_role: Callable[[Role], Browser]) -> Browser:
    return as_role(Role.AGENT)
