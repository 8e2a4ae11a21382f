import asyncio
import http.client
import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import uvicorn

from flow.collision import earlier_answer
from flow.teamwork import By, named_in, write_note
from inbox.presence import Others, Watch, as_event
from inbox.roles import Role
from inbox.serving import Server
from models import EventKind
from models.errors import RetryableError
from store.accounts import User
from store.callouts import Call
from store.drafts import Draft, DraftKind
from store.outbox import Effect
from store.presence import Act, Present
from tests.inbox.conftest import Browser, add_person, log_in, make_app
from tests.inbox.factory import DEMO, NOW, add

PAGE, OTHER_PAGE = "a" * 32, "b" * 32
KEYS = tuple(f"{number:032x}" for number in range(10))


@pytest.fixture
def case_id(sqlite_store) -> int:
    return add(sqlite_store, *DEMO[0], now=NOW)


@pytest.fixture
def keiko(sqlite_store, open_browser) -> Browser:
    add_person(sqlite_store, "Keiko Ito", Role.AGENT)
    browser = open_browser()
    assert log_in(browser, "Keiko Ito").status_code == 303
    return browser


def _mention_id(store, case_id):
    with store.reading() as transaction:
        return transaction.mentions.of_case(case_id)[-1].mention.id


def _events(store, case_id, kind):
    with store.reading() as transaction:
        return [event for event in transaction.events.of_case(case_id) if event.kind is kind]


def _owner(store, case_id):
    with store.reading() as transaction:
        return transaction.cases.get(case_id).owner


def _here(browser, case_id, *, state="looking", page=PAGE):
    since = int(NOW.timestamp() * 1000)
    return browser.post(f"/cases/{case_id}/here", state=state, page=page, since=str(since))


# presence


def test_each_sees_who_else_looks_and_writes_and_nobody_sees_themselves(agent, keiko, case_id):
    assert _here(agent, case_id).text.strip() == ""
    assert re.search(r"agent person</bdi></b>\s+is looking at this case", _here(keiko, case_id).text)
    _here(agent, case_id, state="writing")
    told = keiko.get(f"/cases/{case_id}/live").text
    assert re.search(r"agent person</bdi></b>\s+is writing here", told)
    assert "Keiko" not in told
    assert "agent person</bdi></b>" in keiko.get(f"/cases/{case_id}").text


def test_a_presence_ends_when_the_page_is_left_and_after_half_a_minute_of_silence(agent, keiko, case_id, clock):
    _here(agent, case_id)
    _here(agent, case_id, page=OTHER_PAGE)
    _here(agent, case_id, state="left")
    assert "agent person" in keiko.get(f"/cases/{case_id}/live").text, "a second window is still open"
    clock.move(seconds=31)
    assert "agent person" not in keiko.get(f"/cases/{case_id}/live").text


def test_writing_is_over_some_seconds_after_the_last_key(agent, keiko, case_id, clock):
    _here(agent, case_id, state="writing")
    clock.move(seconds=14)
    assert "is looking" in keiko.get(f"/cases/{case_id}/live").text


def test_what_others_did_meanwhile_is_told_to_an_open_page(agent, keiko, sqlite_store, case_id, clock):
    clock.move(seconds=5)
    with sqlite_store.writing() as transaction:
        case = transaction.cases.get(case_id)
        write_note(transaction, case, "Called the branch.", By("agent person", clock.now, KEYS[2]))
    assert "wrote a note meanwhile" in _here(keiko, case_id).text
    assert "meanwhile" not in _here(agent, case_id).text


@pytest.mark.parametrize("fields", [{"state": "gone", "page": PAGE}, {"state": "looking", "page": "mine"}, {}])
def test_a_page_that_does_not_say_who_is_where_is_refused(agent, case_id, fields):
    assert agent.post(f"/cases/{case_id}/here", **fields).status_code == 400


def test_an_unknown_case_has_no_presence(agent):
    assert _here(agent, 999).status_code == 404
    assert agent.get("/cases/999/live").status_code == 404
    assert agent.get("/cases/999/live", accept="text/event-stream").status_code == 404


