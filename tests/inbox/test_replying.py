import re
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from html import unescape

import pytest
from starlette.testclient import TestClient

from connectors.local.channel import MAX_CHARACTERS, LocalChannel
from inbox import languages
from inbox.app import create_app
from inbox.composer import CHECKS
from inbox.lengths import length
from inbox.roles import Role
from inbox.safe_action import Standing, safe_action
from inbox.saved_replies import filled, load, ranked, unfilled
from models import AuthoredBy, EntryKind, EventKind, Kind, MayReply
from models.errors import SetupError
from models.saved_reply import SavedReply
from register.entries import make_entry
from settings import Settings
from store.cases import StoredClock
from store.outbox import Effect, OutboxState
from tests.inbox.conftest import CHEAP, Browser, add_person, log_in, make_app
from tests.inbox.factory import DEMO, NOW, add
from tests.inbox.said import PseudoLanguage

CHECKED = {f"check.{code}": "not_needed" for code in CHECKS}


@pytest.fixture
def complaint(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[0], now=NOW)


def _mention(store, case_id, place=-1):
    with store.reading() as transaction:
        return transaction.mentions.of_case(case_id)[place].mention


def _replies(store, case_id):
    with store.reading() as transaction:
        return [row for row in transaction.outbox.of_case(case_id) if row.effect is Effect.SEND_REPLY]


def _fields(store, browser, case_id, **changed):
    page = browser.get(f"/cases/{case_id}").text.split('id="composer"')[1]
    key = re.search(r'name="form_key" value="([^"]+)"', page)
    assert key is not None
    fields = {
        "form_key": key[1],
        "mention_id": _mention(store, case_id).id,
        "audience": "public",
        "text": "We are on it.",
    }
    return fields | CHECKED | changed


def test_a_reply_is_queued_with_its_event_and_handed_to_delivery(sqlite_store, agent, complaint, queues):
    answer = agent.post(
        f"/cases/{complaint}/reply", **_fields(sqlite_store, agent, complaint, text="Sorry, Joss.\r\nPriti")
    )
    assert answer.status_code == 303
    (row,) = _replies(sqlite_store, complaint)
    assert row.payload == {"text": "Sorry, Joss.\nPriti", "is_private": False, "person": "agent person"}
    assert row.sink == "local"
    assert queues.take() == ("deliver", (row.id,))
    with sqlite_store.reading() as transaction:
        kinds = [event.kind for event in transaction.events.of_case(complaint)]
    assert kinds.count(EventKind.REPLY_QUEUED) == 1
    page = agent.get(f"/cases/{complaint}").text
    assert "waiting to be sent" in page
    assert "Sorry, Joss.\nPriti" in page


def test_the_same_form_sent_twice_sends_one_reply(sqlite_store, agent, complaint, queues):
    fields = _fields(sqlite_store, agent, complaint)
    first = agent.post(f"/cases/{complaint}/reply", **fields)
    second = agent.post(f"/cases/{complaint}/reply", **fields)
    assert "notice=queued" in first.headers["location"]
    assert "notice=already" in second.headers["location"]
    assert len(_replies(sqlite_store, complaint)) == 1
    assert queues.take() is not None
    assert queues.take() is None


def test_a_second_reply_to_the_same_message_has_to_be_confirmed(sqlite_store, agent, complaint):
    agent.post(f"/cases/{complaint}/reply", **_fields(sqlite_store, agent, complaint))
    fields = _fields(sqlite_store, agent, complaint, text="Another answer")
    refused = agent.post(f"/cases/{complaint}/reply", **fields)
    assert refused.status_code == 409
    assert "answered this message already" in refused.text
    assert "Another answer" in refused.text
    assert len(_replies(sqlite_store, complaint)) == 1
    agent.post(f"/cases/{complaint}/reply", **fields, anyway="1")
    assert len(_replies(sqlite_store, complaint)) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Hi {name}, we are on it", "Fill in {name}"),
        ("Здравейте, {име}", "Fill in {име}"),
        ("   ", "The reply is empty"),
        ("x" * (MAX_CHARACTERS + 1), "this channel takes 10,000"),
    ],
)
def test_what_must_not_go_out_is_stopped_and_the_draft_kept(sqlite_store, agent, complaint, queues, text, why):
    answer = agent.post(f"/cases/{complaint}/reply", **_fields(sqlite_store, agent, complaint, text=text))
    assert answer.status_code == 422
    assert why in answer.text
    assert text.strip() in answer.text
    assert _replies(sqlite_store, complaint) == []
    assert queues.take() is None


