"""A process that runs one job of `workers.py` on a world of its own, and is killed at a point."""

import json
import os
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from connectors.connector import Connector
from connectors.world import World
from policy.loading import load_policy
from settings import Settings
from store.store import Store
from tests.faults.points import Points
from tests.faults.world import (
    ChannelOnDisk,
    DeskOnDisk,
    Effects,
    QueuesOnDisk,
    Reach,
    ReceiverOnDisk,
    SourceOnDisk,
    vendors,
)
from tests.flow.bench import mention
from tests.learning.versions import load_keywords
from workers import Flow

POLICY = load_policy(**Settings().policy)
"""Read once, before the fork."""
WORDS = ("I was charged twice", "free crypto for all", "how do i log in", "thank you", "refund, this is the third time")


class Listening(World):
    """One channel is switched on, and a vendor without any."""

    reach: Reach

    @cached_property
    def connectors(self) -> list[Connector]:
        return vendors(self.reach)


class Clock:
    def __init__(self, time: datetime) -> None:
        self.time = time

    def __call__(self) -> datetime:
        return self.time


def messages() -> list[Any]:
    """Five people, five kinds of words; the last is an answer to the first."""
    common = {"account": "acme", "conversation_id": "thread"}
    return [
        mention(
            text,
            id=str(number),
            author={"id": f"u{number}", "followers": 900_000},
            **(common if number in (1, 5) else {}),
        )
        for number, text in enumerate(WORDS, 1)
    ]


def flow_on(folder: Path, url: str, clock: Clock, points: Points | None = None, *, is_blind: bool = False) -> Flow:
    """The flow, with the world that lies in `folder`."""
    reach = points.reach if points is not None else lambda _name: None
    store, effects = Store(url), Effects(folder, reach)
    if points is not None:
        points.watch(store.engine)
    flow = Flow(
        Settings(home=folder),
        store=store,
        queues=QueuesOnDisk(folder, reach),
        load=load_keywords,
        now=clock,
    )
    world = {
        "desk": DeskOnDisk(effects, reach),
        "channel": lambda _name: ChannelOnDisk(effects, reach, is_blind=is_blind),
    }
    flow.world = Listening(
        flow.settings,
        store,
        **world,
        source=lambda _name: SourceOnDisk(messages(), reach),
        receivers={"x": ReceiverOnDisk},
    )
    flow.world.reach = reach
    flow.__dict__["policy"] = POLICY
    return flow


def run(
    folder: Path, url: str, time: datetime, job: str, arguments: list[Any], kill_at: int | None, blind: bool
) -> None:
    """Leaves the names of the points that were passed in `points.json`, where nobody killed it."""
    points = Points()
    flow = flow_on(folder, url, Clock(time), points, is_blind=blind)
    with flow.store.reading():
        points.passed.clear()  # connecting is no part of the job
    points.passed.clear()
    points.kill_at = kill_at
    try:
        getattr(flow, job)(*arguments)
    finally:
        points.kill_at = None
    (folder / "points.json").write_text(json.dumps(points.passed))
    os._exit(0)
