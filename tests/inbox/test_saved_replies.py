import re
from dataclasses import replace
from datetime import timedelta

import pytest

from flow.saved_replies import seed
from inbox.composer import CHECKS
from inbox.roles import Role
from inbox.saved_replies import is_still, load
from models.saved_reply import Audience, SavedReply
from store.outbox import Effect, OutboxState
from store.tables import events
from tests.inbox.factory import DEMO, NOW, add

TEXT = "We are open on Monday from nine to noon."
KEY = "a" * 32


@pytest.fixture
def lead(as_role):
    return as_role(Role.LEAD)


def _fields(**changed):
    fields = {
        "form_key": KEY,
        "title": "Opening hours",
        "text.en": TEXT,
        "text.tr": "",
        "text.bg": "",
        "label.enquiry": "1",
        "tags": "Public Holiday, hours",
        "audience": "either",
        "valid_from": "",
        "valid_until": "",
    }
    return fields | {name.replace("__", "."): value for name, value in changed.items()}


def _kept(store, title="Opening hours"):
    with store.reading() as transaction:
        return next(reply for reply in transaction.saved_replies.all() if reply.title == title)


def _told(store, kind):
    with store.engine.connect() as connection:
        rows = connection.execute(events.select().where(events.c.kind == kind).order_by(events.c.id)).all()
    return [(row.actor_kind, row.actor, row.facts) for row in rows]


def test_the_shipped_replies_are_kept_when_somebody_first_looks_and_only_once(sqlite_store, agent):
    for _ in range(2):
        assert "Thank you for the praise" in agent.get("/replies").text
    told = _told(sqlite_store, "saved_reply_changed")
    assert [facts["act"] for *_, facts in told] == ["added"] * len(load())
    assert {kind for kind, *_ in told} == {"rule"}
    with sqlite_store.reading() as transaction:
        assert {reply.key for reply in transaction.saved_replies.all()} == {reply.key for reply in load()}


def test_a_lead_adds_a_reply_once_however_often_the_form_is_sent(sqlite_store, lead):
    for _ in range(2):
        assert lead.post("/replies", **_fields()).status_code == 303
    reply = _kept(sqlite_store)
    assert (reply.texts, reply.tags, reply.labels) == ({"en": TEXT}, {"public_holiday", "hours"}, {"enquiry"})
    ((_, actor, facts),) = [each for each in _told(sqlite_store, "saved_reply_changed") if each[0] == "person"]
    assert (actor, facts["act"], facts["version"]) == ("lead person", "added", 1)
    assert TEXT in lead.get("/replies").text


def test_every_change_is_noted_and_every_wording_is_kept(sqlite_store, lead):
    lead.post("/replies", **_fields())
    path = f"/replies/{_kept(sqlite_store).key}"
    lead.post(path, **_fields(text__en="We are closed on Monday."), version="1")
    lead.post(f"{path}/retire", version="2")
    lead.post(f"{path}/restore", version="3")
    with sqlite_store.reading() as transaction:
        versions = transaction.saved_replies.versions()[_kept(sqlite_store).key]
    assert [(one.version, one.act) for one in versions] == [
        (4, "restored"),
        (3, "retired"),
        (2, "edited"),
        (1, "added"),
    ]
    assert [one.texts["en"] for one in versions] == ["We are closed on Monday."] * 3 + [TEXT]
    told = [facts for kind, _, facts in _told(sqlite_store, "saved_reply_changed") if kind == "person"]
    assert [facts["act"] for facts in told] == ["added", "edited", "retired", "restored"]
    assert told[1]["changed"] == ["texts"]
    assert TEXT in lead.get("/replies").text


