"""A flow with complaints, noise and enquiries that grow old, and people who may decide on what goes."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import inspect, select

from flow.complaints import Complaints
from flow.holds import lift_hold, place_hold
from flow.retention import Done, agree, carry_out, look, propose
from models import ActorKind, Event, EventKind, Post
from models.identity import author_key, mention_id
from models.retention import Hold, HoldScope, RecordClass
from policy.loading import Policy, load_policy
from policy.retention import Retention, load_retention
from register.verify import Verification, verify
from store.store import Store, Transaction
from store.tables import metadata
from tests.flow.bench import NOW, Bench, message

PACK: Retention = load_retention()
POLICY: Policy = load_policy(pack="asic-rg271", house="house", place="AU-NSW")
PEOPLE = {"agnes": "compliance", "boris": "admin", "clara": "compliance", "lee": "lead", "ann": "agent"}
SECRET = "zanzibarite"
"""A word that stands in everything personal."""
YEAR = timedelta(days=366)


class RetentionBench(Bench):
    def __init__(self, store: Store) -> None:
        super().__init__(store)
        with store.writing() as transaction:
            for name, role in PEOPLE.items():
                number = transaction.accounts.add(name, role, now=NOW)
                transaction.accounts.set_password(number, "argon2 hash")

    def say(self, native_id: str, text: str, *, who: str = "mira", **more: Any) -> int:
        """One message by one author, through to its ticket; gives its case."""
        author = {"id": f"{who}-{SECRET}", "handle": f"{who}_{SECRET}", "name": f"{who.title()} {SECRET}"}
        native = f"{native_id}-{SECRET}"
        link = {"url": f"https://social.example/{native}"}
        self.read(message(f"{text} {SECRET}", id=native, author=author, **link, **more))
        self.drain()
        with self.store.reading() as transaction:
            return transaction.mentions.get([self.key(native_id)])[0].case_id or 0

    def key(self, native_id: str) -> str:
        return mention_id("x", "acme", f"{native_id}-{SECRET}")

    def author(self, who: str = "mira") -> str:
        return author_key("x", f"{who}-{SECRET}")

    def live(self, case_id: int, who: str = "mira") -> None:
        """What people and the platform add to a case in its life: a note, an answer, the author's other posts."""
        with self.store.writing() as transaction:
            item = transaction.mentions.of_case(case_id)[0].mention
            note = Event(
                f"noted:{case_id}",
                EventKind.NOTED,
                self.time,
                ActorKind.PERSON,
                "ann",
                case_id,
                item.id,
                {"text": SECRET},
            )
            transaction.events.record([note], now=self.time)
            posts = [Post(item.native_id, f"other {SECRET}", self.time)]
            transaction.mentions.keep_history(self.author(who), posts, captured_at=self.time)
        native = item.native_id
        self.flow.deliver(self.answer(case_id, to=native, case_id=case_id))
        self.drain()

    def withdraw(self, complaint_id: str) -> None:
        with self.store.writing() as transaction:
            acts = Complaints(transaction, POLICY, now=self.time)
            acts.withdraw(complaint_id, person="agnes", at=self.time, reason="the complainant said so")

    def hold(self, scope: HoldScope, subject: str = "", *, reason: str = "court order") -> Hold:
        with self.store.writing() as transaction:
            return place_hold(transaction, POLICY, PACK, scope, subject, by="lee", reason=reason, now=self.time)

    def lift(self, number: str) -> Hold:
        with self.store.writing() as transaction:
            return lift_hold(transaction, POLICY, PACK, number, by="agnes", reason="it is over", now=self.time)

    def due(self) -> dict[RecordClass, int]:
        with self.store.reading() as transaction:
            found = look(transaction, PACK, now=self.time)
        return {row.keep.record_class: row.due for row in found.classes if row.due}

    def clear(self, *classes: RecordClass) -> Done:
        """Propose, agree and carry out, by two people."""
        with self.store.writing() as transaction:
            proposal = propose(transaction, PACK, by="agnes", reason="seven years", classes=classes, now=self.time)
        with self.store.writing() as transaction:
            agree(transaction, PACK, proposal.id, by="boris", now=self.time)
        with self.store.writing() as transaction:
            return carry_out(transaction, PACK, proposal.id, by="agnes", now=self.time)

    def clear_all(self) -> None:
        """Until nothing is due: authors follow once their last message went."""
        for _ in range(4):
            if self.due():
                self.clear()

    def verify(self) -> Verification:
        with self.store.reading() as transaction:
            return verify(transaction.register.entries(), head=transaction.register.head())

    def rows(self) -> dict[str, list[Mapping[str, Any]]]:
        """Every row of every table."""
        with self.store.engine.connect() as connection:
            there = set(inspect(connection).get_table_names())
            return {
                table.name: [dict(row._mapping) for row in connection.execute(select(table))]
                for table in metadata.sorted_tables
                if table.name in there
            }


def events_of(transaction: Transaction, case_id: int) -> list[EventKind]:
    return [event.kind for event in transaction.events.of_case(case_id)]


def years(number: int) -> timedelta:
    return number * YEAR
