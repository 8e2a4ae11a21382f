"""A crisis in the inbox: declared, shown to everybody, enforced where replies are sent, and lifted."""

import re
import secrets
from datetime import timedelta

import pytest

from flow.crisis import approve_statement
from flow.teamwork import By
from inbox.composer import CHECKS
from inbox.roles import Role
from models import EventKind
from policy.crisis_rules import load_crisis_rules
from store.outbox import Effect
from tests.inbox.conftest import Browser
from tests.inbox.factory import DEMO, NOW, add

RULES = load_crisis_rules()
WORDS = "We know that transfers fail, and we are working on it."
CHECKED = {f"check.{code}": "not_needed" for code in CHECKS}


@pytest.fixture
def complaint(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[0], now=NOW)


@pytest.fixture
def lead(as_role) -> Browser:
    return as_role(Role.LEAD)


@pytest.fixture
def admin(as_role) -> Browser:
    return as_role(Role.ADMIN)


def form(**changed: str) -> dict[str, str]:
    fields = {
        "form_key": secrets.token_hex(16),
        "name": "Transfers fail",
        "reason": "hundreds write",
        "everything": "1",
    }
    return fields | {"owner": "lead person", "statement.en": WORDS} | changed


def declare(browser: Browser, **changed: str):
    return browser.post("/crisis", **form(**changed))


def running(store):
    with store.reading() as transaction:
        return transaction.crises.running()


def approve(store, lead: Browser, admin: Browser) -> None:
    declare(lead)
    [crisis] = running(store)
    answer = admin.post(f"/crisis/{crisis.id}/approve", form_key=secrets.token_hex(16), version=str(crisis.version))
    assert answer.status_code == 303


def reply(store, browser: Browser, case_id: int, text: str, **changed: str):
    page = browser.get(f"/cases/{case_id}").text.split('id="composer"')[1]
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    told = re.search(r'name="told_public" value="([^"]*)"', page)
    assert key is not None
    with store.reading() as transaction:
        mention = transaction.mentions.of_case(case_id)[-1].mention.id
    fields = {"form_key": key[1], "mention_id": mention, "audience": "public", "text": text}
    fields |= ({"told_public": told[1]} if told else {}) | CHECKED | changed
    return browser.post(f"/cases/{case_id}/reply", **fields)


def sent(store, case_id: int) -> list[str]:
    with store.reading() as transaction:
        rows = transaction.outbox.of_case(case_id)
    return [row.payload["text"] for row in rows if row.effect is Effect.SEND_REPLY]


def test_a_lead_declares_a_crisis_and_every_page_of_everybody_says_so(sqlite_store, lead, agent, complaint):
    assert "Crisis:" not in agent.get("/").text
    answer = declare(lead)
    assert "notice=crisis_declared" in answer.headers["location"]
    [crisis] = running(sqlite_store)
    for path in ("/", f"/cases/{complaint}", "/register", "/crisis", "/me"):
        page = agent.get(path).text
        assert "Transfers fail" in page
        assert "Saved replies in its scope are frozen." in page
    page = agent.get("/crisis").text
    assert f'id="crisis-{crisis.id}"' in page
    assert "not approved yet" in page
    assert "Declare the crisis" not in page


def test_an_agent_and_an_auditor_declare_nothing(sqlite_store, agent, lead, as_role, complaint):
    assert declare(agent).status_code == 422
    assert declare(as_role(Role.AUDITOR)).status_code == 403
    assert running(sqlite_store) == []


def test_a_crisis_about_nothing_is_refused_with_the_words_that_were_typed(sqlite_store, lead, complaint):
    answer = declare(lead, everything="")
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert WORDS in answer.text
    assert running(sqlite_store) == []


def test_a_form_sent_twice_declares_once(sqlite_store, lead, complaint):
    fields = form()
    for _ in range(2):
        assert lead.post("/crisis", **fields).status_code == 303
    assert len(running(sqlite_store)) == 1


