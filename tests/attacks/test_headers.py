"""Content security policy, framing, sniffing, cookies: what every answer tells the browser to refuse."""

import re
from collections.abc import Callable, Iterator, Mapping

import pytest

from inbox.roles import Role
from settings import Settings
from tests.attacks.walking import DOORS, filled, routes
from tests.inbox.conftest import Browser, add_person, log_in, make_app
from tests.inbox.factory import NOW, add_demo

FETCHED = {"default-src", "script-src", "style-src", "img-src", "connect-src", "font-src", "object-src", "frame-src"}


def directives(policy: str) -> dict[str, list[str]]:
    return {name: values for name, *values in (part.split() for part in policy.split(";"))}


def answers(app, admin: Browser, nobody: Browser) -> Iterator[object]:
    """Of every route, as an administrator and as nobody, refusals included; and of what is no route at all."""
    gets = [filled(path) for method, path in routes(app) if method == "GET" and "/live" not in path]
    strays = ["/nowhere", "/static/earshot.css", "/static/../settings.py", "/cases/x"]
    yield from (admin.get(path) for path in [*gets, *strays])
    yield from (nobody.get(path) for path in [*gets[::4], *strays])
    yield from (admin.client.post(filled(path)) for method, path in routes(app) if method == "POST")
    yield nobody.client.request("TRACE", "/")
    yield nobody.client.request("OPTIONS", "/login")


def test_every_answer_of_every_route_tells_the_browser_what_to_refuse(app, sqlite_store, as_role, nobody):
    add_demo(sqlite_store, now=NOW)
    seen = 0
    for answer in answers(app, as_role(Role.ADMIN), nobody):
        runs_no_foreign_and_no_inline_script(answer.headers["content-security-policy"])
        refuses_frames_guessed_types_other_readers_and_devices(answer.headers)
        if answer.headers.get("content-type", "").startswith("text/html"):
            holds_no_inline_script_style_or_handler(answer.text)
            seen += 1
    assert seen > 150


def runs_no_foreign_and_no_inline_script(header: str) -> None:
    policy = directives(header)
    assert policy["default-src"] == ["'none'"]
    assert policy["object-src"] == policy["base-uri"] == policy["frame-ancestors"] == ["'none'"]
    assert policy["form-action"] == ["'self'"]
    sources = {source for name in FETCHED & set(policy) for source in policy[name]}
    assert sources <= {"'none'", "'self'", "data:"}
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == ["'self'"]


def refuses_frames_guessed_types_other_readers_and_devices(headers: Mapping[str, str]) -> None:
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] in ("same-origin", "no-referrer")
    assert headers["cross-origin-opener-policy"] == headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["cross-origin-embedder-policy"] == "require-corp"
    for feature in ("camera", "microphone", "geolocation", "payment", "usb"):
        assert f"{feature}=()" in headers["permissions-policy"]
    assert not {"access-control-allow-origin", "x-powered-by"} & set(headers)
    assert "cache-control" in headers


def holds_no_inline_script_style_or_handler(page: str) -> None:
    assert "<style" not in page
    assert not re.search(r"<[^>]*\s(style|on[a-z]+)\s*=", page)
    assert all(re.match(r"<script\s+[^>]*src=\"/", found) for found in re.findall(r"<script[^>]*>", page))
    assert "javascript:" not in page.lower()


@pytest.fixture
def secure(settings: Settings, sqlite_store, queues, clock, open_browser) -> Callable[..., Browser]:
    """A browser that reaches an app with these settings by https."""

    def enter(**given: object) -> Browser:
        browser = open_browser()
        changed = settings.model_copy(update={"web_secure_cookies": True, **given})
        browser.client._transport.app = make_app(changed, sqlite_store, queues, clock)
        browser.client.base_url = "https://testserver"
        return Browser(browser.client, root=f"/{changed.web_root}" if changed.web_root else "")

    return enter


@pytest.mark.parametrize(("root", "prefix"), [("", "__Host-"), ("care", "__Secure-")])
def test_behind_https_cookies_are_secure_and_bound_to_the_host_by_their_names(sqlite_store, secure, root, prefix):
    add_person(sqlite_store, "Priti", Role.AGENT)
    browser = secure(web_root=root)
    shown = browser.get("/login").headers["set-cookie"]
    entered = log_in(browser, "Priti")
    assert entered.status_code == 303
    for cookie in (shown, entered.headers["set-cookie"]):
        assert cookie.startswith(prefix)
        assert {"httponly", "secure", "samesite=lax"} <= {part.strip().lower() for part in cookie.split(";")}
        assert "domain=" not in cookie.lower()
    assert browser.get("/").status_code == 200
    assert browser.post("/logout").status_code == 303
    assert browser.get("/").status_code == 303


def test_a_cookie_that_a_neighbouring_host_planted_is_not_read(sqlite_store, secure):
    """A neighbour can set `earshot_form` for the whole domain, but no name that begins with `__Host-`."""
    add_person(sqlite_store, "Mallory", Role.AGENT)
    browser = secure()
    browser.client.cookies.set("earshot_form", "planted")
    fields = {"form_token": "planted", "name": "Mallory", "password": "a short sentence", "next": "/"}
    assert browser.client.post("/login", data=fields).status_code == 403


def test_where_it_is_switched_on_browsers_are_told_to_come_by_https_alone(secure, nobody):
    assert secure(web_hsts_seconds=63072000).get("/login").headers["strict-transport-security"] == "max-age=63072000"
    assert "strict-transport-security" not in nobody.get("/login").headers


def test_doors_for_programs_carry_the_same_headers(nobody):
    for path in DOORS:
        answer = nobody.client.post(filled(path))
        assert answer.headers["content-security-policy"] and answer.headers["x-content-type-options"] == "nosniff"
