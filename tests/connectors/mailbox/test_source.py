import imaplib
import json
import ssl
from datetime import timedelta

import pytest
from imap_tools.errors import MailboxFetchError, MailboxFolderSelectError

from connectors.mailbox.source import MailboxSource
from models import Author, Kind, Mention, Page
from models.errors import AccessError, RetryableError
from models.identity import mention_id
from tests.connectors.mailbox.conftest import open_client, open_source
from tests.fakes.mailbox import NOW, US, FakeFolder, FakeServer, a_mail, minutes


def only(page: Page) -> Mention:
    (mention,) = page.mentions
    return mention


def pulled(server: FakeServer, *raws: bytes) -> Page:
    for raw in raws:
        server.inbox.add(raw)
    return open_source(server).pull(None)


class TestAMail:
    def test_it_is_a_private_message_with_its_author_and_thread(self, server: FakeServer) -> None:
        raw = a_mail("Still waiting.", subject="Re: Card", References="<0@mail.test> <a@larkbank.test>")

        mention = only(pulled(server, raw))

        assert mention == Mention(
            id=mention_id("email", US, "<1@mail.test>"),
            channel="email",
            account=US,
            native_id="<1@mail.test>",
            kind=Kind.DM,
            text="Still waiting.",
            created_at=NOW,
            received_at=NOW + minutes(5),
            conversation_id="<0@mail.test>",
            on_owned_channel=True,
            in_reply_to="<a@larkbank.test>",
            author=Author(id="alice@mail.test", handle="alice@mail.test", name="Alice Adams"),
            raw={
                "place": "7:1",
                "subject": "Re: Card",
                "to": [US],
                "references": ["<0@mail.test>", "<a@larkbank.test>"],
                "claimed_at": NOW.isoformat(),
            },
        )

    def test_reach_and_language_are_unknown(self, server: FakeServer) -> None:
        mention = only(pulled(server, a_mail()))

        assert mention.author is not None
        assert mention.author.followers is None
        assert mention.lang is None

    def test_the_address_of_its_author_is_in_lower_case(self, server: FakeServer) -> None:
        mention = only(pulled(server, a_mail(sender="ALICE@Mail.Test")))

        assert mention.author is not None
        assert mention.author.id == "alice@mail.test"

    def test_without_an_author_it_is_still_stored(self, server: FakeServer) -> None:
        mention = only(pulled(server, a_mail(sender="undisclosed")))

        assert mention.author is None
        assert mention.raw["takes_no_answer"] is True

    def test_without_a_message_id_it_has_the_same_id_though_the_folder_is_numbered_anew(
        self, server: FakeServer
    ) -> None:
        once = only(pulled(server, a_mail(id=None)))
        server.inbox.renumber()
        twice = only(open_source(server).pull(None))

        assert once.native_id == twice.native_id
        assert once.conversation_id == once.native_id

    @pytest.mark.parametrize(
        ("date", "received", "said_at", "is_assumed"),
        [
            ("Fri, 05 Jun 2026 21:59:00 +1000", None, NOW - minutes(1), False),
            ("Fri, 05 Jun 2026 11:59:00 -0000", None, NOW - minutes(1), False),
            ("Fri, 05 Jun 2026 23:00:00 +0000", None, NOW + minutes(5), True),
            ("no date at all", None, NOW + minutes(5), True),
            (None, None, NOW + minutes(5), True),
            ("Thu, 01 Jan 1970 00:00:00 +0000", "Fri, 5 Jun 2026 12:01:00 +0000", NOW + minutes(1), True),
            ("Fri, 05 Jun 2026 12:04:00 +0000", "Fri, 5 Jun 2026 12:01:00 +0000", NOW + minutes(1), False),
            (None, "Fri, 5 Jun 2026 12:01:00 +0000", NOW + minutes(1), True),
            ("Fri, 05 Jun 2026 12:00:00 +0000", "nonsense", NOW, False),
        ],
    )
    def test_its_clock_is_believed_as_far_as_our_servers_bears_it_out(
        self, server: FakeServer, date: str | None, received: str | None, said_at: object, is_assumed: bool
    ) -> None:
        raw = a_mail(at=None)
        head = (f"Received: by mx.larkbank.test; {received}\n" if received else "") + (
            f"Date: {date}\n" if date else ""
        )

        mention = only(pulled(server, head.encode() + raw))

        assert (mention.created_at, mention.created_at_assumed) == (said_at, is_assumed)

    def test_a_subject_that_is_the_authors_own_is_among_the_words(self, server: FakeServer) -> None:
        assert only(pulled(server, a_mail("Call me.", subject="Complaint"))).text == "Complaint\n\nCall me."

    def test_a_mail_of_a_subject_alone_has_words(self, server: FakeServer) -> None:
        assert only(pulled(server, a_mail("", subject="Re: money gone", In_Reply_To="<0@x>"))).text == "Re: money gone"

    def test_a_form_that_writes_from_our_address_speaks_for_its_user(self, server: FakeServer) -> None:
        mention = only(pulled(server, a_mail(sender=US, Reply_To="bob@mail.test")))

        assert mention.author == Author(id="bob@mail.test", handle="bob@mail.test")

    def test_quotations_and_signature_are_left_out_and_kept_as_evidence(self, server: FakeServer) -> None:
        text = "No.\n\nOn Fri, Jun 5, 2026 at 9:00 AM Help <help@larkbank.test> wrote:\n> Solved?\n\n-- \nAlice"

        mention = only(pulled(server, a_mail(text, In_Reply_To="<0@mail.test>")))

        assert mention.text == "No."
        assert mention.raw["text"] == text + "\n"

    def test_what_is_attached_is_named_and_not_read(self, server: FakeServer) -> None:
        raw = (
            b"From: a@mail.test\nMessage-ID: <1@x>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"
            b"--b\nContent-Type: text/plain\n\nSee below.\n--b\nContent-Type: text/plain\n"
            b'Content-Disposition: attachment; filename="=?utf-8?q?Gr=C3=B6=C3=9Fe?=.txt"\n\nsecret\n'
            b"--b\nContent-Type: image/png\n\nxx\n"
            b"--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner words\n--b--\n"
        )

        mention = only(pulled(server, raw))

        assert mention.text == "See below."
        assert mention.raw["attachments"] == ["Größe.txt", "image/png", "message/rfc822"]

    def test_encoded_and_raw_headers_are_decoded(self, server: FakeServer) -> None:
        raw = (
            b"From: =?iso-8859-1?Q?J=F6rg?= <j@mail.test>\nSubject: =?utf-8?b?8J+YoQ==?= =?x-none?q?a?=\n"
            + "Message-ID: <1@x>\nX-Name: Größe\n\nhi".encode()
        )

        mention = only(pulled(server, raw))

        assert mention.author is not None
        assert mention.author.name == "Jörg"
        assert mention.raw["subject"] == "😡a"

    @pytest.mark.parametrize(
        ("charset", "content", "words"),
        [
            ("utf-8", "Größe 😡".encode(), "Größe 😡"),
            ("iso-8859-1", "Größe".encode("latin-1"), "Größe"),
            ("us-ascii", "Größe".encode(), "Größe"),
            ("no-such-charset", "Größe".encode(), "Größe"),
            ("utf-8", b"broken \xff byte", "broken \ufffd byte"),
            ("no-such-charset", b"broken \xff byte", "broken ÿ byte"),
            ("utf-8", b"nul\0 here", "nul\0 here"),
        ],
    )
    def test_a_charset_that_is_wrong_loses_no_words(
        self, server: FakeServer, charset: str, content: bytes, words: str
    ) -> None:
        head = f"From: a@mail.test\nMessage-ID: <1@x>\nContent-Type: text/plain; charset={charset}\n\n"

        assert only(pulled(server, head.encode() + content)).text == words

    def test_a_mail_of_a_hundred_thousand_characters_is_whole(self, server: FakeServer) -> None:
        text = "x" * 99_990 + " the end"

        assert only(pulled(server, a_mail(text))).text == text

    def test_one_of_a_million_is_cut_and_says_so(self, server: FakeServer) -> None:
        mention = only(pulled(server, a_mail("word " * 200_000)))

        assert len(mention.text) == 200_000
        assert mention.raw["is_cut"] is True