def test_a_statement_is_begun_from_the_library_and_goes_nowhere_with_a_brace_in_it(sqlite_store, lead, complaint):
    page = lead.get("/crisis").text
    assert "Something does not work" in page and "Right now {what}" not in page
    begun = lead.get("/crisis?statement=outage&for=declare").text
    assert "Right now {what} does not work" in begun and "Şu anda {what}" in begun
    refused = declare(lead, **{"statement.en": "Right now {what} does not work for some customers."})
    assert refused.status_code == 422 and "leave { and } out" in refused.text
    assert running(sqlite_store) == []
    declare(lead)
    [crisis] = running(sqlite_store)
    anew = lead.get(f"/crisis?statement=payments&for=statement-{crisis.id}").text
    assert "Some payments of {what} are late" in anew.split('id="declare"')[0]
    assert "Some payments of {what} are late" not in anew.split('id="declare"')[1]
    assert WORDS in anew
    assert "Right now" not in lead.get("/crisis?statement=nothing%20known&for=declare").text


def test_the_writer_of_the_statement_does_not_approve_it(sqlite_store, lead, admin, complaint):
    declare(lead)
    [crisis] = running(sqlite_store)
    assert "Approve these words" not in lead.get("/crisis").text
    assert "Approve these words" in admin.get("/crisis").text
    own = lead.post(f"/crisis/{crisis.id}/approve", form_key=secrets.token_hex(16), version=str(crisis.version))
    assert own.status_code == 422
    assert running(sqlite_store)[0].approved_at is None


def test_an_older_page_of_the_crisis_changes_nothing(sqlite_store, lead, admin, complaint):
    approve(sqlite_store, lead, admin)
    [crisis] = running(sqlite_store)
    stale = {"form_key": secrets.token_hex(16), "version": str(crisis.version - 1)}
    answer = admin.post(f"/crisis/{crisis.id}/owner", owner="admin person", **stale)
    assert answer.status_code == 409
    assert running(sqlite_store)[0].owner == "lead person"


def test_the_holding_statement_is_offered_first_and_goes_out_at_once(sqlite_store, lead, admin, agent, complaint):
    approve(sqlite_store, lead, admin)
    [crisis] = running(sqlite_store)
    page = agent.get(f"/cases/{complaint}").text
    assert "Holding statement: Transfers fail" in page
    assert "Saved replies are frozen" in page
    quick = re.findall(r'name="quick" value="([^"]+)"', page)
    assert quick == [f"crisis-{crisis.id}"]
    page = agent.get(f"/cases/{complaint}?saved=crisis-{crisis.id}").text.split('id="composer"')[1]
    assert WORDS in page
    assert "told_public" not in page
    answer = reply(sqlite_store, agent, complaint, WORDS, told_public="", used=f"crisis-{crisis.id}")
    assert answer.status_code == 303
    assert sent(sqlite_store, complaint) == [WORDS]
    with sqlite_store.reading() as transaction:
        assert "said_statement" in [note.kind for note in transaction.crises.notes(crisis.id)]


def test_other_words_wait_for_the_owner_and_nobody_else_lets_them_out(sqlite_store, lead, admin, agent, complaint):
    approve(sqlite_store, lead, admin)
    answer = reply(sqlite_store, agent, complaint, "I look into it myself.")
    assert "notice=approval_asked" in answer.headers["location"]
    assert sent(sqlite_store, complaint) == []
    with sqlite_store.reading() as transaction:
        [waiting] = transaction.approvals.waiting()
        version = transaction.cases.get(complaint).version
    assert [code for code, _ in waiting.asked.reasons][0] == "crisis"
    fields = {"form_key": secrets.token_hex(16), "version": str(version), "text": waiting.asked.text}
    answer = admin.post(f"/approvals/{waiting.id}/approve", **fields)
    assert answer.status_code == 403
    assert "its owner lead person decides" in answer.text
    assert sent(sqlite_store, complaint) == []
    answer = lead.post(f"/approvals/{waiting.id}/approve", **fields | {"form_key": secrets.token_hex(16)})
    assert answer.status_code == 303
    assert sent(sqlite_store, complaint) == ["I look into it myself."]


