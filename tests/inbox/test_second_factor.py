"""The second factor: set up with a code, asked for at the log-in, each code good once, recovery codes, the reset."""

import re
import secrets
from datetime import timedelta

import pyotp
import pytest

from inbox.roles import Role
from inbox.second_factor import step_of
from models import EventKind
from store.vault import GivenKeys, Key, Vault, VaultError, vault_of
from tests.inbox.conftest import TOKEN, Browser, add_person, log_in, make_app
from tests.inbox.factory import NOW

KEY = re.compile(r'class="typed-key" translate="no">([A-Z2-7 ]+)<')
CODES = re.compile(r"<li><code>([a-z0-9-]{19})</code></li>")


@pytest.fixture(autouse=True)
def _vault(sqlite_store, settings) -> None:
    sqlite_store.vault = vault_of(settings)


def code_at(secret: str, clock) -> str:
    return pyotp.TOTP(secret).at(clock())


def post(browser: Browser, path: str, page: str, **fields: str):
    """With the form token of that page: a log-in that is not whole sees no other."""
    found = TOKEN.search(browser.get(page).text)
    assert found is not None
    return browser.client.post(path, data={"form_token": found[1], "form_key": secrets.token_hex(16), **fields})


def set_up(browser: Browser, clock) -> tuple[str, list[str]]:
    """The secret, and the recovery codes."""
    assert post(browser, "/me/second-factor/begin", "/me/second-factor").status_code == 303
    secret = KEY.search(browser.get("/me/second-factor").text)[1].replace(" ", "")
    done = post(browser, "/me/second-factor/confirm", "/me/second-factor", code=code_at(secret, clock))
    assert done.status_code == 200
    return secret, CODES.findall(done.text)


@pytest.fixture
def protected(nobody, sqlite_store, clock):
    """Somebody with a second factor, logged out; and their secret and codes."""
    add_person(sqlite_store, "Priti", Role.AGENT)
    log_in(nobody, "Priti")
    secret, codes = set_up(nobody, clock)
    nobody.post("/logout")
    clock.move(minutes=2)
    return nobody, secret, codes


def answer_code(browser: Browser, code: str, target: str = "/"):
    return post(browser, "/login/code", "/login/code", code=code, next=target)


def test_a_code_confirms_the_set_up_and_ten_recovery_codes_are_shown_once(nobody, sqlite_store, clock):
    add_person(sqlite_store, "Priti", Role.AGENT)
    log_in(nobody, "Priti")
    _, codes = set_up(nobody, clock)
    assert len(set(codes)) == 10
    assert not CODES.search(nobody.get("/me/second-factor").text)
    with sqlite_store.reading() as transaction:
        assert [event.kind for event in transaction.account_log.newest(limit=9)] == [EventKind.SECOND_FACTOR_SET_UP]


def test_neither_the_secret_nor_a_recovery_code_stands_in_the_database(protected, sqlite_store):
    _, secret, codes = protected
    with sqlite_store.engine.connect() as connection:
        dump = "".join(
            str(connection.exec_driver_sql(f"SELECT * FROM {table}").all())
            for table in ("second_factors", "recovery_codes", "events", "sessions")
        )
    for kept_apart in (secret, *codes, *(code.replace("-", "") for code in codes)):
        assert kept_apart not in dump
    with sqlite_store.reading() as transaction:
        factor = transaction.second_factors.get(1)
        assert transaction.second_factors.secret(factor) == secret


def test_without_the_key_of_the_vault_the_secret_opens_nowhere(protected, sqlite_store):
    sqlite_store.vault = Vault(GivenKeys([Key.new()]))
    with sqlite_store.reading() as transaction:
        factor = transaction.second_factors.get(1)
        with pytest.raises(VaultError):
            transaction.second_factors.secret(factor)


def test_a_wrong_code_confirms_nothing(nobody, sqlite_store, clock):
    add_person(sqlite_store, "Priti", Role.AGENT)
    log_in(nobody, "Priti")
    post(nobody, "/me/second-factor/begin", "/me/second-factor")
    for wrong in ("000000", "", "abc", "１２３４５６"):
        answer = post(nobody, "/me/second-factor/confirm", "/me/second-factor", code=wrong)
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
    nobody.post("/logout")
    assert log_in(nobody, "Priti").headers["location"] == "/"


