import csv
import hashlib
import io
import json
import zipfile

import pytest

from inbox.roles import Role
from models import Rejected
from store.store import Store
from tests.inbox.factory import NOW, add_demo


@pytest.fixture
def filled(sqlite_store) -> Store:
    add_demo(sqlite_store, now=NOW)
    return sqlite_store


def test_the_register_shows_its_entries_and_verifies_on_demand(filled, agent):
    page = agent.get("/register").text
    assert "C-0000001" in page
    assert "Whole." not in page
    assert "5 entries verified" in agent.get("/register?verify=1").text
    assert "joss_wattle" not in page


def test_a_changed_entry_is_named(filled, agent, as_role):
    with filled.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE register_entries SET facts = '{}' WHERE seq = 3")
    page = agent.get("/register?verify=1").text
    assert "Broken." in page
    assert "entry 3" in page
    assert "unreadable" in page
    assert as_role(Role.LEAD).get("/register/export").status_code == 409


def test_the_export_is_whole_masked_and_carries_its_digest(filled, as_role):
    lead = as_role(Role.LEAD)
    answer = lead.get("/register/export?format=csv")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 5
    assert {row["complainant"] for row in rows} == {"(masked)"}
    assert answer.headers["x-register-sha256"] == hashlib.sha256(answer.content).hexdigest()
    assert "attachment" in answer.headers["content-disposition"]


def test_personal_data_leaves_only_with_those_who_may(filled, as_role):
    compliance = as_role(Role.COMPLIANCE)
    lines = compliance.get("/register/export?format=jsonl&personal=1").text.splitlines()
    assert "joss_wattle" in {json.loads(line)["complainant"] for line in lines}
    for role in (Role.LEAD, Role.AUDITOR):
        assert as_role(role).get("/register/export?format=jsonl&personal=1").status_code == 403
    assert as_role(Role.AGENT).get("/register/export").status_code == 403


@pytest.mark.parametrize("query", ["format=xml", "from=yesterday", "by=moon", "from=2026-11-22&to=2026-11-21"])
def test_an_export_that_cannot_be_made_says_why(filled, as_role, query):
    assert as_role(Role.LEAD).get(f"/register/export?{query}").status_code == 400


def test_a_download_may_be_filtered_and_counted_by_closing(filled, as_role):
    lead = as_role(Role.LEAD)
    whole = [json.loads(line) for line in lead.get("/register/export?format=jsonl").text.splitlines()]
    channel = whole[0]["channel"]
    some = lead.get(f"/register/export?format=jsonl&channel={channel}&status=open&status=acknowledged&tier=")
    expected = [r for r in whole if r["channel"] == channel and r["status"] in ("open", "acknowledged")]
    assert [json.loads(line) for line in some.text.splitlines()] == expected
    assert lead.get("/register/export?format=jsonl&by=closed").text == ""


def test_a_workbook_comes_with_its_manifest_in_an_archive_that_is_the_same_every_time(filled, as_role):
    lead = as_role(Role.LEAD)
    plain, packed = lead.get("/register/export?format=xlsx"), lead.get("/register/export?format=xlsx&manifest=1")
    assert plain.content.startswith(b"PK") and "spreadsheetml" in plain.headers["content-type"]
    with zipfile.ZipFile(io.BytesIO(packed.content)) as archive:
        name, beside = archive.namelist()
        told = json.loads(archive.read(beside))
        assert archive.read(name) == plain.content
    assert (told["file"], told["sha256"]) == (name, hashlib.sha256(plain.content).hexdigest())
    assert (told["rows"], told["personal_data"]) == (5, "masked")
    assert lead.get("/register/export?format=xlsx&manifest=1").content == packed.content


def test_an_export_holds_only_the_period_asked_for(filled, as_role):
    answer = as_role(Role.LEAD).get("/register/export?format=jsonl&from=2026-11-21&to=2026-11-21")
    days = {json.loads(line)["received_on"] for line in answer.text.splitlines()}
    assert days == {"2026-11-21"}


def test_health_shows_counts_connections_failures_and_quarantine(filled, agent):
    with filled.writing() as transaction:
        transaction.quarantine.park("replay", [Rejected("line 17", "no text", b"{}")], now=NOW)
    page = agent.get("/health").text
    for told in ("bluesky:larkbank.example", "503 from https://rt.example.com", "line 17", "no text", "Try again"):
        assert told in page


def test_health_says_calmly_that_the_queue_is_down(filled, agent, queues):
    queues.is_down = True
    page = agent.get("/health")
    assert page.status_code == 200
    assert "Nothing is lost" in page.text


def test_healthz_tells_a_monitor_what_answers(nobody, queues):
    assert nobody.get("/healthz").json() == {"database": "ok", "queue": "ok", "silent_channels": []}
    queues.is_down = True
    assert nobody.get("/healthz").json() == {"database": "ok", "queue": "down", "silent_channels": []}


def test_healthz_is_red_when_the_database_is_gone(nobody, sqlite_store, tmp_path):
    sqlite_store.close()
    for file in tmp_path.glob("earshot.db*"):
        file.unlink()
    assert nobody.get("/healthz").status_code == 503


def test_the_desk_shows_tickets_with_their_notes(filled, agent):
    assert 'href="/desk/1"' in agent.get("/desk").text
    page = agent.get("/desk/1").text
    assert "charged twice" in page
    assert "The author wrote again." in page