def apart(run):
    """In a thread of its own: the browser tests leave an event loop running in this one."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(run())).result()


def test_many_streams_read_the_database_once_for_all_and_end_on_shutdown(sqlite_store, case_id):
    watch = Watch(sqlite_store, clock=lambda: NOW, look_seconds=0.05, heartbeat_seconds=0.2)
    user_id = add_person(sqlite_store, "Priti Rao", Role.AGENT)
    told: list[list[str]] = [[] for _ in range(40)]

    async def follow(place: int) -> None:
        stream = watch.stream(case_id, person="Keiko Ito", since=NOW, render=lambda others: repr(others))
        async for words in stream:
            told[place].append(words)

    async def run() -> None:
        streams = [asyncio.create_task(follow(place)) for place in range(len(told))]
        await asyncio.sleep(0.3)
        with sqlite_store.writing() as transaction:
            transaction.presence.here(case_id, user_id, PAGE, is_writing=True, now=NOW)
        for _ in range(200):  # as long as a busy machine needs
            await asyncio.sleep(0.05)
            if all(": still here\n\n" in words and "Priti Rao" in "".join(words) for words in told):
                break
        watch.close()
        await asyncio.wait_for(asyncio.gather(*streams), timeout=30)

    began = time.monotonic()
    apart(run)
    for words in told:
        assert words[0].startswith("retry:")
        assert repr(Others()) in words[1]
        assert any("Priti Rao" in each for each in words)
        assert ": still here\n\n" in words
    assert watch.looks <= (time.monotonic() - began) / 0.05 + 5, (
        "the number of reads follows the clock, not the number of pages"
    )


def test_a_stream_ends_with_the_session_it_was_opened_in(sqlite_store, case_id, agent):
    watch = Watch(sqlite_store, clock=lambda: NOW, look_seconds=0.01, heartbeat_seconds=0.02)
    with sqlite_store.reading() as transaction:
        own = transaction.accounts.sessions_of(1, now=NOW)[0].digest

    async def told() -> list[str]:
        said = []
        stream = watch.stream(case_id, person="x", since=NOW, render=lambda others: "told", session=own)
        async for words in stream:
            said.append(words)
            if len(said) == 3:
                with sqlite_store.writing() as transaction:
                    transaction.accounts.end_sessions(1)
        return said

    assert len(apart(told)) >= 3


def test_a_stream_goes_on_when_the_database_does_not_answer_for_a_while(sqlite_store, case_id, monkeypatch):
    watch = Watch(sqlite_store, clock=lambda: NOW, look_seconds=0.01, heartbeat_seconds=0.05)
    reading = sqlite_store.reading
    fails = iter([True, True])

    def sometimes():
        if next(fails, False):
            raise RetryableError("away")
        return reading()

    monkeypatch.setattr(sqlite_store, "reading", sometimes)

    async def run() -> list[str]:
        found = []
        async for words in watch.stream(case_id, person="x", since=NOW, render=lambda others: "told"):
            found.append(words)
            if words.startswith(":") and watch.looks >= 3 and "event: others\ndata: told\n\n" in found:
                watch.close()
        return found

    assert "event: others\ndata: told\n\n" in apart(run)
    assert watch.looks >= 3


def test_nobody_being_here_any_more_is_an_event_too():
    assert as_event("") == "event: others\ndata: \n\n"
    assert as_event("one\ntwo\n") == "event: others\ndata: one\ndata: two\n\n"


def test_a_stream_speaks_the_language_of_who_reads_it(agent, case_id, monkeypatch):
    """It goes on in another thread, long after the page was answered."""
    renders = []

    async def no_words():
        for words in ():
            yield words

    def stream(_, case, *, person, since, render, session):
        renders.append(render)
        return no_words()

    monkeypatch.setattr(Watch, "stream", stream)
    agent.post("/me", language="tr", zone="")
    agent.get(f"/cases/{case_id}/live", accept="text/event-stream")
    words = renders[0](Others((), (Act(EventKind.NOTED, "Keiko Ito", NOW),)))
    assert "bir not yazdı" in words
    assert "wrote a note" not in words


def test_the_stream_tells_a_proxy_not_to_hold_it_back(agent, app, case_id):
    app.state.watch.close()
    answer = agent.get(f"/cases/{case_id}/live", accept="text/event-stream")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.headers["x-accel-buffering"] == "no"
    assert answer.headers["cache-control"] == "no-store"


def test_the_server_shuts_down_at_once_while_pages_listen(app, agent, case_id):
    server = Server(uvicorn.Config(app, port=0, log_config=None, ws="none", lifespan="off"), app)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    connection = http.client.HTTPConnection(*server.servers[0].sockets[0].getsockname(), timeout=10)
    cookie = f"earshot_session={agent.client.cookies['earshot_session']}"
    connection.request("GET", f"/cases/{case_id}/live", headers={"accept": "text/event-stream", "cookie": cookie})
    answer = connection.getresponse()
    assert answer.readline().startswith(b"retry:")
    server.should_exit = True
    thread.join(timeout=10)
    assert not thread.is_alive()
    connection.close()


# the second answer


def _reply_fields(store, browser, case_id, **changed):
    fields = {"form_key": KEYS[3], "mention_id": _mention_id(store, case_id), "audience": "public"}
    checks = {f"check.{code}": "said" for code in ("steps", "error", "apology", "timeline", "contact")}
    return fields | checks | {"text": "We are on it."} | changed


def _replies(store, case_id):
    with store.reading() as transaction:
        return [row for row in transaction.outbox.of_case(case_id) if row.effect is Effect.SEND_REPLY]


def test_a_second_answer_of_somebody_else_says_whose_the_first_is(sqlite_store, agent, keiko, case_id):
    assert agent.post(f"/cases/{case_id}/reply", **_reply_fields(sqlite_store, agent, case_id)).status_code == 303
    fields = _reply_fields(sqlite_store, keiko, case_id, form_key=KEYS[4], text="Keiko's words")
    refused = keiko.post(f"/cases/{case_id}/reply", **fields)
    assert refused.status_code == 409
    assert "agent person answered this message already" in refused.text
    assert "Keiko&#39;s words" in refused.text
    seen = re.search(r'name="anyway" value="(\d+)"', refused.text)
    assert seen is not None
    assert keiko.post(f"/cases/{case_id}/reply", **fields, anyway="999").status_code == 409, "it knows of another one"
    assert keiko.post(f"/cases/{case_id}/reply", **fields, anyway=seen[1]).status_code == 303
    assert [row.payload["person"] for row in _replies(sqlite_store, case_id)] == ["agent person", "Keiko Ito"]


def _queue_answer(store, case_id, mention_id, person, barrier, sent):
    """What the reply page does in its transaction."""
    barrier.wait()
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        key = f"reply:{case_id}:{person}"
        found = earlier_answer(transaction, case, mention_id=mention_id, key=key, person=person, is_private=False)
        if found is None:
            payload = {"text": "Hello", "is_private": False, "person": person}
            transaction.outbox.add(
                Effect.SEND_REPLY,
                sink="local",
                key=key,
                case_id=case_id,
                mention_id=mention_id,
                payload=payload,
                now=NOW,
            )
    sent.append(found)


def test_of_people_who_answer_at_the_same_instant_one_answers(store):
    for round_ in range(5):
        case_id = add(store, DEMO[round_][-1], now=NOW)
        mention_id = _mention_id(store, case_id)
        barrier, sent = threading.Barrier(6), []
        threads = [
            threading.Thread(target=_queue_answer, args=(store, case_id, mention_id, f"P{number}", barrier, sent))
            for number in range(6)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sent.count(None) == 1
        assert len(_replies(store, case_id)) == 1


def test_ones_own_word_in_public_is_no_obstacle_to_the_private_message_after_it(sqlite_store, case_id):
    mention_id = _mention_id(sqlite_store, case_id)
    payload = {"text": "We write to you.", "is_private": False, "person": "Priti"}
    with sqlite_store.writing() as transaction:
        transaction.outbox.add(
            Effect.SEND_REPLY, sink="x", key="reply:1", case_id=case_id, mention_id=mention_id, payload=payload, now=NOW
        )
        case = transaction.cases.get(case_id)

        def found(person: str, key: str, *, is_private: bool):
            return earlier_answer(
                transaction, case, mention_id=mention_id, key=key, person=person, is_private=is_private
            )

        assert found("Priti", "reply:2", is_private=True) is None
        assert found("Priti", "reply:1", is_private=False) is None, "the same form, sent twice"
        assert found("Priti", "reply:2", is_private=False) is not None
        assert found("Keiko", "reply:2", is_private=True) is not None


# drafts


def _draft_fields(mention_id="", **changed):
    kind = "reply" if mention_id else "note"
    fields = {"kind": kind, "mention_id": mention_id, "text": "Dear Jo", "form_key": KEYS[5], "step": "1"}
    return fields | {"audience": "public"} | changed


def test_a_draft_is_there_on_return_and_on_another_device_and_for_nobody_else(
    sqlite_store, agent, keiko, open_browser, case_id
):
    mention_id = _mention_id(sqlite_store, case_id)
    saved = agent.post(f"/cases/{case_id}/drafts", **_draft_fields(mention_id, text="Dear Joss, only mine"))
    assert saved.json() == {"kept": True, "sent": False, "step": 1}
    phone = open_browser()
    log_in(phone, "agent person")
    for browser in (agent, phone):
        assert "Dear Joss, only mine" in browser.get(f"/cases/{case_id}").text
        (found,) = browser.get(f"/cases/{case_id}/drafts").json()["drafts"]
        assert found == {"kind": "reply", "mention_id": mention_id, "text": "Dear Joss, only mine", "is_private": False}
    assert keiko.get(f"/cases/{case_id}/drafts").json()["drafts"] == []
    assert "only mine" not in keiko.get(f"/cases/{case_id}").text


def test_a_shared_draft_is_read_by_colleagues_and_one_goes_on_with_it(sqlite_store, agent, keiko, case_id):
    mention_id = _mention_id(sqlite_store, case_id)
    typed = {"mention_id": mention_id, "audience": "public", "form_key": KEYS[5]}
    shared = agent.post(f"/cases/{case_id}/drafts/share", **typed, text="Dear Joss, we")
    assert shared.headers["location"] == f"/cases/{case_id}?notice=draft_shared&reply_to={mention_id}#composer"
    assert "Stop sharing" in agent.get(f"/cases/{case_id}").text
    seen = keiko.get(f"/cases/{case_id}").text
    assert "Draft of <bdi>agent person</bdi>" in seen and "Dear Joss, we" in seen
    later = _draft_fields(mention_id, text="Dear Joss, we look", step="9999999999999")
    agent.post(f"/cases/{case_id}/drafts", **later)
    assert "Dear Joss, we look" in keiko.get(f"/cases/{case_id}").text  # as it is typed
    author = seen.split('name="author" value="')[1].split('"')[0]
    assert keiko.post(f"/cases/{case_id}/drafts/take", author=author, mention_id=mention_id).status_code == 303
    (mine,) = keiko.get(f"/cases/{case_id}/drafts").json()["drafts"]
    assert mine["text"] == "Dear Joss, we look"
    assert "Dear Joss, we look" not in agent.get(f"/cases/{case_id}").text.split("Draft of")[1:]
    agent.post(f"/cases/{case_id}/drafts/share", mention_id=mention_id, off="1")
    assert "Draft of" not in keiko.get(f"/cases/{case_id}").text
    gone = keiko.post(f"/cases/{case_id}/drafts/take", author=author, mention_id=mention_id)
    assert gone.status_code == 409 and "keeps it for themselves" in gone.text


def test_what_one_has_begun_stays_before_what_a_colleague_shares(sqlite_store, agent, keiko, case_id):
    mention_id = _mention_id(sqlite_store, case_id)
    typed = {"mention_id": mention_id, "audience": "private", "form_key": KEYS[5]}
    agent.post(f"/cases/{case_id}/drafts/share", **typed, text="the branch opens at nine")
    keiko.post(f"/cases/{case_id}/drafts", **_draft_fields(mention_id, text="Dear Joss", form_key=KEYS[4]))
    author = keiko.get(f"/cases/{case_id}").text.split('name="author" value="')[1].split('"')[0]
    keiko.post(f"/cases/{case_id}/drafts/take", author=author, mention_id=mention_id)
    (mine,) = keiko.get(f"/cases/{case_id}/drafts").json()["drafts"]
    assert (mine["text"], mine["is_private"]) == ("Dear Joss\n\nthe branch opens at nine", True)


def test_an_answer_ends_the_sharing_of_drafts_to_the_same_message(sqlite_store, agent, keiko, case_id):
    fields = _reply_fields(sqlite_store, agent, case_id)
    typed = {"mention_id": fields["mention_id"], "audience": "public", "form_key": KEYS[5]}
    keiko.post(f"/cases/{case_id}/drafts/share", **typed, text="Dear Joss, hold on")
    assert "hold on" in agent.get(f"/cases/{case_id}").text
    assert agent.post(f"/cases/{case_id}/reply", **fields).status_code == 303
    assert "hold on" not in agent.get(f"/cases/{case_id}").text
    (mine,) = keiko.get(f"/cases/{case_id}/drafts").json()["drafts"]
    assert mine["text"] == "Dear Joss, hold on"


@pytest.mark.parametrize("changed", [{"text": " "}, {"audience": "note"}, {"mention_id": ""}, {"text": "x" * 100_001}])
def test_what_is_no_draft_of_a_reply_is_not_shared(sqlite_store, agent, keiko, case_id, changed):
    typed = {"mention_id": _mention_id(sqlite_store, case_id), "audience": "public", "form_key": KEYS[5]}
    typed["text"] = "Dear Joss"
    assert agent.post(f"/cases/{case_id}/drafts/share", **(typed | changed)).status_code == 400
    assert "Draft of" not in keiko.get(f"/cases/{case_id}").text


def test_a_draft_for_an_earlier_message_opens_with_that_message(sqlite_store, agent, case_id):
    with sqlite_store.reading() as transaction:
        first = transaction.mentions.of_case(case_id)[0].mention.id
    agent.post(f"/cases/{case_id}/drafts", **_draft_fields(first, text="To the first one"))
    page = agent.get(f"/cases/{case_id}").text.split('id="composer"')[1]
    assert "To the first one" in page
    assert f'name="mention_id" value="{first}"' in page


def test_a_draft_goes_when_it_is_sent_and_a_late_save_does_not_bring_it_back(sqlite_store, agent, case_id):
    mention_id = _mention_id(sqlite_store, case_id)
    agent.post(f"/cases/{case_id}/drafts", **_draft_fields(mention_id, form_key=KEYS[3]))
    agent.post(f"/cases/{case_id}/reply", **_reply_fields(sqlite_store, agent, case_id))
    assert agent.get(f"/cases/{case_id}/drafts", key="x").json()["drafts"] == []
    late = agent.post(f"/cases/{case_id}/drafts", **_draft_fields(mention_id, form_key=KEYS[3], step="9"))
    assert late.json() == {"kept": False, "sent": True, "step": None}
    assert agent.get(f"/cases/{case_id}/drafts?key={KEYS[3]}").json() == {"drafts": [], "sent": True}


def test_a_note_in_the_making_is_kept_like_a_reply_and_goes_with_the_note(agent, case_id):
    agent.post(f"/cases/{case_id}/drafts", **_draft_fields(text="Ask the branch", audience="note"))
    (found,) = agent.get(f"/cases/{case_id}/drafts").json()["drafts"]
    assert (found["kind"], found["text"]) == ("note", "Ask the branch")
    agent.post(f"/cases/{case_id}/note", text="Ask the branch", form_key=KEYS[5])
    assert agent.get(f"/cases/{case_id}/drafts").json()["drafts"] == []


def test_an_older_text_that_arrives_late_never_replaces_a_newer_one(agent, case_id):
    agent.post(f"/cases/{case_id}/drafts", **_draft_fields(text="newer", step="20"))
    late = agent.post(f"/cases/{case_id}/drafts", **_draft_fields(text="older", step="10"))
    assert late.json() == {"kept": False, "sent": False, "step": 20}
    assert agent.get(f"/cases/{case_id}/drafts").json()["drafts"][0]["text"] == "newer"
    agent.post(f"/cases/{case_id}/drafts", **_draft_fields(text="", step="21"))
    assert agent.get(f"/cases/{case_id}/drafts").json()["drafts"] == []


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"kind": "letter"}, 400),
        ({"form_key": "mine"}, 400),
        ({"step": "x"}, 400),
        ({"mention_id": "unknown", "kind": "reply"}, 404),
        ({"kind": "reply", "mention_id": ""}, 400),
        ({"text": "x" * 100_001}, 400),
    ],
)
def test_what_is_no_draft_is_refused(agent, case_id, changed, status):
    assert agent.post(f"/cases/{case_id}/drafts", **_draft_fields(**changed)).status_code == status


def test_a_draft_for_a_message_of_another_case_is_refused(sqlite_store, agent, case_id):
    other = _mention_id(sqlite_store, add(sqlite_store, *DEMO[1], now=NOW))
    assert agent.post(f"/cases/{case_id}/drafts", **_draft_fields(other)).status_code == 404


def test_a_save_without_a_session_is_refused_plainly_so_that_the_page_keeps_the_text(agent, case_id, clock):
    token = agent.token()
    clock.move(hours=13)
    answer = agent.client.post(f"/cases/{case_id}/drafts", data={"form_token": token, **_draft_fields()})
    assert answer.status_code == 401


def test_drafts_go_after_thirty_days_and_with_the_words_of_their_case(store):
    case_id, other = add(store, *DEMO[0], now=NOW), add(store, *DEMO[1], now=NOW)
    user_id = add_person(store, "Priti", Role.AGENT)
    note = Draft(DraftKind.NOTE, "", "words", is_private=False, form_key=KEYS[0], step=1, saved_at=NOW)
    with store.writing() as transaction:
        transaction.drafts.keep(user_id, case_id, note)
        transaction.redaction.words(case_id)
        assert transaction.drafts.of(user_id, case_id) == []
        transaction.drafts.keep(user_id, case_id, note)
        later = Draft(DraftKind.NOTE, "", "w", False, KEYS[0], 1, NOW + timedelta(days=31))
        transaction.drafts.keep(user_id, other, later)
        assert transaction.drafts.of(user_id, case_id) == []
        assert transaction.drafts.of(user_id, other) == [later]


# notes that call


def _person(number, name):
    return User(number, name, "agent", None, None, 0, None)


PEOPLE = [_person(1, "Priti Rao"), _person(2, "Priti Rao-Jones"), _person(3, "Ana Lima"), _person(4, "Ángel")]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("@Priti Rao please look", [1]),
        ("please, @priti rao-jones.", [2]),
        ("(@Ana) and @Ángel", [3, 4]),
        ("@Priti is two people", []),
        ("joss@Ana is an address, @ana.example a domain", []),
        ("@Anabel is somebody else", []),
        ("@Ana Lima @Ana Lima", [3]),
        ("nobody @", []),
    ],
)
def test_a_name_after_an_at_sign_means_one_person(text, named):
    assert sorted(user.id for user in named_in(text, PEOPLE)) == named


def test_who_is_named_in_a_note_sees_it_counted_until_they_opened_the_case(agent, keiko, case_id):
    agent.post(f"/cases/{case_id}/note", text="@Keiko Ito can you call them?", form_key=KEYS[1])
    agent.post(f"/cases/{case_id}/note", text="@Keiko Ito can you call them?", form_key=KEYS[1])
    assert re.search(r'For you <span class="calls-count">1<span class="sr"> new', keiko.get("/").text)
    assert "calls-count" not in agent.get("/").text
    listed = keiko.get("/called").text
    assert "named you in a note" in listed
    assert f'href="/cases/{case_id}"' in listed
    keiko.get(f"/cases/{case_id}")
    assert "calls-count" in keiko.get("/").text, "a page that was fetched beforehand is not read yet"
    _here(keiko, case_id)
    assert "calls-count" not in keiko.get("/").text
    assert "named you in a note" in keiko.get("/called").text


def test_a_call_can_be_put_away_without_scripts_and_nobody_puts_away_anothers(agent, keiko, case_id):
    agent.post(f"/cases/{case_id}/note", text="@Keiko look", form_key=KEYS[1])
    agent.post(f"/called/{case_id}")
    assert "calls-count" in keiko.get("/").text
    assert keiko.post(f"/called/{case_id}").status_code == 303
    assert "calls-count" not in keiko.get("/").text


# ownership


def _own(store, case_id, name):
    with store.writing() as transaction:
        case = transaction.cases.get(case_id)
        transaction.cases.assign(case_id, name, version=case.version, now=NOW)


def _version(store, case_id):
    with store.reading() as transaction:
        return str(transaction.cases.get(case_id).version)


def test_taking_over_makes_me_the_owner_and_tells_the_former_one(sqlite_store, agent, keiko, case_id):
    _own(sqlite_store, case_id, "Keiko Ito")
    fields = {"version": _version(sqlite_store, case_id), "form_key": KEYS[1]}
    assert "Take over" in agent.get(f"/cases/{case_id}").text
    assert agent.post(f"/cases/{case_id}/take-over", **fields).status_code == 303
    assert agent.post(f"/cases/{case_id}/take-over", **fields).status_code == 303, "the same form twice is done once"
    assert _owner(sqlite_store, case_id) == "agent person"
    (event,) = _events(sqlite_store, case_id, EventKind.TAKEN_OVER)
    assert event.facts == {"from": "Keiko Ito", "to": "agent person"}
    assert "took over from you" in keiko.get("/called").text


def test_of_two_who_take_over_the_same_case_the_second_is_told_that_it_changed(sqlite_store, agent, keiko, case_id):
    fields = {"version": _version(sqlite_store, case_id)}
    assert agent.post(f"/cases/{case_id}/take-over", **fields, form_key=KEYS[1]).status_code == 303
    assert keiko.post(f"/cases/{case_id}/take-over", **fields, form_key=KEYS[2]).status_code == 409
    assert _owner(sqlite_store, case_id) == "agent person"


def test_a_case_is_handed_over_with_a_note_and_never_without(sqlite_store, agent, keiko, case_id):
    _own(sqlite_store, case_id, "agent person")
    fields = {"version": _version(sqlite_store, case_id), "form_key": KEYS[1], "to": "Keiko Ito"}
    assert agent.post(f"/cases/{case_id}/hand-over", **fields, text="  ").status_code == 400
    assert agent.post(f"/cases/{case_id}/hand-over", **fields | {"to": "Nobody"}, text="Yours").status_code == 400
    assert _owner(sqlite_store, case_id) == "agent person"
    note = "They want a call after six."
    assert agent.post(f"/cases/{case_id}/hand-over", **fields, text=note).status_code == 303
    assert agent.post(f"/cases/{case_id}/hand-over", **fields, text=note).status_code == 303
    assert _owner(sqlite_store, case_id) == "Keiko Ito"
    assert len(_events(sqlite_store, case_id, EventKind.HANDED_OVER)) == 1
    assert [event.facts["text"] for event in _events(sqlite_store, case_id, EventKind.NOTED)] == [note]
    assert "handed over to you" in keiko.get("/called").text
    assert note in keiko.get(f"/cases/{case_id}").text


def test_advice_leaves_the_owner_as_it_is_and_calls_them_once(sqlite_store, agent, keiko, case_id):
    _own(sqlite_store, case_id, "Keiko Ito")
    fields = {"form_key": KEYS[1], "text": "@Keiko Ito refund first, then explain."}
    assert agent.post(f"/cases/{case_id}/advise", **fields).status_code == 303
    assert _owner(sqlite_store, case_id) == "Keiko Ito"
    with sqlite_store.reading() as transaction:
        keiko_id = transaction.accounts.by_name("Keiko Ito").id
        assert [call.kind for call in transaction.callouts.of(keiko_id, limit=9)] == [Call.ADVISED]
    assert "advises you on" in keiko.get("/called").text
    assert len(_events(sqlite_store, case_id, EventKind.ADVISED)) == 1


def test_a_case_without_an_owner_takes_no_advice(agent, case_id):
    assert agent.post(f"/cases/{case_id}/advise", form_key=KEYS[1], text="Do it").status_code == 400


# cases of one person


def test_linked_cases_stand_on_both_pages_until_the_link_is_taken_back(sqlite_store, agent, case_id):
    other = add(sqlite_store, *DEMO[2], now=NOW)
    third = add(sqlite_store, *DEMO[3], now=NOW)
    agent.post(f"/cases/{case_id}/link", other=f"#{other}", form_key=KEYS[1])
    agent.post(f"/cases/{case_id}/link", other=str(other), form_key=KEYS[1])
    agent.post(f"/cases/{third}/link", other=str(other), form_key=KEYS[2])
    for here, there in ((case_id, other), (other, case_id), (case_id, third)):
        part = agent.get(f"/cases/{here}").text.split('class="same-person"')[1].split("</details>")[0]
        assert f'href="/cases/{there}"' in part
    assert [len(_events(sqlite_store, one, EventKind.LINKED)) for one in (case_id, other, third)] == [1, 2, 1]
    assert agent.post(f"/cases/{other}/unlink", other=str(case_id), form_key=KEYS[3]).status_code == 303
    part = agent.get(f"/cases/{case_id}").text.split('class="same-person"')[1].split("</details>")[0]
    assert "/cases/" + str(other) not in part
    assert len(_events(sqlite_store, case_id, EventKind.UNLINKED)) == 1


@pytest.mark.parametrize(("other", "status"), [("", 400), ("abc", 400), ("999", 404), ("self", 400)])
def test_a_case_is_linked_with_another_case_that_exists(agent, case_id, other, status):
    number = str(case_id) if other == "self" else other
    assert agent.post(f"/cases/{case_id}/link", other=number, form_key=KEYS[1]).status_code == status


def test_other_cases_of_the_same_account_are_folded_above_the_conversation(sqlite_store, agent, case_id):
    again = add(sqlite_store, DEMO[0][0].__class__("Still waiting", native_id="still", conversation="c2"), now=NOW)
    page = agent.get(f"/cases/{again}").text
    part = page.split('class="same-person"')[1].split("</details>")[0]
    assert "Other cases of the same person (1)" in part
    assert "doesn&#39;t feed two kids" in part
    assert page.index('class="same-person"') < page.index('class="talk"')


def test_on_both_databases_a_person_is_shown_once_however_many_pages_they_have_open(store):
    case_id, user_id = add(store, *DEMO[0], now=NOW), add_person(store, "Priti", Role.AGENT)
    with store.writing() as transaction:
        for page, is_writing in ((PAGE, True), (OTHER_PAGE, False), (PAGE, False)):
            transaction.presence.here(case_id, user_id, page, is_writing=is_writing, now=NOW)
        assert transaction.presence.of_cases([case_id], now=NOW) == {case_id: (Present("Priti", True),)}
        assert transaction.presence.of_cases([case_id], now=NOW + timedelta(seconds=31)) == {}


def test_under_a_sub_path_presence_links_stay_below_it(sqlite_store, queues, clock, settings, open_browser, case_id):
    add_person(sqlite_store, "Priti", Role.AGENT)
    client = open_browser().client
    client._transport.app = make_app(settings.model_copy(update={"web_root": "care"}), sqlite_store, queues, clock)
    browser = Browser(client, root="/care")
    log_in(browser, "Priti")
    page = browser.get(f"/cases/{case_id}").text
    assert f'data-live="/care/cases/{case_id}/live"' in page
    assert json.loads(browser.get(f"/cases/{case_id}/drafts").text)["drafts"] == []
