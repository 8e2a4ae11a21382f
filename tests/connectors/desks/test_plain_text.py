import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.desks.plain_text import one_line, plain


def test_only_nul_and_lone_surrogates_are_taken_out_and_line_ends_made_one():
    assert plain("a\0b\r\nc\rd <b>é</b> 😀\t\ud800") == "ab\nc\nd <b>é</b> 😀\t?"


@given(st.text(st.characters(), max_size=80))
def test_plain_text_can_always_be_stored_and_is_stable(text):
    assert plain(plain(text).encode().decode()) == plain(text)


@given(st.text(max_size=80), st.integers(min_value=3, max_value=60))
def test_one_line_is_never_longer_nor_more_than_one(text, longest):
    line = one_line(text, longest_bytes=longest)
    assert len(line.encode()) <= longest
    assert len(line.splitlines()) <= 1


@pytest.mark.parametrize(
    ("text", "line"), [("  a\n b\tc ", "a b c"), ("abcdefg", "abc…"), ("abcdef", "abcdef"), ("éééé", "é…")]
)
def test_one_line_folds_white_space_and_shows_where_it_cut(text, line):
    assert one_line(text, longest_bytes=6) == line
