import smtplib
import ssl
from dataclasses import replace
from email import message_from_bytes
from email.policy import default

import pytest

from connectors.mailbox.channel import MailboxChannel
from models import AuthoredBy, MayReply, Mention, Reply
from models.errors import AccessError, PermanentError, RetryableError, UnknownOutcomeError
from tests.connectors.mailbox.conftest import open_client, open_sender, open_source
from tests.fakes.mailbox import US, FakeServer, FakeSmtp, a_mail

SORRY = Reply("reply:1", "Sorry to hear that! Größe 😡", is_private=True, authored_by=AuthoredBy.PERSON)
BY_PROGRAM = replace(SORRY, authored_by=AuthoredBy.AUTOMATION)
NO_ANSWERS = "Nobody reads what is sent to this address: it takes no answers."


@pytest.fixture
def mention(server: FakeServer) -> Mention:
    return mention_of(server, a_mail(subject="Card lost", id="<2@mail.test>", References="<1@mail.test>"))


def mention_of(server: FakeServer, raw: bytes) -> Mention:
    uid = server.inbox.add(raw)
    found = {mention.raw["place"]: mention for mention in open_source(server).pull(None).mentions}
    return found[f"7:{uid}"]


class TestAnAnswer:
    def test_it_is_a_mail_in_the_same_thread(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention
    ) -> None:
        receipt = channel.reply(mention, SORRY)

        ((sender, to, raw),) = server.taken
        sent = message_from_bytes(raw, policy=default)
        assert (sender, to) == (US, "alice@mail.test")
        assert (sent["From"], sent["To"], sent["Subject"]) == (US, "alice@mail.test", "Re: Card lost")
        assert sent["In-Reply-To"] == "<2@mail.test>"
        assert sent["References"] == "<1@mail.test> <2@mail.test>"
        assert sent["Message-ID"] == receipt.reference
        assert sent["Date"] == "Fri, 05 Jun 2026 12:05:00 +0000"
        assert sent.get_content().rstrip("\r\n") == "Sorry to hear that! Größe 😡"
        assert sent["Auto-Submitted"] is None
        assert not receipt.found

    def test_what_a_program_wrote_says_so(self, server: FakeServer, channel: MailboxChannel, mention: Mention) -> None:
        channel.reply(mention, BY_PROGRAM)

        assert message_from_bytes(server.taken[0][2])["Auto-Submitted"] == "auto-replied"

    def test_it_goes_where_its_author_wants_answers(self, server: FakeServer, channel: MailboxChannel) -> None:
        channel.reply(mention_of(server, a_mail(Reply_To="Work <alice@work.test>")), SORRY)

        assert server.taken[0][1] == "alice@work.test"

    def test_the_subject_is_marked_as_an_answer_once(self, server: FakeServer, channel: MailboxChannel) -> None:
        channel.reply(mention_of(server, a_mail(subject="RE: re: Größe")), SORRY)

        assert message_from_bytes(server.taken[0][2], policy=default)["Subject"] == "Re: Größe"

    def test_headers_cannot_be_smuggled_in(self, server: FakeServer, channel: MailboxChannel, mention: Mention) -> None:
        smuggled = {
            "subject": "x\r\nBcc: everybody@mail.test",
            "references": ["<1@x>\r\nBcc: <e@mail.test>", "<ok@x>"],
        }
        channel.reply(replace(mention, raw=smuggled), SORRY)

        sent = message_from_bytes(server.taken[0][2])
        assert sent["Bcc"] is None
        assert sent["References"] == "<ok@x> <2@mail.test>"

    @pytest.mark.parametrize("address", ["a@x\r\nBcc: b@y", "a@x, b@y", "<a@x>", "nobody", "", "a b@x", "a@x\0"])
    def test_an_address_that_is_none_is_refused(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention, address: str
    ) -> None:
        assert mention.author is not None
        strange = replace(mention, author=replace(mention.author, id=address), raw={})

        assert not channel.may_reply(strange).allowed
        with pytest.raises(PermanentError):
            channel.reply(strange, SORRY)
        assert not server.taken

    def test_long_ids_and_many_of_them_stay_whole(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention
    ) -> None:
        ids = [f"<{number}{'x' * 100}@mail.test>" for number in range(30)]
        channel.reply(replace(mention, native_id=ids[-1], raw={"references": ids[:-1]}), SORRY)

        sent = message_from_bytes(server.taken[0][2])
        kept = sent["References"].split()
        assert sent["In-Reply-To"] == ids[-1]
        assert kept[0] == ids[0]
        assert kept[-1] == ids[-1]
        assert set(kept) <= set(ids)
        assert max(len(line) for line in server.taken[0][2].splitlines()) < 998

    def test_an_id_of_our_own_making_is_not_sent_out(self, server: FakeServer, channel: MailboxChannel) -> None:
        channel.reply(mention_of(server, a_mail(id=None)), SORRY)

        sent = message_from_bytes(server.taken[0][2])
        assert sent["In-Reply-To"] is None
        assert sent["References"] is None

    @pytest.mark.parametrize("text", ["", " \n", "\0", "x" * 100_001])
    def test_words_that_cannot_be_sent_are_refused(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention, text: str
    ) -> None:
        with pytest.raises(PermanentError):
            channel.reply(mention, replace(SORRY, text=text))
        assert not server.taken

    def test_a_dot_and_long_lines_and_nul_do_no_harm(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention
    ) -> None:
        text = "one\n.\n" + "x" * 5_000 + "\nאין"
        channel.reply(mention, replace(SORRY, text=text + "\0"))

        sent = message_from_bytes(server.taken[0][2], policy=default)
        assert sent.get_content().replace("\r\n", "\n").rstrip("\n") == text

    def test_an_address_beyond_ascii_needs_a_server_that_takes_it(self, server: FakeServer, mention: Mention) -> None:
        assert mention.author is not None
        abroad = replace(mention, author=replace(mention.author, id="jörg@größe.test"))
        plain = MailboxChannel(open_client(server), open_sender(server, extensions=("auth",)), account=US)

        with pytest.raises(PermanentError):
            plain.reply(abroad, SORRY)
        MailboxChannel(open_client(server), open_sender(server), account=US).reply(abroad, SORRY)
        assert server.taken[0][1] == "jörg@größe.test"


