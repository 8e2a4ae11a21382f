"""The server that takes our mails, typed: nothing of smtplib leaves this file."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email import message_from_bytes
from email.message import EmailMessage
from functools import partial

from pydantic import SecretStr

from connectors.mailbox.client import Login
from connectors.mailbox.server import Protection, Server
from connectors.mailbox.token import with_token
from connectors.oauth import AccessTokens
from models.errors import AccessError, EarshotError, PermanentError, RetryableError, UnknownOutcomeError

OUR_FAULT = frozenset({530, 534, 535, 538, 550, 553, 554})
"""Of codes that refuse us before anybody is written to."""
GREETING = "[127.0.0.1]"
"""How we greet. Left out, the name of this machine would be looked up and told."""


class MailSender:
    """Sends one mail to one person. Every call logs in anew and raises RetryableError or AccessError."""

    def __init__(
        self,
        server: Server,
        *,
        user: str,
        password: SecretStr,
        login: Login = "password",
        tokens: AccessTokens | None = None,
        timeout_seconds: float = 30.0,
        connect: Callable[[], smtplib.SMTP] | None = None,
    ) -> None:
        """`tokens` take the place of password and `login`. `connect` is the seam for tests: a server nobody has logged
        in to yet. A server on this machine that takes mail without a log-in gets none."""
        self._server = server
        self._user = user
        self._password = password
        self._login = login
        self._tokens = tokens
        self._timeout_seconds = timeout_seconds
        self._connect = connect or self._connect_to_server

    def check(self) -> None:
        with self._session() as smtp:
            smtp.noop()

    def send(self, message: EmailMessage, *, sender: str, to: str) -> None:
        """Raises: PermanentError where the recipient or the mail is refused; UnknownOutcomeError where the mail was
        handed over and no answer came."""
        data = _as_written(message)
        with self._session() as smtp:
            options = []
            if not to.isascii():
                if not smtp.has_extn("smtputf8"):
                    raise PermanentError("mailbox: our mail server takes no such address; answer by the support desk")
                options.append("SMTPUTF8")
            code, _ = smtp.mail(sender, options)
            if code != 250:
                raise _refused(code, "our address as sender", is_ours=True)
            code, _ = smtp.rcpt(to)
            if code not in (250, 251):
                raise _refused(code, "the recipient")
            self._hand_over(smtp, data)

    def _hand_over(self, smtp: smtplib.SMTP, data: bytes) -> None:
        try:
            code, _ = smtp.data(data)
        except smtplib.SMTPDataError as error:
            raise _refused(error.smtp_code, "the mail") from None
        except (OSError, smtplib.SMTPException) as error:
            raise UnknownOutcomeError(
                f"mailbox: the mail was handed over and no answer came ({type(error).__name__}); it may have been sent"
            ) from None
        if code != 250:
            raise _refused(code, "the mail")

    @contextmanager
    def _session(self) -> Iterator[smtplib.SMTP]:
        with _translated():
            smtp = self._open_session()
            try:
                yield smtp
            finally:
                _say_goodbye(smtp)

    def _open_session(self) -> smtplib.SMTP:
        if self._tokens is not None:
            return with_token(self._tokens, self._log_in, refused=(_StaleError,))
        return self._log_in(self._password.get_secret_value())

    def _log_in(self, secret: str) -> smtplib.SMTP:
        smtp = self._connect()
        try:
            smtp.ehlo_or_helo_if_needed()
            self._prove(smtp, secret)
        except BaseException:
            _say_goodbye(smtp)
            raise
        return smtp

    def _prove(self, smtp: smtplib.SMTP, secret: str) -> None:
        if self._server.protection is Protection.NONE and not smtp.has_extn("auth"):
            return
        if self._tokens is None and self._login == "password":
            smtp.login(self._user, secret)
            return
        smtp.user, smtp.password = self._user, secret
        try:
            smtp.auth("XOAUTH2", partial(self._bearer, secret))
        except smtplib.SMTPAuthenticationError as error:
            if error.smtp_code in OUR_FAULT:
                raise _StaleError(error.smtp_code, error.smtp_error) from None
            raise

    def _bearer(self, token: str, challenge: bytes | None = None) -> str:
        # A challenge is how a server tells what is wrong with the token; the answer is nothing.
        return "" if challenge else f"user={self._user}\1auth=Bearer {token}\1\1"

    def _connect_to_server(self) -> smtplib.SMTP:
        server, seconds = self._server, self._timeout_seconds
        # Without a context of its own the standard library would take any certificate.
        context = ssl.create_default_context()
        if server.protection is Protection.TLS:
            return smtplib.SMTP_SSL(server.host, server.port, GREETING, timeout=seconds, context=context)
        smtp = smtplib.SMTP(server.host, server.port, GREETING, timeout=seconds)
        if server.protection is Protection.STARTTLS:
            smtp.starttls(context=context)
        return smtp


def _as_written(message: EmailMessage) -> bytes:
    """The mail as it goes over the wire. Raises: PermanentError where it would not be read as it was written."""
    # smtplib mends line ends of text alone; bytes with bare line feeds are refused by many servers.
    data = message.as_bytes(policy=message.policy.clone(linesep="\r\n"))
    if message_from_bytes(data).keys() != message.keys():
        raise PermanentError("mailbox: something in the mail would be read as a header of its own; it is not sent")
    return data


class _StaleError(smtplib.SMTPAuthenticationError):
    """The token is refused for good; a fresh one may not be."""


def _say_goodbye(smtp: smtplib.SMTP) -> None:
    # A mail that was taken is taken, whatever becomes of the goodbye.
    with suppress(OSError, smtplib.SMTPException):
        smtp.quit()
    smtp.close()


@contextmanager
def _translated() -> Iterator[None]:
    """Errors before a mail is handed over: nothing was sent. What a server says may hold addresses: not passed on."""
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise AccessError(
            "mailbox: the mail server's certificate is not valid for its name: check the address"
        ) from error
    except smtplib.SMTPAuthenticationError as error:
        raise _refused(error.smtp_code, "our log-in", is_ours=True) from None
    except smtplib.SMTPNotSupportedError:
        raise AccessError("mailbox: the mail server offers no such log-in or encryption: check the settings") from None
    except smtplib.SMTPResponseException as error:
        raise _refused(error.smtp_code, "to talk to us", is_ours=True) from None
    except (OSError, smtplib.SMTPException) as error:
        raise RetryableError(f"mailbox: no answer ({type(error).__name__}); will be tried again") from None


def _refused(code: int, what: str, *, is_ours: bool = False) -> EarshotError:
    where = f"mailbox: the mail server refuses {what}: {code}"
    if code == 421 or 400 <= code < 500:
        return RetryableError(f"{where}; will be tried again")
    if is_ours and code in OUR_FAULT:
        return AccessError(f"{where}; check user, password and address of the mailbox")
    return PermanentError(f"{where}; it is kept for a person")
