"""`POST /api/messages`: the door for every channel nobody built yet. A key, messages in, counts out."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from flow.arrival import keep_page
from flow.batches import in_lanes
from inbox.bodies import read_body
from inbox.door import RETRY_AFTER_SECONDS, Door, messages_wait
from inbox.programs import key_in, unknown_key
from inbox.visit import Inbox
from ingest.parsing import parse_message
from models import Mention, Page, Rejected
from models.account import Scope
from models.errors import RecordError, RetryableError
from store.api_keys import ApiKey
from store.queue import Lane, QueueDownError

SCOPE = Scope.MESSAGES_WRITE
MOST_BYTES = 16 * 1024 * 1024
LINES = ("application/x-ndjson", "application/jsonl", "application/jsonlines")


def take_messages(inbox: Inbox) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint: an object, a list of objects, or lines of them; each is taken or refused for itself."""
    door = Door(inbox.store, inbox.settings.most_waiting, messages_wait)

    async def endpoint(request: Request) -> Response:
        known = await run_in_threadpool(_knock, inbox, request)
        if isinstance(known, Response):
            return known
        body = await read_body(request, MOST_BYTES)
        if body is None:
            return _refused(413, f"more than {MOST_BYTES} bytes: send fewer messages at once")
        kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
        return await run_in_threadpool(_take, inbox, door, known, kind, body)

    return endpoint


def _knock(inbox: Inbox, request: Request) -> ApiKey | Response:
    """Who sends it, or why nobody reads it: without a key not one byte of a body is held."""
    key = key_in(request)
    try:
        with inbox.store.writing() as transaction:
            known = transaction.api_keys.find(key, now=inbox.clock()) if key else None
        if known is None:
            return unknown_key(inbox, request)
    except RetryableError:
        return _refused(503, "the database is busy: try again in a moment")
    if SCOPE not in known.scopes:
        return _refused(403, f"the key {known.name!r} lacks the scope {SCOPE}")
    return known


def _take(inbox: Inbox, door: Door, known: ApiKey, kind: str, body: bytes) -> Response:
    if door.is_full():
        told = {"retry-after": str(RETRY_AFTER_SECONDS)}
        return _refused(429, "too many messages wait to be judged: nothing was kept, send it again later", told)
    try:
        records = _records(kind, body)
    except RecordError as error:
        return _refused(400, str(error))
    if len(records) > inbox.settings.api_batch:
        return _refused(413, f"{len(records)} messages in one call; at most {inbox.settings.api_batch} are taken")
    return _keep(inbox, f"api:{known.name}", records, now=inbox.clock())


def _records(kind: str, body: bytes) -> Sequence[bytes]:
    """Each message as the bytes it came in, or as it is written again. Raises: RecordError."""
    if kind in LINES:
        return [line for line in body.splitlines() if line.strip()]
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise RecordError("the body is no JSON; send one object, a list of them, or application/x-ndjson") from None
    items = found if isinstance(found, list) else [found]
    return [json.dumps(item, ensure_ascii=True).encode() for item in items]


def _keep(inbox: Inbox, source: str, records: Sequence[bytes], *, now: datetime) -> Response:
    mentions, rejected = list[Mention](), list[Rejected]()
    refused: list[Mapping[str, object]] = []
    for place, record in enumerate(records):
        try:
            mentions.append(parse_message(record, received_at=now, default_channel="api", default_account=""))
        except RecordError as error:
            rejected.append(Rejected(f"message {place} of {now.isoformat()}", str(error), record))
            refused.append({"index": place, "reason": str(error)})
    page = Page(mentions, "", rejected)
    try:
        with inbox.store.writing() as transaction:
            ids = keep_page(
                transaction,
                page,
                inbox.retention,
                source=source,
                keep_cursor_as=None,
                lane=Lane.JUDGE.value,
                now=now,
            )
            transaction.connections.worked(source, now=now, had_messages=bool(mentions))
            lanes = in_lanes(transaction, ids)
    except RetryableError:
        return _refused(503, "the database is busy: nothing was kept, try again in a moment")
    for lane, some in lanes.items():
        _hand_on(inbox, some, lane)
    told = {"accepted": len(mentions), "new": len(ids), "rejected": refused}
    return JSONResponse(told | {"ids": [mention.id for mention in mentions]}, status_code=202)


def _hand_on(inbox: Inbox, ids: Sequence[str], lane: Lane) -> None:
    size = inbox.settings.judge_batch
    try:
        for start in range(0, len(ids), size):
            inbox.queues.enqueue("classify_mentions", list(ids[start : start + size]), lane=lane)
    except QueueDownError:
        return  # sweep finds them


def _refused(status: int, why: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": why}, status_code=status, headers=headers)
