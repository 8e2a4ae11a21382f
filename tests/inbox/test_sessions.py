"""Sessions, seen and ended by their people and by administrators; wrong tries slow down; keys of programs."""

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from inbox.access import first_admin_link
from inbox.browsers import family
from inbox.locks import MOST_OF_ADDRESS, network_of
from inbox.roles import Role
from inbox.serving import configured
from models import EventKind
from models.account import Scope
from settings import Settings
from tests.inbox.conftest import PASSWORD, Browser, add_person, log_in, make_app
from tests.inbox.factory import NOW

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
OTHER = "another short sentence"


def digests(store, user_id: int = 1) -> list[str]:
    with store.reading() as transaction:
        return [one.digest for one in transaction.accounts.sessions_of(user_id, now=NOW)]


@pytest.fixture
def settings(tmp_path) -> Settings:
    """As shipped."""
    return Settings(home=tmp_path / "home")


@pytest.fixture
def two(open_browser, sqlite_store) -> tuple[Browser, Browser]:
    """One person at two browsers."""
    add_person(sqlite_store, "Priti", Role.AGENT)
    one, other = open_browser(), open_browser()
    other.client.headers["user-agent"] = FIREFOX
    for browser in (one, other):
        assert log_in(browser, "Priti").status_code == 303
    return one, other


def test_a_person_sees_where_they_are_logged_in_by_browser_and_time_and_without_any_address(two, sqlite_store):
    page = two[0].get("/me/security").text
    assert "Firefox, Linux" in page
    assert page.count("since <time") == 2
    with sqlite_store.engine.connect() as connection:
        kept = str(connection.exec_driver_sql("SELECT * FROM sessions").all())
    assert "testclient" not in kept and FIREFOX not in kept


def test_a_person_ends_one_of_their_sessions_and_no_one_elses(two, as_role, sqlite_store):
    one, other = two
    stranger = as_role(Role.LEAD)
    mine = next(digest for digest in digests(sqlite_store) if digest in one.get("/me/security").text)
    assert stranger.post("/me/sessions/end", session=mine).status_code == 303
    assert other.get("/").status_code == 200
    ended = one.get("/me/security").text.split('name="session" value="')[1].split('"')[0]
    assert one.post("/me/sessions/end", session=ended).status_code == 303
    assert (one.get("/").status_code, other.get("/").status_code) == (200, 303)


def test_a_person_logs_out_everywhere_else(two):
    one, other = two
    assert one.post("/me/sessions/end-others").status_code == 303
    assert (one.get("/").status_code, other.get("/").status_code) == (200, 303)


def test_an_administrator_ends_the_sessions_of_somebody(two, as_role, sqlite_store):
    admin = as_role(Role.ADMIN)
    assert "Firefox, Linux" in admin.get("/people/1").text
    assert admin.post("/people/1/sessions/end").status_code == 303
    assert [browser.get("/").status_code for browser in two] == [303, 303]
    assert admin.get("/people").status_code == 200
    with sqlite_store.reading() as transaction:
        told = transaction.account_log.newest(limit=3)[0]
    assert (told.kind, told.actor, told.facts) == (
        EventKind.SESSIONS_ENDED,
        "admin person",
        {"person": "Priti", "sessions": 2},
    )


def test_another_password_ends_every_other_session_and_goes_on_here_under_a_new_token(two, sqlite_store):
    one, other = two
    before = one.client.cookies["earshot_session"]
    assert one.post("/me/password", current="wrong", password=OTHER, again=OTHER).status_code == 401
    assert one.post("/me/password", current=PASSWORD, password="short", again="short").status_code == 422
    assert one.post("/me/password", current=PASSWORD, password=OTHER, again=OTHER).status_code == 303
    assert one.client.cookies["earshot_session"] != before
    assert (one.get("/").status_code, other.get("/").status_code) == (200, 303)
    assert log_in(other, "Priti").status_code == 401
    assert log_in(other, "Priti", OTHER).status_code == 303


def test_another_role_counts_from_the_next_click_on(two, as_role, sqlite_store):
    admin = as_role(Role.ADMIN)
    assert two[0].get("/board").status_code == 403
    assert admin.post("/people/1/role", role="lead").status_code == 303
    assert two[0].get("/board").status_code == 200
    assert admin.post("/people/1/role", role="auditor").status_code == 303
    assert two[0].post("/views", name="x").status_code == 403
    with sqlite_store.reading() as transaction:
        told = transaction.account_log.newest(limit=1)[0]
    assert (told.kind, told.facts) == (EventKind.ROLE_CHANGED, {"person": "Priti", "from": "lead", "to": "auditor"})