class TestSentOnce:
    def test_a_sent_mail_is_filed_and_found(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention
    ) -> None:
        first = channel.reply(mention, SORRY)
        again = channel.reply(mention, SORRY)

        assert (again.reference, again.found) == (first.reference, True)
        assert len(server.taken) == 1
        assert len(server.sent.mails) == 1

    def test_two_answers_to_one_mail_are_two(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention
    ) -> None:
        channel.reply(mention, SORRY)
        channel.reply(mention, replace(SORRY, key="reply:2"))

        assert len(server.taken) == 2

    def test_one_whose_answer_is_lost_is_found_where_the_server_files_it(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention
    ) -> None:
        server.fail("data", TimeoutError("slow"))
        with pytest.raises(UnknownOutcomeError):
            channel.reply(mention, SORRY)
        server.sent.add(server.taken[0][2].replace(b"\r\n", b"\n"))

        assert channel.reply(mention, SORRY).found
        assert len(server.taken) == 1

    def test_where_nothing_is_filed_the_second_mail_has_the_id_of_the_first(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention
    ) -> None:
        server.sent_folder = None
        server.fail("data", smtplib.SMTPServerDisconnected("gone"))
        with pytest.raises(UnknownOutcomeError):
            channel.reply(mention, SORRY)
        channel.reply(mention, SORRY)

        ids = {message_from_bytes(raw)["Message-ID"] for _, _, raw in server.taken}
        assert len(server.taken) == 2
        assert len(ids) == 1

    def test_a_mail_that_cannot_be_filed_is_sent_all_the_same(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention, caplog: pytest.LogCaptureFixture
    ) -> None:
        server.fail("append", TimeoutError("slow"))

        assert channel.reply(mention, SORRY).reference
        assert "could not be filed" in caplog.text
        assert "Sorry" not in caplog.text

    def test_a_server_that_files_by_itself_is_left_to_it(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention
    ) -> None:
        server.before["data"] = lambda: server.sent.add(server.taken[-1][2].replace(b"\r\n", b"\n")) and None

        channel.reply(mention, SORRY)

        assert len(server.sent.mails) == 1

    def test_a_goodbye_that_fails_is_no_reason_to_send_it_again(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention
    ) -> None:
        server.fail("quit", TimeoutError("slow"))

        assert not channel.reply(mention, SORRY).found

    def test_while_nobody_can_look_nothing_is_sent(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention
    ) -> None:
        server.fail("connect", ConnectionRefusedError("no"))

        with pytest.raises(RetryableError):
            channel.reply(mention, SORRY)
        assert not server.taken


