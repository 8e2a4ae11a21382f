"""The complaint's page: each act through its form, who may do what, and forms that are sent twice or too late."""

import re
from datetime import timedelta

import pytest
from starlette.testclient import TestClient

from connectors.local.channel import LocalChannel
from inbox.app import create_app
from inbox.complaints.menu import BY_NAME
from inbox.complaints.notices import TITLES
from inbox.roles import Role
from models import CaseState, EntryKind
from models.complaint import Status
from models.entry import Entry
from policy.approval_rules import load_approval_rules
from register.life import fold
from store.outbox import Effect
from tests.inbox.conftest import CHEAP, Browser, add_person, log_in
from tests.inbox.factory import DEMO, NOW, Said, add, add_demo
from triage.approval import Written, approval_reasons

ID = "C-0000001"
PAGE = f"/complaints/{ID}"
SEEN = re.compile(r'name="seen" value="(\d+)"')
FORM_KEY = re.compile(r'name="form_key" value="([0-9a-f]{32})"')
REASON = "The firm said so in its letter <b>of May</b>"


@pytest.fixture
def complaint(sqlite_store) -> int:
    """Case of complaint C-0000001."""
    return add(sqlite_store, *DEMO[0], now=NOW)


@pytest.fixture
def lead(as_role):
    return as_role(Role.LEAD)


@pytest.fixture
def compliance(as_role):
    return as_role(Role.COMPLIANCE)


class Connected(LocalChannel):
    """A channel that says it is connected."""

    name = "x"


@pytest.fixture
def connected(settings, sqlite_store, queues, clock):
    """An agent's browser where answers reach their authors."""
    app = create_app(
        settings, sqlite_store, queues, channel_for=lambda name, _, its: Connected(its), clock=clock, passwords=CHEAP
    )
    add_person(sqlite_store, "Keiko", Role.AGENT)
    with TestClient(app, follow_redirects=False, raise_server_exceptions=False) as client:
        browser = Browser(client)
        assert log_in(browser, "Keiko").status_code == 303
        yield browser


def _entries(store, complaint_id=ID) -> list[Entry]:
    with store.reading() as transaction:
        return transaction.register.of_complaint(complaint_id)


def _life(store, complaint_id=ID):
    return fold(_entries(store, complaint_id))


def _case(store, case_id):
    with store.reading() as transaction:
        return transaction.cases.get(case_id)


def _sent(store, case_id):
    with store.reading() as transaction:
        return [row for row in transaction.outbox.of_case(case_id) if row.effect is Effect.SEND_REPLY]


def _form(browser, page=PAGE) -> dict[str, str]:
    """What every form of the page carries, fresh."""
    text = browser.get(page).text
    seen, key = SEEN.search(text), FORM_KEY.search(text)
    assert seen is not None
    assert key is not None
    return {"seen": seen[1], "form_key": key[1]}


def _do(browser, act: str, *, page=PAGE, **fields: str):
    return browser.post(f"{page}/acts/{act}", **{**_form(browser, page), **fields})


def _message_id(store) -> str:
    return _life(store).message_id


def _summaries(page: str) -> list[str]:
    return re.findall(r'<details class="act" id="act-([\w-]+)"', page)


# reading


def test_the_page_says_where_the_complaint_stands_and_why_it_is_one(agent, complaint):
    page = agent.get(PAGE).text
    for told in (
        "Complaint C-0000001",
        "Standard complaint (RG 271.56)",
        "Australia/Sydney; day 0 is",
        "classifier 2026.1",
        "expression of dissatisfaction",
        "complaint score 0.95, 0.50 asked for",
        "found it to be a complaint",
        "you took my home loan repayment twice",
        f'href="/cases/{complaint}"',
    ):
        assert told in page, told


def test_every_clock_shows_its_paragraph_its_force_and_its_arithmetic(agent, complaint):
    page = agent.get(PAGE).text
    for told in ("IDR response", "RG 271.56", "enforceable", "RG 271.51", "expected", "due in ", "AU-NSW"):
        assert told in page, told
    assert page.count("How was this worked out?") >= 5