class TestMailsNobodyWrote:
    @pytest.mark.parametrize(
        ("name", "value", "why"),
        [
            ("Auto-Submitted", "auto-replied (vacation)", ["Auto-Submitted: auto-replied (vacation)"]),
            ("Auto-Submitted", "auto-generated; owner=x", ["Auto-Submitted: auto-generated"]),
            ("Precedence", "Bulk", ["Precedence"]),
            ("Precedence", "list", ["Precedence"]),
            ("List-Id", "<news.mail.test>", ["mailing list"]),
            ("List-Unsubscribe", "<mailto:x@y>", ["mailing list"]),
            ("X-Autoreply", "yes", ["X-Autoreply"]),
            ("Return-Path", "<>", ["null sender"]),
        ],
    )
    def test_they_are_stored_and_say_why_they_are_automatic(
        self, server: FakeServer, name: str, value: str, why: list[str]
    ) -> None:
        assert only(pulled(server, f"{name}: {value}\n".encode() + a_mail())).raw["automatic"] == why

    @pytest.mark.parametrize("header", ["Auto-Submitted: no", "Precedence: first-class", "Return-Path: <a@b.test>"])
    def test_a_persons_mail_is_not_taken_for_one(self, server: FakeServer, header: str) -> None:
        assert "automatic" not in only(pulled(server, header.encode() + b"\n" + a_mail())).raw

    @pytest.mark.parametrize("name", ["noreply", "no-reply", "do_not_reply", "MAILER-DAEMON", "postmaster"])
    def test_a_sender_nobody_reads_is_known(self, server: FakeServer, name: str) -> None:
        mention = only(pulled(server, a_mail(sender=f"{name}@shop.test")))

        assert mention.raw["automatic"] == ["sender nobody reads"]
        assert mention.raw["takes_no_answer"] is True

    def test_a_mail_of_ours_that_came_back_is_flagged(self, server: FakeServer) -> None:
        raw = (
            b"From: MAILER-DAEMON@mx.test\nReturn-Path: <>\nMessage-ID: <b@mx.test>\nMIME-Version: 1.0\n"
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
            b"--b\nContent-Type: text/plain\n\nNo such user.\n"
            b"--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.test\n\n"
            b"--b\nContent-Type: text/rfc822-headers\n\n"
            b"From: help@larkbank.test\nMessage-ID: <earshot.1@larkbank.test>\n\n"
            b"--b--\n"
        )

        mention = only(pulled(server, raw))

        assert mention.text == "No such user."
        assert mention.raw["bounce_of"] == "<earshot.1@larkbank.test>"
        assert "report" in mention.raw["automatic"]  # type: ignore[operator]

    def test_one_that_holds_the_whole_failed_mail_is_too(self, server: FakeServer) -> None:
        raw = (
            b"From: MAILER-DAEMON@mx.test\nMessage-ID: <b@mx.test>\nMIME-Version: 1.0\n"
            b"Content-Type: multipart/report; report-type=delivery-status; boundary=b\n\n"
            b"--b\nContent-Type: text/plain\n\nNo such user.\n"
            b"--b\nContent-Type: message/rfc822\n\nMessage-ID: <earshot.2@larkbank.test>\n\nhello\n--b--\n"
        )

        assert only(pulled(server, raw)).raw["bounce_of"] == "<earshot.2@larkbank.test>"

    def test_our_own_mail_is_a_bystander(self, server: FakeServer) -> None:
        page = pulled(server, a_mail("We look into it.", sender=f"Help <{US.upper()}>"))

        assert not page.mentions
        assert [(each.mention.text, each.is_ours) for each in page.bystanders] == [("We look into it.", True)]


