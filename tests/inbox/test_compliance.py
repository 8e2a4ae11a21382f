"""The compliance pages: who sees them, what each form does, and what it refuses."""

import csv
import io

import pytest

from flow.review import draw
from inbox.roles import DECIDES_COMPLIANCE, SEES_COMPLIANCE, Role
from models import Label
from models.retention import ProposalState
from tests.inbox.conftest import Browser
from tests.inbox.factory import NOW, SYDNEY, Said, add, add_demo

PAGES = ("overview", "review", "log", "systemic", "figures", "retention")
DOWNLOADS = ("log/export", "figures/report?format=html")
FORMS = (
    "review/1",
    "systemic/1/own",
    "systemic/1/decide",
    "systemic/1/escalate",
    "systemic/1/outcome",
    "retention/propose",
    "retention/1/agree",
    "retention/1/carry-out",
    "retention/1/turn-down",
    "retention/hold",
    "retention/lift",
)
NOISE = tuple(Said(f"win a prize number {at}, click here", label="spam", handle=f"bot{at}") for at in range(3))
WHY = "yearly clearing <b>"


@pytest.fixture
def drawn(sqlite_store, clock):
    """Messages of last week, and a sample of those that were judged no complaint."""
    add_demo(sqlite_store, now=NOW)
    for said in NOISE:
        add(sqlite_store, said, now=NOW)
    clock.move(days=8)
    assert draw(sqlite_store, zone=SYDNEY, now=clock.now) == 1
    return sqlite_store


@pytest.fixture
def candidate(sqlite_store) -> int:
    add_demo(sqlite_store, now=NOW)
    told = {"name": "billing_payment", "words": ["annual", "fee"], "examples": ["C-0000001", "C-0000002"]}
    counts = {"size": 6, "people": 6, "weeks": [0, 0, 1, 5], "level": "warning", "chance": 0.001}
    with sqlite_store.writing() as transaction:
        return transaction.systemic.open(told | counts, now=NOW)


@pytest.fixture
def old(sqlite_store, clock):
    """What came in three years ago."""
    add_demo(sqlite_store, now=NOW)
    clock.move(days=3 * 366)
    return sqlite_store


@pytest.fixture
def compliance(as_role) -> Browser:
    return as_role(Role.COMPLIANCE)


# who may


def test_each_page_and_download_is_for_compliance_admins_and_auditors(drawn, as_role):
    for role in Role:
        browser, may = as_role(role), role in SEES_COMPLIANCE
        for path in (*PAGES, *DOWNLOADS):
            assert browser.get(f"/compliance/{path}").status_code == (200 if may else 403), (role, path)
        assert (">Compliance</a>" in browser.get("/health").text) is may


@pytest.mark.parametrize("role", sorted(set(Role) - DECIDES_COMPLIANCE))
def test_nobody_else_acts_there(sqlite_store, as_role, role):
    browser = as_role(role)
    assert {browser.post(f"/compliance/{path}").status_code for path in FORMS} == {403}


def test_an_auditor_is_offered_no_form(drawn, as_role):
    auditor = as_role(Role.AUDITOR)
    for path in PAGES:
        page = auditor.get(f"/compliance/{path}").text
        assert page.count('method="post"') == 1, path  # log out
        assert "read only" in page


def test_the_heading_leads_to_the_first_page(compliance):
    page = compliance.get("/compliance").text
    assert "What waits</h1>" in page
    assert "No week was drawn yet." in compliance.get("/compliance/review").text


def test_a_form_without_its_token_is_refused(compliance):
    answer = compliance.client.post("/compliance/retention/propose", data={"reason": WHY})
    assert answer.status_code == 403


# noise review


def first_item(store):
    with store.reading() as transaction:
        week = transaction.review.newest_week()
        return week.week, transaction.review.items(week.week)[0]


def test_the_sample_shows_its_messages_and_what_is_known_of_the_miss_rate(drawn, compliance):
    page = compliance.get("/compliance/review").text
    assert "win a prize number 1" in page
    assert "0.00% to 100.00%" in page and "Spam, X" in page


def test_a_verdict_that_agrees_is_noted(drawn, compliance):
    week, item = first_item(drawn)
    answer = compliance.post(f"/compliance/review/{item.id}", week=week, seen="", label=item.label)
    assert answer.status_code == 303 and "notice=verdict" in answer.headers["location"]
    assert first_item(drawn)[1].person == "compliance person"
    assert "Looked at (1)" in compliance.get("/compliance/review").text


def test_a_verdict_that_differs_corrects_the_message_and_has_it_judged_again(drawn, compliance, queues):
    week, item = first_item(drawn)
    answer = compliance.post(f"/compliance/review/{item.id}", week=week, seen="", label=Label.COMPLAINT)
    assert "notice=judging" in answer.headers["location"]
    with drawn.reading() as transaction:
        assert transaction.mentions.labels([item.mention_id])[item.mention_id][0] == "complaint"
    assert queues.take() == ("triage_mentions", ([item.mention_id],))


