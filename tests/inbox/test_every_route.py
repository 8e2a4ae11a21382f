"""Every route, as every role, as nobody, with the key of each scope, and with a log-in that is not whole yet."""

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from inbox.app import _all_declared
from inbox.gate import declared
from inbox.roles import Role
from models.account import Scope, Stage
from models.errors import SetupError
from store.vault import vault_of
from tests.inbox.conftest import TOKEN, Browser, add_person, log_in, make_app
from tests.inbox.factory import NOW, add_demo
from tests.inbox.route_table import FOR_ANYBODY, ROLES, SCOPES, STAGES
from tests.inbox.test_access import _filled, add_dry_run

LAST = ("POST /logout",)
"""After it there is no session to go on with."""
DECIDED_BY_THE_PAGE = ("POST /crisis", "POST /crisis/{id}/{act}")
"""The policy says which roles declare and lift; `test_crisis` has those."""


def routes_of(app: Starlette) -> list[str]:
    named = [
        f"{method} {route.path}"
        for route in app.routes
        if isinstance(route, Route)
        for method in sorted(route.methods or ())
        if method != "HEAD"
    ]
    return [one for one in named if one not in LAST] + [one for one in named if one in LAST]


def call(browser: Browser, line: str, token: str, **headers: str):
    method, path = line.split(" ")
    data = {"form_token": token} if method == "POST" else None
    return browser.client.request(method, _filled(path), data=data, headers=headers)


def is_asked_to_log_in(answer) -> bool:
    return answer.status_code == 401 or (
        answer.status_code == 303
        and answer.request.method == "GET"
        and answer.headers["location"].startswith(("/login", "/me/second-factor?next"))
    )


def is_refused_by_role(answer) -> bool:
    return answer.status_code == 403 and "may not do this" in answer.text


def test_every_route_stands_in_the_table_and_none_that_is_gone(app):
    assert sorted(routes_of(app)) == sorted({*ROLES, *SCOPES, *FOR_ANYBODY})


def test_a_route_of_which_nobody_said_who_may_use_it_stops_the_start(app):
    async def open_door(request):
        return PlainTextResponse("come in")

    with pytest.raises(SetupError, match="nobody said who may use .*/open"):
        _all_declared([*app.routes, Route("/open", open_door)])


def test_what_the_code_declares_is_what_the_table_says(app):
    for route in app.routes:
        if not isinstance(route, Route):
            continue
        access = declared(route)
        for method in (route.methods or set()) - {"HEAD"}:
            line = f"{method} {route.path}"
            assert (access.roles, line) == (ROLES.get(line, frozenset()), line)
            assert (access.scope, line) == (SCOPES.get(line), line)
            assert (access.is_public or access.is_signed, line) == (line in FOR_ANYBODY, line)
            assert (access.stages, line) == (frozenset(stage for stage in STAGES if line in STAGES[stage]), line)


def test_a_route_that_is_open_to_anybody_is_one_of_a_known_few():
    assert {
        "GET /healthz",
        "GET /readyz",
        "GET /login",
        "POST /login",
        "GET /sign-on",
        "GET /sign-on/return",
        "GET /sign-on/left",
        "GET /welcome/{token}",
        "POST /welcome/{token}",
        "GET /contact",
        "POST /contact",
        "GET /s/{token}",
        "POST /s/{token}",
        "GET /rate/{token}",
        "POST /rate/{token}",
        "GET /hooks/{name}",
        "POST /hooks/{name}",
        "GET /metrics",
        "GET /api/openapi.json",
    } == FOR_ANYBODY


@pytest.mark.slow
@pytest.mark.parametrize("role", list(Role))
def test_each_role_passes_the_gates_that_are_its_own_and_no_other(app, settings, sqlite_store, as_role, role):
    sqlite_store.vault = vault_of(settings)
    browser = as_role(role)
    add_demo(sqlite_store, now=NOW)
    add_dry_run(sqlite_store)
    token = browser.token()
    for line in routes_of(app):
        if line in FOR_ANYBODY:
            continue
        answer = call(browser, line, token)
        if line in SCOPES:
            assert (answer.status_code, line) == (401, line), "a log-in opens no door for programs"
            continue
        assert (is_asked_to_log_in(answer), line) == (False, line)
        if line not in DECIDED_BY_THE_PAGE or role not in ROLES[line]:
            assert (is_refused_by_role(answer), line) == (role not in ROLES[line], line)
        assert (answer.status_code >= 500, line) == (False, line)


def test_nobody_passes_any_gate_and_reads_nothing(app, sqlite_store, nobody):
    add_demo(sqlite_store, now=NOW)
    for line in routes_of(app):
        if line in FOR_ANYBODY:
            continue
        answer = call(nobody, line, "x")
        assert (is_asked_to_log_in(answer), line) == (True, line)
        assert (answer.status_code, line) == (303 if line.startswith("GET") and line not in SCOPES else 401, line)
        assert "joss_wattle" not in answer.text


@pytest.mark.parametrize("scope", list(Scope))
def test_a_key_opens_the_doors_of_its_scope_and_no_page(app, sqlite_store, nobody, scope):
    add_demo(sqlite_store, now=NOW)
    with sqlite_store.writing() as transaction:
        key = transaction.api_keys.make("bridge", scopes=[scope], now=NOW)
    for line in routes_of(app):
        if line in FOR_ANYBODY:
            continue
        answer = call(nobody, line, "x", authorization=f"Bearer {key}")
        if line not in SCOPES:
            assert (is_asked_to_log_in(answer), line) == (True, line)
        elif SCOPES[line] is scope:
            assert (answer.status_code in (200, 202, 400), line) == (True, line)
        else:
            assert (answer.status_code, line) == (403, line)
            assert "lacks the scope" in answer.text


def _half(browser: Browser, store, stage: Stage) -> str:
    """A log-in whose password was right; gives its form token."""
    user_id = add_person(store, "Priti", Role.ADMIN)
    if stage is Stage.SET_UP:
        assert log_in(browser, "Priti").status_code == 303
        return TOKEN.search(browser.get("/me/second-factor").text)[1]
    with store.writing() as transaction:
        transaction.accounts.open_session(
            user_id, "half-way-in", "its-form-token", now=NOW, expires_at=NOW.replace(year=2099), stage=stage
        )
    browser.client.cookies.set("earshot_session", "half-way-in")
    return "its-form-token"


@pytest.mark.parametrize("stage", list(STAGES))
def test_a_log_in_that_is_not_whole_opens_what_makes_it_whole_and_nothing_else(
    settings, sqlite_store, queues, clock, open_browser, stage
):
    demanding = settings.model_copy(update={"second_factor_roles": frozenset({"admin"})})
    sqlite_store.vault = vault_of(settings)
    app, browser = make_app(demanding, sqlite_store, queues, clock), open_browser()
    browser.client._transport.app = app
    add_demo(sqlite_store, now=NOW)
    token = _half(browser, sqlite_store, stage)
    for line in routes_of(app):
        if line in FOR_ANYBODY:
            continue
        answer = call(browser, line, token)
        is_open = line in STAGES[stage]
        assert (is_asked_to_log_in(answer), line) == (not is_open, line)
        assert "joss_wattle" not in answer.text
        if not is_open and line.startswith("GET") and line not in SCOPES:
            leads_to = "/login/code" if stage is Stage.CODE else "/me/second-factor"
            assert (answer.headers["location"].split("?")[0], line) == (leads_to, line)
