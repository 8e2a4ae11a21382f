from dataclasses import replace

import pytest

from inbox.roles import Role
from models import CaseState, EventKind, MentionState
from store.callouts import Call
from store.outbox import OutboxState
from tests.inbox.conftest import add_person
from tests.inbox.factory import DEMO, NOW, add, push_ticket


@pytest.fixture
def complaint(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[0], now=NOW)


@pytest.fixture
def enquiry(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[7], now=NOW)


def _case(store, case_id):
    with store.reading() as transaction:
        return transaction.cases.get(case_id)


def _mentions(store, case_id):
    with store.reading() as transaction:
        return transaction.mentions.of_case(case_id)


def _events(store, case_id, kind):
    with store.reading() as transaction:
        return [event for event in transaction.events.of_case(case_id) if event.kind is kind]


def _outbox(store, case_id):
    with store.reading() as transaction:
        return transaction.outbox.of_case(case_id)


def test_a_case_is_assigned_to_me_to_another_and_to_nobody(sqlite_store, agent, complaint):
    add_person(sqlite_store, "Keiko", Role.LEAD)
    for owner in ("agent person", "Keiko", ""):
        answer = agent.post(f"/cases/{complaint}/assign", owner=owner, version=agent.version(complaint))
        assert answer.headers["location"] == f"/cases/{complaint}?notice=saved"
        assert _case(sqlite_store, complaint).owner == (owner or None)
    facts = [event.facts for event in _events(sqlite_store, complaint, EventKind.ASSIGNED)]
    assert facts[-1] == {"from": "Keiko", "to": "nobody"}
    assert len(facts) == 3


def test_who_is_given_a_case_by_somebody_else_is_told(sqlite_store, agent, complaint):
    keiko = add_person(sqlite_store, "Keiko", Role.LEAD)
    for owner in ("agent person", "Keiko"):
        agent.post(f"/cases/{complaint}/assign", owner=owner, version=agent.version(complaint))
    with sqlite_store.reading() as transaction:
        me = transaction.accounts.by_name("agent person")
        told = transaction.callouts.of(keiko, limit=9)
        assert [(call.kind, call.case_id, call.by) for call in told] == [(Call.HANDED_OVER, complaint, "agent person")]
        assert transaction.callouts.of(me.id, limit=9) == [], "who takes a case knows"


def test_assigning_from_an_old_page_changes_nothing_and_says_so(sqlite_store, agent, complaint):
    old = agent.version(complaint)
    agent.post(f"/cases/{complaint}/assign", owner="agent person", version=old)
    answer = agent.post(f"/cases/{complaint}/assign", owner="", version=old)
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text
    assert _case(sqlite_store, complaint).owner == "agent person"


def test_a_case_goes_only_to_somebody_who_works_here(sqlite_store, agent, complaint):
    answer = agent.post(f"/cases/{complaint}/assign", owner="Eve", version=agent.version(complaint))
    assert answer.status_code == 400
    assert _case(sqlite_store, complaint).owner is None


def test_a_correction_sends_the_message_to_triage_again_once(sqlite_store, agent, complaint, queues):
    mention = _mentions(sqlite_store, complaint)[0].mention
    key = agent.form_key(complaint)
    for _ in range(2):
        answer = agent.post(f"/mentions/{mention.id}/label", label="enquiry", form_key=key)
        assert answer.status_code == 303
    assert _mentions(sqlite_store, complaint)[0].state is MentionState.CLASSIFIED
    with sqlite_store.reading() as transaction:
        assert transaction.mentions.labels([mention.id]) == {mention.id: ("enquiry", "agent person")}
    events = _events(sqlite_store, complaint, EventKind.RELABELLED)
    assert [(event.actor, event.facts) for event in events] == [
        ("agent person", {"from": "complaint", "to": "enquiry"})
    ]
    assert queues.take() == ("triage_mentions", ([mention.id],))
    assert queues.take() is None
    assert "says <bdi>agent person</bdi>" in agent.get(f"/cases/{complaint}").text


def test_an_unknown_label_or_message_is_refused(sqlite_store, agent, complaint):
    mention = _mentions(sqlite_store, complaint)[0].mention
    key = agent.form_key(complaint)
    assert agent.post(f"/mentions/{mention.id}/label", label="unsure", form_key=key).status_code == 400
    assert agent.post("/mentions/m_nothing/label", label="spam", form_key=key).status_code == 404
    assert agent.post(f"/mentions/{mention.id}/label", label="spam", form_key="short").status_code == 400


def test_a_quarantined_message_is_not_relabelled(sqlite_store, agent, complaint):
    mention = _mentions(sqlite_store, complaint)[0].mention
    with sqlite_store.writing() as transaction:
        transaction.mentions.park(mention.id, fault="unreadable")
    answer = agent.post(f"/mentions/{mention.id}/label", label="spam", form_key=agent.form_key(complaint))
    assert answer.status_code == 409
    assert _mentions(sqlite_store, complaint)[0].state is MentionState.QUARANTINED


