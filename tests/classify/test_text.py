import pytest

from classify.text import MAX_CHARACTERS, cleaned, encoder_pieces, encoder_text, forms, tokens, words_only


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Acme_Help look https://x.io/1?a=b", ["<user>", "look", "<url>"]),
        ("write to jane.doe@example.com", ["write", "to", "<email>"]),
        ("paid $1,299.50 on 05/06", ["paid", "<number>", "on", "<number>"]),
        ("SOOOOO bad!!!!", ["soo", "bad", "!!"]),
        ("ŞİKÂYETİM VAR", ["sikayetim", "var"]),
        ("ｒｅｆｕｎｄ", ["refund"]),
        ("great 😡", ["great", "😡"]),
        ("don’t", ["don't"]),
        ("@user@social.example.org hi", ["<user>", "hi"]),
    ],
)
def test_tokens_have_one_form(text, expected):
    assert forms(cleaned(text)) == expected


def test_turkish_is_read_alike_with_and_without_its_own_letters():
    assert forms("ılık çorba şöyle böyle ağır") == forms("ilik corba soyle boyle agir")


def test_a_text_is_cut_at_the_stated_length():
    assert len(cleaned("x" * 100_000)) == MAX_CHARACTERS


def test_tokens_know_where_they_stand():
    text = cleaned("charged  TWICE")

    assert [text[token.start : token.end] for token in tokens(text)] == ["charged", "TWICE"]


def test_the_language_is_told_by_words_alone():
    text = "@acme Nerede? https://x.io 12 kargom"

    assert words_only(text, tokens(text)) == "Nerede kargom"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@Acme_Help look  https://x.io/1?a=b", "@user look http"),
        ("write to\n\tjane.doe@example.com!", "write to email!"),
        ("paid $1,299.50, SOOOOO bad!!!!!", "paid $1,299.50, SOOO bad!!!"),
        ("  heyyy \n", "heyyy"),
        ("@user and http", "@user and http"),
        ("@a @b @c.d well, @e", "@user well, @user"),
        ("", ""),
    ],
)
def test_the_encoder_reads_neither_who_nor_where(text, expected):
    assert encoder_text(cleaned(text)) == expected


@pytest.mark.parametrize("text", [" @a @b  said: NOOOOOO…   see www.x.io/abc now ", "a\u00a0\u3000b", "1111111 x@y.zz"])
def test_each_character_the_encoder_reads_is_found_again(text):
    text = cleaned(text)
    pieces = encoder_pieces(text, tokens(text))

    for piece in pieces:
        written = text[piece.start : piece.end]
        assert piece.written in (written, " ", written[:3], "@user", "http", "email")
        assert all(piece.start <= origin < piece.end for origin in piece.origins)
    assert "".join(piece.written for piece in pieces) == encoder_text(text)