def test_the_picture_is_svg_without_script_and_style_and_only_until_it_is_confirmed(nobody, sqlite_store, clock):
    add_person(sqlite_store, "Priti", Role.AGENT)
    log_in(nobody, "Priti")
    assert nobody.get("/me/second-factor/picture").status_code == 404
    post(nobody, "/me/second-factor/begin", "/me/second-factor")
    picture = nobody.get("/me/second-factor/picture")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["cache-control"] == "no-store"
    assert picture.text.startswith("<svg")
    assert re.search(r"style|script|href|\son\w+=", picture.text) is None
    secret = KEY.search(nobody.get("/me/second-factor").text)[1].replace(" ", "")
    post(nobody, "/me/second-factor/confirm", "/me/second-factor", code=code_at(secret, clock))
    assert nobody.get("/me/second-factor/picture").status_code == 404
    post(nobody, "/me/second-factor/begin", "/me/second-factor")
    assert nobody.get("/me/second-factor/picture").status_code == 404, "one that protects is never shown again"


def test_the_log_in_then_asks_for_a_code_and_leads_to_the_page_that_was_asked_for(protected, clock):
    browser, secret, _ = protected
    asked = log_in(browser, "Priti", target="/register?verify=1")
    assert asked.headers["location"] == "/login/code?next=%2Fregister%3Fverify%3D1"
    assert browser.get("/").headers["location"].startswith("/login/code")
    done = answer_code(browser, code_at(secret, clock), "/register?verify=1")
    assert done.headers["location"] == "/register?verify=1"
    assert browser.get("/").status_code == 200


def test_the_token_changes_at_the_log_in_and_again_at_the_second_factor(protected, clock, open_browser):
    browser, secret, _ = protected
    seen = [browser.client.cookies.get("earshot_session")]
    log_in(browser, "Priti")
    seen.append(browser.client.cookies["earshot_session"])
    answer_code(browser, code_at(secret, clock))
    seen.append(browser.client.cookies["earshot_session"])
    assert len(set(seen)) == 3
    other = open_browser()
    other.client.cookies.set("earshot_session", seen[1])
    assert other.get("/").headers["location"].startswith("/login?")


def test_a_code_is_good_once(protected, clock, open_browser):
    browser, secret, _ = protected
    code = code_at(secret, clock)
    log_in(browser, "Priti")
    assert answer_code(browser, code).status_code == 303
    other = open_browser()
    log_in(other, "Priti")
    assert answer_code(other, code).status_code == 401
    earlier = pyotp.TOTP(secret).at(clock() - timedelta(seconds=30))
    assert answer_code(other, earlier).status_code == 401, "nor one that is older than one that was used"
    clock.move(seconds=30)
    assert answer_code(other, code_at(secret, clock)).status_code == 303


def test_a_clock_that_is_half_a_minute_wrong_is_forgiven_and_more_is_not():
    secret = pyotp.random_base32()
    step = int(NOW.timestamp()) // 30
    for away, found in ((-60, None), (-30, step - 1), (0, step), (30, step + 1), (60, None)):
        assert step_of(secret, pyotp.TOTP(secret).at(NOW + timedelta(seconds=away)), now=NOW) == found


def test_a_recovery_code_is_good_once_and_told_of(protected, sqlite_store, clock):
    browser, _, codes = protected
    log_in(browser, "Priti")
    done = answer_code(browser, codes[3].upper().replace("-", " "))
    assert done.headers["location"].startswith("/me/security")
    assert "9 recovery codes are left" in browser.get("/me/security").text
    browser.post("/logout")
    log_in(browser, "Priti")
    assert answer_code(browser, codes[3]).status_code == 401
    assert answer_code(browser, codes[4]).status_code == 303
    with sqlite_store.reading() as transaction:
        kinds = [event.kind for event in transaction.account_log.newest(limit=9)]
    assert kinds.count(EventKind.RECOVERY_CODE_USED) == 2


def test_after_five_wrong_codes_even_the_right_one_waits(protected, clock):
    browser, secret, codes = protected
    log_in(browser, "Priti")
    for _ in range(5):
        assert answer_code(browser, "000000").status_code == 401
    assert "too many wrong codes" in answer_code(browser, code_at(secret, clock)).text
    assert answer_code(browser, codes[0]).status_code == 401
    clock.move(seconds=31)
    assert answer_code(browser, code_at(secret, clock)).status_code == 303


def test_wrong_codes_are_counted_over_all_log_ins_together(protected, clock, open_browser):
    _, secret, _ = protected
    for _ in range(5):
        browser = open_browser()
        log_in(browser, "Priti")
        answer_code(browser, "000000")
    last = open_browser()
    log_in(last, "Priti")
    assert answer_code(last, code_at(secret, clock)).status_code == 401


def test_half_a_log_in_ends_after_ten_minutes(protected, clock):
    browser, secret, _ = protected
    log_in(browser, "Priti")
    clock.move(minutes=10, seconds=1)
    assert browser.get("/login/code").headers["location"].startswith("/login?")


