"""Who looked at whose data is noted, once an hour, and nobody can change it."""

import csv
import io
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from starlette.routing import Route

from inbox.access_log import SHOWS_NOBODY
from inbox.roles import Role
from models.access import Access, AccessAct
from models.errors import RetryableError
from store.access import AccessLog
from store.store import Store
from tests.inbox.factory import NOW, add_demo


def noted(store: Store, **wanted: object) -> list[Access]:
    with store.reading() as transaction:
        return transaction.access.rows(limit=500, **wanted)


def test_opening_a_case_is_noted_once_an_hour_for_each_person(sqlite_store, as_role, clock):
    add_demo(sqlite_store, now=NOW)
    lead = as_role(Role.LEAD)
    for _ in range(3):
        assert lead.get("/cases/1").status_code == 200
    [one] = noted(sqlite_store, act=AccessAct.OPENED)
    assert (one.thing, one.subject, one.role) == ("case", "1", "lead")
    clock.move(minutes=61)
    lead.get("/cases/1")
    assert len(noted(sqlite_store, act=AccessAct.OPENED)) == 2
    as_role(Role.AUDITOR).get("/cases/1")
    assert len(noted(sqlite_store, act=AccessAct.OPENED)) == 3


def test_two_processes_note_the_same_hour_once(store):
    one = Access(NOW, "lena", "lead", AccessAct.OPENED, "case", "1")
    with store.writing() as transaction:
        assert transaction.access.note(one)
        assert not transaction.access.note(one)
        assert transaction.access.note(Access(NOW, "lena", "lead", AccessAct.EXPORTED, "register"))
        assert transaction.access.note(Access(NOW, "lena", "lead", AccessAct.EXPORTED, "register"))


def test_a_page_that_is_refused_or_not_there_is_no_access(sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    as_role(Role.AGENT).get("/register/export")
    as_role(Role.LEAD).get("/cases/4711")
    assert not noted(sqlite_store, act=AccessAct.OPENED)
    assert not noted(sqlite_store, act=AccessAct.EXPORTED)


def test_an_export_says_its_filter_and_whether_names_were_in_it(sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    compliance = as_role(Role.COMPLIANCE)
    compliance.get("/register/export?format=jsonl&personal=1&status=open")
    compliance.get("/register/export?format=jsonl&personal=1&status=open")
    first, second = noted(sqlite_store, act=AccessAct.EXPORTED)
    assert first.thing == second.thing == "register export"
    assert {"format": "jsonl", "personal": "1", "status": "open"}.items() <= first.facts.items()
    assert "register-rows" in first.facts


def test_what_was_searched_for_is_kept_as_a_digest_and_found_by_the_same_words(sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    as_role(Role.AGENT).get("/?q=joss_wattle")
    [one] = noted(sqlite_store, act=AccessAct.SEARCHED)
    assert "joss" not in str(one)
    auditor = as_role(Role.AUDITOR)
    assert one.facts["words"] in auditor.get("/compliance/access?words=Joss_Wattle").text
    assert one.facts["words"] not in auditor.get("/compliance/access?words=somebody+else").text


def test_no_word_or_handle_of_a_customer_is_in_the_log(app, sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    compliance = as_role(Role.COMPLIANCE)
    for path in _pages(app):
        compliance.get(path.replace("{id}", "1") + "?q=joss_wattle&notice=joss_wattle")
    with sqlite_store.engine.connect() as connection:
        assert "joss" not in str(connection.execute(text("SELECT * FROM access_log")).all()).lower()


def test_pages_said_to_show_nobody_show_no_customer(sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    admin = as_role(Role.ADMIN)
    for path in sorted(SHOWS_NOBODY):
        assert "joss_wattle" not in admin.get(path).text, path


def test_every_other_page_is_noted(app, sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    admin = as_role(Role.ADMIN)
    unseen = []
    for path in _pages(app):
        before = len(noted(sqlite_store))
        answer = admin.get(path)
        if answer.status_code == 200 and path not in SHOWS_NOBODY and len(noted(sqlite_store)) == before:
            unseen.append(path)
    assert unseen == []


def _pages(app) -> list[str]:
    return [
        route.path
        for route in app.routes
        if isinstance(route, Route) and "GET" in (route.methods or ()) and "{" not in route.path
    ]


def test_rows_cannot_be_changed_whatever_the_program_does(store):
    with store.writing() as transaction:
        transaction.access.note(Access(NOW, "lena", "lead", AccessAct.OPENED, "case", "1"))
    with pytest.raises(DBAPIError, match="added and never changed"), store.engine.begin() as connection:
        connection.execute(text("UPDATE access_log SET person = 'nobody'"))


def test_auditors_read_the_log_filter_it_and_take_it_out_and_that_is_noted(sqlite_store, as_role):
    add_demo(sqlite_store, now=NOW)
    lead = as_role(Role.LEAD)
    lead.get("/cases/1")
    lead.get("/cases/2")
    auditor = as_role(Role.AUDITOR)
    page = auditor.get("/compliance/access?subject=2&act=opened")
    assert page.status_code == 200 and "/cases/2" in page.text and 'href="/cases/1"' not in page.text
    rows = list(csv.DictReader(io.StringIO(auditor.get("/compliance/access/export?act=opened").text)))
    assert {(row["thing"], row["subject"]) for row in rows} == {("case", "1"), ("case", "2")}
    assert [one.role for one in noted(sqlite_store, act=AccessAct.EXPORTED)] == ["auditor"]
    assert lead.get("/compliance/access").status_code == 403
    assert auditor.get("/compliance/access?act=nonsense").status_code == 400
    assert auditor.get("/compliance/access?from=2026-06-02&to=2026-06-01").status_code == 400


def test_no_copy_goes_out_that_could_not_be_noted_and_a_page_still_opens(sqlite_store, as_role, monkeypatch, caplog):
    add_demo(sqlite_store, now=NOW)
    compliance = as_role(Role.COMPLIANCE)

    def busy(*_: object, **__: object) -> bool:
        raise RetryableError("the database is busy")

    monkeypatch.setattr(AccessLog, "note", busy)
    assert compliance.get("/register/export?personal=1").status_code == 503
    assert compliance.get("/cases/1").status_code == 200
    assert "not noted" in caplog.text


def test_whole_months_go_when_their_period_has_ended(store):
    with store.writing() as transaction:
        for days in (0, 40, 400, 800):
            at = NOW - timedelta(days=days)
            transaction.access.note(Access(at, "lena", "lead", AccessAct.OPENED, "case", str(days)))
        assert [month for month, _ in transaction.access.months(before=NOW)] == ["2024-09", "2025-10", "2026-10"]
        assert transaction.access.delete_month("2024-09")
        assert [one.subject for one in transaction.access.rows(limit=9)] == ["0", "40", "400"]
