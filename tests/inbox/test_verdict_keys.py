"""Right, wrong, not sure: what a person says of a label, who said it, what follows, and taking it back."""

from dataclasses import replace
from datetime import timedelta

import pytest

from flow.named import RefusedError
from flow.opinions import be_unsure, confirm, give_label, judged
from flow.teamwork import By
from inbox.marking import marked
from inbox.roles import Role
from models import EventKind, MentionState, Reason
from models.opinion import Agreed
from tests.inbox.conftest import add_person, log_in
from tests.inbox.factory import DEMO, NOW, add


@pytest.fixture
def complaint(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[0], now=NOW)


@pytest.fixture
def unsure(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[6], now=NOW)


@pytest.fixture
def lead(as_role):
    return as_role(Role.LEAD)


@pytest.fixture
def auditor(as_role):
    return as_role(Role.AUDITOR)


def _message(store, case_id):
    with store.reading() as transaction:
        return transaction.mentions.of_case(case_id)[0]


def _events(store, case_id, *kinds):
    with store.reading() as transaction:
        return [event for event in transaction.events.of_case(case_id) if event.kind in kinds]


def _labels(store, mention_id):
    with store.reading() as transaction:
        return transaction.mentions.labels([mention_id]).get(mention_id)


def _learnt(store):
    with store.reading() as transaction:
        return [(one.mention_id, one.label) for one in transaction.corrections.all()]


def _say(browser, case_id, mention_id, opinion, **fields):
    fields = {"shown": "complaint", "form_key": browser.form_key(case_id)} | fields
    return browser.post(f"/mentions/{mention_id}/verdict", opinion=opinion, **fields)


def test_right_is_an_event_and_a_label_to_learn_from_and_the_case_is_judged_again_once(
    sqlite_store, agent, complaint, queues
):
    mention = _message(sqlite_store, complaint).mention
    key = agent.form_key(complaint)
    for _ in range(2):
        assert _say(agent, complaint, mention.id, "right", form_key=key).status_code == 303
    assert _labels(sqlite_store, mention.id) == ("complaint", "agent person")
    assert _learnt(sqlite_store) == [(mention.id, "complaint")]
    (event,) = _events(sqlite_store, complaint, EventKind.VERDICT_CONFIRMED)
    assert (event.actor, event.facts) == ("agent person", {"label": "complaint"})
    assert queues.take() == ("triage_mentions", ([mention.id],))
    assert queues.take() is None
    page = agent.get(f"/cases/{complaint}").text
    assert "Right, says <bdi>agent person</bdi>" in page


def test_wrong_is_another_label_and_says_who(sqlite_store, agent, complaint):
    mention = _message(sqlite_store, complaint).mention
    answer = agent.post(f"/mentions/{mention.id}/label", label="enquiry", form_key=agent.form_key(complaint))
    assert answer.headers["location"] == f"/cases/{complaint}?notice=judging"
    assert "Corrected, says <bdi>agent person</bdi>" in agent.get(f"/cases/{complaint}").text
    assert _message(sqlite_store, complaint).state is MentionState.CLASSIFIED


def test_a_label_that_stands_already_is_no_correction_but_a_confirmation(sqlite_store, agent, complaint):
    mention = _message(sqlite_store, complaint).mention
    agent.post(f"/mentions/{mention.id}/label", label="complaint", form_key=agent.form_key(complaint))
    assert _events(sqlite_store, complaint, EventKind.RELABELLED) == []
    assert len(_events(sqlite_store, complaint, EventKind.VERDICT_CONFIRMED)) == 1


