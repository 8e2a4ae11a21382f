"""A small Telegram of our own, in memory, behind `httpx.MockTransport`: it keeps state and can be made to fail.

Shapes follow the Bot API; `test_shapes.py` holds them to its specification.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

TOKEN = "777000:made-up"
BOT = "LarkbankBot"
NOW = datetime(2026, 6, 5, 12, 0, tzinfo=UTC)
US = {"id": 777000, "is_bot": True, "first_name": "Lark Bank", "username": BOT}
ALICE = {"id": 42, "is_bot": False, "first_name": "Alice", "last_name": "Adams", "username": "alice"}
BOBBY = {"id": 43, "is_bot": False, "first_name": "Bobby", "language_code": "de", "is_premium": True}
GROUP = {"id": -1001234, "type": "supergroup", "title": "Lark friends", "username": "larkfriends"}
CHANNEL = {"id": -1009999, "type": "channel", "title": "Lark news"}


@dataclass
class FakeTelegram:
    page_size: int = 100
    updates: list[dict[str, Any]] = field(default_factory=list)
    """Not confirmed yet."""
    sent: list[dict[str, Any]] = field(default_factory=list)
    """What was asked of sendMessage, and took effect."""
    webhook: dict[str, Any] = field(default_factory=lambda: {"url": ""})
    migrated: dict[int, int] = field(default_factory=dict)
    """Old number of a group → its new one."""
    failures: dict[str, list[httpx.Response | Exception]] = field(default_factory=dict)
    """Method → what its next calls meet instead of an answer."""
    lost: int = 0
    """So many writes take effect and their answer is lost."""
    twice: bool = False
    shuffled: bool = False
    unknown_fields: bool = False
    requests: list[httpx.Request] = field(default_factory=list)
    slept: list[float] = field(default_factory=list)
    next_update: int = 1000
    _messages: int = 0

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    # What people do -------------------------------------------------------------------------------------------------

    def update(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        made = {"update_id": self.next_update, kind: content}
        self.next_update += 1
        self.updates.append(made)
        return made

    def message(
        self, text: str | None, *, sender: dict[str, Any] | None = None, at: datetime = NOW, **more: Any
    ) -> dict[str, Any]:
        """One that nobody is told of yet; in a private chat where no other is given."""
        self._messages += 1
        sender = sender or ALICE
        made: dict[str, Any] = {
            "message_id": self._messages,
            "date": int(at.timestamp()),
            "chat": private(sender),
            "from": sender,
        }
        return made | ({"text": text} if text is not None else {}) | more

    def say(self, text: str | None, **more: Any) -> dict[str, Any]:
        """In a private chat with our bot."""
        said = self.message(text, **more)
        self.update("message", said)
        return said

    def say_in_group(self, text: str, **more: Any) -> dict[str, Any]:
        return self.say(text, chat=GROUP, entities=marks(text), **more)

    def edit(self, said: dict[str, Any], text: str, *, at: datetime = NOW) -> dict[str, Any]:
        return self.update("edited_message", said | {"text": text, "edit_date": int(at.timestamp())})

    def fail(self, method: str, *outcomes: httpx.Response | Exception) -> None:
        self.failures.setdefault(method, []).extend(outcomes)

    def calls(self, method: str) -> list[dict[str, Any]]:
        return [json.loads(request.content) for request in self.requests if request.url.path.endswith(f"/{method}")]

    # What the server answers ----------------------------------------------------------------------------------------

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        token, method = request.url.path.removeprefix("/bot").split("/")
        if self.failures.get(method):
            outcome = self.failures[method].pop(0)
            if isinstance(outcome, Exception):
                raise outcome
            return outcome
        if token != TOKEN:
            return refused(401, "Unauthorized")
        asked = json.loads(request.content)
        answer: httpx.Response = getattr(self, "_" + method)(asked)
        return answer

    def _getMe(self, asked: dict[str, Any]) -> httpx.Response:  # noqa: N802
        abilities = {"can_join_groups": True, "can_read_all_group_messages": False, "supports_inline_queries": False}
        return answered(US | abilities)

    def _getWebhookInfo(self, asked: dict[str, Any]) -> httpx.Response:  # noqa: N802
        return answered({"has_custom_certificate": False, "pending_update_count": 0} | self.webhook)

    def _getUpdates(self, asked: dict[str, Any]) -> httpx.Response:  # noqa: N802
        if self.webhook["url"]:
            return refused(
                409, "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook first"
            )
        offset = asked.get("offset", 0)
        self.updates = [update for update in self.updates if update["update_id"] >= offset]
        shown = self.updates[: min(self.page_size, asked["limit"])]
        shown = shown * 2 if self.twice else shown
        shown = shown[::-1] if self.shuffled else shown
        return answered([with_unknown_fields(each) for each in shown] if self.unknown_fields else shown)

    def _sendMessage(self, asked: dict[str, Any]) -> httpx.Response:  # noqa: N802
        if asked["chat_id"] in self.migrated:
            new = self.migrated[asked["chat_id"]]
            said = "Bad Request: group chat was upgraded to a supergroup chat"
            return refused(400, said, parameters={"migrate_to_chat_id": new})
        if len(asked["text"]) > 4096:
            return refused(400, "Bad Request: message is too long")
        self.sent.append(asked)
        if self.lost:
            self.lost -= 1
            raise httpx.ReadTimeout("lost by the test")
        self._messages += 1
        chat = {"id": asked["chat_id"], "type": "private", "first_name": "Alice"}
        made = {"message_id": self._messages, "date": int(NOW.timestamp()), "chat": chat, "from": US}
        return answered(made | {"text": asked["text"]})


def answered(result: object) -> httpx.Response:
    """As ASCII: half a character is legal JSON and must reach the client as such."""
    return httpx.Response(200, content=json.dumps({"ok": True, "result": result}).encode())


def refused(status: int, description: str, **more: Any) -> httpx.Response:
    return httpx.Response(status, json={"ok": False, "error_code": status, "description": description, **more})


def asked_to_wait(seconds: int) -> httpx.Response:
    return refused(429, f"Too Many Requests: retry after {seconds}", parameters={"retry_after": seconds})


def private(user: dict[str, Any]) -> dict[str, Any]:
    return {"id": user["id"], "type": "private", "first_name": user["first_name"]}


def marks(text: str) -> list[dict[str, Any]]:
    """Entities for the names and commands in a text; counted in UTF-16 code units, as Telegram does."""
    found, place = [], 0
    for word in text.split(" "):
        start = len(text[:place].encode("utf-16-le")) // 2
        length = len(word.encode("utf-16-le")) // 2
        if word.startswith("@"):
            found.append({"type": "mention", "offset": start, "length": length})
        if word.startswith("/"):
            found.append({"type": "bot_command", "offset": start, "length": length})
        place += len(word) + 1
    return found


def with_unknown_fields(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: with_unknown_fields(item) for name, item in value.items()} | {"x_new": {"y": [1]}}
    return [with_unknown_fields(item) for item in value] if isinstance(value, list) else value


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
