import csv
import io
import json
import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from flow.weekly_report import week_due
from inbox.roles import Role
from measure.handling_definitions import DEFINITIONS
from models import ActorKind, Event, EventKind, Kind, Tier
from store.store import Store
from tests.inbox.conftest import Browser, add_person, log_in, make_app
from tests.inbox.factory import NOW, SYDNEY, Said, add, add_demo
from tests.inbox.test_board import answer

PATHS = ("/figures", "/figures/cases", "/figures/export", "/figures/quality", "/figures/quality/1")
MARKS = {f"mark.{key}": "yes" for key in ("understood", "correct", "tone", "next_step", "record")}
PERIOD = f"from={(NOW - timedelta(days=9)).date()}&to={(NOW + timedelta(days=1)).date()}"


def _case(store: Store, name: str, minutes: float, **more) -> int:
    tier = more.pop("tier", Tier.PERSONAL_REPLY)
    said = Said(f"words of {name}", native_id=name, minutes_ago=minutes, tier=tier, label="enquiry", **more)
    return add(store, said, now=NOW)


def _record(store: Store, kind: EventKind, case_id: int, *, person: str = "Priti", **facts: object) -> None:
    event = Event(f"{kind.value}:{case_id}:{facts}", kind, NOW, ActorKind.PERSON, person, case_id, facts=facts)
    with store.writing() as transaction:
        transaction.events.record([event], now=NOW)


@pytest.mark.parametrize("role", [Role.LEAD, Role.COMPLIANCE, Role.ADMIN, Role.AUDITOR])
def test_the_figures_are_for_leads_compliance_administrators_and_auditors(sqlite_store, as_role, role):
    add_demo(sqlite_store, now=NOW)
    browser = as_role(role)
    for path in PATHS:
        assert (browser.get(path).status_code, path) == (200, path)
    assert 'href="/figures"' in browser.get("/").text


def test_an_agent_has_no_figures(sqlite_store, agent):
    add_demo(sqlite_store, now=NOW)
    for path in PATHS:
        assert agent.get(path).status_code == 403