def test_a_private_message_is_never_answered_in_public(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[3], now=NOW)
    answer = agent.post(f"/cases/{case_id}/reply", **_fields(sqlite_store, agent, case_id))
    assert answer.status_code == 422
    assert _replies(sqlite_store, case_id) == []
    assert 'value="public"' not in agent.get(f"/cases/{case_id}").text
    agent.post(f"/cases/{case_id}/reply", **_fields(sqlite_store, agent, case_id, audience="private"))
    assert [row.payload["is_private"] for row in _replies(sqlite_store, case_id)] == [True]


def test_a_message_of_another_case_is_not_answered_from_here(sqlite_store, agent, complaint):
    other = add(sqlite_store, *DEMO[1], now=NOW)
    fields = _fields(sqlite_store, agent, complaint, mention_id=_mention(sqlite_store, other).id)
    assert agent.post(f"/cases/{complaint}/reply", **fields).status_code == 404
    assert _replies(sqlite_store, other) == []


def test_a_reply_is_kept_when_the_queue_is_down(sqlite_store, agent, complaint, queues):
    fields = _fields(sqlite_store, agent, complaint)
    queues.is_down = True
    answer = agent.post(f"/cases/{complaint}/reply", **fields)
    assert "notice=later" in answer.headers["location"]
    assert [row.state for row in _replies(sqlite_store, complaint)] == [OutboxState.PENDING]


def test_a_saved_reply_is_inserted_in_the_language_of_the_message(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[2], now=NOW)
    fields = _fields(sqlite_store, agent, case_id, text="Моето начало", saved="complaint_acknowledge")
    whole = agent.post(f"/cases/{case_id}/composer", **fields)
    assert whole.status_code == 200
    assert "Моето начало" in whole.text
    assert "Здравейте, Радостина Петрова, благодарим" in whole.text
    assert "C-0000001" in whole.text
    part = agent.client.post(
        f"/cases/{case_id}/composer", data={"form_token": agent.token(), **fields}, headers={"hx-request": "true"}
    )
    assert part.text.lstrip().startswith('<section id="composer"')
    assert _replies(sqlite_store, case_id) == []


def test_the_saved_replies_for_the_tags_of_the_case_come_first():
    replies = load()
    assert ranked(replies, label="complaint", tags=["outage"])[0].key == "outage"
    assert ranked(replies, label="praise", tags=[])[0].key == "praise_thanks"
    assert len(ranked(replies, label="other", tags=[])) == len(replies)


def test_every_saved_reply_speaks_three_languages_with_the_same_placeholders():
    for reply in load():
        assert set(reply.texts) == {"en", "tr", "bg"}
        wanted = sorted(unfilled(reply.text("en")))
        assert [sorted(unfilled(reply.text(language))) for language in ("tr", "bg", "de")] == [wanted] * 3
        assert all(len(text) < 300 + 200 for text in reply.texts.values())


def test_placeholders_are_filled_where_something_is_known():
    assert filled("{firm}: {reference} {name}", {"firm": "Larkbank", "reference": ""}) == "Larkbank: {reference} {name}"
    assert unfilled("{a} {b} {a} { c } {1}") == ["{a}", "{b}"]


def test_a_broken_file_of_saved_replies_stops_the_start(tmp_path):
    file = tmp_path / "saved.toml"
    for text in (
        "not toml",
        "[[reply]]\nkey='x'\n",
        "[[reply]]\nkey='x'\ntitle='t'\nlabels=[]\ntags=[]\ntext={tr='y'}\n",
    ):
        file.write_text(text)
        with pytest.raises(SetupError):
            load(file)


GIVEN_AWAY = "As our customer, your account 44719028 is safe."


def test_a_public_reply_that_gives_the_person_away_is_refused_with_the_words_marked(sqlite_store, agent, complaint):
    answer = agent.post(f"/cases/{complaint}/reply", **_fields(sqlite_store, agent, complaint, text=GIVEN_AWAY))
    assert answer.status_code == 422
    assert "<mark>As our customer</mark>" in answer.text
    assert "confirms that this person is a customer" in answer.text
    assert "RG 271.32 Note 2" in answer.text
    assert "Please send us a private message" in answer.text
    assert GIVEN_AWAY in answer.text
    assert _replies(sqlite_store, complaint) == []


