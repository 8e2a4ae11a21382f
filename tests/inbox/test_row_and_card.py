"""A row of the queue tells who is there and how often it was shown again; the author's card how they can be reached."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from connectors.local.channel import LocalChannel
from inbox.roles import Role
from models import MayReply, Repost
from store.mentions import MOST_OF_A_WEEK
from store.presence import LASTS
from tests.inbox.conftest import add_person
from tests.inbox.factory import DEMO, NOW, Said, add

PAGE = "a" * 32


def row_of(page: str, case_id: int) -> str:
    return page[page.index(f'id="case-{case_id}"') :].partition("</li>\n")[0]


def card_of(page: str) -> str:
    return page[page.index('id="author-title"') :].partition("</section>")[0]


def is_here(store, case_id: int, name: str, *, is_writing: bool = False) -> None:
    user_id = add_person(store, name, Role.AGENT)
    with store.writing() as transaction:
        transaction.presence.here(case_id, user_id, PAGE, is_writing=is_writing, now=NOW)


def test_a_row_names_who_writes_and_who_looks_and_forgets_them_when_they_are_gone(sqlite_store, agent, clock):
    case_id, other = add(sqlite_store, *DEMO[0], now=NOW), add(sqlite_store, *DEMO[1], now=NOW)
    is_here(sqlite_store, case_id, "Keiko Ito", is_writing=True)
    is_here(sqlite_store, case_id, "Ana <b>Ruiz")
    page = agent.get("/").text
    row = row_of(page, case_id)
    assert 'translate="no">Keiko Ito</bdi></b> is writing here' in row
    assert "Ana &lt;b&gt;Ruiz</bdi></b> is looking at this case" in row
    assert "row-here" not in row_of(page, other)
    clock.now = NOW + LASTS + timedelta(seconds=1)
    assert "row-here" not in agent.get("/").text


def test_nobody_is_told_that_they_are_there_themselves(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    with sqlite_store.writing() as transaction:
        me = next(user.id for user in transaction.accounts.all())
        transaction.presence.here(case_id, me, PAGE, is_writing=True, now=NOW)
    assert "row-here" not in agent.get("/").text


def test_a_row_says_by_how_many_accounts_its_message_was_shown_again(sqlite_store, agent):
    case_id = add(sqlite_store, Said("charged twice", native_id="one"), now=NOW)
    other = add(sqlite_store, Said("me too", native_id="two"), now=NOW)
    with sqlite_store.writing() as transaction:
        transaction.changes.keep_reposts([Repost("x", "one", who, NOW) for who in ("a", "b", "c", "a")])
    page = agent.get("/").text
    assert "shown again by 3 accounts" in row_of(page, case_id)
    assert "shown again" not in row_of(page, other)


def test_the_two_look_ups_of_a_page_of_the_queue_go_by_an_index(sqlite_store):
    statements = []
    event.listen(sqlite_store.engine, "before_cursor_execute", lambda *given: statements.append(given[2:4]))
    with sqlite_store.reading() as transaction:
        transaction.presence.of_cases(list(range(50)), now=NOW)
        transaction.changes.reposts_of([f"m-{number}" for number in range(50)])
    asked = [(sql, values) for sql, values in statements if "presences" in sql or "reposts" in sql]
    assert len(asked) == 2
    with sqlite_store.engine.connect() as connection:
        for sql, values in asked:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {sql}", values).all()
            assert not [step.detail for step in plan if step.detail.startswith("SCAN")], plan


@pytest.mark.parametrize("role", [Role.AGENT, Role.AUDITOR])
@pytest.mark.parametrize(
    ("may", "told"),
    [
        (
            MayReply(True, until=NOW + timedelta(hours=3, minutes=10), takes_private=True),
            ("in public and in private", "until <time", "closes in 3 h 10 m"),
        ),
        (MayReply(True), ("in public <small", "no end is known")),
        (MayReply(False, reason="The window of a day is over."), ("not from here", "The window of a day is over.")),
    ],
)
def test_the_card_says_how_the_author_can_be_answered_and_until_when_also_to_who_only_reads(
    sqlite_store, as_role, monkeypatch, role, may, told
):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    monkeypatch.setattr(LocalChannel, "may_reply", lambda *_, **__: may)
    card = card_of(as_role(role).get(f"/cases/{case_id}").text)
    for words in ("Can be answered", *told):
        assert words in card, words


def test_the_card_counts_what_the_author_wrote_in_seven_days_and_what_was_about_our_staff(sqlite_store, agent):
    for number, (days, tags) in enumerate([(0, ()), (2, ("staff_named",)), (6.9, ("staff_named_x",)), (7.5, ())]):
        said = Said(f"words {number}", native_id=str(number), minutes_ago=days * 1440, tags=tags)
        case_id = add(sqlite_store, said, now=NOW)
    add(sqlite_store, Said("others", handle="somebody", tags=("staff_named",)), now=NOW)
    card = " ".join(card_of(agent.get(f"/cases/{case_id}").text).split())
    assert "Wrote to us or named us, last seven days</dt><dd>3 times" in card
    assert "Of these, about our staff</dt><dd>1 time<" in card


def test_an_author_who_writes_without_end_is_counted_up_to_a_limit(store, monkeypatch):
    assert MOST_OF_A_WEEK == 1_000
    monkeypatch.setattr("store.mentions.MOST_OF_A_WEEK", 2)
    for number in range(3):
        add(store, Said(f"words {number}", native_id=str(number), tags=("charge", "staff_named")), now=NOW)
    with store.reading() as transaction:
        key = transaction.mentions.newest_of_case(1, limit=1)[0].author_key
        assert transaction.mentions.count_by(key, "staff_named", since=NOW - timedelta(days=7)) == (2, 2)
        assert transaction.mentions.count_by(key, "staff%", since=NOW - timedelta(days=7)) == (2, 0)
