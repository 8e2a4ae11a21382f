"""Fields of the firm's own on the screens of a case and of a complaint."""

from dataclasses import replace

import pytest

from inbox import app as inbox_app
from inbox.roles import Role
from tests.inbox.factory import DEMO, NOW, add
from tests.policy.test_custom_fields import FIELDS

PAGE = "/complaints/C-0000001"


@pytest.fixture(autouse=True)
def _own_fields(monkeypatch):
    load = inbox_app.load_policy

    def with_fields(**chosen):
        policy = load(**chosen)
        return replace(policy, house=replace(policy.house, custom_fields=FIELDS))

    monkeypatch.setattr(inbox_app, "load_policy", with_fields)


@pytest.fixture
def case_id(sqlite_store, _own_fields) -> int:
    return add(sqlite_store, *DEMO[0], now=NOW)


def fill_in(browser, case_id: int, **given: str):
    version = given.pop("version", None) or browser.version(case_id)
    return browser.post(
        f"/cases/{case_id}/fields", version=version, **{f"field.{name}": value for name, value in given.items()}
    )


def test_fields_of_a_case_are_filled_in_shown_and_told_in_its_log(case_id, agent):
    assert 'for="field-branch"' in agent.get(f"/cases/{case_id}").text
    done = fill_in(agent, case_id, branch="Geelong", since="2026-01-31", union="yes")
    assert done.headers["location"] == f"/cases/{case_id}?notice=saved#custom-fields"
    page = agent.get(f"/cases/{case_id}").text
    assert '<dd translate="no"><bdi>Geelong</bdi>' in page
    assert "– → Geelong" in page and "filled in fields of the firm" in page
    assert "(personal)" in page
    again = fill_in(agent, case_id, branch="Geelong")
    assert again.headers["location"] == f"/cases/{case_id}?notice=already_so#custom-fields"


def test_what_does_not_fit_and_a_page_that_is_old_change_nothing(case_id, agent):
    old = agent.version(case_id)
    refused = fill_in(agent, case_id, since="yesterday")
    assert refused.status_code == 422
    assert "Customer since: &#39;yesterday&#39; is no date; write it as 2026-11-30" in refused.text
    assert fill_in(agent, case_id, branch="Geelong").status_code == 303
    assert fill_in(agent, case_id, branch="Ballarat", version=old).status_code == 409
    assert "Ballarat</bdi>" not in agent.get(f"/cases/{case_id}").text


def test_who_reads_only_sees_the_fields_and_no_form(case_id, agent, as_role):
    fill_in(agent, case_id, branch="<b>Geelong</b>")
    fill_in(agent, case_id, branch="Geelong")
    page = as_role(Role.AUDITOR).get(f"/cases/{case_id}").text
    assert "<bdi>Geelong</bdi>" in page
    assert f'action="/cases/{case_id}/fields"' not in page


def test_fields_of_a_complaint_are_corrected_with_a_reason_and_stand_in_its_history(case_id, agent):
    assert 'id="about-field.loss"' in agent.get(PAGE).text
    page = agent.get(PAGE).text
    seen = page.split('name="seen" value="')[1].split('"')[0]
    typed = {"seen": seen, "reason": "told on the phone", "field.loss": "12.50", "field.policy_no": "<i>AB 1</i>"}
    assert agent.post(f"{PAGE}/acts/about", **typed).headers["location"] == f"{PAGE}?notice=recorded"
    page = agent.get(PAGE).text
    assert "<dt>Loss</dt><dd><bdi>12.50</bdi>" in page
    assert "&lt;i&gt;AB 1&lt;/i&gt;" in page and "<i>AB 1" not in page
    assert "Policy number &lt;i&gt;AB 1" in page  # in the history
    typed |= {"seen": page.split('name="seen" value="')[1].split('"')[0], "field.loss": "a lot"}
    refused = agent.post(f"{PAGE}/acts/about", **typed)
    assert refused.status_code == 422 and "no number" in refused.text