def test_the_same_words_may_be_sent_in_private(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[3], now=NOW)
    fields = _fields(sqlite_store, agent, case_id, audience="private", text=GIVEN_AWAY)
    assert agent.post(f"/cases/{case_id}/reply", **fields).status_code == 303


@pytest.mark.parametrize("role", [Role.AGENT, Role.ADMIN])
def test_only_a_lead_or_compliance_may_let_it_pass(sqlite_store, as_role, complaint, role):
    browser = as_role(role)
    fields = _fields(sqlite_store, browser, complaint, text=GIVEN_AWAY, override_reason="I want to")
    answer = browser.post(f"/cases/{complaint}/reply", **fields)
    assert answer.status_code == 422
    assert 'name="override_reason"' not in answer.text
    assert _replies(sqlite_store, complaint) == []


@pytest.mark.parametrize("role", [Role.LEAD, Role.COMPLIANCE])
def test_letting_it_pass_takes_a_reason_that_is_kept_without_the_words(sqlite_store, as_role, complaint, role):
    browser = as_role(role)
    fields = _fields(sqlite_store, browser, complaint, text=GIVEN_AWAY, override_reason="  ")
    answer = browser.post(f"/cases/{complaint}/reply", **fields)
    assert answer.status_code == 422
    assert 'name="override_reason"' in answer.text
    assert (
        browser.post(f"/cases/{complaint}/reply", **fields | {"override_reason": "She asked us to"}).status_code == 303
    )
    with sqlite_store.reading() as transaction:
        events = transaction.events.of_case(complaint)
    (let,) = [event for event in events if event.kind is EventKind.REPLY_GUARD_OVERRIDDEN]
    assert let.actor == f"{role.value} person"
    assert let.facts["reason"] == "She asked us to"
    assert set(let.facts["gives_away"]) >= {"customer", "account_number"}
    assert "44719028" not in str(let.facts)


def test_a_reason_where_nothing_is_given_away_leaves_no_trace(sqlite_store, as_role, complaint):
    browser = as_role(Role.LEAD)
    fields = _fields(sqlite_store, browser, complaint, override_reason="just in case")
    assert browser.post(f"/cases/{complaint}/reply", **fields).status_code == 303
    with sqlite_store.reading() as transaction:
        kinds = [event.kind for event in transaction.events.of_case(complaint)]
    assert EventKind.REPLY_GUARD_OVERRIDDEN not in kinds


def test_the_number_of_the_dispute_scheme_may_stand_in_public(sqlite_store, agent, complaint):
    text = "You can also go to AFCA on 1800 931 678 or info@afca.org.au."
    answer = agent.post(f"/cases/{complaint}/reply", **_fields(sqlite_store, agent, complaint, text=text))
    assert answer.status_code == 303


@pytest.mark.parametrize("role", [Role.AGENT, Role.COMPLIANCE])
def test_50_nobody_is_told_of_a_suspicious_matter_report(sqlite_store, as_role, role):
    browser = as_role(role)
    case_id = add(sqlite_store, *DEMO[3], now=NOW)
    text = "It is frozen because we sent a suspicious matter report."
    fields = _fields(sqlite_store, browser, case_id, audience="private", text=text, override_reason="I may")
    answer = browser.post(f"/cases/{case_id}/reply", **fields)
    assert answer.status_code == 422
    assert "take out “suspicious matter”" in answer.text
    assert _replies(sqlite_store, case_id) == []


def test_51_an_answer_does_not_leave_from_the_account_of_another_brand(tmp_path, sqlite_store, queues, clock):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    _name_brand(sqlite_store, case_id, "Finchpay")
    settings = Settings(home=tmp_path, brand_accounts=(("Finchpay", frozenset({"finchpay"})),))
    add_person(sqlite_store, "agnes", Role.AGENT)
    app = make_app(settings, sqlite_store, queues, clock)
    with TestClient(app, follow_redirects=False) as client:
        browser = Browser(client)
        log_in(browser, "agnes")
        answer = browser.post(f"/cases/{case_id}/reply", **_fields(sqlite_store, browser, case_id))
    assert answer.status_code == 422
    assert "The complaint is about Finchpay, and larkbank is not one of its accounts: finchpay" in answer.text
    assert _replies(sqlite_store, case_id) == []


