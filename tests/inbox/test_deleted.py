"""A message that its author deleted on the platform shows no words anywhere; the register's are for some roles."""

from datetime import timedelta

import pytest

from flow.holds import place_hold
from flow.platform_deletion import honour_deletion
from inbox.roles import Role
from models.retention import HoldScope
from policy.loading import load_policy
from policy.retention import load_retention
from tests.inbox.conftest import add_person
from tests.inbox.factory import DEMO, NOW, add, push_ticket

PACK = load_retention()
WORDS = "home loan repayment twice"
REASON = "twice overnight"
LATER = "doesn&#39;t feed two kids"


@pytest.fixture
def case_id(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[0], now=NOW)


def first_message(store, case_id: int) -> str:
    with store.reading() as transaction:
        return transaction.mentions.newest_of_case(case_id, limit=10)[0].mention.id


def newest_message(store, case_id: int) -> str:
    with store.reading() as transaction:
        return transaction.mentions.newest_of_case(case_id, limit=10)[-1].mention.id


def delete(store, message: str):
    with store.writing() as transaction:
        return honour_deletion(transaction, PACK, message, at=NOW - timedelta(minutes=5), now=NOW)


def hold_everything(store) -> None:
    add_person(store, "Holly", Role.COMPLIANCE)
    with store.writing() as transaction:
        policy = load_policy(pack="asic-rg271", house="house", place="AU-NSW")
        place_hold(transaction, policy, PACK, HoldScope.EVERYTHING, "", by="Holly", reason="court order", now=NOW)


def test_the_case_says_when_it_was_deleted_and_shows_the_other_messages(sqlite_store, agent, case_id):
    assert WORDS in agent.get(f"/cases/{case_id}").text
    assert delete(sqlite_store, first_message(sqlite_store, case_id)).redacted_at is not None
    page = agent.get(f"/cases/{case_id}").text
    assert "Deleted by the author on" in page and LATER in page
    assert WORDS not in page and "Kept words" not in page


def test_while_a_hold_keeps_the_copies_no_screen_shows_them(sqlite_store, as_role, case_id):
    push_ticket(sqlite_store, case_id, now=NOW)
    hold_everything(sqlite_store)
    message = newest_message(sqlite_store, case_id)
    deletion = delete(sqlite_store, message)
    assert deletion.redacted_at is None and "legal hold" in deletion.waits_for
    lead = as_role(Role.LEAD)
    queue, case = lead.get("/").text, lead.get(f"/cases/{case_id}").text
    for page in (queue, case):
        assert LATER not in page and "deleted by the author" in page.lower()
    assert "feed two kids" not in queue and "need it back" not in case


def test_the_complaints_page_shows_no_words_that_were_deleted(sqlite_store, as_role, case_id):
    hold_everything(sqlite_store)
    lead = as_role(Role.LEAD)
    assert WORDS in lead.get("/complaints/C-0000001").text
    delete(sqlite_store, first_message(sqlite_store, case_id))
    assert WORDS not in lead.get("/complaints/C-0000001").text


def test_a_ticket_that_repeats_a_deleted_message_shows_none_of_it(sqlite_store, agent, case_id):
    push_ticket(sqlite_store, case_id, now=NOW)
    hold_everything(sqlite_store)
    delete(sqlite_store, first_message(sqlite_store, case_id))
    with sqlite_store.engine.begin() as connection:  # as the pipeline writes it: key of the ticket, and its message
        connection.exec_driver_sql(
            "UPDATE outbox SET key = (SELECT external_id FROM local_tickets), mention_id = ?",
            (first_message(sqlite_store, case_id),),
        )
    assert "You took my repayment twice" not in agent.get("/desk/1").text
    assert "deleted by the author" in agent.get("/desk/1").text
    assert "charged twice" not in agent.get("/desk").text


def test_the_kept_words_are_read_by_those_whom_the_pack_names(sqlite_store, as_role, case_id):
    message = first_message(sqlite_store, case_id)
    delete(sqlite_store, message)
    for role in Role:
        browser = as_role(role)
        may = role.value in PACK.may_read_kept
        answer = browser.get(f"/mentions/{message}/kept")
        assert (answer.status_code, WORDS in answer.text) == ((200, True) if may else (403, False))
        assert ("Kept words" in browser.get(f"/cases/{case_id}").text) is may


def test_a_message_that_stands_has_no_kept_words_page(sqlite_store, as_role, case_id):
    compliance = as_role(Role.COMPLIANCE)
    assert compliance.get(f"/mentions/{first_message(sqlite_store, case_id)}/kept").status_code == 404
    assert compliance.get("/mentions/m_nobody/kept").status_code == 404
