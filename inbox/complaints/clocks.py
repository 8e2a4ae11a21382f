"""Every clock of a complaint in words: what it asks, by when, how it stands, and how that was worked out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flow.complaint_clocks import NO_CLOCKS, clocks_of_life, is_running
from inbox import wording
from inbox.complaints import words
from models import Due, Force
from models.complaint import Life, Status
from models.errors import RecordError
from policy.loading import Policy
from register.transitions import owes_response, written_response_needed
from triage.clocks import FormerType, StoppedClock
from triage.standing import ClockState, Standing


@dataclass(frozen=True, slots=True)
class ClockRow:
    """One clock."""

    name: str
    standing: str
    state: str
    """For its colour, which the words never depend on."""
    limit: str
    note: str
    """What follows from it; may be empty."""
    paragraph: str
    force: str
    steps: tuple[str, ...]
    is_ours: bool = True
    """Whether the firm has to keep it; the others say until when something is possible."""


@dataclass(frozen=True, slots=True)
class FormerClocks:
    """What the clocks were before the type was changed."""

    title: str
    until: datetime
    rows: tuple[ClockRow, ...]


@dataclass(frozen=True, slots=True)
class ClockPanel:
    rows: tuple[ClockRow, ...]
    former: tuple[FormerClocks, ...]
    notes: tuple[str, ...]
    fault: str | None = None
    """Why no clock could be worked out."""


def clock_panel(life: Life, policy: Policy, *, now: datetime) -> ClockPanel:
    """As they stand now; none for what is no complaint, or is kept under another id."""
    if life.status in NO_CLOCKS:
        return ClockPanel((), (), (_without_clocks(life),))
    try:
        found = clocks_of_life(life, policy, now=max(now, life.received_at))
    except RecordError as error:
        return ClockPanel((), (), (), str(error))
    shown = _Shown(life, policy, now)
    rows = [*(shown.row(state) for state in found.states), *(shown.stopped(clock) for clock in found.stopped)]
    former = tuple(shown.former(one) for one in found.history)
    return ClockPanel(tuple(rows), former, (*_demands(life), *found.notes))


def _without_clocks(life: Life) -> str:
    if life.status is Status.MERGED_AWAY:
        return f"Its clocks are those of {life.merged_into}."
    return "No clock runs: a person decided that it is no complaint."


def _demands(life: Life) -> Iterator[str]:
    for code in written_response_needed(life):
        yield (
            f"A written IDR response is due however early it is closed, because {words.WRITTEN_RESPONSES[code]}"
            f" ({code.value}, RG 271.75)."
        )


@dataclass(frozen=True, slots=True)
class _Shown:
    """Says clocks in words."""

    life: Life
    policy: Policy
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return self.policy.zone

    def row(self, state: ClockState) -> ClockRow:
        due = state.due
        standing, colour = self._standing(state)
        return ClockRow(
            name=wording.sentence(wording.clock(due.key)),
            standing=standing,
            state=colour,
            limit=words.limit(due.at, self.zone),
            note="" if standing == "with AFCA" else _note(state),
            paragraph=due.paragraph,
            force=due.force.value,
            steps=due.steps,
            is_ours=is_running(due.key, self.policy),
        )

    def stopped(self, clock: StoppedClock) -> ClockRow:
        return ClockRow(
            name=wording.sentence(wording.clock(clock.key)),
            standing=f"stopped since {words.day(clock.since_on)}",
            state="none",
            limit=f"{clock.left} {wording.words(clock.unit)} are left once it runs again",
            note=f"Stopped by: {wording.words(clock.kind)}.",
            paragraph=clock.paragraph,
            force=Force.ENFORCEABLE.value,
            steps=clock.steps,
        )

    def former(self, one: FormerType) -> FormerClocks:
        title = words.complaint_type(self.policy, one.complaint_type)
        return FormerClocks(title, one.until, tuple(self.row(state) for state in one.states))

    def _standing(self, state: ClockState) -> tuple[str, str]:
        due, met_at = state.due, state.met_at
        if met_at is None and self.life.status is Status.AT_AFCA and not owes_response(self.life):
            return "with AFCA", "none"
        if state.standing is Standing.RUNNING:
            return self._running(due)
        if met_at is not None:
            return self._done(due, met_at)
        if state.standing is Standing.OVER:
            return "passed", "none"
        return f"overdue {wording.duration((self.now - due.at).total_seconds())}", "overdue"

    def _running(self, due: Due) -> tuple[str, str]:
        if self.now > due.at:
            return "still running", "later"
        if is_running(due.key, self.policy) or due.key.endswith("_s36"):
            return wording.due(due.at, self.now)
        return f"{wording.duration((due.at - self.now).total_seconds())} to go", "later"

    def _done(self, due: Due, met_at: datetime) -> tuple[str, str]:
        at = wording.moment(met_at, self.zone)
        seconds = (due.at - met_at).total_seconds()
        if seconds >= 0:
            return f"done {at}, {wording.duration(seconds)} before the limit", "met"
        return f"done {at}, {wording.duration(seconds)} late", "late"


def _note(state: ClockState) -> str:
    if state.is_breach:
        return "A breach: this limit is enforceable."
    if state.standing is Standing.LATE:
        if state.due.force is Force.EXPECTED:
            return "Late, and no breach: the regulator expects it and cannot enforce it."
        return "Late, and no breach: the next business day still counts, or a valid delay notice was given."
    return "Nothing was missed: it only said until when that was possible." if state.standing is Standing.OVER else ""


def next_row(rows: Sequence[ClockRow]) -> ClockRow | None:
    """The one to look at first."""
    running = [row for row in rows if row.is_ours and row.state in ("overdue", "soon", "today", "later")]
    return running[0] if running else None
