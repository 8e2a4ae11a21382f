"""What an author wrote, out of what a mail program sent."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.mailbox.html_text import text_of_html
from connectors.mailbox.letter import read_letter
from connectors.mailbox.quotations import said_in
from connectors.mailbox.records import words_of
from models.errors import RecordError


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two &amp; &euro;3</p>", "One\n\nTwo & €3"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<style>p{}</style><script>alert(1)</script>seen", "seen"),
        ("<html><head><title>t</title><meta x><body>seen", "seen"),
        ("<div>new</div><blockquote>old<blockquote>older</blockquote></blockquote>", "new\n\n> old\n> > older"),
        ("<table><tr><td>a</td><td>b</td></tr></table>", "ab"),
        ("a  \n\t b", "a b"),
        ("<p>unclosed <b>bold", "unclosed bold"),
        ("</blockquote></script>x", "x"),
        ("<!-- <p>hidden -->x<![CDATA[y]]><?xml z?>", "x"),
        ("<SCRIPT>if (a<b) {}</Script >seen", "seen"),
        ("3 < 4 and <3", "3 < 4 and <3"),
        ("cut <a href", "cut"),
        ("", ""),
    ],
)
def test_html_becomes_lines_of_text(html: str, text: str) -> None:
    assert text_of_html(html) == text


@given(st.text(alphabet="<>/!-[]a&;#x \n\"'=", max_size=300))
def test_no_html_is_too_broken(html: str) -> None:
    assert isinstance(text_of_html(html), str)


@pytest.mark.parametrize("piece", ["<blockquote>", "<", "<!--", "&", "<a ", "</", "<![", "<style>", "<p>"])
def test_html_made_to_be_slow_is_not(piece: str) -> None:
    began = time.perf_counter()
    text_of_html(piece * 20_000)
    assert time.perf_counter() - began < 5


WROTE = "On Fri, 5 Jun 2026 at 09:00, Help <help@larkbank.test> wrote:"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"No.\n\n{WROTE}\n> Solved?", "No."),
        (f"No.\n\n{WROTE}\n\nSolved?\nBye", "No."),
        ("No.\n\nOn Fri, 5 Jun 2026 at 09:00, Help\n<help@larkbank.test>\nwrote:\n> Solved?", "No."),
        ("Nein.\n\nAm 05.06.26 um 09:00 schrieb Help:\n> Erledigt?", "Nein."),
        ("Non.\n\nLe ven. 5 juin 2026 à 09:00, Help a écrit :\n> Fini ?", "Non."),
        ("No.\n\n-----Original Message-----\nFrom: Help\nSolved?", "No."),
        ("No.\n\nFrom: Help <help@larkbank.test>\nSent: Friday\nTo: Alice\nSubject: x\n\nSolved?", "No."),
        ("No.\n\n*From:* Help\n*Date:* Friday\n\nSolved?", "No."),
        (f"{WROTE}\n> First?\nYes.\n> Second?\nNo.", "Yes.\nNo."),
        ("> Solved?\nNo.\n-- \nAlice\nCEO", "No."),
        (f"{WROTE}\n> nothing new", f"{WROTE}\n> nothing new"),
        ("From: my heart\nI hate this", "From: my heart\nI hate this"),
        ("On Monday I wrote:\nyou never answered", "On Monday I wrote:\nyou never answered"),
        ("-- \nAlice", "-- \nAlice"),
        ("", ""),
    ],
)
def test_an_answer_is_read_without_its_history_and_signature(text: str, said: str) -> None:
    assert said_in(text, is_reply=True) == said


def test_what_is_no_answer_has_no_history_to_leave_out() -> None:
    text = "Look at this:\n> a quote\nFrom: Help\nTo: Alice\n\nSolved?"
    assert said_in(text, is_reply=False) == text


def test_what_somebody_forwards_is_what_they_want_to_be_read() -> None:
    raw = (
        b"From: a@x\nSubject: Fwd: scam\nReferences: <1@x>\n\nIs this you?\n\n"
        b"From: Fake <f@x>\nSent: Friday\nTo: me\n\nSend money"
    )
    assert "Send money" in words_of(read_letter(raw))


@given(st.text(max_size=400))
def test_words_are_never_lost_altogether(text: str) -> None:
    assert bool(said_in(text, is_reply=True)) == bool(text.strip())


@pytest.mark.parametrize("line", ["On " + "a " * 300, "On " * 200, "-" * 5_000, "From: x", ">", "x" * 90_000])
def test_mails_made_to_be_slow_are_not(line: str) -> None:
    began = time.perf_counter()
    said_in("\n".join([line] * (100_000 // len(line))), is_reply=True)
    assert time.perf_counter() - began < 5


def test_html_stands_in_where_there_is_no_plain_text() -> None:
    head = "From: a@x\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
    parts = "--b\nContent-Type: text/plain\n\n \n--b\nContent-Type: text/html\n\n<p>Where is it?</p>\n--b--\n"
    assert words_of(read_letter((head + parts).encode())) == "Where is it?"


def test_plain_text_is_preferred() -> None:
    head = "From: a@x\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary=b\n\n"
    parts = "--b\nContent-Type: text/html\n\n<p>html</p>\n--b\nContent-Type: text/plain\n\nplain\n--b--\n"
    assert words_of(read_letter((head + parts).encode())) == "plain"


@given(st.binary(max_size=400))
def test_any_bytes_are_a_mail_or_rejected_with_a_reason(raw: bytes) -> None:
    try:
        letter = read_letter(raw)
    except RecordError as error:
        assert str(error)
        return
    assert letter.id
    words_of(letter).encode(errors="surrogatepass")


@given(st.text(alphabet="<>@;:,\"\\()=?utf8qb -/*'\n", max_size=120))
def test_any_headers_are_a_mail_or_rejected_with_a_reason(head: str) -> None:
    names = ("From", "Subject", "Date", "Received", "References", "Content-Type", "Content-Disposition", "Reply-To")
    value = head.replace("\n", " ")
    raw = "\n".join(f"{name}: {value}" for name in names) + "\n\nwords"
    try:
        words_of(read_letter(raw.encode()))
    except RecordError as error:
        assert str(error)
