"""Slack's Web API: methods, and what their refusals mean, which come with HTTP 200. Knows nothing of our records."""

from collections.abc import Mapping
from typing import Any, TypeVar, Unpack

import httpx
from pydantic import TypeAdapter

from connectors.desks.answers import read
from connectors.desks.desk_client import DeskClient, Opening
from connectors.desks.slack import wire
from connectors.http import retry_after_seconds
from models.errors import AccessError, EarshotError, PermanentError, RetryableError, UnknownOutcomeError

VENDOR = "slack"
PAGE_SIZE = 500
"""Messages of one call; Slack gives 999 at most, and every new ticket is looked for among all we look at."""

ACCESS = frozenset(
    "access_denied account_inactive channel_not_found ekm_access_denied enterprise_is_restricted invalid_auth"
    " is_archived missing_scope no_permission not_allowed_token_type not_authed not_in_channel org_login_required"
    " restricted_action restricted_action_read_only_channel team_access_not_granted token_expired token_revoked"
    " two_factor_setup_required".split()
)
"""A person has to put it right: the token, its scopes, or the channel."""
WAIT = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
PERHAPS = frozenset({"fatal_error", "internal_error", "service_unavailable", "request_timeout", "team_added_to_org"})
"""Slack's own troubles, after which a part may have been done."""

Kind = TypeVar("Kind", bound=wire.SlackAnswer)


class SlackClient(DeskClient):
    """One workspace, one bot's token."""

    vendor = VENDOR

    def __init__(self, api: str, token: str, **opening: Unpack[Opening]) -> None:
        super().__init__(api.rstrip("/"), headers={"Authorization": f"Bearer {token}"}, **opening)

    def identity(self) -> wire.SlackIdentity:
        return self._ask("auth.test", wire.IDENTITY, {})

    def channel(self, id: str) -> wire.SlackChannel:
        return self._ask("conversations.info", wire.CHANNEL_INFO, {"channel": id}).channel

    def history(self, channel: str, *, cursor: str = "", most: int = PAGE_SIZE) -> wire.SlackMessages:
        """One page, newest first; threads are left out."""
        wanted = {"channel": channel, "limit": str(most), "include_all_metadata": "true"}
        return self._ask("conversations.history", wire.MESSAGES, wanted | ({"cursor": cursor} if cursor else {}))

    def replies(self, channel: str, ts: str, *, cursor: str = "") -> wire.SlackMessages:
        """One page of a thread, oldest first; the message it hangs on comes first."""
        wanted = {"channel": channel, "ts": ts, "limit": str(PAGE_SIZE), "include_all_metadata": "true"}
        return self._ask("conversations.replies", wire.MESSAGES, wanted | ({"cursor": cursor} if cursor else {}))

    def post(self, message: Mapping[str, Any]) -> str:
        """The new message's `ts`."""
        posted = self._call("chat.postMessage", wire.POSTED, repeatable=False, json=dict(message))
        if not posted.ts:
            raise UnknownOutcomeError(f"{VENDOR}: POST chat.postMessage: taken, but the answer names no message")
        return posted.ts

    def update(self, message: Mapping[str, Any]) -> None:
        self._call("chat.update", wire.POSTED, repeatable=True, json=dict(message))

    def _ask(self, method: str, adapter: TypeAdapter[Kind], form: Mapping[str, str]) -> Kind:
        """Methods that read take forms, not JSON."""
        return self._call(method, adapter, repeatable=True, data=dict(form))

    def _call(self, method: str, adapter: TypeAdapter[Kind], *, repeatable: bool, **arguments: Any) -> Kind:
        response = self._send("POST", f"/{method}", repeatable=repeatable, endpoint=method, **arguments)
        where = f"{VENDOR}: POST {method}"
        answer = read(wire.ANSWER, response, where, was_made=not repeatable)
        if not answer.ok:
            raise refusal(answer.error, response, where, repeatable=repeatable)
        return read(adapter, response, where, was_made=not repeatable)


def refusal(error: str, response: httpx.Response, where: str, *, repeatable: bool) -> EarshotError:
    """What an answer that says `"ok": false` stands for."""
    what = f"{where}: {error or 'refused without a reason'}"
    if error in WAIT:
        return RetryableError(f"{what}; asked to wait", retry_after_seconds=retry_after_seconds(response))
    if error in ACCESS:
        return AccessError(f"{what}; look at the bot's token and scopes, and whether it is in the channel")
    if error in PERHAPS:
        if repeatable:
            return RetryableError(f"{what}; will be tried again")
        return UnknownOutcomeError(f"{what}; it may have taken effect, so it is looked up before a second try")
    return PermanentError(f"{what}; the request is refused as it stands and is kept for a person")