def _name_brand(store, case_id, brand):
    with store.writing() as transaction:
        transaction.register.lock()
        case = transaction.cases.get(case_id)
        seq, previous = transaction.register.head()
        entry = make_entry(
            EntryKind.CORRECTED,
            seq=seq + 1,
            complaint_id=case.complaint_id,
            recorded_at=NOW,
            facts={"brand": brand, "reason": "asked"},
            personal={},
            salt="salt",
            previous=previous,
        )
        transaction.register.append(entry)


def _composer(browser, case_id, query=""):
    return browser.get(f"/cases/{case_id}{query}").text.split('id="composer"')[1].split("</section>")[0]


def test_the_three_modes_are_told_apart_in_words_and_an_impossible_one_says_why(sqlite_store, agent, complaint):
    page = _composer(agent, complaint)
    for words in ("Public reply", "everybody can read it", "Private reply", "Internal note", "nothing is sent"):
        assert words in page
    for words in ("Send in public", "Send in private", "Keep the note"):
        assert words in page
    private = _composer(agent, add(sqlite_store, *DEMO[3], now=NOW))
    assert "Public reply is not possible." in private
    assert "What was said in private is not answered in public." in private


def test_an_internal_note_from_the_composer_is_kept_and_never_sent(sqlite_store, agent, complaint, queues):
    fields = _fields(sqlite_store, agent, complaint, audience="note", text="As our customer, acct 44719028")
    for _ in range(2):
        assert agent.post(f"/cases/{complaint}/reply", **fields).status_code == 303
    with sqlite_store.reading() as transaction:
        notes = [event for event in transaction.events.of_case(complaint) if event.kind is EventKind.NOTED]
    assert [note.facts["text"] for note in notes] == ["As our customer, acct 44719028"]
    assert _replies(sqlite_store, complaint) == []
    assert queues.take() is None
    empty = agent.post(f"/cases/{complaint}/reply", **fields | {"text": " "})
    assert (empty.status_code, "The note is empty" in empty.text) == (422, True)


def test_a_mode_nobody_knows_is_refused(sqlite_store, agent, complaint):
    fields = _fields(sqlite_store, agent, complaint, audience="shout")
    assert agent.post(f"/cases/{complaint}/reply", **fields).status_code == 400


@pytest.mark.parametrize("place", [0, 3])
def test_an_escalated_reply_waits_for_every_answer_of_the_checklist(sqlite_store, agent, place):
    case_id = add(sqlite_store, *DEMO[place], now=NOW)
    audience = "private" if place else "public"
    fields = _fields(sqlite_store, agent, case_id, audience=audience) | {"check.apology": "said"}
    lacking = {name: value for name, value in fields.items() if name not in ("check.steps", "check.contact")}
    refused = agent.post(f"/cases/{case_id}/reply", **lacking)
    assert refused.status_code == 422
    assert "Said or not needed: steps so far; whom they can reach, and how?" in refused.text
    assert re.search(r'name="check.apology" value="said" checked', refused.text)
    assert agent.post(f"/cases/{case_id}/reply", **lacking, **{"check.steps": "maybe"}).status_code == 422
    assert agent.post(f"/cases/{case_id}/reply", **fields).status_code == 303
    with sqlite_store.reading() as transaction:
        (queued,) = [one for one in transaction.events.of_case(case_id) if one.kind is EventKind.REPLY_QUEUED]
    assert queued.facts["checked"] == ["apology"]
    assert queued.facts["not_needed"] == ["steps", "error", "timeline", "contact"]


def _found(sqlite_store, agent, case_id: int, **fields: str) -> str:
    """What the checklist says after these words, as the page asks while somebody writes."""
    sent = {name: value for name, value in _fields(sqlite_store, agent, case_id).items() if name not in CHECKED}
    answer = agent.client.post(
        f"/cases/{case_id}/answer-found",
        data={"form_token": agent.token(), **sent, **fields},
        headers={"hx-request": "true"},
    )
    assert answer.status_code == 200
    return answer.text


