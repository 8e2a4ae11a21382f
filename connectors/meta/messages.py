"""Direct messages as Messenger and Instagram push them. Pure.

A conversation is a person: Meta names none in its pushes.
"""

from dataclasses import dataclass, replace

from connectors.json_answers import read_record as read
from connectors.meta.records import Found, Said, evidence, to_mention, version_of
from connectors.meta.wire import DirectMessage, MessagingEvent
from models import Author, Deletion, Kind, Mention
from models.errors import RecordError


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where messages came to."""

    channel: str
    account: str
    is_standby: bool = False
    """Another app has the conversation at the moment; we only listen."""


def read_message(part: object, inbox: Inbox, found: Found) -> None:
    """One event of `messaging` or `standby`; what carries no words is left out. Raises: RecordError."""
    event = read(part, MessagingEvent)
    if event.message is not None and event.message.is_deleted:
        at = event.timestamp or found.received_at
        found.deletions.append(Deletion(inbox.channel, inbox.account, event.message.mid, at))
    elif event.message is not None:
        inner = part.get("message") if isinstance(part, dict) else None
        _keep(event, event.message, inner, inbox, found)
    elif event.message_edit is not None:
        _edit(event, event.message_edit.mid, event.message_edit.text, inbox, found)
    elif event.postback is not None and event.postback.mid and event.postback.title:
        _keep(event, DirectMessage(mid=event.postback.mid, text=event.postback.title), {"postback": True}, inbox, found)


def _keep(event: MessagingEvent, message: DirectMessage, inner: object, inbox: Inbox, found: Found) -> None:
    is_ours = message.is_echo or _is_ours(event, inbox, found)
    mention = _mention(event, message.mid, words(message), inbox, found, is_ours=is_ours)
    more = {"standby": True} if inbox.is_standby else {}
    raw = evidence(inner, without=("text", "mid"), **more)
    found.add(replace(mention, in_reply_to=message.reply_to.mid, raw=raw), is_ours=is_ours)


def _edit(event: MessagingEvent, mid: str, text: str | None, inbox: Inbox, found: Found) -> None:
    """It does not say when the message was first sent: not after it was edited."""
    is_ours = _is_ours(event, inbox, found)
    edited_at = event.timestamp or found.received_at
    mention = _mention(event, mid, text or "[no words]", inbox, found, is_ours=is_ours)
    unknown = replace(mention, created_at=edited_at, created_at_assumed=True)
    found.add_edit(unknown, is_ours=is_ours, version=version_of(unknown.text, edited_at), edited_at=edited_at)


def _is_ours(event: MessagingEvent, inbox: Inbox, found: Found) -> bool:
    return event.sender.id in found.own_ids | {inbox.account}


def _mention(event: MessagingEvent, mid: str, text: str, inbox: Inbox, found: Found, *, is_ours: bool) -> Mention:
    person = event.recipient.id if is_ours else event.sender.id
    author = event.sender.id or (inbox.account if is_ours else None)
    if person is None or author is None:
        raise RecordError("a message without sender or recipient")
    said = Said(
        channel=inbox.channel,
        account=inbox.account,
        native_id=mid,
        kind=Kind.DM,
        text=text,
        said_at=event.timestamp,
        conversation_id=f"dm:{person}",
        author=Author(id=author, handle=event.sender.username, name=event.sender.name),
        on_owned_channel=True,
    )
    return to_mention(said, received_at=found.received_at)


def words(message: DirectMessage) -> str:
    """What was written; for pictures and the like, what sort of thing was sent."""
    if message.text:
        return message.text
    if message.is_unsupported:
        return "[unsupported]"
    return " ".join(f"[{attachment.type}]" for attachment in message.attachments) or "[no words]"
