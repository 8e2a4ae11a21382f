"""What happened to one case, as figures see it, and what follows from it. Pure; instants are aware."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models import EventKind, Tier

ESCALATED_WITHIN = timedelta(days=7)
"""From the first message: so that an old week and a young one are measured by the same rule."""
REOPENED_WITHIN = timedelta(days=7)
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Happened:
    """One event. Of a message: as it was judged last; noise and repeats of the same words are `is_quiet`."""

    kind: EventKind
    at: datetime
    person: str = ""
    """Who did it, or who wrote the answer that was sent; empty for rules, programs and customers."""
    is_public: bool = False
    """A message or an answer that others can read."""
    is_quiet: bool = False
    is_escalation: bool = False
    """Judged tier 3, or escalated by a person or a rule."""
    owner: str = ""
    """Who owns the case from now on, `nobody` where none does; empty where it changed no owner."""
    reason: str = ""
    """Code, where a person or a rule escalated."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A complaint of the case, from the register."""

    received_at: datetime
    acknowledged_at: datetime | None
    is_out: bool
    """Ruled out, or kept under another complaint."""


@dataclass(frozen=True, slots=True)
class CaseFacts:
    id: int
    channel: str
    team: str
    tier: int
    priority: str
    issue: str
    """The complaint's category where it is one, else the label."""
    product: str
    is_complaint: bool
    happened: tuple[Happened, ...]
    """By time; what was recorded first comes first at the same instant."""
    receipts: tuple[Receipt, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """The customer waits: from their oldest message without an answer to the next answer by a person."""

    asked_at: datetime
    answered_at: datetime | None
    by: str
    took_at: datetime | None
    """When who answered had become the owner, where they were the owner."""


@dataclass(frozen=True, slots=True)
class Story:
    """A case's events, folded."""

    first_at: datetime | None
    """Of its first message that is neither noise nor a repeat."""
    is_public: bool
    """Whether that first message was."""
    answers: tuple[Happened, ...]
    """By people; what a program sent is none."""
    turns: tuple[Turn, ...]
    flagged_at: datetime | None
    first_act_at: datetime | None
    """By a person, at or after it was flagged; the escalating itself is none."""
    closings: tuple[datetime, ...]
    standing_close: datetime | None
    undone_at: tuple[datetime, ...]
    """When it was opened again, by a person or by a new message."""
    moves: int
    """From one named owner to another."""
    reasons: tuple[Happened, ...]


def story(happened: Sequence[Happened]) -> Story:
    fold = _Fold()
    for one in happened:
        fold.add(one)
    return fold.told()


class _Fold:
    def __init__(self) -> None:
        self.first: Happened | None = None
        self.answers: list[Happened] = []
        self.turns: list[Turn] = []
        self.asked_at: datetime | None = None
        self.flagged_at: datetime | None = None
        self.first_act_at: datetime | None = None
        self.closings: list[datetime] = []
        self.close: datetime | None = None
        self.undone: list[datetime] = []
        self.owner = ""
        self.owned_since: datetime | None = None
        self.moves = 0
        self.reasons: list[Happened] = []

    def add(self, one: Happened) -> None:
        if one.is_escalation:
            self._flag(one)
        elif one.person and self.flagged_at is not None and self.first_act_at is None:
            self.first_act_at = one.at
        if one.kind is EventKind.RECEIVED and not one.is_quiet:
            self._ask(one)
        elif one.kind is EventKind.REPLIED and one.person:
            self._answer(one)
        elif one.kind is EventKind.CLOSED and self.close is None:
            self.closings.append(one.at)
            self.close = one.at
            self._end_turn(None, "")
        elif one.kind is EventKind.REOPENED:
            self._undo(one.at)
        if one.owner:
            self._own(one)

    def _flag(self, one: Happened) -> None:
        self.flagged_at = self.flagged_at or one.at
        if one.reason:
            self.reasons.append(one)

    def _ask(self, one: Happened) -> None:
        self.first = self.first or one
        self.asked_at = self.asked_at or one.at
        self._undo(one.at)

    def _answer(self, one: Happened) -> None:
        self.answers.append(one)
        self._end_turn(one.at, one.person)

    def _end_turn(self, at: datetime | None, by: str) -> None:
        if self.asked_at is not None:
            took_at = self.owned_since if by and by == self.owner else None
            self.turns.append(Turn(self.asked_at, at, by, took_at))
        self.asked_at = None

    def _undo(self, at: datetime) -> None:
        if self.close is not None:
            self.undone.append(at)
        self.close = None

    def _own(self, one: Happened) -> None:
        owner = "" if one.owner == NOBODY else one.owner
        if owner != self.owner:
            self.moves += bool(owner and self.owner)
            self.owner, self.owned_since = owner, one.at if owner else None

    def told(self) -> Story:
        self._end_turn(None, "")
        return Story(
            first_at=self.first.at if self.first is not None else None,
            is_public=self.first is not None and self.first.is_public,
            answers=tuple(self.answers),
            turns=tuple(self.turns),
            flagged_at=self.flagged_at,
            first_act_at=self.first_act_at,
            closings=tuple(self.closings),
            standing_close=self.close,
            undone_at=tuple(self.undone),
            moves=self.moves,
            reasons=tuple(self.reasons),
        )


def is_noise(case: CaseFacts, told: Story) -> bool:
    """Never answered and never escalated: in no figure."""
    return told.first_at is None or (case.tier <= Tier.NOISE and told.flagged_at is None)
