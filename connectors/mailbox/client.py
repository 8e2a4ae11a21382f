"""The folder that is read and the one that sent mails are filed in, typed: nothing of imap-tools leaves this file."""

import imaplib
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from typing import Literal

from imap_tools import BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessage
from imap_tools.errors import ImapToolsError, MailboxFolderSelectError, MailboxFolderStatusError, MailboxLoginError
from pydantic import SecretStr

from connectors.mailbox.server import Protection, Server
from connectors.mailbox.token import with_token
from connectors.oauth import AccessTokens
from models.errors import AccessError, RetryableError

Login = Literal["password", "xoauth2"]
PASSING = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]")
"""Said by a server that refuses a log-in for a while (RFC 5530)."""
REFUSED = "renew the password or token of the mailbox"
STALE = (
    "with a fresh access token too; is EARSHOT_MAILBOX_USER the mailbox the consent is for, has it the scopes of "
    "docs/channels/email.md, and is IMAP allowed there?"
)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


@dataclass(frozen=True, slots=True)
class FolderState:
    uidvalidity: int
    next_uid: int
    """No mail has this number or a higher one yet; 0 where the server does not say."""


@dataclass(frozen=True, slots=True)
class RawMail:
    uid: int
    raw: bytes
    """The headers alone where `is_whole` is False."""
    is_whole: bool = True


class KeptMessage(MailMessage):
    """A message that keeps its bytes."""

    def __init__(self, fetch_data: list[bytes | tuple[bytes, bytes]]) -> None:
        super().__init__(fetch_data)
        self.raw: bytes = next((item[1] for item in reversed(fetch_data) if isinstance(item, tuple)), b"")


class OpenFolder:
    """A folder while it is open; it was opened for reading alone."""

    def __init__(self, mailbox: BaseMailBox, state: FolderState) -> None:
        self._mailbox = mailbox
        self.state = state

    def after(self, uid: int, *, since: date | None = None) -> list[int]:
        """Numbers of the mails after `uid`, ascending."""
        criteria = f"UID {uid + 1}:*" + (f" SINCE {_day(since)}" if since else "")
        # `*` is the last mail, so that it comes even where its number is lower than what was asked for.
        return [found for found in self._search(criteria) if found > uid]

    def by_message_id(self, message_id: str) -> list[int]:
        """Empty for an id that cannot be asked for."""
        return self._search(f'HEADER Message-ID "{message_id}"') if is_askable(message_id) else []

    def by_author(self, address: str, *, since: date) -> list[int]:
        """Ascending; may hold mails of others whose address contains this one."""
        return self._search(f'FROM "{address}" SINCE {_day(since)}') if is_askable(address) else []

    def mails(self, uids: Sequence[int], *, largest_bytes: int) -> Iterator[RawMail]:
        """In the order asked for, one in memory at a time; those that are gone meanwhile are left out."""
        if not uids:
            return
        large = set(self._search(f"UID {min(uids)}:{max(uids)} LARGER {largest_bytes}"))
        for uid in uids:
            is_whole = uid not in large
            for message in self._mailbox.fetch(uid_list=[str(uid)], mark_seen=False, headers_only=not is_whole):
                yield RawMail(uid, getattr(message, "raw", b""), is_whole)

    def _search(self, criteria: str) -> list[int]:
        return sorted(int(uid) for uid in self._mailbox.uids(criteria))


