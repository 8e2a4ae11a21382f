"""The why panel: what was decided about a case and on what grounds, in words and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from inbox import wording
from inbox.languages import _
from models import Decision, Due, Limb, Reason, ScorePart, Verdict
from store.cases import StoredClock


@dataclass(frozen=True, slots=True)
class Bar:
    """A probability from 0 to 1 with its name."""

    name: str
    score: float


@dataclass(frozen=True, slots=True)
class Why:
    label: str
    basis: str
    decided_by: str
    bars: list[Bar]
    other_bars: list[Bar]
    severity: float | None
    categories: list[Bar]
    reasons: tuple[Reason, ...]
    bad_faith_score: float | None
    bad_faith_reasons: tuple[Reason, ...]
    limbs: tuple[Limb, ...]
    rules: tuple[str, ...]
    score: float
    score_parts: tuple[ScorePart, ...]
    reach_steps: tuple[str, ...]
    classifier: str | None
    policy: str
    pack: str


def why(decision: Decision, verdict: Verdict | None) -> Why:
    definition = decision.definition
    return Why(
        label=wording.sentence(decision.label),
        basis=definition.basis,
        decided_by=definition.decided_by,
        bars=_bars(verdict),
        other_bars=_other_bars(verdict),
        severity=verdict.severity if verdict else None,
        categories=[Bar(wording.words(name), score) for name, score in verdict.category.items()][:3] if verdict else [],
        reasons=verdict.reasons if verdict else (),
        bad_faith_score=verdict.bad_faith_score if verdict else None,
        bad_faith_reasons=verdict.bad_faith_reasons if verdict else (),
        limbs=definition.limbs,
        rules=decision.rules,
        score=decision.score,
        score_parts=decision.score_parts,
        reach_steps=decision.reach.steps,
        classifier=verdict.classifier if verdict else None,
        policy=decision.policy_version,
        pack=f"{definition.pack} {definition.pack_version}",
    )


def _bars(verdict: Verdict | None) -> list[Bar]:
    """The six labels, most probable first."""
    if verdict is None:
        return []
    ordered = sorted(verdict.probabilities.items(), key=lambda pair: -pair[1])
    return [Bar(wording.words(label.value), score) for label, score in ordered]


def _other_bars(verdict: Verdict | None) -> list[Bar]:
    if verdict is None:
        return []
    return [
        Bar(_("is it a complaint"), verdict.complaint_score),
        Bar(_("is it abuse"), verdict.abuse_score),
        Bar(_("is it spam"), verdict.spam_score),
        Bar(_("is it a sales lead"), verdict.lead_score),
        Bar(_("negative in tone"), verdict.sentiment.get("negative", 0.0)),
        Bar(_("high urgency"), verdict.urgency.get("high", 0.0)),
    ]


@dataclass(frozen=True, slots=True)
class ClockLine:
    name: str
    at: datetime
    due: tuple[str, str]
    """(words, state)."""
    paragraph: str
    force: str
    steps: tuple[str, ...]


def clock_lines(clocks: Sequence[StoredClock], dues: Sequence[Due], *, now: datetime) -> list[ClockLine]:
    """Every clock of the case, the earliest first, with the arithmetic where it is known."""
    steps = {due.key: due.steps for due in dues}
    return [
        ClockLine(
            name=wording.clock(clock.key),
            at=clock.due_at,
            due=_state(clock, now),
            paragraph=clock.paragraph,
            force=clock.force,
            steps=steps.get(clock.key, ()),
        )
        for clock in clocks
    ]


def _state(clock: StoredClock, now: datetime) -> tuple[str, str]:
    if clock.met_at is not None:
        return (_("met"), "met") if clock.met_at <= clock.due_at else (_("met, but late"), "late")
    return wording.due(clock.due_at, now)