def test_a_change_of_what_somebody_changed_meanwhile_is_refused_and_shown_as_typed(sqlite_store, lead):
    lead.post("/replies", **_fields())
    path = f"/replies/{_kept(sqlite_store).key}"
    lead.post(path, **_fields(title="Opening hours"), version="1")
    late = lead.post(path, **_fields(text__en="Mine came too late."), version="1")
    assert late.status_code == 409
    assert "somebody else changed this saved reply" in late.text.lower()
    assert "Mine came too late." in late.text
    assert _kept(sqlite_store).texts == {"en": TEXT}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"text__en": " "}, "It has no text"),
        ({"title": " "}, "Title is empty"),
        ({"title": "x" * 81}, "at most 80"),
        ({"text__en": "Hi {name}", "text__tr": "Merhaba {ad}"}, "English asks for {name}, Turkish for {ad}"),
        ({"valid_from": "2026-12-02", "valid_until": "2026-12-01"}, "last day is before its first"),
        ({"valid_from": "soon"}, "is no date"),
        ({"audience": "all"}, "is none of either"),
    ],
)
def test_what_cannot_be_kept_is_said_and_nothing_typed_is_lost(sqlite_store, lead, changed, why):
    fields = _fields(**changed) | {"tags": "typed_by_me"}
    answer = lead.post("/replies", **fields)
    assert answer.status_code == 422
    assert why in answer.text
    assert "typed_by_me" in answer.text
    with sqlite_store.reading() as transaction:
        assert [reply for reply in transaction.saved_replies.all() if reply.key.startswith("r-")] == []


@pytest.mark.parametrize("role", [Role.AGENT, Role.COMPLIANCE, Role.AUDITOR])
def test_only_leads_and_administrators_change_them(sqlite_store, as_role, role):
    seed(sqlite_store, load(), now=NOW)
    browser = as_role(role)
    page = browser.get("/replies")
    assert page.status_code == 200
    assert "<textarea" not in page.text
    for path in ("/replies", "/replies/outage", "/replies/outage/retire", "/macros"):
        assert browser.post(path, **_fields(), version="1").status_code == 403


def test_a_name_nobody_knows_is_answered_plainly(lead):
    assert lead.post("/replies/nothing", **_fields(), version="1").status_code == 404
    assert lead.post("/replies/nothing/retire", version="1").status_code == 404


def _composer(browser, case_id):
    return browser.get(f"/cases/{case_id}").text.split('id="composer"')[1]


def test_what_is_retired_or_out_of_its_days_is_not_offered(sqlite_store, lead, clock):
    case_id = add(sqlite_store, *DEMO[7], now=NOW)
    lead.post("/replies", **_fields(valid_until=(NOW + timedelta(days=1)).date().isoformat()))
    key = _kept(sqlite_store).key
    offered = f'value="{key}"'
    assert offered in _composer(lead, case_id)
    lead.post(f"/replies/{key}/retire", version="1")
    assert offered not in _composer(lead, case_id)
    lead.post(f"/replies/{key}/restore", version="2")
    assert offered in _composer(lead, case_id)
    clock.move(hours=11)
    assert offered in _composer(lead, case_id)
    assert not _kept(sqlite_store).is_offered((NOW + timedelta(days=3)).date())


def test_the_composer_offers_those_for_the_case_first_in_its_language(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[2], now=NOW)
    quick = re.findall(r'name="quick" value="([^"]+)"', _composer(agent, case_id))
    assert quick[0] == "complaint_acknowledge"
    assert len(quick) == 3
    assert "Здравейте" in _composer(agent, case_id)


def _send(browser, store, case_id, **changed):
    with store.reading() as transaction:
        mention = transaction.mentions.of_case(case_id)[-1].mention
    fields = {
        "mention_id": mention.id,
        "audience": "public",
        "text": TEXT,
    }
    key = re.search(r'name="form_key" value="([^"]+)"', _composer(browser, case_id))
    assert key is not None
    fields["form_key"] = key[1]
    return browser.post(f"/cases/{case_id}/reply", **fields | changed)


def test_a_reply_counts_as_a_use_while_its_words_are_still_in_it(sqlite_store, lead):
    lead.post("/replies", **_fields())
    key = _kept(sqlite_store).key
    sent = [
        (TEXT, key),
        (f"Hello! {TEXT} Thanks for asking.", key),
        ("Something quite different was written here in the end.", key),
        (TEXT, "nothing"),
    ]
    for place, (text, used) in enumerate(sent):
        case_id = add(sqlite_store, replace(DEMO[7][0], native_id=f"asked-{place}"), now=NOW)
        assert _send(lead, sqlite_store, case_id, text=text, used=used).status_code == 303
    assert _kept(sqlite_store).uses == 2
    assert "sent 2 times" in lead.get("/replies").text