class TestWhatStandsAround:
    def test_an_author_comes_with_what_they_wrote_in_the_week_before(self, server: FakeServer) -> None:
        for days, id in ((9, "old"), (3, "three"), (1, "one")):
            server.inbox.add(a_mail(id, id=f"<{id}@x>", at=NOW - timedelta(days=days)), NOW - timedelta(days=days))
        server.inbox.add(a_mail("other", id="<o@x>", sender="malice@mail.test", at=NOW - timedelta(days=1)))
        cursor = open_source(server).pull(None).cursor
        server.inbox.add(a_mail("now", id="<now@x>"))

        page = open_source(server).pull(cursor)

        assert [post.text for post in page.histories["alice@mail.test"]] == ["three", "one"]

    def test_the_mail_that_is_answered_comes_along_though_it_is_older_than_what_is_read(
        self, server: FakeServer
    ) -> None:
        old = NOW - timedelta(days=90)
        server.inbox.add(a_mail("first", id="<0@mail.test>", at=old), old)
        server.sent.add(a_mail("We look into it.", sender=US, id="<a@larkbank.test>", at=old))

        page = pulled(server, a_mail("again", References="<0@mail.test> <a@larkbank.test>"))

        assert only(page).text == "again"
        shown = {each.mention.native_id: (each.mention.text, each.is_ours) for each in page.bystanders}
        assert shown == {"<0@mail.test>": ("first", False), "<a@larkbank.test>": ("We look into it.", True)}

    def test_an_id_that_would_break_the_search_is_not_asked_for(self, server: FakeServer) -> None:
        pulled(server, a_mail("x", In_Reply_To='<"1\\@x>'))

        assert not [asked for asked in server.asked if asked[0] == "search" and "HEADER" in asked[1]]

    def test_a_folder_of_sent_mails_that_cannot_be_opened_keeps_nobodys_words_from_us(self, server: FakeServer) -> None:
        refusal = MailboxFolderSelectError(("NO", [b"[NOPERM] no"]), "OK")
        server.inbox.add(a_mail("again", In_Reply_To="<gone@x>"))
        seen = []

        def refuse_the_second() -> None:
            seen.append(1)
            if len(seen) == 2:
                raise refusal

        server.before["select"] = refuse_the_second

        assert only(open_source(server).pull(None)).text == "again"
        assert len(seen) == 2

    def test_without_a_folder_for_sent_mails_the_rest_comes_all_the_same(self, server: FakeServer) -> None:
        server.sent_folder = None

        assert only(pulled(server, a_mail("again", In_Reply_To="<gone@x>"))).text == "again"


