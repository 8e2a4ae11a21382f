"""The calls we make, typed: nothing but the records of `wire.py` and of this file leaves it."""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
from pydantic import SecretStr

from connectors.http import open_client, send
from connectors.json_answers import read_record, readable
from connectors.mastodon.answers import GoneError, OutOfScopeError, read_answer, refusal
from connectors.mastodon.cursor import digest
from connectors.mastodon.wire import Account, Instance, Notification, Relationship, Status, Thread
from connectors.quota import Quota
from models.errors import AccessError, PermanentError, RecordError

VENDOR = "mastodon"
TYPES = ("mention", "quote", "update")
STATUSES_PER_CALL = 20
"""Source: Mastodon, `GET /api/v1/statuses`; more are refused."""
RELATIONSHIPS_PER_CALL = 40
HISTORY_PER_CALL = 40
READ, WRITE = "read", "post statuses"
"""What a limit counts: all reading together, and posts on their own."""


@dataclass(frozen=True, slots=True)
class Me:
    """Our account."""

    id: str
    handle: str
    """With its host."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A notification, or the reason why it cannot be read."""

    id: str | None
    content: Notification | str
    raw: bytes

    @property
    def raw_digest(self) -> str:
        return digest(self.raw)


@dataclass(frozen=True, slots=True)
class HeardPage:
    """In the order they were sent. `older` leads to older ones; None at the end."""

    items: tuple[Heard, ...]
    older: str | None


@dataclass(frozen=True, slots=True)
class StatusPage:
    """Newest first. `older` leads to older ones; None at the end."""

    statuses: tuple[Status, ...]
    older: str | None


@dataclass(frozen=True, slots=True)
class Context:
    """What stands above a status, and below it."""

    ancestors: tuple[Status, ...]
    descendants: tuple[Status, ...]


