"""The firm's own targets on the pages: beside the clocks of the regulator, and never mistaken for one."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from inbox.roles import Role
from inbox.wording import VIEWS
from models import CaseState, EventKind, Tier
from tests.inbox.factory import NOW, Said, add

HOUR = timedelta(hours=1)


@pytest.fixture
def case_id(sqlite_store, agent) -> int:
    """`agent` is there first: it is the inbox that keeps the targets."""
    return add(sqlite_store, Said("charged twice", minutes_ago=10), now=NOW)


def section(page: str) -> str:
    found = re.search(r'<section class="card targets".*?</section>', page, re.DOTALL)
    assert found is not None
    return found[0]


def test_a_case_shows_its_targets_apart_from_its_clocks_with_the_arithmetic(agent, sqlite_store, case_id) -> None:
    page = agent.get(f"/cases/{case_id}").text
    shown = section(page)
    assert "First answer" in shown and "Resolution" in shown
    assert "Next update" not in shown, "nobody has answered yet"
    assert "No law" in shown and "RG 271" not in shown
    assert "high priority: first answer within 4 working hours (targets 2026-11)" in shown
    with sqlite_store.reading() as transaction:
        assert {clock.key for clock in transaction.cases.clocks_of(case_id)}.isdisjoint({"first_answer", "resolution"})


def set_due(store, case_id: int, due_at) -> None:
    with store.writing() as transaction:
        transaction.targets.keep([replace(each, due_at=due_at) for each in transaction.targets.of([case_id])])


def test_the_queue_shows_the_next_target_and_lists_what_is_missed(agent, sqlite_store, case_id) -> None:
    assert "target: first answer in" in agent.get("/").text
    assert f'id="case-{case_id}"' not in agent.get("/?view=target_missed").text
    set_due(sqlite_store, case_id, NOW - HOUR)
    page = agent.get("/?view=target_missed").text
    assert f'id="case-{case_id}"' in page
    assert "overdue 1 h" in page


def test_what_is_due_within_two_hours_has_a_list_of_its_own(agent, sqlite_store, case_id) -> None:
    set_due(sqlite_store, case_id, NOW + 2 * HOUR)
    assert f'id="case-{case_id}"' not in agent.get("/?view=target_soon").text
    set_due(sqlite_store, case_id, NOW + HOUR)
    assert f'id="case-{case_id}"' in agent.get("/?view=target_soon").text
    assert f'id="case-{case_id}"' not in agent.get("/?view=target_missed").text
    assert {"target_soon", "target_missed"} <= set(VIEWS)


def test_an_answered_case_with_an_update_overdue_is_listed_though_it_is_not_open(agent, sqlite_store, case_id) -> None:
    with sqlite_store.writing() as transaction:
        transaction.cases.set_state(case_id, CaseState.ANSWERED, now=NOW)
    set_due(sqlite_store, case_id, NOW - HOUR)
    assert f'id="case-{case_id}"' in agent.get("/?view=target_missed").text


def test_noting_that_the_customer_was_told_by_phone_meets_the_first_answer(agent, sqlite_store, clock, case_id) -> None:
    clock.move(minutes=30)
    fields = {"form_key": agent.form_key(case_id), "version": agent.version(case_id), "words": "spoke on the phone"}
    for _ in range(2):
        assert agent.post(f"/cases/{case_id}/told", **fields).status_code == 303
    shown = section(agent.get(f"/cases/{case_id}").text)
    assert "Next update" in shown and "due met" in shown
    with sqlite_store.reading() as transaction:
        log = [each for each in transaction.events.of_case(case_id) if each.kind is EventKind.CUSTOMER_TOLD]
        clocks = [each.met_at for each in transaction.cases.clocks_of(case_id)]
    assert [each.facts for each in log] == [{"words": "spoke on the phone"}]
    assert "words: spoke on the phone" in agent.get(f"/cases/{case_id}").text
    assert clocks == [None] * len(clocks), "no clock of the regulator is met by it"


def test_without_words_or_on_a_case_that_changed_nothing_is_noted(agent, sqlite_store, case_id) -> None:
    fields = {"form_key": agent.form_key(case_id), "version": agent.version(case_id)}
    assert agent.post(f"/cases/{case_id}/told", **fields, words="  ").status_code == 400
    assert agent.post(f"/cases/{case_id}/told", **fields | {"version": "999"}, words="by phone").status_code == 409
    with sqlite_store.reading() as transaction:
        kinds = [each.kind for each in transaction.events.of_case(case_id)]
    assert EventKind.CUSTOMER_TOLD not in kinds


def test_an_auditor_sees_the_targets_and_no_form(as_role, case_id) -> None:
    shown = section(as_role(Role.AUDITOR).get(f"/cases/{case_id}").text)
    assert "First answer" in shown
    assert "/told" not in shown


def test_closing_a_case_ends_its_targets_at_once(agent, sqlite_store, clock) -> None:
    number = add(sqlite_store, Said("how do I log in?", label="enquiry", tier=Tier.PERSONAL_REPLY), now=NOW)
    clock.move(minutes=5)
    agent.post(f"/cases/{number}/done", version=agent.version(number))
    with sqlite_store.reading() as transaction:
        found = {target.key: target for target in transaction.targets.of([number])}
    assert set(found) == {"resolution"}
    assert found["resolution"].met_at == clock.now
    assert found["resolution"].look_at is None


def test_the_lead_sees_what_each_team_has_missed_and_what_is_due_soon(as_role, sqlite_store) -> None:
    lead = as_role(Role.LEAD)
    number = add(sqlite_store, Said("charged twice", minutes_ago=10, team="payments"), now=NOW)
    set_due(sqlite_store, number, NOW + 3 * HOUR)
    assert "No target is missed" in lead.get("/board").text
    set_due(sqlite_store, number, NOW + HOUR)
    assert team_rows(lead) == [("payments", 0, 1)]
    set_due(sqlite_store, number, NOW - HOUR)
    assert team_rows(lead) == [("payments", 1, 0)]


def team_rows(lead) -> list[tuple[str, int, int]]:
    """Team, missed now, due in two hours."""
    found = re.search(r'aria-labelledby="by-target".*?</section>', lead.get("/board/live").text, re.DOTALL)
    assert found is not None
    rows = re.findall(r"<tr><th scope=.row.>(.*?)</th><td>(.*?)</td><td>(.*?)</td>", found[0])
    return [(team, int(re.sub(r"<[^>]+>", "", missed)), int(soon)) for team, missed, soon in rows]
