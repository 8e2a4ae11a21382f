"""Escalating on a case, its ledger and alarms, teams, and the policy that people read."""

import csv
import io
import re
import secrets

import pytest

from flow.escalation_steps import look
from flow.hops import look_at_hops
from inbox.roles import Role
from models import EventKind
from policy.loading import load_policy
from store.escalations import Ended
from tests.inbox.conftest import Browser, add_person, log_in
from tests.inbox.factory import NOW, Said, add

POLICY = load_policy(pack="asic-rg271", house="house", place="AU-NSW")
CASE = Said("I was charged twice", team="billing", tags=("charge",), handle="mira")


@pytest.fixture
def case_id(sqlite_store) -> int:
    return add(sqlite_store, CASE, now=NOW)


@pytest.fixture
def enter(sqlite_store, open_browser):
    def enter_one(name: str, role: Role) -> Browser:
        add_person(sqlite_store, name, role)
        browser = open_browser()
        assert log_in(browser, name).status_code == 303
        return browser

    return enter_one


@pytest.fixture
def priti(enter) -> Browser:
    return enter("Priti", Role.AGENT)


@pytest.fixture
def lena(enter) -> Browser:
    return enter("Lena", Role.LEAD)


def put_in(lena: Browser, store, name: str, team: str = "billing", place: str = "member"):
    with store.reading() as transaction:
        user = transaction.accounts.by_name(name)
    return lena.post("/teams", team=team, user_id=str(user.id), place=place, form_key=secrets.token_hex(16))


def form(store, case_id: int, **changed: str) -> dict[str, str]:
    with store.reading() as transaction:
        version = transaction.cases.get(case_id).version
    fields = {"path": "billing", "reason": "no_authority", "note": "Over my limit.", "version": str(version)}
    return fields | {"form_key": secrets.token_hex(16)} | changed


def escalate(store, browser: Browser, case_id: int, **changed: str):
    return send(browser, f"/cases/{case_id}/escalate", form(store, case_id, **changed))


def send(browser: Browser, where: str, fields: dict[str, str]):
    return browser.client.post(where, data={"form_token": browser.token(), **fields})


def standing(store, case_id: int):
    with store.reading() as transaction:
        return transaction.escalations.standing([case_id])


def events(store, case_id: int, kind: EventKind):
    with store.reading() as transaction:
        return [event for event in transaction.events.of_case(case_id) if event.kind is kind]


def test_a_case_is_escalated_and_shows_its_owner_its_step_and_who_is_next(sqlite_store, priti, lena, enter, case_id):
    keiko = enter("Keiko", Role.AGENT)
    assert put_in(lena, sqlite_store, "Keiko").status_code == 303
    page = priti.get(f"/cases/{case_id}").text
    offers = page.split('id="escalate"')[1]
    assert re.search(r'value="billing"[^>]*checked', offers), "the path that fits is suggested"
    assert "Fits: tag: charge." in offers
    assert "Next: <bdi>Keiko</bdi>" in offers
    assert "notice=escalated" in escalate(sqlite_store, priti, case_id).headers["location"]
    page = keiko.get(f"/cases/{case_id}").text
    assert "Escalated: <bdi>Keiko</bdi> has it" in page
    assert "Step 1 of 3." in page
    assert "goes to Lena (Billing, lead)" in page
    assert "escalated to you" in keiko.get("/called").text
    assert "Over my limit." in page


def test_the_same_form_twice_escalates_once_and_an_old_page_not_at_all(sqlite_store, priti, lena, case_id):
    fields = form(sqlite_store, case_id)
    assert "notice=escalated" in send(priti, f"/cases/{case_id}/escalate", fields).headers["location"]
    assert "notice=once" in send(priti, f"/cases/{case_id}/escalate", fields).headers["location"]
    stale = send(priti, f"/cases/{case_id}/escalate", (fields | {"form_key": secrets.token_hex(16)}))
    assert stale.status_code == 409
    assert len(events(sqlite_store, case_id, EventKind.ESCALATED)) == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"path": "nowhere"}, "unknown"),
        ({"reason": "safety"}, "takes no reason"),
        ({"note": " "}, "needs to know"),
    ],
)
def test_what_lacks_path_reason_or_note_is_refused_in_words(sqlite_store, priti, lena, case_id, changed, said):
    answer = escalate(sqlite_store, priti, case_id, **changed)
    assert (answer.status_code, said in answer.text) == (409, True)
    assert standing(sqlite_store, case_id) is None