class MailboxClient:
    """Speaks for one mailbox; logs in anew for every use. Every call raises RetryableError or AccessError."""

    def __init__(
        self,
        server: Server,
        *,
        user: str,
        password: SecretStr,
        login: Login = "password",
        tokens: AccessTokens | None = None,
        folder: str = "INBOX",
        timeout_seconds: float = 30.0,
        connect: Callable[[], BaseMailBox] | None = None,
    ) -> None:
        """`tokens` take the place of password and `login`. `connect` is the seam for tests: a mailbox nobody has logged
        in to yet."""
        self._server = server
        self._user = user
        self._password = password
        self._login = login
        self._tokens = tokens
        self._folder = folder
        self._timeout_seconds = timeout_seconds
        self._connect = connect or self._connect_to_server

    @contextmanager
    def reading(self) -> Iterator[OpenFolder]:
        """The folder of incoming mails."""
        with self._logged_in() as mailbox:
            yield self._open(mailbox, self._folder)

    @contextmanager
    def sent(self) -> Iterator[OpenFolder | None]:
        """The folder of sent mails; None where the server marks none as such."""
        with self._logged_in() as mailbox:
            name = _sent_folder(mailbox)
            yield self._open(mailbox, name) if name is not None else None

    def file_as_sent(self, raw: bytes) -> bool:
        """False where the server marks no folder for it."""
        with self._logged_in() as mailbox:
            name = _sent_folder(mailbox)
            if name is None:
                return False
            mailbox.append(raw, name, flag_set=[r"\Seen"])
            return True

    def _open(self, mailbox: BaseMailBox, folder: str) -> OpenFolder:
        try:
            told = mailbox.folder.status(folder, ("UIDVALIDITY", "UIDNEXT"))
            mailbox.folder.set(folder, readonly=True)
        except (MailboxFolderSelectError, MailboxFolderStatusError) as error:
            raise AccessError("mailbox: the folder cannot be opened: is EARSHOT_MAILBOX_FOLDER right?") from error
        return OpenFolder(mailbox, FolderState(told.get("UIDVALIDITY", 0), told.get("UIDNEXT", 0)))

    @contextmanager
    def _logged_in(self) -> Iterator[BaseMailBox]:
        with translated():
            mailbox = self._open_session()
            try:
                yield mailbox
            finally:
                _say_goodbye(mailbox)

    def _open_session(self) -> BaseMailBox:
        if self._tokens is not None:
            return with_token(self._tokens, self._log_in, refused=(AccessError,))
        return self._log_in(self._password.get_secret_value())

    def _log_in(self, secret: str) -> BaseMailBox:
        mailbox = self._connect()
        try:
            mailbox.email_message_class = KeptMessage
            self._prove(mailbox, secret)
        except BaseException:
            _say_goodbye(mailbox)
            raise
        return mailbox

    def _prove(self, mailbox: BaseMailBox, secret: str) -> None:
        try:
            if self._tokens is not None or self._login == "xoauth2":
                mailbox.xoauth2(self._user, secret, initial_folder=None)
            elif (self._user + secret).isascii():
                mailbox.login(self._user, secret, initial_folder=None)
            else:
                mailbox.login_utf8(self._user, secret, initial_folder=None)
        except imaplib.IMAP4.abort:
            raise
        except (MailboxLoginError, imaplib.IMAP4.error) as error:
            if any(code in str(error) for code in PASSING):
                raise RetryableError("mailbox: the server takes no log-in now; will be tried again") from None
            raise AccessError(f"mailbox: the log-in is refused: {REFUSED if self._tokens is None else STALE}") from None

    def _connect_to_server(self) -> BaseMailBox:
        server, seconds = self._server, self._timeout_seconds
        if server.protection is Protection.NONE:
            return MailBoxUnencrypted(server.host, server.port, timeout=seconds)
        # Without a context of its own the standard library would take any certificate.
        context = ssl.create_default_context()
        kind = MailBox if server.protection is Protection.TLS else MailBoxStartTls
        return kind(server.host, server.port, timeout=seconds, ssl_context=context)


@contextmanager
def translated() -> Iterator[None]:
    """Errors of the way and of the server as ours. What a server says may hold addresses: it is not passed on."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise AccessError("mailbox: the server's certificate is not valid for its name: check the address") from error
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise RetryableError(f"mailbox: no answer ({type(error).__name__}); will be tried again") from None


def _say_goodbye(mailbox: BaseMailBox) -> None:
    # Nothing follows from a goodbye that fails; what was read is read.
    with suppress(OSError, imaplib.IMAP4.error, ImapToolsError):
        mailbox.logout()


def is_askable(value: str) -> bool:
    """Whether it can stand between quotation marks in a search."""
    return value.isascii() and value.isprintable() and not set(value) & set('"\\') and 0 < len(value) <= 500


def _sent_folder(mailbox: BaseMailBox) -> str | None:
    return next((folder.name for folder in mailbox.folder.list() if r"\Sent" in folder.flags), None)


def _day(day: date) -> str:
    return f"{day.day}-{MONTHS[day.month - 1]}-{day.year}"