class TestRefusals:
    @pytest.mark.parametrize(
        ("step", "code", "error"),
        [
            ("rcpt", 550, PermanentError),
            ("rcpt", 553, PermanentError),
            ("rcpt", 451, RetryableError),
            ("rcpt", 421, RetryableError),
            ("mail", 550, AccessError),
            ("mail", 530, AccessError),
            ("mail", 452, RetryableError),
            ("mail", 552, PermanentError),
            ("data", 552, PermanentError),
            ("data", 554, PermanentError),
            ("data", 451, RetryableError),
        ],
    )
    def test_a_code_says_what_happens_next(
        self, server: FakeServer, channel: MailboxChannel, mention: Mention, step: str, code: int, error: type
    ) -> None:
        server.codes[step] = code

        with pytest.raises(error) as raised:
            channel.reply(mention, SORRY)

        assert type(raised.value) is error
        assert str(code) in str(raised.value)
        assert "alice" not in str(raised.value)
        assert not server.taken

    @pytest.mark.parametrize(
        ("step", "raised_by_library", "error"),
        [
            ("smtp connect", ConnectionRefusedError("no"), RetryableError),
            ("smtp connect", TimeoutError("slow"), RetryableError),
            ("smtp connect", smtplib.SMTPConnectError(421, "busy"), RetryableError),
            ("smtp connect", ssl.SSLCertVerificationError("self-signed"), AccessError),
            ("smtp connect", smtplib.SMTPNotSupportedError("no STARTTLS"), AccessError),
            ("ehlo", smtplib.SMTPServerDisconnected("gone"), RetryableError),
            ("ehlo", smtplib.SMTPHeloError(554, "go away"), AccessError),
            ("smtp login", smtplib.SMTPAuthenticationError(535, b"no"), AccessError),
            ("smtp login", smtplib.SMTPAuthenticationError(454, b"later"), RetryableError),
            ("smtp login", smtplib.SMTPNotSupportedError("no AUTH"), AccessError),
            ("rcpt", TimeoutError("slow"), RetryableError),
            ("data", smtplib.SMTPDataError(451, b"later"), RetryableError),
            ("data", smtplib.SMTPDataError(554, b"no"), PermanentError),
            ("data", ConnectionResetError("gone"), UnknownOutcomeError),
        ],
    )
    def test_a_failure_says_whether_it_may_have_been_sent(
        self,
        server: FakeServer,
        channel: MailboxChannel,
        mention: Mention,
        step: str,
        raised_by_library: Exception,
        error: type,
    ) -> None:
        server.fail(step, raised_by_library)

        with pytest.raises(error) as raised:
            channel.reply(mention, SORRY)

        assert type(raised.value) is error

    def test_an_access_token_is_used_as_one_and_a_challenge_is_answered_with_nothing(self, server: FakeServer) -> None:
        open_sender(server, login="xoauth2").check()

        assert ("smtp auth", ("XOAUTH2", f"user={US}\1auth=Bearer pw\1\1", "")) in server.asked


class TestWhetherItMayBeAnswered:
    def test_a_persons_mail_may_be_in_private(self, channel: MailboxChannel, mention: Mention) -> None:
        may = MayReply(allowed=True, max_characters=100_000, takes_private=True)

        assert channel.may_reply(mention) == may
        assert channel.may_reply(mention, authored_by=AuthoredBy.AUTOMATION, is_private=True) == may
        assert channel.capabilities(mention).reply_private

    def test_not_in_public(self, server: FakeServer, channel: MailboxChannel, mention: Mention) -> None:
        assert not channel.may_reply(mention, is_private=False).allowed
        with pytest.raises(PermanentError):
            channel.reply(mention, replace(SORRY, is_private=False))
        assert not server.taken

    @pytest.mark.parametrize("header", ["Auto-Submitted: auto-replied", "Precedence: bulk", "List-Id: <n.test>"])
    def test_a_program_is_answered_by_a_person_alone_who_is_warned(
        self, server: FakeServer, channel: MailboxChannel, header: str
    ) -> None:
        mention = mention_of(server, header.encode() + b"\n" + a_mail())

        by_program = channel.may_reply(mention, authored_by=AuthoredBy.AUTOMATION)
        assert (by_program.allowed, "program" in by_program.reason) == (False, True)
        by_person = channel.may_reply(mention)
        assert (by_person.allowed, "nobody may read" in by_person.reason) == (True, True)
        with pytest.raises(PermanentError):
            channel.reply(mention, BY_PROGRAM)
        channel.reply(mention, SORRY)
        assert len(server.taken) == 1

    @pytest.mark.parametrize(
        "raw",
        [b"Return-Path: <>\n" + a_mail(), a_mail(sender="no-reply@shop.test")],
        ids=["null sender", "no-reply"],
    )
    def test_nobody_answers_whom_no_answer_reaches(
        self, server: FakeServer, channel: MailboxChannel, raw: bytes
    ) -> None:
        mention = mention_of(server, raw)

        assert channel.may_reply(mention) == MayReply(allowed=False, reason=NO_ANSWERS)
        assert not channel.capabilities(mention).reply_private

    def test_nothing_is_answered_without_a_server_to_send_by(self, server: FakeServer, mention: Mention) -> None:
        channel = MailboxChannel(open_client(server), None, account=US)

        assert "EARSHOT_MAILBOX_SMTP" in channel.may_reply(mention).reason
        with pytest.raises(PermanentError):
            channel.reply(mention, SORRY)

    def test_a_mail_is_never_asked_for_again(self, channel: MailboxChannel, mention: Mention) -> None:
        assert channel.recheck([mention]) == {}
        assert not channel.surroundings([mention]).bystanders

    def test_the_fake_asks_for_a_login_as_a_server_does(self, server: FakeServer) -> None:
        assert FakeSmtp(server).has_extn("auth")
