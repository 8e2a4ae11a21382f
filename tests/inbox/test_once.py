"""Forms of accounts that are sent twice are carried out once: a double click, or a page out of the browser's memory."""

import re
import secrets

import pytest

from inbox.roles import Role
from models import EventKind
from store.vault import vault_of
from tests.inbox.conftest import FORM_KEY, TOKEN, Browser, add_person, log_in
from tests.inbox.factory import NOW
from tests.inbox.test_second_factor import CODES, code_at, set_up

SAID = "came a second time"
PATHS = ("/people", "/people/1", "/programs", "/me/security", "/me/second-factor")


@pytest.fixture(autouse=True)
def _vault(sqlite_store, settings) -> None:
    sqlite_store.vault = vault_of(settings)


@pytest.fixture
def admin(as_role) -> Browser:
    return as_role(Role.ADMIN)


def twice(browser: Browser, path: str, **fields: str):
    """Both answers to the very same form."""
    key = secrets.token_hex(16)
    return [browser.post(path, form_key=key, **fields) for _ in range(2)]


def happened(store, kind: EventKind) -> int:
    with store.reading() as transaction:
        return sum(event.kind is kind for event in transaction.account_log.newest(limit=99))


def test_each_form_of_these_pages_carries_a_key_of_its_own(admin):
    for path in PATHS:
        page = admin.get(path).text
        forms = page.split("<main", 1)[1].split("<form")[1:]
        keys = [FORM_KEY.search(form.split("</form>")[0]) for form in forms]
        assert all(keys), path
        assert len({key[1] for key in keys}) == len(forms), path


def test_a_form_without_a_key_of_ours_is_refused(admin):
    for key in ("", "x", "0" * 31):
        assert admin.post("/programs/1/revoke", form_key=key).status_code == 400


def test_a_key_is_made_once_and_shown_once(admin, sqlite_store):
    fields = {"name": "bridge", "days": "30", "scope-messages:write": "yes"}
    first, again = twice(admin, "/programs", **fields)
    assert "ek_" in first.text and SAID not in first.text
    assert again.status_code == 200 and SAID in again.text and not re.search(r">ek_[\w-]{20}", again.text)
    with sqlite_store.reading() as transaction:
        assert len(transaction.api_keys.all()) == 1
    assert "ek_" in admin.post("/programs", **fields).text, "another form makes another"


def test_a_key_is_revoked_once_and_the_second_is_told_the_same(admin, sqlite_store):
    with sqlite_store.writing() as transaction:
        transaction.api_keys.make("bridge", scopes=["messages:write"], now=NOW)
    answers = twice(admin, "/programs/1/revoke")
    assert [answer.headers["location"] for answer in answers] == ["/programs?notice=key_revoked"] * 2


def test_somebody_is_invited_once_and_the_link_is_shown_once(admin, sqlite_store):
    first, again = twice(admin, "/people", name="Keiko", role="agent")
    assert "/welcome/" in first.text
    assert again.status_code == 200 and SAID in again.text and "/welcome/" not in again.text
    first, again = twice(admin, "/people/2/invite")
    assert "/welcome/" in first.text and "/welcome/" not in again.text
    with sqlite_store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM invitations").scalar() == 2


def test_a_role_that_was_changed_back_is_not_changed_again_by_an_old_form(admin, sqlite_store):
    number = add_person(sqlite_store, "Priti", Role.AGENT)
    old = secrets.token_hex(16)
    assert admin.post(f"/people/{number}/role", role="lead", form_key=old).status_code == 303
    assert admin.post(f"/people/{number}/role", role="agent").status_code == 303
    assert admin.post(f"/people/{number}/role", role="lead", form_key=old).status_code == 303
    with sqlite_store.reading() as transaction:
        assert transaction.accounts.by_name("Priti").role == "agent"
    assert happened(sqlite_store, EventKind.ROLE_CHANGED) == 2


