"""Whatever is changed in a stored entry, `verify` names it."""

from dataclasses import fields, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from models import Entry, EntryKind
from register.verify import verify, verify_stored
from store.register_log import BYTES
from store.store import Store
from tests.register.chain import chain, opening, three_complaints

TEXTS = [field.name for field in fields(Entry) if field.name not in ("seq", "personal", "salt")]


def redacted(*seqs: int) -> list[Entry]:
    """Two complaints, the first's personal data gone, and an entry that names `seqs`."""
    entries = chain(
        (EntryKind.OPENED, "C-0000001", opening(0)),
        (EntryKind.OPENED, "C-0000002", opening(1)),
        (EntryKind.REDACTED, "C-0000001", {"entries": list(seqs), "reason": "asked", "by": "a", "agreed_by": "b"}),
    )
    return [replace(entries[0], personal=None, salt=None), *entries[1:]]


def test_an_untouched_register_verifies_and_gives_its_last_digest() -> None:
    entries = three_complaints()
    result = verify(entries, head=(5, entries[-1].digest))
    assert (result.entries, result.redacted, result.digest, result.fault) == (5, 0, entries[-1].digest, None)


def test_an_empty_register_verifies() -> None:
    assert verify([], head=(0, "0" * 64)).fault is None


@given(place=st.integers(0, 4), name=st.sampled_from([*TEXTS, "personal", "salt"]), data=st.data())
def test_a_changed_letter_anywhere_is_named(place: int, name: str, data: st.DataObject) -> None:
    entries = three_complaints()
    said = getattr(entries[place], name)
    index = data.draw(st.integers(0, len(said) - 1))
    other = data.draw(st.characters(exclude_characters=said[index], exclude_categories=["Cs"]))
    entries[place] = replace(entries[place], **{name: said[:index] + other + said[index + 1 :]})
    fault = verify(entries).fault
    assert fault is not None and f"entry {place + 1}" in fault


@pytest.mark.parametrize("missing", range(4))
def test_a_removed_entry_is_missed(missing: int) -> None:
    entries = three_complaints()
    del entries[missing]
    assert verify(entries).fault == (
        f"entry {missing + 1} is missing: entry {missing + 2} ({entries[missing].complaint_id}, "
        f"{entries[missing].kind}) follows entry {missing}"
    )


def test_removed_last_entries_are_missed_by_the_head() -> None:
    entries = three_complaints()
    head = (5, entries[-1].digest)
    assert verify(entries[:4]).fault is None
    assert verify(entries[:4], head=head).fault == "entry 5 is missing: the last one written was 5"


@pytest.mark.parametrize("head", [(4, "0" * 64), (5, "f" * 64)])
def test_a_head_that_is_not_the_last_entry_is_named(head: tuple[int, str]) -> None:
    assert f"head, entry {head[0]}, is not entry 5" in str(verify(three_complaints(), head=head).fault)


def test_swapped_entries_are_found() -> None:
    first, second, *rest = three_complaints()
    assert verify([second, first, *rest]).fault is not None


def test_redacted_personal_data_leaves_the_chain_whole_where_an_entry_says_so() -> None:
    result = verify(redacted(1))
    assert (result.entries, result.redacted, result.fault) == (3, 1, None)


def test_personal_data_that_is_gone_without_a_word_is_a_fault() -> None:
    gone = "the personal data of entry 1 (C-0000001, opened) is gone, and no entry says that it was redacted"
    assert verify(redacted(2)).fault == gone
    assert verify(redacted()).fault == gone


def test_half_a_redaction_is_a_fault() -> None:
    entries = three_complaints()
    entries[0] = replace(entries[0], personal=None)
    assert verify(entries).fault == "entry 1 (C-0000001, opened) has lost a part of its personal data"


# in the database


@pytest.fixture
def filled(store: Store) -> Store:
    with store.writing() as transaction:
        transaction.register.lock()
        transaction.register.append_all(three_complaints())
    return store


def fault_of(store: Store) -> str | None:
    with store.reading() as transaction:
        return verify_stored(transaction.register.stored(), head=transaction.register.head()).fault


def test_stored_entries_verify_on_both_databases(filled: Store) -> None:
    assert fault_of(filled) is None


@pytest.mark.parametrize("name", ["seq", *BYTES])
def test_a_changed_value_of_any_column_is_named_on_both_databases(filled: Store, name: str) -> None:
    other = 17 if name == "seq" else "changed"
    with filled.engine.begin() as connection:
        connection.execute(text(f"UPDATE register_entries SET {name} = :other WHERE seq = 3"), {"other": other})
    fault = fault_of(filled)
    assert fault is not None and "entry 3" in fault


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seq=st.integers(1, 5), name=st.sampled_from(BYTES), place=st.integers(0), bit=st.integers(0, 7))
def test_a_flipped_bit_in_any_stored_byte_is_named(
    sqlite_store: Store, seq: int, name: str, place: int, bit: int
) -> None:
    """Written as the bytes they are: the text may then be no UTF-8 at all."""
    with sqlite_store.writing() as transaction:
        transaction.register.lock()
        if transaction.register.head()[0] == 0:
            transaction.register.append_all(three_complaints())
    where = {"seq": seq}
    with sqlite_store.engine.begin() as connection:
        select = text(f"SELECT CAST({name} AS BLOB) FROM register_entries WHERE seq = :seq")
        stored = connection.scalar(select, where)
        flipped = bytearray(stored)
        flipped[place % len(stored)] ^= 1 << bit
        change = text(f"UPDATE register_entries SET {name} = CAST(:value AS TEXT) WHERE seq = :seq")
        connection.execute(change, where | {"value": bytes(flipped)})
    fault = fault_of(sqlite_store)
    with sqlite_store.engine.begin() as connection:
        connection.execute(change, where | {"value": stored})
    assert fault is not None and f"entry {seq} (" in fault
    assert fault_of(sqlite_store) is None


@given(seq=st.integers(1, 5), other=st.integers(-(2**40), 2**40))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_changed_number_is_named(sqlite_store: Store, seq: int, other: int) -> None:
    if 1 <= other <= 5:
        other += 5
    with sqlite_store.writing() as transaction:
        transaction.register.lock()
        if transaction.register.head()[0] == 0:
            transaction.register.append_all(three_complaints())
    with sqlite_store.engine.begin() as connection:
        connection.execute(text("UPDATE register_entries SET seq = :to WHERE seq = :seq"), {"to": other, "seq": seq})
    fault = fault_of(sqlite_store)
    with sqlite_store.engine.begin() as connection:
        connection.execute(text("UPDATE register_entries SET seq = :to WHERE seq = :seq"), {"to": seq, "seq": other})
    assert fault is not None and (f"entry {seq} is missing" in fault or f"entry {other} (" in fault)


def test_the_register_as_it_stood_can_be_read_again(filled: Store) -> None:
    entries = three_complaints()
    with filled.reading() as transaction:
        register = transaction.register
        assert [entry.seq for entry in register.entries(by_complaint=True, until=3)] == [1, 3, 2]
        assert (register.complaints(), register.complaints(until=1)) == (3, 1)
        assert [register.digest_at(seq) for seq in (0, 2, 6)] == ["0" * 64, entries[1].digest, None]
