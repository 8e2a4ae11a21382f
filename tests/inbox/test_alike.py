"""What people said of messages like this one."""

from datetime import timedelta

import pytest

from flow.platform_deletion import honour_deletion
from inbox import alike
from policy.retention import load_retention
from tests.inbox.factory import NOW, Said, add

HERE = Said("My card was charged twice for the <b>same</b> ticket, nobody answers", handle="joss")
LIKE = Said("charged twice for one ticket, where is my refund?", handle="anna", name="Anna Reed")
UNLIKE = Said("love the new app, thank you", handle="ben", label="praise")


@pytest.fixture
def case_id(sqlite_store) -> int:
    return add(sqlite_store, HERE, now=NOW)


def _message(store, case_id: int) -> str:
    with store.reading() as transaction:
        return transaction.mentions.newest_of_case(case_id, limit=10)[0].mention.id


def _labelled(store, said: Said, label: str = "complaint", *, minutes: int = 0) -> int:
    case_id = add(store, said, now=NOW)
    with store.writing() as transaction:
        at = NOW - timedelta(minutes=60 - minutes)
        transaction.mentions.relabel(_message(store, case_id), label, person="Lea Vogt", now=at)
    return case_id


def _part(page: str) -> str:
    """Of a whole page the part that is asked about: the list beside the case names cases, too."""
    return page.partition('<details id="alike"')[2].partition("</details>")[0] or page


def test_the_panel_asks_for_them_only_when_it_is_opened(sqlite_store, agent, case_id):
    _labelled(sqlite_store, LIKE)
    page = _part(agent.get(f"/cases/{case_id}").text)
    assert f'hx-get="/cases/{case_id}/alike"' in page and f'href="/cases/{case_id}?alike=1#alike"' in page
    assert LIKE.text not in page


@pytest.mark.parametrize("path", ["/cases/{}/alike", "/cases/{}?alike=1"])
def test_the_nearest_labelled_message_is_shown_with_who_said_what_and_the_words_of_both(
    sqlite_store, agent, case_id, path
):
    near, far = _labelled(sqlite_store, LIKE, "other"), _labelled(sqlite_store, UNLIKE, "praise")
    page = _part(agent.get(path.format(case_id)).text)
    assert f'href="/cases/{near}"' in page and LIKE.text in page and "Lea Vogt" in page
    assert '<span class="label label-other">' in page
    assert "<bdi>charged</bdi>, <bdi>for</bdi>, <bdi>ticket</bdi>, <bdi>twice</bdi>" in page
    assert f'href="/cases/{far}"' not in page and UNLIKE.text not in page
    assert "2 newest messages that people labelled" in page


def test_the_last_word_of_people_counts_and_the_case_itself_does_not(sqlite_store, agent, case_id):
    near = _labelled(sqlite_store, LIKE, "other")
    with sqlite_store.writing() as transaction:
        transaction.mentions.relabel(_message(sqlite_store, near), "complaint", person="Lea Vogt", now=NOW)
        transaction.mentions.relabel(_message(sqlite_store, case_id), "abuse", person="Lea Vogt", now=NOW)
    page = agent.get(f"/cases/{case_id}/alike").text
    assert page.count("label-complaint") == 2  # of all that were found, and of the one
    assert "label-other" not in page and "label-abuse" not in page


def test_what_its_author_deleted_or_the_firm_erased_is_not_shown(sqlite_store, agent, case_id):
    near = _labelled(sqlite_store, LIKE)
    with sqlite_store.writing() as transaction:
        honour_deletion(transaction, load_retention(), _message(sqlite_store, near), at=NOW, now=NOW)
    page = agent.get(f"/cases/{case_id}/alike").text
    assert LIKE.text not in page and "Anna" not in page
    assert "Nobody has labelled a message yet" in page


def test_a_deleted_message_is_compared_with_nothing(sqlite_store, agent, case_id):
    _labelled(sqlite_store, LIKE)
    with sqlite_store.writing() as transaction:
        honour_deletion(transaction, load_retention(), _message(sqlite_store, case_id), at=NOW, now=NOW)
    page = agent.get(f"/cases/{case_id}/alike").text
    assert LIKE.text not in page and "is gone" in page


def test_nothing_like_it_is_said_and_with_how_many_were_looked_at(sqlite_store, agent, case_id):
    _labelled(sqlite_store, UNLIKE, "praise")
    assert "The one message that people labelled is not like this one" in agent.get(f"/cases/{case_id}/alike").text


def test_only_the_newest_labels_are_looked_at(sqlite_store, agent, case_id, monkeypatch):
    _labelled(sqlite_store, LIKE)
    _labelled(sqlite_store, UNLIKE, "praise", minutes=5)
    monkeypatch.setattr(alike, "LOOKED_AT", 1)
    assert LIKE.text not in agent.get(f"/cases/{case_id}/alike").text


def test_a_case_that_is_not_there_is_not_found(agent):
    assert agent.get("/cases/999/alike").status_code == 404
