"""Merging and splitting cases in the inbox."""

import re
from dataclasses import replace

import pytest

from inbox.roles import Role
from models import CaseState, Kind, Tier
from store.drafts import Draft, DraftKind
from store.outbox import Effect
from tests.inbox.conftest import Browser
from tests.inbox.factory import DEMO, NOW, Said, add

ASKS = Said(
    "Where is the branch in Launceston, please?",
    label="enquiry",
    tier=Tier.SAVED_REPLY,
    native_id="asks",
    minutes_ago=30,
)
WRITES = Said(
    "Hello, it is me, in private",
    label="enquiry",
    kind=Kind.DM,
    tier=Tier.PERSONAL_REPLY,
    native_id="writes",
    minutes_ago=20,
)
KEY = "c" * 32


@pytest.fixture
def pair(sqlite_store) -> tuple[int, int]:
    """A public post and a private message of one account."""
    return add(sqlite_store, ASKS, now=NOW), add(sqlite_store, WRITES, now=NOW)


def _case(store, case_id):
    with store.reading() as transaction:
        return transaction.cases.get(case_id)


def _preview(browser: Browser, case_id: int, other: int) -> dict[str, str]:
    """The fields of the form that the preview offers."""
    page = browser.get(f"/cases/{case_id}/merge?other={other}").text
    return dict(re.findall(r'name="(kept|away|kept_version|away_version|form_key)" value="([^"]+)"', page))


def _merge(browser: Browser, case_id: int, other: int, **more: str):
    fields = _preview(browser, case_id, other)
    return browser.post(f"/cases/{case_id}/merge", **fields, reason="one person, one matter", **more)


def _unmerge(browser: Browser, store, case_id: int):
    version = str(_case(store, case_id).version)
    return browser.post(f"/cases/{case_id}/unmerge", version=version, form_key=KEY)


def test_the_page_says_that_the_same_account_has_another_case(agent, pair):
    page = agent.get(f"/cases/{pair[0]}").text
    assert f"The same person also has case {pair[1]} on" in page
    assert f"/cases/{pair[0]}/merge?other={pair[1]}" in page


def test_another_account_is_only_offered_once_it_is_linked(agent, sqlite_store, pair):
    stranger = add(sqlite_store, replace(ASKS, handle="noel", native_id="noel"), now=NOW)
    assert f"other={stranger}" not in agent.get(f"/cases/{pair[0]}/merge").text
    agent.post(f"/cases/{pair[0]}/link", other=str(stranger), form_key=KEY)
    assert f"other={stranger}" in agent.get(f"/cases/{pair[0]}/merge").text
    assert f"The same person also has case {stranger}" not in agent.get(f"/cases/{pair[0]}").text


def test_a_preview_changes_nothing_and_says_what_will_happen(agent, sqlite_store, pair):
    page = agent.get(f"/cases/{pair[0]}/merge?other={pair[1]}").text
    assert f"Case {pair[1]} goes into case {pair[0]}" in page
    assert "all 2 messages" in page
    assert _case(sqlite_store, pair[1]).state is CaseState.OPEN


def test_merged_cases_show_one_timeline_with_channel_and_audience(agent, sqlite_store, pair):
    kept, away = pair
    agent.post(f"/cases/{away}/note", text="she called us, too", form_key=KEY)
    answer = _merge(agent, kept, away)
    assert answer.headers["location"].startswith(f"/cases/{kept}")
    page = agent.get(f"/cases/{kept}").text
    assert "Where is the branch" in page
    assert "it is me, in private" in page
    assert "she called us, too" in page
    assert f"Case {away} (" in page
    assert page.count('class="where"') >= 2
    assert "merged two cases" in page
    assert "one person, one matter" in page


def test_a_merged_case_leaves_queue_counts_and_search_and_its_page_leads_on(agent, sqlite_store, pair):
    kept, away = pair
    _merge(agent, kept, away)
    for path in ("/", "/?view=every", "/?view=every&q=private"):
        rows = re.findall(r'href="/cases/(\d+)', agent.get(path).text)
        assert str(away) not in rows
        assert str(kept) in rows
    assert f"/cases/{kept}" in agent.get(f"/?view=every&q=%23{away}").text
    page = agent.get(f"/cases/{away}").text
    assert f"merged into case {kept}" in page
    assert "Take the merge back" in page


def test_a_merge_is_taken_back_from_either_page(agent, sqlite_store, pair):
    kept, away = pair
    _merge(agent, kept, away)
    assert f'action="/cases/{away}/unmerge"' in agent.get(f"/cases/{kept}").text
    assert _unmerge(agent, sqlite_store, away).headers["location"].startswith(f"/cases/{away}")
    assert "it is me, in private" in agent.get(f"/cases/{away}").text
    talk = agent.get(f"/cases/{kept}").text.partition('<ol class="talk">')[2]
    assert "it is me, in private" not in talk


