"""Pages behind a signed link, and what people here see of them."""

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from flow.public_links import Links
from inbox.locks import MOST_OF_CUSTOMER
from inbox.roles import Role
from models import CaseState, Kind, Tier
from models.follow_up import LinkPurpose, Via
from policy.follow_up import load_follow_up
from settings import Settings
from store.follow_up import Asking
from store.queue import QueueDownError
from store.queue_in_memory import QueuesInMemory
from store.store import Store
from tests.inbox.conftest import FORM_KEY, TOKEN, Browser, add_person, log_in, make_app
from tests.inbox.factory import NOW, Said, add

PUBLIC = "https://care.bank.test"
DM = Said(
    "My cousin Zebulon says the app locks me out", label="enquiry", channel="telegram", kind=Kind.DM,
    handle="mira_private", name="Mira Fieldwood", tier=Tier.SAVED_REPLY, conversation="talk-1",
)  # fmt: skip
SECRETS = ("Zebulon", "mira_private", "Mira Fieldwood", "id-mira_private", "Agnes")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", public_url=PUBLIC)


@pytest.fixture
def case_id(sqlite_store: Store) -> int:
    return add(sqlite_store, DM, now=NOW)


def new_token(store: Store, settings: Settings, purpose: LinkPurpose, case_id: int, *, days: int = 30) -> str:
    with store.writing() as transaction:
        public_id = transaction.follow_ups.make_link(
            f"{purpose}:{case_id}", purpose, case_id, now=NOW, expires_at=NOW + timedelta(days=days)
        )
    return Links.of(settings, load_follow_up().links).token(purpose, public_id)


def asked(store: Store, case_id: int, *, scale: int = 5, target: int = 4, handled_by: str = "Agnes") -> None:
    """As after a survey that was sent."""
    with store.writing() as transaction:
        transaction.cases.set_state(case_id, CaseState.CLOSED, now=NOW)
        case = transaction.cases.get(case_id)
        asking = Asking("follow_up 2026-11", case.author_key, case.channel, handled_by, scale, target)
        assert transaction.follow_ups.queue(case_id, asking, now=NOW)
        transaction.follow_ups.asked(case_id, now=NOW)


@pytest.fixture
def status(sqlite_store: Store, settings: Settings, case_id: int) -> str:
    return f"/s/{new_token(sqlite_store, settings, LinkPurpose.STATUS, case_id)}"


@pytest.fixture
def rating(sqlite_store: Store, settings: Settings, case_id: int) -> str:
    asked(sqlite_store, case_id)
    return f"/rate/{new_token(sqlite_store, settings, LinkPurpose.RATE, case_id)}"


def send(browser: Browser, path: str, page: str | None = None, **fields: str):
    page = page if page is not None else browser.get(path).text
    token, key = TOKEN.search(page), FORM_KEY.search(page)
    assert token is not None and key is not None
    return browser.client.post(browser.root + path, data={"form_token": token[1], "form_key": key[1], **fields})


def score_of(store: Store, case_id: int):
    with store.reading() as transaction:
        return transaction.follow_ups.get(case_id).score


def messages(store: Store) -> list[str]:
    """Those that were stored, judged or not."""
    with store.engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT text FROM mentions WHERE channel = 'status_page' ORDER BY arrival")
        return [row.text for row in rows]


# the customer's pages


@pytest.mark.parametrize("which", ["status", "rating"])
def test_a_customers_page_needs_no_log_in_and_names_nobody(which, request, nobody, settings):
    answer = nobody.get(request.getfixturevalue(which))
    assert answer.status_code == 200
    for secret in SECRETS:
        assert secret not in answer.text
    title = re.search(r"<title>(.*?)</title>", answer.text, re.DOTALL)[1]
    assert title.endswith(settings.firm_name)
    assert "telegram" not in answer.text.lower()
    assert "/cases/" not in answer.text
    assert "<script" not in answer.text


