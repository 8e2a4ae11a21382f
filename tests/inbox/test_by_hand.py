"""Tier, priority and tags on the case's page."""

import pytest

from inbox.roles import Role
from models import EventKind, Priority, Tier
from tests.inbox.factory import NOW, Said, add

QUESTION = Said("how do I log in?", label="enquiry")


@pytest.fixture
def case_id(sqlite_store) -> int:
    return add(sqlite_store, QUESTION, now=NOW)


def fields_of(browser, case_id: int, **changed: str) -> dict[str, str]:
    standing = {"tier": "3", "priority": "urgent", "tags": "press, log_in", "reason": ""}
    return {"form_key": browser.form_key(case_id), "version": browser.version(case_id)} | standing | changed


def case_of(store, case_id: int):
    with store.reading() as transaction:
        return transaction.cases.get(case_id)


def test_an_agent_sets_them_and_the_page_says_who_and_what_the_rules_have(sqlite_store, agent, case_id):
    ruled = case_of(sqlite_store, case_id).decision
    fields = fields_of(agent, case_id)
    for _ in range(2):
        assert agent.post(f"/cases/{case_id}/by-hand", **fields).headers["location"].endswith("notice=saved")
    standing = case_of(sqlite_store, case_id).decision
    assert (standing.tier, standing.priority, standing.tags) == (
        Tier.HIGH_PRIORITY,
        Priority.URGENT,
        ("log_in", "press"),
    )
    with sqlite_store.reading() as transaction:
        told = [event for event in transaction.events.of_case(case_id) if event.kind is EventKind.SET_BY_HAND]
    assert len(told) == 1
    assert told[0].facts["priority_before"] == ruled.priority.value
    page = agent.get(f"/cases/{case_id}").text
    assert "Set by hand by <bdi>agent person</bdi>" in page
    assert "set tier, priority or tags by hand" in page

    back = {"form_key": agent.form_key(case_id), "version": agent.version(case_id)}
    agent.post(f"/cases/{case_id}/leave-to-rules", **back)
    assert case_of(sqlite_store, case_id).decision == ruled
    assert "Set by hand by" not in agent.get(f"/cases/{case_id}").text


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"tier": "4"}, 400),
        ({"tier": "x"}, 400),
        ({"priority": "very"}, 400),
        ({"tags": "<b>x</b>"}, 409),
        ({"priority": "low", "tier": "0"}, 409),
        ({"version": "0"}, 409),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(sqlite_store, agent, case_id, changed, status):
    before = case_of(sqlite_store, case_id)
    assert agent.post(f"/cases/{case_id}/by-hand", **fields_of(agent, case_id, **changed)).status_code == status
    assert case_of(sqlite_store, case_id) == before


def test_of_a_complaint_no_lower_tier_is_offered(sqlite_store, agent):
    complaint = add(sqlite_store, Said("you charged me twice, refund me"), now=NOW)
    page = agent.get(f"/cases/{complaint}").text
    choice = page.split('id="by-hand-tier"')[1].split("</select>")[0]
    assert "Tier 3" in choice
    assert "Tier 1" not in choice


def test_who_only_looks_is_offered_nothing(as_role, sqlite_store, case_id):
    page = as_role(Role.AUDITOR).get(f"/cases/{case_id}").text
    assert 'id="by-hand"' not in page
