"""A request may carry any `Host`: no one-time link is made of one that is not ours."""

import re
import secrets

import pytest

from inbox.roles import Role
from settings import Settings
from tests.inbox.conftest import Browser, make_app
from tests.inbox.factory import NOW, add_demo

FORGED = (
    "evil.example",
    "evil.example:443",
    "testserver.evil.example",
    "testserver@evil.example",
    "testserver:80@evil.example",
    "evil.example/testserver",
    "evil.example#testserver",
    "evil.example\\testserver",
    "localhost.evil.example",
    "127.0.0.1.evil.example",
    "203.0.113.9",
    "[2001:db8::1]",
)


def link_for_somebody(admin: Browser, name: str = "Eve", **headers: str) -> str:
    form = {"form_token": admin.token(), "form_key": secrets.token_hex(16), "name": name, "role": "agent"}
    page = admin.client.post("/people", data=form, headers=headers).text
    found = re.search(r"https?://[^\s<\"]*/welcome/", page)
    assert found is not None
    return found[0]


def test_a_forged_host_gets_into_no_invitation(as_role):
    admin = as_role(Role.ADMIN)
    for number, forged in enumerate(FORGED):
        assert link_for_somebody(admin, f"Eve {number}", host=forged) == "http://127.0.0.1:8571/welcome/", forged


def test_a_forged_forwarding_header_gets_into_no_invitation(as_role):
    admin = as_role(Role.ADMIN)
    for name in ("x-forwarded-host", "x-host", "x-forwarded-server", "x-original-url", "forwarded"):
        assert "evil" not in link_for_somebody(admin, f"Eve {name}", **{name: "evil.example"})


@pytest.mark.parametrize(
    ("given", "host", "link"),
    [
        ({}, "localhost:8571", "http://localhost:8571/welcome/"),
        ({"public_url": "https://care.larkbank.example"}, "evil.example", "https://care.larkbank.example/welcome/"),
        ({"web_hosts": frozenset({"care.example"})}, "care.example", "http://care.example/welcome/"),
        ({"web_hosts": frozenset({"*.example"})}, "care.example:8443", "http://care.example:8443/welcome/"),
        (
            {"web_hosts": frozenset({"care.example"}), "web_secure_cookies": True},
            "care.example",
            "https://care.example/welcome/",
        ),
    ],
)
def test_links_are_made_of_the_names_that_are_ours(given, host, link, settings, sqlite_store, queues, clock, as_role):
    admin = as_role(Role.ADMIN)
    admin.client._transport.app = make_app(settings.model_copy(update=given), sqlite_store, queues, clock)
    if given.get("web_secure_cookies"):
        session = admin.client.cookies["earshot_session"]
        admin.client.cookies.set("__Host-earshot_session", session)
        admin.client.base_url = "https://testserver"
    admin.client.headers["host"] = host
    made = link_for_somebody(admin)
    assert made.replace("https://care.example", link.split("/welcome")[0]) == link


def test_where_hosts_are_named_no_other_is_served_and_probes_still_are(
    settings: Settings, sqlite_store, queues, clock, nobody
):
    add_demo(sqlite_store, now=NOW)
    named = settings.model_copy(update={"web_hosts": frozenset({"care.example", "*.care.example"})})
    nobody.client._transport.app = make_app(named, sqlite_store, queues, clock)
    for forged in (*FORGED, "", "care.example.evil.example", "evilcare.example"):
        assert nobody.get("/login", host=forged).status_code == 400
        assert nobody.get("/static/earshot.css", host=forged).status_code == 400
    assert nobody.get("/healthz", host="10.1.2.3").status_code in (200, 503)
    for ours in ("care.example", "CARE.example:8443", "eu.care.example"):
        assert nobody.get("/login", host=ours).status_code == 200


@pytest.mark.parametrize("wrong", ["https://care.example", "care.example/x", "care example", "*", "a@b", "-" * 70])
def test_what_is_no_host_name_is_refused_in_the_settings(wrong):
    with pytest.raises(ValueError, match="host name"):
        Settings(web_hosts=frozenset({wrong}))