@pytest.mark.parametrize("path", ["status", "rating", "/s/unknown", "/rate/" + "A" * 34])
def test_such_pages_are_kept_out_of_search_engines_and_send_no_address_on(path, request, nobody):
    path = path if path.startswith("/") else request.getfixturevalue(path)
    for answer in (nobody.get(path), nobody.client.post(path, data={})):
        assert "noindex" in answer.headers["x-robots-tag"]
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_no_other_page_loosens_its_headers(nobody, agent):
    assert agent.get("/").headers["referrer-policy"] == "same-origin"


def test_unknown_tampered_and_expired_links_get_the_same_answer(nobody, sqlite_store, settings, case_id, clock, status):
    token = status.removeprefix("/s/")
    old = new_token(sqlite_store, settings, LinkPurpose.RATE, case_id, days=1)
    clock.move(days=2)
    wrong = ("/s/x", f"/s/{token[:-2]}xx", f"/s/{token}x", f"/rate/{token}", f"/rate/{old}", f"/s/{old}")
    answers = [nobody.get(path) for path in wrong]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.text for answer in answers}) == 1
    assert nobody.get(status).status_code == 200
    clock.move(days=30)
    assert nobody.get(status).text == answers[0].text


def test_a_link_preview_rates_nothing_and_the_score_in_the_address_only_chooses(nobody, sqlite_store, rating, case_id):
    for method in ("GET", "HEAD"):
        assert nobody.client.request(method, f"{rating}?score=1").status_code == 200
    assert score_of(sqlite_store, case_id) is None
    assert re.search(r'value="1" checked', nobody.get(f"{rating}?score=1").text)
    answer = send(nobody, rating, score="4")
    assert answer.status_code == 303
    assert score_of(sqlite_store, case_id) == 4
    assert re.search(r'value="4" checked', nobody.get(rating).text)


def test_the_same_form_twice_rates_once_and_a_new_form_changes_it(nobody, sqlite_store, rating, case_id, clock):
    page = nobody.get(rating).text
    for _ in range(2):
        assert send(nobody, rating, page, score="2", comment="too slow").status_code == 303
    assert messages(sqlite_store) == ["too slow"]
    clock.move(hours=1)
    send(nobody, rating, score="5")
    with sqlite_store.reading() as transaction:
        survey = transaction.follow_ups.get(case_id)
    assert (survey.score, survey.changes) == (5, 1)


@pytest.mark.parametrize("score", ["", "0", "6", "11", "five", "-1", "1e1", "²"])
def test_what_the_scale_does_not_have_is_refused_and_the_words_stay(nobody, sqlite_store, rating, case_id, score):
    answer = send(nobody, rating, score=score, comment="my long comment")
    assert answer.status_code in (400, 422)
    assert score_of(sqlite_store, case_id) is None
    assert messages(sqlite_store) == []


def test_an_answer_is_stored_and_judged_like_any_message_and_sent_twice_it_is_one(
    nobody, sqlite_store, status, case_id, queues: QueuesInMemory
):
    page = nobody.get(status).text
    for _ in range(3):
        answer = send(nobody, status, page, text="any news?\r\nI wait")
        assert (answer.status_code, answer.headers["location"]) == (303, f"{status}?notice=kept")
    assert messages(sqlite_store) == ["any news?\nI wait"]
    jobs = [job for job in iter(queues.take, None) if job[0] == "classify_mentions"]
    assert len(jobs) == 1
    assert "We have your message" in nobody.get(f"{status}?notice=kept").text


def test_an_answer_is_stored_while_the_queue_is_away(nobody, sqlite_store, status, case_id, queues, monkeypatch):
    def down(*_: object, **__: object) -> bool:
        raise QueueDownError("away")

    monkeypatch.setattr(queues, "enqueue", down)
    assert send(nobody, status, text="hello?").status_code == 303
    assert messages(sqlite_store) == ["hello?"]


def test_too_long_or_empty_is_said_and_nothing_is_lost(nobody, sqlite_store, status, case_id):
    long = "x" * 4001
    answer = send(nobody, status, text=long)
    assert answer.status_code == 422
    assert long in answer.text
    assert send(nobody, status, text="  ").status_code == 422
    assert messages(sqlite_store) == []


