"""Mail header injection: whatever strangers wrote, a mail of ours has our headers and one recipient."""

from dataclasses import replace
from datetime import date
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.mailbox.compose import recipient
from connectors.mailbox.letter import read_letter
from connectors.mailbox.records import CHANNEL
from flow.weekly_report import Mail, letter
from measure.periods import week_of
from models import AuthoredBy, Mention, Reply
from models.errors import EarshotError, PermanentError
from settings import Settings
from tests.connectors.mailbox.conftest import open_channel, open_sender, open_source
from tests.fakes.mailbox import US, FakeServer, a_mail
from tests.inbox.factory import NOW

EVIL = "evil@attacker.test"
BREAKS = (
    *("\r\n", "\n", "\r", "\u2028", "\u2029", "\x85", "\x0b"),
    *("\x0c", "\x1c", "\x00", "\r\n ", "\n\n", "\\r\\n", "%0d%0a"),
)
ENCODED = (
    "=?utf-8?q?x=0D=0ABcc:_evil=40attacker.test?=",
    "=?utf-8?q?x=0D=0A=0D=0Apaid_back_in_full?=",
    "=?utf-8?b?eA0KQmNjOiBldmlsQGF0dGFja2VyLnRlc3Q=?=",
    "=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3D0D=3D0ABcc=3A=5Fevil=3D40attacker.test=3F=3D?=",
    "==?utf-8?q?x=0D=0ABcc:_evil=40attacker.test?=",
    "=?utf-16?q?x=0D=0ABcc:x?=",
    "=?iso-2022-jp?b?GyRCDQobKEI=?=",
)
HOSTILE = (*ENCODED, *(f"x{end}Bcc: {EVIL}" for end in BREAKS), "x" * 10_000, "=?", "?=", "=?=?=?", "\ud800")
ADDRESSES = (
    f"a@mail.test,{EVIL}",
    f"a@mail.test {EVIL}",
    f"a@mail.test;{EVIL}",
    f"a@mail.test>,<{EVIL}",
    f'"{EVIL}"@mail.test',
    f"a@mail.test({EVIL})",
    f"group:{EVIL};",
    "a\\@mail.test@attacker.test",
    "a@mail.test@attacker.test",
    "=?utf-8?q?evil=40attacker.test=2C?=@mail.test",
    "=?utf-8?q?x=0d=0aBcc=3aevil=40attacker.test?=@mail.test",
    "a@mail.test\u2028",
    "a@mail.test\\",
    *(f"a@mail.test{end}RCPT TO:<{EVIL}>" for end in BREAKS[:6]),
)
OURS = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted"}
OURS |= {"Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
SORRY = Reply("reply:1", "Sorry!", is_private=True, authored_by=AuthoredBy.PERSON)


def written(**raw: object) -> Mention:
    """A message as a hostile mail, or a hostile program by our API, makes it."""
    given = {"subject": "Card lost", "reply_to": "alice@mail.test", "references": ["<1@mail.test>"]} | raw
    server = FakeServer()
    server.inbox.add(a_mail())
    (plain,) = open_source(server).pull(None).mentions
    native = raw.get("native_id", plain.native_id)
    return replace(plain, channel=CHANNEL, raw={**plain.raw, **given}, native_id=str(native))


def sent_to(mention: Mention, reply: Reply = SORRY) -> tuple[str, EmailMessage] | None:
    """What a mail server was handed; None where we refused to send."""
    server = FakeServer()
    try:
        open_channel(server).reply(mention, reply)
    except EarshotError:
        assert not server.taken
        return None
    ((_, to, raw),) = server.taken
    return to, message_from_bytes(raw, policy=default)  # type: ignore[return-value]


def has_our_headers_alone(mail: EmailMessage) -> None:
    assert set(mail.keys()) <= OURS, mail.keys()
    assert len(mail.keys()) == len(set(mail.keys()))
    assert len(mail["To"].addresses) == 1
    assert EVIL not in str(mail["To"])


@given(text=st.sampled_from(HOSTILE) | st.text(max_size=60) | st.lists(st.sampled_from(HOSTILE)).map("".join))
@settings(max_examples=80)
def test_no_subject_becomes_a_header(text):
    found = sent_to(written(subject=text))
    assert found is not None
    to, mail = found
    has_our_headers_alone(mail)
    assert to == "alice@mail.test" and mail.get_content().strip() == "Sorry!"


@given(id=st.sampled_from([f"<{one}@x>".replace(" ", "_") for one in HOSTILE]) | st.text(max_size=40))
@settings(max_examples=60)
def test_no_id_of_a_mail_becomes_a_header(id):
    for mention in (written(references=[id, "<1@mail.test>"]), written(native_id=id)):
        found = sent_to(mention)
        assert found is not None
        has_our_headers_alone(found[1])
        assert found[1].get_content().strip() == "Sorry!"


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_that_names_a_second_one_is_not_written_to(address):
    assert recipient(written(reply_to=address)) is None
    assert sent_to(written(reply_to=address)) is None


@given(text=st.sampled_from(HOSTILE) | st.text(min_size=1, max_size=80))
@settings(max_examples=60)
def test_whatever_a_reply_says_stays_in_its_body(text):
    found = sent_to(written(), replace(SORRY, text=text))
    if found is not None:
        has_our_headers_alone(found[1])


@pytest.mark.parametrize("evil", HOSTILE)
def test_a_hostile_mail_is_read_and_answered_to_its_one_sender(evil):
    """From the bytes that a stranger sends to the bytes that go back."""
    server = FakeServer()
    cut = evil.replace("\r", "").replace("\n", "").encode("utf-8", "replace")
    raw = b"From: =?utf-8?q?=22a=22=2C_=3Cevil=40attacker.test=3E?= <alice@mail.test>\r\n"
    raw += b"Subject: " + cut + b"\r\nMessage-ID: <2" + cut.replace(b" ", b"_")[:400] + b"@mail.test>\r\n"
    raw += b"References: <1" + cut.replace(b" ", b"_")[:400] + b"@mail.test>\r\n"
    raw += b"Date: Fri, 05 Jun 2026 12:00:00 +0000\r\n\r\nhelp\r\n"
    assert read_letter(raw).sender == "alice@mail.test"
    server.inbox.add(raw)
    (mention,) = open_source(server).pull(None).mentions
    found = sent_to(mention)
    assert found is not None and found[0] == "alice@mail.test"
    has_our_headers_alone(found[1])


def test_the_sender_hands_over_no_mail_that_reads_otherwise_than_it_was_written():
    """Whoever composed it, and whatever the standard library makes of it."""
    server = FakeServer()
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = US, "alice@mail.test", ENCODED[0]
    message.set_content("x")
    with pytest.raises(PermanentError, match="header of its own"):
        open_sender(server).send(message, sender=US, to="alice@mail.test")
    assert not server.taken


@pytest.mark.parametrize("name", ["Lark\r\nBcc: evil@attacker.test", *ENCODED, "Lark, <evil@attacker.test>"])
def test_the_weekly_report_goes_to_its_address_alone_whatever_the_firm_is_called(name):
    server, ours = FakeServer(), Settings(mailbox_address=US, firm_name="x")
    mail = Mail("words", b"<p>words</p>", b"%PDF-", f"{name}: how cases were handled")
    message = letter(ours, mail, week_of(date(2026, 6, 1)), "lead@mail.test", now=NOW)
    try:
        open_sender(server).send(message, sender=US, to="lead@mail.test")
    except PermanentError:
        assert not server.taken
        return
    sent = message_from_bytes(server.taken[0][2], policy=default)
    assert set(sent.keys()) <= OURS and server.taken[0][1] == "lead@mail.test"


@pytest.mark.parametrize("wrong", ["a@b.example,c@d.example\r\nBcc: x", "a@b@c", "a b@c.example", "x", "ü@b.example"])
def test_no_address_of_the_report_is_more_than_one(wrong):
    with pytest.raises(ValueError, match="e-mail address"):
        Settings(report_to=frozenset({wrong}))