def test_i_am_not_sure_is_one_click_up_the_line(sqlite_store, priti, lena, case_id):
    with sqlite_store.reading() as transaction:
        version = str(transaction.cases.get(case_id).version)
    answer = priti.post(f"/cases/{case_id}/not-sure", version=version, form_key=secrets.token_hex(16))
    assert "notice=escalated" in answer.headers["location"]
    found = standing(sqlite_store, case_id)
    assert (found.owner, found.opening.reason, found.opening.kind) == ("Lena", "unsure", "hierarchical")


def ending(store, case_id: int, **changed: str) -> dict[str, str]:
    return form(store, case_id, escalation=str(standing(store, case_id).id), text="Up to 50 is fine.") | changed


def test_a_senior_sends_it_back_with_advice(sqlite_store, priti, lena, case_id):
    escalate(sqlite_store, priti, case_id, path="line", reason="unsure")
    answer = send(lena, f"/cases/{case_id}/escalation/return", ending(sqlite_store, case_id))
    assert "notice=escalation_returned" in answer.headers["location"]
    assert standing(sqlite_store, case_id) is None
    page = priti.get(f"/cases/{case_id}").text
    assert "<strong><bdi>Priti</bdi></strong>" in page, "hers again"
    assert "Up to 50 is fine." in page
    assert "sent back to you, with advice," in priti.get("/called").text


def test_only_its_owner_who_escalated_it_or_a_lead_ends_an_escalation(sqlite_store, priti, lena, enter, case_id):
    escalate(sqlite_store, priti, case_id, path="line", reason="unsure")
    other = enter("Bora", Role.AGENT)
    for act in ("return", "settle"):
        refused = send(other, f"/cases/{case_id}/escalation/{act}", ending(sqlite_store, case_id))
        assert refused.status_code == 403
    assert standing(sqlite_store, case_id) is not None
    assert "Settle …" not in other.get(f"/cases/{case_id}").text
    fields = ending(sqlite_store, case_id)
    assert "escalation_settled" in send(lena, f"/cases/{case_id}/escalation/settle", fields).headers["location"]
    assert "notice=once" in send(lena, f"/cases/{case_id}/escalation/settle", fields).headers["location"]
    gone = send(lena, f"/cases/{case_id}/escalation/settle", (fields | {"form_key": secrets.token_hex(16)}))
    assert gone.status_code == 409
    with sqlite_store.reading() as transaction:
        [ended] = transaction.escalations.of_cases([case_id])
    assert (ended.ended_why, ended.ended_by) == (Ended.SETTLED, "Lena")


def test_taking_over_makes_it_theirs_and_stops_the_path(sqlite_store, priti, lena, enter, case_id, clock):
    keiko = enter("Keiko", Role.AGENT)
    put_in(lena, sqlite_store, "Keiko")
    escalate(sqlite_store, priti, case_id)
    clock.move(minutes=5)
    with sqlite_store.reading() as transaction:
        version = str(transaction.cases.get(case_id).version)
    lena.post(f"/cases/{case_id}/take-over", version=version, form_key=secrets.token_hex(16))
    assert standing(sqlite_store, case_id).owner == "Lena"
    page = keiko.get(f"/cases/{case_id}").text
    assert "<bdi>Lena</bdi> has answered since: no further step." in page
    clock.move(days=20)
    look(sqlite_store, POLICY, now=clock.now)
    assert events(sqlite_store, case_id, EventKind.ESCALATION_STEP) == []


def test_the_alarms_stand_on_top_of_the_ledger_on_the_board_and_on_health(sqlite_store, priti, case_id, clock, enter):
    escalate(sqlite_store, priti, case_id)
    page = priti.get("/escalations").text
    assert "1 escalated case has no owner" in page
    assert "owned by nobody" in priti.get(f"/cases/{case_id}").text
    assert "1 escalated case has no owner." in priti.get("/health").text
    auditor = enter("Aud", Role.AUDITOR)
    assert "escalated, no owner" in auditor.get("/board").text
    enter("Lena", Role.LEAD)
    look(sqlite_store, POLICY, now=clock.now)
    assert "escalated case has no owner" not in priti.get("/escalations").text
    assert standing(sqlite_store, case_id).owner == "Lena"


