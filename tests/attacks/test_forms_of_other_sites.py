"""Cross-site request forgery: a form that another site makes a browser send changes nothing."""

import pytest

from inbox.roles import Role
from store.store import Store
from tests.attacks.walking import DOORS, filled, routes
from tests.inbox.conftest import TOKEN, Browser
from tests.inbox.factory import NOW, add_demo

PUBLIC = ("/login", "/welcome/{token}", "/s/{token}", "/rate/{token}")


WRITTEN_BY_LOOKING = {"access_log", "presence", "preferences", "sessions", "wrong_tries"}
"""Who looked at what, when somebody was here last, and that a link was none of ours: what looking is."""


def posts(app) -> list[str]:
    return [path for method, path in routes(app) if method == "POST" and path not in DOORS]


def everything(store: Store) -> list[tuple[str, object]]:
    """The rows of every table, but for the moments at which people were seen."""
    with store.engine.connect() as connection:
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").all()
        tables = [name for (name,) in names if not name.startswith(("sqlite_", "message_words"))]
        return [(name, connection.exec_driver_sql(f'SELECT * FROM "{name}"').all()) for name in tables]


@pytest.fixture
def token_of_somebody_else(as_role) -> str:
    """One that the app made for another session, and accepts there."""
    return as_role(Role.COMPLIANCE).token()


def test_no_form_is_taken_without_its_token_nor_with_the_token_of_another_session(
    app, sqlite_store, as_role, nobody: Browser, token_of_somebody_else
):
    add_demo(sqlite_store, now=NOW)
    admin = as_role(Role.ADMIN)
    own, walked, before = admin.token(), 0, everything(sqlite_store)
    for path in posts(app):
        browser = nobody if path.startswith(PUBLIC) else admin
        for forged in ({}, {"form_token": ""}, {"form_token": token_of_somebody_else}, {"form_token": own[:-1]}):
            answer = browser.client.post(filled(path), data=forged | {"version": "1", "text": "forged"})
            assert (answer.status_code, path) in ((403, path), (401, path))
            walked += 1
    assert walked > 200
    changed = {name for name, rows in everything(sqlite_store) if dict(before)[name] != rows}
    assert changed <= WRITTEN_BY_LOOKING


def test_a_token_in_the_address_or_as_json_or_as_plain_text_counts_for_nothing(app, sqlite_store, as_role):
    """What a page of another site can send without asking the browser's leave."""
    add_demo(sqlite_store, now=NOW)
    admin = as_role(Role.ADMIN)
    own = admin.token()
    for path in posts(app):
        if path.startswith(PUBLIC):
            continue
        for sent in ({"params": {"form_token": own}}, {"json": {"form_token": own}}):
            assert (admin.client.post(filled(path), **sent).status_code, path) in ((403, path), (401, path))


def test_nothing_is_changed_by_a_get(app, sqlite_store, as_role):
    """Links and pictures of other sites make browsers send those, cookies and all."""
    add_demo(sqlite_store, now=NOW)
    admin = as_role(Role.ADMIN)
    admin.token()
    gets = [path for method, path in routes(app) if method == "GET" and "/live" not in path and path not in DOORS]
    admin.get("/replies")  # puts the shipped replies where people can change them, once
    before = dict(everything(sqlite_store))
    for path in gets:
        admin.get(filled(path))
    now = dict(everything(sqlite_store))
    said = set(map(str, now.pop("events"))) - set(map(str, before.pop("events")))
    assert all("exported" in one for one in said), said
    assert {name for name, rows in now.items() if before[name] != rows} <= WRITTEN_BY_LOOKING


def test_the_form_token_of_a_visitor_is_worth_nothing_once_somebody_is_logged_in(as_role, nobody):
    before = TOKEN.search(nobody.get("/login").text)
    assert before is not None
    admin = as_role(Role.ADMIN)
    admin.client.cookies.set("earshot_form", before[1])
    assert admin.client.post("/people", data={"form_token": before[1], "name": "E", "role": "admin"}).status_code == 403


def test_a_door_for_programs_takes_no_cookie_for_a_key(as_role):
    admin = as_role(Role.ADMIN)
    assert admin.client.post("/api/messages", json={"text": "hello"}).status_code == 401
    assert admin.client.post("/hooks/facebook", json={}).status_code in (401, 404)