class MastodonClient:
    """Speaks for one account. Every call raises RetryableError, AccessError or PermanentError."""

    def __init__(
        self,
        url: str,
        *,
        token: SecretStr,
        quota: Quota | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        timeout_seconds: float = 30.0,
    ) -> None:
        """`transport` and `sleep` are seams for tests."""
        self._http = open_client(
            url,
            timeout_seconds=timeout_seconds,
            transport=transport,
            headers={"Authorization": f"Bearer {token.get_secret_value()}"},
        )
        self._quota = quota
        self._sleep = sleep
        self._me: Me | None = None
        self._instance: Instance | None = None

    def close(self) -> None:
        """Let go of the connections; the client cannot be used afterwards."""
        self._http.close()

    def me(self) -> Me:
        """Asked once."""
        if self._me is None:
            account = read_answer(self._read("/api/v1/accounts/verify_credentials"), Account)
            self._me = Me(account.id, f"{account.acct}@{self.instance().domain}")
        return self._me

    def instance(self) -> Instance:
        """Its name and limits; asked once."""
        if self._instance is None:
            self._instance = read_answer(self._read("/api/v2/instance"), Instance)
        return self._instance

    def notifications(self, *, limit: int, min_id: str | None = None, max_id: str | None = None) -> HeardPage:
        """The `limit` next ones after `min_id`, or the last ones before `max_id`, from people we filter too."""
        query: dict[str, object] = {"types[]": list(TYPES), "include_filtered": "true", "limit": limit}
        query |= {name: value for name, value in (("min_id", min_id), ("max_id", max_id)) if value is not None}
        answer = self._read("/api/v1/notifications", query)
        return HeardPage(tuple(_heard(item) for item in read_answer(answer, list[object])), _older(answer))

    def status(self, id: str) -> Status | None:
        """None where it is deleted, or not shown to us."""
        try:
            return read_answer(self._get(f"/api/v1/statuses/{_part(id)}"), Status)
        except GoneError:
            return None

    def statuses(self, ids: Sequence[str]) -> dict[str, Status]:
        """Statuses by id. Those deleted or not shown to us are left out."""
        found: dict[str, Status] = {}
        for some in _batches(ids, STATUSES_PER_CALL):
            try:
                listed = read_answer(self._get("/api/v1/statuses", {"id[]": some}), list[object])
            except GoneError:  # before Mastodon 4.3 they can only be asked for one by one
                each = (self.status(id) for id in some)
                found |= {status.id: status for status in each if status}
                continue
            found |= {status.id: status for status in readable(listed, Status)}
        return found

    def context(self, id: str) -> Context | None:
        """The thread around a status; None where the status is gone."""
        try:
            thread = read_answer(self._get(f"/api/v1/statuses/{_part(id)}/context"), Thread)
        except GoneError:
            return None
        return Context(tuple(readable(thread.ancestors, Status)), tuple(readable(thread.descendants, Status)))

    def account(self, id: str) -> Account | None:
        """None where the account is gone."""
        try:
            return read_answer(self._get(f"/api/v1/accounts/{_part(id)}"), Account)
        except GoneError:
            return None

    def account_statuses(self, id: str, *, max_id: str | None = None) -> StatusPage:
        """What an account posted, without what it only showed again; empty where we may not see it."""
        query: dict[str, object] = {"exclude_reblogs": "true", "limit": HISTORY_PER_CALL}
        if max_id is not None:
            query["max_id"] = max_id
        try:
            answer = self._get(f"/api/v1/accounts/{_part(id)}/statuses", query)
        except GoneError:
            return StatusPage((), None)
        return StatusPage(tuple(readable(read_answer(answer, list[object]), Status)), _older(answer))

    def relationships(self, ids: Sequence[str]) -> dict[str, Relationship]:
        """How accounts and ours stand to each other, by id; empty where our token may not ask (`read:follows`)."""
        found: dict[str, Relationship] = {}
        for some in _batches(ids, RELATIONSHIPS_PER_CALL):
            try:
                answer = self._get("/api/v1/accounts/relationships", {"id[]": some, "with_suspended": "true"})
            except (GoneError, OutOfScopeError):
                return {}
            found |= {each.id: each for each in readable(read_answer(answer, list[object]), Relationship)}
        return found

    def post_status(self, text: str, *, in_reply_to: str, visibility: str, key: str) -> Status:
        """Post an answer. The same `key` again, within the hour that the instance keeps it, posts nothing new."""
        body = {"status": text, "in_reply_to_id": in_reply_to, "visibility": visibility}
        headers = {"Idempotency-Key": key}
        path = "/api/v1/statuses"
        return read_answer(self._call("POST", path, WRITE, repeatable=True, json=body, headers=headers), Status)

    def may_write(self) -> bool:
        """Whether the token may post, found by a post without words: no instance takes one."""
        try:
            self._send("POST", "/api/v1/statuses", WRITE, repeatable=False, json={"status": ""})
        except (OutOfScopeError, AccessError):
            return False
        except (PermanentError, GoneError):
            return True
        return True

    def _read(self, path: str, query: Mapping[str, object] | None = None) -> httpx.Response:
        return self._call("GET", path, READ, repeatable=True, params=query)

    def _get(self, path: str, query: Mapping[str, object] | None = None) -> httpx.Response:
        """Like `_read`; raises GoneError and OutOfScopeError too."""
        return self._send("GET", path, READ, repeatable=True, params=query)

    def _call(self, verb: str, path: str, endpoint: str, *, repeatable: bool, **arguments: Any) -> httpx.Response:
        try:
            return self._send(verb, path, endpoint, repeatable=repeatable, **arguments)
        except GoneError as error:
            raise PermanentError(f"{error}; is the address that of a Mastodon instance?") from error
        except OutOfScopeError as error:
            raise AccessError(f"{error}; make a new token with the scopes of docs/channels/mastodon.md") from error

    def _send(self, verb: str, path: str, endpoint: str, *, repeatable: bool, **arguments: Any) -> httpx.Response:
        answer = send(
            self._http,
            verb,
            path,
            vendor=VENDOR,
            repeatable=repeatable,
            reading=refusal,
            quota=self._quota,
            endpoint=endpoint,
            sleep=self._sleep,
            **arguments,
        )
        if self._quota is not None:
            self._quota.used(endpoint)
        return answer


def _heard(item: object) -> Heard:
    raw = json.dumps(item).encode()
    try:
        notification = read_record(item, Notification)
    except RecordError as error:
        given = item.get("id") if isinstance(item, dict) else None
        return Heard(given if isinstance(given, str) and given else None, str(error), raw)
    return Heard(notification.id, notification, raw)


def _older(answer: httpx.Response) -> str | None:
    """Only the place is taken from the header `Link`, never the host: our token goes nowhere else."""
    url = answer.links.get("next", {}).get("url", "")
    place = httpx.QueryParams(url.partition("?")[2]).get("max_id")
    return str(place) if place else None


def _part(id: str) -> str:
    """As one part of a path: an id of an imported message may hold anything."""
    return quote(id, safe="")


def _batches(values: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])
