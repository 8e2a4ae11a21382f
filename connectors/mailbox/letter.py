"""A mail as it came over the wire, read into what we use of it. Pure."""

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import MessageError
from email.message import Message
from email.utils import parsedate_to_datetime

from imap_tools import MailMessage

from connectors.mailbox.body import Body, body_of
from models.errors import RecordError

ID = re.compile(r"<[^<>\s]{1,490}>")
NO_ID = "@no-id.invalid>"
"""End of the ids we give to mails that have none."""
ADDRESS = re.compile(r"(?<![^\s<>()\[\]\"',;:])[^\s<>()\[\]\"',;:]+@[^\s<>()\[\]\"',;:]+")
NOBODY = re.compile(r"^(no[-._]?reply|do[-._]?not[-._]?reply|mailer-daemon|postmaster|bounces?)\b", re.IGNORECASE)
"""Names of mailboxes nobody reads."""
MASS = frozenset({"bulk", "list", "junk"})


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail. Ids are with their angle brackets, addresses in lower case."""

    id: str
    """Its Message-ID; where it has none, a digest of the mail that is the same whoever reads it."""
    references: tuple[str, ...]
    """From the first mail of the conversation to the one it answers."""
    sender: str | None
    sender_name: str | None
    reply_to: str | None
    to: tuple[str, ...]
    subject: str
    claimed_at: datetime | None
    """What its author's clock says; aware, UTC."""
    arrived_at: datetime | None
    """What the last server that handed it on says; aware, UTC."""
    body: Body
    automatic: tuple[str, ...]
    """Why it is taken for a program's mail; empty: a person's."""
    takes_no_answer: bool
    """Nobody reads what is sent back."""
    bounced: str | None
    """Id of the mail that could not be delivered, where this one reports it; empty where it does not say which."""

    @property
    def is_reply(self) -> bool:
        return bool(self.references) and not re.match(r"\s*(fwd?|wg|tr|rv)\s*:", self.subject, re.IGNORECASE)


def read_letter(raw: bytes) -> Letter:
    """Raises: RecordError; the standard library's reader gives up on some headers nobody should write."""
    if not raw.strip():
        raise RecordError("the mail is empty")
    try:
        return _read(MailMessage.from_bytes(raw), raw)
    except (MessageError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise RecordError(f"the mail's form is broken ({type(error).__name__})") from None


def _read(mail: MailMessage, raw: bytes) -> Letter:
    message = mail.obj
    sender = _address(mail.from_values.email if mail.from_values else "") or _address(_plain(message, "From"))
    is_null = _plain(message, "Return-Path").strip() == "<>"
    bounced = _bounced(message)
    reply_to = next((found for each in mail.reply_to_values if (found := _address(each.email))), None)
    return Letter(
        id=next(iter(ID.findall(_plain(message, "Message-ID"))), "")
        or f"<{hashlib.sha256(raw).hexdigest()[:32]}{NO_ID}",
        references=_references(message),
        sender=sender,
        sender_name=(mail.from_values.name if mail.from_values else "") or None,
        reply_to=reply_to,
        to=tuple(found for each in (*mail.to, *mail.cc) if (found := _address(each))),
        subject=" ".join(mail.subject.split()),
        claimed_at=_instant(_plain(message, "Date")),
        arrived_at=_instant(_plain(message, "Received").rpartition(";")[2]),
        body=body_of(message),
        automatic=_automatic(message, is_null=is_null, sender=sender),
        takes_no_answer=is_null or sender is None or bool(NOBODY.match(reply_to or sender)),
        bounced=bounced,
    )


def _plain(message: Message, name: str) -> str:
    """The first header of that name, empty where there is none."""
    return str(message.get(name) or "")


def _address(text: str) -> str | None:
    found = ADDRESS.search(text)
    return found.group().lower() if found else None


def _references(message: Message) -> tuple[str, ...]:
    ids = ID.findall(_plain(message, "References")) + ID.findall(_plain(message, "In-Reply-To"))[:1]
    return tuple(dict.fromkeys(ids))


def _instant(text: str) -> datetime | None:
    try:
        at = parsedate_to_datetime(text.strip())
        # The zone "-0000" says that the zone is not known; the time is UTC all the same.
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _automatic(message: Message, *, is_null: bool, sender: str | None) -> tuple[str, ...]:
    submitted = _plain(message, "Auto-Submitted").split(";")[0].strip().lower()
    marks = {
        f"Auto-Submitted: {submitted}": submitted not in ("", "no"),
        "Precedence": _plain(message, "Precedence").strip().lower() in MASS,
        "mailing list": "List-Id" in message or "List-Unsubscribe" in message,
        "X-Autoreply": "X-Autoreply" in message or "X-Autorespond" in message,
        "null sender": is_null,
        "report": message.get_content_type() == "multipart/report",
        "sender nobody reads": bool(sender and NOBODY.match(sender)),
    }
    return tuple(mark for mark, is_so in marks.items() if is_so)


def _bounced(message: Message) -> str | None:
    """The failed mail, or its headers, stands in the report's last part."""
    if (
        message.get_content_type() != "multipart/report"
        or message.get_param("report-type") == "disposition-notification"
    ):
        return None
    for part in message.walk():
        if part.get_content_type() == "text/rfc822-headers":
            found = re.search(r"(?im)^Message-ID:\s*(<[^<>\s]+>)", str(part.get_payload()))
            return found.group(1) if found else ""
        if part is not message and part.get_content_type() != "message/rfc822" and part.get("Message-ID"):
            return next(iter(ID.findall(_plain(part, "Message-ID"))), "")
    return ""