def test_a_case_with_a_complaint_is_the_one_that_stays(agent, sqlite_store, pair):
    complaint = add(sqlite_store, *DEMO[0], now=NOW)
    page = agent.get(f"/cases/{pair[0]}/merge?other={complaint}").text
    assert f"Case {complaint} has complaint C-0000001 in the register" in page
    before = agent.get("/register").text.count("C-0000001")
    assert _merge(agent, pair[0], complaint).headers["location"].startswith(f"/cases/{complaint}")
    assert _case(sqlite_store, pair[0]).state is CaseState.MERGED
    assert agent.get("/register").text.count("C-0000001") == before


def test_two_complaints_need_a_tick_before_their_cases_are_merged(agent, sqlite_store):
    one = add(sqlite_store, *DEMO[0], now=NOW)
    other = add(sqlite_store, replace(DEMO[0][0], native_id="again", minutes_ago=60), now=NOW)
    page = agent.get(f"/cases/{one}/merge?other={other}").text
    assert "They are one and the same complaint" in page
    refused = _merge(agent, one, other)
    assert refused.status_code == 409
    assert "link the cases instead" in refused.text
    assert _merge(agent, one, other, complaints="one").status_code == 303
    with sqlite_store.reading() as transaction:
        assert transaction.complaints.get("C-0000002").merged_into == "C-0000001"


def test_the_second_of_two_people_is_told_that_the_case_changed(agent, sqlite_store, pair):
    kept, away = pair
    first, second = _preview(agent, kept, away), _preview(agent, away, kept)
    assert (first["kept"], second["kept"]) == (str(kept), str(away))
    assert agent.post(f"/cases/{kept}/merge", **first, reason="same").status_code == 303
    late = agent.post(f"/cases/{away}/merge", **second, reason="same")
    assert late.status_code == 409
    assert _case(sqlite_store, kept).state is CaseState.OPEN


def test_the_same_form_sent_twice_merges_once(agent, sqlite_store, pair):
    fields = _preview(agent, *pair)
    for _ in range(2):
        assert agent.post(f"/cases/{pair[0]}/merge", **fields, reason="same").status_code == 303
    with sqlite_store.reading() as transaction:
        assert len(transaction.merges.into(pair[0])) == 1


@pytest.mark.parametrize(
    ("other", "said"), [("{kept}", "into itself"), ("999", "no such case"), ("abc", "no such case")]
)
def test_what_cannot_be_merged_is_said_on_the_page(agent, pair, other, said):
    page = agent.get(f"/cases/{pair[0]}/merge?other={other.format(kept=pair[0])}")
    assert page.status_code == 200
    assert said in page.text


def test_a_merge_without_a_reason_is_refused_with_a_page(agent, pair):
    answer = agent.post(f"/cases/{pair[0]}/merge", **_preview(agent, *pair), reason="  ")
    assert answer.status_code == 409
    assert "say why" in answer.text


def test_acts_on_a_merged_case_are_refused_with_the_way_out(agent, sqlite_store, pair):
    kept, away = pair
    _merge(agent, kept, away)
    version = str(_case(sqlite_store, away).version)
    for act, fields in (
        ("assign", {"owner": "", "version": version}),
        ("note", {"text": "x", "form_key": KEY}),
        ("done", {"version": version}),
        ("link", {"other": str(kept), "form_key": KEY}),
    ):
        answer = agent.post(f"/cases/{away}/{act}", **fields)
        assert answer.status_code == 409
        assert f"Open case {kept} and do it there" in answer.text


def test_what_somebody_types_on_an_old_page_is_kept_with_the_message(agent, sqlite_store, pair):
    kept, away = pair
    with sqlite_store.reading() as transaction:
        mention_id = transaction.mentions.of_case(away)[0].mention.id
        user = transaction.accounts.by_name("agent person")
    with sqlite_store.writing() as transaction:
        transaction.drafts.keep(user.id, away, Draft(DraftKind.REPLY, mention_id, "Dear Joss", False, KEY, 1, NOW))
    _merge(agent, kept, away)
    with sqlite_store.reading() as transaction:
        assert [draft.text for draft in transaction.drafts.of(user.id, kept)] == ["Dear Joss"]
    typed = {"kind": "reply", "mention_id": mention_id, "audience": "private", "form_key": KEY, "step": "2"}
    answer = agent.post(f"/cases/{away}/drafts", text="Dear Joss, I", **typed)
    assert answer.json()["kept"] is True
    with sqlite_store.reading() as transaction:
        assert [draft.text for draft in transaction.drafts.of(user.id, kept)] == ["Dear Joss, I"]
    page = agent.get(f"/cases/{kept}?reply_to={mention_id}").text
    assert "Dear Joss, I" in page


