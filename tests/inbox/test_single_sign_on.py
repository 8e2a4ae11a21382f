"""Log-in by single sign-on, against a real little provider: who comes in, as what, and which answers prove nothing."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest

from inbox.roles import Role
from models import EventKind
from models.errors import SetupError
from settings import load
from store.vault import vault_of
from tests.fakes.open_id_provider import (
    CLIENT,
    RSA,
    SECRET,
    OpenIdProvider,
    brings_its_key,
    changed_afterwards,
    served,
    signed_by_another,
    signed_with_the_public_key,
    unsigned,
)
from tests.inbox.conftest import Browser, add_person, log_in, make_app

PRITI = {"sub": "id-priti", "name": "Priti Rao", "email": "priti@larkbank.example", "email_verified": True}
LEADS = {"groups": ["everyone", "care-leads"]}


@pytest.fixture
def provider(clock) -> Iterator[OpenIdProvider]:
    with served(OpenIdProvider(clock)) as one:
        yield one


@pytest.fixture
def single(provider, settings, sqlite_store, queues, clock, open_browser):
    """Opens browsers at an inbox with single sign-on; whatever is given sets it otherwise."""
    sqlite_store.vault = vault_of(settings)

    def opened(**otherwise: str) -> Browser:
        told = {
            "EARSHOT_SINGLE_SIGN_ON_ISSUER": provider.issuer,
            "EARSHOT_SINGLE_SIGN_ON_CLIENT_ID": CLIENT,
            "EARSHOT_SINGLE_SIGN_ON_CLIENT_SECRET": SECRET,
            "EARSHOT_SINGLE_SIGN_ON_NAME": "Larkbank ID",
            "EARSHOT_SINGLE_SIGN_ON_ROLES": "care-boss=admin; care-leads=lead; care=agent",
            "EARSHOT_HOME": str(settings.home),
        }
        named = {f"EARSHOT_{name.upper()}": value for name, value in otherwise.items()}
        browser = open_browser()
        browser.client._transport.app = make_app(load(told | named, env_file=None), sqlite_store, queues, clock)
        return browser

    return opened


def sign_on(browser: Browser, provider: OpenIdProvider, target: str = "/", **claims):
    """There and back; gives the answer to the way back."""
    away = browser.get(f"/sign-on?next={target}")
    assert away.status_code == 303
    return browser.get(f"/sign-on/return?{provider.agree(away.headers['location'], **claims)}")


def role_of(store, name: str) -> str | None:
    with store.reading() as transaction:
        user = transaction.accounts.by_name(name)
    return user.role if user is not None else None


def test_somebody_of_a_known_group_comes_in_with_its_role_and_to_the_page_that_was_asked_for(
    single, provider, sqlite_store
):
    browser = single()
    assert "Log in with Larkbank ID" in browser.get("/login").text
    back = sign_on(browser, provider, target="/register", **PRITI, **LEADS)
    assert (back.status_code, back.headers["location"]) == (303, "/register")
    assert "Priti Rao" in browser.get("/").text
    assert role_of(sqlite_store, "Priti Rao") == "lead"


def test_the_same_identity_is_the_same_account_whatever_it_is_called_today(single, provider, sqlite_store):
    sign_on(single(), provider, **PRITI, **LEADS)
    again = single()
    assert sign_on(again, provider, **(PRITI | {"name": "Priti Rao-Lee"}), **LEADS).status_code == 303
    with sqlite_store.reading() as transaction:
        assert [user.name for user in transaction.accounts.all()] == ["Priti Rao"]


def test_what_is_asked_of_the_provider_is_bound_to_the_browser_and_never_the_same_twice(single, provider):
    browser = single()
    away = [urlsplit(browser.get("/sign-on").headers["location"]).query for _ in range(2)]
    asked = [{name: values[0] for name, values in parse_qs(query).items()} for query in away]
    for name in ("state", "nonce", "code_challenge"):
        assert len(asked[0][name]) >= 43
        assert asked[0][name] != asked[1][name]
    assert asked[0]["redirect_uri"].endswith("/sign-on/return")
    cookie = browser.get("/sign-on").headers["set-cookie"].lower()
    assert "httponly" in cookie and "samesite=lax" in cookie and "max-age=600" in cookie
    assert asked[0]["state"].lower() not in cookie and asked[0]["nonce"].lower() not in cookie


def test_the_way_back_never_leads_to_another_site(single, provider):
    back = sign_on(single(), provider, target="//evil.example", **PRITI, **LEADS)
    assert back.headers["location"] == "/"


@pytest.mark.parametrize("groups", [{}, {"groups": ["visitors"]}, {"groups": "no list of care"}, {"groups": [7, None]}])
def test_who_is_in_no_named_group_stays_out_and_no_account_is_made(single, provider, sqlite_store, groups):
    browser = single()
    back = sign_on(browser, provider, **PRITI, **groups)
    assert back.status_code == 403
    assert "None of your groups" in back.text
    assert browser.get("/").status_code == 303
    assert role_of(sqlite_store, "Priti Rao") is None


def test_others_may_be_given_the_least_role_by_a_setting(single, provider, sqlite_store):
    assert sign_on(single(single_sign_on_others="auditor"), provider, **PRITI).status_code == 303
    assert role_of(sqlite_store, "Priti Rao") == "auditor"


def test_groups_are_read_from_inside_an_object_where_the_setting_says_so(single, provider, sqlite_store):
    browser = single(single_sign_on_groups="realm_access.roles")
    assert sign_on(browser, provider, **PRITI, realm_access={"roles": ["care"]}).status_code == 303
    assert role_of(sqlite_store, "Priti Rao") == "agent"


def test_another_group_is_another_role_at_the_next_log_in_and_in_open_sessions(single, provider, sqlite_store):
    first = single()
    sign_on(first, provider, **PRITI, groups=["care-boss"])
    assert first.get("/people").status_code == 200
    sign_on(single(), provider, **PRITI, groups=["care"])
    assert role_of(sqlite_store, "Priti Rao") == "agent"
    assert first.get("/people").status_code == 403
    with sqlite_store.reading() as transaction:
        told = transaction.account_log.newest(limit=5)
    changed = next(event for event in told if event.kind is EventKind.ROLE_CHANGED)
    assert changed.facts == {"person": "Priti Rao", "from": "admin", "to": "agent"}
    assert changed.actor == "single sign-on"


def test_who_left_every_group_is_out_of_open_sessions_too(single, provider):
    first = single()
    sign_on(first, provider, **PRITI, **LEADS)
    assert sign_on(single(), provider, **PRITI, groups=[]).status_code == 403
    assert first.get("/").status_code == 303


def test_a_disabled_account_stays_out(single, provider, sqlite_store, clock):
    browser = single()
    sign_on(browser, provider, **PRITI, **LEADS)
    with sqlite_store.writing() as transaction:
        transaction.accounts.disable(1, now=clock())
    assert browser.get("/").status_code == 303
    back = sign_on(browser, provider, **PRITI, **LEADS)
    assert back.status_code == 403
    assert "may not log in any more" in back.text


def test_an_account_that_was_here_before_is_not_taken_over_by_its_name(single, provider, sqlite_store):
    add_person(sqlite_store, "Priti Rao", Role.ADMIN)
    back = sign_on(single(), provider, **PRITI, **LEADS)
    assert back.status_code == 403
    assert "link it on your own page" in back.text
    assert role_of(sqlite_store, "Priti Rao") == "admin"


def test_an_account_named_like_an_address_is_opened_by_it_only_by_rule_and_only_where_it_is_verified(
    single, provider, sqlite_store
):
    add_person(sqlite_store, PRITI["email"], Role.AGENT)
    named = PRITI | {"name": PRITI["email"]}
    assert sign_on(single(), provider, **named, **LEADS).status_code == 403
    by_rule = {"single_sign_on_link": "verified_email"}
    for unproved in ({"email_verified": False}, {"email_verified": "true"}, {"email_verified": None}):
        assert sign_on(single(**by_rule), provider, **(named | unproved), **LEADS).status_code == 403
    assert sign_on(single(**by_rule), provider, **named, **LEADS).status_code == 303
    assert role_of(sqlite_store, PRITI["email"]) == "lead"


def test_namesakes_are_two_accounts(single, provider, sqlite_store):
    sign_on(single(), provider, **PRITI, **LEADS)
    other = PRITI | {"sub": "id-other", "email": "priti.rao2@larkbank.example"}
    assert sign_on(single(), provider, **other, groups=["care"]).status_code == 303
    assert role_of(sqlite_store, "Priti Rao") == "lead"
    assert role_of(sqlite_store, "priti.rao2@larkbank.example") == "agent"


def test_somebody_links_their_own_account_and_then_comes_in_by_it(single, provider, sqlite_store):
    add_person(sqlite_store, "Priti", Role.AGENT)
    browser = single()
    log_in(browser, "Priti")
    page = browser.post("/me/sign-on").text
    location = page.split('href="')
    address = next(part.split('"')[0] for part in location if part.startswith(provider.issuer)).replace("&amp;", "&")
    back = browser.get(f"/sign-on/return?{provider.agree(address, **PRITI, **LEADS)}")
    assert back.headers["location"].startswith("/me/security")
    assert "priti@larkbank.example" in browser.get("/me/security").text
    elsewhere = single()
    assert sign_on(elsewhere, provider, **PRITI, **LEADS).status_code == 303
    assert "<bdi>Priti</bdi>" in elsewhere.get("/").text


def test_an_answer_to_a_link_opens_nothing_for_who_is_not_logged_in_any_more(single, provider, sqlite_store):
    add_person(sqlite_store, "Priti", Role.ADMIN)
    browser = single()
    log_in(browser, "Priti")
    page = browser.post("/me/sign-on").text
    address = next(part.split('"')[0] for part in page.split('href="') if part.startswith(provider.issuer))
    browser.post("/logout")
    back = browser.get(f"/sign-on/return?{provider.agree(address.replace('&amp;', '&'), **PRITI, **LEADS)}")
    assert back.status_code == 403
    with sqlite_store.reading() as transaction:
        assert transaction.identities.linked() == frozenset()


def test_an_administrator_takes_a_link_back_and_its_sessions_end(single, provider, sqlite_store):
    person, admin = single(), single()
    sign_on(person, provider, **PRITI, **LEADS)
    add_person(sqlite_store, "Ada", Role.ADMIN)
    log_in(admin, "Ada")
    with sqlite_store.reading() as transaction:
        number = transaction.accounts.by_name("Priti Rao").id
    assert admin.post(f"/people/{number}/unlink").status_code == 303
    assert person.get("/").status_code == 303
    assert sign_on(person, provider, **PRITI, **LEADS).status_code == 403


# what proves nothing

FORGED = {
    "alg none": unsigned,
    "HS256 with the public key": signed_with_the_public_key,
    "a key of the attacker's": signed_by_another,
    "a key that the token brings along": brings_its_key,
    "changed after it was signed": changed_afterwards,
    "no token at all": lambda provider, claims: "",
    "no JWT": lambda provider, claims: "a.b.c",
    "five parts": lambda provider, claims: "a.b.c.d.e",
}


def test_a_token_that_the_provider_did_not_sign_opens_nothing(single, provider, sqlite_store):
    browser = single()
    for name, forge in FORGED.items():
        provider.forge = forge
        back = sign_on(browser, provider, **PRITI, **LEADS)
        assert (back.status_code, name) == (403, name)
        assert "Single sign-on did not work" in back.text
    assert browser.get("/").status_code == 303
    assert role_of(sqlite_store, "Priti Rao") is None
    provider.forge = None
    assert sign_on(browser, provider, **PRITI, **LEADS).status_code == 303


WRONG = {
    "another nonce": {"nonce": "x" * 43},
    "an empty nonce": {"nonce": ""},
    "another audience": {"aud": "another-client"},
    "several audiences without azp": {"aud": [CLIENT, "another-client"]},
    "another authorized party": {"aud": [CLIENT, "another-client"], "azp": "another-client"},
    "another issuer": {"iss": "https://evil.example"},
    "expired": {"exp": 1},
    "no end": {"exp": None},
    "not yet good": {"nbf": 99_999_999_999},
    "an end that is no number": {"exp": "tomorrow"},
    "no subject": {"sub": None},
    "an empty subject": {"sub": ""},
    "a subject that is no text": {"sub": 7},
    "another access token": {"at_hash": "x" * 22},
}


def test_a_token_for_another_time_place_or_browser_opens_nothing(single, provider, sqlite_store):
    browser = single()
    for name, wrong in WRONG.items():
        provider.forge = lambda one, claims, wrong=wrong: one.signed(
            {claim: value for claim, value in (claims | wrong).items() if value is not None}
        )
        back = sign_on(browser, provider, **PRITI, **LEADS)
        assert (back.status_code, name) == (403, name)
    assert browser.get("/").status_code == 303
    assert role_of(sqlite_store, "Priti Rao") is None


def test_an_issuer_among_others_is_another_issuer(single, provider):
    provider.forge = lambda one, claims: one.signed(claims | {"iss": ["https://evil.example", one.issuer]})
    assert sign_on(single(), provider, **PRITI, **LEADS).status_code == 403


def test_a_code_is_good_once_and_an_answer_is_taken_once(single, provider, sqlite_store):
    browser = single()
    away = browser.get("/sign-on")
    jar = dict(browser.client.cookies)
    query = provider.agree(away.headers["location"], **PRITI, **LEADS)
    assert browser.get(f"/sign-on/return?{query}").status_code == 303
    browser.post("/logout")
    browser.client.cookies.clear()
    browser.client.cookies.update(jar)
    assert browser.get(f"/sign-on/return?{query}").status_code == 403
    assert browser.get("/").status_code == 303
    # even a provider that honours a code twice gets nobody in twice with the same nonce
    again = provider.agree(away.headers["location"], **PRITI, **LEADS)
    answer = browser.get(f"/sign-on/return?{again}")
    assert answer.status_code == 403
    assert "used already" in answer.text


def test_an_answer_that_another_browser_asked_for_opens_nothing(single, provider):
    victim, attacker = single(), single()
    query = provider.agree(attacker.get("/sign-on").headers["location"], **PRITI, **LEADS)
    assert victim.get(f"/sign-on/return?{query}").status_code == 403
    victim.get("/sign-on")
    assert victim.get(f"/sign-on/return?{query}").status_code == 403
    assert victim.get("/").status_code == 303


@pytest.mark.parametrize("change", [lambda q: q.split("&state=")[0], lambda q: q + "x", lambda q: "state=&" + q[:5]])
def test_an_answer_without_its_state_or_with_another_opens_nothing(single, provider, change):
    browser = single()
    query = provider.agree(browser.get("/sign-on").headers["location"], **PRITI, **LEADS)
    assert browser.get(f"/sign-on/return?{change(query)}").status_code == 403


def test_an_answer_that_comes_after_ten_minutes_opens_nothing(single, provider, clock):
    browser = single()
    away = browser.get("/sign-on")
    clock.move(minutes=10, seconds=2)
    query = provider.agree(away.headers["location"], **PRITI, **LEADS)
    assert browser.get(f"/sign-on/return?{query}").status_code == 403


@pytest.mark.parametrize("cookie", ["", "x", "a.b.c.d", "a" * 43 + ".9999999999999.in.Lw", "a" * 43 + ".1.in.%%"])
def test_a_cookie_that_is_none_of_ours_opens_nothing(single, provider, cookie):
    browser = single()
    browser.client.cookies.set("earshot_sign_on", cookie)
    assert browser.get("/sign-on/return?state=x&code=y").status_code == 403


def test_an_answer_of_another_provider_is_refused_where_it_says_so(single, provider):
    browser = single()
    query = provider.agree(browser.get("/sign-on").headers["location"], **PRITI, **LEADS)
    assert browser.get(f"/sign-on/return?{query}&iss=https%3A%2F%2Fevil.example").status_code == 403
    provider.discovery = {"authorization_response_iss_parameter_supported": True}
    other = single()
    query = provider.agree(other.get("/sign-on").headers["location"], **PRITI, **LEADS)
    assert other.get(f"/sign-on/return?{query}").status_code == 403
    query = provider.agree(other.get("/sign-on").headers["location"], **PRITI, **LEADS)
    assert other.get(f"/sign-on/return?{query}&iss={provider.issuer}").status_code == 303


def test_a_refusal_of_the_provider_is_said_plainly(single, provider):
    browser = single()
    state = parse_qs(urlsplit(browser.get("/sign-on").headers["location"]).query)["state"][0]
    answer = browser.get(f"/sign-on/return?error=access_denied&error_description=<script>&state={state}")
    assert answer.status_code == 403
    assert "did not let you in" in answer.text
    assert "<script>" not in answer.text.replace("<script src=", "")


# logging out


def leave(browser: Browser) -> dict[str, str] | None:
    """What the provider is asked on the way out; None where the way out leads to the log-in alone."""
    answer = browser.post("/logout")
    assert browser.get("/").status_code == 303, "the session here has ended already"
    if answer.status_code == 303:
        assert answer.headers["location"].startswith("/login")
        return None
    address = answer.headers["refresh"].removeprefix("0; url=")
    assert address.replace("&", "&amp;") in answer.text
    return {"": address.split("?")[0]} | {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def test_who_came_by_the_provider_is_logged_out_here_first_and_then_led_to_its_page(single, provider):
    provider.discovery = {"end_session_endpoint": f"{provider.issuer}/leave"}
    browser = single()
    sign_on(browser, provider, **PRITI, **LEADS)
    asked = leave(browser)
    assert asked is not None and asked[""] == f"{provider.issuer}/leave"
    assert asked["client_id"] == CLIENT
    assert asked["post_logout_redirect_uri"].endswith("/sign-on/left")
    assert set(asked) == {"", "client_id", "post_logout_redirect_uri", "state"}, "nothing of the person"
    back = browser.get(f"/sign-on/left?state={asked['state']}")
    assert (back.status_code, back.headers["location"]) == (303, "/login?notice=bye")


def test_a_page_of_the_provider_with_a_query_keeps_it(single, provider):
    provider.discovery = {"end_session_endpoint": f"{provider.issuer}/leave?tenant=care"}
    browser = single()
    sign_on(browser, provider, **PRITI, **LEADS)
    assert leave(browser)["tenant"] == "care"


@pytest.mark.parametrize(
    "forged", ["", "?state=", "?state=forged", "?state=x&next=//evil.example", "?post=//evil.example"]
)
def test_a_way_back_with_a_forged_state_says_nothing_and_leads_nowhere_else(single, provider, forged):
    provider.discovery = {"end_session_endpoint": f"{provider.issuer}/leave"}
    browser = single()
    sign_on(browser, provider, **PRITI, **LEADS)
    assert leave(browser) is not None
    back = browser.get(f"/sign-on/left{forged}")
    assert (back.status_code, back.headers["location"]) == (303, "/login")


def test_another_site_that_leads_to_the_way_back_logs_nobody_out(single, provider):
    browser = single()
    sign_on(browser, provider, **PRITI, **LEADS)
    assert browser.get("/sign-on/left?state=x").headers["location"] == "/login"
    assert browser.get("/").status_code == 200


def test_the_state_of_a_log_out_opens_no_log_in(single, provider):
    provider.discovery = {"end_session_endpoint": f"{provider.issuer}/leave"}
    browser = single()
    sign_on(browser, provider, **PRITI, **LEADS)
    asked = leave(browser)
    assert browser.get(f"/sign-on/return?state={asked['state']}&code=x").status_code == 403
    assert browser.get("/").status_code == 303


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://evil.example/leave",
        "https://127.0.0.1.evil.example/leave",
        "https://evil.example\\@127.0.0.1/leave",
        "{issuer}@evil.example/leave",
        "{issuer}/leave\r\nset-cookie: a=b",
        "{issuer}/le ave",
        None,
    ],
)
def test_an_end_session_page_that_is_none_of_the_provider_s_is_not_gone_to(single, provider, endpoint):
    provider.discovery = {"end_session_endpoint": endpoint.format(issuer=provider.issuer) if endpoint else None}
    browser = single()
    sign_on(browser, provider, **PRITI, **LEADS)
    assert leave(browser) is None


def test_who_came_by_password_is_not_led_to_the_provider(single, provider, sqlite_store):
    provider.discovery = {"end_session_endpoint": f"{provider.issuer}/leave"}
    add_person(sqlite_store, "Ada", Role.ADMIN)
    browser = single()
    log_in(browser, "Ada")
    assert leave(browser) is None


def test_a_provider_that_is_away_keeps_nobody_logged_in(single, provider, clock):
    browser = single()
    sign_on(browser, provider, **PRITI, **LEADS)
    clock.move(hours=1, seconds=1)
    provider.discovery = {"issuer": "https://evil.example", "end_session_endpoint": f"{provider.issuer}/leave"}
    assert leave(browser) is None


# keys, addresses and failures


def test_new_keys_of_the_provider_are_read_when_they_are_first_used(single, provider, clock):
    browser = single()
    assert sign_on(browser, provider, **PRITI, **LEADS).status_code == 303
    provider.change_keys()
    clock.move(minutes=5)
    assert sign_on(browser, provider, **PRITI, **LEADS).status_code == 303
    assert provider.asked["/keys"] == 2


def test_unknown_keys_do_not_have_the_keys_read_again_at_every_try(single, provider):
    browser = single()
    other = OpenIdProvider(provider.now)
    other.change_keys()
    provider.forge = lambda one, claims: one.signed(claims, other.keys[0])
    for _ in range(5):
        assert sign_on(browser, provider, **PRITI, **LEADS).status_code == 403
    assert provider.asked["/keys"] == 1


def test_a_key_that_is_gone_proves_nothing_any_more_after_an_hour(single, provider, clock):
    browser = single()
    assert sign_on(browser, provider, **PRITI, **LEADS).status_code == 303
    provider.change_keys()
    provider.forge = lambda one, claims: one.signed(claims, RSA)
    clock.move(hours=1, seconds=1)
    assert sign_on(browser, provider, **PRITI, **LEADS).status_code == 403


def test_a_public_client_needs_no_secret(single, provider):
    provider.is_public_client = True
    assert sign_on(single(single_sign_on_client_secret=""), provider, **PRITI, **LEADS).status_code == 303


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "http://elsewhere.example/token"},
        {"jwks_uri": "file:///etc/passwd"},
        {"authorization_endpoint": None},
    ],
)
def test_a_provider_that_is_not_who_it_should_be_or_speaks_in_the_clear_is_not_used(single, provider, wrong):
    provider.discovery = wrong
    answer = single().get("/sign-on")
    assert answer.status_code == 502
    assert "cannot be used" in answer.text


def test_a_wrong_secret_is_said_to_the_log_and_not_to_the_person(single, provider, caplog):
    back = sign_on(single(single_sign_on_client_secret="wrong one"), provider, **PRITI, **LEADS)
    assert back.status_code == 502
    assert "wrong one" not in caplog.text
    assert "401" in caplog.text


def test_where_there_is_no_single_sign_on_there_is_no_such_page(nobody):
    assert "sign-on" not in nobody.get("/login").text
    assert nobody.get("/sign-on").status_code == 404


# beside the password


def test_with_passwords_switched_off_only_a_named_administrator_comes_in_by_one(single, provider, sqlite_store):
    for name, role in (("Ada", Role.ADMIN), ("Alan", Role.ADMIN), ("Priti", Role.AGENT)):
        add_person(sqlite_store, name, role)
    only = {"password_log_in": "break_glass", "break_glass": "Ada, Priti"}
    browser = single(**only)
    assert log_in(browser, "Alan").status_code == 401
    assert log_in(browser, "Priti").status_code == 401
    assert log_in(browser, "Ada").status_code == 303
    assert browser.get("/people").status_code == 200
    with sqlite_store.reading() as transaction:
        told = transaction.account_log.newest(limit=5)
    assert [(event.kind, event.facts["person"]) for event in told] == [(EventKind.BREAK_GLASS_USED, "Ada")]
    assert sign_on(single(**only), provider, **(PRITI | {"name": "Priti Lee"}), **LEADS).status_code == 303


def test_a_session_by_password_ends_when_passwords_are_switched_off(single, sqlite_store):
    add_person(sqlite_store, "Priti", Role.AGENT)
    before = single()
    log_in(before, "Priti")
    after = single(password_log_in="break_glass", break_glass="Ada")
    after.client.cookies.update(before.client.cookies)
    assert before.get("/").status_code == 200
    assert after.get("/").status_code == 303


@pytest.mark.parametrize(
    "half",
    [
        {"single_sign_on_client_id": ""},
        {"password_log_in": "break_glass"},
        {"password_log_in": "break_glass", "break_glass": "Ada", "single_sign_on_issuer": ""},
    ],
)
def test_a_start_by_which_nobody_could_log_in_is_refused(single, half):
    with pytest.raises(SetupError, match="EARSHOT_"):
        single(**half)


def test_a_second_factor_that_the_provider_saw_is_enough_and_any_other_log_in_needs_ours(single, provider):
    demanded = {"second_factor_roles": "lead"}
    seen = single(**demanded)
    sign_on(seen, provider, **PRITI, **LEADS, amr=["pwd", "mfa"])
    assert seen.get("/").status_code == 200
    unseen = single(**demanded)
    sign_on(unseen, provider, **PRITI, **LEADS, amr=["pwd"])
    assert unseen.get("/").headers["location"].startswith("/me/second-factor")
    trusted = single(**demanded, single_sign_on_is_strong="true")
    sign_on(trusted, provider, **PRITI, **LEADS)
    assert trusted.get("/").status_code == 200


def test_nothing_of_tokens_or_codes_is_logged_or_kept(single, provider, sqlite_store, caplog):
    caplog.set_level("DEBUG", logger="earshot")
    kept: list[str] = []

    def forge(one: OpenIdProvider, claims):
        kept.append(one.signed(claims))
        return kept[-1]

    provider.forge = forge
    browser = single()
    away = browser.get("/sign-on")
    query = provider.agree(away.headers["location"], **PRITI, **LEADS)
    assert browser.get(f"/sign-on/return?{query}").status_code == 303
    with sqlite_store.engine.connect() as connection:
        dump = "".join(str(connection.exec_driver_sql(f"SELECT * FROM {table}").all()) for table in TABLES)
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    for secret in (kept[0], parse_qs(query)["code"][0], asked["state"][0], asked["nonce"][0], SECRET):
        assert secret not in caplog.text
        assert secret not in dump


TABLES = ("users", "sessions", "identities", "used_sign_ons", "known_browsers", "events", "configuration_log")
