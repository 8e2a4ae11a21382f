"""Taking in a file: every line stored first, then judged, triaged and delivered, with progress on stderr."""

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from io import BytesIO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from connectors.replay.sample import sample_path, shifted
from connectors.replay.source import FileSource
from ingest.parsing import parse_message
from models import Page, Rejected
from store.queue import Lane
from workers import Flow

LOOK_SECONDS = 0.1
SHOWN_REJECTED = 20
errors = Console(stderr=True, highlight=False, soft_wrap=True)
STANDSTILL_SECONDS = 300.0
"""With no message moving for this long, waiting any longer helps nobody."""


@dataclass(slots=True)
class Intake:
    """What came of it."""

    read: int = 0
    new: int = 0
    rejected: list[Rejected] = field(default_factory=list)
    still_waiting: int = 0
    """Messages not yet triaged; counted only where somebody waited."""
    undelivered: int = 0
    """Effects whose sink did not take them so far; they are tried again while workers run."""
    seconds: float = 0.0

    @property
    def is_whole(self) -> bool:
        return not (self.rejected or self.still_waiting or self.undelivered)


def take_in(
    flow: Flow,
    source: FileSource,
    *,
    hand_on: bool = True,
    wait: bool = False,
    meanwhile: Callable[[], None] = lambda: None,
) -> Intake:
    """Store the file; with `wait`, stay until all is done, calling `meanwhile` several times a second."""
    began, intake = time.monotonic(), Intake()
    progress = Progress(
        TextColumn("{task.description:9}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=errors,
        redirect_stdout=False,
    )
    with progress:
        bar = progress.add_task("stored", total=None)

        def note(page: Page, ids: Sequence[str]) -> None:
            intake.read += len(page.mentions) + len(page.rejected)
            intake.new += len(ids)
            intake.rejected += page.rejected
            progress.update(bar, completed=intake.read)
            meanwhile()

        flow.hearing.read(source, lane=Lane.BULK, hand_on=hand_on, on_page=note)
        progress.update(bar, total=intake.read, completed=intake.read)
        if wait:
            _wait(flow, intake, progress, meanwhile)
    intake.seconds = time.monotonic() - began
    return intake


@dataclass(frozen=True, slots=True)
class _Left:
    messages: int
    effects: int
    effects_in_all: int
    may_move: bool
    """Whether any effect is under way or was not yet refused."""

    @property
    def is_nothing(self) -> bool:
        return not (self.messages or self.effects)


def _wait(flow: Flow, intake: Intake, progress: Progress, meanwhile: Callable[[], None]) -> None:
    """Until nothing waits, or what waits has stood still for too long, or only waits for a sink that refuses."""
    before = left = _left(flow)
    triaged = progress.add_task("triaged", total=before.messages)
    delivered = progress.add_task("delivered", total=None)
    moved_at = time.monotonic()
    while True:
        meanwhile()
        last, left = left, _left(flow)
        done_before = before.effects_in_all - before.effects
        expected = left.effects_in_all - done_before
        progress.update(triaged, completed=before.messages - left.messages)
        progress.update(delivered, total=expected, completed=expected - left.effects)
        if left != last:
            moved_at = time.monotonic()
        is_stuck = time.monotonic() - moved_at > STANDSTILL_SECONDS
        if left.is_nothing or is_stuck or not (left.messages or left.may_move):
            intake.still_waiting, intake.undelivered = left.messages, left.effects
            return
        time.sleep(LOOK_SECONDS)


def _left(flow: Flow) -> _Left:
    """In one view, so that the figures fit together."""
    with flow.store.reading() as transaction:
        messages, effects = transaction.counts.waiting()
        return _Left(messages, effects, transaction.counts.effects(), transaction.counts.untried() > 0)


def report(flow: Flow, intake: Intake, *, waited: bool) -> None:
    """Say on stdout what came of it, and on stderr what did not."""
    rate = intake.read / intake.seconds if intake.seconds else 0.0
    sys.stdout.write(f"{intake.read} read, {intake.new} new, {len(intake.rejected)} parked, {intake.seconds:.1f} s")
    sys.stdout.write(f" ({rate:.0f} messages a second)\n" if waited else "\n")
    for rejected in intake.rejected[:SHOWN_REJECTED]:
        errors.print(f"{rejected.where}: {rejected.reason}", style="red", markup=False)
    if len(intake.rejected) > SHOWN_REJECTED:
        errors.print(
            f"… and {len(intake.rejected) - SHOWN_REJECTED} more: all are kept in quarantine, see `earshot status`",
            markup=False,
        )
    if waited:
        with flow.store.reading() as transaction:
            counts = transaction.counts.all(now=flow.now())
        tiers = ", ".join(f"{number} {tier.replace('_', ' ')}" for tier, number in counts["cases"].items())
        sys.stdout.write(
            f"in all: {counts['messages']['triaged']} messages triaged; {counts['cases_total']} cases ({tiers});"
        )
        sys.stdout.write(f" {counts['register']['opened'] if counts['register'] else 0} complaints registered;")
        sys.stdout.write(f" {counts['tickets']['sent']} tickets at the desk\n")
    elif intake.new:
        sys.stdout.write("stored; they are judged and triaged while `earshot up` runs\n")
    if intake.still_waiting or intake.undelivered:
        left = f"{intake.still_waiting} messages and {intake.undelivered} effects still wait"
        errors.print(f"earshot: {left}; nothing is lost: see `earshot doctor`", style="red", markup=False)


def sample_source() -> FileSource:
    """The bundled sample, moved so that its newest message was said within the last day."""
    now = datetime.now(UTC)
    lines = shifted(sample_path().read_bytes().splitlines(), now)
    return FileSource("-", parse=partial(parse_message, received_at=now), name="sample", stdin=BytesIO(lines))
