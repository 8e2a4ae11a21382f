"""The calls we make, typed: nothing but the records of `wire.py` and of this file leaves it."""

import time
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr, ValidationError

from connectors.http import open_client, send
from connectors.json_answers import readable
from connectors.meta.answers import MissingError, NotAllowedError, read_answer, reading
from connectors.meta.wire import (
    Account,
    ById,
    Created,
    Listed,
    Mentioned,
    Node,
    Profile,
    Subscription,
    Switched,
    Token,
    TokenAnswer,
    Wire,
)
from connectors.quota import Quota
from models.errors import AccessError, PermanentError, UnknownOutcomeError

VENDOR = "meta"
IDS_PER_CALL = 50
NODES_PER_CALL = 100
MESSAGES_LOOKED_AT = 20
"""Instagram shows no more of a conversation."""

W = TypeVar("W", bound=Wire)


@dataclass(slots=True)
class Seen:
    """What became of items that were asked for."""

    nodes: dict[str, Node] = field(default_factory=dict)
    missing: set[str] = field(default_factory=set)
    """Gone, or not for our token to see: which, Meta does not say."""
    refused: AccessError | None = None
    """Why some are neither: our token may not read them."""


@dataclass(frozen=True, slots=True)
class NodePage:
    """`after` leads to the next one; None at the end."""

    nodes: tuple[Node, ...]
    unreadable: tuple[object, ...]
    after: str | None


class _Bearer(httpx.Auth):
    def __init__(self, token: Callable[[], SecretStr]) -> None:
        self._token = token

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._token().get_secret_value()}"
        yield request


