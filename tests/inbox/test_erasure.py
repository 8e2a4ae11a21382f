"""The page of erasures: looked for, asked, agreed by somebody else, carried out; and who looked is noted."""

import re

import pytest

from inbox.roles import Role
from models.access import AccessAct
from tests.inbox.factory import NOW, add_demo


@pytest.fixture
def two(sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    return as_role(Role.COMPLIANCE), as_role(Role.ADMIN)


def _author(page: str) -> str:
    found = re.search(r'name="author" value="(a_[0-9a-f]+)"', page)
    assert found is not None
    return found[1]


def test_a_person_is_found_asked_for_and_erased_by_two_people(sqlite_store, two):
    first, second = two
    page = first.post("/compliance/erasure/look", channel="x", handle="@Joss_Wattle")
    assert page.status_code == 200
    asked = first.post("/compliance/erasure/ask", author=_author(page.text), reason="request 44/26")
    assert asked.status_code == 303
    refused = first.post("/compliance/erasure/1/agree", sure="1")
    assert refused.status_code == 422 and "somebody else has to agree" in refused.text
    unsure = second.post("/compliance/erasure/1/agree")
    assert unsure.status_code == 422 and "cannot be undone" in unsure.text
    assert second.post("/compliance/erasure/1/agree", sure="1").status_code == 303
    done = second.get("/compliance/erasure").text
    assert "request 44/26" in done and "joss" not in done.lower()


def test_who_looked_for_a_person_is_noted_without_the_name(sqlite_store, two):
    two[0].post("/compliance/erasure/look", channel="x", handle="joss_wattle")
    with sqlite_store.reading() as transaction:
        [one] = transaction.access.rows(act=AccessAct.ERASED, limit=9)
    assert "joss" not in str(one) and one.facts["words"]


def test_an_unknown_person_and_a_reason_that_names_somebody_are_refused_in_words(two):
    first, _ = two
    unknown = first.post("/compliance/erasure/look", channel="x", handle="nobody_at_all")
    assert unknown.status_code == 422 and "obody is known here" in unknown.text
    page = first.post("/compliance/erasure/look", channel="x", handle="joss_wattle")
    named = first.post("/compliance/erasure/ask", author=_author(page.text), reason="joss_wattle wrote to us")
    assert named.status_code == 422 and "names the person" in named.text


def test_the_same_request_sent_twice_is_one(sqlite_store, two):
    first, _ = two
    author = _author(first.post("/compliance/erasure/look", channel="x", handle="joss_wattle").text)
    first.post("/compliance/erasure/ask", author=author, reason="request 44/26")
    again = first.post("/compliance/erasure/ask", author=author, reason="request 44/26")
    assert again.status_code == 422 and "waits already" in again.text
    with sqlite_store.reading() as transaction:
        assert len(transaction.erasures.newest(limit=9)) == 1


def test_an_auditor_sees_requests_and_an_agent_does_not(as_role, two):
    assert as_role(Role.AUDITOR).get("/compliance/erasure").status_code == 200
    assert as_role(Role.AGENT).get("/compliance/erasure").status_code == 403
