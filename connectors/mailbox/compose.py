"""An answer as a mail. Pure."""

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from hashlib import sha256

from connectors.mailbox.letter import ADDRESS, ID, NO_ID
from models import AuthoredBy, Mention, Reply
from models.errors import PermanentError

LONGEST_HEADER = 900
"""Characters; a line of a mail takes 998."""
MOST_CHARACTERS = 100_000
ENCODED = "=?"
"""How an encoded word begins. The standard library decodes those it is given, and writes what was in them: also line
ends, and with them headers that nobody of ours wrote."""


def compose(mention: Mention, reply: Reply, *, account: str, now: datetime) -> EmailMessage:
    """The same reply has the same Message-ID every time: servers that have it drop the second.

    Raises: PermanentError for words or an address that cannot be sent.
    """
    to = recipient(mention)
    if to is None:
        raise PermanentError("mailbox: the mail has no sender that could be answered")
    text = reply.text.replace("\0", "").encode("utf-8", "replace").decode()
    if not text.strip():
        raise PermanentError("mailbox: the reply is empty; write one")
    if len(text) > MOST_CHARACTERS:
        raise PermanentError(f"mailbox: the reply has {len(text)} characters; at most {MOST_CHARACTERS} are sent")
    # Headers are not broken into lines: the standard library would encode an id that is longer than a line.
    message = EmailMessage(policy=(SMTP if to.isascii() else SMTPUTF8).clone(max_line_length=998))
    headers = {
        "From": account,
        "To": to,
        "Subject": _subject(mention),
        "Date": format_datetime(now),
        "Message-ID": message_id(reply.key, account),
        "In-Reply-To": mention.native_id if _is_id(mention.native_id) else "",
        "References": _references(mention),
        "Auto-Submitted": "auto-replied" if reply.authored_by is AuthoredBy.AUTOMATION else "",
    }
    for name, value in headers.items():
        if value:
            message[name] = value
    message.set_content(text, cte="quoted-printable")
    return message


def message_id(key: str, account: str) -> str:
    return f"<earshot.{sha256(key.encode()).hexdigest()[:32]}@{account.rpartition('@')[2]}>"


def recipient(mention: Mention) -> str | None:
    """Where the author wants answers to go; None where there is no such address."""
    given = mention.raw.get("reply_to") or (mention.author.id if mention.author else "")
    if not isinstance(given, str) or not ADDRESS.fullmatch(given) or not given.isprintable():
        return None
    return given if given.count("@") == 1 and not any(sign in given for sign in ("\\", ENCODED)) else None


def _subject(mention: Mention) -> str:
    given = mention.raw.get("subject")
    words = " ".join(given.split()) if isinstance(given, str) else ""
    while words[:3].lower() == "re:":
        words = words[3:].lstrip()
    # What was decoded once and still looks encoded would be decoded again, line ends and all.
    plain = "".join(each if each.isprintable() else " " for each in words[:200]).replace(ENCODED, "= ?")
    return f"Re: {plain or 'your message'}"


def _references(mention: Mention) -> str:
    given = mention.raw.get("references")
    ids = [each for each in given if isinstance(each, str)] if isinstance(given, list | tuple) else []
    ids = [each for each in dict.fromkeys((*ids, mention.native_id)) if _is_id(each)]
    while len(" ".join(ids)) > LONGEST_HEADER:
        del ids[min(1, len(ids) - 1)]  # the first names the conversation, the last ones the place in it
    return " ".join(ids)


def _is_id(text: str) -> bool:
    is_plain = text.isascii() and text.isprintable() and ENCODED not in text
    return is_plain and ID.fullmatch(text) is not None and not text.endswith(NO_ID)
