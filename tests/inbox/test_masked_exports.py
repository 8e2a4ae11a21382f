"""Nothing that leaves by a file, a stream, a figure or an error shows a customer, but to those who may ask for it."""

import io
import re
import zipfile

import pytest
from starlette.routing import Route

from inbox.roles import UNMASKING, Role
from tests.flow.retention_bench import SECRET, RetentionBench

COMPLAINT = "I was charged twice, give me a refund, card 4111 1111 1111 1111, call 0412 345 678"
FILES = (
    "/register/export?format=csv",
    "/register/export?format=jsonl",
    "/register/export?format=xlsx",
    "/register/export?format=csv&manifest=1",
    "/promises/export",
    "/escalations/export",
    "/follow-up/export",
    "/figures/export?format=csv",
    "/compliance/log/export",
    "/compliance/figures/report",
    "/compliance/configuration/export",
    "/compliance/access/export",
)
STREAMS = ("/news", "/board/live", "/metrics", "/healthz", "/readyz", "/health", "/operations")


@pytest.fixture
def full(sqlite_store):
    """A complaint, a question and noise by people whose every word and name holds the canary, with what staff did."""
    bench = RetentionBench(sqlite_store)
    case_id = bench.say("1", COMPLAINT)
    bench.live(case_id)
    bench.say("2", "when do you open?", who="otto")
    bench.say("3", "free crypto for all", who="spammer")
    return bench


def _all(body: bytes) -> bytes:
    """With what is packed in it."""
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"".join(_all(archive.read(name)) for name in archive.namelist())


@pytest.mark.parametrize("role", [Role.LEAD, Role.AUDITOR, Role.COMPLIANCE])
def test_no_file_holds_a_customer_by_default(full, as_role, role):
    browser = as_role(role)
    seen = 0
    for path in FILES:
        answer = browser.get(path)
        if answer.status_code == 403:
            continue
        assert answer.status_code == 200, path
        body = _all(answer.content)
        assert SECRET.encode() not in body, path
        assert b"4111 1111" not in body and b"0412 345" not in body, path
        seen += 1
    assert seen >= 6


def test_every_page_that_gives_out_a_file_is_among_them(app):
    given = {
        route.path
        for route in app.routes
        if isinstance(route, Route)
        and re.search(r"export|report|download|\.csv", route.path)
        and "GET" in route.methods
    }
    walked = {path.split("?")[0] for path in FILES} | {
        "/dry-run/{id}/cases.csv"
    }  # codes alone: tests/inbox/test_dry_run
    assert given <= walked, given - walked


def test_only_those_who_may_unmask_get_names_and_that_is_noted(full, as_role, sqlite_store):
    for role in Role:
        if role is Role.AGENT:
            continue
        answer = as_role(role).get("/register/export?format=jsonl&personal=1")
        assert (answer.status_code == 200) == (role in UNMASKING)
        assert (SECRET in answer.text) == (role in UNMASKING)
    with sqlite_store.reading() as transaction:
        noted = [one for one in transaction.access.rows(thing="register export", limit=9)]
    assert {one.role for one in noted} == {role.value for role in UNMASKING}
    assert all(one.facts["personal"] == "1" for one in noted)


def test_streams_figures_and_pages_for_machines_show_nobody(full, as_role):
    admin = as_role(Role.ADMIN)
    for path in STREAMS:
        assert SECRET not in admin.get(path).text, path


def test_an_error_page_and_the_log_of_it_repeat_nothing(full, as_role, caplog):
    admin = as_role(Role.ADMIN)
    for path in (f"/cases/{SECRET}", f"/mentions/{SECRET}/kept", f"/nowhere/{SECRET}", f"/complaints/{SECRET}"):
        answer = admin.get(path)
        assert answer.status_code in (403, 404), path
    assert SECRET not in caplog.text