def test_nobody_changes_their_own_role_or_to_one_that_is_none(as_role):
    admin = as_role(Role.ADMIN)
    assert admin.post("/people/1/role", role="agent").status_code == 409
    assert admin.post("/people/1/role", role="emperor").status_code == 400


def test_a_log_in_ends_the_session_that_the_browser_brought_along(sqlite_store, nobody):
    add_person(sqlite_store, "Priti", Role.AGENT)
    log_in(nobody, "Priti")
    before = digests(sqlite_store)
    assert nobody.post("/login", name="Priti", password=PASSWORD).status_code == 303
    assert len(digests(sqlite_store)) == 1 and digests(sqlite_store) != before


def test_a_session_ends_after_two_idle_hours_and_not_while_somebody_works(agent, clock):
    for _ in range(5):
        clock.move(minutes=110)
        assert agent.get("/").status_code == 200
    clock.move(minutes=121)
    assert agent.get("/").status_code == 303


def test_an_open_page_that_asks_by_itself_keeps_nobody_logged_in(agent, clock):
    for _ in range(11):
        clock.move(minutes=10)
        assert agent.get("/news").status_code == 200
    clock.move(minutes=11)
    assert agent.get("/news").status_code == 303


def test_however_busy_a_session_ends_after_the_hours_that_are_set(agent, clock):
    for _ in range(12):
        assert agent.get("/").status_code == 200
        clock.move(minutes=60)
    clock.move(seconds=1)
    assert agent.get("/").status_code == 303