def test_not_sure_is_no_label_and_puts_the_case_before_somebody_else(sqlite_store, agent, complaint, queues):
    item = _message(sqlite_store, complaint)
    with sqlite_store.reading() as transaction:
        clocks = transaction.cases.clocks_of(complaint)
        entries = transaction.register.of_complaint(transaction.cases.get(complaint).complaint_id)
    assert _say(agent, complaint, item.mention.id, "unsure").headers["location"].endswith("notice=unsure")
    assert _labels(sqlite_store, item.mention.id) is None
    assert _learnt(sqlite_store) == []
    assert queues.take() is None
    with sqlite_store.reading() as transaction:
        case = transaction.cases.get(complaint)
        assert case.decision.needs_person
        assert transaction.cases.clocks_of(complaint) == clocks
        assert transaction.register.of_complaint(case.complaint_id) == entries
    (event,) = _events(sqlite_store, complaint, EventKind.VERDICT_UNSURE)
    assert event.actor == "agent person"
    assert f"/cases/{complaint}?" in agent.get("/?view=needs_person").text
    assert "Not sure, says <bdi>agent person</bdi>" in agent.get(f"/cases/{complaint}").text


def test_not_sure_waits_while_the_message_is_judged_again(sqlite_store, agent, complaint):
    mention = _message(sqlite_store, complaint).mention
    _say(agent, complaint, mention.id, "right")
    answer = _say(agent, complaint, mention.id, "unsure")
    assert answer.status_code == 409
    assert "being judged again" in answer.text


def test_right_is_refused_where_another_label_stands_by_now(sqlite_store, agent, complaint):
    mention = _message(sqlite_store, complaint).mention
    assert _say(agent, complaint, mention.id, "right", shown="praise").status_code == 409
    assert _labels(sqlite_store, mention.id) is None


def test_right_never_rules_a_complaint_out(sqlite_store, complaint):
    """The rules register what reads as abuse, too; a label given by a person would end its clocks."""
    item = _message(sqlite_store, complaint)
    with sqlite_store.writing() as transaction, pytest.raises(RefusedError, match="hold this message for a complaint"):
        abuse = replace(judged(transaction, item), label="abuse")
        confirm(transaction, abuse, "abuse", By("agent person", NOW, "a" * 32))
    assert _labels(sqlite_store, item.mention.id) is None


def test_nobody_is_right_where_the_classifier_could_not_tell(sqlite_store, agent, unsure):
    mention = _message(sqlite_store, unsure).mention
    page = agent.get(f"/cases/{unsure}").text
    assert 'value="right"' not in page
    assert 'value="unsure"' in page
    assert _say(agent, unsure, mention.id, "right", shown="unsure").status_code == 409
    assert _labels(sqlite_store, mention.id) is None


def test_an_unknown_opinion_or_message_is_refused(sqlite_store, agent, complaint):
    mention = _message(sqlite_store, complaint).mention
    assert _say(agent, complaint, mention.id, "perhaps").status_code == 400
    assert _say(agent, complaint, "unknown", "right").status_code == 404


def test_what_was_said_is_taken_back_with_its_label_and_the_case_is_judged_without_it(
    sqlite_store, agent, complaint, queues
):
    mention = _message(sqlite_store, complaint).mention
    _say(agent, complaint, mention.id, "right")
    queues.take()
    for _ in range(2):
        answer = agent.post(f"/mentions/{mention.id}/verdict/undo", form_key=agent.form_key(complaint))
        assert answer.status_code == 303
    assert _labels(sqlite_store, mention.id) is None
    assert _learnt(sqlite_store) == []
    assert queues.take() == ("triage_mentions", ([mention.id],))
    assert queues.take() is None
    (event,) = _events(sqlite_store, complaint, EventKind.VERDICT_TAKEN_BACK)
    assert event.facts == {"said": "right", "label": "complaint"}
    assert "says <bdi>agent person</bdi>" not in agent.get(f"/cases/{complaint}").text


def test_another_agent_may_not_take_it_back_and_a_lead_may(sqlite_store, agent, complaint, open_browser):
    mention = _message(sqlite_store, complaint).mention
    _say(agent, complaint, mention.id, "right")
    statuses = []
    for name, role in (("Amira", Role.AGENT), ("Keiko", Role.LEAD)):
        add_person(sqlite_store, name, role)
        other = open_browser()
        log_in(other, name)
        answer = other.post(f"/mentions/{mention.id}/verdict/undo", form_key=other.form_key(complaint))
        statuses.append(answer.status_code)
    assert statuses == [409, 303]


