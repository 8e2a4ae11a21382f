"""A receiver whose pushes are pages: what a platform pushed, without its spelling."""

import secrets
from collections.abc import Callable, Mapping
from datetime import datetime

from connectors.base import Answer
from models import Page
from models.errors import SignatureError
from store.store import Store


class ReceiverInMemory:
    """Implements `connectors.base.Receiver`. Bodies are tickets to the pages; `broken` ones cannot be read."""

    name = "x"
    longest_body_bytes = 1000

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self.pages: dict[bytes, Page] = {}

    def push(self, page: Page, *, delivery_id: str | None = None) -> bool:
        """As the platform would; gives whether it was new."""
        body = secrets.token_bytes(8)
        self.pages[body] = page
        with self._store.writing() as transaction:
            return transaction.pushes.keep(self.name, delivery_id or body.hex(), body, now=self._now())

    def push_broken(self) -> None:
        with self._store.writing() as transaction:
            transaction.pushes.keep(self.name, "broken", b"broken", now=self._now())

    def handshake(self, query: Mapping[str, str]) -> Answer | None:
        return Answer(body=query["challenge"].encode()) if "challenge" in query else None

    def verify(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str | None:
        if headers.get("x-signed") != "yes":
            raise SignatureError("x-signed is not yes")
        return headers.get("x-delivery")

    def parse(self, body: bytes, *, received_at: datetime) -> Page:
        if body not in self.pages:
            raise ValueError("cannot be read")
        return self.pages[body]

    def answer(self, body: bytes) -> Answer:
        return Answer()
