"""Whatever is changed in a stored entry, `verify` names it."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import Entry
from register.verify import verify
from tests.register.chain import three_complaints

TEXTS = [field.name for field in fields(Entry) if field.name not in ("seq", "personal", "salt")]


def test_an_untouched_register_verifies_and_gives_its_last_digest() -> None:
    entries = three_complaints()
    result = verify(entries, head=(5, entries[-1].digest))
    assert (result.entries, result.redacted, result.digest, result.fault) == (5, 0, entries[-1].digest, None)


def test_an_empty_register_verifies() -> None:
    assert verify([], head=(0, "0" * 64)).fault is None


@given(place=st.integers(0, 4), name=st.sampled_from([*TEXTS, "personal", "salt"]), data=st.data())
def test_a_changed_byte_anywhere_is_named(place: int, name: str, data: st.DataObject) -> None:
    entries = three_complaints()
    text = getattr(entries[place], name)
    index = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(exclude_characters=text[index], exclude_categories=["Cs"]))
    entries[place] = replace(entries[place], **{name: text[:index] + other + text[index + 1 :]})
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


def test_swapped_entries_are_found() -> None:
    first, second, *rest = three_complaints()
    assert verify([second, first, *rest]).fault is not None


def test_redacted_personal_data_leaves_the_chain_whole() -> None:
    entries = three_complaints()
    entries[0] = replace(entries[0], personal=None, salt=None)
    result = verify(entries)
    assert (result.entries, result.redacted, result.fault) == (5, 1, None)


def test_half_a_redaction_is_a_fault() -> None:
    entries = three_complaints()
    entries[0] = replace(entries[0], personal=None)
    assert verify(entries).fault == "entry 1 (C-0000001, opened) has lost a part of its personal data"
