"""A small mail server of our own, in memory: what we use of `imap_tools` and of `smtplib`, with state and failures."""

import re
import smtplib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any

from imap_tools import FolderInfo
from imap_tools.errors import MailboxAppendError, MailboxFolderSelectError, MailboxFolderStatusError, MailboxLoginError

US = "help@larkbank.test"
NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
PASSWORD = "pw"


def a_mail(
    text: str = "Where is my money?",
    *,
    sender: str = "Alice Adams <alice@mail.test>",
    at: datetime | None = NOW,
    id: str | None = "<1@mail.test>",
    subject: str | None = None,
    html: str | None = None,
    **headers: str,
) -> bytes:
    """`headers`: names with `_` for `-`."""
    message = EmailMessage()
    given = {"From": sender, "To": US, "Subject": subject, "Message-ID": id}
    given |= {"Date": format_datetime(at) if at else None}
    for name, value in (given | {name.replace("_", "-"): value for name, value in headers.items()}).items():
        if value is not None:
            message[name] = value
    if text or html is None:
        message.set_content(text.replace("\0", "\N{REPLACEMENT CHARACTER}"), cte="base64")
    if html is not None:
        if text:
            message.add_alternative(html, subtype="html")
        else:
            message.set_content(html, subtype="html")
    return message.as_bytes()


@dataclass
class FakeFolder:
    uidvalidity: int = 7
    mails: dict[int, tuple[bytes, datetime]] = field(default_factory=dict)
    next_uid: int = 1

    def add(self, raw: bytes, arrived_at: datetime = NOW) -> int:
        uid, self.next_uid = self.next_uid, self.next_uid + 1
        self.mails[uid] = (raw, arrived_at)
        return uid

    def renumber(self) -> None:
        kept, self.mails, self.next_uid = self.mails, {}, 1
        self.uidvalidity += 1
        for raw, arrived_at in kept.values():
            self.add(raw, arrived_at)


@dataclass
class FakeServer:
    folders: dict[str, FakeFolder] = field(default_factory=lambda: {"INBOX": FakeFolder(), "Sent": FakeFolder(70)})
    sent_folder: str | None = "Sent"
    password: str = PASSWORD
    failures: dict[str, list[Exception]] = field(default_factory=dict)
    """Operation → what its next calls meet."""
    before: dict[str, Callable[[], None]] = field(default_factory=dict)
    """Operation → what happens just before it is answered."""
    asked: list[tuple[str, Any]] = field(default_factory=list)
    taken: list[tuple[str, str, bytes]] = field(default_factory=list)
    """Sender, recipient and bytes of the mails that were handed to us for sending."""
    codes: dict[str, int] = field(default_factory=dict)
    """Step of SMTP → the code it answers with instead."""

    @property
    def inbox(self) -> FakeFolder:
        return self.folders["INBOX"]

    @property
    def sent(self) -> FakeFolder:
        return self.folders["Sent"]

    def fail(self, operation: str, *errors: Exception) -> None:
        self.failures.setdefault(operation, []).extend(errors)

    def meet(self, operation: str, argument: Any = None) -> None:
        self.asked.append((operation, argument))
        self.before.get(operation, lambda: None)()
        if self.failures.get(operation):
            raise self.failures[operation].pop(0)


