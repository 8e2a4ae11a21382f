"""The audit trail of a case, taken out of the inbox."""

import csv
import hashlib
import io
import json
import zipfile

import pytest

from inbox.roles import Role
from models import EventKind
from tests.inbox.factory import DEMO, NOW, add


@pytest.fixture
def case_id(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[0], now=NOW)


def _opened(answer) -> tuple[list[dict[str, str]], dict[str, object]]:
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        name, manifest = archive.namelist()
        content, told = archive.read(name), json.loads(archive.read(manifest))
    assert told["sha256"] == hashlib.sha256(content).hexdigest() == answer.headers["x-trail-sha256"]
    found = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(found) == told["rows"] == int(answer.headers["x-trail-rows"])
    return found, told


def test_it_holds_events_register_entries_and_who_looked(sqlite_store, as_role, case_id):
    compliance = as_role(Role.COMPLIANCE)
    compliance.get(f"/cases/{case_id}")
    rows, told = _opened(compliance.get(f"/cases/{case_id}/trail/export"))
    assert {row["source"] for row in rows} == {"event", "register", "access"}
    assert [row["at"] for row in rows] == sorted(row["at"] for row in rows)
    assert told["complaint"] == "C-0000001" and told["cases"] == [case_id]
    assert any(row["source"] == "access" and row["what"] == "opened" for row in rows)


def test_taking_it_out_stands_in_the_log_and_in_the_next_copy(sqlite_store, as_role, case_id):
    lead = as_role(Role.LEAD)
    lead.get(f"/cases/{case_id}/trail/export")
    assert "took a copy of the case&#39;s audit trail out" in lead.get(f"/cases/{case_id}").text
    rows, _ = _opened(lead.get(f"/cases/{case_id}/trail/export"))
    (told,) = [row for row in rows if row["what"] == EventKind.TRAIL_EXPORTED.value]
    assert told["actor"] == "lead person" and json.loads(told["facts"])["personal_data"] is False


def test_names_and_words_only_for_those_who_may_unmask(as_role, case_id):
    handle = DEMO[0][0].handle
    for role in (Role.LEAD, Role.AUDITOR):
        browser = as_role(role)
        assert browser.get(f"/cases/{case_id}/trail/export?personal=1").status_code == 403
        rows, _ = _opened(browser.get(f"/cases/{case_id}/trail/export"))
        assert handle not in json.dumps(rows)
        assert "with words and names" not in browser.get(f"/cases/{case_id}").text
    rows, told = _opened(as_role(Role.COMPLIANCE).get(f"/cases/{case_id}/trail/export?personal=1"))
    assert told["personal_data"] == "shown"
    assert "the author" not in {row["actor"] for row in rows}


def test_an_agent_takes_nothing_out(agent, case_id):
    assert agent.get(f"/cases/{case_id}/trail/export").status_code == 403
    assert "Take out the audit trail" not in agent.get(f"/cases/{case_id}").text


def test_of_a_case_that_is_not_there_there_is_none(as_role):
    assert as_role(Role.LEAD).get("/cases/99/trail/export").status_code == 404