def test_new_recovery_codes_and_the_removal_need_a_code_of_now(protected, clock, sqlite_store):
    browser, secret, codes = protected
    log_in(browser, "Priti")
    answer_code(browser, code_at(secret, clock))
    assert browser.post("/me/second-factor/codes", code="000000").status_code == 401
    assert browser.post("/me/second-factor/remove", code="000000").status_code == 401
    clock.move(minutes=1)
    renewed = CODES.findall(browser.post("/me/second-factor/codes", code=code_at(secret, clock)).text)
    assert len(renewed) == 10 and not set(renewed) & set(codes)
    assert browser.post("/me/second-factor/remove", code=codes[0]).status_code == 401
    clock.move(minutes=1)
    assert browser.post("/me/second-factor/remove", code=code_at(secret, clock)).status_code == 303
    browser.post("/logout")
    assert log_in(browser, "Priti").headers["location"] == "/"
    with sqlite_store.reading() as transaction:
        kinds = [event.kind for event in transaction.account_log.newest(limit=9)]
    assert EventKind.SECOND_FACTOR_REMOVED in kinds and EventKind.RECOVERY_CODES_RENEWED in kinds


def test_to_set_it_up_logs_out_everywhere_else(nobody, open_browser, sqlite_store, clock):
    add_person(sqlite_store, "Priti", Role.AGENT)
    other = open_browser()
    log_in(nobody, "Priti")
    log_in(other, "Priti")
    set_up(nobody, clock)
    assert nobody.get("/").status_code == 200
    assert other.get("/").status_code == 303


@pytest.fixture
def demanding(settings, sqlite_store, queues, clock, open_browser):
    """Opens browsers at an inbox whose leads and administrators need a second factor."""
    roles = frozenset({"lead", "admin"})
    app = make_app(settings.model_copy(update={"second_factor_roles": roles}), sqlite_store, queues, clock)

    def opened() -> Browser:
        browser = open_browser()
        browser.client._transport.app = app
        return browser

    return opened


def test_where_a_role_demands_it_the_log_in_leads_to_the_set_up_and_nowhere_else(demanding, sqlite_store, clock):
    add_person(sqlite_store, "Lena", Role.LEAD)
    browser = demanding()
    log_in(browser, "Lena", target="/board")
    assert browser.get("/board").headers["location"].startswith("/me/second-factor")
    page = browser.get("/me/second-factor").text
    assert "Your role demands a second factor" in page
    assert 'href="/board"' not in page, "no way on is offered before"
    before = browser.client.cookies["earshot_session"]
    set_up(browser, clock)
    assert browser.client.cookies["earshot_session"] != before
    assert browser.get("/board").status_code == 200
    refused = browser.post("/me/second-factor/remove", code="000000")
    assert (refused.status_code, "Your role demands" in refused.text) == (403, True)


def test_a_role_that_comes_to_demand_it_does_so_in_open_sessions(demanding, sqlite_store, clock):
    add_person(sqlite_store, "Priti", Role.AGENT)
    browser = demanding()
    log_in(browser, "Priti")
    assert browser.get("/").status_code == 200
    with sqlite_store.writing() as transaction:
        assert transaction.accounts.set_role(1, Role.LEAD.value, was=Role.AGENT.value)
    assert browser.get("/").headers["location"].startswith("/me/second-factor")


def test_an_administrator_resets_a_lost_one_and_it_stands_in_the_log(protected, as_role, sqlite_store, clock):
    browser, secret, _ = protected
    log_in(browser, "Priti")
    answer_code(browser, code_at(secret, clock))
    admin = as_role(Role.ADMIN)
    assert "On since" in admin.get("/people/1").text
    assert admin.post("/people/1/second-factor/reset").status_code == 303
    assert browser.get("/").status_code == 303, "open sessions end"
    assert log_in(browser, "Priti").headers["location"] == "/"
    with sqlite_store.reading() as transaction:
        told = transaction.account_log.newest(limit=9)
    removed = next(event for event in told if event.kind is EventKind.SECOND_FACTOR_REMOVED)
    assert (removed.actor, removed.facts["person"]) == ("admin person", "Priti")
    assert "removed a second factor" in admin.get("/people").text


def test_nobody_resets_their_own(as_role, sqlite_store):
    admin = as_role(Role.ADMIN)
    assert admin.post("/people/1/second-factor/reset").status_code == 409


def test_the_same_code_at_two_browsers_at_once_opens_one(protected, sqlite_store, clock):
    _, secret, _ = protected
    step = step_of(secret, code_at(secret, clock), now=clock())
    with sqlite_store.writing() as transaction:
        assert transaction.second_factors.use_step(1, step)
        assert not transaction.second_factors.use_step(1, step)
