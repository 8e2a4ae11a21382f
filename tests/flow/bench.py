"""A flow whose every part can be looked at: in-memory queues, an in-memory desk, a clock that the test moves."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

from classify.loading import load
from connectors.base import Channel, Receiver
from connectors.desk_in_memory import DeskInMemory
from connectors.replay.sample import sample_path, shifted
from connectors.replay.source import FileSource
from flow.arrival import keep_page
from ingest.parsing import parse_message
from models import (
    AuthoredBy,
    Capabilities,
    MayReply,
    Mention,
    MentionState,
    Page,
    Receipt,
    Recheck,
    Reply,
    Surroundings,
)
from models.errors import EarshotError
from models.identity import mention_id
from settings import Settings
from store.outbox import Effect
from store.queue import Lane
from store.queue_in_memory import QueuesInMemory
from store.store import Store
from tests.flow.keyword_classifier import KeywordClassifier
from tests.flow.receiver_in_memory import ReceiverInMemory
from tests.learning.versions import load_keywords
from workers import Flow

NOW = datetime(2026, 6, 5, 14, 0, tzinfo=UTC)
AUTHOR = {"id": "u1", "handle": "mira", "name": "Mira Field", "bio": "gardens", "followers": 120, "following": 80}


class ChannelInMemory:
    """Implements `connectors.base.Channel`: what was sent is kept by its key."""

    name = "x"

    def __init__(self) -> None:
        self.sent: dict[str, str] = {}
        self.around = Surroundings()
        self.rechecks: dict[str, Recheck] = {}

    def capabilities(self, mention: Mention) -> Capabilities:
        return Capabilities(pull=True, reply_public=True, reply_private=True)

    def may_reply(
        self, mention: Mention, *, authored_by: AuthoredBy = AuthoredBy.PERSON, is_private: bool | None = None
    ) -> MayReply:
        return MayReply(allowed="no answer" not in mention.text, reason="the author blocked us")

    def reply(self, mention: Mention, reply: Reply) -> Receipt:
        found = reply.key in self.sent
        self.sent[reply.key] = reply.text
        return Receipt(f"x-{len(self.sent)}", found=found)

    def surroundings(self, mentions: Sequence[Mention]) -> Surroundings:
        return self.around

    def recheck(self, mentions: Sequence[Mention]) -> Mapping[str, Recheck]:
        return {mention.id: self.rechecks[mention.id] for mention in mentions if mention.id in self.rechecks}


class SourceInMemory:
    """Implements `connectors.base.Source`: two mentions a page; `fault` is raised instead of the next page."""

    name = "x"

    def __init__(self) -> None:
        self.mentions: list[Mention] = []
        self.fault: EarshotError | None = None
        self.pulls = 0

    def pull(self, cursor: str | None) -> Page:
        self.pulls += 1
        if self.fault is not None:
            fault, self.fault = self.fault, None
            raise fault
        start = int(cursor or 0)
        found = self.mentions[start : start + 2]
        return Page(found, str(start + len(found)))


class Bench:
    def __init__(
        self,
        store: Store,
        desk: DeskInMemory | None = None,
        *,
        home: Path | None = None,
        settings: Settings | None = None,
    ) -> None:
        """With a home, classifiers are those of its folders; see `tests/learning/versions.py`."""
        self.home = home
        self.settings = settings or (Settings(home=home) if home is not None else Settings())
        self.time = NOW
        self.store = store
        self.queues = QueuesInMemory()
        self.desk = desk or DeskInMemory()
        self.classifier = KeywordClassifier()
        self.channel: Channel = ChannelInMemory()
        self.source = SourceInMemory()
        self.receiver = ReceiverInMemory(store, lambda: self.time)
        self.receivers: dict[str, Callable[[], Receiver]] = {"x": lambda: self.receiver}
        self.flow = self.new_flow()

    def new_flow(self) -> Flow:
        """As after a restart: nothing is remembered but what the store holds."""
        return Flow(
            self.settings,
            store=self.store,
            queues=self.queues,
            classifier=self.classifier if self.home is None else None,
            load=load_keywords,
            desk=self.desk,
            channel=lambda name: self.channel,
            source=lambda name: self.source,
            receivers=self.receivers,
            now=lambda: self.time,
        )

    def read(self, *messages: Mapping[str, Any]) -> int:
        """Take in messages as from a file; gives how many were new."""
        lines = b"".join(json.dumps(message).encode() + b"\n" for message in messages)
        parse = partial(parse_message, received_at=self.time, default_account="acme")
        return self.flow.hearing.read(FileSource("-", parse=parse, stdin=BytesIO(lines)))

    def keep(self, page: Page) -> list[str]:
        """Store a page, and have nothing judged."""
        with self.store.writing() as transaction:
            rules, lane = self.flow.retention, Lane.JUDGE.value
            return keep_page(transaction, page, rules, source="x", keep_cursor_as=None, lane=lane, now=self.time)

    def drain(self) -> int:
        """Run jobs until none waits; gives how many ran."""
        ran = 0
        while (job := self.queues.take()) is not None:
            name, arguments = job
            getattr(self.flow, name)(*arguments)
            ran += 1
        return ran

    def recover(self) -> None:
        """What happens by the clock: leases run out, sweep looks, jobs run, until nothing more is found."""
        for _ in range(20):
            self.time += timedelta(minutes=16)
            self.flow.sweep()
            if not self.drain():
                return
        raise AssertionError("twenty sweeps did not bring the flow to rest")

    def answer(self, number: int, *, to: str, case_id: int = 1) -> int:
        """A person's answer, queued as the inbox does; gives its outbox row."""
        payload = {"text": "Sorry! We look into it.", "is_private": False, "person": "agnes"}
        with self.store.writing() as transaction:
            row = transaction.outbox.add(
                Effect.SEND_REPLY,
                sink="x",
                key=f"reply:{number}",
                case_id=case_id,
                mention_id=mention_id("x", "acme", to),
                payload=payload,
                now=self.time,
            )
        assert row is not None
        return row

    def relabel(self, native_id: str, label: str) -> None:
        """A person's correction, as the inbox makes it, and the triage that follows."""
        key = mention_id("x", "acme", native_id)
        self.time += timedelta(minutes=1)
        with self.store.writing() as transaction:
            transaction.mentions.relabel(key, label, person="agnes", now=self.time)
            transaction.mentions.send_back([key], to=MentionState.CLASSIFIED)
        self.flow.triage_mentions([key])

    def counts(self) -> dict[str, Any]:
        with self.store.reading() as transaction:
            return transaction.counts.all(now=self.time)


def bench_with_sample(empty_sqlite: Path, folder: Path) -> Bench:
    """The bundled sample, judged by the shipped classifier, on a database of its own. Its store is to be closed."""
    path = folder / "earshot.db"
    shutil.copyfile(empty_sqlite, path)
    bench = Bench(Store(f"sqlite:///{path}"))
    bench.classifier = load()
    bench.flow = bench.new_flow()
    lines = shifted(sample_path().read_bytes().splitlines(keepends=True), NOW)
    parse = partial(parse_message, received_at=NOW, default_account="larkbank")
    bench.flow.hearing.read(FileSource("-", parse=parse, stdin=BytesIO(lines)))
    bench.drain()
    return bench


def mention(text: str, *, id: str, **more: Any) -> Mention:
    """As `message`, read."""
    return parse_message(json.dumps(message(text, id=id, **more)).encode(), received_at=NOW)


def message(text: str, *, id: str, **more: Any) -> dict[str, Any]:
    """A message with an author, said a minute before `NOW`."""
    said_at = (NOW - timedelta(minutes=1)).isoformat()
    return {"id": id, "channel": "x", "account": "acme", "text": text, "created_at": said_at, "author": AUTHOR} | more
