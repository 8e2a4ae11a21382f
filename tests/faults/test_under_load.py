"""Hundreds of kills at random while messages come in: workers, their children, Redis (which starts empty), PostgreSQL.

`FAULTS_KILLS` says how many; the seed is fixed, and printed with what was killed and how long it took to recover.
"""

import json
import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from connectors.replay.source import FileSource
from ingest.parsing import parse_message
from models.errors import RetryableError
from register.verify import verify_stored
from store.queue import Lane
from store.store import Store
from tests.faults.crew import SETTLED, Crew, Place, counts, wait_for
from tests.faults.scenarios import drain
from tests.faults.servers import MortalPostgres, MortalRedis
from tests.faults.victim import Clock, flow_on
from tests.faults.world import Effects

pytestmark = [pytest.mark.slow, pytest.mark.postgres]

KILLS = int(os.environ.get("FAULTS_KILLS", "16"))
SEED = 20260605
MESSAGES = 4
"""Come in after each kill."""
WORDS = ("I was charged twice", "free crypto", "how do i log in", "thank you", "refund, for the third time", "idiots")
STARTED = datetime.now(UTC)
PAUSES = (0.0, 0.35)
"""Seconds between two kills, at random."""


def lines(first: int, number: int) -> list[bytes]:
    """Threads of four messages by two people each."""
    found = []
    for each in range(first, first + number):
        said_at = STARTED - timedelta(hours=5) + timedelta(seconds=each)
        message = {
            "id": str(each),
            "channel": "x",
            "account": "acme",
            "text": f"{WORDS[each % len(WORDS)]}, says number {each}",
            "created_at": said_at.isoformat(),
            "conversation_id": str(each // 4),
            "author": {"id": f"u{each // 2}", "followers": each * 1000},
        }
        found.append(json.dumps(message).encode() + b"\n")
    return found


def take_in(place: Place, new: Sequence[bytes]) -> None:
    """As a platform that pushes until it is told that it was kept."""
    flow = place.flow()
    parse = partial(parse_message, received_at=datetime.now(UTC))
    while True:
        try:
            flow.hearing.read(FileSource("-", parse=parse, stdin=BytesIO(b"".join(new))), lane=Lane.JUDGE)
        except RetryableError:
            time.sleep(0.1)
        else:
            break
    flow.store.close()
    flow.queues.close()


def settled(found: dict[str, Any]) -> dict[str, Any]:
    """Without how many effects were sent: see `by_ticket`; and without corrections of the register: an older message of
    a complaint that is judged after a newer one corrects the day of receipt."""
    unsent = {state: number for state, number in found["outbox"].items() if state != "sent"}
    return {name: found[name] for name in SETTLED} | {"outbox": unsent, "register": found["register"]["opened"]}


def let_in_again(crew: Crew, place: Place, messages: int) -> int:
    """Whose worker was killed four times was set aside: a person lets it in. Gives how many there were."""
    set_aside: int = counts(place)["messages"]["quarantined"]
    if set_aside:
        flow = place.flow()
        assert flow.retry()[0] == set_aside
        flow.store.close()
        flow.queues.close()
        wait_for(lambda: counts(place)["messages"]["triaged"] == messages and at_rest(place, messages), crew)
    return set_aside


def at_rest(place: Place, messages: int) -> bool:
    try:
        found = counts(place)
    except RetryableError:
        return False
    waiting = [found["messages"]["received"], found["messages"]["classified"]]
    waiting += [found["outbox"][state] for state in ("pending", "sending", "unknown")]
    return found["messages_total"] == messages and not any(waiting)


def undisturbed(number: int, empty: Path, folder: Path) -> tuple[dict[str, Any], Counter[tuple[str, str]]]:
    """What the same messages come to where nothing is killed."""
    folder.mkdir()
    database = folder / "earshot.db"
    database.write_bytes(empty.read_bytes())
    flow = flow_on(folder, f"sqlite:///{database}", Clock(datetime.now(UTC)))
    parse = partial(parse_message, received_at=datetime.now(UTC))
    for start in range(0, number, MESSAGES):
        new = b"".join(lines(start, min(MESSAGES, number - start)))
        flow.hearing.read(FileSource("-", parse=parse, stdin=BytesIO(new)), lane=Lane.JUDGE)
        drain(flow)
    with flow.store.reading() as transaction:
        found = transaction.counts.all(now=datetime.now(UTC))
    flow.store.close()
    return settled(found), by_ticket(folder)


def by_ticket(folder: Path) -> Counter[tuple[str, str]]:
    """Effects; none of them is there twice.

    Without changes of tickets and notes: how many there are hangs on which messages of a conversation fall into one
    batch and which of them come before its ticket, and what is killed comes in another order.
    """
    effects = Effects(folder).counted()
    doubled = [effect for effect, number in effects.items() if effect[0] in ("ticket", "note", "answer") and number > 1]
    assert not doubled, f"done twice: {doubled}"
    return Counter((what, key.split()[0]) for what, key in set(effects) if what not in ("update", "note"))


def verify_register(place: Place) -> int:
    """How many entries are good."""
    store = Store(place.database)
    with store.reading() as transaction:
        result = verify_stored(transaction.register.stored(), head=transaction.register.head())
    store.close()
    assert result.fault is None, result.fault
    return result.entries


def disturb(crew: Crew, mortal: MortalPostgres, redis: MortalRedis, rng: random.Random) -> str:
    """One kill; gives what was killed."""
    chosen = rng.choices(
        ["judge1", "judge2", "hands1", "ears1", "cron", "child", "redis", "postgres"], [5, 5, 4, 3, 1, 12, 2, 1]
    )[0]
    if chosen == "redis":
        redis.kill()
        redis.start()
    elif chosen == "postgres":
        mortal.kill()
        mortal.start()
    elif chosen != "child" or not crew.kill_horse(rng):
        chosen = "hands1" if chosen == "child" else chosen
        crew.kill(chosen)
    return chosen


def test_kills_at_random_under_load_lose_and_double_nothing(
    crew: Crew, place: Place, mortal: MortalPostgres, redis: MortalRedis, empty_sqlite: Path, tmp_path: Path
) -> None:
    rng, killed, total = random.Random(SEED), Counter[str](), 0
    for _ in range(KILLS):
        take_in(place, lines(total, MESSAGES))
        total += MESSAGES
        until = time.monotonic() + rng.uniform(*PAUSES)
        while time.monotonic() < until:
            crew.look()
            time.sleep(0.02)
        killed[disturb(crew, mortal, redis, rng)] += 1
        crew.look()
    seconds = wait_for(lambda: at_rest(place, total), crew)
    set_aside = let_in_again(crew, place, total)
    came = f"{total} messages; at rest {seconds:.1f} s after the last; {set_aside} set aside and let in again"
    print(f"seed {SEED}: {dict(killed)}; {came}")  # noqa: T201
    expected, effects = undisturbed(total, empty_sqlite, tmp_path / "undisturbed")
    assert settled(counts(place)) == expected
    assert by_ticket(place.folder) == effects
    assert verify_register(place) >= expected["register"]


@pytest.mark.parametrize("victim", ["judge1", "hands1", "ears1", "redis", "postgres"])
def test_one_kill_in_the_middle_is_recovered_from(
    crew: Crew, place: Place, mortal: MortalPostgres, redis: MortalRedis, victim: str
) -> None:
    take_in(place, lines(0, 24))
    wait_for(lambda: counts(place)["messages"]["classified"] + counts(place)["messages"]["triaged"] > 0, crew)
    if victim == "redis":
        redis.kill()
        redis.start()
    elif victim == "postgres":
        mortal.kill()
        mortal.start()
    else:
        crew.kill(victim)
    seconds = wait_for(lambda: at_rest(place, 24), crew)
    print(f"{victim} killed: at rest after {seconds:.1f} s")  # noqa: T201
    assert counts(place)["messages"]["triaged"] == 24
    by_ticket(place.folder)
    verify_register(place)
