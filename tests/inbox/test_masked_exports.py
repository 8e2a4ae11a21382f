"""Nothing that leaves by a file, a stream, a figure or an error shows a customer, but to those who may ask for it."""

import io
import re
import zipfile
from datetime import timedelta

import pytest
from starlette.routing import Route

from flow import customer_page, promises
from flow.escalating import Escalating
from flow.follow_up import review
from flow.promises import Wanted
from flow.teamwork import By
from inbox.roles import UNMASKING, Role
from models import CaseState
from models.follow_up import LinkPurpose
from models.promise import PromiseKind
from policy.follow_up import load_follow_up
from store.cases import Cases
from store.follow_up import Asking
from tests.flow.retention_bench import POLICY, SECRET, RetentionBench
from tests.inbox.factory import NOW

COMPLAINT = "I was charged twice, give me a refund, card 4111 1111 1111 1111, call 0412 345 678"
FILES = (
    "/register/export?format=csv",
    "/register/export?format=jsonl",
    "/register/export?format=xlsx",
    "/register/export?format=csv&manifest=1",
    "/cases/1/trail/export",
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
    question_id = bench.say("2", "when do you open?", who="otto")
    with sqlite_store.writing() as transaction:
        _promise(transaction, case_id)
        _escalate(transaction, case_id)
        _rate(transaction, question_id)
    bench.say("3", "free crypto for all", who="spammer")
    return bench


def _promise(transaction, case_id: int) -> None:
    """Two, one of them broken off: both words and reason hold the canary."""
    house = promises.house_of(POLICY)
    for number in range(2):
        wanted = Wanted(PromiseKind.CALL_BACK, f"We call {SECRET} {number}", NOW + timedelta(days=1), "telephone")
        by = By("ann", NOW, f"{number:032x}")
        assert promises.make(transaction, transaction.cases.get(case_id), wanted, house, by) is not None
    made = transaction.promises.of_key(promises.key_of(by.form_key))
    assert made is not None and promises.withdraw(transaction, made, f"{SECRET} moved away", By("ann", NOW, "b" * 32))


def _escalate(transaction, case_id: int) -> None:
    """Settled: the note for the next owner and the words at its end hold the canary."""
    acts, by = Escalating(transaction, POLICY, now=NOW), By("lee", NOW, "c" * 32)
    acts.escalate(transaction.cases.get(case_id), "billing", "no_authority", f"Over my limit, says {SECRET}", by)
    found = transaction.escalations.standing([case_id])
    assert found is not None
    acts.settle(transaction.cases.get(case_id), found, f"{SECRET} has it back", By("lee", NOW, "f" * 32))
    again = By("lee", NOW, "8" * 32)
    acts.escalate(transaction.cases.get(case_id), "billing", "no_authority", f"{SECRET} is back", again)


def _rate(transaction, case_id: int) -> None:
    """A survey with a low score, a comment with the canary, and what staff wrote of it."""
    transaction.cases.set_state(case_id, CaseState.CLOSED, now=NOW)
    case = transaction.cases.get(case_id)
    assert transaction.follow_ups.queue(
        case_id, Asking("follow_up 2026-11", case.author_key, case.channel, "ann", 5, 4), now=NOW
    )
    transaction.follow_ups.asked(case_id, now=NOW)
    public_id = transaction.follow_ups.make_link(
        f"rate:{case_id}", LinkPurpose.RATE, case_id, now=NOW, expires_at=NOW + timedelta(days=9)
    )
    link = transaction.follow_ups.link(public_id, LinkPurpose.RATE, now=NOW)
    assert link is not None
    customer_page.rate(transaction, link, 1, f"bad, says {SECRET}", "d" * 32, load_follow_up().links, now=NOW)
    assert review(transaction, case_id, f"{SECRET} is right", By("lee", NOW, "e" * 32))


def _all(body: bytes) -> bytes:
    """With what is packed in it."""
    if not body.startswith(b"PK"):
        return body
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return b"".join(_all(archive.read(name)) for name in archive.namelist())


def test_the_files_of_what_staff_did_have_rows_so_that_it_says_something_that_nobody_is_in_them(full, as_role):
    lead, rows = as_role(Role.LEAD), {}
    for path in ("/promises/export?list=withdrawn", "/promises/export", "/escalations/export", "/follow-up/export"):
        answer = lead.get(path)
        assert SECRET not in answer.text, path
        rows[path] = len(answer.text.strip().splitlines()) - 1
    assert all(rows.values()), rows


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
    walked = {path.split("?")[0].replace("/cases/1/", "/cases/{id}/") for path in FILES} | {
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


def test_a_page_that_breaks_says_nothing_of_the_case_that_it_broke_on(full, as_role, monkeypatch):
    admin = as_role(Role.ADMIN)

    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError(f"cannot read what {SECRET} wrote: 4111 1111 1111 1111")

    monkeypatch.setattr(Cases, "get", breaks)
    answer = admin.get("/cases/1")
    assert answer.status_code == 500
    assert SECRET not in answer.text and "4111" not in answer.text


def test_what_is_refused_repeats_nothing_of_the_case_that_it_was_about(full, as_role):
    agent, auditor = as_role(Role.AGENT), as_role(Role.AUDITOR)
    key = {"form_key": "9" * 32}
    refused = {
        400: agent.post("/cases/1/reply", **key),
        403: auditor.post("/cases/1/note", text="x", **key),
        404: agent.post("/cases/999/note", text="x", version="1", **key),
        405: agent.get("/cases/1/note"),
        409: agent.post("/cases/1/done", version="0", **key),
        413: agent.post("/cases/1/note", text="x" * 300_000, **key),
        422: agent.post("/cases/1/promises", version="1", promise_kind="x", promise_words="", promise_when="", **key),
    }
    for status, answer in refused.items():
        assert answer.status_code == status, (status, answer.status_code)
        assert SECRET not in answer.text, status