def test_a_missed_expectation_is_late_and_no_breach_a_missed_limit_is_one(as_role, complaint, clock):
    clock.move(days=3)
    page = as_role(Role.AGENT).get(PAGE).text
    assert "overdue" in page
    assert "Late, and no breach: the regulator expects it" in page
    assert "A breach" not in page
    clock.move(days=40)
    assert "A breach: this limit is enforceable." in as_role(Role.LEAD).get(PAGE).text


def test_an_auditor_reads_everything_and_is_offered_nothing(as_role, complaint):
    page = as_role(Role.AUDITOR).get(PAGE)
    assert page.status_code == 200
    assert "Your role is read only." in page.text
    assert _summaries(page.text) == []
    assert "Put into words" not in page.text


def test_a_complaint_that_is_not_there_and_an_unknown_act_say_so(agent, complaint):
    assert agent.get("/complaints/C-0000099").status_code == 404
    assert agent.get("/complaints/rubbish<b>").status_code == 404
    assert _do(agent, "explode").status_code == 404


def test_an_entry_that_was_tampered_with_is_told_instead_of_shown(agent, complaint, sqlite_store):
    with sqlite_store.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE register_entries SET facts = '{}' WHERE seq = 1")
    answer = agent.get(PAGE)
    assert answer.status_code == 409
    assert "Verify the chain" in answer.text


# acts

ABOUT = {"product": "Home loan", "issues": "double charge"}
ACTS = {
    "acknowledge": ({"channel": "phone", "text": "We have it"}, "acknowledged it"),
    "investigate": ({}, "started the investigation"),
    "withdraw": ({"reason": REASON}, "withdrew it"),
    "afca": ({"afca_reference": "12-34-56"}, "AFCA has it"),
    "type": ({"type": "superannuation", "reason": REASON}, "changed its type"),
    "received": ({"received_at": "2026-11-20T09:15", "reason": REASON}, "corrected the record"),
    "about": ({"product": "Home loan", "issues": "double charge, delay", "reason": REASON}, "double charge, delay"),
    "written": ({"code": "WR-A", "reason": REASON}, "they asked for a written response"),
    "event": ({"event": "afca_referred_back", "due_on": "2026-12-01"}, "AFCA referred the complaint back"),
    "recount": ({"reason": REASON}, "corrected the record"),
    "represent": (
        {"name": "Marla Quill", "kind": "lawyer", "contact": "marla@law.example", "authority": "signed form"},
        "recorded a representative",
    ),
    "hold": ({"reason": REASON}, "placed a legal hold"),
    "close": (
        {"basis": "5bd_explained", "outcome": "rejected", "remedies.apology": "1", "reason": REASON} | ABOUT,
        "Explained or apologised within five business days",
    ),
}


@pytest.mark.parametrize("act", ACTS)
def test_an_act_is_one_entry_with_who_did_it_and_shows_in_the_history(act, compliance, complaint, sqlite_store):
    fields, saying = ACTS[act]
    answer = _do(compliance, act, **fields)
    assert (answer.status_code, answer.headers.get("location")) == (303, f"{PAGE}?notice=recorded")
    entries = _entries(sqlite_store)
    assert len(entries) == (3 if act == "close" else 2), "what it was about is an entry of its own"
    assert entries[-1].kind == BY_NAME[act].kind
    assert _life(sqlite_store).history[-1].by == "compliance person"
    page = compliance.get(answer.headers["location"]).text
    assert "Recorded in the complaint register." in page
    assert saying in page
    assert ("&lt;b&gt;of May&lt;/b&gt;" in page) is ("reason" in fields)
    assert "<b>of May" not in page


def test_every_act_is_tried_here_or_has_a_test_of_its_own():
    others = {"reopen", "merge", "split", "split-off", "end-represent", "support", "end-support", "lift-hold"}
    assert set(BY_NAME) == set(ACTS) | others


def test_the_same_form_sent_twice_acts_once(agent, complaint, sqlite_store):
    form = _form(agent) | {"reason": REASON}
    first = agent.post(f"{PAGE}/acts/withdraw", **form)
    second = agent.post(f"{PAGE}/acts/withdraw", **form)
    assert [first.headers["location"], second.headers["location"]] == [f"{PAGE}?notice=recorded", f"{PAGE}?notice=once"]
    assert "nothing was done twice" in agent.get(second.headers["location"]).text
    assert len(_entries(sqlite_store)) == 2


