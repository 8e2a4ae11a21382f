"""Slack's Web API as far as the desk speaks to it; in the shapes of the emulator, with the limits of the real one.

Refusals come with HTTP 200. Metadata is shown only where it is asked for. Methods that read take forms, not JSON.
"""

import json
from itertools import count
from urllib.parse import parse_qsl

import httpx

from models import Priority, TicketStatus
from tests.contracts.desk_harness import Held

API = "https://slack.test/api"
TOKEN = "xoxb-test"
CHANNEL = "C0123456789"
READS = {"conversations.history", "conversations.replies", "conversations.info", "auth.test"}


def is_effect(request: httpx.Request) -> bool:
    """Not the questions, which are POSTs too."""
    return request.url.path.rpartition("/")[2] not in READS


class FakeSlack:
    """`transport()` goes into the desk; tests look at `messages`."""

    def __init__(self) -> None:
        self.messages: list[dict] = []
        """Oldest first, threads among them."""
        self.is_member = True
        self.is_archived = False
        self.requests: list[httpx.Request] = []
        self._numbers = count(1)

    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.answer)

    def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return refused("invalid_auth")
        method = request.url.path.rpartition("/")[2]
        if method in READS:
            assert request.headers.get("content-type", "application/x-www-form-urlencoded").startswith(
                "application/x-www-form-urlencoded"
            )
            asked = dict(parse_qsl(request.content.decode()))
        else:
            asked = json.loads(request.content)
        if method != "auth.test" and asked.get("channel") != CHANNEL:
            return refused("channel_not_found")
        if method not in ("auth.test", "conversations.info") and not self.is_member:
            return refused("not_in_channel")
        handle = getattr(self, "_" + method.replace(".", "_"), None)
        return refused("unknown_method") if handle is None else handle(asked)

    def of(self, external_id: str) -> list[dict]:
        """Messages about tickets."""
        return [each for each in self.messages if _says(each, "earshot_ticket", external_id)]

    def notes_of(self, external_id: str) -> list[dict]:
        return [each for each in self.messages if _says(each, "earshot_note", external_id)]

    def held(self, external_id: str) -> list[Held]:
        return held_in(self.messages, external_id)

    def say(self, text: str) -> None:
        """As somebody in the channel would."""
        self.messages.append({"type": "message", "user": "U7", "text": text, "ts": self._ts()})

    def _ts(self) -> str:
        return f"1795283655.{next(self._numbers):06d}"

    def _auth_test(self, asked):
        return _given(url="https://larkbank.slack.com/", team="Larkbank", user="earshot", user_id="U1", bot_id="B1")

    def _conversations_info(self, asked):
        channel = {"id": CHANNEL, "name": "priority", "is_member": self.is_member, "is_archived": self.is_archived}
        return _given(channel=channel)

    def _conversations_history(self, asked):
        newest = [each for each in self.messages[::-1] if "thread_ts" not in each]
        return self._page(newest, asked)

    def _conversations_replies(self, asked):
        thread = [each for each in self.messages if asked["ts"] in (each["ts"], each.get("thread_ts"))]
        return self._page(thread, asked) if thread else refused("thread_not_found")

    def _page(self, found, asked):
        start, size = int(asked.get("cursor", 0)), int(asked["limit"])
        shown = [dict(each) for each in found[start : start + size]]
        if asked.get("include_all_metadata") != "true":
            for each in shown:
                each.pop("metadata", None)
        has_more = start + size < len(found)
        more = {"response_metadata": {"next_cursor": str(start + size)}} if has_more else {}
        return _given(messages=shown, has_more=has_more, pin_count=0, **more)

    def _chat_postMessage(self, asked):  # noqa: N802  Slack's own name
        problem = _amiss(asked)
        if problem or self.is_archived:
            return refused(problem or "is_archived")
        kept = {"type": "message", "user": "U1", "bot_id": "B1", "ts": self._ts(), **_of(asked)}
        self.messages.append(kept)
        return _given(channel=CHANNEL, ts=kept["ts"], message=kept)

    def _chat_update(self, asked):
        held = next((each for each in self.messages if each["ts"] == asked["ts"]), None)
        problem = _amiss(asked)
        if held is None or problem:
            return refused(problem or "message_not_found")
        held |= _of(asked) | {"edited": {"user": "U1", "ts": self._ts()}}
        return _given(channel=CHANNEL, ts=held["ts"], text=held["text"], message=held)


def held_in(messages: list[dict], external_id: str) -> list[Held]:
    """Tickets among the messages of a channel and its threads."""
    notes = [body_of(each) for each in messages if _says(each, "earshot_note", external_id)]
    found = [each for each in messages if _says(each, "earshot_ticket", external_id)]
    return [_held(each, notes) for each in found]


def _held(message: dict, notes: list[str]) -> Held:
    said = message["metadata"]["event_payload"]
    tags = frozenset(said.get("tags", "").split("\n")) - {""}
    status = TicketStatus(said.get("status", "new"))
    return Held(body_of(message), notes, Priority(said["priority"]), tags, status, said.get("team"))


def body_of(message: dict) -> str:
    parts = [each for each in message["blocks"] if str(each.get("block_id", "")).startswith("earshot_body_")]
    return "".join(part["text"]["text"] for part in parts)


def refused(error: str, **headers: str) -> httpx.Response:
    return httpx.Response(200, json={"ok": False, "error": error}, headers=headers)


def _given(**body: object) -> httpx.Response:
    return httpx.Response(200, json={"ok": True, **body})


def _of(asked: dict) -> dict:
    return {name: asked[name] for name in ("text", "blocks", "metadata", "thread_ts") if name in asked}


def _says(message: dict, kind: str, external_id: str) -> bool:
    metadata = message.get("metadata", {})
    return (metadata.get("event_type"), metadata.get("event_payload", {}).get("external_id")) == (kind, external_id)


def _amiss(asked: dict) -> str:
    """The limits of Block Kit; lengths as JavaScript counts them."""
    if len(asked["blocks"]) > 50:
        return "invalid_blocks"
    for block in asked["blocks"]:
        limit = {"header": 150, "section": 3000, "context": 2000}[block["type"]]
        texts = block["elements"] if block["type"] == "context" else [block["text"]]
        for text in texts:
            if not 0 < len(text["text"].encode("utf-16-le")) // 2 <= limit:
                return "invalid_blocks"
    if sum(len(json.dumps(block, ensure_ascii=False)) for block in asked["blocks"]) > 16_000:
        return "msg_blocks_too_long"
    return ""