def test_a_verdict_given_after_another_one_says_so(drawn, compliance):
    week, item = first_item(drawn)
    fields = {"week": week, "seen": "", "label": item.label}
    assert compliance.post(f"/compliance/review/{item.id}", **fields).status_code == 303
    answer = compliance.post(f"/compliance/review/{item.id}", **fields)
    assert answer.status_code == 409 and "said meanwhile that it is" in answer.text


def test_a_verdict_has_to_be_a_label_of_a_drawn_message(drawn, compliance):
    week, item = first_item(drawn)
    wrong = compliance.post(f"/compliance/review/{item.id}", week=week, seen="", label="boring")
    assert wrong.status_code == 422 and "is no label" in wrong.text
    assert "No drawn message" in compliance.post("/compliance/review/999", week=week, seen="", label="spam").text
    assert compliance.get("/compliance/review?week=2020-W01").status_code == 404


# what is no complaint


def test_the_log_is_filtered_paged_and_downloaded(drawn, compliance):
    for at in range(52):
        add(drawn, Said(f"spam {at}", label="spam", channel="forum", handle=f"many{at}"), now=NOW)
    first = compliance.get("/compliance/log?channel=forum").text
    second = compliance.get("/compliance/log?channel=forum&page=2").text
    assert (first.count('href="/cases/'), second.count('href="/cases/')) == (50, 2)
    assert "spam 3" not in first and "many3" not in first
    answer = compliance.get("/compliance/log/export?channel=forum&label=spam")
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 52 == int(answer.headers["x-log-rows"])
    assert {row["channel"] for row in rows} == {"forum"}
    assert compliance.get("/compliance/log?from=2020-01-01&to=2020-01-31").text.count('href="/cases/') == 0


@pytest.mark.parametrize("query", ["from=yesterday", "from=2026-11-22&to=2026-11-21"])
def test_a_filter_that_cannot_be_says_why(compliance, query):
    assert compliance.get(f"/compliance/log?{query}").status_code == 400
    assert compliance.get(f"/compliance/log/export?{query}").status_code == 400


# systemic issues


def act(browser: Browser, name: str, version: int, **fields: str):
    return browser.post(f"/compliance/systemic/1/{name}", version=str(version), **fields)


def test_a_candidate_is_owned_decided_escalated_and_reported(candidate, sqlite_store, compliance):
    page = compliance.get("/compliance/systemic").text
    assert "grows faster" in page and "C-0000001" in page and "<svg" in page
    assert act(compliance, "own", 1, owner="compliance person").status_code == 303
    assert act(compliance, "decide", 2, decision="confirmed", reason=WHY, at="").status_code == 303
    assert act(compliance, "escalate", 3, to="Head of cards", at="").status_code == 303
    assert act(compliance, "outcome", 4, outcome="fees refunded", at="2026-11-01T09:00").status_code == 303
    with sqlite_store.reading() as transaction:
        one = transaction.systemic.all()[0]
    assert (one.owner, one.decision, one.escalated_to) == ("compliance person", "confirmed", "Head of cards")
    assert one.outcome == "fees refunded"
    assert "yearly clearing &lt;b&gt;" in compliance.get("/compliance/systemic").text


def test_an_act_on_a_candidate_that_changed_meanwhile_is_refused_and_keeps_what_was_typed(candidate, compliance):
    assert act(compliance, "own", 1, owner="compliance person").status_code == 303
    answer = act(compliance, "decide", 1, decision="dismissed", reason="only one shop", at="")
    assert answer.status_code == 409
    assert "changed meanwhile" in answer.text and "only one shop" in answer.text


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("own", {"owner": "Nobody"}, "nobody who works here"),
        ("decide", {"decision": "maybe", "reason": WHY}, "is no decision"),
        ("decide", {"decision": "possible", "reason": ""}, "is empty"),
        ("outcome", {"outcome": "done"}, "undecided"),
        ("escalate", {"to": "x", "at": "2099-01-01T00:00"}, "future"),
    ],
)
def test_an_act_that_cannot_be_says_why_beside_its_form(candidate, compliance, name, fields, said):
    answer = act(compliance, name, 1, **fields)
    assert answer.status_code == 422 and said in answer.text and "<details" in answer.text


def test_an_unknown_act_or_candidate_is_told(candidate, compliance):
    assert act(compliance, "burn", 1).status_code == 404
    answer = compliance.post("/compliance/systemic/99/own", version="1", owner="compliance person")
    assert answer.status_code == 422 and "No systemic candidate" in answer.text


