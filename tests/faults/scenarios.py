"""What each job of `workers.py` is given to do when it is killed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from flow import bulk
from flow.bulk import Act, Wish
from flow.snoozing import put_off
from flow.teamwork import By
from learning.deciding import put_into_shadow
from store.outbox import Effect
from tests.faults.victim import Clock, messages
from tests.flow.bench import NOW
from tests.learning.versions import make_version
from workers import Flow

Prepare = Callable[[Flow, Clock], list[Any]]


@dataclass(frozen=True)
class Scenario:
    """`prepare` brings a new database to where the job begins, and gives the job's arguments."""

    job: str
    prepare: Prepare
    is_by_clock: bool = False
    """Run again by the clock, or by whoever wanted it, and not by `sweep`."""
    name: str = ""

    def __str__(self) -> str:
        return self.name or self.job


def drain(flow: Flow) -> int:
    """Runs what waits; gives how many jobs that were."""
    ran = 0
    while (job := flow.queues.take()) is not None:
        name, arguments = job
        getattr(flow, name)(*arguments)
        ran += 1
    return ran


def ids() -> list[str]:
    return [each.id for each in messages()]


def heard(flow: Flow, clock: Clock) -> list[Any]:
    flow.pull("x")
    flow.queues.empty()
    return [ids()]


def judged(flow: Flow, clock: Clock) -> list[Any]:
    heard(flow, clock)
    flow.classify_mentions(ids())
    flow.queues.empty()
    return [ids()]


def triaged(flow: Flow, clock: Clock) -> list[Any]:
    """With an answer by a person, and a message to be hidden."""
    judged(flow, clock)
    flow.triage_mentions(ids())
    flow.queues.empty()
    answer = {"text": "Sorry! We look into it.", "is_private": False, "person": "agnes"}
    with flow.store.writing() as transaction:
        common = {"sink": "x", "case_id": 1, "now": clock()}
        transaction.outbox.add(Effect.SEND_REPLY, key="reply:1", mention_id=ids()[0], payload=answer, **common)
        transaction.outbox.add(Effect.HIDE, key="hide:1", mention_id=ids()[1], payload={}, **common)
        due = [number for number, _ in transaction.outbox.due("push", now=clock(), limit=50)]
    return [due]


def at_rest(flow: Flow, clock: Clock) -> list[Any]:
    [due] = triaged(flow, clock)
    flow.deliver_each(due)
    flow.sweep()
    drain(flow)
    return []


def shadowed(flow: Flow, clock: Clock) -> list[Any]:
    """A second version is tried, and its job was lost; a sweep looks for what it missed a minute later."""
    make_version(flow.settings.home, "second")
    put_into_shadow(flow.store, flow.versions, "second", person="agnes", now=clock())
    at_rest(flow, clock)
    clock.time += timedelta(minutes=2)
    return [ids()]


def later(flow: Flow, clock: Clock) -> list[Any]:
    """A case is put off until a while ago, complaints are due, and weeks have passed without a look."""
    at_rest(flow, clock)
    with flow.store.writing() as transaction:
        case = transaction.cases.get(3)
        assert case is not None
        put_off(transaction, case, clock() + timedelta(days=1), "", By("agnes", clock(), "k1"), version=case.version)
    clock.time += timedelta(days=25)
    return []


def standing(flow: Flow, clock: Clock) -> list[Any]:
    """Something waits in every state, and nothing in a queue."""
    heard(flow, clock)
    flow.classify_mentions(ids()[:3])
    flow.triage_mentions(ids()[:2])
    pushed(flow, clock)
    flow.queues.empty()
    return []


def pushed(flow: Flow, clock: Clock) -> list[Any]:
    with flow.store.writing() as transaction:
        for number in (11, 12):
            transaction.pushes.keep("x", str(number), f"{number} charged twice again".encode(), now=clock())
    return ["x"]


def _wanted(flow: Flow, clock: Clock, act: Act, target: str | None) -> int:
    with flow.store.writing() as transaction:
        wish = Wish(act, target, [2, 3, 4], clock())
        number, _ = bulk.start(transaction, wish, form_key="f" * 32, person="agnes", chosen="", now=clock())
    return number


def labelled(flow: Flow, clock: Clock) -> list[Any]:
    at_rest(flow, clock)
    return [_wanted(flow, clock, Act.LABEL, "enquiry")]


def undone(flow: Flow, clock: Clock) -> list[Any]:
    at_rest(flow, clock)
    number = _wanted(flow, clock, Act.DONE, None)
    flow.bulk(number)
    with flow.store.writing() as transaction:
        run = transaction.bulk.get(number)
        assert run is not None
        bulk.ask_undo(transaction, run, "agnes", may_undo_others=False, now=clock())
    return [number]


def rechecked(flow: Flow, clock: Clock) -> list[Any]:
    at_rest(flow, clock)
    clock.time += timedelta(hours=25)
    return []


def set_aside(flow: Flow, clock: Clock) -> list[Any]:
    judged(flow, clock)
    with flow.store.writing() as transaction:
        for mention_id in ids():
            transaction.mentions.park(mention_id, fault="looked at")
    return []


SCENARIOS = [
    Scenario("pull", lambda flow, clock: ["x"], is_by_clock=True),
    Scenario("receive", pushed),
    Scenario("classify_mentions", heard),
    Scenario("shadow_mentions", shadowed),
    Scenario("triage_mentions", judged),
    Scenario("deliver_each", triaged),
    Scenario("tick", later, is_by_clock=True),
    Scenario("look_back", later, is_by_clock=True),
    Scenario("sweep", standing, is_by_clock=True),
    Scenario("bulk", labelled, name="bulk, labels"),
    Scenario("bulk", undone, name="bulk, undone"),
    Scenario("ask_the_desk", at_rest, is_by_clock=True),
    Scenario("recheck_messages", rechecked, is_by_clock=True),
    Scenario("probe_credentials", at_rest, is_by_clock=True),
    Scenario("retry", set_aside, is_by_clock=True),
]
START = NOW