def test_a_note_begun_at_both_cases_is_shown_at_the_one_that_went(agent, sqlite_store, pair):
    kept, away = pair
    with sqlite_store.writing() as transaction:
        user = transaction.accounts.by_name("agent person")
        for case_id, words in ((kept, "note one"), (away, "note two")):
            transaction.drafts.keep(user.id, case_id, Draft(DraftKind.NOTE, "", words, False, KEY, 1, NOW))
    _merge(agent, kept, away)
    assert "note one" in agent.get(f"/cases/{kept}").text
    assert "note two" in agent.get(f"/cases/{away}").text


def test_bulk_acts_leave_a_merged_case_alone(agent, sqlite_store, pair):
    kept, away = pair
    _merge(agent, kept, away)
    from flow.bulk import Act, Why, Wish, refusals

    with sqlite_store.reading() as transaction:
        standings = transaction.bulk.standings([away])
    wish = Wish(Act.DONE, None, [away], standings[away].updated_at)
    assert refusals(wish, standings) == {away: Why.MERGED}


def test_messages_are_split_off_and_put_back(agent, sqlite_store):
    case_id = add(
        sqlite_store,
        ASKS,
        replace(ASKS, text="And a parking space?", native_id="b", conversation="asks", minutes_ago=25),
        now=NOW,
    )
    with sqlite_store.reading() as transaction:
        mention_id = transaction.mentions.of_case(case_id)[-1].mention.id
    assert "And a parking space?" in agent.get(f"/cases/{case_id}/split").text
    fields = {f"message.{mention_id}": "on", "reason": "two questions", "form_key": KEY}
    answer = agent.post(f"/cases/{case_id}/split", **fields, version=agent.version(case_id))
    new = int(re.search(r"/cases/(\d+)", answer.headers["location"])[1])
    assert "Messages of this case were split off" in agent.get(f"/cases/{case_id}").text
    page = agent.get(f"/cases/{new}").text
    assert "And a parking space?" in page
    assert f'href="/cases/{case_id}"' in page
    back = agent.post(f"/cases/{new}/unsplit", version=agent.version(new), form_key="d" * 32)
    assert back.headers["location"].startswith(f"/cases/{case_id}")
    assert "And a parking space?" in agent.get(f"/cases/{case_id}").text
    assert "had been split off" in agent.get(f"/cases/{new}").text


def test_the_page_says_which_messages_stay_with_the_complaint(agent, sqlite_store):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    page = agent.get(f"/cases/{case_id}/split").text
    assert f"Complaint C-0000001 stays with case {case_id}" in page
    assert "complaint: stays" in page
    with sqlite_store.reading() as transaction:
        mention_id = transaction.mentions.of_case(case_id)[0].mention.id
    fields = {f"message.{mention_id}": "on", "reason": "x", "form_key": KEY, "version": agent.version(case_id)}
    answer = agent.post(f"/cases/{case_id}/split", **fields)
    assert answer.status_code == 409
    assert "stays with C-0000001" in answer.text


def test_a_split_case_that_needs_a_ticket_gets_one_at_the_desk(agent, sqlite_store):
    urgent = replace(
        ASKS, text="My card is gone", native_id="b", conversation="asks", minutes_ago=25, tier=Tier.HIGH_PRIORITY
    )
    case_id = add(sqlite_store, ASKS, urgent, now=NOW)
    with sqlite_store.reading() as transaction:
        mention_id = transaction.mentions.of_case(case_id)[-1].mention.id
    fields = {f"message.{mention_id}": "on", "reason": "x", "form_key": KEY, "version": agent.version(case_id)}
    answer = agent.post(f"/cases/{case_id}/split", **fields)
    new = int(re.search(r"/cases/(\d+)", answer.headers["location"])[1])
    with sqlite_store.reading() as transaction:
        rows = transaction.outbox.of_case(new)
    assert [row.effect for row in rows] == [Effect.CREATE_TICKET]


def test_an_auditor_sees_and_changes_nothing(as_role, pair):
    auditor = as_role(Role.AUDITOR)
    page = auditor.get(f"/cases/{pair[0]}/merge?other={pair[1]}").text
    assert "What will happen" in page
    assert 'name="reason"' not in page
    assert auditor.post(f"/cases/{pair[0]}/merge").status_code == 403


def test_a_case_that_was_merged_away_is_neither_closed_nor_opened(sqlite_store):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    with sqlite_store.writing() as transaction:
        transaction.cases.set_state(case_id, CaseState.MERGED, now=NOW)
        for state in (CaseState.CLOSED, CaseState.OPEN):
            transaction.cases.set_state(case_id, state, now=NOW)
        case = transaction.cases.get(case_id)
    assert case.state is CaseState.MERGED
