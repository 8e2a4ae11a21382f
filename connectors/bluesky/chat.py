"""The calls to Bluesky's chat service, typed. Direct messages are read and sent only here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

import httpx
from pydantic import ValidationError

from connectors.bluesky.answers import read_answer, refusal
from connectors.bluesky.calls import Calls
from connectors.bluesky.chat_wire import (
    CREATED,
    DELETED_MESSAGE,
    SYSTEM_MESSAGE,
    Convo,
    ConvoAnswer,
    ConvoList,
    Log,
    LogEntry,
    Message,
    MessageList,
    Typed,
)
from connectors.bluesky.wire import WireError
from connectors.json_answers import read_record, readable
from models.errors import AccessError, EarshotError, PermanentError, RecordError

PROXY = {"atproto-proxy": "did:web:api.bsky.chat#bsky_chat"}
"""Our server hands such a call on to the chat service."""
CONVOS_PER_CALL = 10
MESSAGES_PER_CALL = 100
NO_DIRECT_MESSAGES = (
    "the app password does not allow direct messages; make a new one in Bluesky under Settings, App passwords, "
    "with access to direct messages"
)


class NoDirectMessagesError(AccessError):
    """The app password is good, but not for direct messages."""


@dataclass(frozen=True, slots=True)
class Said:
    """A message and its conversation; `message` is the reason where it cannot be read."""

    convo_id: str
    message: Message | str
    raw: bytes


@dataclass(frozen=True, slots=True)
class LogPage:
    """In the order things happened. `cursor` is the place behind it; None where the service names none."""

    said: tuple[Said, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class ConvoPage:
    convos: tuple[Convo, ...]
    cursor: str | None


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Newest first. `cursor` leads to older ones; None at the end."""

    said: tuple[Said, ...]
    cursor: str | None


class BlueskyChat:
    """Every call raises RetryableError, AccessError (NoDirectMessagesError among them) or PermanentError."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def log(self, cursor: str | None) -> LogPage:
        """What happened after `cursor`; None tells the newest place."""
        log = read_answer(self._read("getLog", {} if cursor is None else {"cursor": cursor}), Log)
        created = [entry for item in log.logs if (entry := _created(item)) is not None]
        said = (_said(convo_id, message) for convo_id, message in created)
        return LogPage(tuple(one for one in said if one is not None), log.cursor)

    def convos(self, cursor: str | None) -> ConvoPage:
        query: dict[str, object] = {"limit": CONVOS_PER_CALL}
        listed = read_answer(self._read("listConvos", {**query, **({"cursor": cursor} if cursor else {})}), ConvoList)
        return ConvoPage(tuple(readable(listed.convos, Convo)), listed.cursor)

    def convo(self, convo_id: str) -> Convo | None:
        """None where there is none, or we are no longer in it."""
        try:
            return read_answer(self._read("getConvo", {"convoId": convo_id}), ConvoAnswer).convo
        except PermanentError:
            return None

    def messages(self, convo_id: str, cursor: str | None) -> MessagePage:
        query: dict[str, object] = {"convoId": convo_id, "limit": MESSAGES_PER_CALL}
        listed = read_answer(
            self._read("getMessages", {**query, **({"cursor": cursor} if cursor else {})}), MessageList
        )
        said = (_said(convo_id, item) for item in listed.messages)
        return MessagePage(tuple(one for one in said if one is not None), listed.cursor)

    def send(self, convo_id: str, message: Mapping[str, object]) -> Message:
        """Twice sent is twice shown: whoever repeats has looked before."""
        body = {"convoId": convo_id, "message": message}
        method = "chat.bsky.convo.sendMessage"
        answer = self._calls.call("POST", method, repeatable=False, reading=_reading, headers=PROXY, json=body)
        return read_answer(answer, Message)

    def _read(self, method: str, query: Mapping[str, object]) -> httpx.Response:
        return self._calls.read(f"chat.bsky.convo.{method}", query, reading=_reading, headers=PROXY)


def _reading(response: httpx.Response, where: str) -> EarshotError | None:
    """Such a password is refused with the word for a stale token, and a message of its own."""
    if response.status_code in (400, 401, 403) and "bad token" in _message(response):
        return NoDirectMessagesError(f"{where}: {NO_DIRECT_MESSAGES}")
    return refusal(response, where)


def _message(response: httpx.Response) -> str:
    try:
        return WireError.model_validate_json(response.content).message.casefold()
    except ValidationError:
        return ""


def _created(item: object) -> tuple[str, object] | None:
    """Conversation and message of an entry that tells of a new one. An entry of an unknown form tells of none."""
    entries = readable([item], LogEntry)
    return (entries[0].convo_id, entries[0].message) if entries and entries[0].type == CREATED else None


def _said(convo_id: str, item: object) -> Said | None:
    """None where nobody said anything: a message its author took back, or one of the service itself."""
    forms = readable([item], Typed)
    if forms and forms[0].type in (DELETED_MESSAGE, SYSTEM_MESSAGE):
        return None
    raw = json.dumps(item).encode()
    try:
        return Said(convo_id, read_record(item, Message), raw)
    except RecordError as error:
        return Said(convo_id, str(error), raw)