def test_each_dashboard_says_the_definition_beside_each_number(sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    browser = as_role(Role.ADMIN)
    said = "".join(browser.get(f"/figures?view={view}").text for view in ("team", "complaints", "running"))
    plain = said.replace("&#39;", "'").replace("&#34;", '"')
    for key, definition in DEFINITIONS.items():
        if key != "cost_complaint":  # shown where a rate is set
            assert definition.meaning in plain, key


def test_a_figure_leads_to_the_cases_behind_it(sqlite_store, as_role):
    quick = _case(sqlite_store, "quick", 120)
    slow = _case(sqlite_store, "slow", 4000, channel="facebook")
    answer(sqlite_store, quick, at=NOW - timedelta(minutes=60))
    answer(sqlite_store, slow, at=NOW)
    lead = as_role(Role.LEAD)
    page = lead.get(f"/figures?{PERIOD}").text
    link = re.search(r'href="(/figures/cases\?[^"]*of=same_day[^"]*)"', page)
    assert link is not None
    listed = lead.get(link[1].replace("&amp;", "&")).text
    assert f"Case {quick}</a></th><td>yes" in listed and f"Case {slow}</a></th><td>no" in listed
    one = lead.get(f"/figures/cases?of=same_day&by=channel&name=facebook&{PERIOD}").text
    assert f"Case {slow}</a>" in one and f"Case {quick}</a>" not in one


def test_what_is_chosen_filters_every_figure(sqlite_store, as_role):
    first = _case(sqlite_store, "first", 120)
    second = _case(sqlite_store, "second", 240, channel="facebook")
    for case_id in (first, second):
        answer(sqlite_store, case_id, at=NOW)
    lead = as_role(Role.LEAD)
    found = json.loads(lead.get(f"/figures/export?format=json&channel=facebook&{PERIOD}").text)
    counted = {one["figure"]: one["count"] for one in found["figures"] if one["group"] == "all"}
    assert counted["first_answer"] == counted["same_day"] == counted["escalated"] == 1
    assert found["filter"]["channel"] == "facebook"


def test_the_file_holds_every_figure_with_its_definition_and_no_formula(sqlite_store, as_role):
    case_id = _case(sqlite_store, "a", 120, team="=cmd()")
    answer(sqlite_store, case_id, at=NOW)
    _record(sqlite_store, EventKind.ESCALATED, case_id, reason="no_authority", to="Bert")
    lead = as_role(Role.LEAD)
    text = lead.client.get(f"/figures/export?format=csv&{PERIOD}").content.decode("utf-8-sig")
    lines = list(csv.DictReader(io.StringIO(text)))
    assert {"same_day", "first_answer", "escalation_reasons", "escalated_week"} <= {line["figure"] for line in lines}
    assert all(line["definition"] for line in lines)
    assert {line["of"] for line in lines if line["group"] == "by team"} == {"'=cmd()"}
    [reason] = [line for line in lines if line["figure"] == "escalation_reasons" and line["group"] == "by reason"]
    assert (reason["of"], reason["count"]) == ("no_authority", "1")


def test_private_cases_are_left_out_of_public_answers_and_that_is_said(sqlite_store, as_role):
    _case(sqlite_store, "dm", 120, kind=Kind.DM)
    public = _case(sqlite_store, "post", 120)
    answer(sqlite_store, public, at=NOW)
    page = as_role(Role.ADMIN).get(f"/figures?view=running&{PERIOD}").text
    assert "1 begun in private" in page
    assert "100 %" in page or "100%" in page


@pytest.mark.parametrize(
    "query", ["period=2026W99", "from=2026-07-01", "from=2026-07-02&to=2026-07-01", "from=x&to=y", "period=2026-W54"]
)
def test_a_period_that_is_none_is_refused(as_role, query):
    assert as_role(Role.LEAD).get(f"/figures?{query}").status_code == 400


def test_unknown_dashboards_figures_and_formats_are_refused(as_role):
    lead = as_role(Role.LEAD)
    assert lead.get("/figures?view=nothing").status_code == 404
    assert lead.get("/figures/cases?of=nothing").status_code == 404
    assert lead.get("/figures/export?format=xls").status_code == 400


def _form(browser, case_id: int) -> dict[str, str]:
    page = browser.get(f"/figures/quality/{case_id}").text
    return {name: re.search(rf'name="{name}" value="([^"]+)"', page)[1] for name in ("form_key", "version")}


def test_a_lead_scores_a_case_of_the_sample_and_the_points_stand_in_the_figures(sqlite_store, as_role):
    case_id = _case(sqlite_store, "a", 120, team="cards")
    answer(sqlite_store, case_id, at=NOW)
    lead = as_role(Role.LEAD)
    assert f"Score case {case_id}" in lead.get("/figures/quality").text
    form = _form(lead, case_id)
    marks = MARKS | {"mark.tone": "no", "mark.record": "not_applicable"}
    for _ in range(2):
        assert lead.post(f"/figures/quality/{case_id}", **form, **marks).status_code == 303
    with sqlite_store.reading() as transaction:
        [score] = transaction.quality.of_cases([case_id])
        logged = [one for one in transaction.events.of_case(case_id) if one.kind is EventKind.QUALITY_SCORED]
    assert score.points == pytest.approx(100 * 75 / 90) and score.team == "cards" and len(logged) == 1
    found = json.loads(lead.get(f"/figures/export?format=json&{PERIOD}").text)["figures"]
    assert [(one["group"], one["count"]) for one in found if one["figure"] == "quality"] == [("all", 1), ("by team", 1)]
    assert lead.post(f"/figures/quality/{case_id}", **_form(lead, case_id), **MARKS).status_code == 303
    with sqlite_store.reading() as transaction:
        [score] = transaction.quality.of_cases([case_id])
    assert score.points == 100


def test_a_scorecard_without_all_answers_is_refused_and_keeps_what_was_given(sqlite_store, as_role):
    case_id = _case(sqlite_store, "a", 120)
    lead = as_role(Role.LEAD)
    given = {name: value for name, value in MARKS.items() if name != "mark.tone"}
    refused = lead.post(f"/figures/quality/{case_id}", **_form(lead, case_id), **given)
    assert refused.status_code == 422 and "Question 3 has no answer" in refused.text
    assert refused.text.count("checked") == len(given)


def test_nobody_scores_a_case_that_they_answered(sqlite_store, as_role):
    case_id = _case(sqlite_store, "a", 120)
    answer(sqlite_store, case_id, at=NOW, person="lead person")
    lead = as_role(Role.LEAD)
    refused = lead.post(f"/figures/quality/{case_id}", **_form(lead, case_id), **MARKS)
    assert refused.status_code == 422 and "somebody else scores it" in refused.text


def test_a_case_that_changed_since_the_scorecard_was_opened_is_looked_at_again(sqlite_store, as_role):
    case_id = _case(sqlite_store, "a", 120)
    lead = as_role(Role.LEAD)
    form = _form(lead, case_id)
    with sqlite_store.writing() as transaction:
        transaction.cases.assign(case_id, "lead person", version=int(form["version"]), now=NOW)
    assert lead.post(f"/figures/quality/{case_id}", **form, **MARKS).status_code == 409
    with sqlite_store.reading() as transaction:
        assert transaction.quality.of_cases([case_id]) == []


def test_compliance_sees_scores_and_gives_none(sqlite_store, as_role):
    case_id = _case(sqlite_store, "a", 120)
    browser = as_role(Role.COMPLIANCE)
    assert 'name="mark.tone"' not in browser.get(f"/figures/quality/{case_id}").text
    assert browser.post(f"/figures/quality/{case_id}", form_key="x" * 32, **MARKS).status_code == 403


def test_the_page_says_what_became_of_the_weekly_report(settings, sqlite_store, queues, clock):
    told = settings.model_copy(update={"report_to": frozenset({"a@example.com", "b@example.com"})})
    assert week_due(told, SYDNEY, now=NOW) is not None
    app = make_app(told, sqlite_store, queues, clock)
    add_person(sqlite_store, "Lea", Role.LEAD)
    browser = Browser(TestClient(app, follow_redirects=False))
    log_in(browser, "Lea")
    page = browser.get("/figures").text
    assert "Weekly report by e-mail:" in page and "2 waiting" in page


def test_the_page_is_worked_out_at_most_once_a_minute_for_each_choice_and_says_when(sqlite_store, as_role, clock):
    lead = as_role(Role.LEAD)
    before = lead.get("/figures?period=2026-W47").text
    case_id = _case(sqlite_store, "first", 120)
    answer(sqlite_store, case_id, at=NOW)

    clock.move(seconds=59)
    assert cards_of(lead.get("/figures?period=2026-W47").text) == cards_of(before)
    assert cards_of(lead.get("/figures?from=2026-11-01&to=2026-11-30").text) != cards_of(before), "another choice"
    clock.move(seconds=1)
    assert cards_of(lead.get("/figures?period=2026-W47").text) != cards_of(before)


def cards_of(page: str) -> str:
    return page.split('class="figure-cards"')[1]