def _ticked(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="check\.(\w+)" value="(\w+)" checked', page))


def test_the_checklist_ticks_what_the_words_say_and_a_person_has_the_last_word(sqlite_store, agent, complaint):
    words = "Sorry. We have checked it, and you hear from us by Friday."
    page = _found(sqlite_store, agent, complaint, text=words)
    assert _ticked(page) == {"steps": "said", "apology": "said", "timeline": "said"}
    assert "found: <q><bdi>We have checked</bdi></q>" in page
    ours = {"text": words, "ticked": "steps apology timeline", "check.steps": "said", "check.apology": "not_needed"}
    page = _found(sqlite_store, agent, complaint, **ours, **{"check.timeline": "said", "check.error": "said"})
    expected = {"steps": "said", "error": "said", "apology": "not_needed", "timeline": "said"}
    assert _ticked(page) == expected
    assert 'name="ticked" value="steps timeline"' in page
    fewer = {"text": "We see.", "ticked": "steps timeline", "check.steps": "said", "check.timeline": "said"}
    page = _found(sqlite_store, agent, complaint, **fewer, **{"check.error": "said"})
    assert _ticked(page) == {"error": "said"}, "a tick of the words goes with them, one of a person stays"


def test_an_answer_that_says_it_all_goes_without_a_click_on_the_checklist(sqlite_store, agent, complaint):
    words = "Sorry, this is our mistake. We have checked it. You hear from us by Friday. Write to us here."
    fields = _fields(sqlite_store, agent, complaint, text=words)
    sent = {name: value for name, value in fields.items() if name not in CHECKED}
    assert agent.post(f"/cases/{complaint}/reply", **sent).status_code == 303
    with sqlite_store.reading() as transaction:
        (queued,) = [one for one in transaction.events.of_case(complaint) if one.kind is EventKind.REPLY_QUEUED]
    assert queued.facts["checked"] == ["steps", "error", "apology", "timeline", "contact"]


def test_how_a_reply_may_sound_is_a_hint_and_stops_nothing(sqlite_store, agent, complaint):
    words = "We are sorry if you had any trouble."
    page = _found(sqlite_store, agent, complaint, text=words)
    assert "<q><bdi>sorry if</bdi></q> apologises for how they feel, not for what happened" in page
    assert "you may send it as it is" in page
    fields = _fields(sqlite_store, agent, complaint, text=words)
    assert agent.post(f"/cases/{complaint}/reply", **fields).status_code == 303


def test_a_saved_reply_ticks_what_it_says_as_soon_as_it_is_put_in(sqlite_store, agent, complaint):
    fields = _fields(sqlite_store, agent, complaint, text="Sorry.")
    sent = {name: value for name, value in fields.items() if name not in CHECKED}
    page = agent.post(f"/cases/{complaint}/composer", **sent).text
    assert _ticked(page) == {"apology": "said"}


def test_a_simple_case_asks_for_no_checklist(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[8], now=NOW)
    assert "check." not in _composer(agent, case_id)
    fields = {name: value for name, value in _fields(sqlite_store, agent, case_id).items() if name not in CHECKED}
    assert agent.post(f"/cases/{case_id}/reply", **fields).status_code == 303
    with sqlite_store.reading() as transaction:
        (queued,) = [one for one in transaction.events.of_case(case_id) if one.kind is EventKind.REPLY_QUEUED]
    assert "checked" not in queued.facts


def test_a_saved_reply_of_a_simple_case_takes_one_choice_and_one_send(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[8], now=NOW)
    fields = _fields(sqlite_store, agent, case_id, text="")
    page = agent.post(f"/cases/{case_id}/composer", **fields, quick="praise_thanks").text
    text = page.split('<textarea id="reply-text"')[1].split(">", 1)[1].split("</textarea>")[0].strip()
    assert unfilled(text) == []
    assert agent.post(f"/cases/{case_id}/reply", **fields | {"text": text, "used": "praise_thanks"}).status_code == 303
    (row,) = _replies(sqlite_store, case_id)
    assert row.payload["saved_reply"] == "praise_thanks"


HOURS = "Hi {name}, most of our branches are closed on a public holiday. {agent}, {firm}"


def _inserted(store, browser, case_id, text, **changed):
    """What stands in the composer after one click on a saved reply with this text."""
    reply = SavedReply("hours", "Hours", frozenset({"enquiry"}), frozenset(), {"en": text})
    with store.writing() as transaction:
        transaction.saved_replies.add(reply, act="added", person="Ann", now=NOW)
    fields = _fields(store, browser, case_id, text="") | changed
    page = browser.post(f"/cases/{case_id}/composer", **fields, quick="hours").text
    return fields, unescape(page.split('<textarea id="reply-text"')[1].split(">", 1)[1].split("</textarea>")[0].strip())


def test_a_tier_one_enquiry_is_answered_with_two_clicks_by_the_handle_in_public(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[7], now=NOW)
    fields, text = _inserted(sqlite_store, agent, case_id, HOURS)
    assert text == "Hi @desleyb, most of our branches are closed on a public holiday. agent, Larkbank"
    assert agent.post(f"/cases/{case_id}/reply", **fields | {"text": text, "used": "hours"}).status_code == 303
    (row,) = _replies(sqlite_store, case_id)
    assert (row.payload["text"], row.payload["saved_reply"]) == (text, "hours")


def test_in_private_the_author_is_called_by_the_name_they_show_and_the_agent_by_theirs(sqlite_store, agent):
    case_id = add(sqlite_store, replace(DEMO[7][0], kind=Kind.DM), now=NOW)
    _, text = _inserted(sqlite_store, agent, case_id, HOURS, audience="private")
    assert text.startswith("Hi Desley Bramhope, ")
    assert text.endswith(" agent person, Larkbank")


@pytest.mark.parametrize("name", ["see www.evil.example", "@larkbank", "{status_link}", "<b>Joss</b>", "\u202e", "💛"])
def test_a_name_that_is_none_is_not_filled_in_and_still_blocks_sending(sqlite_store, agent, name):
    said = replace(DEMO[7][0], kind=Kind.COMMENT, channel="facebook", handle="", name=name)
    case_id = add(sqlite_store, said, now=NOW)
    fields, text = _inserted(sqlite_store, agent, case_id, "Hi {name}, {answer}")
    assert text == "Hi {name}, {answer}"
    refused = agent.post(f"/cases/{case_id}/reply", **fields | {"text": text})
    assert (refused.status_code, "Fill in {name}, {answer}" in refused.text) == (422, True)


def test_who_asked_to_be_forgotten_is_not_called_by_name(sqlite_store, agent, monkeypatch):
    case_id = add(sqlite_store, *DEMO[7], now=NOW)
    monkeypatch.setattr("store.erasures.Erasures.erased_at", lambda _, keys: dict.fromkeys(keys, NOW))
    assert _inserted(sqlite_store, agent, case_id, HOURS)[1].startswith("Hi {name}, ")


class _Channel:
    """One that answers as it is told; asked counts how often."""

    def __init__(self, store, name, may):
        self.name, self.may, self.asked = name, may, 0
        self._local = LocalChannel(store)

    def may_reply(self, mention, *, authored_by=AuthoredBy.PERSON, is_private=None):
        self.asked += 1
        return self.may.get(is_private) or self.may[None]

    def __getattr__(self, name):
        return getattr(self._local, name)


@pytest.fixture
def with_channel(tmp_path, sqlite_store, queues, clock):
    with ExitStack() as opened:

        def enter(channel):
            app = create_app(
                Settings(home=tmp_path),
                sqlite_store,
                queues,
                channel_for=lambda name, _, its: channel,
                clock=clock,
                passwords=CHEAP,
            )
            add_person(sqlite_store, "agnes", Role.AGENT)
            browser = Browser(opened.enter_context(TestClient(app, follow_redirects=False)))
            log_in(browser, "agnes")
            return browser

        yield enter


EMOJI = "We are on it 👍🏽 " * 14


@pytest.mark.parametrize(("sink", "characters"), [("x", 210), ("bluesky", 196), ("youtube", 210)])
def test_each_platform_counts_in_its_own_way_and_the_server_counts_as_it_does(
    sqlite_store, with_channel, complaint, sink, characters
):
    may = {None: MayReply(True, max_characters=characters, takes_private=True)}
    browser = with_channel(_Channel(sqlite_store, sink, may))
    fields = _fields(sqlite_store, browser, complaint, text=EMOJI)
    shown = browser.post(f"/cases/{complaint}/count", **fields, sink=sink, most_public=str(characters)).text
    count = {"x": 14 * 16, "bluesky": 14 * 15, "youtube": 14 * 16}[sink]
    assert length(sink, EMOJI, is_private=False) == count
    assert f"{count - characters} characters too many" in shown
    refused = browser.post(f"/cases/{complaint}/reply", **fields)
    assert f"The reply has {count} characters; this channel takes {characters}." in refused.text
    assert _replies(sqlite_store, complaint) == []


def test_the_limit_of_the_other_mode_is_asked_for_once_when_it_is_chosen(sqlite_store, with_channel, complaint):
    may = {None: MayReply(True, max_characters=280, takes_private=True), True: MayReply(True, max_characters=10_000)}
    channel = _Channel(sqlite_store, "x", may)
    browser = with_channel(channel)
    fields = _fields(sqlite_store, browser, complaint, audience="private", text="abc") | {"sink": "x"}
    asked = channel.asked
    shown = browser.post(f"/cases/{complaint}/count", **fields, most_public="280").text
    assert (channel.asked, "9,997 characters left" in shown) == (asked + 1, True)
    assert 'name="most_private" value="10000"' in shown
    assert 'name="most_public" value="280"' in shown
    browser.post(f"/cases/{complaint}/count", **fields, most_public="280", most_private="10000")
    assert channel.asked == asked + 1


def test_the_reply_window_stands_beside_the_clock_with_the_safe_action(sqlite_store, with_channel, monkeypatch):
    case_id = add(sqlite_store, *DEMO[2], now=NOW)
    may = {None: MayReply(True, until=NOW + timedelta(hours=3, minutes=10), max_characters=280, takes_private=True)}
    browser = with_channel(_Channel(sqlite_store, "facebook", may))
    page = _composer(browser, case_id)
    assert "closes in 3 h 10 m" in page
    assert "acknowledge in 12 h 20 m" in page
    assert "The platform stops taking replies before the clock ends: reply now" in page
    assert "Details of the person belong into a private message." in page
    monkeypatch.setattr(languages, "catalogue", lambda _: PseudoLanguage())
    assert "⟦closes⟧" in _composer(browser, case_id)


def test_where_nothing_can_be_sent_the_reason_is_said_and_a_note_is_still_possible(sqlite_store, with_channel):
    case_id = add(sqlite_store, *DEMO[2], now=NOW)
    browser = with_channel(_Channel(sqlite_store, "x", {None: MayReply(False, reason="The window of a day is over.")}))
    page = _composer(browser, case_id)
    assert "Public reply is not possible.</b> The window of a day is over." in page
    assert "No reply can leave from here. Write a note" in page
    assert re.search(r'value="note" checked', page)
    refused = browser.post(f"/cases/{case_id}/reply", **_fields(sqlite_store, browser, case_id))
    assert (refused.status_code, "The window of a day is over." in refused.text) == (422, True)
    noted = _fields(sqlite_store, browser, case_id, audience="note")
    assert browser.post(f"/cases/{case_id}/reply", **noted).status_code == 303


CLOCK = StoredClock(1, "acknowledge_24h", NOW + timedelta(hours=2), "expected", "RG 271.51", None, None)
STANDING = Standing(True, True, None, CLOCK, True, ())


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "Acknowledge now"),
        ({"clock": replace(CLOCK, due_at=NOW)}, "has run out: acknowledge now"),
        ({"clock": replace(CLOCK, key="respond", due_at=NOW)}, "has run out: answer now"),
        ({"clock": replace(CLOCK, key="respond")}, "formal answer is written on the complaint's page"),
        ({"until": NOW + timedelta(hours=1)}, "before the clock ends: reply now"),
        ({"until": NOW + timedelta(hours=1), "clock": None}, "stops taking replies soon"),
        ({"until": NOW + timedelta(hours=9)}, "Acknowledge now"),
        ({"clock": None}, "No clock runs. Say where it stands"),
        ({"clock": None, "is_complaint": False}, "a good answer matters more"),
        ({"tags": ("vulnerable",)}, "may be at risk: in private only"),
        ({"tags": ("vulnerable",), "may_private": False}, "nothing personal in public"),
        ({"may_public": False, "may_private": False}, "reach the person another way before the clock ends."),
    ],
)
def test_the_safe_action_follows_window_clock_and_person(changed, words):
    assert words in safe_action(replace(STANDING, **changed), now=NOW)