# figures


def test_each_figure_stands_beside_its_definition(drawn, compliance):
    page = compliance.get("/compliance/figures?period=2026H2").text
    assert "Complaints whose day of receipt" in page and "RG 271.182" in page
    assert "2026H1" in page


def test_the_report_is_downloaded_as_a_page_and_as_pdf(drawn, compliance):
    page = compliance.get("/compliance/figures/report?format=html&from=2026-11-01&to=2026-11-30")
    assert page.text.startswith("<!doctype html>") and "attachment" in page.headers["content-disposition"]
    pdf = compliance.get("/compliance/figures/report?format=pdf&period=2026H2")
    assert pdf.content.startswith(b"%PDF") and "board_2026H2.pdf" in pdf.headers["content-disposition"]


@pytest.mark.parametrize("query", ["period=soon", "from=2026-11-01", "from=2026-11-02&to=2026-11-01", "format=doc"])
def test_a_period_or_format_that_cannot_be_says_why(compliance, query):
    assert compliance.get(f"/compliance/figures/report?{query}").status_code == 400


# retention


def proposed(browser: Browser, **fields: str):
    return browser.post("/compliance/retention/propose", **{"class.other_words": "1", "reason": WHY, **fields})


def state(store) -> ProposalState:
    with store.reading() as transaction:
        return transaction.retention.proposal(1).state


def test_two_people_agree_before_anything_goes(old, as_role):
    first, second = as_role(Role.COMPLIANCE), as_role(Role.ADMIN)
    assert proposed(first).status_code == 303
    own_word = first.post("/compliance/retention/1/agree")
    assert own_word.status_code == 422 and "somebody else has to agree" in own_word.text
    assert state(old) is ProposalState.PROPOSED
    early = first.post("/compliance/retention/1/carry-out", sure="1")
    assert early.status_code == 422 and "has to agree first" in early.text
    assert second.post("/compliance/retention/1/agree").status_code == 303
    unsure = first.post("/compliance/retention/1/carry-out")
    assert unsure.status_code == 422 and "cannot be undone" in unsure.text
    done = first.post("/compliance/retention/1/carry-out", sure="1")
    assert done.status_code == 303 and "notice=carried_out" in done.headers["location"]
    assert state(old) is ProposalState.CARRIED_OUT
    assert first.post("/compliance/retention/1/carry-out", sure="1").status_code == 422


def test_a_proposal_is_turned_down_with_a_reason(old, compliance):
    assert proposed(compliance).status_code == 303
    assert compliance.post("/compliance/retention/1/turn-down", reason=" ").status_code == 422
    assert compliance.post("/compliance/retention/1/turn-down", reason="a claim is coming").status_code == 303
    assert state(old) is ProposalState.TURNED_DOWN


def test_a_proposal_needs_a_class_a_reason_and_something_due(old, compliance):
    bare = compliance.post("/compliance/retention/propose", reason=WHY)
    assert bare.status_code == 422 and "No class of record is chosen" in bare.text
    assert WHY.replace("<", "&lt;").replace(">", "&gt;") in bare.text
    assert proposed(compliance, reason="").status_code == 422
    assert proposed(compliance).status_code == 303
    again = proposed(compliance)
    assert again.status_code == 422 and "Nothing is due" in again.text and "earshot retention" not in again.text


def test_a_hold_is_placed_once_keeps_and_is_lifted(old, compliance):
    everything = {"scope": "everything", "subject": "", "reason": "court order"}
    assert compliance.post("/compliance/retention/hold", **everything).status_code == 303
    twice = compliance.post("/compliance/retention/hold", **everything)
    assert twice.status_code == 422 and "stands already" in twice.text
    page = compliance.get("/compliance/retention").text
    assert "court order" in page and "What the holds keep" in page
    assert proposed(compliance).status_code == 422
    assert compliance.post("/compliance/retention/lift", number="1", reason="settled").status_code == 303
    assert proposed(compliance).status_code == 303
    assert compliance.post("/compliance/retention/lift", number="1", reason="settled").status_code == 422


def test_a_hold_on_a_complaint_is_an_entry_of_its_register(old, compliance):
    fields = {"scope": "complaint", "subject": "C-0000001", "reason": "court order"}
    assert compliance.post("/compliance/retention/hold", **fields).status_code == 303
    with old.reading() as transaction:
        assert transaction.register.of_complaint("C-0000001")[-1].kind == "hold"
    assert compliance.post("/compliance/retention/hold", **fields | {"subject": "C-9999999"}).status_code == 422
    assert compliance.post("/compliance/retention/hold", **fields | {"scope": "moon"}).status_code == 422
    assert compliance.post("/compliance/retention/hold", **fields | {"subject": ""}).status_code == 422