def test_a_correction_is_kept_when_the_queue_is_down(sqlite_store, agent, complaint, queues):
    mention = _mentions(sqlite_store, complaint)[0].mention
    key = agent.form_key(complaint)
    queues.is_down = True
    answer = agent.post(f"/mentions/{mention.id}/label", label="spam", form_key=key)
    assert answer.headers["location"].endswith("?notice=later")
    assert _mentions(sqlite_store, complaint)[0].state is MentionState.CLASSIFIED
    assert "as soon as it is back" in agent.get(answer.headers["location"]).text


def test_a_note_is_kept_once_and_shown_in_the_conversation(sqlite_store, agent, complaint):
    key = agent.form_key(complaint)
    for _ in range(2):
        agent.post(f"/cases/{complaint}/note", text="Called <b>her</b> back", form_key=key)
    assert [event.facts["text"] for event in _events(sqlite_store, complaint, EventKind.NOTED)] == [
        "Called <b>her</b> back"
    ]
    page = agent.get(f"/cases/{complaint}").text
    assert "Called &lt;b&gt;her&lt;/b&gt; back" in page
    assert "Internal note" in page


def test_an_empty_note_is_refused(sqlite_store, agent, complaint):
    answer = agent.post(f"/cases/{complaint}/note", text="  ", form_key=agent.form_key(complaint))
    assert answer.status_code == 400
    assert _events(sqlite_store, complaint, EventKind.NOTED) == []


def test_a_complaint_cannot_simply_be_marked_done(sqlite_store, agent, complaint):
    answer = agent.post(f"/cases/{complaint}/done", version=agent.version(complaint))
    assert answer.status_code == 409
    assert "outcome" in answer.text
    assert _case(sqlite_store, complaint).state is CaseState.OPEN


def test_an_enquiry_is_done_and_opened_again(sqlite_store, agent, enquiry):
    agent.post(f"/cases/{enquiry}/done", version=agent.version(enquiry))
    assert _case(sqlite_store, enquiry).state is CaseState.CLOSED
    assert f"/cases/{enquiry}" not in agent.get("/").text
    agent.post(f"/cases/{enquiry}/reopen", version=agent.version(enquiry))
    assert _case(sqlite_store, enquiry).state is CaseState.OPEN
    assert len(_events(sqlite_store, enquiry, EventKind.CLOSED)) == 1
    assert len(_events(sqlite_store, enquiry, EventKind.REOPENED)) == 1


def test_done_and_next_goes_on_in_the_list_it_was_opened_from_and_at_its_end_back_to_it(sqlite_store, agent):
    first, last = (add(sqlite_store, replace(DEMO[7][0], native_id=name), now=NOW) for name in ("a", "b"))
    for number, leads_to in ((first, f"/cases/{last}?"), (last, "/?")):
        page = f"/cases/{number}?view=enquiries&sort=oldest"
        fields = {"form_token": agent.token(), "version": agent.version(number), "then": "next"}
        answer = agent.client.post(
            f"/cases/{number}/done", data=fields, headers={"referer": f"http://testserver{page}"}
        )
        assert answer.headers["location"].startswith(leads_to)
        assert "notice=closed" in answer.headers["location"]
        assert "view=enquiries" in answer.headers["location"]
        assert _case(sqlite_store, number).state is CaseState.CLOSED
    old = agent.client.post(f"/cases/{last}/done", data=fields | {"version": "1"})
    assert old.status_code == 409


def test_marking_done_from_an_old_page_changes_nothing(sqlite_store, agent, enquiry):
    old = agent.version(enquiry)
    agent.post(f"/cases/{enquiry}/assign", owner="agent person", version=old)
    assert agent.post(f"/cases/{enquiry}/done", version=old).status_code == 409
    assert _case(sqlite_store, enquiry).state is CaseState.OPEN


def test_a_failed_delivery_is_tried_again_once_at_a_persons_word(sqlite_store, agent, complaint, queues):
    outbox_id = push_ticket(sqlite_store, complaint, now=NOW, fails_with="503")
    answer = agent.post(f"/outbox/{outbox_id}/retry")
    assert answer.headers["location"] == f"/cases/{complaint}?notice=retried"
    assert _outbox(sqlite_store, complaint)[0].state is OutboxState.UNKNOWN
    assert queues.take() == ("deliver", (outbox_id,))
    again = agent.post(f"/outbox/{outbox_id}/retry", back="health")
    assert again.headers["location"] == "/health?notice=already"
    assert queues.take() is None


@pytest.mark.parametrize("action", ["assign", "note", "done", "reopen", "composer", "reply"])
def test_actions_on_a_case_that_is_not_there_say_so(agent, action):
    fields = {"version": "1", "owner": "", "text": "x", "form_key": "0" * 32, "mention_id": "m", "audience": "public"}
    assert agent.post(f"/cases/77/{action}", **fields).status_code == 404
