"""Every clock of a complaint in words: what it asks, by when, how it stands, and how that was worked out."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flow.complaint_clocks import NO_CLOCKS, clocks_of_life, is_running
from inbox import wording
from inbox.complaints import words
from inbox.languages import _
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
    is_breach: bool = False
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
        return _("Its clocks are those of %(merged_into)s.", merged_into=life.merged_into)
    return _("No clock runs: a person decided that it is no complaint.")


def _demands(life: Life) -> Iterator[str]:
    for code in written_response_needed(life):
        yield (
            _(
                "A written IDR response is due however early it is closed, because %(reason)s "
                "(%(paragraph)s, RG 271.75).",
                reason=words.WRITTEN_RESPONSES[code],
                paragraph=code.value,
            )
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
            note="" if self._is_with_afca(state) else _note(state),
            is_breach=state.is_breach and not self._is_with_afca(state),
            paragraph=due.paragraph,
            force=due.force.value,
            steps=due.steps,
            is_ours=is_running(due.key, self.policy),
        )

    def stopped(self, clock: StoppedClock) -> ClockRow:
        return ClockRow(
            name=wording.sentence(wording.clock(clock.key)),
            standing=_("stopped since %(day)s", day=wording.day(clock.since_on)),
            state="none",
            limit=_("%(left)s %(unit)s are left once it runs again", left=clock.left, unit=wording.words(clock.unit)),
            note=_("Stopped by: %(kind)s.", kind=wording.words(clock.kind)),
            paragraph=clock.paragraph,
            force=Force.ENFORCEABLE.value,
            steps=clock.steps,
        )

    def former(self, one: FormerType) -> FormerClocks:
        title = words.complaint_type(self.policy, one.complaint_type)
        return FormerClocks(title, one.until, tuple(self.row(state) for state in one.states))

    def _standing(self, state: ClockState) -> tuple[str, str]:
        due, met_at = state.due, state.met_at
        if self._is_with_afca(state):
            return _("with AFCA"), "none"
        if state.standing is Standing.RUNNING:
            return self._running(due)
        if met_at is not None:
            return self._done(due, met_at)
        if state.standing is Standing.OVER:
            return _("passed"), "none"
        return _("overdue %(duration)s", duration=wording.duration((self.now - due.at).total_seconds())), "overdue"

    def _is_with_afca(self, state: ClockState) -> bool:
        return state.met_at is None and self.life.status is Status.AT_AFCA and not owes_response(self.life)

    def _running(self, due: Due) -> tuple[str, str]:
        if self.now > due.at:
            return _("still running"), "later"
        if is_running(due.key, self.policy) or due.key.endswith("_s36"):
            return wording.due(due.at, self.now)
        return _("%(duration)s to go", duration=wording.duration((due.at - self.now).total_seconds())), "later"

    def _done(self, due: Due, met_at: datetime) -> tuple[str, str]:
        at = wording.moment(met_at, self.zone)
        seconds = (due.at - met_at).total_seconds()
        if seconds >= 0:
            return _("done %(at)s, %(duration)s before the limit", at=at, duration=wording.duration(seconds)), "met"
        return _("done %(at)s, %(duration)s late", at=at, duration=wording.duration(seconds)), "late"


def _note(state: ClockState) -> str:
    if state.is_breach:
        return _("A breach: this limit is enforceable.")
    if state.standing is Standing.LATE:
        if state.due.force is Force.EXPECTED:
            return _("Late, and no breach: the regulator expects it and cannot enforce it.")
        return _("Late, and no breach: the next business day still counts, or a valid delay notice was given.")
    return (
        _("Nothing was missed: it only said until when that was possible.") if state.standing is Standing.OVER else ""
    )


def next_row(rows: Sequence[ClockRow]) -> ClockRow | None:
    """The one to look at first."""
    running = [row for row in rows if row.is_ours and row.state in ("overdue", "soon", "today", "later")]
    return running[0] if running else None
