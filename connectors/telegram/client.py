"""The calls we make, typed: nothing but the records of `wire.py` and of this file leaves it.

The token is a part of every address, so no path is ever shown.
"""

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr, ValidationError

from connectors.http import error_for, open_client, send
from connectors.quota import Ledger, LedgerInMemory, Quota
from connectors.telegram.wire import Outcome, SentMessage, Update, User, WebhookInfo, Wire
from models.errors import AccessError, EarshotError, PermanentError, RetryableError, UnknownOutcomeError
from models.limit import Limit

VENDOR = "telegram"
UPDATES_PER_CALL = 100
ALLOWED_UPDATES = (
    "message",
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "business_message",
    "edited_business_message",
    "deleted_business_messages",
)
HALF_A_CHARACTER = re.compile(rb"\\u[dD][89a-fA-F]")
"""Such an escape may also be half of a good pair; parsing twice does that no harm."""
W = TypeVar("W", bound=Wire)


class MigratedError(EarshotError):
    """The group became a supergroup and goes on under another number."""

    def __init__(self, chat_id: int) -> None:
        super().__init__("telegram: the group has a new number")
        self.chat_id = chat_id


@dataclass(frozen=True, slots=True)
class Unreadable:
    """An update we could not read: its bytes as they came, and why."""

    update_id: int | None
    reason: str
    raw: bytes


class TelegramClient:
    """Speaks for one bot. Every call raises RetryableError or AccessError; sending also PermanentError,
    UnknownOutcomeError and MigratedError."""

    def __init__(
        self,
        api: str,
        *,
        bot: str,
        token: SecretStr,
        ledger: Ledger | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_seconds: float = 30.0,
    ) -> None:
        """`transport`, `sleep` and `now` are seams for tests."""
        self._http = open_client(api, timeout_seconds=timeout_seconds, transport=transport)
        self._token = token
        self._credential = f"{VENDOR}/{bot}"
        self._ledger = ledger if ledger is not None else LedgerInMemory()
        self._quota = Quota(self._credential, self._ledger, now=now)
        self._sleep = sleep
        self._now = now

    def close(self) -> None:
        """Let go of the connections; the client cannot be used afterwards."""
        self._http.close()

    def me(self) -> User:
        return _formed(self._call("getMe", {}), User, "getMe")

    def webhook(self) -> WebhookInfo:
        return _formed(self._call("getWebhookInfo", {}), WebhookInfo, "getWebhookInfo")

    def updates(self, *, offset: int | None) -> list[Update | Unreadable]:
        """The oldest updates from `offset` on; Telegram forgets those before it. None: the oldest it holds."""
        asked: dict[str, object] = {"limit": UPDATES_PER_CALL, "timeout": 0, "allowed_updates": list(ALLOWED_UPDATES)}
        if offset is not None:
            asked["offset"] = offset
        found = self._call("getUpdates", asked)
        if not isinstance(found, list):
            raise RetryableError("telegram: getUpdates: answer not understood")
        return [read_update(item) for item in found]

    def send_message(self, message: Mapping[str, object]) -> int:
        """Number of the message that was sent."""
        result = self._call("sendMessage", message, repeatable=False)
        try:
            return SentMessage.model_validate(result).message_id
        except ValidationError:
            raise UnknownOutcomeError("telegram: sendMessage: answered, but not with the message") from None

    def _call(self, method: str, body: Mapping[str, object], *, repeatable: bool = True) -> object:
        try:
            response = self._post(method, body, repeatable)
        except RetryableError as error:
            if error.retry_after_seconds is not None:
                until = self._now() + timedelta(seconds=error.retry_after_seconds)
                self._ledger.keep_limit(self._credential, method, Limit(0.0, until), now=self._now())
            raise
        self._quota.used(method)
        try:
            outcome = Outcome.model_validate(parsed(response.content))
        except ValueError:
            problem = f"telegram: {method}: answer not understood; is the address of the API right?"
            raise (RetryableError if repeatable else UnknownOutcomeError)(problem) from None
        if not outcome.ok:
            raise _refusal_in_200(outcome, f"telegram: {method}", repeatable)
        return outcome.result

    def _post(self, method: str, body: Mapping[str, object], repeatable: bool) -> httpx.Response:
        return send(
            self._http,
            "POST",
            f"/bot{self._token.get_secret_value()}/{method}",
            vendor=VENDOR,
            repeatable=repeatable,
            reading=_reading,
            shown=method,
            quota=self._quota,
            endpoint=method,
            sleep=self._sleep,
            json=body,
        )


def _reading(response: httpx.Response, where: str) -> EarshotError | None:
    try:
        outcome = Outcome.model_validate(parsed(response.content))
    except ValueError:
        return None
    return refusal(outcome, where, response.status_code)


def _refusal_in_200(outcome: Outcome, where: str, repeatable: bool) -> EarshotError:
    status = outcome.error_code or 400
    return refusal(outcome, where, status) or error_for(httpx.Response(status), where, repeatable=repeatable)


def refusal(outcome: Outcome, where: str, status: int) -> EarshotError | None:
    """What is Telegram's own about a failed answer; None leaves it to the table."""
    said = outcome.description.lower()
    if outcome.parameters.migrate_to_chat_id is not None:
        return MigratedError(outcome.parameters.migrate_to_chat_id)
    if status == 429:
        return RetryableError(f"{where}: 429, asked to wait", retry_after_seconds=outcome.parameters.retry_after)
    if status in (401, 404):
        return AccessError(f"{where}: {status}; the bot's token is not accepted: get one from @BotFather")
    if status == 409 and "webhook" in said:
        return AccessError(
            f"{where}: 409; a webhook is set for this bot, so its updates cannot be pulled: remove it (deleteWebhook) "
            "or set EARSHOT_TELEGRAM_WEBHOOK_SECRET"
        )
    if status == 409:
        return AccessError(f"{where}: 409; another program reads this bot's updates with the same token: stop it")
    if status == 403 and where.endswith("sendMessage"):
        return PermanentError(f"{where}: 403; {_why_forbidden(said)}")
    return None


def _why_forbidden(said: str) -> str:
    if "blocked" in said:
        return "the author has blocked our bot"
    if "deactivated" in said:
        return "the author's account is deactivated"
    if "kicked" in said or "not a member" in said:
        return "our bot is no longer in this group"
    return "Telegram does not let our bot write there"


def read_update(item: object) -> Update | Unreadable:
    try:
        return Update.model_validate(item)
    except ValidationError as error:
        number = item.get("update_id") if isinstance(item, dict) else None
        is_number = isinstance(number, int) and not isinstance(number, bool)
        return Unreadable(number if is_number else None, complaints(error), json.dumps(item).encode())


def parsed(content: bytes) -> Any:
    """Half a character (a lone surrogate) is legal JSON but no text anybody can store: it becomes `?`.

    Raises: ValueError.
    """
    value = json.loads(content)
    if HALF_A_CHARACTER.search(content):
        return json.loads(json.dumps(value, ensure_ascii=False).encode(errors="replace"))
    return value


def complaints(error: ValidationError) -> str:
    """What is wrong with which field; never the field's content."""
    problems = error.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(
        f"{'.'.join(str(part) for part in problem['loc']) or 'all'}: {problem['msg']}" for problem in problems
    )


def _formed(result: object, form: type[W], method: str) -> W:
    try:
        return form.model_validate(result)
    except ValidationError as error:
        raise RetryableError(f"telegram: {method}: answer not understood: {complaints(error)}") from None
