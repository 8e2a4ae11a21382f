import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.text import cleaned, forms
from learning.masking import masked


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("@larkbank where is my card?", "@user where is my card?"),
        ("mail me: mira.field+x@mail.example.com!", "mail me: somebody@example.invalid!"),
        ("see https://x.example/mira?a=1 now", "see http now"),
        ("call 0412 345 678, ref AB-12345", "call 0000 000 000, ref AB-00000"),
        ("I lost $1,250.50", "I lost $0,000.00"),
        ("  two\u200b words  ", "two words"),
        ("", ""),
    ],
)
def test_who_and_which_number_become_placeholders(text: str, shown: str) -> None:
    assert masked(text) == shown


def test_the_author_is_taken_out_by_handle_and_by_name_in_any_case() -> None:
    shown = masked("I am MIRA FIELD (mira_f on here), not Mirabel or mira_field.", ["@mira_f", "Mira Field"])
    assert shown == "I am @user ( @user on here), not Mirabel or mira_field."


@pytest.mark.parametrize("name", ["", "@", "jo", " "])
def test_a_name_of_two_letters_is_not_looked_for(name: str) -> None:
    assert masked("jo, it is a joke", [name]) == "jo, it is a joke"


def test_a_name_with_marks_in_it_is_taken_literally() -> None:
    assert masked("a+b said c", ["(a+b)", "[x"]) == "a+b said c"


PIECES = st.sampled_from(
    [
        "@bo",
        "@ bo",
        "a@b.co",
        "https://x.y/z",
        "www.x.y",
        "http",
        "123",
        "$4.5",
        "word",
        "Ümit",
        "!!",
        "...",
        "#tag",
        "😀",
    ]
)


@given(st.lists(st.tuples(PIECES, st.sampled_from(["", " ", "\n", ", ", " (", ") ", "."])), max_size=12))
def test_the_classifier_reads_the_masked_text_as_it_read_the_message(pieces: list[tuple[str, str]]) -> None:
    text = "".join(piece + gap for piece, gap in pieces)
    assert forms(cleaned(masked(text))) == forms(cleaned(text))


@given(st.text(max_size=200))
def test_no_text_makes_it_fail_and_no_digit_is_left(text: str) -> None:
    assert not set(masked(text)) & set("123456789")
