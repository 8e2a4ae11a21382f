"""An early warning in the inbox: shown with its words, seen, put aside, escalated; a view and a mark in the queue."""

import pytest

from flow.early_warning import look_at_cases
from flow.platform_deletion import honour_deletion
from inbox.roles import Role
from models import EventKind
from policy.loading import load_policy
from policy.retention import load_retention
from tests.inbox.factory import NOW, Said, add

POLICY = load_policy(pack="asic-rg271", house="house", place="AU-NSW")
TEXT = "My <b>card</b> failed. I want to speak to a manager, and my lawyer will write."


@pytest.fixture
def case_id(sqlite_store) -> int:
    add(sqlite_store, Said("how do I log in?", label="enquiry", handle="calm_one"), now=NOW)
    case_id = add(sqlite_store, Said(TEXT, label="enquiry", handle="other_one"), now=NOW)
    look(sqlite_store, case_id)
    return case_id


def look(store, case_id: int) -> None:
    with store.writing() as transaction:
        look_at_cases(transaction, POLICY, [case_id], now=NOW)


def send(browser, case_id: int, act: str, **fields: str):
    page = {"form_key": browser.form_key(case_id), "version": browser.version(case_id)}
    return browser.post(f"/cases/{case_id}/warning/{act}", **page | fields)


def kinds(store, case_id: int, kind: EventKind) -> int:
    with store.reading() as transaction:
        return sum(event.kind is kind for event in transaction.events.of_case(case_id))


def test_the_case_shows_each_sign_with_its_points_and_the_words_it_stands_in(agent, case_id):
    page = agent.get(f"/cases/{case_id}").text
    assert "Early warning" in page
    assert "act now" in page
    assert "Asks for a manager or a higher level" in page
    assert "<mark>speak to a manager</mark>" in page
    assert "<mark>my lawyer</mark>" in page
    assert "+4" in page
    assert "<b>card</b>" not in page.split("warning-title")[1].split("</section>")[0]


def test_a_case_without_a_sign_says_nothing_of_warnings(agent, case_id):
    page = agent.get(f"/cases/{case_id - 1}").text
    assert "warning-title" not in page


def test_the_queue_marks_it_and_a_view_counts_and_shows_it_alone(agent, case_id):
    page = agent.get("/?view=early_warning").text
    assert 'id="count-early_warning" class="count">1<' in page
    assert "early warning: act now" in page
    assert "how do I log in?" not in page


def test_its_points_are_among_the_reasons_for_its_place(agent, case_id):
    page = agent.get("/?view=early_warning").text
    assert '<span class="points">+3.5</span> early warning' in page


def test_put_aside_with_a_reason_it_leaves_view_and_score_and_the_log_says_who(sqlite_store, agent, case_id):
    assert send(agent, case_id, "aside", reason="").status_code == 400
    assert send(agent, case_id, "aside", reason="x" * 501).status_code == 400
    answer = send(agent, case_id, "aside", reason="She only quotes the film.")
    assert answer.headers["location"] == f"/cases/{case_id}?notice=saved#warning-title"
    page = agent.get(f"/cases/{case_id}").text
    assert "She only quotes the film." in page
    assert "put the early warning aside" in page
    queue = agent.get("/?view=early_warning").text
    assert 'id="count-early_warning" class="count">0<' in queue
    assert kinds(sqlite_store, case_id, EventKind.EARLY_WARNING_PUT_ASIDE) == 1


def test_who_is_on_it_is_shown_to_others(agent, as_role, case_id):
    assert send(agent, case_id, "seen").status_code == 303
    assert "is on it" in as_role(Role.LEAD).get(f"/cases/{case_id}").text
    assert send(agent, case_id, "seen").headers["location"].endswith("notice=already#warning-title")


def test_escalating_it_once_takes_our_words_along(sqlite_store, agent, case_id):
    fields = {"form_key": agent.form_key(case_id), "version": agent.version(case_id), "note": "He waits by the phone."}
    path = f"/cases/{case_id}/warning/escalate"
    before = kinds(sqlite_store, case_id, EventKind.ESCALATED)
    assert agent.post(path, **fields).status_code == 303
    assert agent.post(path, **fields).headers["location"].endswith("notice=once")
    assert kinds(sqlite_store, case_id, EventKind.ESCALATED) == before + 1
    assert "He waits by the phone." in agent.get(f"/cases/{case_id}").text


def test_what_was_shown_before_the_case_changed_is_refused(sqlite_store, agent, case_id):
    version = agent.version(case_id)
    with sqlite_store.writing() as transaction:
        transaction.cases.assign(case_id, "Priti", version=int(version), now=NOW)
    for act in ("seen", "aside", "escalate"):
        key = agent.form_key(case_id)
        sent = agent.post(f"/cases/{case_id}/warning/{act}", form_key=key, version=version, reason="no")
        assert sent.status_code == 409, act


def test_an_auditor_sees_it_and_has_no_buttons(as_role, case_id):
    page = as_role(Role.AUDITOR).get(f"/cases/{case_id}").text
    assert "Asks for a manager" in page
    assert "warning/aside" not in page


def test_the_words_of_a_message_that_its_author_deleted_are_not_quoted(sqlite_store, agent, case_id):
    with sqlite_store.writing() as transaction:
        [item] = transaction.mentions.of_case(case_id)
        honour_deletion(transaction, load_retention(), item.mention.id, at=NOW, now=NOW)
    assert "speak to a manager" not in agent.get(f"/cases/{case_id}").text


def test_the_board_counts_warnings_by_level(as_role, case_id):
    page = as_role(Role.LEAD).get("/board").text
    assert "<b>1</b> <span>early warnings to act on</span>" in page
    assert "0 to watch" in page