def test_what_somebody_said_after_it_is_not_taken_back_with_it(sqlite_store, agent, complaint):
    mention = _message(sqlite_store, complaint).mention
    _say(agent, complaint, mention.id, "right")
    with sqlite_store.writing() as transaction:
        transaction.mentions.relabel(mention.id, "praise", person="Keiko", now=NOW)
    answer = agent.post(f"/mentions/{mention.id}/verdict/undo", form_key=agent.form_key(complaint))
    assert answer.status_code == 409
    assert _labels(sqlite_store, mention.id) == ("praise", "Keiko")


def test_in_the_queue_the_answer_is_a_fragment_and_the_row_names_its_message(sqlite_store, agent, complaint):
    newest = _newest(sqlite_store, complaint)
    assert f'data-mention="{newest}" data-said="complaint"' in agent.get("/").text
    answer = _say(agent, complaint, newest, "right", fragment="1")
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert "Right: complaint, says <bdi>agent person</bdi>" in " ".join(answer.text.split())


def _newest(store, case_id):
    with store.reading() as transaction:
        return transaction.mentions.of_case(case_id)[-1].mention.id


def test_who_only_looks_sees_no_such_button(auditor, complaint):
    for path in ("/", f"/cases/{complaint}"):
        page = auditor.get(path).text
        assert "data-opinion" not in page
        assert "data-mention" not in page


def test_the_board_says_how_often_people_agree_with_the_number_and_the_interval(sqlite_store, agent, lead, complaint):
    other = add(sqlite_store, *DEMO[7], now=NOW)
    first, second = (_message(sqlite_store, case).mention.id for case in (complaint, other))
    _say(agent, complaint, first, "right")
    agent.post(f"/mentions/{second}/label", label="praise", form_key=agent.form_key(other))
    page = " ".join(lead.get("/board/measured").text.split())
    assert "Complaint</th><td>1 of 1</td><td>100 %</td><td>21 % to 100 %</td>" in page
    assert "Enquiry</th><td>0 of 1</td><td>0 %</td><td>0 % to 79 %</td>" in page


def test_a_message_counts_once_by_the_last_word_on_it(store, sqlite_store):
    case_id = add(store, *DEMO[0], now=NOW)
    item = _message(store, case_id)
    with store.writing() as transaction:
        give_label(transaction, judged(transaction, item), "praise", By("Priti", NOW, "a" * 32))
        give_label(transaction, judged(transaction, item), "complaint", By("Keiko", NOW, "b" * 32))
    with store.reading() as transaction:
        assert transaction.opinions.agreed(since=NOW - timedelta(days=1)) == [Agreed("complaint", 1, 1, 0)]
        assert transaction.opinions.agreed(since=NOW + timedelta(days=1)) == []
    with store.writing() as transaction:
        be_unsure(transaction, judged(transaction, item), By("Amira", NOW, "c" * 32))
    with store.reading() as transaction:
        assert transaction.opinions.agreed(since=NOW - timedelta(days=1)) == [Agreed("complaint", 0, 0, 1)]


def test_where_no_word_speaks_for_it_those_against_it_are_marked_and_said_to_be():
    text = "It is clearly a grebe"
    assert marked(text, [Reason("clearly", 0.4), Reason("grebe", -0.2)]) == "It is <mark>clearly</mark> a grebe"
    against = marked(text, [Reason("clearly", -0.5)])
    assert against == 'It is <mark class="against" title="Speaks against it">clearly</mark> a grebe'


def test_a_reason_that_was_cut_is_marked_as_far_as_it_is_known():
    assert marked("no answer for weeks on end", [Reason("no answer for…", 1.0)]).startswith(
        "<mark>no answer for</mark>"
    )