class FakeMailBox:
    """What `connectors.mailbox.client` uses of `imap_tools.BaseMailBox`."""

    email_message_class: Any = None

    def __init__(self, server: FakeServer) -> None:
        self._server = server
        self._open: FakeFolder | None = None
        self.folder = self
        server.meet("connect")

    def login(self, user: str, password: str, initial_folder: str | None) -> None:
        self._server.meet("login", (user, password))
        if password != self._server.password:
            raise MailboxLoginError(("NO", [b"[AUTHENTICATIONFAILED] no"]), "OK")

    xoauth2 = login_utf8 = login

    def logout(self) -> None:
        self._server.meet("logout")

    def status(self, folder: str, options: object) -> dict[str, int]:
        self._server.meet("status", folder)
        if folder not in self._server.folders:
            raise MailboxFolderStatusError(("NO", [b"no such folder"]), "OK")
        found = self._server.folders[folder]
        return {"UIDVALIDITY": found.uidvalidity, "UIDNEXT": found.next_uid}

    def set(self, folder: str, readonly: bool) -> None:
        self._server.meet("select", folder)
        assert readonly, "reading must not mark a mail as seen"
        if folder not in self._server.folders:
            raise MailboxFolderSelectError(("NO", [b"no such folder"]), "OK")
        self._open = self._server.folders[folder]

    def list(self) -> list[FolderInfo]:
        self._server.meet("list")
        flags = {self._server.sent_folder: (r"\HasNoChildren", r"\Sent")}
        return [FolderInfo(name, "/", flags.get(name, ())) for name in self._server.folders]

    def uids(self, criteria: str) -> "list[str]":
        self._server.meet("search", criteria)
        assert self._open is not None
        return [str(uid) for uid in self._open.mails if self._fits(criteria, uid)]

    def _fits(self, criteria: str, uid: int) -> bool:
        """The few searches we make, as a server answers them."""
        assert self._open is not None
        raw, arrived_at = self._open.mails[uid]
        head = raw.split(b"\n\n")[0].decode(errors="replace").lower()
        if found := re.search(r"UID (\d+):\*", criteria):
            # `n:*` always has the last mail in it.
            if uid < int(found[1]) and uid != max(self._open.mails):
                return False
        elif found := re.search(r"UID (\d+):(\d+) LARGER (\d+)", criteria):
            return int(found[1]) <= uid <= int(found[2]) and len(raw) > int(found[3])
        if found := re.search(r'HEADER Message-ID "(.*)"', criteria):
            return any(line.startswith("message-id:") and found[1].lower() in line for line in head.splitlines())
        if (found := re.search(r'FROM "(.*)"', criteria)) and not re.search(
            rf"^from:.*{re.escape(found[1].lower())}", head, re.MULTILINE
        ):
            return False
        if found := re.search(r"SINCE (\S+)", criteria):
            return arrived_at.date() >= datetime.strptime(found[1], "%d-%b-%Y").replace(tzinfo=UTC).date()
        return True

    def fetch(self, *, uid_list: "list[str]", mark_seen: bool, headers_only: bool) -> Any:
        assert not mark_seen
        assert self._open is not None
        for uid in uid_list:
            self._server.meet("fetch", (int(uid), headers_only))
            if int(uid) not in self._open.mails:
                continue
            raw = self._open.mails[int(uid)][0]
            data = raw.split(b"\n\n")[0] + b"\n\n" if headers_only else raw
            said = f"1 (UID {uid} FLAGS () RFC822.SIZE {len(raw)} BODY[] {{{len(data)}}}".encode()
            yield self.email_message_class([(said, data), b")"])

    def append(self, raw: bytes, folder: str, flag_set: "list[str]") -> None:
        self._server.meet("append", folder)
        if folder not in self._server.folders:
            raise MailboxAppendError(("NO", [b"no such folder"]), "OK")
        self._server.folders[folder].add(raw)


class FakeSmtp:
    """What `connectors.mailbox.sender` uses of `smtplib.SMTP`."""

    user = password = ""

    def __init__(self, server: FakeServer, extensions: tuple[str, ...] = ("auth", "smtputf8")) -> None:
        self._server = server
        self._extensions = extensions
        self._envelope: list[str] = []
        server.meet("smtp connect")

    def ehlo_or_helo_if_needed(self) -> None:
        self._server.meet("ehlo")

    def has_extn(self, name: str) -> bool:
        return name in self._extensions

    def login(self, user: str, password: str) -> None:
        self._server.meet("smtp login", (user, password))

    def auth(self, mechanism: str, answer: Callable[..., str]) -> None:
        self._server.meet("smtp auth", (mechanism, answer(), answer(b"e30=")))
        if not answer().endswith(f"auth=Bearer {self._server.password}\1\1"):
            raise smtplib.SMTPAuthenticationError(535, b"5.7.8 no")

    def noop(self) -> None:
        self._server.meet("noop")

    def mail(self, sender: str, options: "list[str]") -> tuple[int, bytes]:
        return self._step("mail", sender)

    def rcpt(self, to: str) -> tuple[int, bytes]:
        return self._step("rcpt", to)

    def data(self, raw: bytes) -> tuple[int, bytes]:
        if "data" not in self._server.codes:
            self._server.taken.append((self._envelope[0], self._envelope[1], raw))
        return self._step("data", None)

    def quit(self) -> None:
        self._server.meet("quit")

    def close(self) -> None:
        pass

    def _step(self, step: str, argument: str | None) -> tuple[int, bytes]:
        self._server.meet(step, argument)
        if argument is not None:
            self._envelope.append(argument)
        return self._server.codes.get(step, 250), b"said by the server"


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
