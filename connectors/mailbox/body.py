"""The words of a mail and the names of what is attached. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from imap_tools.message import MailAttachment

from connectors.mailbox.html_text import text_of_html

DEEPEST = 20


@dataclass(frozen=True, slots=True)
class Body:
    text: str
    """All of it, with quotations and signature; line ends are `\\n`."""
    attachments: tuple[str, ...]


def body_of(message: Message) -> Body:
    """Plain text where there is any, else the HTML's words. A mail attached to this one is not looked into."""
    plain: list[str] = []
    html: list[str] = []
    attachments: list[str] = []
    for part in _parts(message, 0):
        kind = part.get_content_type()
        if part.get_content_disposition() == "attachment" or part.get_filename() or not kind.startswith("text/"):
            attachments.append(MailAttachment(part).filename or kind)
        elif kind == "text/html":
            html.append(_decoded(part))
        elif kind in ("text/plain", "text/enriched", "text/richtext"):
            plain.append(_decoded(part))
        else:
            attachments.append(kind)
    text = "\n".join(plain)
    if not text.strip():
        text = "\n".join(text_of_html(each) for each in html)
    return Body(text.replace("\r\n", "\n").replace("\r", "\n"), tuple(attachments))


def _parts(message: Message, depth: int) -> Iterator[Message]:
    held = message.get_payload()
    if message.get_content_maintype() == "multipart" and isinstance(held, list) and depth < DEEPEST:
        for part in held:
            if isinstance(part, Message):
                yield from _parts(part, depth + 1)
    else:
        yield message


def _decoded(part: Message) -> str:
    """In the charset it names, else in what it turns out to be; no byte is worth losing the words around it."""
    held = part.get_payload(decode=True)
    if not isinstance(held, bytes):
        return ""
    named = part.get_content_charset() or "utf-8"
    for charset in (named, "utf-8"):
        try:
            return held.decode(charset)
        except (LookupError, UnicodeDecodeError, ValueError):
            continue
    try:
        return held.decode("ascii" if named == "us-ascii" else named, errors="replace")
    except (LookupError, ValueError):
        return held.decode("latin-1")
