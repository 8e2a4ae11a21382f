"""E-mail as `tests/contracts/` asks for it, on a mail server in memory."""

import imaplib
import smtplib
from email import message_from_bytes
from email.policy import default
from itertools import count

from imap_tools.errors import MailboxFetchError

from connectors.base import Channel, Source
from models import Mention
from tests.connectors.mailbox.conftest import open_channel, open_source
from tests.contracts.worlds import Fault, Sent
from tests.fakes.mailbox import NOW, US, FakeServer, a_mail, minutes


class MailboxWorld:
    """Pages of two, two people, two mails in the same second."""

    def __init__(self) -> None:
        self._server = FakeServer()
        self._said = 0
        self._names = {0: "alice@mail.test", 1: "Bob <bobby@mail.test>"}

    def source(self) -> Source:
        return open_source(self._server, page_size=2)

    def say(self, text: str) -> str:
        at = NOW - minutes(120) + minutes(self._said // 2)
        self._said += 1
        id = f"<{self._said}@mail.test>"
        raw = a_mail(text, id=id, at=at, sender=self._names[self._said % 2], X_Unknown="field")
        self._server.inbox.add(raw, at)
        return id

    def say_ourselves(self, text: str) -> str:
        self._server.inbox.add(a_mail(text, id="<ours@larkbank.test>", sender=US, at=NOW))
        return "<ours@larkbank.test>"

    def say_unreadable(self) -> None:
        self._server.inbox.add(b"")

    def delete(self, native_id: str) -> None:
        """Nobody can take back a mail; whoever works in the mailbox can throw it away."""
        mails = self._server.inbox.mails
        for uid in [uid for uid, (raw, _) in mails.items() if native_id.encode() in raw]:
            del mails[uid]

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        errors: dict[Fault, tuple[str, Exception]] = {
            Fault.SERVER_ERROR: ("search", MailboxFetchError(("NO", [b"[SERVERBUG] internal"]), "OK")),
            Fault.TIMEOUT: ("search", TimeoutError("slow")),
            Fault.UNAUTHORIZED: ("login", imaplib.IMAP4.error("[AUTHENTICATIONFAILED] no")),
            Fault.CUT_SHORT: ("fetch", imaplib.IMAP4.abort("socket error: EOF")),
        }
        if fault not in errors:
            raise NotImplementedError(f"a mail server has no {fault.value!r}")
        operation, error = errors[fault]
        self._server.fail(operation, *[error] * times)


class MailboxChannelWorld:
    def __init__(self) -> None:
        self._server = FakeServer()
        self._numbers = count(1)

    def channel(self) -> Channel:
        return open_channel(self._server)

    def mention(self) -> Mention:
        id = f"<{next(self._numbers)}@mail.test>"
        self._server.inbox.add(a_mail(id=id))
        found = {mention.native_id: mention for mention in open_source(self._server).pull(None).mentions}
        return found[id]

    private_mention = mention

    def sent(self) -> list[Sent]:
        return [Sent(_words(raw), is_private=True) for _, _, raw in self._server.taken]

    def lose_next_answer(self) -> None:
        """A server that files what it sends: of others see `test_channel.py`."""

        def filed() -> None:
            self._server.sent.add(self._server.taken[-1][2].replace(b"\r\n", b"\n"))
            self._server.before.pop("data")

        self._server.before["data"] = filed
        self._server.fail("data", TimeoutError("slow"))

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        errors: dict[Fault, tuple[str, Exception]] = {
            Fault.TIMEOUT: ("rcpt", TimeoutError("slow")),
            Fault.SERVER_ERROR: ("smtp connect", ConnectionRefusedError("no")),
            Fault.UNAUTHORIZED: ("smtp login", smtplib.SMTPAuthenticationError(535, b"no")),
        }
        if fault not in errors:
            raise NotImplementedError(f"a mail server has no {fault.value!r}")
        operation, error = errors[fault]
        self._server.fail(operation, *[error] * times)


def _words(raw: bytes) -> str:
    content: str = message_from_bytes(raw, policy=default).get_content()
    return content.replace("\r\n", "\n").removesuffix("\n")
