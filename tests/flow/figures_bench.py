"""How long the figures of many cases take: `python -m tests.flow.figures_bench 100000` writes a database and measures.

A second argument is the address of an empty database to fill instead.
"""

import random
import sys
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from flow.figures import Choice, Rules, escalation_chart, figures_of
from measure.periods import between, week_of
from policy.loading import load_policy
from settings import Settings
from store.engine import open_engine
from store.migrate import upgrade
from store.outbox import Effect
from store.store import Store
from store.tables import cases, events, mentions, outbox
from triage.working_time import working_time_of

FROM = datetime(2026, 7, 1, tzinfo=UTC)
DAYS = 90
PART = 5_000
ZONE = ZoneInfo("Australia/Sydney")


def rows_of(number: int, chance: random.Random) -> dict[str, list[dict[str, Any]]]:
    """One case: a message or two, an answer, a closing; about seven events."""
    at = FROM + timedelta(minutes=number * DAYS * 1440 / 100_000)
    tier = chance.choice([1, 2, 2, 3])
    decision = {"tier": tier, "label": "enquiry", "padding": "x" * 1500}
    case = {
        "id": number,
        "conversation_key": f"k{number}",
        "channel": chance.choice(["x", "facebook", "email"]),
        "account": "acme",
        "state": "closed",
        "received_at": at,
        "last_message_at": at,
        "mention_count": 1,
        "label": "enquiry",
        "tier": tier,
        "priority": chance.choice(["low", "medium", "high"]),
        "priority_rank": 1,
        "team": chance.choice(["cards", "loans"]),
        "score": 1.0,
        "needs_person": False,
        "is_complaint": False,
        "decision": decision,
        "updated_at": at,
    }
    name = f"m{number}"
    mention = {
        "id": name,
        "channel": case["channel"],
        "account": "acme",
        "native_id": name,
        "kind": "mention",
        "text": "words",
        "created_at": at,
        "created_at_assumed": False,
        "received_at": at,
        "conversation_id": name,
        "conversation_key": case["conversation_key"],
        "words_digest": "d",
        "raw": {},
        "arrival": number,
        "lane": "judge",
        "state": "triaged",
        "case_id": number,
        "decision": decision,
    }
    answered = at + timedelta(minutes=chance.randint(5, 3000))
    person = chance.choice(["agnes", "bert", "cora"])
    sent = {
        "id": number,
        "effect": Effect.SEND_REPLY.value,
        "sink": "x",
        "key": f"reply:{number}",
        "case_id": number,
        "mention_id": name,
        "payload": {"text": "y" * 200, "person": person, "is_private": False},
        "state": "sent",
        "next_at": at,
        "created_at": at,
        "updated_at": at,
    }
    told = [
        ("received", f"received:{name}", at, "author", "u", {}),
        ("judged", f"judged:{name}", at, "classifier", "c", {}),
        ("triaged", f"triaged:{name}", at, "rule", "p", {"tier": tier, "label": "enquiry"}),
        ("assigned", f"assigned:{number}", answered, "person", person, {"to": person}),
        ("reply_queued", f"reply_queued:{number}", answered, "person", person, {}),
        ("replied", f"replied:{number}", answered, "rule", "earshot", {}),
        ("closed", f"closed:{number}", answered + timedelta(hours=1), "person", person, {}),
    ]
    logged = [
        {
            "key": key,
            "kind": kind,
            "at": when,
            "recorded_at": when,
            "actor_kind": actor_kind,
            "actor": actor,
            "case_id": number,
            "mention_id": name if kind in ("received", "judged", "triaged") else None,
            "facts": facts,
        }
        for kind, key, when, actor_kind, actor, facts in told
    ]
    return {"cases": [case], "mentions": [mention], "outbox": [sent], "events": logged}


def fill(store: Store, count: int) -> None:
    chance, tables = random.Random(7), {"cases": cases, "mentions": mentions, "outbox": outbox, "events": events}
    for start in range(1, count + 1, PART):
        together: dict[str, list[dict[str, Any]]] = {name: [] for name in tables}
        for number in range(start, min(start + PART, count + 1)):
            for name, rows in rows_of(number, chance).items():
                together[name] += rows
        together["events"].sort(key=lambda row: row["at"])
        with store.engine.execution_options(writes=True).begin() as connection:
            for name, table in tables.items():
                connection.execute(table.insert(), together[name])


def main() -> None:
    count = int(sys.argv[1])
    url = f"sqlite:///{Path(tempfile.mkdtemp())}/bench.db" if len(sys.argv) < 3 else sys.argv[2]
    engine = open_engine(url)
    upgrade(engine)
    engine.dispose()
    store = Store(url)
    fill(store, count)
    rules = Rules(ZONE, working_time_of(load_policy(**Settings().policy)).between, timedelta(minutes=15), Decimal(60))
    now = FROM + timedelta(days=DAYS + 1)
    for name, period in (
        ("a week", week_of(date(2026, 9, 1))),
        ("all", between(date(2026, 7, 1), date(2026, 9, 30))),
    ):
        began = time.perf_counter()
        with store.reading() as transaction:
            found, _ = figures_of(transaction, Choice(period), rules, now=now)
        took = time.perf_counter() - began
        sys.stdout.write(f"figures of {name}: {took:.1f} s, {max(one.count for one in found):,} counted\n")
    began = time.perf_counter()
    with store.reading() as transaction:
        escalation_chart(transaction, Choice(period), ZONE, now=now)
    sys.stdout.write(f"control charts of 52 weeks: {time.perf_counter() - began:.1f} s\n")


if __name__ == "__main__":
    main()
