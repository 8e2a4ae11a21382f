"""What platforms and desks push to us: `/hooks/<name>`.

Signature first, over the bytes as they came; then kept; then answered. Nothing is worked on before the answer: a job
reads what was kept. Nothing of a body is ever logged.
"""

import hashlib
import logging
from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from connectors.base import Answer, Signed
from connectors.world import World
from inbox.bodies import read_body
from inbox.door import RETRY_AFTER_SECONDS, Door, pushes_wait
from inbox.visit import Inbox
from models.errors import EarshotError, RetryableError, SignatureError
from store.queue import Lane, QueueDownError
from store.vault import VaultError

logger = logging.getLogger("earshot.hooks")

NOBODY = Answer(404, b"nothing is received here\n")
REFUSED = Answer(401, b"the signature is wrong\n")
TOO_LARGE = Answer(413, b"too large\n")
LATER = Answer(503, b"try again in a moment\n")


def receive(inbox: Inbox) -> Callable[[Request], Awaitable[Response]]:
    """The endpoint of all receivers."""
    world = World(inbox.settings, inbox.store)
    door = Door(inbox.store, inbox.settings.most_waiting, pushes_wait)

    async def endpoint(request: Request) -> Response:
        receiver = await run_in_threadpool(_open, world, str(request.path_params["name"]))
        if receiver is None:
            return _response(NOBODY)
        if request.method != "POST":
            return _response(receiver.handshake(dict(request.query_params)) or NOBODY)
        body = await read_body(request, receiver.longest_body_bytes)
        if body is None:
            return _response(TOO_LARGE)
        headers = {name.lower(): value for name, value in request.headers.items()}
        return _response(await run_in_threadpool(_take, inbox, door, receiver, headers, body))

    return endpoint


def _open(world: World, name: str) -> Signed | None:
    try:
        return world.receiver(name) or world.desk_receiver(name)
    except EarshotError as error:
        logger.warning("/hooks/%s cannot be opened: %s", name, error)
        return None


def _take(inbox: Inbox, door: Door, receiver: Signed, headers: dict[str, str], body: bytes) -> Answer:
    now = inbox.clock()
    try:
        given = receiver.verify(headers, body, now=now)
    except SignatureError as error:
        logger.warning("%s: a push was refused: %s", receiver.name, error)
        return REFUSED
    if door.is_full():
        logger.warning("%s: too many pushes wait to be read; the platform will push again", receiver.name)
        return LATER
    delivery_id = given or hashlib.sha256(body).hexdigest()
    try:
        with inbox.store.writing() as transaction:
            is_new = transaction.pushes.keep(receiver.name, delivery_id[:200], body, now=now)
    except VaultError as error:
        logger.error("%s: a push could not be kept; the platform will push again: %s", receiver.name, error)
        return LATER
    except RetryableError:
        logger.warning("%s: the database did not answer; the platform will push again", receiver.name)
        return LATER
    if is_new:
        _hand_on(inbox, receiver.name)
    return receiver.answer(body)


def _hand_on(inbox: Inbox, name: str) -> None:
    try:
        inbox.queues.enqueue("receive", name, lane=Lane.PULL)
    except QueueDownError as error:
        logger.warning("%s", error)  # sweep finds it


def _response(answer: Answer) -> Response:
    told = {"retry-after": str(RETRY_AFTER_SECONDS)} if answer is LATER else {}
    return Response(answer.body, answer.status, media_type=None, headers={"content-type": answer.content_type} | told)