def test_many_answers_through_one_link_are_slowed_down_and_the_words_stay(nobody, sqlite_store, status, case_id):
    answers = [send(nobody, status, text=f"message {number}") for number in range(8)]
    assert [answer.status_code for answer in answers].count(303) == 6
    assert "message 7" in answers[-1].text
    assert len(messages(sqlite_store)) == 6


def test_who_tries_links_at_random_is_stopped_and_a_customer_is_not(nobody, status, clock):
    codes = [nobody.get(f"/s/{number:034d}").status_code for number in range(MOST_OF_CUSTOMER + 5)]
    assert codes == [404] * MOST_OF_CUSTOMER + [429] * 5
    assert nobody.get(status).status_code == 200
    clock.move(minutes=1)
    assert nobody.get("/s/unknown").status_code == 404


def test_a_form_without_its_token_is_refused(nobody, sqlite_store, status, rating, case_id):
    for path in (status, rating):
        assert nobody.client.post(path, data={"text": "x", "score": "5"}).status_code == 403
    assert messages(sqlite_store) == []


def test_people_who_are_logged_in_neither_rate_nor_answer(agent, sqlite_store, status, rating, case_id):
    assert send(agent, rating, score="5").status_code == 403
    assert send(agent, status, text="x").status_code == 403
    assert score_of(sqlite_store, case_id) is None


def test_it_works_under_a_sub_path(tmp_path, sqlite_store, queues, clock, case_id):
    settings = Settings(home=tmp_path / "home", public_url=PUBLIC, web_root="/care")
    status = f"/s/{new_token(sqlite_store, settings, LinkPurpose.STATUS, case_id)}"
    with TestClient(make_app(settings, sqlite_store, queues, clock), follow_redirects=False) as client:
        browser = Browser(client, root="/care")
        page = browser.get(status).text
        assert 'href="/care/static/customer.css' in page
        answer = send(browser, status, page, text="hello")
        assert answer.headers["location"] == f"/care{status}?notice=kept"
    assert messages(sqlite_store) == ["hello"]


@pytest.mark.parametrize(("language", "words"), [("tr", '<html lang="tr">'), ("bg", '<html lang="bg">')])
def test_a_customer_reads_in_the_language_of_their_browser(nobody, status, language, words):
    assert words in nobody.get(status, **{"accept-language": language}).text


# the composer


def test_a_status_link_is_put_into_a_reply_with_one_click_and_filled_in_when_it_is_sent(agent, sqlite_store, case_id):
    fields = compose_fields(agent, sqlite_store, case_id)
    page = agent.post(f"/cases/{case_id}/composer", **fields, text="All done.", link="1").text
    assert "All done.\n\n{status_link}</textarea>" in page
    assert "Still to fill in:</span>" not in page
    answer = agent.post(f"/cases/{case_id}/reply", **fields, text="All done.\n\n{status_link}")
    assert answer.status_code == 303
    with sqlite_store.reading() as transaction:
        [row] = transaction.outbox.of_case(case_id)
    assert row.payload["text"].endswith("{status_link}"), "the address is nobody's to see here"


def compose_fields(agent: Browser, store: Store, case_id: int, audience: str = "private") -> dict[str, str]:
    with store.reading() as transaction:
        [item] = transaction.mentions.of_case(case_id)
    return {"form_key": agent.form_key(case_id), "mention_id": item.mention.id, "audience": audience}


def test_a_status_link_never_goes_in_public(agent, sqlite_store):
    case_id = add(sqlite_store, replace(DM, kind=Kind.MENTION), now=NOW)
    fields = compose_fields(agent, sqlite_store, case_id, "public")
    answer = agent.post(f"/cases/{case_id}/reply", **fields, text="See {status_link}")
    assert answer.status_code == 422
    assert "in private only" in answer.text


