from collections.abc import Callable
from datetime import timedelta

import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from flow.dry_runs import Wish, ask
from flow.teamwork import By
from inbox.access import first_admin_link
from inbox.roles import Role
from policy.loading import PACKS, load_policy
from settings import Settings
from store.queue_in_memory import QueuesInMemory
from store.store import Store
from tests.inbox.conftest import CHEAP, PASSWORD, TOKEN, Browser, Clock, add_person, log_in, make_app
from tests.inbox.factory import NOW, add_demo
from tests.inbox.route_table import FOR_ANYBODY, SCOPES

DOORS = {"/hooks/{name}", "/metrics", *(line.split(" ")[1] for line in SCOPES)}
"""For programs, who show a signature or a key instead of a log-in: `test_channels`."""
PUBLIC = {line.split(" ")[1] for line in FOR_ANYBODY} - DOORS


def add_dry_run(store: Store) -> None:
    rules = (PACKS / "house" / "pack.toml").read_text(encoding="utf-8")
    policy, by = load_policy(**Settings().policy), By("lena", NOW, "0" * 32)
    with store.writing() as transaction:
        ask(transaction, policy, Wish(NOW - timedelta(days=1), NOW, rules), by=by)


def _filled(path: str) -> str:
    path = path.replace("/complaints/{id}", "/complaints/C-0000001").replace("{act}", "investigate")
    return path.replace("{id}", "1").replace("{token}", "unknown")


def _routes(app: Starlette) -> list[tuple[str, str]]:
    return [
        (method, route.path)
        for route in app.routes
        if isinstance(route, Route)
        for method in sorted(route.methods or ())
        if method != "HEAD" and route.path not in DOORS
    ]


def test_every_post_without_its_token_is_refused(app, agent, nobody, as_role):
    admin = as_role(Role.ADMIN)
    for method, path in _routes(app):
        if method == "POST":
            browser = nobody if path in PUBLIC else admin
            for fields in ({}, {"form_token": "forged"}):
                assert (browser.client.post(_filled(path), data=fields).status_code, path) == (403, path)