def test_a_form_of_an_older_page_is_refused_and_what_was_typed_is_kept(agent, complaint, sqlite_store, lead):
    old = _form(agent)
    _do(lead, "investigate")
    answer = agent.post(f"{PAGE}/acts/withdraw", **old, reason="They rang and are happy now")
    assert answer.status_code == 409
    assert "being investigated since entry 2 by lead person" in answer.text
    assert "They rang and are happy now" in answer.text
    assert _life(sqlite_store).status is Status.INVESTIGATING
    again = agent.post(f"{PAGE}/acts/withdraw", **_form(agent), reason="They rang and are happy now")
    assert again.status_code == 303


def test_what_was_typed_stays_readable_where_the_act_is_not_possible_any_more(agent, complaint, lead):
    old = _form(agent)
    _do(lead, "withdraw", reason=REASON)
    answer = agent.post(f"{PAGE}/acts/afca", **old, afca_reference="12-34", reason="words worth keeping")
    assert answer.status_code == 409
    late = agent.post(f"{PAGE}/acts/withdraw", **_form(agent), reason="words worth keeping")
    assert late.status_code == 422
    assert "the complainant withdrew it" in late.text.lower()
    assert "words worth keeping" in late.text


def test_a_form_without_its_token_key_or_number_changes_nothing(agent, complaint, sqlite_store):
    form = _form(agent)
    path = f"{PAGE}/acts/investigate"
    assert agent.client.post(path, data=form).status_code == 403
    assert agent.post(path, **form | {"form_key": "short"}).status_code == 400
    assert agent.post(path, **form | {"seen": "one"}).status_code == 400
    assert len(_entries(sqlite_store)) == 1


