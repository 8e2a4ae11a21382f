"""Worlds of channels whose own folder holds none."""

import json
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import httpx
from sqlalchemy import select

from connectors.base import Channel
from connectors.bluesky.channel import BlueskyChannel
from connectors.local.channel import LocalChannel
from models import Author, Kind, Mention
from models.identity import mention_id
from store.engine import open_engine
from store.mentions import NewMention
from store.migrate import upgrade
from store.store import Store
from store.tables import local_replies
from tests.connectors.bluesky.conftest import open_client, open_source
from tests.contracts.worlds import RESET_SECONDS, Fault, Sent
from tests.fakes.bluesky import NOW, FakeBluesky, refused

PUT = "com.atproto.repo.putRecord"


class BlueskyChannelWorld:
    def __init__(self) -> None:
        self._fake = FakeBluesky()
        self._alice = self._fake.add_account("did:plc:alice", "alice.test")

    def channel(self) -> Channel:
        return BlueskyChannel(open_client(self._fake), now=lambda: NOW)

    def mention(self) -> Mention:
        uri = self._fake.mention(self._alice, "my card was charged twice")
        found = open_source(open_client(self._fake)).pull(None).mentions
        return next(mention for mention in found if mention.native_id == uri)

    def sent(self) -> list[Sent]:
        return [Sent(record["text"]) for record in self._fake.own_records.values()]

    def lose_next_answer(self) -> None:
        def take_it(fake: FakeBluesky) -> None:
            written = json.loads(fake.requests[-1].content)
            fake.own_records[written["rkey"]] = written["record"]
            fake.before.pop(PUT)

        self._fake.before[PUT] = take_it
        # The same put again does no harm, so it is repeated: all of them are lost.
        self._fake.fail(PUT, *[httpx.ReadTimeout("lost by the test")] * 3)

    def fail_next(self, fault: Fault, times: int = 1) -> None:
        if fault is Fault.ERROR_IN_200:
            raise NotImplementedError("Bluesky says errors with a status")
        self._fake.fail(PUT, *(FAULTS[fault]() for _ in range(times)))

    def withdraw(self, mention: Mention) -> None:
        self._fake.delete(mention.native_id)


def _rate_limited() -> httpx.Response:
    reset = str(int(datetime.now(UTC).timestamp()) + RESET_SECONDS)
    return refused(429, "RateLimitExceeded", headers={"ratelimit-remaining": "0", "ratelimit-reset": reset})


FAULTS: dict[Fault, Callable[[], httpx.Response | Exception]] = {
    Fault.RATE_LIMITED: _rate_limited,
    Fault.SERVER_ERROR: lambda: refused(502, "UpstreamFailure"),
    Fault.TIMEOUT: lambda: httpx.ReadTimeout("lost by the test"),
    Fault.UNAUTHORIZED: lambda: refused(401, "AuthMissing"),
    Fault.PAYMENT_REQUIRED: lambda: refused(402, "PaymentRequired"),
    Fault.FORBIDDEN: lambda: refused(403, "Forbidden"),
    Fault.CUT_SHORT: lambda: httpx.Response(200, content=b'{"uri": "at://did'),
    Fault.NOT_JSON: lambda: httpx.Response(200, content=b"<html>502</html>"),
}


class LocalChannelWorld:
    """A database of its own; what is recorded there is what the platform holds."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="earshot-local-"))
        shutil.copyfile(_empty_database(), self._folder / "earshot.db")
        self._store = Store(f"sqlite:///{self._folder / 'earshot.db'}")
        self._said = 0

    def close(self) -> None:
        self._store.close()
        shutil.rmtree(self._folder)

    def channel(self) -> Channel:
        return LocalChannel(self._store)

    def mention(self) -> Mention:
        return self._mention(Kind.MENTION)

    def private_mention(self) -> Mention:
        return self._mention(Kind.DM)

    def _mention(self, kind: Kind) -> Mention:
        self._said += 1
        native_id = str(self._said)
        mention = Mention(
            id=mention_id("file", "larkbank", native_id),
            channel="file",
            account="larkbank",
            native_id=native_id,
            kind=kind,
            text="my card was charged twice",
            created_at=NOW,
            received_at=NOW,
            conversation_id=native_id,
            author=Author("7", handle="alice"),
        )
        with self._store.writing() as transaction:
            transaction.mentions.add([NewMention(mention, mention.id, mention.id)], lane="judge", now=NOW)
        return mention

    def sent(self) -> list[Sent]:
        with self._store.engine.connect() as connection:
            rows = connection.execute(select(local_replies).order_by(local_replies.c.id))
            return [Sent(row.text, row.is_private) for row in rows]


@cache
def _empty_database() -> Path:
    path = Path(tempfile.mkdtemp(prefix="earshot-empty-")) / "earshot.db"
    engine = open_engine(f"sqlite:///{path}")
    upgrade(engine)
    engine.dispose()
    return path