class TestTheCursor:
    def test_the_last_mail_that_a_server_always_gives_is_not_taken_again(self, server: FakeServer) -> None:
        page = pulled(server, a_mail())

        assert open_source(server).pull(page.cursor).is_empty

    def test_pages_are_of_bounded_size_and_go_on_where_they_ended(self, server: FakeServer) -> None:
        for number in range(7):
            server.inbox.add(a_mail(str(number), id=f"<{number}@x>"))
        source = open_source(server, page_size=3)

        pages, cursor = [], None
        for _ in range(4):
            page = source.pull(cursor)
            pages.append([mention.text for mention in page.mentions])
            cursor = page.cursor

        assert pages == [["0", "1", "2"], ["3", "4", "5"], ["6"], []]

    def test_a_folder_that_is_numbered_anew_is_read_again_from_the_start(self, server: FakeServer) -> None:
        pulled_once = pulled(server, a_mail(id="<1@x>"), a_mail(id="<2@x>"))
        server.inbox.renumber()
        server.inbox.add(a_mail(id="<3@x>"))

        again = open_source(server).pull(pulled_once.cursor)

        assert [mention.native_id for mention in again.mentions] == ["<1@x>", "<2@x>", "<3@x>"]
        assert json.loads(again.cursor)["uidvalidity"] == 8

    def test_read_again_it_goes_no_further_back_than_the_first_time(self, server: FakeServer) -> None:
        server.inbox.add(a_mail(id="<old@x>"), NOW - timedelta(days=400))
        cursor = pulled(server, a_mail(id="<1@x>")).cursor
        server.inbox.renumber()

        assert [mention.native_id for mention in open_source(server).pull(cursor).mentions] == ["<1@x>"]

    def test_in_a_folder_of_old_mails_alone_the_next_one_is_found(self, server: FakeServer) -> None:
        server.inbox.add(a_mail(id="<old@x>"), NOW - timedelta(days=400))
        cursor = open_source(server).pull(None).cursor
        server.inbox.add(a_mail(id="<1@x>"))

        assert only(open_source(server).pull(cursor)).native_id == "<1@x>"

    def test_an_old_mail_that_is_moved_into_the_folder_is_new_to_us(self, server: FakeServer) -> None:
        cursor = pulled(server, a_mail(id="<1@x>")).cursor
        server.inbox.add(a_mail(id="<old@x>"), NOW - timedelta(days=400))

        assert only(open_source(server).pull(cursor)).native_id == "<old@x>"

    def test_a_mail_deleted_between_search_and_fetch_hides_no_other(self, server: FakeServer) -> None:
        server.inbox.add(a_mail(id="<1@x>"))
        server.inbox.add(a_mail(id="<2@x>"))
        server.before["fetch"] = lambda: server.inbox.mails.pop(1, None)  # type: ignore[assignment,return-value]

        assert [mention.native_id for mention in open_source(server).pull(None).mentions] == ["<2@x>"]

    def test_a_page_is_oldest_first_though_mails_arrive_out_of_order(self, server: FakeServer) -> None:
        page = pulled(server, a_mail(id="<2@x>"), a_mail(id="<1@x>", at=NOW - minutes(60)))

        assert [mention.native_id for mention in page.mentions] == ["<1@x>", "<2@x>"]


