"""Periods end, two people agree, holds keep, and the chain still verifies."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine, event

from flow.complaints import Complaints
from flow.holds import holds, place_hold, root_of, standing
from flow.named import RefusedError
from flow.platform_deletion import as_shown, honour_deletion, kept_words, redact_deleted
from flow.retention import agree, carry_out, look, propose, turn_down
from models import EntryKind, EventKind, MentionState, Rejected
from models.entry import GENESIS
from models.errors import RecordError, RetryableError
from models.retention import DELETED, REDACTED, HoldScope, ItemOutcome, ProposalState, RecordClass
from policy.retention import ALLOWED, Platform
from register.entries import make_entry
from register.export import write
from register.rows import rows
from store.scrub import scrub
from store.store import Store
from store.tables import metadata
from tests.flow.bench import NOW, message
from tests.flow.retention_bench import PACK, POLICY, SECRET, RetentionBench, events_of, years

OF_THE_COMPLAINT = {
    RecordClass.REGISTER,
    RecordClass.COMPLAINT_WORDS,
    RecordClass.NOTES,
    RecordClass.EVENTS,
    RecordClass.OUTBOX,
}
COMPLAINT = "I was charged twice, give me a refund"


@pytest.fixture
def bench(store: Store) -> RetentionBench:
    return RetentionBench(store)


@pytest.fixture
def complaint(bench: RetentionBench) -> int:
    """An old complaint, answered, noted and withdrawn; and some noise."""
    case_id = bench.say("1", COMPLAINT)
    bench.live(case_id)
    bench.say("2", "free crypto for all", who="spammer")
    bench.withdraw("C-0000001")
    return case_id


# what is due


def test_nothing_is_due_before_its_period_ends(bench: RetentionBench, complaint: int) -> None:
    assert bench.due() == {}
    bench.time += timedelta(days=31)
    assert bench.due() == {RecordClass.AUTHOR_HISTORY: 1}


def test_noise_goes_after_its_year_and_the_complaint_stays_its_seven(bench: RetentionBench, complaint: int) -> None:
    bench.time += years(2)
    assert not OF_THE_COMPLAINT - {RecordClass.EVENTS, RecordClass.OUTBOX, RecordClass.NOTES} & set(bench.due())
    assert bench.due()[RecordClass.NOISE_WORDS] == 1
    bench.time = NOW + years(7) + timedelta(days=1)
    due = bench.due()
    assert {name: due[name] for name in OF_THE_COMPLAINT} == {
        RecordClass.REGISTER: 1,
        RecordClass.COMPLAINT_WORDS: 1,
        RecordClass.NOTES: 2,
        RecordClass.EVENTS: 2,
        RecordClass.OUTBOX: 2,
    }


def test_an_open_complaint_and_one_at_afca_are_never_due(bench: RetentionBench, complaint: int) -> None:
    bench.say("3", COMPLAINT, who="open")
    bench.say("4", COMPLAINT, who="afca")
    with bench.store.writing() as transaction:
        acts = Complaints(transaction, POLICY, now=bench.time)
        acts.withdraw("C-0000003", person="agnes", at=bench.time, reason="said so")
        acts.send_to_afca("C-0000003", person="agnes", at=bench.time, afca_reference="A-1")
    bench.time += years(30)
    assert bench.due()[RecordClass.REGISTER] == 1
    assert bench.due()[RecordClass.COMPLAINT_WORDS] == 1


def test_a_merged_complaint_is_due_with_the_one_it_became(bench: RetentionBench) -> None:
    bench.say("1", COMPLAINT)
    bench.say("2", COMPLAINT, who="other")
    with bench.store.writing() as transaction:
        acts = Complaints(transaction, POLICY, now=bench.time)
        acts.merge("C-0000001", "C-0000002", person="agnes", at=bench.time, reason="the same")
    bench.time += years(8)
    assert RecordClass.REGISTER not in bench.due()
    bench.withdraw("C-0000001")
    assert RecordClass.REGISTER not in bench.due()
    bench.time += years(8)
    assert bench.due()[RecordClass.REGISTER] == 2


def test_a_complaint_that_was_ruled_out_is_counted_from_that(bench: RetentionBench) -> None:
    bench.say("1", COMPLAINT)
    bench.time += years(1)
    bench.relabel(f"1-{SECRET}", "other")
    bench.time = NOW + years(7) + timedelta(days=30)
    assert RecordClass.REGISTER not in bench.due()
    bench.time += years(1)
    assert bench.due()[RecordClass.REGISTER] == 1


# two pairs of eyes


def test_the_person_who_proposed_cannot_agree(bench: RetentionBench, complaint: int) -> None:
    bench.time += years(8)
    with bench.store.writing() as transaction:
        number = propose(transaction, PACK, by="agnes", reason="old", now=bench.time).id
        transaction.accounts.rename(transaction.accounts.by_name("agnes").id, "agatha")
    for name in ("agatha", " agatha "):
        with bench.store.writing() as transaction, pytest.raises(RefusedError, match="somebody else has to agree"):
            agree(transaction, PACK, number, by=name, now=bench.time)
    with bench.store.writing() as transaction, pytest.raises(RefusedError, match="has to agree first"):
        carry_out(transaction, PACK, number, by="boris", now=bench.time)
    assert bench.verify().redacted == 0


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nobody", "has no account"),
        ("lee", "is lead"),
        ("ann", "is agent"),
        ("gone", "is closed"),
        ("invited", "not taken up the invitation"),
    ],
)
def test_only_named_people_in_the_right_role_decide(
    bench: RetentionBench, complaint: int, name: str, words: str
) -> None:
    bench.time += years(8)
    with bench.store.writing() as transaction:
        gone = transaction.accounts.add("gone", "admin", now=NOW)
        transaction.accounts.set_password(gone, "argon2 hash")
        transaction.accounts.disable(gone, now=NOW)
        transaction.accounts.add("invited", "admin", now=NOW)
        number = propose(transaction, PACK, by="agnes", reason="old", now=bench.time).id
    acts: list[Callable[..., object]] = [
        lambda transaction: propose(transaction, PACK, by=name, reason="old", now=bench.time),
        lambda transaction: agree(transaction, PACK, number, by=name, now=bench.time),
        lambda transaction: turn_down(transaction, PACK, number, by=name, reason="no", now=bench.time),
        lambda transaction: carry_out(transaction, PACK, number, by=name, now=bench.time),
    ]
    for act in acts:
        with bench.store.writing() as transaction, pytest.raises(RefusedError, match=words):
            act(transaction)


def test_a_proposal_goes_its_way_once(bench: RetentionBench, complaint: int) -> None:
    bench.time += years(8)
    with bench.store.writing() as transaction:
        first = propose(transaction, PACK, by="agnes", reason="old", now=bench.time, limit=2)
        assert sum(first.items.values()) == 2
        with pytest.raises(RefusedError, match="1 to 2,000 characters"):
            propose(transaction, PACK, by="agnes", reason=" ", now=bench.time)
        with pytest.raises(RefusedError, match="nothing is due"):
            propose(transaction, PACK, by="agnes", reason="r", classes=[RecordClass.UNREADABLE], now=bench.time)
        with pytest.raises(RefusedError, match="no proposal 99"):
            agree(transaction, PACK, 99, by="boris", now=bench.time)
    with bench.store.writing() as transaction:
        rest = propose(transaction, PACK, by="agnes", reason="old", now=bench.time)
        assert not {RecordClass.REGISTER} & set(rest.items), "what is proposed is not proposed again"
        assert turn_down(transaction, PACK, rest.id, by="agnes", reason="later", now=bench.time).state is (
            ProposalState.TURNED_DOWN
        )
        with pytest.raises(RefusedError, match="turned down"):
            turn_down(transaction, PACK, rest.id, by="boris", reason="twice", now=bench.time)
    with bench.store.writing() as transaction:
        agree(transaction, PACK, first.id, by="boris", now=bench.time)
        with pytest.raises(RefusedError, match="agreed to it already"):
            agree(transaction, PACK, first.id, by="clara", now=bench.time)
    with bench.store.writing() as transaction:
        carry_out(transaction, PACK, first.id, by="clara", now=bench.time)
        with pytest.raises(RefusedError, match="carried out already"):
            carry_out(transaction, PACK, first.id, by="clara", now=bench.time)
    with bench.store.reading() as transaction:
        shown = transaction.retention.proposals()
        assert [(one.id, one.state) for one in shown] == [
            (rest.id, ProposalState.TURNED_DOWN),
            (first.id, ProposalState.CARRIED_OUT),
        ]
        assert transaction.retention.proposals(under_way=True) == []


# what goes


def test_everything_personal_is_gone_from_every_row_and_the_chain_verifies(
    bench: RetentionBench, complaint: int
) -> None:
    before = bench.verify()
    bench.time += years(8)
    bench.clear_all()
    assert bench.due() == {}
    after = bench.verify()
    assert (after.fault, after.redacted) == (None, before.redacted + 1)
    assert after.entries == before.entries + 1
    held = {name: [row for row in found if SECRET in str(row)] for name, found in bench.rows().items()}
    assert {name: found for name, found in held.items() if found} == {}


def test_no_byte_of_it_is_left_in_the_files_of_sqlite(sqlite_store: Store, sqlite_url: str) -> None:
    bench = RetentionBench(sqlite_store)
    for number in range(40):
        bench.say(str(number), f"{COMPLAINT} {'long ' * 300}", who=f"w{number}")
        bench.live(number + 1, f"w{number}")
        bench.withdraw(f"C-{number + 1:07d}")
    path = Path(sqlite_url.removeprefix("sqlite:///"))
    bench.time += years(8)
    bench.clear_all()
    scrub(sqlite_store.engine)
    files = [file for file in path.parent.iterdir() if file.name.startswith(path.name)]
    assert path in files
    assert [file.name for file in files if SECRET.encode() in file.read_bytes()] == []
    assert bench.verify().fault is None


def test_scrubbing_says_that_somebody_is_in_the_way(sqlite_store: Store, sqlite_url: str) -> None:
    RetentionBench(sqlite_store)
    with sqlite_store.reading() as transaction:
        assert transaction.accounts.count()
        impatient = _impatient(sqlite_url)
        with pytest.raises(RetryableError, match="earshot retention scrub"):
            scrub(impatient)
        impatient.dispose()


def _impatient(url: str) -> Engine:
    engine = create_engine(url, connect_args={"timeout": 0.05})
    event.listen(engine, "connect", lambda connection, _: setattr(connection, "isolation_level", None))
    return engine


def test_scrubbing_a_file_that_is_no_database_is_said(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_bytes(b"a letter to my aunt " * 100)
    engine = create_engine(f"sqlite:///{tmp_path / 'letter.db'}")
    with pytest.raises(RetryableError, match="not a database"):
        scrub(engine)
    engine.dispose()


@pytest.mark.postgres
def test_scrubbing_postgres_vacuums_every_table(postgres_url: str, open_store: Callable[[str], Store]) -> None:
    store = open_store(postgres_url)
    bench = RetentionBench(store)
    bench.say("1", COMPLAINT)
    scrub(store.engine)
    assert bench.verify().fault is None


def test_a_redacted_complaint_still_counts_and_is_exported_as_redacted(bench: RetentionBench, complaint: int) -> None:
    counts = bench.counts()
    bench.time += years(8)
    bench.clear_all()
    now = bench.counts()
    assert now["cases"] == counts["cases"] and now["complaints"] == counts["complaints"]
    assert now["messages"] == counts["messages"] and now["tickets"] == counts["tickets"]
    with bench.store.reading() as transaction:
        found = list(rows(transaction.register.entries(by_complaint=True), with_personal_data=True))
        masked = list(rows(transaction.register.entries(by_complaint=True)))
    assert [row["complaint_id"] for row in found] == ["C-0000001"]
    assert found[0]["status"] == "withdrawn" and found[0]["tier"] == 3
    assert {found[0][name] for name in ("complainant", "text", "url", "native_id")} == {REDACTED}
    file = BytesIO()
    write(masked, file, format="csv")
    assert REDACTED in file.getvalue().decode() and SECRET not in file.getvalue().decode()


def test_the_register_says_which_entries_who_decided_who_agreed_and_why(bench: RetentionBench, complaint: int) -> None:
    bench.time += years(8)
    done = bench.clear(RecordClass.REGISTER)
    assert (done.register_entries, done.outcomes[ItemOutcome.DONE]) == (1, 1)
    with bench.store.reading() as transaction:
        last = transaction.register.newest(limit=1)[0]
        kinds = events_of(transaction, complaint)
    assert last.kind == "redacted"
    assert all(word in last.facts for word in ('"entries":[1]', '"by":"agnes"', '"agreed_by":"boris"', "seven years"))
    assert EventKind.REDACTED in kinds


def test_redacted_words_are_not_learnt_from_and_a_second_pull_brings_nothing_back(
    bench: RetentionBench, complaint: int
) -> None:
    bench.relabel(f"2-{SECRET}", "enquiry")
    with bench.store.reading() as transaction:
        assert len(transaction.corrections.all()) == 1
    bench.time += years(8)
    bench.clear_all()
    with bench.store.reading() as transaction:
        assert transaction.corrections.all() == []
    messages = bench.counts()["messages_total"]
    with pytest.raises(AssertionError):
        assert bench.say("1", COMPLAINT) != complaint
    assert bench.counts()["messages_total"] == messages


def test_a_new_message_in_a_redacted_thread_opens_a_new_case(bench: RetentionBench, complaint: int) -> None:
    bench.time += years(8)
    bench.clear_all()
    assert bench.say("9", "How do I pay?", conversation_id=f"1-{SECRET}") != complaint


def test_a_complaint_that_was_reopened_meanwhile_is_left(bench: RetentionBench, complaint: int) -> None:
    bench.time += years(8)
    with bench.store.writing() as transaction:
        number = propose(transaction, PACK, by="agnes", reason="old", now=bench.time).id
        agree(transaction, PACK, number, by="boris", now=bench.time)
    with bench.store.writing() as transaction:
        acts = Complaints(transaction, POLICY, now=bench.time)
        acts.reopen("C-0000001", person="agnes", at=bench.time, reason="a new letter")
    with bench.store.writing() as transaction:
        done = carry_out(transaction, PACK, number, by="agnes", now=bench.time)
    assert done.outcomes[ItemOutcome.NOT_DUE] == len(OF_THE_COMPLAINT)
    assert bench.verify().redacted == 0
    bench.withdraw("C-0000001")
    assert RecordClass.REGISTER not in bench.due()
    bench.time += years(8)
    assert bench.due()[RecordClass.REGISTER] == 1


def test_what_a_complaint_gained_after_its_redaction_is_due_again(bench: RetentionBench, complaint: int) -> None:
    bench.time += years(8)
    bench.clear_all()
    with bench.store.writing() as transaction:
        acts = Complaints(transaction, POLICY, now=bench.time)
        acts.reopen("C-0000001", person="agnes", at=bench.time, reason="a new letter")
        acts.record_representative(
            "C-0000001", person="agnes", at=bench.time, kind="lawyer", authority="a letter", name=SECRET, contact=SECRET
        )
        acts.withdraw("C-0000001", person="agnes", at=bench.time, reason="said so")
    bench.time += years(8)
    assert bench.clear(RecordClass.REGISTER).register_entries == 1
    assert bench.verify().fault is None
    assert not [row for row in bench.rows()["register_entries"] if SECRET in str(row)]


def test_words_wait_for_an_effect_that_is_still_to_be_delivered(bench: RetentionBench, complaint: int) -> None:
    row = bench.answer(77, to=f"1-{SECRET}", case_id=complaint)
    bench.time += years(8)
    done = bench.clear(RecordClass.OUTBOX, RecordClass.COMPLAINT_WORDS)
    assert done.outcomes[ItemOutcome.NOT_DUE] == 2
    bench.flow.deliver(row)
    assert bench.clear(RecordClass.OUTBOX, RecordClass.COMPLAINT_WORDS).outcomes[ItemOutcome.NOT_DUE] == 0


def test_what_was_never_read_goes_too(bench: RetentionBench) -> None:
    bench.say("1", "poison")
    bench.recover()
    with bench.store.writing() as transaction:
        transaction.quarantine.park("file", [Rejected("line 1", "no JSON", SECRET.encode())], now=bench.time)
        person = transaction.accounts.by_name("ann").id
        transaction.accounts.open_session(
            person, "token", "form", now=bench.time, expires_at=bench.time + timedelta(days=1)
        )
        transaction.accounts.invite(person, "token", expires_at=bench.time + timedelta(days=1))
        states = {item.state for item in transaction.mentions.get([bench.key("1")])}
    assert states == {MentionState.QUARANTINED}
    bench.time += years(2)
    assert bench.due() == {
        RecordClass.UNREAD_WORDS: 1,
        RecordClass.UNREADABLE: 1,
        RecordClass.STAFF_SESSIONS: 2,
    }
    bench.clear_all()
    assert bench.due() == {}
    left = bench.rows()
    assert (left["quarantine"], left["sessions"], left["invitations"], left["authors"]) == ([], [], [], [])
    assert SECRET not in str(left)


def test_an_author_stays_while_a_message_of_theirs_is_kept(bench: RetentionBench, complaint: int) -> None:
    bench.say("5", "How do I pay?")
    bench.time += years(3)
    bench.clear_all()
    left = bench.rows()
    assert {row["id"] for row in left["authors"]} == {bench.author()}
    assert left["author_histories"] == []


def test_every_class_of_record_has_a_place_in_the_order() -> None:
    assert set(ALLOWED) == set(RecordClass)
    assert len(PACK.keep) == len(RecordClass)


# holds


@pytest.mark.parametrize("scope", list(HoldScope))
def test_a_hold_keeps_what_it_covers_and_says_so(bench: RetentionBench, complaint: int, scope: HoldScope) -> None:
    subjects = {HoldScope.COMPLAINT: "C-0000001", HoldScope.CASE: str(complaint), HoldScope.AUTHOR: bench.author()}
    hold = bench.hold(scope, subjects.get(scope, ""))
    bench.time += years(8)
    with bench.store.reading() as transaction:
        found = look(transaction, PACK, now=bench.time)
        assert holds(transaction) == [hold]
    held = {record.record_class for record, by in found.held if by == hold}
    assert held >= OF_THE_COMPLAINT | {RecordClass.AUTHOR_HISTORY}
    assert bool(bench.due()) is (scope is not HoldScope.EVERYTHING), "the noise may go"
    if bench.due():
        bench.clear_all()
    assert bench.verify().redacted == 0
    assert bench.lift(hold.number) == hold
    bench.clear_all()
    assert bench.verify().redacted == 1
    assert SECRET not in str(bench.rows())


def test_a_hold_that_comes_after_the_agreement_still_keeps(bench: RetentionBench, complaint: int) -> None:
    bench.time += years(8)
    with bench.store.writing() as transaction:
        number = propose(transaction, PACK, by="agnes", reason="old", now=bench.time).id
        agree(transaction, PACK, number, by="boris", now=bench.time)
    bench.hold(HoldScope.COMPLAINT, "C-0000001")
    with bench.store.writing() as transaction:
        done = carry_out(transaction, PACK, number, by="agnes", now=bench.time)
    assert done.outcomes[ItemOutcome.HELD] == len(OF_THE_COMPLAINT) + 1
    assert bench.verify().redacted == 0


def test_of_two_holds_on_one_thing_lifting_one_leaves_the_other(bench: RetentionBench, complaint: int) -> None:
    for scope, subject in ((HoldScope.COMPLAINT, "C-0000001"), (HoldScope.CASE, str(complaint))):
        first = bench.hold(scope, subject, reason="one matter")
        second = bench.hold(scope, subject, reason="another matter")
        bench.lift(second.number)
        with bench.store.reading() as transaction:
            assert holds(transaction) == [first]
        with pytest.raises(RefusedError, match="is in force"):
            bench.lift(second.number)
        bench.lift(first.number)


def test_a_hold_through_the_complaints_own_acts_is_the_same_hold(bench: RetentionBench, complaint: int) -> None:
    with bench.store.writing() as transaction:
        acts = Complaints(transaction, POLICY, now=bench.time)
        acts.place_hold("C-0000001", person="agnes", at=bench.time, reason="court")
    bench.time += years(8)
    with bench.store.reading() as transaction:
        assert [hold.reason for hold in holds(transaction)] == ["court"]
        assert look(transaction, PACK, now=bench.time).held
    with bench.store.writing() as transaction:
        acts = Complaints(transaction, POLICY, now=bench.time)
        assert not acts.lift_hold("C-0000001", person="agnes", at=bench.time, reason="over").on_hold
        assert holds(transaction) == []


def test_a_hold_on_one_of_two_merged_complaints_keeps_both(bench: RetentionBench) -> None:
    bench.say("1", COMPLAINT)
    bench.say("2", COMPLAINT, who="other")
    bench.hold(HoldScope.COMPLAINT, "C-0000002")
    with bench.store.writing() as transaction:
        acts = Complaints(transaction, POLICY, now=bench.time)
        acts.merge("C-0000001", "C-0000002", person="agnes", at=bench.time, reason="the same")
        acts.withdraw("C-0000001", person="agnes", at=bench.time, reason="said so")
    bench.time += years(8)
    assert not OF_THE_COMPLAINT & set(bench.due())


def test_lifting_what_was_never_placed_leaves_nothing_in_force() -> None:
    lifted = make_entry(
        EntryKind.HOLD,
        seq=1,
        complaint_id="C-0000001",
        recorded_at=NOW,
        facts={"action": "lifted"},
        personal={},
        salt="",
        previous=GENESIS,
    )
    assert standing([lifted]) == []


def test_the_root_of_a_circle_is_where_it_is_asked_from() -> None:
    assert root_of("a", {"a": "b", "b": "c"}) == "c"
    assert root_of("a", {"a": "b", "b": "a"}) == "b"


@pytest.mark.parametrize(
    ("scope", "subject", "words"),
    [
        (HoldScope.CASE, "99", "no case has the number"),
        (HoldScope.CASE, "one", "no case has the number"),
        (HoldScope.AUTHOR, "a_0", "no author has the key"),
        (HoldScope.EVERYTHING, "all", "has no subject"),
        (HoldScope.COMPLAINT, "C-9999999", "is not in the register"),
    ],
)
def test_a_hold_that_would_cover_nothing_is_refused(
    bench: RetentionBench, complaint: int, scope: HoldScope, subject: str, words: str
) -> None:
    with pytest.raises(RecordError, match=words):
        bench.hold(scope, subject)
    with bench.store.writing() as transaction, pytest.raises(RefusedError, match="is agent"):
        place_hold(transaction, POLICY, PACK, HoldScope.EVERYTHING, "", by="ann", reason="r", now=bench.time)


@contextmanager
def fresh(empty: Path) -> Iterator[RetentionBench]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "earshot.db"
        path.write_bytes(empty.read_bytes())
        store = Store(f"sqlite:///{path}")
        try:
            yield RetentionBench(store)
        finally:
            store.close()


SUBJECTS = st.sampled_from(
    [
        (HoldScope.COMPLAINT, "C-0000001"),
        (HoldScope.CASE, "1"),
        (HoldScope.CASE, "3"),
        (HoldScope.AUTHOR, "mira"),
        (HoldScope.AUTHOR, "noisy"),
        (HoldScope.EVERYTHING, ""),
    ]
)
STEPS = st.lists(
    st.one_of(
        st.sampled_from(["clear", "delete", "sweep", "lift"]),
        st.tuples(st.just("wait"), st.integers(1, 9)),
        st.tuples(st.just("hold"), SUBJECTS),
    ),
    max_size=8,
)
CASES = {1: ("1", COMPLAINT, "mira"), 2: ("2", COMPLAINT, "other"), 3: ("3", "free crypto", "noisy")}


def kept_rows(bench: RetentionBench, case_id: int) -> dict[str, list[str]]:
    """All that is known of one case, but for what is only ever added: events, entries and the bookkeeping of holds."""
    _, _, who = CASES[case_id]
    found, key = bench.rows(), bench.author(who)
    ids = {row["id"] for row in found["mentions"] if row["case_id"] == case_id}
    wanted = {
        "mentions": lambda row: row["case_id"] == case_id,
        "verdicts": lambda row: row["mention_id"] in ids,
        "outbox": lambda row: row["case_id"] == case_id,
        "authors": lambda row: row["id"] == key,
        "author_snapshots": lambda row: row["author_id"] == key,
        "author_histories": lambda row: row["author_id"] == key,
        "register_entries": lambda row: row["complaint_id"] == f"C-{case_id:07d}" and row["seq"] <= 4,
        "events": lambda row: row["case_id"] == case_id and row["kind"] in ("noted", "received", "triaged"),
    }
    rows_of = {name: sorted(str(row) for row in found[name] if test(row)) for name, test in wanted.items()}
    cases = [row for row in found["cases"] if row["id"] == case_id]
    rows_of["cases"] = [f"{row['conversation_key']} {row['author_id']} {row['decision']}" for row in cases]
    return rows_of


@pytest.mark.slow
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(hold=SUBJECTS, steps=STEPS)
def test_whatever_is_done_nothing_under_hold_changes_and_the_chain_verifies(
    empty_sqlite: Path, hold: tuple[HoldScope, str], steps: list[object]
) -> None:
    covers = {"mira": {1}, "noisy": {3}, "C-0000001": {1}, "1": {1}, "3": {3}, "": {1, 2, 3}}
    with fresh(empty_sqlite) as bench:
        for case_id, (native, text, who) in CASES.items():
            assert bench.say(native, text, who=who) == case_id
            bench.live(case_id, who)
        bench.withdraw("C-0000001")
        bench.withdraw("C-0000002")
        scope, subject = hold
        bench.hold(scope, bench.author(subject) if scope is HoldScope.AUTHOR else subject)
        before = {case_id: kept_rows(bench, case_id) for case_id in covers[subject]}
        for step in steps:
            _take(bench, step)
            assert bench.verify().fault is None
        assert {case_id: kept_rows(bench, case_id) for case_id in covers[subject]} == before


def _take(bench: RetentionBench, step: object) -> None:
    match step:
        case "clear" if bench.due():
            bench.clear()
        case "delete":
            for native, _, _ in CASES.values():
                with bench.store.writing() as transaction:
                    honour_deletion(transaction, PACK, bench.key(native), at=bench.time, now=bench.time)
        case "sweep":
            with bench.store.writing() as transaction:
                redact_deleted(transaction, PACK, now=bench.time)
        case "lift":
            with bench.store.reading() as transaction:
                later = holds(transaction)[1:]
            for one in later:
                bench.lift(one.number)
        case ("wait", int(number)):
            bench.time += years(number)
        case ("hold", (HoldScope() as scope, str(subject))):
            try:
                bench.time += timedelta(seconds=1)
                bench.hold(scope, bench.author(subject) if scope is HoldScope.AUTHOR else subject)
            except RefusedError:
                pass  # the author has gone by now
        case _:
            pass


# deleted on the platform


def test_a_deleted_post_that_is_no_complaint_goes_and_is_hidden(bench: RetentionBench, complaint: int) -> None:
    with bench.store.writing() as transaction:
        found = honour_deletion(transaction, PACK, bench.key("2"), at=bench.time, now=bench.time)
        again = honour_deletion(transaction, PACK, bench.key("2"), at=bench.time, now=bench.time)
        item = transaction.mentions.get([bench.key("2")])[0]
        kinds = events_of(transaction, item.case_id or 0)
        assert kept_words(transaction, PACK, bench.key("2"), role="admin") is None
    assert found == again
    assert (found.redacted_at, found.waits_for, found.kept_in) == (bench.time, None, None)
    assert (item.mention.text, item.mention.url, dict(item.mention.raw)) == (DELETED, None, {})
    assert kinds[-2:] == [EventKind.DELETED_ON_PLATFORM, EventKind.DELETION_HONOURED]


def test_of_a_deleted_complaint_the_register_alone_keeps_the_words_for_those_who_may_read_them(
    bench: RetentionBench, complaint: int
) -> None:
    with bench.store.writing() as transaction:
        found = honour_deletion(transaction, PACK, bench.key("1"), at=bench.time, now=bench.time)
        kinds = events_of(transaction, complaint)
        kept = kept_words(transaction, PACK, bench.key("1"), role="lead")
        with pytest.raises(RefusedError, match="not for agent"):
            kept_words(transaction, PACK, bench.key("1"), role="agent")
    assert found.kept_in == 1 and found.redacted_at == bench.time
    assert {EventKind.KEPT_BY_DUTY, EventKind.DELETED_ON_PLATFORM, EventKind.DELETION_HONOURED} <= set(kinds)
    assert kept is not None and "charged twice" in kept.text
    assert (kept.complaint_id, kept.entry) == ("C-0000001", 1) and "RG 271.179" in kept.basis
    with_words = {name for name, found in bench.rows().items() if "charged twice" in str(found)}
    assert with_words == {"register_entries"}
    assert bench.verify().fault is None


def test_a_later_message_of_the_complainant_is_taken_into_the_register_before_it_goes(
    bench: RetentionBench, complaint: int
) -> None:
    bench.say("7", "and the third time now", conversation_id=f"1-{SECRET}")
    bench.say("8", "mine too, idiots", who="other", conversation_id=f"1-{SECRET}")
    with bench.store.writing() as transaction:
        mine = honour_deletion(transaction, PACK, bench.key("7"), at=bench.time, now=bench.time)
        other = honour_deletion(transaction, PACK, bench.key("8"), at=bench.time, now=bench.time)
        kept = kept_words(transaction, PACK, bench.key("7"), role="compliance")
        nothing = kept_words(transaction, PACK, bench.key("8"), role="compliance")
        row = next(iter(rows(transaction.register.entries(by_complaint=True), with_personal_data=True)))
    assert mine.kept_in is not None and other.kept_in is None
    assert kept is not None and "third time" in kept.text and nothing is None
    assert "charged twice" in row["text"], "the row of the complaint is still that of its opening"
    assert bench.verify().fault is None
    bench.time += years(8)
    bench.clear_all()
    assert SECRET not in str(bench.rows())
    with bench.store.reading() as transaction:
        assert kept_words(transaction, PACK, bench.key("7"), role="compliance") is None


def test_what_others_quote_of_it_goes_too(bench: RetentionBench, complaint: int) -> None:
    parent = {"text": f"{COMPLAINT} {SECRET}", "author_handle": "mira"}
    bench.say("8", "same here", who="other", in_reply_to=f"1-{SECRET}", parent=parent)
    with bench.store.writing() as transaction:
        assert "parent" in transaction.mentions.get([bench.key("8")])[0].mention.raw
        honour_deletion(transaction, PACK, bench.key("1"), at=bench.time, now=bench.time)
        assert "parent" not in transaction.mentions.get([bench.key("8")])[0].mention.raw
        assert transaction.mentions.histories([bench.author()])[bench.author()].posts == ()


def test_a_hold_keeps_the_copies_of_a_deleted_post_but_no_screen_shows_them(
    bench: RetentionBench, complaint: int
) -> None:
    hold = bench.hold(HoldScope.CASE, str(complaint))
    with bench.store.writing() as transaction:
        found = honour_deletion(transaction, PACK, bench.key("1"), at=bench.time, now=bench.time)
        item = transaction.mentions.get([bench.key("1")])[0]
        shown = as_shown(transaction, [item])[0]
        assert redact_deleted(transaction, PACK, now=bench.time) == 0
        assert look(transaction, PACK, now=bench.time).deletions == (found,)
        kinds = events_of(transaction, complaint)
    assert found.redacted_at is None and f"legal hold {hold.number} by lee" == found.waits_for
    assert "charged twice" in item.mention.text and shown.mention.text == DELETED and shown.mention.url is None
    assert kinds.count(EventKind.DELETION_WAITS) == 1
    bench.lift(hold.number)
    with bench.store.writing() as transaction:
        assert redact_deleted(transaction, PACK, now=bench.time) == 1
        assert redact_deleted(transaction, PACK, now=bench.time) == 0
        assert transaction.mentions.get([bench.key("1")])[0].mention.text == DELETED


def test_a_message_is_judged_before_its_words_go(bench: RetentionBench) -> None:
    bench.read(message(f"{COMPLAINT} {SECRET}", id=f"1-{SECRET}"))
    key = bench.key("1")
    with bench.store.writing() as transaction:
        found = honour_deletion(transaction, PACK, key, at=bench.time, now=bench.time)
    assert found.waits_for is not None and "not judged yet" in found.waits_for
    bench.drain()
    with bench.store.writing() as transaction:
        assert redact_deleted(transaction, PACK, now=bench.time) == 1
        assert kept_words(transaction, PACK, key, role="admin") is not None


def test_a_ticket_that_is_still_to_be_pushed_is_waited_for(bench: RetentionBench, complaint: int) -> None:
    row = bench.answer(78, to=f"1-{SECRET}", case_id=complaint)
    with bench.store.writing() as transaction:
        found = honour_deletion(transaction, PACK, bench.key("1"), at=bench.time, now=bench.time)
    assert found.waits_for is not None and "still to be delivered" in found.waits_for
    bench.flow.deliver(row)
    with bench.store.writing() as transaction:
        assert redact_deleted(transaction, PACK, now=bench.time) == 1


def test_a_channel_whose_terms_are_switched_off_hides_only(bench: RetentionBench, complaint: int) -> None:
    off = Platform("x", honour=False, within_hours=24, terms="none", source="the firm's lawyers")
    pack = replace(PACK, platforms={"*": off})
    with bench.store.writing() as transaction:
        found = honour_deletion(transaction, pack, bench.key("1"), at=bench.time, now=bench.time)
        item = transaction.mentions.get([bench.key("1")])[0]
        assert as_shown(transaction, [item])[0].mention.text == DELETED
        assert redact_deleted(transaction, pack, now=bench.time) == 0
    assert (found.redact_by, found.redacted_at) == (None, None)
    assert "charged twice" in item.mention.text


def test_a_deletion_that_cannot_be_is_refused(bench: RetentionBench, complaint: int) -> None:
    with bench.store.writing() as transaction:
        with pytest.raises(RefusedError, match="no message has the id"):
            honour_deletion(transaction, PACK, "m_0", at=bench.time, now=bench.time)
        with pytest.raises(RefusedError, match="lies in the future"):
            honour_deletion(transaction, PACK, bench.key("1"), at=bench.time + years(1), now=bench.time)
        with pytest.raises(RefusedError, match="no time zone"):
            honour_deletion(transaction, PACK, bench.key("1"), at=bench.time.replace(tzinfo=None), now=bench.time)


def test_deleting_what_was_redacted_changes_no_marker(bench: RetentionBench, complaint: int) -> None:
    bench.time += years(8)
    bench.clear_all()
    with bench.store.writing() as transaction:
        found = honour_deletion(transaction, PACK, bench.key("1"), at=bench.time, now=bench.time)
        assert transaction.mentions.get([bench.key("1")])[0].mention.text == REDACTED
    assert found.kept_in is None and found.redacted_at is not None


# the schema


def test_the_privacy_page_names_every_table() -> None:
    page = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text(encoding="utf-8")
    assert [name for name in metadata.tables if f"`{name}`" not in page] == []
