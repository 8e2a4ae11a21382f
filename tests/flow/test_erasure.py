"""A person asks that their data goes: what may go goes for good, the register stays lawful, and two people decide."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from flow.arrival import keep_page
from flow.erasure import agree, ask, go_on, people, preview, turn_down
from flow.named import RefusedError
from flow.retention import look
from models import Bystander, Edit, EventKind, Page, Post, Rejected
from models.erasure import ErasureState, Fate
from models.retention import REDACTED, HoldScope
from register.export import write
from register.rows import rows
from store.scrub import scrub
from store.store import Store
from store.tables import authors
from tests.flow.bench import NOW, message
from tests.flow.retention_bench import PACK, SECRET, RetentionBench, years

COMPLAINT = "I was charged twice, give me a refund"


@pytest.fixture
def bench(store: Store) -> RetentionBench:
    return RetentionBench(store)


def looked(bench: RetentionBench, who: str = "mira"):
    with bench.store.reading() as transaction:
        [person] = people(transaction, "x", f"@{who.title()}_{SECRET.upper()}")
        return preview(transaction, PACK, person, now=bench.time)


def asked(bench: RetentionBench, who: str = "mira", by: str = "agnes"):
    with bench.store.writing() as transaction:
        return ask(transaction, PACK, bench.author(who), by=by, reason="request 12/26", now=bench.time)


def erased(bench: RetentionBench, who: str = "mira"):
    request = asked(bench, who)
    bench.time += timedelta(minutes=1)
    with bench.store.writing() as transaction:
        return agree(transaction, PACK, request.id, by="boris", now=bench.time)


def holding(bench: RetentionBench, word: str = SECRET) -> set[str]:
    """Names of the tables with this word somewhere."""
    return {name for name, found in bench.rows().items() if word in json.dumps(found, default=_plain)}


def _plain(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


@pytest.mark.parametrize("sought", ["Ülkü_Çağ", "ülkü_çağ", "@ÜLKÜ_ÇAĞ", "Ülkü_çağ"])
def test_a_name_is_found_in_any_letter_case_whatever_the_database_knows_of_letters(store: Store, sought: str) -> None:
    with store.writing() as transaction:
        row = {"id": "x:9", "channel": "x", "native_id": "9", "handle": "Ülkü_Çağ"}
        transaction._connection.execute(authors.insert().values(row))
        assert [one.handle for one in people(transaction, "x", sought)] == ["Ülkü_Çağ"]


def test_of_somebody_without_a_complaint_nothing_is_left_in_any_table(bench: RetentionBench) -> None:
    case_id = bench.say("1", "just saying hello")
    bench.live(case_id)
    before = bench.verify()
    assert holding(bench)
    found = looked(bench)
    assert [part.fate for part in found.parts] == [Fate.GOES]
    done = erased(bench)
    assert (done.state, done.messages, done.left_over, done.author_key) == (ErasureState.DONE, 1, {}, None)
    assert holding(bench) == set()
    assert bench.author() not in json.dumps(bench.rows(), default=_plain)
    assert bench.verify() == before
    with pytest.raises(RefusedError, match="nobody is known here"):
        looked(bench)


def test_an_open_complaint_stays_whole_and_goes_by_itself_once_it_may(bench: RetentionBench) -> None:
    bench.say("1", COMPLAINT)
    assert [part.fate for part in looked(bench).parts] == [Fate.OPEN_COMPLAINT]
    done = erased(bench)
    assert (done.messages, done.left_over) == (0, {"open_complaint": 1})
    assert "mentions" in holding(bench)
    bench.withdraw("C-0000001")
    bench.time += timedelta(days=1)
    assert go_on(bench.store, PACK, now=bench.time) == 1
    assert holding(bench) <= {"register_entries", "outbox", "events", "local_replies"}
    assert go_on(bench.store, PACK, now=bench.time + timedelta(days=2)) == 0


def test_words_of_a_closed_complaint_stay_in_the_register_alone_until_its_period_ends(bench: RetentionBench) -> None:
    case_id = bench.say("1", COMPLAINT)
    bench.say("2", "and another thing, I am angry about the refund", in_reply_to=f"1-{SECRET}")
    bench.withdraw("C-0000001")
    found = looked(bench)
    assert {part.fate for part in found.parts} == {Fate.KEPT_IN_REGISTER}
    assert all(part.until and part.until >= bench.time + years(6) for part in found.parts)
    erased(bench)
    assert "mentions" not in holding(bench)
    for table in ("authors", "author_snapshots", "author_histories", "message_words", "cases", "verdicts", "drafts"):
        assert table not in holding(bench)
    assert "register_entries" in holding(bench)
    assert bench.verify().fault is None
    bench.time += years(8)
    bench.clear_all()
    assert holding(bench) == set()
    with bench.store.reading() as transaction:
        assert transaction.cases.get(case_id) is not None
        assert look(transaction, PACK, now=bench.time).held == ()


def test_a_complaint_past_its_period_leaves_the_register_too_and_an_entry_says_so(bench: RetentionBench) -> None:
    bench.live(bench.say("1", COMPLAINT))
    bench.withdraw("C-0000001")
    bench.time += years(8)
    assert [part.fate for part in looked(bench).parts] == [Fate.GOES]
    erased(bench)
    assert holding(bench) == set()
    found = bench.verify()
    assert found.fault is None
    with bench.store.reading() as transaction:
        last = transaction.register.of_complaint("C-0000001")[-1]
        [row] = rows(transaction.register.entries(by_complaint=True), with_personal_data=True)
    assert (last.kind, json.loads(last.facts)["reason"]) == ("redacted", "erasure, request 1")
    assert row["text"] == row["complainant"] == REDACTED


def test_a_legal_hold_keeps_everything_and_the_preview_says_so(bench: RetentionBench) -> None:
    bench.say("1", "just saying hello")
    hold = bench.hold(HoldScope.AUTHOR, bench.author())
    assert [part.fate for part in looked(bench).parts] == [Fate.HELD]
    assert erased(bench).left_over == {"held": 1}
    assert "mentions" in holding(bench)
    bench.lift(hold.number)
    assert go_on(bench.store, PACK, now=bench.time + timedelta(days=1)) == 1
    assert holding(bench) == set()


def test_what_somebody_else_wrote_in_the_same_thread_stays(bench: RetentionBench) -> None:
    bench.say("1", "just saying hello")
    bench.say("2", "hello to you too", who="otto", in_reply_to=f"1-{SECRET}")
    erased(bench)
    with bench.store.reading() as transaction:
        mine, theirs = transaction.mentions.get([bench.key("1"), bench.key("2")])
    texts = {item.mention.text for item in (mine, theirs)}
    assert REDACTED in texts and any("hello to you too" in text for text in texts)
    assert "otto" in json.dumps(bench.rows()["authors"])
    assert "mira" not in json.dumps(bench.rows(), default=_plain)


def test_a_later_delivery_of_the_same_post_brings_nothing_back(bench: RetentionBench) -> None:
    bench.say("1", "just saying hello")
    with bench.store.reading() as transaction:
        [again] = [item.mention for item in transaction.mentions.get([bench.key("1")])]
    erased(bench)
    before = bench.rows()
    bench.say("1", "just saying hello")
    changed = Edit(again, version="2", edited_at=bench.time)
    history = {f"mira-{SECRET}": [Post(f"0-{SECRET}", f"older {SECRET}", NOW - timedelta(days=1))]}
    _arrive(bench, mentions=[again], edits=[changed], bystanders=[Bystander(again, is_ours=False)], histories=history)
    assert holding(bench) == set()
    assert bench.rows()["mentions"] == before["mentions"]


def _arrive(bench: RetentionBench, **parts: object) -> None:
    with bench.store.writing() as transaction:
        page = Page(parts.pop("mentions", []), "9", **parts)
        keep_page(transaction, page, PACK, source="x", keep_cursor_as=None, lane="judge", now=bench.time)


def test_a_new_message_of_the_same_person_is_heard_like_any_other(bench: RetentionBench) -> None:
    bench.say("1", "just saying hello")
    erased(bench)
    bench.time += timedelta(days=2)
    case_id = bench.say("2", COMPLAINT)
    assert case_id
    assert go_on(bench.store, PACK, now=bench.time + timedelta(days=3)) == 0
    assert "mentions" in holding(bench)


def test_pushes_and_lines_that_were_set_aside_go_with_the_person(bench: RetentionBench) -> None:
    bench.say("1", "just saying hello")
    with bench.store.writing() as transaction:
        for name, body in (("a", f'{{"from": "mira_{SECRET}"}}'), ("b", '{"from": "somebody_else"}')):
            transaction.pushes.keep("x", name, body.encode(), now=bench.time)
        for push in transaction.pushes.waiting("x", limit=9):
            transaction.pushes.set_aside(push.id, fault="cannot be read")
        transaction.quarantine.park("x", [Rejected("line 1", "bad", f"mira_{SECRET}".encode())], now=bench.time)
    erased(bench)
    assert holding(bench) == set()
    with bench.store.reading() as transaction:
        assert [one.fault for one in transaction.pushes.parked(limit=9)] == ["cannot be read"]


def test_two_people_decide_and_only_those_who_may(bench: RetentionBench) -> None:
    bench.say("1", "just saying hello")
    with pytest.raises(RefusedError, match="ann is agent"):
        asked(bench, by="ann")
    request = asked(bench)
    with pytest.raises(RefusedError, match="request 1 for this person waits already"):
        asked(bench)
    with pytest.raises(RefusedError, match="somebody else has to agree"), bench.store.writing() as transaction:
        agree(transaction, PACK, request.id, by="agnes", now=bench.time)
    with bench.store.writing() as transaction:
        turn_down(transaction, PACK, request.id, by="boris", reason="not who they say", now=bench.time)
    with pytest.raises(RefusedError, match="turned down already"), bench.store.writing() as transaction:
        agree(transaction, PACK, request.id, by="boris", now=bench.time)
    assert "mentions" in holding(bench)


def test_a_reason_that_names_the_person_is_refused(bench: RetentionBench) -> None:
    bench.say("1", "just saying hello")
    with pytest.raises(RefusedError, match="names the person"), bench.store.writing() as transaction:
        ask(transaction, PACK, bench.author(), by="agnes", reason=f"for Mira_{SECRET}", now=bench.time)


def test_the_events_of_an_erasure_name_nobody(bench: RetentionBench) -> None:
    case_id = bench.say("1", "just saying hello")
    erased(bench)
    with bench.store.reading() as transaction:
        kinds = [event.kind for event in transaction.events.of_case(case_id)]
    assert EventKind.REDACTED in kinds
    told = [row for row in bench.rows()["events"] if "erasure" in row["kind"]]
    assert {row["kind"] for row in told} == {"erasure_asked", "erasure_carried_out"}
    assert bench.author() not in json.dumps(bench.rows()["erasures"], default=str)


def test_no_byte_of_it_is_left_in_the_files_of_the_database(sqlite_store: Store, sqlite_url: str) -> None:
    bench = RetentionBench(sqlite_store)
    bench.live(bench.say("1", "just saying hello"))
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    erased(bench)
    scrub(sqlite_store.engine)
    for file in path.parent.glob(f"{path.name}*"):
        assert SECRET.encode() not in file.read_bytes(), file.name


def test_every_export_after_it_is_without_them(bench: RetentionBench, tmp_path: Path) -> None:
    bench.live(bench.say("1", COMPLAINT))
    bench.withdraw("C-0000001")
    bench.time += years(8)
    erased(bench)
    with bench.store.reading() as transaction, (tmp_path / "register.jsonl").open("wb") as file:
        write(rows(transaction.register.entries(by_complaint=True), with_personal_data=True), file, format="jsonl")
    assert SECRET not in (tmp_path / "register.jsonl").read_text()


def test_a_message_of_a_stranger_that_was_never_erased_is_not_touched(bench: RetentionBench) -> None:
    bench.say("1", "just saying hello")
    bench.say("3", "good day", who="otto")
    erased(bench)
    with bench.store.reading() as transaction:
        assert "good day" in transaction.mentions.get([bench.key("3")])[0].mention.text


def test_cost_is_nothing_where_nobody_was_erased(bench: RetentionBench) -> None:
    bench.read(message("hello", id="7"))
    assert go_on(bench.store, PACK, now=bench.time) == 0