def test_a_case_that_goes_back_and_forth_is_said_there_too(sqlite_store, priti, lena, case_id, clock):
    for person, to in ((priti, "Lena"), (lena, "Priti"), (priti, "Lena")):
        fields = form(sqlite_store, case_id, to=to, text="yours", owner=to)
        with sqlite_store.reading() as transaction:
            act = "hand-over" if transaction.cases.get(case_id).owner else "assign"
        send(person, f"/cases/{case_id}/{act}", fields)
    assert look_at_hops(sqlite_store, most=3, now=clock.now) == 1
    assert "1 case goes back and forth" in lena.get("/escalations").text
    assert "This case came back to who had it before." in lena.get(f"/cases/{case_id}").text
    assert "1 goes back and forth" in lena.get("/board").text


def test_the_ledger_is_filtered_and_taken_out_as_csv_without_words(sqlite_store, priti, lena, case_id):
    other = add(sqlite_store, Said("lost my card", handle="u2", conversation="c2"), now=NOW)
    escalate(sqlite_store, priti, case_id)
    escalate(sqlite_store, priti, other, path="line", reason="unsure")
    assert f"/cases/{case_id}" in lena.get("/escalations?via=billing").text
    assert f"/cases/{other}" not in lena.get("/escalations?via=billing").text
    assert lena.get("/escalations?state=nonsense").status_code == 404
    assert lena.get("/escalations?from=2027-01-02&to=2027-01-01").status_code == 400
    answer = lena.get("/escalations/export?state=all")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["case"], row["path"], row["owner"], row["step"], row["hops"]) for row in rows] == [
        (str(case_id), "billing", "Lena", "1", "0"),
        (str(other), "line", "Lena", "1", "1"),
    ]
    assert "Over my limit" not in answer.text
    assert answer.headers["x-ledger-rows"] == "2"
    assert priti.get("/escalations/export").status_code == 403


def test_leads_say_who_is_in_a_team_and_others_see_it(sqlite_store, priti, lena, enter):
    enter("Keiko", Role.AGENT)
    assert put_in(lena, sqlite_store, "Keiko", place="lead").status_code == 303
    assert put_in(priti, sqlite_store, "Keiko").status_code == 403
    assert re.search(r"<bdi>Keiko</bdi> <span class=\"chip\">lead", priti.get("/teams").text)
    assert put_in(lena, sqlite_store, "Keiko", team="circus").status_code == 409
    assert put_in(lena, sqlite_store, "Keiko", place="boss").status_code == 409
    put_in(lena, sqlite_store, "Keiko", place="none")
    with sqlite_store.reading() as transaction:
        assert transaction.teams.all() == []


# the policy


def test_everybody_reads_the_policy_with_a_chart_of_every_path(priti):
    page = priti.get("/policy").text
    for path in POLICY.paths.paths:
        assert f'id="chart-{path.key}-title"' in page
        assert path.why.split(":")[0] in page
    assert page.count("<svg") == len(POLICY.paths.paths)
    assert page.count('role="img"') >= len(POLICY.paths.paths)
    assert "No authority to decide this" in page
    assert "2,000" in page, "what a lead may offer"
    assert "generic 2026-11" in page


def test_what_changed_since_somebody_last_read_it_is_named(sqlite_store, priti, lena, clock):
    assert "You have not read this yet" in priti.get("/policy").text
    assert priti.post("/policy/read").status_code == 303
    assert "Nothing has changed since you last read it." in priti.get("/policy").text
    with sqlite_store.writing() as transaction:
        user = transaction.accounts.by_name("Priti")
        known = dict(transaction.preferences.get(user.id, "policy_read"))
        transaction.preferences.set(user.id, "policy_read", known | {"paths": "generic 2026-07"}, now=clock.now)
    page = priti.get("/policy").text
    assert "Changed since you last read it" in page
    changes = page.split("policy-changes")[1].split("</section>")[0]
    assert "generic 2026-07" in changes
    assert "Hours of work" not in changes
    assert "You have not read this yet" in lena.get("/policy").text, "each for themselves"
