"""What anybody may type or put into an address: every field of every route takes it, or refuses it, and never breaks.

Which fields a route reads is not written down here: it is seen while the route is asked.
"""

import os
from collections import Counter
from collections.abc import Iterator

import pytest
from starlette.applications import Starlette
from starlette.datastructures import QueryParams

import inbox.gate
from inbox.roles import Role
from tests.attacks.walking import DOORS, filled, routes
from tests.inbox.conftest import TOKEN, Browser, add_person, log_in, make_app
from tests.inbox.factory import NOW, add_demo

HOSTILE = (
    "'\"; DROP TABLE cases; -- ` $$ \\",
    "% _ \\% [a-z] * NEAR(x, 1) ! <-> : & | ( ) OR NOT {",
    "\x00",
    "a\x00b",
    "\ud800",
    "9" * 13,
    "-1",
    "9" * 400,
    "9999-12-31",
    "0001-01-01",
    "\u202e\u2028\r\nX: y",
    "١٢",
    "x" * 10_000,
)
AT_ROUTES = int(os.environ.get("EXAMPLES", "1"))
"""Most routes at which a field of one name is tried: the same code reads it there."""
LEFT = ("/live", "/logout", "/sessions/end")
"""A stream, and what would end the session of this test."""


class Seen(dict):
    """A form that notes which fields are asked for."""

    asked: set[str] = set()

    def get(self, name, default=None):
        self.asked.add(name)
        return super().get(name, default)

    def __contains__(self, name):
        self.asked.add(str(name))
        return super().__contains__(name)

    def __getitem__(self, name):
        self.asked.add(name)
        return super().__getitem__(name)


@pytest.fixture
def asked(monkeypatch) -> set[str]:
    """Names of the fields that the last requests asked for."""
    names: set[str] = set()
    monkeypatch.setattr(Seen, "asked", names)
    read, get = inbox.gate._read_form, QueryParams.get

    async def reading(request):
        form = await read(request)
        return None if form is None else Seen(form)

    def getting(self, key, default=None):
        names.add(str(key))
        return get(self, key, default)

    monkeypatch.setattr(inbox.gate, "_read_form", reading)
    monkeypatch.setattr(QueryParams, "get", getting)
    return names


@pytest.fixture
def filled_app(settings, store, queues, clock) -> Starlette:
    add_demo(store, now=NOW)
    add_person(store, "Ada", Role.ADMIN)
    return make_app(settings, store, queues, clock)


@pytest.fixture
def admin(filled_app, nobody: Browser) -> Browser:
    nobody.client._transport.app = filled_app
    assert log_in(nobody, "Ada").status_code == 303
    return nobody


def walked(app: Starlette, method: str) -> Iterator[str]:
    for each, path in routes(app):
        if each == method and path not in DOORS and not any(part in path for part in LEFT):
            yield path


def once_more(names: Counter[str], asked: set[str]) -> list[str]:
    """Those that were not tried at enough routes yet."""
    wanted = sorted(name for name in asked if names[name] < AT_ROUTES)
    names.update(wanted)
    return wanted


def quoted(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


@pytest.mark.slow
def test_no_value_in_an_address_breaks_a_page(filled_app, admin, asked):
    broken, tried, names = [], 0, Counter[str]()
    for path in walked(filled_app, "GET"):
        asked.clear()
        admin.get(filled(path))
        for name in once_more(names, asked):
            for value in HOSTILE:
                tried += 1
                answer = admin.client.get(filled(path), params={name: quoted(value)})
                if answer.status_code >= 500:
                    broken.append((path, name, value[:20]))
    assert not broken, broken
    assert tried > 300


@pytest.mark.slow
def test_no_value_in_a_path_breaks_a_page(filled_app, admin):
    broken = []
    for method, path in routes(filled_app):
        if "{" in path and "/live" not in path:
            for value in ("%00", "a%00b", "9" * 13, "9" * 400, "%ED%A0%80", "%27%22%3B--", "%252e%252e", "-1", "%F0"):
                here = path[: path.index("{")] + value + path[path.index("}") + 1 :]
                answer = admin.client.request(method, filled(here), data={"form_token": "x"})
                if answer.status_code >= 500:
                    broken.append((method, path, value[:20]))
    assert not broken, broken


@pytest.mark.slow
def test_no_value_in_a_form_breaks_a_page(filled_app, admin, asked):
    broken, tried, names = [], 0, Counter[str]()
    for path in walked(filled_app, "POST"):
        page = admin.get("/health")
        if page.status_code != 200:
            assert log_in(admin, "Ada").status_code == 303
            page = admin.get("/health")
        found = TOKEN.search(page.text)
        assert found is not None
        form: dict[str, str] = {"form_token": found[1]}
        asked.clear()
        for _ in range(12):
            admin.client.post(filled(path), data=form)
            new = asked - set(form)
            form |= dict.fromkeys(new, "1")
            if not new:
                break
        for name in once_more(names, set(form) - {"form_token"}):
            for value in HOSTILE:
                tried += 1
                answer = admin.client.post(filled(path), data=form | {name: quoted(value)})
                if answer.status_code >= 500:
                    broken.append((path, name, value[:20]))
    assert not broken, broken
    assert tried > 500