def test_an_auditor_sees_every_page_and_changes_nothing(app, sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    add_dry_run(sqlite_store)
    auditor = as_role(Role.AUDITOR)
    elsewhere = ("/logout", "/keys", "/login/code", "/mentions/{id}/kept", "/cases/{id}/then")
    for method, path in _routes(app):
        if path in PUBLIC or path.startswith(("/people", "/programs", "/me")) or path in elsewhere:
            continue  # what the register kept of a deleted message is in test_deleted, a sandbox in test_troubles
        answer = auditor.get(_filled(path)) if method == "GET" else auditor.post(_filled(path))
        assert (answer.status_code, path) == (200 if method == "GET" else 403, path)


@pytest.mark.parametrize("role", [Role.AGENT, Role.LEAD, Role.COMPLIANCE, Role.AUDITOR])
def test_only_an_administrator_invites_people(as_role, role):
    browser = as_role(role)
    assert browser.get("/people").status_code == 403
    assert browser.post("/people", name="Eve", role="admin").status_code == 403


def test_every_answer_carries_a_strict_policy(agent, nobody):
    for answer in (agent.get("/"), nobody.get("/login"), nobody.get("/nowhere"), nobody.get("/static/earshot.css")):
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"


def test_no_page_holds_inline_script_or_style(sqlite_store, agent):
    add_demo(sqlite_store, now=NOW)
    for path in ("/", "/cases/1", "/register", "/health", "/desk"):
        page = agent.get(path).text
        assert "<style" not in page
        assert " style=" not in page
        assert "onclick" not in page
        assert page.count("<script") == page.count("<script src=")


def test_a_wrong_password_and_an_unknown_name_look_the_same(sqlite_store, nobody):
    add_person(sqlite_store, "Priti", Role.AGENT)
    wrong = log_in(nobody, "Priti", "not this one")
    unknown = log_in(nobody, "Prita", "not this one")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("Priti", "?") == unknown.text.replace("Prita", "?")


def test_after_five_wrong_tries_even_the_right_password_waits(sqlite_store, nobody, clock):
    add_person(sqlite_store, "Priti", Role.AGENT)
    for _ in range(5):
        log_in(nobody, "Priti", "not this one")
    assert log_in(nobody, "Priti").status_code == 401
    clock.move(seconds=31)
    assert log_in(nobody, "Priti").status_code == 303


def test_the_lock_grows_with_more_tries_and_never_beyond_a_quarter_of_an_hour(sqlite_store, nobody, clock):
    add_person(sqlite_store, "Priti", Role.AGENT)
    for _ in range(30):
        log_in(nobody, "Priti", "not this one")
        clock.move(minutes=15, seconds=1)
    assert log_in(nobody, "Priti").status_code == 303


def test_a_session_cookie_is_out_of_reach_of_scripts_and_of_other_sites(sqlite_store, nobody):
    add_person(sqlite_store, "Priti", Role.AGENT)
    cookie = log_in(nobody, "Priti").headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "secure" not in cookie


def test_only_the_digest_of_a_session_token_is_kept(sqlite_store, nobody):
    add_person(sqlite_store, "Priti", Role.AGENT)
    log_in(nobody, "Priti")
    token = nobody.client.cookies["earshot_session"]
    with sqlite_store.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM sessions").all())
    assert len(token) >= 43
    assert token not in kept


def test_a_session_ends_after_twelve_hours(agent, clock):
    assert agent.get("/").status_code == 200
    clock.move(hours=12, seconds=1)
    assert agent.get("/").status_code == 303


def test_logging_out_ends_the_session_everywhere(agent, nobody):
    token = agent.client.cookies["earshot_session"]
    assert agent.post("/logout").status_code == 303
    nobody.client.cookies.set("earshot_session", token)
    assert nobody.get("/").status_code == 303


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_the_log_in_never_leads_to_another_site(sqlite_store, nobody, target):
    add_person(sqlite_store, "Priti", Role.AGENT)
    assert log_in(nobody, "Priti", target=target).headers["location"] == "/"


def test_the_log_in_leads_back_to_the_page_that_was_asked_for(sqlite_store, nobody):
    add_person(sqlite_store, "Priti", Role.AGENT)
    asked = nobody.get("/?view=tier3")
    assert asked.headers["location"] == "/login?next=%2F%3Fview%3Dtier3"
    assert log_in(nobody, "Priti", target="/?view=tier3").headers["location"] == "/?view=tier3"


def _choose(browser: Browser, path: str, **fields: str):
    found = TOKEN.search(browser.get(path).text)
    token = found[1] if found else "none"
    values = {"form_token": token, "name": "Priti Rao", "password": PASSWORD, "again": PASSWORD}
    return browser.client.post(path, data=values | fields)


def test_the_first_start_gives_a_link_with_which_a_person_chooses_name_and_password_once(sqlite_store, nobody):
    link = first_admin_link(sqlite_store, "http://testserver", NOW)
    assert link is not None
    path = link.removeprefix("http://testserver")
    assert _choose(nobody, path).status_code == 303
    assert log_in(nobody, "Priti Rao").status_code == 303
    assert nobody.get("/people").status_code == 200
    assert _choose(nobody, path).status_code == 403 or nobody.get(path).status_code == 404
    assert nobody.get(path).status_code == 404
    assert first_admin_link(sqlite_store, "http://testserver", NOW) is None


def test_an_old_invitation_opens_nothing(sqlite_store, nobody, clock):
    link = first_admin_link(sqlite_store, "http://testserver", NOW)
    assert link is not None
    clock.move(hours=24, seconds=1)
    assert nobody.get(link.removeprefix("http://testserver")).status_code == 404


@pytest.mark.parametrize(
    "fields", [{"password": "too short", "again": "too short"}, {"again": "another sentence"}, {"name": "<script>"}]
)
def test_a_bad_choice_of_password_or_name_is_said_and_changes_nothing(sqlite_store, nobody, fields):
    link = first_admin_link(sqlite_store, "http://testserver", NOW)
    assert link is not None
    answer = _choose(nobody, link.removeprefix("http://testserver"), **fields)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert first_admin_link(sqlite_store, "http://testserver", NOW) is not None


def test_an_administrator_invites_a_colleague_who_then_logs_in(as_role, nobody, sqlite_store):
    admin = as_role(Role.ADMIN)
    page = admin.post("/people", name="Keiko Ito", role="agent").text
    link = page.split("/welcome/")[1].split("<")[0]
    assert _choose(nobody, f"/welcome/{link}", name="Keiko Ito").status_code == 303
    assert log_in(nobody, "Keiko Ito").status_code == 303
    assert nobody.get("/people").status_code == 403


def test_a_disabled_person_is_out_at_once_and_stays_out(as_role, agent, sqlite_store):
    admin = as_role(Role.ADMIN)
    with sqlite_store.reading() as transaction:
        user = transaction.accounts.by_name("agent person")
    assert user is not None
    assert admin.post(f"/people/{user.id}/disable").status_code == 303
    assert agent.get("/").status_code == 303
    assert log_in(agent, "agent person").status_code == 401


def test_under_a_sub_path_every_link_and_cookie_stays_below_it(
    sqlite_store: Store, queues: QueuesInMemory, clock: Clock, settings: Settings, open_browser: Callable[[], Browser]
):
    from_root = settings.model_copy(update={"web_root": "care/"})
    add_person(sqlite_store, "Priti", Role.AGENT)
    case_id = add_demo(sqlite_store, now=NOW)[0]
    client = open_browser().client
    client._transport.app = make_app(from_root, sqlite_store, queues, clock)
    browser = Browser(client, root="/care")
    answer = log_in(browser, "Priti")
    assert answer.headers["location"] == "/care/"
    assert "path=/care;" in answer.headers["set-cookie"].lower()
    for path in ("", "/", f"/cases/{case_id}", "/desk", "/desk/1", "/register", "/health"):
        page = browser.get(path)
        assert page.status_code == 200
        for link in page.text.split('href="')[1:]:
            assert link.startswith(("/care/", "https://social.example/", "#"))
        assert 'action="/care/' in page.text
    assert client.get("/healthz").status_code == 200
    assert browser.post(f"/cases/{case_id}/assign", owner="Priti", version=browser.version(case_id)).status_code == 303


def test_a_form_that_is_too_large_is_refused(agent):
    answer = agent.post("/cases/1/note", text="x" * 300_000)
    assert answer.status_code == 413


def test_passwords_are_checked_as_slowly_for_names_that_do_not_exist():
    hashed = CHEAP.hash(PASSWORD)
    assert CHEAP.matches(PASSWORD, hashed)
    assert not CHEAP.matches(PASSWORD, None)
    assert not CHEAP.matches("nobody has this password", None)