def test_a_form_that_was_open_before_the_crisis_sends_no_saved_reply_and_no_words_of_its_own(
    sqlite_store, lead, agent, complaint
):
    page = agent.get(f"/cases/{complaint}").text
    saved = re.findall(r'name="quick" value="([^"]+)"', page)[0]
    before = agent.form_key(complaint)
    agent.get("/replies")
    declare(lead)
    with sqlite_store.reading() as transaction:
        frozen = next(one for one in transaction.saved_replies.all() if one.key == saved)
    answer = reply(
        sqlite_store, agent, complaint, re.sub(r"\{\w+\}", "x", frozen.text("en")), used=saved, form_key=before
    )
    assert answer.status_code == 422
    assert "is frozen" in answer.text
    answer = reply(sqlite_store, agent, complaint, "My own words.", form_key=before, told_public="")
    assert answer.status_code == 422
    assert sent(sqlite_store, complaint) == []


def test_asking_the_server_for_a_frozen_reply_puts_nothing_into_the_draft(sqlite_store, lead, agent, complaint):
    saved = re.findall(r'name="quick" value="([^"]+)"', agent.get(f"/cases/{complaint}").text)[0]
    declare(lead)
    page = agent.get(f"/cases/{complaint}?saved={saved}").text.split('id="reply-text"')[1].split("</textarea>")[0]
    assert page.split(">", 1)[1].strip() == ""


def test_a_reply_that_waited_when_the_crisis_began_is_the_owners_to_decide(sqlite_store, lead, admin, agent, complaint):
    reply(sqlite_store, agent, complaint, "Before it began.", ask="1")
    declare(lead)
    with sqlite_store.reading() as transaction:
        [waiting] = transaction.approvals.waiting()
        version = transaction.cases.get(complaint).version
    fields = {"form_key": secrets.token_hex(16), "version": str(version), "text": waiting.asked.text}
    assert admin.post(f"/approvals/{waiting.id}/approve", **fields).status_code == 403


def test_no_clock_moves_when_a_crisis_begins(sqlite_store, lead, admin, agent, complaint):
    def clocks():
        with sqlite_store.reading() as transaction:
            return [(one.key, one.due_at, one.met_at) for one in transaction.cases.clocks_of(complaint)]

    before = clocks()
    approve(sqlite_store, lead, admin)
    assert clocks() == before


def test_lifted_by_its_owner_everything_is_as_before_and_the_lessons_are_kept(
    sqlite_store, lead, admin, agent, complaint
):
    approve(sqlite_store, lead, admin)
    [crisis] = running(sqlite_store)
    fields = {"version": str(crisis.version), "lessons": "Tell the desk sooner."}
    assert agent.post(f"/crisis/{crisis.id}/lift", form_key=secrets.token_hex(16), **fields).status_code == 422
    answer = lead.post(f"/crisis/{crisis.id}/lift", form_key=secrets.token_hex(16), **fields)
    assert "notice=crisis_lifted" in answer.headers["location"]
    assert running(sqlite_store) == []
    page = agent.get(f"/cases/{complaint}").text
    assert "Saved replies are frozen" not in page
    assert "Crisis:" not in page
    assert "Tell the desk sooner." in agent.get("/crisis").text


def test_everybody_notes_and_says_once_that_they_know_of_it(sqlite_store, lead, agent, complaint):
    declare(lead)
    [crisis] = running(sqlite_store)
    assert "I know of it" in agent.get("/crisis").text
    for _ in range(2):
        agent.post(f"/crisis/{crisis.id}/seen", form_key=secrets.token_hex(16))
    agent.post(f"/crisis/{crisis.id}/note", form_key=secrets.token_hex(16), text="The bank's page is down, too.")
    page = agent.get("/crisis").text
    assert "I know of it" not in page
    assert "The bank&#39;s page is down, too." in page
    with sqlite_store.reading() as transaction:
        kinds = [note.kind for note in transaction.crises.notes(crisis.id)]
    assert kinds.count("seen") == 1


def test_a_case_outside_the_scope_is_as_free_as_ever(sqlite_store, lead, agent, complaint):
    with sqlite_store.writing() as transaction:
        transaction.spikes.add([], {(NOW.replace(minute=0), "*", "bluesky"): (1, 1.0)})
    answer = declare(lead, everything="", **{"channels.bluesky": "1"})
    assert answer.status_code == 303
    page = agent.get(f"/cases/{complaint}").text
    assert "Saved replies are frozen" not in page
    assert "Crisis:" in page
    assert reply(sqlite_store, agent, complaint, "As ever.").status_code == 303
    assert sent(sqlite_store, complaint) == ["As ever."]


