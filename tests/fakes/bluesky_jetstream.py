"""A Jetstream of our own on this machine: a real WebSocket server that plays back what happened, then waits."""

import json
import socket
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

POST = "app.bsky.feed.post"


def microseconds(at: datetime) -> int:
    return int((at - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1_000_000)


@dataclass
class FakeJetstream:
    events: list[str] = field(default_factory=list)
    """As they are sent, oldest first."""
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    """Query of every connection."""
    paths: list[str] = field(default_factory=list)
    status: int = 101
    """What a connection is answered with."""
    breaks_after: int | None = None
    """So many events, and the connection is cut."""
    _server: Server | None = None

    def start(self) -> None:
        self._server = serve(self._speak, "127.0.0.1", 0, process_request=self._admit, close_timeout=1)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.shutdown()

    @property
    def address(self) -> str:
        assert self._server is not None
        return f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def delete(self, did: str, rkey: str, *, at: datetime, collection: str = POST) -> None:
        commit = {"rev": "r", "operation": "delete", "collection": collection, "rkey": rkey}
        self._add(did, at, "commit", commit=commit)

    def create(self, did: str, rkey: str, *, at: datetime) -> None:
        record = {"$type": POST, "text": "hello", "createdAt": "2026-06-05T12:00:00Z"}
        commit = {"rev": "r", "operation": "create", "collection": POST, "rkey": rkey, "record": record, "cid": "c"}
        self._add(did, at, "commit", commit=commit)

    def account(self, did: str, *, at: datetime, active: bool, status: str | None = None) -> None:
        told: dict[str, Any] = {"active": active, "did": did, "seq": 1, "time": at.isoformat()}
        self._add(did, at, "account", account=told | ({"status": status} if status else {}))

    def identity(self, did: str, *, at: datetime) -> None:
        self._add(did, at, "identity", identity={"did": did, "handle": "new.test", "seq": 2, "time": at.isoformat()})

    def _add(self, did: str, at: datetime, kind: str, **what: Any) -> None:
        self.events.append(json.dumps({"did": did, "time_us": microseconds(at), "kind": kind, **what}))

    def _admit(self, connection: ServerConnection, request: Request) -> Response | None:
        parts = urlsplit(request.path)
        self.paths.append(parts.path)
        self.asked.append(parse_qs(parts.query))
        if self.status == 101:
            return None
        return connection.respond(HTTPStatus(self.status), "no\n")

    def _speak(self, connection: ServerConnection) -> None:
        since = int(self.asked[-1]["cursor"][0])
        later = [event for event in self.events if '"time_us"' not in event or json.loads(event)["time_us"] >= since]
        try:
            for event in later[: self.breaks_after]:
                connection.send(event)
            if self.breaks_after is not None:
                connection.socket.shutdown(socket.SHUT_RDWR)
                return
            connection.recv(timeout=10)  # until the other side has had enough
        except (ConnectionClosed, OSError, TimeoutError):
            return
