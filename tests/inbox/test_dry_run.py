"""Edited rules are tried from the inbox: read strictly, carried out by the worker, never switched on."""

from datetime import timedelta

import pytest

from flow.dry_runs import carry_out_waiting
from inbox.roles import Role
from models.errors import SetupError
from policy.loading import PACKS, load_policy
from settings import Settings
from tests.flow.keyword_classifier import KeywordClassifier
from tests.inbox.conftest import FORM_KEY
from tests.inbox.factory import NOW, add_demo

HOUSE = (PACKS / "house" / "pack.toml").read_text(encoding="utf-8")
EDITED = HOUSE.replace("repeat_contacts_from = 3", "repeat_contacts_from = 2").replace("tier = 3", "tier = 2")
DAYS = {"first": "2020-01-01", "last": "2020-12-31"}


def nobody(name: str):
    raise SetupError(f"classifier {name!r} is not here")


@pytest.fixture
def policy():
    return load_policy(**Settings().policy)


@pytest.fixture
def lead(as_role):
    return as_role(Role.LEAD)


def days_around_now() -> dict[str, str]:
    return {
        "first": (NOW - timedelta(days=30)).date().isoformat(),
        "last": (NOW + timedelta(days=1)).date().isoformat(),
    }


def tried(browser, rules: str, **days: str):
    key = FORM_KEY.search(browser.get("/dry-run").text)
    assert key is not None
    return browser.post("/dry-run", form_key=key[1], rules=rules, **(days or days_around_now()))


def test_a_lead_tries_rules_and_sees_case_by_case_what_would_be_otherwise(lead, sqlite_store, policy):
    add_demo(sqlite_store, now=NOW)
    assert tried(lead, EDITED).headers["location"].endswith("/dry-run/1")
    assert "Nothing is switched on from here" in lead.get("/dry-run/1").text
    carry_out_waiting(sqlite_store, policy, nobody, now=NOW)
    shown = lead.get("/dry-run/1").text
    assert "would be otherwise" in shown
    assert "policy/house/pack.toml" in shown
    table = lead.get("/dry-run/1/cases.csv")
    assert table.headers["content-type"].startswith("text/csv")
    assert table.text.startswith("\ufeffcase,channel,first_said"), "a spreadsheet is told that it is UTF-8"


def test_rules_that_cannot_be_read_are_refused_with_file_and_key_and_stay_in_the_form(lead):
    page = tried(lead, HOUSE.replace("repeat_contacts_from", "repeat_contact_from"))
    assert page.status_code == 422
    assert "edited.toml: key &#39;thresholds.repeat_contacts_from&#39; is missing" in page.text
    assert "repeat_contact_from" in page.text
    nonsense = tried(lead, "this is = = no toml")
    assert nonsense.status_code == 422
    assert "not valid TOML" in nonsense.text


def test_the_same_form_sent_twice_is_one_run(lead, sqlite_store):
    key = FORM_KEY.search(lead.get("/dry-run").text)
    for _ in range(2):
        lead.post("/dry-run", form_key=key[1], rules=HOUSE, **DAYS)
    with sqlite_store.reading() as transaction:
        assert len(transaction.dry_runs.waiting()) == 1


def test_days_in_the_wrong_order_are_refused(lead):
    page = tried(lead, HOUSE, first="2026-05-31", last="2026-05-01")
    assert page.status_code == 422
    assert tried(lead, HOUSE, first="soon", last="2026-05-01").status_code == 422


def test_an_agent_may_not_try_rules_and_an_auditor_only_looks(as_role):
    agent, auditor = as_role(Role.AGENT), as_role(Role.AUDITOR)
    assert agent.get("/dry-run").status_code == 403
    assert auditor.get("/dry-run").status_code == 200
    assert auditor.post("/dry-run", rules=HOUSE, form_key="0" * 32, **DAYS).status_code == 403


def test_an_edited_approvals_file_says_for_which_replies_each_rule_would_have_held(lead, sqlite_store, policy):
    add_demo(sqlite_store, now=NOW)
    rules = (PACKS / "approvals" / "approvals.toml").read_text(encoding="utf-8").replace("on = false", "on = true")
    assert tried(lead, rules).status_code == 303
    assert "Approvals" in lead.get("/dry-run/1").text
    carry_out_waiting(sqlite_store, policy, nobody, now=NOW)
    assert "policy/approvals/approvals.toml" in lead.get("/dry-run/1").text


def test_a_dry_run_is_forgotten_after_a_week(lead, sqlite_store, policy):
    tried(lead, HOUSE)
    carry_out_waiting(sqlite_store, policy, nobody, now=NOW + timedelta(days=8))
    assert lead.get("/dry-run/1").status_code == 404


def wished(browser, **form: str):
    key = FORM_KEY.search(browser.get("/dry-run").text)
    return browser.post("/dry-run", form_key=key[1], **{"rules": "", **days_around_now(), **form})


def test_a_sector_and_a_version_are_chosen_from_what_there_is(lead, sqlite_store, policy):
    add_demo(sqlite_store, now=NOW)
    form = lead.get("/dry-run").text
    assert '<option value="bank" translate="no">bank</option>' in form
    assert '<option value="shipped" translate="no">' in form
    assert wished(lead, sector="bank", classifier="shipped").status_code == 303
    page = lead.get("/dry-run/1").text
    assert "sector bank 2026-11, classifier shipped" in page
    assert "EARSHOT_SECTOR=bank" in page
    assert "earshot classifier promote shipped" in page
    carry_out_waiting(sqlite_store, policy, lambda name: ("keywords", KeywordClassifier().judge), now=NOW)
    assert "would be otherwise" in lead.get("/dry-run/1").text


def test_what_is_not_there_or_nothing_at_all_is_refused_in_words(lead):
    for form, said in (
        ({}, "There is nothing to try"),
        ({"sector": "shop"}, "sector &#39;shop&#39; is unknown"),
        ({"classifier": "../other"}, "Classifier &#39;../other&#39; is not known here"),
    ):
        page = wished(lead, **form)
        assert page.status_code == 422
        assert said in page.text


def test_a_version_that_the_worker_cannot_load_says_so_on_the_page(lead, sqlite_store, policy):
    wished(lead, classifier="shipped")
    carry_out_waiting(sqlite_store, policy, nobody, now=NOW)
    assert "classifier &#39;shipped&#39; is not here" in lead.get("/dry-run/1").text


def test_holidays_as_csv_are_tried_and_the_setting_is_named(lead):
    assert tried(lead, "kind,date,name,places\r\nextra,2026-06-09,Local day,AU-NSW\r\n").status_code == 303
    page = lead.get("/dry-run/1").text
    assert "Holidays" in page
    assert "EARSHOT_HOLIDAYS_FILE" in page