@pytest.fixture
def spike(sqlite_store, complaint) -> int:
    with sqlite_store.writing() as transaction:
        mention = transaction.mentions.of_case(complaint)[-1].mention.id
        numbers = {"hours": 1, "people": 25, "usual": 1.5, "weight": 40.0, "usual_weight": 2.0, "score": 31.0}
        number = transaction.spikes.open_spike(
            {
                "topic": "outage",
                "channel": "x",
                "found_at": NOW,
                "began_at": NOW - timedelta(hours=1),
                "numbers": numbers | {"threshold": 11.0, "by_reach": True, "profile": [1.5] * 168},
                "examples": [mention],
            }
        )
        transaction.spikes.join(number, [mention])
        transaction.spikes.add([], {(NOW.replace(minute=0), "outage", "x"): (25, 40.0)})
    return number


def test_a_live_spike_stands_with_its_chart_its_numbers_and_what_they_mean(agent, lead, spike, complaint):
    page = agent.get("/crisis").text
    assert "25 people in 1 h; usual: 1.5." in page
    assert "By reach 20.0 times the usual." in page
    assert f'data-plot="data-spike-{spike}"' in page
    assert "holidays count as Sundays" in page
    assert (
        '<th scope="row">13:00</th><td>2</td><td>23</td></tr></tbody>' in page
    )  # 2 are usual, the hour that runs is last
    assert "Declare a crisis from it" not in page
    cases = agent.get(f"/crisis/cases?spike={spike}").text
    assert f'href="/cases/{complaint}"' in cases
    assert "Declare a crisis from it" in lead.get("/crisis").text


def test_a_crisis_declared_from_a_spike_has_its_scope_ticked_and_keeps_where_it_came_from(
    sqlite_store, lead, spike, complaint
):
    page = lead.get(f"/crisis?spike={spike}").text
    assert re.search(r'name="topics\.outage" value="1" checked', page)
    assert re.search(r'name="channels\.x" value="1" checked', page)
    answer = declare(lead, everything="", spike=str(spike), **{"topics.outage": "1", "channels.x": "1"})
    assert answer.status_code == 303
    [crisis] = running(sqlite_store)
    assert (crisis.spike_id, crisis.topics, crisis.channels) == (spike, ("outage",), ("x",))


def test_what_is_said_of_a_crisis_is_an_event_of_a_person(sqlite_store, lead, admin, complaint):
    approve(sqlite_store, lead, admin)
    with sqlite_store.engine.connect() as connection:
        told = connection.exec_driver_sql("SELECT kind, actor, actor_kind FROM events WHERE kind LIKE 'crisis%'").all()
    assert [tuple(row) for row in told] == [
        (EventKind.CRISIS_DECLARED.value, "lead person", "person"),
        (EventKind.CRISIS_STATEMENT.value, "lead person", "person"),
        (EventKind.CRISIS_STATEMENT_APPROVED.value, "admin person", "person"),
    ]


def test_a_crisis_declared_between_opening_and_sending_stops_the_reply_at_the_last_moment(
    sqlite_store, lead, admin, agent, complaint, monkeypatch
):
    """As if it were declared after everything else had been looked at."""
    approve(sqlite_store, lead, admin)
    monkeypatch.setattr("inbox.composer.covering", lambda *_, **__: None)
    answer = reply(sqlite_store, agent, complaint, "Too late.", told_public="")
    assert answer.status_code == 409
    assert "A crisis was declared meanwhile" in answer.text
    assert sent(sqlite_store, complaint) == []


def test_approving_by_a_person_who_left_is_no_approval(sqlite_store, lead, complaint):
    declare(lead)
    [crisis] = running(sqlite_store)
    with sqlite_store.writing() as transaction, pytest.raises(Exception, match="no account here"):
        approve_statement(transaction, crisis, RULES, By("Nobody", NOW, secrets.token_hex(16)), version=crisis.version)
