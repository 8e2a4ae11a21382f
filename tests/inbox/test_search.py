"""Words are found in messages, names of authors and numbers of cases, on both databases; what is gone is not found."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from inbox.found import excerpt_around, marked_words
from store.folding import fold
from store.scrub import scrub
from store.search import Words, places, read_words
from store.selection import Selection
from store.store import Store
from tests.inbox.factory import DEMO, HOSTILE, NOW, Said, add, add_demo, add_hostile
from tests.inbox.test_deleted import delete, hold_everything, newest_message

ODD = (
    '"',
    '""',
    "'",
    "*",
    "a*",
    "-",
    "NEAR(a b)",
    "AND OR NOT",
    "words:x",
    "{a b}: c",
    "^x",
    "a:* & !b",
    "(((",
    ")'--",
)
ODD += (
    "%",
    "_",
    "\\",
    "\x00",
    "\ud800",
    "🦊",
    "ş" * 500,
    "x " * 300,
    "<script>",
    "\u202e",
    "1" * 40,
    "#",
    "case",
    "c-",
)


def found(store: Store, typed: str, view: str = "every") -> set[int]:
    with store.reading() as transaction:
        wanted = Selection(view, words=read_words(typed))
        rows = transaction.cases.queue(wanted, person="x", now=NOW, limit=100)
        assert transaction.worklist.count(wanted, person="x", now=NOW) == len(rows)
    return {row.case.id for row in rows}


@pytest.mark.parametrize(
    ("typed", "conversations"),
    [
        ("groceries", {1}),
        ("GROCERIES payday", {1}),
        ("groceries kids", set()),
        ("quick answer", {1}),
        ('"quick answer"', {1}),
        ('"answer quick"', set()),
        ("scheduled paym", {6}),
        ('"scheduled paym"', set()),
        ("coraliespends", {2}),
        ("Петрова", {3}),
        ("ПЕТРОВА изтеглихте", {3}),
        ("süpheli islem", {5}),
        ("kapatmışsınız", {5}),
        ("KAPATMISSINIZ", {5}),
        ("parasites", {10}),
        ("#4", {4}),
        ("case 4", {4}),
        ("c-0000001", {1}),
        ("!!!", set()),
        ("busdriver_bill", {6}),
    ],
)
def test_all_words_phrases_and_the_beginning_of_the_last_word_are_found(store, typed, conversations):
    cases = add_demo(store, now=NOW)
    assert found(store, typed) == {cases[number - 1] for number in conversations}


def test_what_is_found_is_of_the_view_that_is_shown(store):
    cases = add_demo(store, now=NOW)
    assert found(store, "parasites", "all") == set()
    assert found(store, "parasites", "noise") == {cases[9]}


@pytest.mark.parametrize("typed", ODD)
def test_nothing_that_is_typed_is_an_error(store, typed):
    case_id = add(store, *DEMO[0], now=NOW)
    assert found(store, typed) <= {case_id}


@pytest.mark.parametrize("typed", ODD)
def test_no_search_breaks_the_page(sqlite_store, agent, typed):
    add_hostile(sqlite_store, now=NOW)
    answer = agent.client.get("/", params={"q": typed.encode("utf-8", "replace").decode()})
    assert answer.status_code == 200
    assert "<script>" not in answer.text


def test_a_message_of_any_length_and_any_signs_can_be_stored_and_found(store):
    case_id = add(store, Said(HOSTILE.replace("\x00", ""), native_id="hostile"), now=NOW)
    many = add(store, Said(" ".join(f"w{number}ğ" for number in range(30_000)), native_id="many"), now=NOW)
    long = add(store, Said("x" * 100_000, native_id="long", handle="long_handle"), now=NOW)
    assert found(store, "refund") == {case_id}
    assert found(store, "w17g") == {many}
    assert found(store, "long_handle") == {long}


def test_an_edited_message_is_found_by_its_new_words_only(store):
    case_id = add(store, *DEMO[1], now=NOW)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE mentions SET text = 'it works, thank you'"))
    assert found(store, "eleven") == set()
    assert found(store, '"it works"') == {case_id}


def test_redacted_words_and_names_leave_the_index(store):
    case_id = add(store, *DEMO[0], now=NOW)
    assert found(store, "groceries") == found(store, "joss_wattle") == {case_id}
    with store.writing() as transaction:
        transaction.redaction.words(case_id)
    assert found(store, "groceries") == found(store, "joss_wattle") == set()
    with store.engine.connect() as connection:
        assert "grocer" not in str(connection.execute(text("SELECT words FROM message_words")).all())


def test_after_a_scrub_the_files_hold_no_redacted_word(sqlite_store, sqlite_url):
    case_id = add(sqlite_store, Said("my secret is zyxwvutsrq", label="enquiry"), now=NOW)
    for number in range(40):
        add(sqlite_store, Said(f"something else {number}", native_id=f"n{number}"), now=NOW)
    with sqlite_store.writing() as transaction:
        transaction.redaction.words(case_id)
    scrub(sqlite_store.engine)
    with open(sqlite_url.removeprefix("sqlite:///"), "rb") as file:
        assert b"yxwvutsrq" not in file.read()


def test_a_message_that_its_author_deleted_is_not_found_even_while_its_words_are_kept(sqlite_store, agent):
    case_id = add(sqlite_store, *DEMO[0], now=NOW)
    hold_everything(sqlite_store)
    delete(sqlite_store, newest_message(sqlite_store, case_id))
    with sqlite_store.reading() as transaction:
        kept = transaction.mentions.newest_of_case(case_id, limit=1)[0].mention.text
    assert "two kids" in kept
    assert found(sqlite_store, '"two kids"') == set()
    assert found(sqlite_store, "groceries") == {case_id}
    page = agent.get("/?view=every&q=groceries").text
    assert "<mark>groceries</mark>" in page
    assert "two kids" not in page


def test_a_message_that_moves_to_another_case_is_found_there(store):
    first, second = add(store, *DEMO[0], now=NOW), add(store, *DEMO[4], now=NOW)
    with store.engine.begin() as connection:
        connection.execute(text("UPDATE mentions SET case_id = :to WHERE lang = 'tr'"), {"to": first})
    assert found(store, "otel") == {first}
    with store.reading() as transaction:
        assert transaction.worklist.count(Selection("every", lang="tr"), person="x", now=NOW) == 1
        shown = transaction.cases.queue(Selection("every", lang="tr"), person="x", now=NOW, limit=9)
    assert [row.case.id for row in shown] == [first] != [second]


def test_a_database_that_was_filled_before_is_indexed_by_the_migration(sqlite_store):
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    from store.migrate import MIGRATIONS, upgrade  # noqa: PLC0415

    cases = add_demo(sqlite_store, now=NOW)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with sqlite_store.engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.downgrade(config, "0008")
        assert connection.execute(text("SELECT name FROM sqlite_master WHERE name LIKE 'message_words%'")).all() == []
    upgrade(sqlite_store.engine)
    assert found(sqlite_store, "groceries") == {cases[0]}
    with sqlite_store.reading() as transaction:
        assert transaction.worklist.count(Selection("every", tag="charge"), person="x", now=NOW) == 2


def test_words_of_two_messages_of_a_case_do_not_make_a_hit(store):
    add(store, *DEMO[0], now=NOW)
    assert found(store, "groceries answer") == set()


def test_the_words_are_marked_in_the_message_that_holds_them_and_never_as_script(sqlite_store, agent):
    add(sqlite_store, *DEMO[0], now=NOW)
    add_hostile(sqlite_store, now=NOW)
    page = agent.get("/?q=GROCER&view=all").text
    assert "<mark>groceries</mark>" in page
    assert "doesn&#39;t feed" not in page
    assert "1 case" in page
    hostile = agent.get("/?q=alert&view=all").text
    assert "<mark>alert</mark>" in hostile
    assert "<script>alert" not in hostile
    assert "<b>" + "\u202e" not in hostile


def test_an_author_is_marked_too(sqlite_store, agent):
    add_demo(sqlite_store, now=NOW)
    assert "<mark>coraliespends</mark>" in agent.get("/?q=coralie").text


def test_a_search_that_finds_nothing_says_how_words_are_looked_for(agent):
    page = agent.get("/?q=unfindable").text
    assert "0 cases" in page
    assert "All words must stand in one message" in page
    assert "Search all cases, closed and noise too" in page


def test_long_texts_are_cut_around_the_words():
    words = read_words("needle")
    assert words is not None
    shown = excerpt_around("straw " * 100 + "needle " + "hay " * 100, words, length=120)
    assert shown.startswith("… straw") and shown.endswith(" …") and "needle" in shown
    assert excerpt_around("a needle", words, length=120) == "a needle"


def test_marks_stand_on_the_right_letters_whatever_the_letters_are():
    said = "İstanbul’da ÖDEYEMİYORUM, ödeyemiyorum! ﬁn"
    words = read_words("ödeyemiyorum")
    assert words is not None
    assert [said[start:end] for start, end in places(said, words)] == ["ÖDEYEMİYORUM", "ödeyemiyorum"]
    assert len(fold(said)) == len(said)
    assert str(marked_words("<i>ödeyemiyorum</i>", words)) == "&lt;i&gt;<mark>ödeyemiyorum</mark>&lt;/i&gt;"


def test_what_is_typed_is_read_as_words_phrases_and_a_beginning():
    read = read_words('  Two "own words"  begin')
    assert read == Words('Two "own words" begin', (("two",), ("own", "words"), ("begin",)), is_beginning=True)
    assert read_words(" ") is None
    closed = read_words('"a phrase"')
    assert closed is not None and not closed.is_beginning
    open_phrase = read_words('"a phra')
    assert open_phrase == Words('"a phra', (("a", "phra"),), is_beginning=True)
    assert replace(open_phrase, typed="") != open_phrase


def test_a_rare_word_is_found_however_long_ago_and_of_a_frequent_one_the_newest(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL what is rare among the newest messages is looked for in the index of all; SQLite has one way."""
    monkeypatch.setattr("store.search.RECENT_MESSAGES", 6)
    monkeypatch.setattr("store.search.ENOUGH_MESSAGES", 3)
    monkeypatch.setattr("store.search.MOST_MESSAGES", 4)
    words = ["zebra", "harmless", *["frequent"] * 8]
    numbers = [
        add(store, Said(f"{word} words", conversation=f"talk-{place}", native_id=f"{place}"), now=NOW)
        for place, word in enumerate(words)
    ]
    assert found(store, "zebra") == {numbers[0]}
    assert found(store, "frequent") == set(numbers[-4:])
    assert found(store, "frequent zebra") == set()
