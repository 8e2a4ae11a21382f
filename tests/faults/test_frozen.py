"""A process that stands still past its lease, and then goes on: what it does late has no effect."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import func, select

from models.identity import mention_id
from store.outbox import Effect
from store.store import Store
from store.tables import outbox, verdicts
from tests.faults.crew import Crew, Place, counts, wait_for
from tests.faults.test_under_load import at_rest, by_ticket, lines, take_in, verify_register
from tests.faults.world import Effects

pytestmark = [pytest.mark.slow, pytest.mark.postgres]


@pytest.fixture
def place(tmp_path: Path, database: str, redis) -> Place:
    return Place(tmp_path, database, redis.url, lease_seconds=2.0, judge_batch=4)


@pytest.fixture
def crew(place: Place):
    crew = Crew(place, ("judge1", "judge2", "hands1", "hands2", "ears1", "cron"))
    crew.start()
    yield crew
    crew.stop()


def freeze(place: Place, name: str) -> None:
    (place.folder / "freeze").write_text(name)


def frozen(place: Place, crew: Crew) -> psutil.Process:
    """The process that stands still."""
    wait_for(lambda: any(place.folder.glob("frozen-*")), crew)
    [mark] = place.folder.glob("frozen-*")
    process = psutil.Process(int(mark.name.removeprefix("frozen-")))
    wait_for(lambda: process.status() == psutil.STATUS_STOPPED, crew)
    return process


def goes_on(process: psutil.Process) -> None:
    with suppress(ProcessLookupError):  # on a very slow machine its parent has given it up meanwhile
        os.kill(process.pid, signal.SIGCONT)


def one(place: Place, statement) -> int:
    store = Store(place.database)
    with store.reading() as transaction:
        found: int = transaction._connection.scalar(statement)
    store.close()
    return found


def test_a_frozen_judge_loses_its_messages_and_its_late_verdicts_change_nothing(crew: Crew, place: Place) -> None:
    freeze(place, "judging")
    take_in(place, lines(0, 8))
    process = frozen(place, crew)
    seconds = wait_for(lambda: at_rest(place, 8), crew)
    print(f"a judge stood still: at rest after {seconds:.1f} s with a lease of 2 s")  # noqa: T201
    before = counts(place) | {"oldest_unprocessed_seconds": 0.0}
    goes_on(process)
    take_in(place, lines(8, 8))  # the judge that woke up takes new work like any other
    wait_for(lambda: at_rest(place, 16), crew)
    assert counts(place)["messages"]["triaged"] == 16
    assert before["messages"]["triaged"] == 8
    assert one(place, select(func.count()).select_from(verdicts)) == 16
    by_ticket(place.folder)
    verify_register(place)


def answer(place: Place) -> int:
    store = Store(place.database)
    with store.writing() as transaction:
        payload = {"text": "Sorry!", "is_private": False, "person": "agnes"}
        row = transaction.outbox.add(
            Effect.SEND_REPLY,
            sink="x",
            key="reply:1",
            case_id=1,
            mention_id=mention_id("x", "acme", "0"),
            payload=payload,
            now=place.flow().now(),
        )
    store.close()
    assert row is not None
    return row


@pytest.mark.parametrize("where", ["asking whether to answer", "after answer"])
def test_a_frozen_hand_sends_nothing_late_and_its_receipt_changes_nothing(crew: Crew, place: Place, where: str) -> None:
    """Before it was sent, and after: another sends it, or finds it."""
    take_in(place, lines(0, 4))
    wait_for(lambda: at_rest(place, 4), crew)
    freeze(place, where)
    row = answer(place)
    process = frozen(place, crew)
    seconds = wait_for(lambda: at_rest(place, 4), crew)
    print(f"hands stood still {where}: sent after {seconds:.1f} s with a lease of 2 s")  # noqa: T201
    told = one(place, select(outbox.c.updated_at).where(outbox.c.id == row))
    goes_on(process)
    wait_for(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, crew)
    assert Effects(place.folder).counted()["answer", "reply:1"] == 1
    assert one(place, select(outbox.c.updated_at).where(outbox.c.id == row)) == told
    assert one(place, select(outbox.c.attempts).where(outbox.c.id == row)) >= 2