def test_without_a_public_address_the_composer_says_why_there_is_no_link(
    tmp_path, sqlite_store, queues, clock, case_id
):
    with TestClient(
        make_app(Settings(home=tmp_path / "home"), sqlite_store, queues, clock), follow_redirects=False
    ) as client:
        add_person(sqlite_store, "Priti", Role.AGENT)
        browser = Browser(client)
        log_in(browser, "Priti")
        assert "EARSHOT_PUBLIC_URL" in browser.get(f"/cases/{case_id}").text
        fields = compose_fields(browser, sqlite_store, case_id)
        answer = browser.post(f"/cases/{case_id}/reply", **fields, text="See {status_link}")
    assert answer.status_code == 422


def test_the_length_counts_the_address_and_not_the_placeholder(agent, sqlite_store, settings, case_id):
    fields = compose_fields(agent, sqlite_store, case_id)
    page = agent.post(f"/cases/{case_id}/count", **fields, text="{status_link}", sink="telegram").text
    plain = agent.post(f"/cases/{case_id}/count", **fields, text="x" * len("{status_link}"), sink="telegram").text
    assert page != plain


# what people here see


def test_a_case_shows_its_rating(agent, sqlite_store, rating, case_id, nobody):
    send(nobody, rating, score="2", comment="too slow")
    page = agent.get(f"/cases/{case_id}").text
    assert "2 of 5" in page
    assert "below the target" in page


@pytest.fixture
def rated(sqlite_store: Store) -> list[int]:
    ids = []
    for number, score in enumerate((5, 4, 1, None), 1):
        said = replace(DM, handle=f"c{number}", conversation=f"t{number}", text=f"how do i {number}?")
        ids.append(add(sqlite_store, said, now=NOW))
        asked(sqlite_store, ids[-1], handled_by="=SUM(A1)" if score == 1 else "Agnes")
        if score is not None:
            with sqlite_store.writing() as transaction:
                transaction.follow_ups.rate(
                    ids[-1], score, via=Via.LINK, key="k", now=NOW + timedelta(hours=1), most_changes=0
                )
    return ids


def test_the_page_shows_scores_the_target_and_what_to_review(as_role, rated):
    lead = as_role(Role.LEAD)
    page = lead.get("/follow-up").text
    assert "3.33 of 5" in page
    assert "3 of 4 surveys" in page
    assert 'class="target"' in page
    assert "handled by <bdi>=SUM(A1)</bdi>" in page
    answer = lead.post(f"/follow-up/{rated[2]}/review", form_key="a" * 32, note="called her back")
    assert answer.status_code == 303
    assert "called her back" in lead.get("/follow-up").text
    assert "Reviewed by" in lead.get("/follow-up").text
    again = lead.post(f"/follow-up/{rated[2]}/review", form_key="b" * 32, note="and again")
    assert "notice=once" in again.headers["location"]
    assert "looked at a low rating" in lead.get(f"/cases/{rated[2]}").text


def test_the_csv_holds_no_customer_and_no_formula(as_role, rated):
    lines = as_role(Role.AUDITOR).get("/follow-up/export?days=28").content.decode("utf-8-sig").splitlines()
    assert len(lines) == 5
    assert "'=SUM(A1)" in lines[2]
    assert not any("c1" in line or "how do i" in line for line in lines)


@pytest.mark.parametrize("path", ["/follow-up", "/follow-up/export"])
def test_an_agent_does_not_see_the_ratings_of_others(agent, path):
    assert agent.get(path).status_code == 403


def test_an_empty_page_says_what_is_switched_off(as_role):
    page = as_role(Role.LEAD).get("/follow-up").text
    assert "Surveys are switched off" in page
    assert "No rating below the target." in page


def test_a_comment_says_what_it_is(sqlite_store, rating, nobody):
    send(nobody, rating, score="5", comment="lovely")
    with sqlite_store.engine.connect() as connection:
        raw = connection.exec_driver_sql("SELECT raw FROM mentions WHERE channel = 'status_page'").scalar_one()
    assert "Comment to a rating of 5 of 5" in str(raw)
