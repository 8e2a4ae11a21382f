"""Against a real Dovecot and a real SMTP server, both on this machine."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from itertools import count
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from pydantic import SecretStr

from connectors.connector import Tools
from connectors.mailbox.channel import MailboxChannel
from connectors.mailbox.client import MailboxClient
from connectors.mailbox.connector import EMAIL
from connectors.mailbox.sender import MailSender
from connectors.mailbox.server import server_at
from connectors.mailbox.source import MailboxSource, Reading
from connectors.quota import LedgerInMemory
from models import AuthoredBy, Mention, Reply
from models.errors import AccessError, PermanentError, RetryableError, UnknownOutcomeError
from settings import Settings
from tests.fakes.mailbox import US, a_mail
from tests.servers.dovecot import PASSWORD, DovecotServer, free_port, start_dovecot

pytestmark = pytest.mark.servers

USERS = count(1)
SORRY = Reply("reply:1", "Sorry! Größe 😡\n.\nBye", is_private=True, authored_by=AuthoredBy.PERSON)


@pytest.fixture(scope="module")
def dovecot() -> Iterator[DovecotServer]:
    with start_dovecot() as server:
        yield server


@dataclass
class Taker:
    """What the SMTP server does with a mail; addresses say which answers it gives."""

    taken: list[tuple[str, list[str], bytes]] = field(default_factory=list)
    port: int = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:  # noqa: N802
        if address.startswith("bounce"):
            return "550 5.1.1 no such user"
        if address.startswith("slow"):
            return "451 4.7.1 greylisted"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        if envelope.rcpt_tos[0].startswith("full"):
            return "452 4.2.2 mailbox full"
        self.taken.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        if envelope.rcpt_tos[0].startswith("lost"):
            server.transport.close()
        return "250 queued"


@pytest.fixture
def smtp() -> Iterator[Taker]:
    def known(server: object, session: object, envelope: object, mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=isinstance(data, LoginPassword) and data.password == b"pw", handled=False)

    taker = Taker()
    controller = Controller(
        taker,
        hostname="127.0.0.1",
        port=free_port(),
        server_hostname="mx.test",
        authenticator=known,
        auth_require_tls=False,
    )
    controller.start()
    taker.port = controller.port
    yield taker
    controller.stop()


@dataclass
class Place:
    """A mailbox of its own on the shared server."""

    dovecot: DovecotServer
    user: str

    def client(self, password: str = PASSWORD, folder: str = "INBOX") -> MailboxClient:
        server = server_at(self.dovecot.address, setting="EARSHOT_MAILBOX_IMAP")
        return MailboxClient(server, user=self.user, password=SecretStr(password), folder=folder)

    def source(self, **reading: int) -> MailboxSource:
        return MailboxSource(self.client(), account=US, reading=Reading(**reading))

    def channel(self, smtp: Taker, password: str = PASSWORD) -> MailboxChannel:
        server = server_at(f"smtp://127.0.0.1:{smtp.port}", setting="EARSHOT_MAILBOX_SMTP")
        sender = MailSender(server, user=self.user, password=SecretStr(password), timeout_seconds=10)
        return MailboxChannel(self.client(), sender, account=US)

    def arrive(self, text: str, **more: Any) -> None:
        self.dovecot.deliver(self.user, a_mail(text, **{"at": datetime.now(UTC) - timedelta(minutes=1), **more}))

    def mention(self, sender: str = "alice@mail.test") -> Mention:
        self.arrive("Where is it?", sender=sender, subject="Card")
        (mention,) = self.source().pull(None).mentions
        return mention


@pytest.fixture
def place(dovecot: DovecotServer) -> Place:
    return Place(dovecot, f"user{next(USERS)}")


class TestReading:
    def test_mails_come_in_pages_and_once(self, place: Place) -> None:
        for number in range(5):
            place.arrive(f"words {number}", id=f"<{number}@x>")
        source = place.source(page_size=2)

        found, cursor = [], None
        for _ in range(4):
            page = source.pull(cursor)
            found.append([mention.text for mention in page.mentions])
            cursor = page.cursor

        assert found == [["words 0", "words 1"], ["words 2", "words 3"], ["words 4"], []]

    def test_reading_leaves_them_unseen(self, place: Place) -> None:
        place.arrive("hello")
        place.source().pull(None)

        with place.dovecot.log_in(place.user) as mailbox:
            mailbox.select("INBOX", readonly=True)
            assert mailbox.search(None, "UNSEEN")[1] == [b"1"]

    def test_an_empty_folder_gives_a_cursor_that_works(self, place: Place) -> None:
        cursor = place.source().pull(None).cursor
        place.arrive("hello")

        assert [mention.text for mention in place.source().pull(cursor).mentions] == ["hello"]

    def test_a_folder_that_is_numbered_anew_is_read_again(self, place: Place) -> None:
        place.arrive("one", id="<1@x>")
        first = place.source().pull(None)
        place.dovecot.renumber(place.user)
        place.arrive("two", id="<2@x>")

        again = place.source().pull(first.cursor)

        assert sorted(mention.native_id for mention in again.mentions) == ["<1@x>", "<2@x>"]

    def test_a_large_mail_is_not_fetched(self, place: Place) -> None:
        place.arrive("x" * 50_000, id="<big@x>", sender="bob@mail.test")
        place.arrive("small", id="<1@x>")

        page = place.source(largest_bytes=20_000).pull(None)

        assert [mention.native_id for mention in page.mentions] == ["<1@x>"]
        (rejected,) = page.rejected
        assert b"<big@x>" in rejected.raw
        assert len(rejected.raw) < 5_000

    def test_an_author_comes_with_their_week_and_a_mail_with_what_it_answers(self, place: Place) -> None:
        old = datetime.now(UTC) - timedelta(days=2)
        place.arrive("before", id="<0@x>", at=old)
        ours = a_mail("We look into it.", sender=US, id="<a@larkbank.test>", at=old)
        place.dovecot.deliver(place.user, ours, folder="Sent")
        cursor = place.source().pull(None).cursor
        place.arrive("now", id="<1@x>", References="<0@x> <a@larkbank.test>")

        page = place.source().pull(cursor)

        assert [post.text for post in page.histories["alice@mail.test"]] == ["before"]
        shown = {(each.mention.text, each.is_ours) for each in page.bystanders}
        assert shown == {("before", False), ("We look into it.", True)}

    def test_every_kind_of_letter_arrives(self, place: Place) -> None:
        text = "Größe 😡👩🏽‍🔧 «נסיון»\nline two\t\u200bend " + "x" * 99_000
        place.arrive(text)

        (mention,) = place.source().pull(None).mentions

        assert mention.text == text

    def test_a_wrong_password_and_a_missing_folder_need_a_person(self, place: Place) -> None:
        with pytest.raises(AccessError, match="log-in is refused"), place.client(password="no").reading():
            pass
        with pytest.raises(AccessError, match="EARSHOT_MAILBOX_FOLDER"), place.client(folder="Größe").reading():
            pass


class TestAnswering:
    def test_an_answer_arrives_is_filed_and_is_sent_once(self, place: Place, smtp: Taker) -> None:
        mention = place.mention()
        first = place.channel(smtp).reply(mention, SORRY)
        again = place.channel(smtp).reply(mention, SORRY)

        ((sender, to, raw),) = smtp.taken
        assert (sender, to) == (US, ["alice@mail.test"])
        sent = message_from_bytes(raw)
        body = sent.get_payload(decode=True)
        assert isinstance(body, bytes)
        assert body.decode().replace("\r\n", "\n").strip() == SORRY.text
        assert (sent["In-Reply-To"], sent["Subject"]) == ("<1@mail.test>", "Re: Card")
        assert (again.reference, again.found) == (first.reference, True)

    @pytest.mark.parametrize(
        ("address", "error"),
        [
            ("bounce@x.test", PermanentError),
            ("slow@x.test", RetryableError),
            ("full@x.test", RetryableError),
            ("lost@x.test", UnknownOutcomeError),
        ],
    )
    def test_what_the_server_answers_says_what_happens_next(
        self, place: Place, smtp: Taker, address: str, error: type
    ) -> None:
        mention = place.mention(address)

        with pytest.raises(error) as raised:
            place.channel(smtp).reply(mention, SORRY)

        assert type(raised.value) is error
        assert address not in str(raised.value)

    def test_a_lost_answer_is_sent_again_under_the_same_id(self, place: Place, smtp: Taker) -> None:
        mention = place.mention("lost@x.test")
        for _ in range(2):
            with pytest.raises(UnknownOutcomeError):
                place.channel(smtp).reply(mention, SORRY)

        assert len({message_from_bytes(raw)["Message-ID"] for _, _, raw in smtp.taken}) == 1

    def test_a_wrong_password_needs_a_person(self, place: Place, smtp: Taker) -> None:
        with pytest.raises(AccessError):
            place.channel(smtp, password="no").reply(place.mention(), SORRY)

    def test_a_server_that_is_gone_is_tried_again(self, place: Place) -> None:
        with pytest.raises(RetryableError) as raised:
            place.channel(Taker(port=1)).reply(place.mention(), replace(SORRY, key="reply:2"))
        assert not isinstance(raised.value, UnknownOutcomeError)


def test_the_credentials_are_tried_and_what_is_missing_is_said(place: Place, smtp: Taker) -> None:
    given = Settings(
        mailbox_imap=place.dovecot.address,
        mailbox_user=place.user,
        mailbox_password=SecretStr("pw"),
        mailbox_address="Help@Larkbank.test",
    )
    tools = Tools(ledger=LedgerInMemory())

    found = EMAIL.probe(given, tools)
    place.mention()
    whole = EMAIL.probe(given.model_copy(update={"mailbox_smtp": f"smtp://127.0.0.1:{smtp.port}"}), tools)

    assert found.account == US
    assert found.missing == ("EARSHOT_MAILBOX_SMTP is not set: mails cannot be answered from here.",)
    assert whole.missing == ()
    assert (found.shown_in_week, whole.shown_in_week) == (0, 1)
