"""A contact centre in virtual time, over the real flow: customers, people at work, holidays and outages.

SimPy keeps the time, in minutes since `START`; the flow reads it as its own clock. What the centre did itself is kept
in `Told`, so that what the program says of it can be counted again.
"""

import json
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO

import simpy

from connectors.replay.source import FileSource
from flow import promises
from flow.complaints import Complaints
from flow.escalating import Escalating
from flow.named import RefusedError
from flow.promises import house_of
from flow.teamwork import By, record
from flow.ticket_state import change_state
from ingest.parsing import parse_message
from models import CaseState, EventKind
from models.complaint import Basis, Outcome, Remedy
from models.errors import RetryableError
from models.identity import mention_id
from models.promise import PromiseKind
from register.transitions import LIVE, RefusedActError
from store.cases import StaleCaseError, StoredCase
from store.outbox import Effect
from store.store import Store, Transaction
from tests.flow.bench import Bench
from tests.simulation.desk import DeskWithOutages
from triage.working_time import working_time_of

START = datetime(2026, 1, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR, DAY = 60.0, 24 * 60.0
BETWEEN_TICKS = 60.0
NEWS_EVERY_DAYS, NEWS_TIMES = 50, 12
"""On such a day so many times the messages of others come in."""
PEOPLE = ("Priti", "Keiko", "Omar")
WORDS = (
    ("I was charged twice for order {n} and nobody answers", 30),
    ("Third time I ask: where is my refund for {n}?", 15),
    ("Hey @acme you absolute idiots {n}", 8),
    ("free crypto for everybody {n}", 12),
    ("Thank you, order {n} came early", 10),
    ("How do I change my address on order {n}?", 15),
    ("perhaps my order {n} is lost, refund?", 10),
)
"""What people write, and how often of a hundred."""
STILL = "That did not help. I was charged twice and order {n} is still wrong"

Steps = Iterator[simpy.Event]
PersonAct = Callable[[Transaction, StoredCase, By], None]


@dataclass(slots=True)
class Told:
    """What happened, as the centre itself knows it."""

    said: dict[str, datetime] = field(default_factory=dict)
    """Id of a message at its platform → when it was said."""
    answered: dict[str, datetime] = field(default_factory=dict)
    """Key of an answer → when a person wrote it."""
    outages: list[tuple[str, datetime, datetime]] = field(default_factory=list)
    ticks: int = 0
    acts: Counter[str] = field(default_factory=Counter)
    """What people did, and what they were refused, by name."""


class Centre:
    """`run(days)` lives through that many days; everything hangs on `seed` alone."""

    def __init__(self, store: Store, *, seed: int, per_day: float) -> None:
        self.random = random.Random(seed)
        self.desk = DeskWithOutages()
        self.bench = Bench(store, self.desk)
        self.bench.time = START
        self.told = Told()
        self.per_day = per_day
        self.working = working_time_of(self.bench.flow.policy)
        self.is_up = True
        self.house = house_of(self.bench.flow.policy)
        self.on_open: list[tuple[PersonAct, int]] = [
            (self._answer, 12),
            (self._end, 1),
            (self._escalate, 3),
            (self._promise, 2),
        ]
        """What people do with an open case, and how often of all."""
        self.on_answered: list[tuple[PersonAct, int]] = [(self._end, 3), (self._settle_promises, 1)]
        self.world = simpy.Environment()
        with store.writing() as transaction:
            for name in PEOPLE:
                number = transaction.accounts.add(name, "lead" if name == "Omar" else "agent", now=START)
                transaction.accounts.set_password(number, "never used")

    @property
    def now(self) -> datetime:
        return START + self.world.now * MINUTE

    def run(self, days: int) -> None:
        for name in PEOPLE:
            self.world.process(self._works(name))
        for process in (self._customers, self._clock, self._worker_outages, self._desk_outages, self._queue_is_lost):
            self.world.process(process())
        self.world.run(until=days * DAY)
        self.is_up = True
        self.desk.outage = None
        self.bench.time = self.now
        self.bench.recover()
        self._tick()

    # customers

    def _customers(self) -> Steps:
        for number in range(1_000_000):
            is_news = int(self.world.now / DAY) % NEWS_EVERY_DAYS == NEWS_EVERY_DAYS - 1
            per_day = self.per_day * (NEWS_TIMES if is_news else 1)
            yield self.world.timeout(self.random.expovariate(per_day / DAY))
            words = self.random.choices([each for each, _ in WORDS], [weight for _, weight in WORDS])[0]
            if not self._sleeps():
                self.world.process(self._customer(number, words))

    def _sleeps(self) -> bool:
        """Few write at night: seven of ten of those who would do not."""
        local = self.now.astimezone(self.working.zone)
        return not 7 <= local.hour < 23 and self.random.random() < 0.7

    def _customer(self, number: int, words: str) -> Steps:
        """Writes, waits for days, and writes again where it was a complaint."""
        first = f"m{number}-0"
        self._write(first, words.format(n=number), number)
        if "order" not in words:
            return
        for turn in range(1, self.random.choice((1, 1, 1, 2, 3))):
            yield self.world.timeout(self.random.expovariate(1 / (2 * DAY)))
            self._write(f"m{number}-{turn}", STILL.format(n=f"{number} ({turn})"), number, first)

    def _write(self, native_id: str, words: str, number: int, first: str | None = None) -> None:
        self.bench.time = self.now
        self.told.said[native_id] = self.now
        author = {"id": f"u{number}", "handle": f"h{number}", "name": f"Customer {number}", "followers": number % 5000}
        message = {
            "id": native_id,
            "channel": "x",
            "account": "acme",
            "text": words,
            "created_at": self.now.isoformat(),
        }
        message |= {"author": author, "on_owned_channel": True}
        line = json.dumps(message | ({"in_reply_to": first} if first else {})).encode()

        def parse(raw: bytes) -> object:
            return parse_message(raw, received_at=self.now, default_account="acme")

        self.bench.flow.hearing.read(FileSource("-", parse=parse, stdin=BytesIO(line + b"\n")))
        self._drain()

    # people at work

    def _works(self, name: str) -> Steps:
        leave = self.random.uniform(20, 300)
        while True:
            opens = self.working.opens_next(self.now)
            yield self.world.timeout(max(0.0, (opens - self.now) / MINUTE))
            if leave <= self.world.now / DAY < leave + 14:
                yield self.world.timeout(14 * DAY)
                continue
            yield self.world.timeout(self.random.lognormvariate(4.0, 0.8))
            if self.working.is_open(self.now):
                self.bench.time = self.now
                self._handle(name)
                self._drain()

    def _handle(self, name: str) -> None:
        """The first case of a list that is nobody's or their own: mostly answered; of those answered, one is ended."""
        view, acts = self.random.choices((("all", self.on_open), ("waiting", self.on_answered)), (3, 1))[0]
        with self.bench.store.reading() as transaction:
            rows = transaction.cases.queue(view, person=name, now=self.now, limit=20)
        mine = [row.case for row in rows if row.case.owner in (None, name)]
        if not mine:
            self._done("nothing to do")
            return
        case = mine[0]
        act = self.random.choices([each for each, _ in acts], [weight for _, weight in acts])[0]
        try:
            with self.bench.store.writing() as transaction:
                act(transaction, case, By(name, self.now, f"{self.random.getrandbits(128):032x}"))
        except (RefusedActError, RefusedError, StaleCaseError) as error:
            self._done(f"refused: {type(error).__name__}")

    def _answer(self, transaction: Transaction, case: StoredCase, by: By) -> None:
        item = transaction.mentions.of_case(case.id)[-1]
        if case.owner is None:
            transaction.cases.assign(case.id, by.person, version=case.version, now=self.now)
        payload = {"text": "Sorry about that. We look into it.", "is_private": False, "person": by.person}
        transaction.outbox.add(
            Effect.SEND_REPLY, sink="x", key=f"reply:{by.form_key}", case_id=case.id, mention_id=item.mention.id,
            payload=payload, now=self.now,
        )  # fmt: skip
        record(
            transaction, EventKind.REPLY_QUEUED, f"reply_queued:{by.form_key}", by, {}, case_id=case.id,
            mention_id=item.mention.id,
        )  # fmt: skip
        self.told.answered[f"reply:{by.form_key}"] = self.now
        self._done("answered")

    def _escalate(self, transaction: Transaction, case: StoredCase, by: By) -> None:
        paths = self.bench.flow.policy.paths.paths
        path = self.random.choice(paths)
        Escalating(transaction, self.bench.flow.policy, now=self.now).escalate(
            case, path.key, path.reasons[0], "The customer is right, and I cannot decide it.", by
        )
        self._done("escalated")

    def _promise(self, transaction: Transaction, case: StoredCase, by: By) -> None:
        due = self.now + timedelta(hours=self.random.choice((4, 30, 100)))
        wanted = promises.Wanted(PromiseKind.CALL_BACK, "We call you", due, "said on the phone")
        promises.make(transaction, case, wanted, self.house, by)
        self._done("promised")

    def _settle_promises(self, transaction: Transaction, case: StoredCase, by: By) -> None:
        for promise in transaction.promises.open_of(case.id):
            promises.keep(transaction, promise, by)
            self._done("promise kept")

    def _end(self, transaction: Transaction, case: StoredCase, by: By) -> None:
        complaint = transaction.complaints.of_case(case.id)
        if complaint is None or complaint.status not in LIVE:
            change_state(transaction, case, CaseState.CLOSED, now=self.now)
            record(transaction, EventKind.CLOSED, f"closed:{case.id}:{case.version}", by, {}, case_id=case.id)
            self._done("closed")
            return
        acts = Complaints(transaction, self.bench.flow.policy, now=self.now)
        said = {"person": by.person, "at": self.now}
        acts.respond(complaint.id, channel="x", outcome=Outcome.UPHELD, text="We were wrong.", **said)
        acts.close(complaint.id, basis=Basis.RESPONSE, remedies=(Remedy.EXPLANATION,), **said)
        change_state(transaction, case, CaseState.CLOSED, now=self.now)
        self._done("complaint closed")

    def _done(self, what: str) -> None:
        self.told.acts[what] += 1

    # machines

    def _clock(self) -> Steps:
        while True:
            yield self.world.timeout(BETWEEN_TICKS)
            if self.is_up:
                self.bench.time = self.now
                self._tick()

    def _tick(self) -> None:
        self.bench.flow.tick()
        self.bench.flow.look_back()
        self.bench.flow.sweep()
        self._drain()
        self.told.ticks += 1

    def _drain(self) -> None:
        if self.is_up:
            self.bench.drain()

    def _worker_outages(self) -> Steps:
        """From an hour to three days, about once in five weeks; messages and people's acts are kept meanwhile."""
        while True:
            yield self.world.timeout(self.random.expovariate(1 / (35 * DAY)))
            began, self.is_up = self.now, False
            yield self.world.timeout(self.random.choice((1, 6, 30, 72)) * HOUR)
            self.is_up = True
            self.told.outages.append(("workers", began, self.now))

    def _desk_outages(self) -> Steps:
        while True:
            yield self.world.timeout(self.random.expovariate(1 / (20 * DAY)))
            began, self.desk.outage = self.now, RetryableError("the desk does not answer")
            yield self.world.timeout(self.random.choice((0.5, 4, 26)) * HOUR)
            self.desk.outage = None
            self.told.outages.append(("desk", began, self.now))

    def _queue_is_lost(self) -> Steps:
        while True:
            yield self.world.timeout(self.random.expovariate(1 / (30 * DAY)))
            self.bench.queues.empty()
            self.told.outages.append(("queue", self.now, self.now))


def key_of(native_id: str) -> str:
    return mention_id("x", "acme", native_id)