@pytest.mark.parametrize(
    ("agent", "shown"),
    [
        (FIREFOX, "Firefox, Linux"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari, iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140.0 Mobile Safari/537.36", "Chrome, Android"),
        ("curl/8.0", ""),
        ("<script>Firefox", "Firefox"),
        ("", ""),
    ],
)
def test_of_a_browser_only_family_and_system_are_kept(agent, shown):
    assert family(agent) == shown


# slowing down


def test_a_browser_that_logged_in_before_is_not_kept_out_by_who_types_wrong_passwords_elsewhere(
    sqlite_store, nobody, open_browser
):
    add_person(sqlite_store, "Priti", Role.AGENT)
    log_in(nobody, "Priti")
    nobody.post("/logout")
    attacker, stranger = open_browser(), open_browser()
    for _ in range(8):
        assert log_in(attacker, "Priti", "wrong").status_code == 401
    assert log_in(stranger, "Priti").status_code == 401, "the account is locked for strangers"
    assert log_in(nobody, "Priti").status_code == 303


def test_a_known_browser_has_ten_tries_and_is_then_as_any_other(sqlite_store, nobody, clock):
    add_person(sqlite_store, "Priti", Role.AGENT)
    log_in(nobody, "Priti")
    nobody.post("/logout")
    for _ in range(15):
        assert log_in(nobody, "Priti", "wrong").status_code == 401
    assert log_in(nobody, "Priti").status_code == 401
    clock.move(minutes=16)
    assert log_in(nobody, "Priti").status_code == 303


def test_a_known_browser_is_known_for_its_own_person_only(sqlite_store, nobody):
    for name in ("Priti", "Keiko"):
        add_person(sqlite_store, name, Role.AGENT)
    log_in(nobody, "Priti")
    nobody.post("/logout")
    for _ in range(5):
        log_in(nobody, "Keiko", "wrong")
    assert log_in(nobody, "Keiko").status_code == 401


def test_one_address_that_tries_many_names_waits_and_nobody_else_does(
    settings, sqlite_store, queues, clock, open_browser
):
    app = make_app(settings, sqlite_store, queues, clock)
    add_person(sqlite_store, "Priti", Role.AGENT)

    def at(address: str) -> Browser:
        client = TestClient(app, follow_redirects=False, client=(address, 1))
        return Browser(client)

    attacker = at("203.0.113.7")
    statuses = [log_in(attacker, f"name {number}", "x").status_code for number in range(MOST_OF_ADDRESS + 2)]
    assert statuses == [401] * MOST_OF_ADDRESS + [429] * 2
    assert log_in(attacker, "Priti").status_code == 429
    assert log_in(at("203.0.113.8"), "Priti").status_code == 303
    clock.move(minutes=10, seconds=1)
    assert log_in(attacker, "Priti").status_code == 303


def test_addresses_of_the_new_sort_count_by_network():
    assert network_of("2001:db8:1:2:aaaa::1") == network_of("2001:db8:1:2:bbbb::9") == "2001:db8:1:2::/64"
    assert network_of("::ffff:192.0.2.1") == network_of("192.0.2.1") == "192.0.2.1"
    assert network_of("testclient") == "testclient"


@pytest.mark.parametrize(
    ("peer", "seen"),
    [("10.1.2.3", "203.0.113.7"), ("192.0.2.99", "192.0.2.99")],
)
def test_a_forwarded_address_is_believed_of_named_proxies_only(peer, seen):
    app = Starlette(routes=[Route("/", lambda request: PlainTextResponse(_asking(request)))])
    config = configured(app, frozenset({"10.0.0.0/8"}))
    config.load()
    client = TestClient(config.loaded_app, client=(peer, 1))
    forwarded = {"x-forwarded-for": "198.51.100.200, 203.0.113.7, 10.9.9.9", "x-forwarded-proto": "https"}
    assert client.get("/", headers=forwarded).text == seen


def test_nobodys_forwarded_address_is_believed_where_no_proxy_is_named(monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "*")
    app = Starlette(routes=[Route("/", lambda request: PlainTextResponse(_asking(request)))])
    config: uvicorn.Config = configured(app, frozenset())
    config.load()
    client = TestClient(config.loaded_app, client=("127.0.0.1", 1))
    assert client.get("/", headers={"x-forwarded-for": "203.0.113.7"}).text == "127.0.0.1"


def _asking(request: Request) -> str:
    assert request.client is not None
    return request.client.host


# nothing to begin with


def test_nobody_has_a_password_that_they_did_not_choose(sqlite_store, nobody, as_role):
    admin = as_role(Role.ADMIN)
    admin.post("/people", name="Keiko", role="agent")
    assert first_admin_link(sqlite_store, "http://testserver", NOW) is None
    for password in ("", "admin", "password", "earshot", "None", "nobody has this password"):
        for name in ("admin", "Keiko", "earshot", ""):
            assert log_in(nobody, name, password).status_code in (401, 429)


def test_a_fresh_database_has_nobody_and_no_setting_is_a_secret(sqlite_store):
    with sqlite_store.reading() as transaction:
        assert (transaction.accounts.count(), transaction.api_keys.all()) == (0, [])
    assert [name for name, (value, is_secret) in Settings().told().items() if is_secret and value] == []


# keys of programs


def test_an_administrator_makes_a_key_that_is_shown_once_used_and_revoked(as_role, nobody, sqlite_store, clock):
    admin = as_role(Role.ADMIN)
    fields = {"name": "warehouse", "days": "30", f"scope-{Scope.REGISTER_EXPORT}": "yes"}
    key = admin.post("/programs", **fields).text.split('translate="no">ek_')[1].split("<")[0]
    assert key not in admin.get("/programs").text
    bearer = {"authorization": f"Bearer ek_{key}"}
    assert nobody.get("/api/register", **bearer).status_code == 200
    assert nobody.get("/api/figures", **bearer).status_code == 403
    with sqlite_store.reading() as transaction:
        known = transaction.api_keys.all()[0]
    assert (known.scopes, known.last_used_at) == (("register:export",), clock())
    clock.move(days=30, seconds=1)
    assert nobody.get("/api/register", **bearer).status_code == 401
    with sqlite_store.writing() as transaction:
        assert transaction.api_keys.make("other", scopes=[Scope.FIGURES_READ], now=clock())


def test_a_revoked_key_opens_nothing(as_role, nobody, sqlite_store):
    with sqlite_store.writing() as transaction:
        key = transaction.api_keys.make("reader", scopes=list(Scope), now=NOW)
    bearer = {"authorization": f"Bearer {key}"}
    assert nobody.get("/api/figures?format=json", **bearer).status_code == 200
    assert as_role(Role.ADMIN).post("/programs/1/revoke").status_code == 303
    for path in ("/api/figures", "/api/register"):
        answer = nobody.get(path, **bearer)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


def test_a_key_never_gets_personal_data(nobody, sqlite_store):
    with sqlite_store.writing() as transaction:
        key = transaction.api_keys.make("reader", scopes=list(Scope), now=NOW)
    answer = nobody.get("/api/register?personal=1", authorization=f"Bearer {key}")
    assert (answer.status_code, answer.headers["content-type"]) == (403, "application/json")


@pytest.mark.parametrize("fields", [{"name": " "}, {"scope-messages:write": ""}, {"days": "9999"}, {"days": "x"}])
def test_a_key_without_name_or_purpose_is_refused(as_role, sqlite_store, fields):
    told = {"name": "bridge", "days": "30", "scope-messages:write": "yes"} | fields
    assert as_role(Role.ADMIN).post("/programs", **told).status_code == 400
    with sqlite_store.reading() as transaction:
        assert transaction.api_keys.all() == []