REFUSED = {
    "no ground": ("close", {"outcome": "upheld"}, "Basis is empty"),
    "no evidence": (
        "close",
        {"basis": "5bd_satisfied", "outcome": "upheld", "remedies.apology": "1"},
        "It needs evidence that the complainant is satisfied",
    ),
    "an emoji": (
        "close",
        {
            "basis": "5bd_satisfied",
            "outcome": "upheld",
            "remedies.apology": "1",
            "who": "Joss",
            "said_on": "x",
            "said_at": "2026-11-21T10:00",
            "quote": "👍",
        },
        "a like, an emoji or silence does not confirm anything",
    ),
    "no remedies": ("close", {"basis": "5bd_explained", "outcome": "upheld", "reason": "x"}, "RG 271.71(b) needs"),
    "money without currency": (
        "close",
        {"basis": "5bd_explained", "outcome": "upheld", "remedies.apology": "1", "reason": "x", "amount": "12.50"},
        "is no amount; write it like 120.50 and AUD",
    ),
    "no amount": (
        "close",
        {"basis": "5bd_explained", "outcome": "upheld", "remedies.apology": "1", "reason": "x", "amount": "a lot"},
        "is no amount",
    ),
    "no reason": ("withdraw", {"reason": "  "}, "Reason is empty; fill it in"),
    "in the future": ("investigate", {"at": "2027-01-01T10:00"}, "lies in the future"),
    "no time": ("investigate", {"at": "yesterday"}, "write it as 2026-11-30T14:05"),
    "a time that the clocks skipped": ("investigate", {"at": "2026-10-04T02:30"}, "does not exist"),
    "before the receipt": ("investigate", {"at": "2026-11-01T10:00"}, "lies before the receipt"),
    "an unknown type": ("type", {"type": "lottery", "reason": "x"}, "is unknown to"),
    "into itself": ("merge", {"other": ID, "reason": "x"}, "cannot be merged into itself"),
    "with nothing": ("merge", {"other": "C-0000777", "reason": "x"}, "is not in the register"),
    "nothing to correct": ("about", {"reason": "x"}, "nothing to correct"),
    "too long": ("afca", {"afca_reference": "9" * 301}, "at most 300"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_act_says_why_at_its_form_and_keeps_what_was_typed(name, agent, complaint, sqlite_store):
    act, fields, why = REFUSED[name]
    answer = _do(agent, act, **fields)
    assert answer.status_code == 422
    assert why.lower() in answer.text.replace("&#39;", "'").lower()
    assert re.search(rf'id="act-{act}" open', answer.text)
    for value in fields.values():
        assert value.strip() in answer.text.replace("&#39;", "'")
    assert len(_entries(sqlite_store)) == 1


def test_acts_that_are_not_possible_now_are_listed_with_the_reason(agent, complaint):
    page = agent.get(PAGE).text
    assert "reopen" not in _summaries(page)
    assert "it is neither closed, withdrawn nor at AFCA" in page
    assert "it is for compliance and admin" in page
    _do(agent, "withdraw", reason=REASON)
    page = agent.get(PAGE).text
    assert "reopen" in _summaries(page)
    assert "investigate" not in _summaries(page)
    assert "the complainant withdrew it; reopen it first" in page


@pytest.mark.parametrize(
    ("act", "allowed"),
    [
        ("received", {Role.LEAD, Role.COMPLIANCE, Role.ADMIN}),
        ("recount", {Role.LEAD, Role.COMPLIANCE, Role.ADMIN}),
        ("hold", {Role.COMPLIANCE, Role.ADMIN}),
        ("end-support", {Role.LEAD, Role.COMPLIANCE, Role.ADMIN}),
        ("withdraw", {Role.AGENT, Role.LEAD, Role.COMPLIANCE, Role.ADMIN}),
    ],
)
def test_an_act_is_for_those_roles_alone(act, allowed, as_role, complaint, sqlite_store):
    form = {"seen": "1", "form_key": "0" * 32}
    refused = {role for role in Role if as_role(role).post(f"{PAGE}/acts/{act}", **form).status_code == 403}
    assert set(Role) - refused == allowed
    assert len(_entries(sqlite_store)) == 1


def test_a_complaint_is_closed_only_when_the_register_says_what_it_was_about(agent, complaint, sqlite_store):
    ground = {"basis": "5bd_explained", "outcome": "rejected", "remedies.apology": "1", "reason": "explained"}
    refused = _do(agent, "close", **ground, product="Home loan")
    assert refused.status_code == 422
    assert "Issues: say it first, for the register has to hold it" in refused.text
    assert len(_entries(sqlite_store)) == 1, "nothing of it was written"
    assert _do(agent, "about", product="Home loan", issues="double charge", reason="told").status_code == 303
    assert 'id="close-product"' not in agent.get(PAGE).text
    assert _do(agent, "close", **ground).status_code == 303
    assert [entry.kind for entry in _entries(sqlite_store)] == ["opened", "corrected", "closed"]


def test_a_complaint_is_closed_with_money_and_reopened_with_its_clocks(agent, complaint, sqlite_store, clock):
    _do(
        agent,
        "close",
        **{
            "basis": "5bd_satisfied",
            "outcome": "upheld",
            "remedies.fee_refund": "1",
            "amount": "2,184.00",
            "currency": "aud",
            "agreed_by": "Lena Ott",
            "message_id": _message_id(sqlite_store),
        }
        | ABOUT,
    )
    life = _life(sqlite_store)
    assert (life.product, life.issues) == ("Home loan", ("double charge",))
    assert life.closing is not None
    assert (life.closing.compensation_amount, life.closing.compensation_currency) == ("2184.00", "AUD")
    assert life.closing.evidence is not None
    assert "twice overnight" in life.closing.evidence.quote
    page = agent.get(PAGE).text
    assert "2184.00 AUD" in page
    assert _case(sqlite_store, complaint).state is CaseState.CLOSED
    clock.move(hours=2)
    assert _do(agent, "reopen", reason=REASON).status_code == 303
    assert _life(sqlite_store).status is Status.REOPENED
    assert (_life(sqlite_store).dues, _life(sqlite_store).respond_due_on) == (life.dues, life.respond_due_on)
    assert _case(sqlite_store, complaint).state is CaseState.OPEN


def test_a_corrected_receipt_moves_every_clock_and_is_local_time(lead, complaint, sqlite_store):
    _do(lead, "received", received_at="2026-11-19T23:50", reason=REASON)
    life = _life(sqlite_store)
    assert life.received_at.isoformat() == "2026-11-19T12:50:00+00:00"
    assert life.received_on.isoformat() == "2026-11-19"
    assert life.respond_due_on is not None
    assert life.respond_due_on.isoformat() == "2026-12-19"


def test_an_act_that_happened_earlier_says_when_it_was_written_down(agent, complaint):
    at = (NOW - timedelta(hours=3)).astimezone().isoformat()
    _do(agent, "investigate", at=at)
    assert "written down" in agent.get(PAGE).text


# people


def test_with_a_representative_the_page_says_whom_to_write_to(agent, complaint, sqlite_store):
    fields, _ = ACTS["represent"]
    _do(agent, "represent", **fields)
    page = agent.get(PAGE).text
    assert "Write to <bdi>Marla Quill</bdi>, not to the complainant." in page
    assert "Automatic replies are stopped" in page
    assert "write to the representative" in agent.get(f"/cases/{complaint}").text
    number = str(_life(sqlite_store).representatives[0].seq)
    _do(agent, "end-represent", number=number, reason=REASON)
    assert _life(sqlite_store).representatives == ()
    assert "not to the complainant.</strong>" not in agent.get(PAGE).text


def test_what_a_support_need_is_about_is_seen_only_by_those_who_need_it(as_role, agent, complaint, sqlite_store):
    _do(
        agent,
        "support",
        need="domestic_abuse",
        source_message_id=_message_id(sqlite_store),
        note="prefers mornings",
        safe_contact="never the house phone",
    )
    for role in (Role.LEAD, Role.COMPLIANCE, Role.ADMIN):
        page = as_role(role).get(PAGE).text
        assert "Domestic or financial abuse" in page
        assert "prefers mornings" in page
        assert "never the house phone" in page
    for browser in (agent, as_role(Role.AUDITOR)):
        page = browser.get(PAGE).text
        assert "recorded a support need" in page
        assert "Safe contact only." in page
        for secret in (
            "prefers mornings",
            "never the house phone",
            "omestic or financial abuse</b>",
            "domestic_abuse<",
        ):
            assert secret not in page


def test_a_support_need_comes_from_what_the_person_told_us_and_can_end(agent, lead, complaint, sqlite_store):
    answer = _do(agent, "support", need="hardship", source_message_id="m_of_somebody_else")
    assert answer.status_code == 422
    assert "not of this complaint" in answer.text
    _do(agent, "support", need="hardship", source_message_id=_message_id(sqlite_store))
    assert "because it is about hardship" in agent.get(PAGE).text
    number = str(_life(sqlite_store).support_needs[0].seq)
    assert _do(lead, "end-support", number=number, reason="told us so").status_code == 303
    assert _life(sqlite_store).support_needs == ()
    assert "told us so" not in agent.get(PAGE).text


def test_a_legal_hold_shows_until_it_is_lifted(compliance, agent, complaint):
    _do(compliance, "hold", reason=REASON)
    assert "Legal hold.</strong>" in agent.get(PAGE).text
    _do(compliance, "lift-hold", reason=REASON)
    assert "Legal hold.</strong>" not in agent.get(PAGE).text
    assert "lifted a legal hold" in agent.get(PAGE).text


# merging


def test_two_complaints_become_one_and_two_again(agent, complaint, sqlite_store):
    add(sqlite_store, Said("Second time I say it: pay it back", native_id="again", minutes_ago=3000), now=NOW)
    other = "/complaints/C-0000002"
    assert "C-0000002" in agent.get(PAGE).text, "another complaint of the same author is suggested"
    assert _do(agent, "merge", other="c-0000002", reason=REASON).status_code == 303
    page = agent.get(PAGE).text
    assert f'href="{other}"' in page
    assert "merged it into another complaint" in page
    assert _life(sqlite_store).received_at == NOW - timedelta(minutes=3000)
    away = agent.get(other).text
    assert f'Kept under <a href="{PAGE}">' in away
    assert "split-off" in _summaries(away)
    assert _do(agent, "split", other="C-0000002", reason=REASON).status_code == 303
    assert _life(sqlite_store, "C-0000002").status is Status.OPEN
    _do(agent, "merge", other="C-0000002", reason=REASON)
    assert _do(agent, "split-off", page=other, kept=ID, reason=REASON).status_code == 303
    assert _life(sqlite_store).merged == ()


# notices


WHOLE = {
    "notice": "delay_notice",
    "language": "en",
    "way": "letter",
    "name": "Joss Wattleby",
    "contact": "help@larkbank.example",
    "grounds.beyond_control": "1",
    "explanation": "We wait for a report that another bank has to give us.",
    "expected_on": "2027-01-15",
}


def _write(browser, do: str, **fields: str):
    return browser.post(f"{PAGE}/notice", **{**_form(browser), "do": do, "text": "", **fields})


def _words(page: str) -> str:
    found = re.search(r'<textarea id="notice-text"[^>]*>(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return found[1].strip()


@pytest.mark.parametrize("kind", [kind.value for kind in TITLES])
def test_every_notice_can_be_begun_or_says_why_not(kind, agent, complaint):
    answer = agent.get(f"{PAGE}?notice_kind={kind}&language=tr&way=message")
    assert answer.status_code == 200
    assert "Put into words" in answer.text
    assert "What it must hold" in answer.text


def test_an_unknown_notice_is_refused(agent, complaint):
    assert agent.get(f"{PAGE}?notice_kind=poem").status_code == 400
    assert _write(agent, "compose", notice="poem").status_code == 400
    assert _write(agent, "burn", **WHOLE).status_code == 400


def test_a_template_is_filled_with_what_is_known_and_names_what_is_not(agent, complaint, sqlite_store):
    answer = _write(agent, "compose", **WHOLE | {"contact": "", "explanation": ""})
    words = _words(answer.text)
    assert "Joss Wattleby" in words
    assert ID in words
    assert "{contact}" in words
    assert "fill in explanation, contact" in answer.text or "fill in contact, explanation" in answer.text
    assert "RG 271.66" in answer.text
    assert len(_entries(sqlite_store)) == 1


def test_a_whole_notice_lacks_nothing_and_is_recorded_with_the_digest_of_its_words(agent, complaint, sqlite_store):
    words = _words(_write(agent, "compose", **WHOLE).text)
    checked = _write(agent, "check", **WHOLE, text=words)
    assert "It holds all that a notice of this kind must hold." in checked.text
    answer = _write(agent, "record", **WHOLE, text=words)
    assert answer.headers["location"] == f"{PAGE}?notice=recorded"
    notice = _life(sqlite_store).delay_notices[0]
    assert notice.is_valid, notice.missing
    assert notice.channel == "letter"
    assert words not in _entries(sqlite_store)[-1].facts


def test_a_notice_that_lacks_something_is_recorded_only_at_a_persons_word(agent, complaint, sqlite_store):
    lacking = {"notice": "idr_response", "way": "letter", "outcome": "rejected", "text": "No. Not our fault."}
    answer = _write(agent, "record", **lacking)
    assert answer.status_code == 422
    assert "RG 271.53" in answer.text
    assert "No. Not our fault." in answer.text
    assert len(_entries(sqlite_store)) == 1
    assert _write(agent, "record", **lacking, as_it_was="1").status_code == 303
    response = _life(sqlite_store).response
    assert response is not None
    assert "scheme_phone" in response.missing
    assert "it lacks" in agent.get(PAGE).text


def test_a_private_notice_is_recorded_and_sent_once(connected, complaint, sqlite_store, queues):
    given = WHOLE | {"way": "message"}
    form = _form(connected) | {"do": "send", **given, "text": _words(_write(connected, "compose", **given).text)}
    first, second = (connected.post(f"{PAGE}/notice", **form) for _ in range(2))
    assert first.headers["location"] == f"{PAGE}?notice=recorded_sent"
    assert second.headers["location"] == f"{PAGE}?notice=once"
    rows = _sent(sqlite_store, complaint)
    assert [row.payload["is_private"] for row in rows] == [True]
    assert [entry.kind for entry in _entries(sqlite_store)] == [EntryKind.OPENED, EntryKind.DELAY_NOTIFIED]
    assert _life(sqlite_store).delay_notices[0].channel == "x"
    assert queues.take() == ("deliver", (rows[0].id,))
    assert "A notice is waiting to be sent." in connected.get(PAGE).text


def test_a_holding_reply_is_sent_and_ends_nothing(connected, complaint, sqlite_store):
    given = WHOLE | {"notice": "holding_reply", "way": "message"}
    words = _words(_write(connected, "compose", **given).text)
    assert _write(connected, "record", **given, text=words).status_code == 422
    assert _write(connected, "send", **given, text=words).headers["location"] == f"{PAGE}?notice=notice_sent"
    assert len(_sent(sqlite_store, complaint)) == 1
    assert len(_entries(sqlite_store)) == 1


def test_a_notice_that_lacks_something_is_never_sent(connected, complaint, sqlite_store):
    given = WHOLE | {"way": "message", "text": "There is a delay."}
    answer = _write(connected, "send", **given, as_it_was="1")
    assert answer.status_code == 422
    assert "It was not sent" in answer.text
    assert _sent(sqlite_store, complaint) == []


@pytest.mark.parametrize(
    ("offer", "why"),
    [("We will pay you $900 by Friday.", "it names 900, more than the 200"), ("We accept liability.", "liability")],
)
def test_an_offer_beyond_its_authors_authority_is_sent_by_who_has_it(
    offer, why, connected, complaint, sqlite_store, queues
):
    add_person(sqlite_store, "Cleo Park", Role.COMPLIANCE)
    given = WHOLE | {"way": "message"}
    words = f"{_words(_write(connected, 'compose', **given).text)}\n\n{offer}"
    answer = _write(connected, "send", **given, text=words)
    assert answer.status_code == 422
    assert "It was not sent" in answer.text
    assert why in answer.text
    assert "Who may send it: Cleo Park (compliance)" in answer.text
    assert offer in _words(answer.text), "the words are kept"
    assert _sent(sqlite_store, complaint) == []
    assert [entry.kind for entry in _entries(sqlite_store)] == [EntryKind.OPENED]
    assert _write(connected, "record", **given | {"way": "letter"}, text=words).status_code == 303, "as it was given"


def test_what_somebody_in_training_writes_is_sent_by_somebody_else(connected, complaint, sqlite_store):
    add_person(sqlite_store, "Lena Ott", Role.LEAD)
    with sqlite_store.writing() as transaction:
        user = transaction.accounts.by_name("Keiko")
        transaction.approvals.mark_trainee(user.id, by="Lena Ott", now=NOW)
    given = WHOLE | {"way": "message"}
    answer = _write(connected, "send", **given, text=_words(_write(connected, "compose", **given).text))
    assert answer.status_code == 422
    assert "its author is in training. Who may send it: Lena Ott (lead)" in answer.text
    assert _sent(sqlite_store, complaint) == []


@pytest.mark.parametrize("language", ["en", "tr", "bg"])
def test_no_words_of_our_own_notices_are_beyond_an_agents_authority(language, connected, complaint, sqlite_store):
    rules, decision = load_approval_rules(), _case(sqlite_store, complaint).decision
    for kind in TITLES:
        given = WHOLE | {"notice": kind.value, "way": "message", "language": language}
        answer = _write(connected, "compose", **given)
        written = Written(_words(answer.text), True, "agent", is_trainee=False)
        assert approval_reasons(written, decision, rules) == [], kind


def test_nothing_is_sent_past_a_representative(connected, complaint, sqlite_store):
    fields, _ = ACTS["represent"]
    _do(connected, "represent", **fields)
    given = WHOLE | {"way": "message"}
    answer = _write(connected, "compose", **given)
    assert "a representative speaks for the complainant" in answer.text
    assert 'value="send"' not in answer.text
    assert _write(connected, "send", **given, text=_words(answer.text)).status_code == 422
    assert _sent(sqlite_store, complaint) == []


def test_an_acknowledgement_that_is_sent_acknowledges_only_once_it_has_arrived(connected, complaint, sqlite_store):
    given = WHOLE | {"notice": "acknowledgement", "way": "message"}
    words = _words(_write(connected, "compose", **given).text)
    assert _write(connected, "send", **given, text=words).status_code == 303
    assert len(_sent(sqlite_store, complaint)) == 1
    assert _life(sqlite_store).acknowledged_at is None


def test_a_notice_is_not_sent_on_a_channel_that_reaches_nobody(agent, complaint, sqlite_store):
    given = WHOLE | {"way": "message"}
    answer = _write(agent, "compose", **given)
    assert "X is not connected, so it would reach nobody" in answer.text
    assert _write(agent, "send", **given, text=_words(answer.text)).status_code == 422
    assert _sent(sqlite_store, complaint) == []


def test_a_notice_of_an_older_page_is_refused_with_its_words_kept(agent, lead, complaint, sqlite_store):
    old = _form(agent)
    _do(lead, "investigate")
    answer = agent.post(f"{PAGE}/notice", **old, **WHOLE, do="record", text="Words that took an hour")
    assert answer.status_code == 409
    assert "Words that took an hour" in answer.text
    assert _life(sqlite_store).delay_notices == ()


def test_an_auditor_writes_no_notice(as_role, complaint):
    auditor = as_role(Role.AUDITOR)
    assert "Put into words" not in auditor.get(f"{PAGE}?notice_kind=delay_notice").text
    fields = {"do": "record", "form_key": "0" * 32, "seen": "1", **WHOLE}
    assert auditor.post(f"{PAGE}/notice", **fields).status_code == 403


# the list, and the ways to the page


def test_the_list_counts_filters_and_sorts(agent, sqlite_store):
    add_demo(sqlite_store, now=NOW)
    page = agent.get("/complaints").text
    ids = re.findall(r'href="/complaints/(C-\d{7})"', page)
    assert len(ids) == 5
    assert "Not ended</span> <span" in page
    _do(agent, "withdraw", reason=REASON)
    assert re.findall(r'href="/complaints/(C-\d{7})"', agent.get("/complaints?status=withdrawn").text) == [ID]
    assert ID not in re.findall(r'href="/complaints/(C-\d{7})"', agent.get("/complaints").text)
    newest = re.findall(r'href="/complaints/(C-\d{7})"', agent.get("/complaints?status=all&sort=received").text)
    with sqlite_store.reading() as transaction:
        received = {row.id: row.received_at for row in transaction.complaints.all()}
    assert newest == sorted(received, key=lambda each: received[each], reverse=True)
    assert re.findall(r"/complaints/(C-\d{7})", agent.get("/complaints?status=all&sort=id").text) == sorted(received)
    for sort in ("due", "type", "status"):
        assert len(re.findall(r"/complaints/(C-\d{7})", agent.get(f"/complaints?status=all&sort={sort}").text)) == 5
    assert agent.get("/complaints?status=lost").status_code == 404
    assert agent.get("/complaints?sort=colour").status_code == 404
    assert "Nothing further." in agent.get("/complaints?page=7").text


def test_an_empty_list_says_so(agent):
    assert "No complaint stands here." in agent.get("/complaints").text


def test_case_and_register_lead_to_the_complaint(agent, complaint):
    page = agent.get(f"/cases/{complaint}").text
    assert f'href="{PAGE}"' in page
    assert "Close the complaint" in page
    assert ">Mark done</button>" not in page
    assert f'href="{PAGE}"' in agent.get("/register").text


def test_a_case_that_is_a_complaint_is_closed_and_reopened_on_its_page_alone(agent, complaint, sqlite_store):
    _do(agent, "withdraw", reason=REASON)
    version = re.search(r'name="version" value="(\d+)"', agent.get(f"/cases/{complaint}").text)
    assert version is not None
    answer = agent.post(f"/cases/{complaint}/reopen", version=version[1])
    assert answer.status_code == 409
    assert "on its own page" in answer.text
    assert _case(sqlite_store, complaint).state is CaseState.CLOSED