def test_a_reply_that_was_retired_or_is_for_private_messages_only_is_not_sent_in_public(sqlite_store, lead):
    lead.post("/replies", **_fields(audience="private"))
    key = _kept(sqlite_store).key
    case_id = add(sqlite_store, *DEMO[7], now=NOW)
    refused = _send(lead, sqlite_store, case_id, used=key)
    assert (refused.status_code, "is for private replies only" in refused.text) == (422, True)
    lead.post(f"/replies/{key}/retire", version="1")
    refused = _send(lead, sqlite_store, case_id, used=key, audience="private")
    assert (refused.status_code, "is not in use any more" in refused.text) == (422, True)
    with sqlite_store.reading() as transaction:
        assert transaction.outbox.of_case(case_id) == []


def test_inserting_one_for_private_messages_turns_the_composer_to_private(sqlite_store, lead):
    lead.post("/replies", **_fields(audience="private"))
    case_id = add(sqlite_store, *DEMO[7], now=NOW)
    with sqlite_store.reading() as transaction:
        mention = transaction.mentions.of_case(case_id)[-1].mention
    fields = {"form_key": KEY, "mention_id": mention.id, "audience": "public", "text": ""}
    page = lead.post(f"/cases/{case_id}/composer", **fields, quick=_kept(sqlite_store).key).text
    assert re.search(r'value="private" checked', page)
    assert TEXT in page


def test_choosing_another_saved_reply_replaces_one_that_was_not_touched(sqlite_store, lead):
    lead.post("/replies", **_fields())
    case_id = add(sqlite_store, *DEMO[8], now=NOW)
    with sqlite_store.reading() as transaction:
        mention = transaction.mentions.of_case(case_id)[-1].mention
    fields = {"form_key": KEY, "mention_id": mention.id, "audience": "public", "used": _kept(sqlite_store).key}
    first = lead.post(f"/cases/{case_id}/composer", **fields, text=TEXT, quick="praise_thanks").text
    area = first.split('<textarea id="reply-text"')[1].split("</textarea>")[0]
    assert TEXT not in area
    kept = lead.post(f"/cases/{case_id}/composer", **fields, text=f"{TEXT} See you!", quick="praise_thanks").text
    area = kept.split('<textarea id="reply-text"')[1].split("</textarea>")[0]
    assert f"{TEXT} See you!\n\n" in area


def test_a_failed_answer_and_one_by_automation_are_not_counted_as_written_by_hand(sqlite_store):
    case_id = add(sqlite_store, *DEMO[7], now=NOW)
    with sqlite_store.writing() as transaction:
        for place, person in enumerate(("Ann", "Ann", None)):
            payload = {"text": TEXT, "is_private": False, "person": person}
            number = transaction.outbox.add(
                Effect.SEND_REPLY, sink="local", key=f"k{place}", case_id=case_id, payload=payload, now=NOW
            )
            row = transaction.outbox.claim(number, worker="w", now=NOW, lease_seconds=9)
            if place == 1:
                transaction.outbox.put_back(row, OutboxState.FAILED, error="no", next_at=NOW, now=NOW)
        assert len(transaction.saved_replies.sent_by_people(since=NOW, limit=10)) == 1


def test_a_text_is_still_a_saved_reply_while_most_of_its_words_stand_in_it():
    reply = SavedReply("k", "t", frozenset(), frozenset(), {"en": "Hi {name}, lock the card now and call {phone}."})
    assert is_still("Hi Ann, lock the card now and call 13 22 21. Sorry!", reply)
    assert not is_still("Hi Ann, the branch opens at nine.", reply)


def test_a_saved_reply_speaks_the_language_asked_for_or_another_it_has():
    reply = SavedReply("k", "t", frozenset(), frozenset(), {"tr": "Merhaba", "bg": "Здравейте"})
    assert (reply.text("bg-BG"), reply.text("en"), reply.text(None)) == ("Здравейте", "Merhaba", "Merhaba")
    assert reply.audience is Audience.EITHER


def test_both_databases_keep_them(store):
    seed(store, load(), now=NOW)
    seed(store, load(), now=NOW)
    with store.writing() as transaction:
        transaction.saved_replies.count_use("outage", now=NOW)
    with store.reading() as transaction:
        first = transaction.saved_replies.all()[0]
    assert (first.key, first.uses, first.used_at) == ("outage", 1, NOW)
    assert set(CHECKS) == {"steps", "error", "apology", "timeline", "contact"}