class GraphClient:
    """Speaks with one token. Every call raises RetryableError, AccessError or PermanentError."""

    def __init__(
        self,
        base_url: str,
        *,
        token: SecretStr | Callable[[], SecretStr],
        product: str,
        quota: Quota | None = None,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        timeout_seconds: float = 30.0,
    ) -> None:
        """`base_url` holds the version. A token that is renewed is asked for before each call. `product` names the
        limit that calls count against. The rest are seams."""
        self._http = open_client(base_url, timeout_seconds=timeout_seconds, transport=transport)
        self._http.auth = _Bearer(token if callable(token) else lambda: token)
        self._product = product
        self._quota = quota
        self._sleep = sleep
        self._now = now

    def close(self) -> None:
        self._http.close()

    # reading

    def nodes(self, ids: Sequence[str], fields: str) -> Seen:
        """Many items in one call. Meta refuses the whole call for one that is missing: then it is halved."""
        seen = Seen()
        for some in _batches(sorted(set(ids)), IDS_PER_CALL):
            self._nodes(some, fields, seen)
        return seen

    def _nodes(self, ids: Sequence[str], fields: str, seen: Seen) -> None:
        if not ids:
            return
        try:
            found = self._by_id(ids, fields)
        except MissingError:
            if len(ids) == 1:
                seen.missing.add(ids[0])
                return
            half = len(ids) // 2
            self._nodes(ids[:half], fields, seen)
            self._nodes(ids[half:], fields, seen)
            return
        except NotAllowedError as error:
            seen.refused = error
            return
        for id in ids:
            if id not in found:
                seen.missing.add(id)
            for node in readable([found[id]] if id in found else [], Node):
                seen.nodes[id] = node

    def _by_id(self, ids: Sequence[str], fields: str) -> Mapping[str, object]:
        answer = self._call("GET", "/", params={"ids": ",".join(ids), "fields": fields})
        return self._read(answer, ById).found

    def node(self, id: str, fields: str) -> Node | None:
        """One item; None where it is gone or not for us to see. Threads takes no list of ids."""
        try:
            return self._read(self._call("GET", f"/{id}", params={"fields": fields}), Node)
        except MissingError:
            return None

    def mentioned(self, account: str, what: str, id: str, fields: str) -> Node:
        """A comment or medium (`what`) of somebody else that names us. Raises: MissingError, beside the others."""
        query = {"fields": f"mentioned_{what}.{what}_id({id}){{{fields}}}"}
        return self._read(self._call("GET", f"/{account}", params=query), Mentioned).node

    def edge(self, path: str, fields: str, *, after: str | None = None, **more: str) -> NodePage:
        """One page of what stands under an item, e.g. the answers to a comment."""
        query = {"fields": fields, "limit": str(NODES_PER_CALL), **more, **({"after": after} if after else {})}
        listed = self._read(self._call("GET", path, params=query), Listed)
        nodes, unreadable = [], []
        for item in listed.data:
            try:
                nodes.append(Node.model_validate(item))
            except ValidationError:
                unreadable.append(item)
        return NodePage(tuple(nodes), tuple(unreadable), listed.paging.cursors.after if listed.paging.next else None)

    def conversation(self, page: str, *, platform: str, with_id: str) -> Sequence[Node]:
        """The latest messages with one person, ours too; empty where there is no conversation."""
        fields = f"messages.limit({MESSAGES_LOOKED_AT}){{id,message,from,created_time}}"
        try:
            found = self.edge(f"/{page}/conversations", fields, platform=platform, user_id=with_id)
        except MissingError:
            return ()
        return [message for conversation in found.nodes for message in conversation.replies]

    def profiles(self, ids: Sequence[str], fields: str) -> dict[str, Profile]:
        """Of people who wrote to us. Those who do not let us see it are left out."""
        found: dict[str, Profile] = {}
        for id in sorted(set(ids)):
            try:
                profile = self._read(self._call("GET", f"/{id}", params={"fields": fields}), Profile)
            except (PermanentError, NotAllowedError):
                continue  # the person's own choice far more often than ours
            found[id] = profile
        return found

    def account(self, id: str, fields: str) -> Account:
        return self._read(self._call("GET", f"/{id}", params={"fields": fields}), Account)

    def subscribed_fields(self, page: str) -> frozenset[str]:
        """What is pushed of this Page; of all apps that may tell us."""
        listed = self._read(self._call("GET", f"/{page}/subscribed_apps"), Listed)
        return frozenset(name for each in readable(listed.data, Subscription) for name in each.subscribed_fields)

    def token(self, token: SecretStr) -> Token:
        """What Meta says of a token. Only for a client whose own token is the app's."""
        query = {"input_token": token.get_secret_value()}
        return self._read(self._call("GET", "/debug_token", params=query), TokenAnswer).data

    # writing

    def write(
        self, path: str, body: Mapping[str, object], *, is_harmless: bool = False, is_refusal_sure: bool = False
    ) -> str:
        """Gives the id of what was made. `is_harmless`: twice does no harm. See `answers.reading`."""
        answer = self._call(
            "POST", path, is_write=not is_harmless, is_refusal_sure=is_refusal_sure, repeatable=is_harmless, json=body
        )
        created = self._read(answer, Created, is_write=not is_harmless, is_refusal_sure=is_refusal_sure)
        if created.reference is None:
            raise UnknownOutcomeError(f"meta: POST {path}: taken, but no id came; looked up before a second try")
        return created.reference

    def switch(self, path: str, body: Mapping[str, bool]) -> None:
        """Set something on or off; setting it twice does no harm."""
        answer = self._call("POST", path, is_refusal_sure=True, repeatable=True, json=body)
        if not self._read(answer, Switched, is_refusal_sure=True).success:
            raise PermanentError(f"meta: POST {path}: not taken, and no reason was given")

    def _call(
        self, verb: str, path: str, *, is_write: bool = False, is_refusal_sure: bool = False, **arguments: Any
    ) -> httpx.Response:
        return send(
            self._http,
            verb,
            path,
            vendor=VENDOR,
            reading=reading(self._now, is_write=is_write, is_refusal_sure=is_refusal_sure),
            quota=self._quota,
            endpoint=self._product,
            sleep=self._sleep,
            **arguments,
        )

    def _read(
        self, answer: httpx.Response, form: type[W], *, is_write: bool = False, is_refusal_sure: bool = False
    ) -> W:
        read_error = reading(self._now, is_write=is_write, is_refusal_sure=is_refusal_sure)
        return read_answer(answer, form, read_error=read_error, is_write=is_write)


def _batches(values: Sequence[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(values), size):
        yield list(values[start : start + size])