class TestMailsThatCannotBeRead:
    def test_one_that_is_too_large_is_not_fetched_and_kept_for_a_person(self, server: FakeServer) -> None:
        server.inbox.add(a_mail("x" * 5_000, id="<big@x>", sender="bob@mail.test"))
        server.inbox.add(a_mail(id="<1@x>"))

        page = open_source(server, largest_bytes=2_000).pull(None)

        assert only(page).native_id == "<1@x>"
        (rejected,) = page.rejected
        assert rejected.where == "mail 7:1"
        assert "larger than" in rejected.reason
        assert b"<big@x>" in rejected.raw
        assert len(rejected.raw) < 1_000
        assert ("fetch", (1, False)) not in server.asked

    def test_an_empty_one_hides_no_other(self, server: FakeServer) -> None:
        page = pulled(server, b"", a_mail())

        assert only(page).native_id == "<1@mail.test>"
        assert [rejected.reason for rejected in page.rejected] == ["the mail is empty"]
        assert all(rejected.raw for rejected in page.rejected)

    @pytest.mark.parametrize(
        "raw",
        [
            b"no header at all",
            b"Content-Type: multipart/mixed\n\nno boundary",
            b"Content-Type: multipart/mixed; boundary=b\n\n--b\ncut off",
            b"From: <<<>>>\nDate: ,\nSubject: =?utf-8?b?!!!?=\n\nx",
            b"From: \xff\xfe@x\nSubject: \xff\n\n\xff",
            b"Content-Type: text/plain; charset*=''%\n\nx",
            b"Content-Disposition: attachment; filename*0*=x''%%; filename*9=\n\nx",
            b"Content-Transfer-Encoding: base64\n\n!!!",
            b"Content-Transfer-Encoding: x-uuencode\n\nbegin x\n!!!",
            b"Message-ID: <" + b"x" * 5_000 + b">\n\nx",
        ],
    )
    def test_whatever_its_form_it_is_a_mention_or_kept_apart_and_hides_no_other(
        self, server: FakeServer, raw: bytes
    ) -> None:
        page = pulled(server, raw, a_mail(id="<1@x>"))

        assert "<1@x>" in [mention.native_id for mention in page.mentions]
        assert len(page.mentions) + len(page.rejected) == 2


class TestWhatCanGoWrong:
    @pytest.mark.parametrize("operation", ["connect", "login", "status", "select", "search", "fetch"])
    @pytest.mark.parametrize(
        "error",
        [
            TimeoutError("slow"),
            ConnectionResetError("gone"),
            imaplib.IMAP4.abort("socket error: EOF"),
            MailboxFetchError(("NO", [b"[SERVERBUG] alice@mail.test"]), "OK"),
        ],
        ids=["timeout", "reset", "abort", "refused"],
    )
    def test_an_outage_is_worth_another_try_and_says_nothing_of_anybody(
        self, server: FakeServer, operation: str, error: Exception
    ) -> None:
        server.inbox.add(a_mail())
        server.fail(operation, error)

        with pytest.raises(RetryableError) as raised:
            open_source(server).pull(None)

        assert "alice" not in str(raised.value)
        assert only(open_source(server).pull(None)).native_id == "<1@mail.test>"

    def test_a_wrong_password_needs_a_person(self, server: FakeServer) -> None:
        server.password = "another"

        with pytest.raises(AccessError, match="renew the password"):
            open_source(server).pull(None)

    def test_a_server_that_takes_no_logins_for_a_while_does_not(self, server: FakeServer) -> None:
        server.fail("login", imaplib.IMAP4.error("[UNAVAILABLE] later"))

        with pytest.raises(RetryableError):
            open_source(server).pull(None)

    def test_a_folder_that_is_not_there_needs_a_person(self, server: FakeServer) -> None:
        source = MailboxSource(open_client(server, folder="Complaints"), account=US)

        with pytest.raises(AccessError, match="EARSHOT_MAILBOX_FOLDER"):
            source.pull(None)

    def test_a_certificate_that_is_not_valid_needs_a_person(self, server: FakeServer) -> None:
        server.fail("connect", ssl.SSLCertVerificationError("self-signed"))

        with pytest.raises(AccessError, match="certificate"):
            open_source(server).pull(None)

    def test_a_goodbye_that_fails_costs_nothing(self, server: FakeServer) -> None:
        server.fail("logout", imaplib.IMAP4.abort("gone"))

        assert only(pulled(server, a_mail())).native_id == "<1@mail.test>"

    def test_an_access_token_is_used_as_one(self, server: FakeServer) -> None:
        server.folders["INBOX"] = FakeFolder()
        source = MailboxSource(open_client(server, login="xoauth2"), account=US, now=lambda: NOW)

        assert source.pull(None).is_empty
        assert ("login", (US, "pw")) in server.asked
