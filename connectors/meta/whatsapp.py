"""Messages as WhatsApp pushes them. Pure."""

from collections.abc import Mapping
from dataclasses import replace

from connectors.json_answers import read_record as read
from connectors.meta.records import WHATSAPP, Found, Said, evidence, to_mention, version_of
from connectors.meta.wire import Change, WhatsAppMessage, WhatsAppText, WhatsAppValue
from models import Author, Deletion, Kind, Mention
from models.errors import RecordError

SILENT = frozenset({"system"})
"""Said by WhatsApp, not by a person."""


def read_whatsapp_change(change: Change, found: Found) -> None:
    """Statuses of what we sent, groups, calls and templates are left out. Raises: RecordError."""
    if change.field not in ("messages", "smb_message_echoes"):
        return
    if isinstance(change.value, dict) and not change.value.keys() & {"messages", "message_echoes"}:
        return
    value = read(change.value, WhatsAppValue)
    found.each("messages", value.messages, lambda part: _message(part, value, found, is_ours=False))
    found.each("message_echoes", value.message_echoes, lambda part: _message(part, value, found, is_ours=True))


def _message(part: object, value: WhatsAppValue, found: Found, *, is_ours: bool) -> None:
    message = _read(part)
    text = said_in(message)
    if message.type in SILENT or text is None:
        return
    account, original = value.metadata.phone_number_id, message.words.original_message_id
    if message.type == "revoke" and original:
        at = message.timestamp or found.received_at
        found.deletions.append(Deletion(WHATSAPP, account, original, at))
        return
    mention = _mention(part, message, text, value, found, is_ours=is_ours)
    if message.type != "edit" or not original:
        found.add(mention, is_ours=is_ours)
        return
    edited_at = message.timestamp or found.received_at
    inner = message.words.message
    corrected = _read({**inner, "id": original}) if isinstance(inner, dict) else message
    text = said_in(corrected) or text
    later = _mention(part, message.model_copy(update={"id": original}), text, value, found, is_ours=is_ours)
    later = replace(later, created_at=edited_at, created_at_assumed=True)
    found.add_edit(later, is_ours=is_ours, version=version_of(text, edited_at), edited_at=edited_at)


def _read(part: object) -> WhatsAppMessage:
    """What stands under the name of its type is read too, where it is an object."""
    message = read(part, WhatsAppMessage)
    inner = part.get(message.type) if isinstance(part, dict) else None
    return message.model_copy(update={"words": read(inner, WhatsAppText)}) if isinstance(inner, dict) else message


def _mention(
    part: object, message: WhatsAppMessage, text: str, value: WhatsAppValue, found: Found, *, is_ours: bool
) -> Mention:
    sender = message.sender or message.from_user_id
    person = message.to if is_ours else sender
    if sender is None or person is None:
        raise RecordError("a message without a sender")
    said = Said(
        channel=WHATSAPP,
        account=value.metadata.phone_number_id,
        native_id=message.id,
        kind=Kind.DM,
        text=text,
        said_at=message.timestamp,
        conversation_id=message.group_id or f"dm:{person}",
        author=Author(id=sender, name=_names(value).get(sender)),
        in_reply_to=message.words.message_id or message.context.id,
        on_owned_channel=True,
        raw=evidence(part, without=("from", "id", "timestamp", "text")),
    )
    return to_mention(said, received_at=found.received_at)


def _names(value: WhatsAppValue) -> Mapping[str, str | None]:
    return {contact.wa_id: contact.profile.name for contact in value.contacts if contact.wa_id}


def said_in(message: WhatsAppMessage) -> str | None:
    """The words, or what sort of thing was sent; None where nothing was said, e.g. a reaction taken back."""
    inner = message.words
    if message.type == "reaction":
        return inner.emoji or None
    chosen = inner.button_reply or inner.list_reply or inner.nfm_reply
    found = (inner.body, inner.text, inner.caption, chosen and (chosen.title or chosen.body))
    text = next((each for each in found if each), None)
    if text is not None:
        return text
    place = ", ".join(each for each in (inner.name, inner.address) if each) if message.type == "location" else ""
    return f"[{message.type}] {place}".strip()