def test_sessions_that_were_opened_after_an_old_form_are_not_ended_by_it(admin, sqlite_store, open_browser):
    number = add_person(sqlite_store, "Priti", Role.AGENT)
    person = open_browser()
    old = secrets.token_hex(16)
    log_in(person, "Priti")
    assert admin.post(f"/people/{number}/sessions/end", form_key=old).status_code == 303
    assert person.get("/").status_code == 303
    log_in(person, "Priti")
    assert admin.post(f"/people/{number}/sessions/end", form_key=old).status_code == 303
    assert person.get("/").status_code == 200
    assert happened(sqlite_store, EventKind.SESSIONS_ENDED) == 1


def test_one_s_own_other_sessions_are_ended_once(agent, open_browser, sqlite_store):
    old = secrets.token_hex(16)
    other = open_browser()
    for expected in (303, 200):
        log_in(other, "agent person")
        assert agent.post("/me/sessions/end-others", form_key=old).status_code == 303
        assert other.get("/").status_code == expected
    assert happened(sqlite_store, EventKind.SESSIONS_ENDED) == 1


def test_recovery_codes_are_renewed_once_and_the_second_form_uses_no_code_up(agent, sqlite_store, clock):
    secret, _ = set_up(agent, clock)
    clock.move(minutes=2)
    first, again = twice(agent, "/me/second-factor/codes", code=code_at(secret, clock))
    assert len(CODES.findall(first.text)) == 10
    assert again.status_code == 200 and SAID in again.text and not CODES.search(again.text)
    assert happened(sqlite_store, EventKind.RECOVERY_CODES_RENEWED) == 1
    with sqlite_store.reading() as transaction:
        assert transaction.second_factors.get(1).failed == 0, "no wrong try"


def test_a_wrong_code_uses_no_form_up(agent, clock):
    secret, _ = set_up(agent, clock)
    clock.move(minutes=2)
    key = secrets.token_hex(16)
    assert agent.post("/me/second-factor/codes", code="000000", form_key=key).status_code == 401
    done = agent.post("/me/second-factor/codes", code=code_at(secret, clock), form_key=key)
    assert len(CODES.findall(done.text)) == 10


def test_a_second_factor_is_switched_on_once_and_removed_once(agent, sqlite_store, clock):
    agent.post("/me/second-factor/begin")
    page = agent.get("/me/second-factor").text
    secret = re.search(r'translate="no">([A-Z2-7 ]+)<', page)[1].replace(" ", "")
    fields = {"form_key": FORM_KEY.search(page.split("second-factor/confirm")[1])[1], "code": code_at(secret, clock)}
    on = [agent.post("/me/second-factor/confirm", **fields) for _ in range(2)]
    assert CODES.search(on[0].text) and SAID in on[1].text and not CODES.search(on[1].text)
    assert happened(sqlite_store, EventKind.SECOND_FACTOR_SET_UP) == 1
    clock.move(minutes=2)
    off = twice(agent, "/me/second-factor/remove", code=code_at(secret, clock))
    assert [answer.status_code for answer in off] == [303, 303]
    assert happened(sqlite_store, EventKind.SECOND_FACTOR_REMOVED) == 1


def test_of_two_at_the_same_time_one_is_the_first(store):
    key = secrets.token_hex(16)
    with store.writing() as transaction:
        assert transaction.sent_forms.take(1, key, now=NOW, expires_at=NOW)
    with store.writing() as transaction:
        assert not transaction.sent_forms.take(1, key, now=NOW, expires_at=NOW)
        assert transaction.sent_forms.take(2, key, now=NOW, expires_at=NOW), "of another person"


def test_a_form_of_another_session_s_token_is_refused_before_it_is_taken(agent, sqlite_store):
    assert TOKEN.search(agent.get("/me/security").text)
    key = secrets.token_hex(16)
    sent = agent.client.post("/me/sessions/end-others", data={"form_token": "x", "form_key": key})
    assert sent.status_code == 403
    with sqlite_store.reading() as transaction:
        assert not transaction.sent_forms.is_sent(1, key)
